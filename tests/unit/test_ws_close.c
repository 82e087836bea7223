/* SPDX-License-Identifier: MIT */
#include "ws/close.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* RFC 6455 7.4 and the IANA registry */
static void only_registered_and_private_codes_go_over_the_wire(void **state)
{
    (void)state;
    for (uint32_t code = 0; code <= UINT16_MAX; code++) {
        bool is_registered = (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
        bool is_private = code >= 3000 && code <= 4999;

        assert_int_equal(gw_ws_close_code_is_valid((uint16_t)code), is_registered || is_private);
    }
}

static void open_connection_sends_and_receives(void **state)
{
    struct gw_ws_closing c;

    (void)state;
    gw_ws_closing_init(&c);
    assert_true(gw_ws_closing_can_send(&c));
    assert_true(gw_ws_closing_can_pong(&c));
    assert_true(gw_ws_closing_can_receive(&c));
    assert_false(gw_ws_closing_is_done(&c));
    assert_false(gw_ws_closing_is_clean(&c));
    assert_int_equal(gw_ws_closing_code(&c), 1006);
}

static void close_of_the_peer_is_echoed(void **state)
{
    struct gw_ws_closing c;
    uint16_t reply = 0;

    (void)state;
    gw_ws_closing_init(&c);
    assert_true(gw_ws_closing_receive(&c, 3001, &reply));
    assert_int_equal(reply, 3001);
    assert_false(gw_ws_closing_can_send(&c));
    assert_false(gw_ws_closing_can_pong(&c));
    assert_true(gw_ws_closing_is_done(&c));
    assert_true(gw_ws_closing_is_clean(&c));
    assert_int_equal(gw_ws_closing_code(&c), 3001);
    assert_false(gw_ws_closing_start(&c, 1000));
}

static void close_without_code_is_answered_without_code(void **state)
{
    struct gw_ws_closing c;
    uint16_t reply = 0;

    (void)state;
    gw_ws_closing_init(&c);
    assert_true(gw_ws_closing_receive(&c, GW_WS_CLOSE_NONE, &reply));
    assert_int_equal(reply, GW_WS_CLOSE_NONE);
    assert_true(gw_ws_closing_is_clean(&c));
    assert_int_equal(gw_ws_closing_code(&c), 1005);
}

static void own_close_waits_for_the_answer(void **state)
{
    struct gw_ws_closing c;
    uint16_t reply = 0;

    (void)state;
    gw_ws_closing_init(&c);
    assert_true(gw_ws_closing_start(&c, GW_WS_CLOSE_GOING_AWAY));
    assert_false(gw_ws_closing_start(&c, GW_WS_CLOSE_NORMAL));
    assert_false(gw_ws_closing_can_send(&c));
    assert_false(gw_ws_closing_can_receive(&c));
    assert_true(gw_ws_closing_can_pong(&c)); /* 5.5.2: until the peer's close frame */
    assert_false(gw_ws_closing_is_done(&c));
    assert_int_equal(gw_ws_closing_code(&c), 1006);

    assert_false(gw_ws_closing_receive(&c, GW_WS_CLOSE_NORMAL, &reply));
    assert_true(gw_ws_closing_is_done(&c));
    assert_true(gw_ws_closing_is_clean(&c));
    assert_int_equal(gw_ws_closing_code(&c), 1000);
}

static void failed_connection_says_why_and_is_not_clean(void **state)
{
    struct gw_ws_closing c;
    uint16_t reply = 0;

    (void)state;
    gw_ws_closing_init(&c);
    assert_true(gw_ws_closing_fail(&c, GW_WS_CLOSE_BAD_DATA));
    assert_false(gw_ws_closing_fail(&c, GW_WS_CLOSE_BAD_DATA));
    assert_true(gw_ws_closing_is_done(&c));
    assert_false(gw_ws_closing_can_pong(&c));
    assert_false(gw_ws_closing_receive(&c, 1000, &reply));
    assert_false(gw_ws_closing_is_clean(&c));
    assert_int_equal(gw_ws_closing_code(&c), 1006);
}

static void fault_after_our_close_frame_sends_no_second(void **state)
{
    struct gw_ws_closing c;

    (void)state;
    gw_ws_closing_init(&c);
    assert_true(gw_ws_closing_start(&c, GW_WS_CLOSE_NORMAL));
    assert_false(gw_ws_closing_fail(&c, GW_WS_CLOSE_PROTOCOL));
    assert_true(gw_ws_closing_is_done(&c));
    assert_false(gw_ws_closing_is_clean(&c));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_registered_and_private_codes_go_over_the_wire),
        cmocka_unit_test(open_connection_sends_and_receives),
        cmocka_unit_test(close_of_the_peer_is_echoed),
        cmocka_unit_test(close_without_code_is_answered_without_code),
        cmocka_unit_test(own_close_waits_for_the_answer),
        cmocka_unit_test(failed_connection_says_why_and_is_not_clean),
        cmocka_unit_test(fault_after_our_close_frame_sends_no_second),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
