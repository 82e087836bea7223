/* SPDX-License-Identifier: MIT */
#include "net/clock.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void time_does_not_go_back(void **state)
{
    uint64_t last = gw_clock_now_ms();

    (void)state;
    for (int i = 0; i < 10000; i++) {
        uint64_t now = gw_clock_now_ms();

        assert_true(now >= last);
        last = now;
    }
}

static void calendar_time_is_in_milliseconds_since_1970(void **state)
{
    uint64_t unix_ms = gw_clock_unix_ms();

    (void)state;
    assert_true(unix_ms > UINT64_C(1600000000000));  /* 2020 */
    assert_true(unix_ms < UINT64_C(32503680000000)); /* 3000 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_does_not_go_back),
        cmocka_unit_test(calendar_time_is_in_milliseconds_since_1970),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
