/* SPDX-License-Identifier: MIT */
#include "ws/close.h"
#include "ws/encoder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const uint8_t key[4] = {0x37, 0xfa, 0x21, 0x3d};

static void head_takes_the_shortest_form(void **state)
{
    static const struct {
        uint64_t payload_len;
        const char *bytes;
        size_t len;
    } cases[] = {
        {0, "\x81\x00", 2},
        {125, "\x81\x7d", 2},
        {126, "\x81\x7e\x00\x7e", 4},
        {65535, "\x81\x7e\xff\xff", 4},
        {65536, "\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00", 10},
    };
    uint8_t out[GW_WS_HEAD_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(gw_ws_encode_head(out, GW_WS_TEXT, cases[i].payload_len, NULL),
                         cases[i].len);
        assert_memory_equal(out, cases[i].bytes, cases[i].len);
        assert_int_equal(gw_ws_head_len(cases[i].payload_len), cases[i].len);
    }
}

static void head_of_a_client_carries_the_mask(void **state)
{
    uint8_t out[GW_WS_HEAD_MAX];

    (void)state;
    assert_int_equal(gw_ws_encode_head(out, GW_WS_BINARY, 5, key), 6);
    assert_memory_equal(out, "\x82\x85\x37\xfa\x21\x3d", 6);
    assert_int_equal(gw_ws_encode_head(out, GW_WS_BINARY, 65536, key), 14);
    assert_memory_equal(out, "\x82\xff\x00\x00\x00\x00\x00\x01\x00\x00\x37\xfa\x21\x3d", 14);
}

/* RFC 6455 5.7: the ping, and the masked pong that answers it */
static void control_frames_of_the_standard(void **state)
{
    uint8_t out[GW_WS_HEAD_MAX + GW_WS_CONTROL_MAX];

    (void)state;
    assert_int_equal(gw_ws_encode_control(out, GW_WS_PING, GW_LIT("Hello"), NULL), 7);
    assert_memory_equal(out, "\x89\x05Hello", 7);
    assert_int_equal(gw_ws_encode_control(out, GW_WS_PONG, GW_LIT("Hello"), key), 11);
    assert_memory_equal(out, "\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", 11);
    assert_int_equal(gw_ws_encode_control(out, GW_WS_CLOSE, GW_LIT(""), NULL), 2);
    assert_memory_equal(out, "\x88\x00", 2);
}

static void control_frame_is_never_longer_than_125(void **state)
{
    uint8_t out[GW_WS_HEAD_MAX + GW_WS_CONTROL_MAX];
    uint8_t payload[126] = {0};

    (void)state;
    assert_int_equal(gw_ws_encode_control(out, GW_WS_PING, (struct gw_slice){payload, 125}, key),
                     2 + 4 + 125);
    assert_int_equal(gw_ws_encode_control(out, GW_WS_PING, (struct gw_slice){payload, 126}, NULL),
                     GW_E_ARG);
    assert_int_equal(gw_ws_encode_control(out, GW_WS_TEXT, GW_LIT("a"), NULL), GW_E_ARG);
}

static void close_payload_is_code_and_reason(void **state)
{
    uint8_t out[GW_WS_CONTROL_MAX];
    uint8_t reason[124];

    (void)state;
    memset(reason, 'a', sizeof reason);
    assert_int_equal(gw_ws_encode_close(out, 1000, GW_LIT("bye")), 5);
    assert_memory_equal(out,
                        "\x03\xe8"
                        "bye",
                        5);
    assert_int_equal(gw_ws_encode_close(out, 4999, (struct gw_slice){NULL, 0}), 2);
    assert_int_equal(gw_ws_encode_close(out, GW_WS_CLOSE_NONE, GW_LIT("")), 0);
    assert_int_equal(gw_ws_encode_close(out, 1000, (struct gw_slice){reason, 123}), 125);
    assert_int_equal(gw_ws_encode_close(out, 1000, (struct gw_slice){reason, 124}), GW_E_ARG);
}

static void close_payload_that_the_peer_must_refuse_is_not_made(void **state)
{
    static const uint16_t bad[] = {0, 999, 1004, 1006, 1015, 1016, 2999, 5000, 65535};
    uint8_t out[GW_WS_CONTROL_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(gw_ws_encode_close(out, bad[i], GW_LIT("")), GW_E_ARG);
    assert_int_equal(gw_ws_encode_close(out, GW_WS_CLOSE_NONE, GW_LIT("why")), GW_E_ARG);
    assert_int_equal(gw_ws_encode_close(out, 1000, GW_LIT("\xff")), GW_E_ARG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(head_takes_the_shortest_form),
        cmocka_unit_test(head_of_a_client_carries_the_mask),
        cmocka_unit_test(control_frames_of_the_standard),
        cmocka_unit_test(control_frame_is_never_longer_than_125),
        cmocka_unit_test(close_payload_is_code_and_reason),
        cmocka_unit_test(close_payload_that_the_peer_must_refuse_is_not_made),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
