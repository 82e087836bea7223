/* SPDX-License-Identifier: MIT */
#include "eio/upgrade.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void nothing_is_due_while_idle(void **state)
{
    struct gw_eio_upgrade up;

    (void)state;
    gw_eio_upgrade_init(&up);
    assert_false(gw_eio_upgrade_is_running(&up));
    assert_int_equal(gw_eio_upgrade_deadline_ms(&up), UINT64_MAX);
    assert_int_equal(gw_eio_upgrade_tick(&up, 123456789), GW_EIO_UPGRADE_NOTHING);
}

static void a_candidate_has_its_time(void **state)
{
    struct gw_eio_upgrade up;

    (void)state;
    gw_eio_upgrade_init(&up);
    gw_eio_upgrade_start(&up, 1000, 10000);
    assert_true(gw_eio_upgrade_is_running(&up));
    assert_int_equal(gw_eio_upgrade_deadline_ms(&up), 11000);
    assert_int_equal(gw_eio_upgrade_tick(&up, 10999), GW_EIO_UPGRADE_NOTHING);
    assert_int_equal(gw_eio_upgrade_tick(&up, 11000), GW_EIO_UPGRADE_TIMEOUT);
    gw_eio_upgrade_abandon(&up);
    assert_int_equal(up.state, GW_EIO_UPGRADE_IDLE);
}

static void after_the_probe_polls_are_released_again_and_again(void **state)
{
    struct gw_eio_upgrade up;

    (void)state;
    gw_eio_upgrade_init(&up);
    gw_eio_upgrade_start(&up, 0, 350);
    gw_eio_upgrade_probe(&up, 50);
    assert_int_equal(gw_eio_upgrade_tick(&up, 149), GW_EIO_UPGRADE_NOTHING);
    assert_int_equal(gw_eio_upgrade_tick(&up, 150), GW_EIO_UPGRADE_RELEASE);
    assert_int_equal(gw_eio_upgrade_tick(&up, 151), GW_EIO_UPGRADE_NOTHING);
    assert_int_equal(gw_eio_upgrade_tick(&up, 250), GW_EIO_UPGRADE_RELEASE);
    assert_int_equal(gw_eio_upgrade_deadline_ms(&up), 350);
    assert_int_equal(gw_eio_upgrade_tick(&up, 350), GW_EIO_UPGRADE_TIMEOUT);
}

static void a_second_probe_restarts_the_releases_only(void **state)
{
    struct gw_eio_upgrade up;

    (void)state;
    gw_eio_upgrade_init(&up);
    gw_eio_upgrade_start(&up, 0, 10000);
    gw_eio_upgrade_probe(&up, 0);
    gw_eio_upgrade_probe(&up, 90);
    assert_int_equal(gw_eio_upgrade_deadline_ms(&up), 190);
    assert_int_equal(up.deadline_ms, 10000);
}

static void a_finished_one_is_over(void **state)
{
    struct gw_eio_upgrade up;

    (void)state;
    gw_eio_upgrade_init(&up);
    gw_eio_upgrade_start(&up, 0, 10000);
    gw_eio_upgrade_probe(&up, 0);
    gw_eio_upgrade_finish(&up);
    assert_int_equal(up.state, GW_EIO_UPGRADE_DONE);
    assert_false(gw_eio_upgrade_is_running(&up));
    assert_int_equal(gw_eio_upgrade_deadline_ms(&up), UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_due_while_idle),
        cmocka_unit_test(a_candidate_has_its_time),
        cmocka_unit_test(after_the_probe_polls_are_released_again_and_again),
        cmocka_unit_test(a_second_probe_restarts_the_releases_only),
        cmocka_unit_test(a_finished_one_is_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
