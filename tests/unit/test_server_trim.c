/* SPDX-License-Identifier: MIT */
#include "server/trim.h"

#include "net/loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void memory_is_given_back_when_half_of_a_crowd_has_gone(void **state)
{
    gw_loop *loop = gw_loop_create();
    struct gw_trim trim;

    (void)state;
    assert_non_null(loop);
    gw_trim_init(&trim, loop);
    for (uint32_t count = 0; count <= 1000; count++)
        gw_trim_note(&trim, count);
    gw_trim_note(&trim, 500);
    assert_false(gw_timer_is_running(&trim.timer));
    gw_trim_note(&trim, 499);
    assert_true(gw_timer_is_running(&trim.timer));
    gw_trim_note(&trim, 300);
    trim.timer.fire(&trim.timer);
    gw_trim_stop(&trim);
    gw_trim_note(&trim, 150); /* half of what was left */
    assert_false(gw_timer_is_running(&trim.timer));
    gw_trim_note(&trim, 0);
    assert_true(gw_timer_is_running(&trim.timer));
    gw_trim_stop(&trim);
    gw_loop_destroy(loop);
}

static void a_handful_is_no_crowd(void **state)
{
    gw_loop *loop = gw_loop_create();
    struct gw_trim trim;

    (void)state;
    gw_trim_init(&trim, loop);
    gw_trim_note(&trim, 255);
    gw_trim_note(&trim, 0);
    assert_false(gw_timer_is_running(&trim.timer));
    gw_loop_destroy(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_given_back_when_half_of_a_crowd_has_gone),
        cmocka_unit_test(a_handful_is_no_crowd),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
