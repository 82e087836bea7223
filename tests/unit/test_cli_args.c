/* SPDX-License-Identifier: MIT */
#include "cli/args.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>
#include <string.h>

struct values {
    bool is_quiet, is_binary;
    const char *origin;
    struct gw_cli_list headers;
    uint64_t count, bytes, seconds_ms, wait_ms;
    double rate;
};

static const struct gw_cli_option table[] = {
    {"quiet", 'q', GW_CLI_OPTION_FLAG, offsetof(struct values, is_quiet), 0, 0},
    {"binary", 'b', GW_CLI_OPTION_FLAG, offsetof(struct values, is_binary), 0, 0},
    {"origin", 'o', GW_CLI_OPTION_TEXT, offsetof(struct values, origin), 0, 0},
    {"header", 'H', GW_CLI_OPTION_LIST, offsetof(struct values, headers), 0, 0},
    {"count", 'c', GW_CLI_OPTION_COUNT, offsetof(struct values, count), 1, 65535},
    {"bytes", 0, GW_CLI_OPTION_BYTES, offsetof(struct values, bytes), 0, 0},
    {"seconds", 's', GW_CLI_OPTION_SECONDS, offsetof(struct values, seconds_ms), 100, 60000},
    {"wait", 'w', GW_CLI_OPTION_WAIT, offsetof(struct values, wait_ms), 0, 0},
    {"rate", 'r', GW_CLI_OPTION_RATE, offsetof(struct values, rate), 0, 1000000},
    {.name = NULL},
};

static struct values values;
static struct gw_cli_list operands;
static char why[GW_CLI_ARGS_WHY_MAX];

/* The words behind the name of the command, up to NULL. */
static enum gw_cli_args_result parse(const char *const *words)
{
    char *argv[16] = {(char[]){"command"}};
    int argc = 1;

    values = (struct values){.count = 7};
    operands = (struct gw_cli_list){.count = 0};
    while (words[argc - 1]) {
        argv[argc] = (char *)(uintptr_t)words[argc - 1];
        argc++;
    }
    return gw_cli_args_parse(table, argc, argv, &values, &operands, why);
}

#define PARSE(...) parse((const char *const[]){__VA_ARGS__, NULL})

static void check_bad(const char *option, const char *value, const char *expected)
{
    assert_int_equal(PARSE(option, value), GW_CLI_ARGS_BAD);
    assert_string_equal(why, expected);
}

static void every_spelling_of_an_option(void **state)
{
    (void)state;
    assert_int_equal(PARSE("--origin", "a"), GW_CLI_ARGS_OK);
    assert_string_equal(values.origin, "a");
    assert_int_equal(PARSE("--origin=b=c"), GW_CLI_ARGS_OK);
    assert_string_equal(values.origin, "b=c");
    assert_int_equal(PARSE("-o", "d"), GW_CLI_ARGS_OK);
    assert_string_equal(values.origin, "d");
    assert_int_equal(PARSE("-oe"), GW_CLI_ARGS_OK);
    assert_string_equal(values.origin, "e");
    assert_int_equal(PARSE("-qbof"), GW_CLI_ARGS_OK);
    assert_true(values.is_quiet && values.is_binary);
    assert_string_equal(values.origin, "f");
    assert_int_equal(PARSE("--origin="), GW_CLI_ARGS_OK);
    assert_string_equal(values.origin, "");
}

static void options_and_operands_in_any_order(void **state)
{
    (void)state;
    assert_int_equal(PARSE("one", "-q", "-", "--", "-b", "--origin"), GW_CLI_ARGS_OK);
    assert_true(values.is_quiet);
    assert_false(values.is_binary);
    assert_int_equal(operands.count, 4);
    assert_string_equal(operands.items[0], "one");
    assert_string_equal(operands.items[1], "-");
    assert_string_equal(operands.items[2], "-b");
    assert_string_equal(operands.items[3], "--origin");
    assert_null(operands.items[4]);
}

static void lists_keep_their_order(void **state)
{
    (void)state;
    assert_int_equal(PARSE("-H", "a: 1", "--header=b: 2"), GW_CLI_ARGS_OK);
    assert_int_equal(values.headers.count, 2);
    assert_string_equal(values.headers.items[0], "a: 1");
    assert_string_equal(values.headers.items[1], "b: 2");
    assert_null(values.headers.items[2]);
}

static void help_wins(void **state)
{
    (void)state;
    assert_int_equal(PARSE("--help", "--nonsense"), GW_CLI_ARGS_HELP);
    assert_int_equal(PARSE("-qh"), GW_CLI_ARGS_HELP);
    assert_int_equal(PARSE("--", "--help"), GW_CLI_ARGS_OK);
}

