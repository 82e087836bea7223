/* SPDX-License-Identifier: MIT */
#include "sio/binary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct gw_sio_binary *create(char *text)
{
    struct gw_sio_packet packet;
    const char *why;
    struct gw_sio_binary *binary;

    assert_int_equal(gw_sio_packet_decode(gw_slice_of(text), 10, &packet, &why), 0);
    binary = gw_sio_binary_create(&packet, gw_slice_of(text));
    assert_non_null(binary);
    memset(text, 'x', strlen(text)); /* the receive buffer is used again */
    return binary;
}

static void text_and_attachments_are_kept(void **state)
{
    char text[] = "53-/admin,12[\"a\",1,2]", bytes[] = "one";
    struct gw_sio_binary *binary = create(text);
    struct gw_slice out[GW_ATTACHMENTS_MAX];

    (void)state;
    assert_true(gw_slice_equal(binary->packet.nsp, GW_LIT("/admin")));
    assert_true(gw_slice_equal(binary->packet.id, GW_LIT("12")));
    assert_true(gw_slice_equal(binary->packet.name, GW_LIT("\"a\"")));
    assert_true(gw_slice_equal(binary->packet.args, GW_LIT("1,2")));
    assert_int_equal(gw_sio_binary_push(binary, gw_slice_of(bytes), 1000, out), 0);
    memset(bytes, 'x', 3);
    assert_int_equal(gw_sio_binary_push(binary, GW_LIT(""), 1000, out), 0);
    assert_int_equal(gw_sio_binary_push(binary, GW_LIT("three"), 1000, out), 1);
    assert_true(gw_slice_equal(out[0], GW_LIT("one")));
    assert_int_equal(out[1].len, 0);
    assert_non_null(out[1].ptr);
    assert_true(gw_slice_equal(out[2], GW_LIT("three")));
    gw_sio_binary_destroy(binary);
}

static void the_main_namespace_needs_no_text(void **state)
{
    char text[] = "51-[\"a\"]";
    struct gw_sio_binary *binary = create(text);

    (void)state;
    assert_true(gw_slice_equal(binary->packet.nsp, GW_LIT("/")));
    assert_null(binary->packet.id.ptr);
    gw_sio_binary_destroy(binary);
    gw_sio_binary_destroy(NULL);
}

static void the_sum_of_all_parts_is_limited(void **state)
{
    char text[] = "53-[\"a\"]";
    size_t len = strlen(text);
    struct gw_sio_binary *binary = create(text);
    struct gw_slice out[GW_ATTACHMENTS_MAX];

    (void)state;
    assert_int_equal(gw_sio_binary_push(binary, GW_LIT("12345"), len + 8, out), 0);
    assert_int_equal(gw_sio_binary_push(binary, GW_LIT("1234"), len + 8, out), GW_E_LIMIT);
    assert_int_equal(gw_sio_binary_push(binary, GW_LIT("123"), len + 8, out), 0);
    assert_int_equal(gw_sio_binary_push(binary, GW_LIT("1"), len + 8, out), GW_E_LIMIT);
    assert_int_equal(gw_sio_binary_push(binary, GW_LIT(""), len + 8, out), 1);
    gw_sio_binary_destroy(binary);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_and_attachments_are_kept),
        cmocka_unit_test(the_main_namespace_needs_no_text),
        cmocka_unit_test(the_sum_of_all_parts_is_limited),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
