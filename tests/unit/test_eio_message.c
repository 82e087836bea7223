/* SPDX-License-Identifier: MIT */
#include "base/mem.h"
#include "eio/message.h"
#include "eio/packet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void text_has_its_digit_in_front_and_headroom_before_it(void **state)
{
    struct gw_eio_message *message = gw_eio_message_create(false, 5);

    (void)state;
    assert_non_null(message);
    memcpy(gw_eio_message_payload(message), "hello", 5);
    assert_true(gw_slice_equal(gw_eio_message_text(message), GW_LIT("4hello")));
    assert_true(gw_slice_equal(gw_eio_message_frame_body(message), GW_LIT("4hello")));
    assert_ptr_equal(gw_eio_message_frame_body(message).ptr,
                     message->blob->bytes + GW_EIO_HEADROOM);
    assert_int_equal(message->ws_head_len, 0);
    gw_eio_message_unref(message);
}

static void binary_travels_bare_in_a_frame_and_as_base64_in_text(void **state)
{
    struct gw_eio_message *message = gw_eio_message_create(true, 4);
    struct gw_slice text;

    (void)state;
    assert_non_null(message);
    memcpy(gw_eio_message_payload(message), "\1\2\3\4", 4);
    assert_true(gw_slice_equal(gw_eio_message_frame_body(message), GW_LIT("\1\2\3\4")));
    assert_null(message->base64);
    text = gw_eio_message_text(message);
    assert_true(gw_slice_equal(text, GW_LIT("bAQIDBA==")));
    assert_ptr_equal(gw_eio_message_text(message).ptr, text.ptr); /* made once */
    gw_eio_message_unref(message);
}

static void empty_messages_are_fine(void **state)
{
    struct gw_eio_message *text = gw_eio_message_create(false, 0);
    struct gw_eio_message *binary = gw_eio_message_create(true, 0);

    (void)state;
    assert_true(gw_slice_equal(gw_eio_message_text(text), GW_LIT("4")));
    assert_true(gw_slice_equal(gw_eio_message_text(binary), GW_LIT("b")));
    gw_eio_message_unref(text);
    gw_eio_message_unref(binary);
}

static void control_packets_carry_their_digit(void **state)
{
    struct gw_eio_message *pong =
        gw_eio_message_create_control(GW_EIO_PACKET_PONG, GW_LIT("probe"));

    (void)state;
    assert_true(gw_slice_equal(gw_eio_message_text(pong), GW_LIT("3probe")));
    gw_eio_message_unref(pong);
}

static void the_last_reference_frees(void **state)
{
    struct gw_eio_message *message = gw_eio_message_create(false, 1);

    (void)state;
    assert_ptr_equal(gw_eio_message_ref(message), message);
    gw_eio_message_unref(message);
    gw_eio_message_payload(message)[0] = 'x';
    gw_eio_message_unref(message);
    gw_eio_message_unref(NULL);
}

static void without_memory_there_is_no_message(void **state)
{
    struct gw_eio_message *binary;

    (void)state;
    for (uint64_t nth = 1; nth <= 2; nth++) {
        gw_mem_fail_at(nth);
        assert_null(gw_eio_message_create(false, 10));
    }
    assert_null(gw_eio_message_create(false, SIZE_MAX));
    binary = gw_eio_message_create(true, 3);
    memcpy(gw_eio_message_payload(binary), "abc", 3);
    gw_mem_fail_at(1);
    assert_null(gw_eio_message_text(binary).ptr);
    assert_true(gw_slice_equal(gw_eio_message_text(binary), GW_LIT("bYWJj")));
    gw_eio_message_unref(binary);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_has_its_digit_in_front_and_headroom_before_it),
        cmocka_unit_test(binary_travels_bare_in_a_frame_and_as_base64_in_text),
        cmocka_unit_test(empty_messages_are_fine),
        cmocka_unit_test(control_packets_carry_their_digit),
        cmocka_unit_test(the_last_reference_frees),
        cmocka_unit_test(without_memory_there_is_no_message),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
