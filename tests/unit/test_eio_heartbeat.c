/* SPDX-License-Identifier: MIT */
#include "eio/heartbeat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { INTERVAL = 500, TIMEOUT = 400 };

static struct gw_eio_heartbeat waiting_since_500(void)
{
    struct gw_eio_heartbeat hb;

    gw_eio_heartbeat_start(&hb, 0, INTERVAL);
    assert_int_equal(gw_eio_heartbeat_tick(&hb, 500, TIMEOUT), GW_EIO_HEARTBEAT_PING);
    return hb;
}

static void the_first_ping_comes_one_interval_after_the_start(void **state)
{
    struct gw_eio_heartbeat hb;

    (void)state;
    gw_eio_heartbeat_start(&hb, 1000, INTERVAL);
    assert_int_equal(hb.deadline_ms, 1500);
    assert_int_equal(gw_eio_heartbeat_tick(&hb, 1499, TIMEOUT), GW_EIO_HEARTBEAT_NOTHING);
    assert_int_equal(gw_eio_heartbeat_tick(&hb, 1500, TIMEOUT), GW_EIO_HEARTBEAT_PING);
    assert_int_equal(hb.deadline_ms, 1900);
}

static void the_interval_runs_from_the_pong(void **state)
{
    struct gw_eio_heartbeat hb = waiting_since_500();

    (void)state;
    gw_eio_heartbeat_pong(&hb, 850, INTERVAL);
    assert_int_equal(gw_eio_heartbeat_tick(&hb, 1349, TIMEOUT), GW_EIO_HEARTBEAT_NOTHING);
    assert_int_equal(gw_eio_heartbeat_tick(&hb, 1350, TIMEOUT), GW_EIO_HEARTBEAT_PING);
}

static void an_unasked_pong_restarts_the_interval(void **state)
{
    struct gw_eio_heartbeat hb;

    (void)state;
    gw_eio_heartbeat_start(&hb, 0, INTERVAL);
    gw_eio_heartbeat_pong(&hb, 300, INTERVAL);
    assert_int_equal(hb.deadline_ms, 800);
}

static void without_a_pong_the_peer_is_gone(void **state)
{
    struct gw_eio_heartbeat hb = waiting_since_500();

    (void)state;
    assert_int_equal(gw_eio_heartbeat_tick(&hb, 899, TIMEOUT), GW_EIO_HEARTBEAT_NOTHING);
    assert_int_equal(gw_eio_heartbeat_tick(&hb, 900, TIMEOUT), GW_EIO_HEARTBEAT_TIMEOUT);
    assert_int_equal(hb.deadline_ms, UINT64_MAX);
    assert_int_equal(gw_eio_heartbeat_tick(&hb, 99999, TIMEOUT), GW_EIO_HEARTBEAT_NOTHING);
}

static void other_traffic_extends_the_wait_once_per_ping(void **state)
{
    struct gw_eio_heartbeat hb = waiting_since_500();

    (void)state;
    assert_true(gw_eio_heartbeat_can_extend(&hb));
    gw_eio_heartbeat_extend(&hb, 800, TIMEOUT);
    assert_int_equal(hb.deadline_ms, 1200);
    assert_false(gw_eio_heartbeat_can_extend(&hb));
    gw_eio_heartbeat_extend(&hb, 1100, TIMEOUT);
    assert_int_equal(hb.deadline_ms, 1200);
    assert_int_equal(gw_eio_heartbeat_tick(&hb, 1200, TIMEOUT), GW_EIO_HEARTBEAT_TIMEOUT);
}

static void the_next_ping_may_be_extended_again(void **state)
{
    struct gw_eio_heartbeat hb = waiting_since_500();

    (void)state;
    gw_eio_heartbeat_extend(&hb, 600, TIMEOUT);
    gw_eio_heartbeat_pong(&hb, 700, INTERVAL);
    assert_false(gw_eio_heartbeat_can_extend(&hb));
    assert_int_equal(gw_eio_heartbeat_tick(&hb, 1200, TIMEOUT), GW_EIO_HEARTBEAT_PING);
    assert_true(gw_eio_heartbeat_can_extend(&hb));
}

static void a_switch_gives_an_outstanding_ping_its_full_time(void **state)
{
    struct gw_eio_heartbeat hb = waiting_since_500();
    struct gw_eio_heartbeat resting;

    (void)state;
    gw_eio_heartbeat_rearm(&hb, 850, TIMEOUT);
    assert_int_equal(hb.deadline_ms, 1250);
    gw_eio_heartbeat_start(&resting, 0, INTERVAL);
    gw_eio_heartbeat_rearm(&resting, 300, TIMEOUT);
    assert_int_equal(resting.deadline_ms, 500);
}

static void a_stopped_one_stays_stopped(void **state)
{
    struct gw_eio_heartbeat hb;

    (void)state;
    gw_eio_heartbeat_stop(&hb);
    gw_eio_heartbeat_pong(&hb, 10, INTERVAL);
    assert_int_equal(hb.deadline_ms, UINT64_MAX);
}

static void an_endless_interval_does_not_wrap_round(void **state)
{
    struct gw_eio_heartbeat hb;

    (void)state;
    gw_eio_heartbeat_start(&hb, 1000, UINT64_MAX);
    assert_int_equal(hb.deadline_ms, UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_ping_comes_one_interval_after_the_start),
        cmocka_unit_test(the_interval_runs_from_the_pong),
        cmocka_unit_test(an_unasked_pong_restarts_the_interval),
        cmocka_unit_test(without_a_pong_the_peer_is_gone),
        cmocka_unit_test(other_traffic_extends_the_wait_once_per_ping),
        cmocka_unit_test(the_next_ping_may_be_extended_again),
        cmocka_unit_test(a_switch_gives_an_outstanding_ping_its_full_time),
        cmocka_unit_test(a_stopped_one_stays_stopped),
        cmocka_unit_test(an_endless_interval_does_not_wrap_round),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
