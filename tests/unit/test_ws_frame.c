/* SPDX-License-Identifier: MIT */
#include "ws/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static int decode(const uint8_t *bytes, size_t len, struct gw_ws_frame_head *head)
{
    return gw_ws_frame_head_decode((struct gw_slice){bytes, len}, head);
}

/* RFC 6455 5.7 */
static void examples_of_the_standard_are_read(void **state)
{
    static const uint8_t hello[] = {0x81, 0x05}, first[] = {0x01, 0x03}, last[] = {0x80, 0x02};
    static const uint8_t masked[] = {0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d};
    static const uint8_t of_256[] = {0x82, 0x7e, 0x01, 0x00};
    static const uint8_t of_64k[] = {0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0};
    struct gw_ws_frame_head head;

    (void)state;
    assert_int_equal(decode(hello, sizeof hello, &head), 2);
    assert_true(head.is_final && !head.is_masked && head.opcode == GW_WS_TEXT);
    assert_int_equal(head.payload_len, 5);
    assert_int_equal(decode(first, sizeof first, &head), 2);
    assert_true(!head.is_final && head.opcode == GW_WS_TEXT);
    assert_int_equal(decode(last, sizeof last, &head), 2);
    assert_true(head.is_final && head.opcode == GW_WS_CONTINUATION);
    assert_int_equal(decode(masked, sizeof masked, &head), 6);
    assert_true(head.is_masked);
    assert_memory_equal(head.mask, masked + 2, 4);
    assert_int_equal(decode(of_256, sizeof of_256, &head), 4);
    assert_int_equal(head.payload_len, 256);
    assert_int_equal(decode(of_64k, sizeof of_64k, &head), 10);
    assert_int_equal(head.payload_len, 65536);
}

static void every_size_class_goes_out_and_in(void **state)
{
    static const uint64_t lens[] = {0,     1,     125,      126,        127,      65535,
                                    65536, 65537, 1u << 31, UINT32_MAX, INT64_MAX};

    (void)state;
    for (size_t i = 0; i < 4 * sizeof lens / sizeof *lens; i++) {
        struct gw_ws_frame_head in = {.payload_len = lens[i / 4],
                                      .opcode = i % 16,
                                      .rsv = i % 8,
                                      .is_final = i & 1,
                                      .is_masked = i & 2};
        struct gw_ws_frame_head out;
        uint8_t bytes[GW_WS_HEAD_MAX];
        size_t len;

        if (in.is_masked)
            memcpy(in.mask, "\x01\x02\x03\x04", 4);
        len = gw_ws_frame_head_encode(bytes, &in);
        assert_int_equal(len, gw_ws_head_len(in.payload_len) + (in.is_masked ? 4 : 0));
        for (size_t n = 0; n < len; n++)
            assert_int_equal(decode(bytes, n, &out), 0);
        assert_int_equal(decode(bytes, len, &out), len);
        assert_int_equal(out.payload_len, in.payload_len);
        assert_int_equal(out.opcode, in.opcode);
        assert_int_equal(out.rsv, in.rsv);
        assert_int_equal(out.is_final, in.is_final);
        assert_int_equal(out.is_masked, in.is_masked);
        assert_memory_equal(out.mask, in.mask, 4);
    }
}

static void length_not_in_its_shortest_form_is_refused(void **state)
{
    static const uint8_t bad[][10] = {
        {0x82, 126, 0, 0},
        {0x82, 126, 0, 125},
        {0x82, 127, 0, 0, 0, 0},
        {0x82, 127, 0, 0, 0, 0, 0, 0, 0, 125},
        {0x82, 127, 0, 0, 0, 0, 0, 0, 0xff, 0xff},
    };
    struct gw_ws_frame_head head;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(decode(bad[i], 10, &head), GW_E_PROTO);
}

static void length_with_its_highest_bit_set_is_refused(void **state)
{
    static const uint8_t bad[] = {0x82, 127, 0x80, 0, 0, 0, 0, 1, 0, 0};
    static const uint8_t good[] = {0x82, 127, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    struct gw_ws_frame_head head;

    (void)state;
    assert_int_equal(decode(bad, sizeof bad, &head), GW_E_PROTO);
    assert_int_equal(decode(good, sizeof good, &head), 10);
    assert_int_equal(head.payload_len, INT64_MAX);
}

static void length_is_known_before_the_mask_has_come(void **state)
{
    static const uint8_t bytes[] = {0x82, 0xfe, 0x12, 0x34};
    struct gw_ws_frame_head head;

    (void)state;
    assert_int_equal(decode(bytes, sizeof bytes, &head), 0);
    assert_int_equal(head.payload_len, 0x1234);
    assert_true(head.is_masked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_of_the_standard_are_read),
        cmocka_unit_test(every_size_class_goes_out_and_in),
        cmocka_unit_test(length_not_in_its_shortest_form_is_refused),
        cmocka_unit_test(length_with_its_highest_bit_set_is_refused),
        cmocka_unit_test(length_is_known_before_the_mask_has_come),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
