/* SPDX-License-Identifier: MIT */
#include "cli/histogram.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static struct gw_cli_histogram histogram;

static int set_up(void **state)
{
    (void)state;
    memset(&histogram, 0, sizeof(histogram));
    return 0;
}

static void an_empty_one_says_zero(void **state)
{
    (void)state;
    assert_int_equal(gw_cli_histogram_percentile(&histogram, 50), 0);
    assert_true(gw_cli_histogram_mean(&histogram) == 0);
}

static void one_value_is_every_percentile(void **state)
{
    (void)state;
    gw_cli_histogram_add(&histogram, 123456789);
    assert_int_equal(gw_cli_histogram_percentile(&histogram, 0), 123456789);
    assert_int_equal(gw_cli_histogram_percentile(&histogram, 50), 123456789);
    assert_int_equal(gw_cli_histogram_percentile(&histogram, 100), 123456789);
}

static void small_values_are_exact(void **state)
{
    (void)state;
    for (uint64_t value = 1; value <= 100; value++)
        gw_cli_histogram_add(&histogram, value);
    assert_int_equal(gw_cli_histogram_percentile(&histogram, 50), 50);
    assert_int_equal(gw_cli_histogram_percentile(&histogram, 90), 90);
    assert_int_equal(gw_cli_histogram_percentile(&histogram, 99), 99);
    assert_int_equal(gw_cli_histogram_percentile(&histogram, 99.9), 100);
    assert_true(gw_cli_histogram_mean(&histogram) == 50.5);
    assert_int_equal(histogram.min, 1);
    assert_int_equal(histogram.max, 100);
}

/* A second value keeps the maximum from standing in for what the bucket says. */
static void every_magnitude_is_within_its_error(void **state)
{
    (void)state;
    for (unsigned shift = 0; shift < 64; shift++) {
        for (uint64_t step = 0; step < 3; step++) {
            uint64_t value = (1ULL << shift) + step * ((1ULL << shift) / 3);
            uint64_t read;

            set_up(NULL);
            gw_cli_histogram_add(&histogram, value);
            gw_cli_histogram_add(&histogram, UINT64_MAX);
            read = gw_cli_histogram_percentile(&histogram, 50);
            assert_true(read >= value);
            assert_true(read - value <= value / 128);
        }
    }
}

static int compare(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

    return (left > right) - (left < right);
}

static void percentiles_agree_with_sorting(void **state)
{
    enum { COUNT = 10000 };
    static uint64_t values[COUNT];
    static const double percents[] = {1, 25, 50, 75, 90, 99, 99.9, 100};
    uint64_t random = 88172645463325252ULL;

    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        values[i] = random >> (20 + random % 40);
        gw_cli_histogram_add(&histogram, values[i]);
    }
    qsort(values, COUNT, sizeof(*values), compare);
    for (size_t i = 0; i < sizeof(percents) / sizeof(*percents); i++) {
        uint64_t exact = values[(size_t)(percents[i] / 100 * COUNT + 0.5) - 1];
        uint64_t read = gw_cli_histogram_percentile(&histogram, percents[i]);

        assert_true(read >= exact);
        assert_true(read - exact <= exact / 128);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_empty_one_says_zero, set_up),
        cmocka_unit_test_setup(one_value_is_every_percentile, set_up),
        cmocka_unit_test_setup(small_values_are_exact, set_up),
        cmocka_unit_test_setup(every_magnitude_is_within_its_error, set_up),
        cmocka_unit_test_setup(percentiles_agree_with_sorting, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
