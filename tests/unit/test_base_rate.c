/* SPDX-License-Identifier: MIT */
#include "base/rate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static uint32_t take_all(struct gw_rate *rate, const struct gw_rate_limit *limit, uint64_t now_ms)
{
    uint32_t count = 0;

    while (count < 1000000 && gw_rate_take(rate, limit, now_ms))
        count++;
    return count;
}

static void burst_is_there_at_once_and_comes_back_in_its_time(void **state)
{
    struct gw_rate_limit limit;
    struct gw_rate rate = {0};

    (void)state;
    gw_rate_limit_init(&limit, 10, 25);
    assert_int_equal(take_all(&rate, &limit, 5000), 25);
    assert_int_equal(take_all(&rate, &limit, 5099), 0);
    assert_int_equal(take_all(&rate, &limit, 5100), 1);
    assert_int_equal(take_all(&rate, &limit, 6100), 10);
    assert_int_equal(take_all(&rate, &limit, 1000000), 25);
}

static void without_a_burst_it_is_that_of_a_second(void **state)
{
    struct gw_rate_limit limit;
    struct gw_rate rate = {0};

    (void)state;
    gw_rate_limit_init(&limit, 7, 0);
    assert_int_equal(take_all(&rate, &limit, 1), 7);
}

static void slow_rates_are_kept(void **state)
{
    struct gw_rate_limit limit;
    struct gw_rate rate = {0};

    (void)state;
    gw_rate_limit_init(&limit, 1, 1);
    for (uint64_t now_ms = 0; now_ms < 10000; now_ms += 1000) {
        assert_true(gw_rate_take(&rate, &limit, now_ms));
        assert_false(gw_rate_take(&rate, &limit, now_ms + 999));
    }
}

static void full_buckets_are_told_from_others(void **state)
{
    struct gw_rate_limit limit;
    struct gw_rate rate = {0};

    (void)state;
    gw_rate_limit_init(&limit, 2, 4);
    assert_true(gw_rate_is_full(&rate, 0));
    assert_true(gw_rate_take(&rate, &limit, 100));
    assert_false(gw_rate_is_full(&rate, 599));
    assert_true(gw_rate_is_full(&rate, 600));
}

static void zero_is_no_limit_and_the_most_is_one(void **state)
{
    struct gw_rate_limit limit;
    struct gw_rate rate = {0};

    (void)state;
    gw_rate_limit_init(&limit, 0, 10);
    assert_false(gw_rate_limit_is_on(&limit));
    gw_rate_limit_init(&limit, UINT32_MAX, 3);
    assert_true(gw_rate_limit_is_on(&limit));
    assert_int_equal(take_all(&rate, &limit, 1), 3);
    gw_rate_limit_init(&limit, 1, UINT32_MAX);
    assert_int_equal(take_all(&rate, &limit, 1), 1000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(burst_is_there_at_once_and_comes_back_in_its_time),
        cmocka_unit_test(without_a_burst_it_is_that_of_a_second),
        cmocka_unit_test(slow_rates_are_kept),
        cmocka_unit_test(full_buckets_are_told_from_others),
        cmocka_unit_test(zero_is_no_limit_and_the_most_is_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
