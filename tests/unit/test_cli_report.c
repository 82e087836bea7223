/* SPDX-License-Identifier: MIT */
#include "cli/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static struct gw_cli_load_args args;
static struct gw_cli_load_result result;
static const struct gw_cli_report report = {
    .url = "ws://localhost:9001/", .args = &args, .result = &result};

static int set_up(void **state)
{
    (void)state;
    args = (struct gw_cli_load_args){.connections = 2, .depth = 1, .size = 1024};
    memset(&result, 0, sizeof(result));
    result.connected = 2;
    result.due = result.sent = result.answered = result.answers = 2000;
    result.seconds = 2;
    for (uint64_t i = 1; i <= 2000; i++) {
        gw_cli_histogram_add(&result.latency, i * 1000);
        gw_cli_histogram_add(&result.service, i * 500);
    }
    gw_cli_histogram_add(&result.connect, 1000000);
    return 0;
}

typedef void write_fn(const struct gw_cli_report *report, struct gw_cli_text *out);

static void check(write_fn *write, const char *expected, bool is_there)
{
    struct gw_cli_text out = {0};
    bool was_there;

    write(&report, &out);
    gw_cli_text_add(&out, "", 1);
    was_there = strstr(out.bytes, expected) != NULL;
    if (was_there != is_there)
        print_message("%s", out.bytes);
    assert_int_equal(was_there, is_there);
    gw_cli_text_dispose(&out);
}

static void numbers_for_people(void **state)
{
    (void)state;
    check(gw_cli_report_text, "  answers     1,000 a second, 1000 KiB/s each way; 2,000 in all\n",
          true);
    check(gw_cli_report_text, "min 1.00 us, mean 1.00 ms, max 2.00 ms\n", true);
    check(gw_cli_report_text, "PROBLEM", false);
    check(gw_cli_report_text, "once sent", false);
    check(gw_cli_report_text, "coordinated omission", true);
    args.rate = 1000;
    check(gw_cli_report_text, "once sent", true);
    check(gw_cli_report_text, "coordinated omission", false);
}

static void problems_are_told(void **state)
{
    (void)state;
    result.connected = 1;
    result.failed = 1;
    result.unanswered = 500;
    result.wrong = 3;
    result.error_count = 1;
    result.errors[0] = (struct gw_cli_load_error){.count = 1, .why = "bad \033 thing"};
    check(gw_cli_report_text, "PROBLEM     1 connections could not be opened\n", true);
    check(gw_cli_report_text, "PROBLEM     500 messages never answered", true);
    check(gw_cli_report_text, "PROBLEM     3 messages that were not", true);
    check(gw_cli_report_text, "1 times argument: bad \\x1b thing\n", true);
    check(gw_cli_report_json, "\"unanswered\":500", true);
    check(gw_cli_report_json, "\"why\":\"bad \\u001b thing\",\"count\":1}]}\n", true);
}

static void it_says_when_it_was_too_slow_itself(void **state)
{
    (void)state;
    check(gw_cli_report_text, "of a core", false);
    result.cpu = 0.97;
    check(gw_cli_report_text, "this program used 97 % of a core", true);
    args.rate = 2000;
    check(gw_cli_report_text, "answers came at 50.0 % of the rate", true);
}

static void nothing_measured_is_no_division_by_zero(void **state)
{
    (void)state;
    memset(&result, 0, sizeof(result));
    check(gw_cli_report_text, "connected   0 of 2\n", true);
    check(gw_cli_report_json, "\"latency\":{\"count\":0}", true);
    check(gw_cli_report_json, "\"answersPerSecond\":0.0", true);
    check(gw_cli_report_json, ":nan", false);
    check(gw_cli_report_json, ":-nan", false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(numbers_for_people, set_up),
        cmocka_unit_test_setup(problems_are_told, set_up),
        cmocka_unit_test_setup(it_says_when_it_was_too_slow_itself, set_up),
        cmocka_unit_test_setup(nothing_measured_is_no_division_by_zero, set_up),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
