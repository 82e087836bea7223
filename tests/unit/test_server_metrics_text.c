/* SPDX-License-Identifier: MIT */
#include "server/metrics_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct gw_buf out;
static struct gw_metrics_text text;

static void begin(size_t limit)
{
    gw_buf_init(&out, limit);
    gw_metrics_text_init(&text, &out);
}

static void expect(const char *expected)
{
    assert_int_equal(text.err, 0);
    gw_buf_append_byte(&out, '\0');
    assert_string_equal((const char *)out.ptr, expected);
    gw_buf_dispose(&out);
}

static void a_family_is_its_help_its_type_and_its_samples(void **state)
{
    const struct gw_metrics_label labels[] = {{"a", GW_LIT("x")}, {"b", GW_LIT("y z")}, {0}};

    (void)state;
    begin(4096);
    gw_metrics_text_family(&text, "things_total", "counter", "Things so far.");
    gw_metrics_text_sample(&text, NULL, 0);
    gw_metrics_text_sample(&text, labels, UINT64_MAX);
    gw_metrics_text_seconds(&text, NULL, 1500000);
    expect("# HELP things_total Things so far.\n"
           "# TYPE things_total counter\n"
           "things_total 0\n"
           "things_total{a=\"x\",b=\"y z\"} 18446744073709551615\n"
           "things_total 0.001500000\n");
}

static void values_of_labels_are_escaped(void **state)
{
    const struct gw_metrics_label labels[] = {{"nsp", GW_LIT("/\"a\\b\nc{},=")}, {0}};

    (void)state;
    begin(4096);
    gw_metrics_text_family(&text, "x", "gauge", "X.");
    out.len = 0;
    gw_metrics_text_sample(&text, labels, 1);
    expect("x{nsp=\"/\\\"a\\\\b\\nc{},=\"} 1\n");
}

static void buckets_of_a_histogram_add_up(void **state)
{
    struct gw_metrics_histogram histogram = {0};

    (void)state;
    gw_metrics_histogram_add(&histogram, 10000); /* on the bound: in it */
    gw_metrics_histogram_add(&histogram, 10001);
    gw_metrics_histogram_add(&histogram, 2000000000);
    begin(4096);
    gw_metrics_text_family(&text, "t", "histogram", "T.");
    out.len = 0;
    gw_metrics_text_histogram(&text, NULL, &histogram);
    expect("t_bucket{le=\"0.00001\"} 1\n"
           "t_bucket{le=\"0.000025\"} 2\n"
           "t_bucket{le=\"0.00005\"} 2\n"
           "t_bucket{le=\"0.0001\"} 2\n"
           "t_bucket{le=\"0.00025\"} 2\n"
           "t_bucket{le=\"0.0005\"} 2\n"
           "t_bucket{le=\"0.001\"} 2\n"
           "t_bucket{le=\"0.005\"} 2\n"
           "t_bucket{le=\"0.01\"} 2\n"
           "t_bucket{le=\"0.05\"} 2\n"
           "t_bucket{le=\"0.1\"} 2\n"
           "t_bucket{le=\"1\"} 2\n"
           "t_bucket{le=\"+Inf\"} 3\n"
           "t_sum 2.000020001\n"
           "t_count 3\n");
}

static void the_first_failure_stays(void **state)
{
    (void)state;
    begin(8);
    gw_metrics_text_family(&text, "x", "gauge", "X.");
    gw_metrics_text_sample(&text, NULL, 1);
    assert_int_equal(text.err, GW_E_LIMIT);
    gw_buf_dispose(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_family_is_its_help_its_type_and_its_samples),
        cmocka_unit_test(values_of_labels_are_escaped),
        cmocka_unit_test(buckets_of_a_histogram_add_up),
        cmocka_unit_test(the_first_failure_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