static void numbers(void **state)
{
    (void)state;
    assert_int_equal(PARSE("-c65535", "--bytes", "16K"), GW_CLI_ARGS_OK);
    assert_int_equal(values.count, 65535);
    assert_int_equal(values.bytes, 16384);
    assert_int_equal(PARSE("--bytes=2m"), GW_CLI_ARGS_OK);
    assert_int_equal(values.bytes, 2 << 20);
    assert_int_equal(PARSE("--bytes=3G"), GW_CLI_ARGS_OK);
    assert_int_equal(values.bytes, 3ULL << 30);
    assert_int_equal(PARSE("-s", "1.25"), GW_CLI_ARGS_OK);
    assert_int_equal(values.seconds_ms, 1250);
    assert_int_equal(PARSE("-s.5"), GW_CLI_ARGS_OK);
    assert_int_equal(values.seconds_ms, 500);
    assert_int_equal(PARSE("-w", "forever"), GW_CLI_ARGS_OK);
    assert_true(values.wait_ms == UINT64_MAX);
    assert_int_equal(PARSE("-w0"), GW_CLI_ARGS_OK);
    assert_int_equal(values.wait_ms, 0);
    assert_int_equal(PARSE("-r", "2.5k"), GW_CLI_ARGS_OK);
    assert_true(values.rate == 2500);
    assert_int_equal(PARSE("-q"), GW_CLI_ARGS_OK);
    assert_int_equal(values.count, 7); /* the default */
}

static void bad_numbers_are_named_with_what_is_good(void **state)
{
    static const char *const bad_counts[] = {
        "0", "65536", "", "-1", "+1", " 1", "1 ", "0x10", "1K", "ten", "99999999999999999999999"};
    static const char *const bad_bytes[] = {"K", "1T", "1KB", "1 ", "1.5K", "99999999999G"};
    static const char *const bad_seconds[] = {"",    "0",   "0.05", "61", "-1",    "1s",
                                              "nan", "inf", "1e3",  ".",  "1.2.3", "forever"};
    static const char *const bad_rates[] = {"0", "", "k", "-1", "1M1", "1G", "2M", "1e3"};

    (void)state;
    for (size_t i = 0; i < sizeof(bad_counts) / sizeof(*bad_counts); i++)
        assert_int_equal(PARSE("--count", bad_counts[i]), GW_CLI_ARGS_BAD);
    for (size_t i = 0; i < sizeof(bad_bytes) / sizeof(*bad_bytes); i++)
        assert_int_equal(PARSE("--bytes", bad_bytes[i]), GW_CLI_ARGS_BAD);
    for (size_t i = 0; i < sizeof(bad_seconds) / sizeof(*bad_seconds); i++)
        assert_int_equal(PARSE("--seconds", bad_seconds[i]), GW_CLI_ARGS_BAD);
    for (size_t i = 0; i < sizeof(bad_rates) / sizeof(*bad_rates); i++)
        assert_int_equal(PARSE("--rate", bad_rates[i]), GW_CLI_ARGS_BAD);
    check_bad("--count", "0", "--count 0: takes a whole number from 1 to 65535");
    check_bad("-s", "61", "--seconds 61: takes seconds from 0.1 to 60");
    check_bad("-r", "x", "--rate x: takes a number a second above 0, at most 1000000");
}

static void what_is_unknown_or_missing(void **state)
{
    (void)state;
    check_bad("--orgin", "a", "unknown option --orgin; did you mean --origin?");
    check_bad("--entirely-else", "a", "unknown option --entirely-else; --help lists them");
    check_bad("-qz", "a", "unknown option -z; --help lists them");
    check_bad("a", "--origin", "--origin: needs a value");
    check_bad("a", "-o", "-o (--origin): needs a value");
    check_bad("--quiet=yes", "a", "--quiet: takes no value, but has \"yes\"");
    assert_int_equal(PARSE("--="), GW_CLI_ARGS_BAD);
}

static void a_very_long_unknown_option_fits(void **state)
{
    char word[2000] = "--";

    (void)state;
    memset(word + 2, 'x', sizeof(word) - 3);
    assert_int_equal(PARSE(word), GW_CLI_ARGS_BAD);
    assert_true(strlen(why) < GW_CLI_ARGS_WHY_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_spelling_of_an_option),
        cmocka_unit_test(options_and_operands_in_any_order),
        cmocka_unit_test(lists_keep_their_order),
        cmocka_unit_test(help_wins),
        cmocka_unit_test(numbers),
        cmocka_unit_test(bad_numbers_are_named_with_what_is_good),
        cmocka_unit_test(what_is_unknown_or_missing),
        cmocka_unit_test(a_very_long_unknown_option_fits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
