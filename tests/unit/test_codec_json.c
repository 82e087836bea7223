/* SPDX-License-Identifier: MIT */
#include "codec/json.h"

#include "base/mem.h"
#include "vectors/json_verdicts.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct gw_slice trimmed_copy(struct gw_slice text)
{
    uint8_t *copy = malloc(text.len ? text.len : 1);

    assert_non_null(copy);
    if (text.len)
        memcpy(copy, text.ptr, text.len);
    return (struct gw_slice){copy, text.len};
}

/* From a block of exact size, so that the sanitizer sees a read behind it. */
static int check(struct gw_slice text)
{
    struct gw_slice copy = trimmed_copy(text);
    int err = gw_json_check(copy);

    free((void *)(uintptr_t)copy.ptr);
    return err;
}

static void verdicts_are_those_of_json_parse(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(json_verdicts) / sizeof(json_verdicts[0]); i++) {
        const struct json_verdict *v = &json_verdicts[i];
        int err = check((struct gw_slice){(const uint8_t *)v->text, v->len});

        if (err != (v->is_valid ? 0 : GW_E_PROTO))
            fail_msg("%s: %s", v->text, gw_err_name(err));
    }
}

/* Cutting a text off anywhere must be seen, except where the rest is white space or the digits of a number. */
static void every_valid_container_is_refused_when_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(json_verdicts) / sizeof(json_verdicts[0]); i++) {
        const struct json_verdict *v = &json_verdicts[i];
        size_t len = v->len;

        while (len > 0 && strchr(" \n\r\t", v->text[len - 1]))
            len--;
        if (!v->is_valid || !strchr("]}\"", v->text[len - 1]))
            continue;
        while (len-- > 0)
            assert_int_equal(check((struct gw_slice){(const uint8_t *)v->text, len}), GW_E_PROTO);
    }
}

static void nesting_stops_at_the_limit(void **state)
{
    static uint8_t text[2 * (GW_JSON_DEPTH_MAX + 1)];
    size_t used = 0;

    (void)state;
    memset(text, '[', GW_JSON_DEPTH_MAX + 1);
    memset(text + GW_JSON_DEPTH_MAX + 1, ']', GW_JSON_DEPTH_MAX + 1);
    assert_int_equal(gw_json_skip((struct gw_slice){text, sizeof(text)}, &used), GW_E_LIMIT);
    assert_int_equal(gw_json_skip((struct gw_slice){text + 1, sizeof(text) - 1}, &used), 0);
    assert_int_equal(used, 2 * GW_JSON_DEPTH_MAX);
    assert_int_equal(gw_json_check((struct gw_slice){text + 1, sizeof(text) - 1}), GW_E_PROTO);
    assert_int_equal(gw_json_values_check((struct gw_slice){text, sizeof(text)}, NULL), GW_E_LIMIT);
}

static void skip_ends_behind_the_value(void **state)
{
    size_t len = 0;

    (void)state;
    assert_int_equal(gw_json_skip(GW_LIT(" [1, \"]\"] , 2"), &len), 0);
    assert_int_equal(len, 9);
    assert_int_equal(gw_json_skip(GW_LIT("12.5e3x"), &len), 0);
    assert_int_equal(len, 6);
    assert_int_equal(gw_json_skip(GW_LIT("01"), &len), 0);
    assert_int_equal(len, 1);
    assert_int_equal(gw_json_skip(GW_LIT(","), &len), GW_E_PROTO);
    assert_int_equal(gw_json_skip((struct gw_slice){0}, &len), GW_E_PROTO);
}

static void lists_of_values_are_counted(void **state)
{
    static const struct {
        const char *list;
        int count; /* or an error */
    } cases[] = {
        {"", 0},
        {" \n", 0},
        {"1", 1},
        {"1,2", 2},
        {" 1 , [2,3] ,{} ", 3},
        {"\"a,b\"", 1},
        {"\"\"", 1},
        {"\"a\",\"b\"", 2},
        {"\"a\\\"b\"", 1},
        {"\"", GW_E_PROTO},
        {"\"\\\"", GW_E_PROTO},
        {"\"a\" \"b\"", GW_E_PROTO},
        {"1,", GW_E_PROTO},
        {",1", GW_E_PROTO},
        {"1,,2", GW_E_PROTO},
        {"1 2", GW_E_PROTO},
        {",", GW_E_PROTO},
        {"1]", GW_E_PROTO},
        {"[", GW_E_PROTO},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t count = 99;
        int err = gw_json_values_check(gw_slice_of(cases[i].list), &count);

        assert_int_equal(err ? err : (int)count, cases[i].count);
    }
    assert_int_equal(gw_json_values_check((struct gw_slice){0}, NULL), 0);
}

static void next_gives_values_without_space(void **state)
{
    struct gw_slice rest = GW_LIT(" 1 ,\"a,\\\"b\" , [2 , 3],{} ");
    struct gw_slice value;

    (void)state;
    assert_true(gw_json_next(&rest, &value));
    assert_true(gw_slice_equal(value, GW_LIT("1")));
    assert_true(gw_json_next(&rest, &value));
    assert_true(gw_slice_equal(value, GW_LIT("\"a,\\\"b\"")));
    assert_true(gw_json_next(&rest, &value));
    assert_true(gw_slice_equal(value, GW_LIT("[2 , 3]")));
    assert_true(gw_json_next(&rest, &value));
    assert_true(gw_slice_equal(value, GW_LIT("{}")));
    assert_false(gw_json_next(&rest, &value));
    assert_false(gw_json_next(&rest, &value));
    rest = (struct gw_slice){0};
    assert_false(gw_json_next(&rest, &value));
}

static void members_come_in_order(void **state)
{
    struct gw_slice rest = gw_json_inside(GW_LIT(" { \"a\" : 1 , \"b\":{\"a\":2}} "));
    struct gw_slice key, value;

    (void)state;
    assert_true(gw_json_member_next(&rest, &key, &value));
    assert_true(gw_slice_equal(key, GW_LIT("\"a\"")));
    assert_true(gw_slice_equal(value, GW_LIT("1")));
    assert_true(gw_json_member_next(&rest, &key, &value));
    assert_true(gw_slice_equal(key, GW_LIT("\"b\"")));
    assert_true(gw_slice_equal(value, GW_LIT("{\"a\":2}")));
    assert_false(gw_json_member_next(&rest, &key, &value));
    rest = gw_json_inside(GW_LIT("{}"));
    assert_non_null(rest.ptr);
    assert_false(gw_json_member_next(&rest, &key, &value));
}

/* Readers are for checked values; others must end early, and inside the slice. */
static void readers_survive_unchecked_text(void **state)
{
    static const char *const texts[] = {"",         "\"",
                                        "\"\\",     "\"\\\"",
                                        "\"\\u\"",  "\"\\u12\"",
                                        "{",        "{}",
                                        "{\"a\"",   "{\"a\"}",
                                        "{\"a\":}", "[",
                                        "]",        "[1",
                                        "\"a\"b\"", "-",
                                        "1.",       "{\"a\":1\"b\":2}",
                                        "{1:2}",    "\"\\ud83d\\u\"",
                                        "\"a\nb\""};
    struct gw_slice value = {0}, key;
    struct gw_buf out;

    (void)state;
    gw_buf_init(&out, 100);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct gw_slice copy = trimmed_copy(gw_slice_of(texts[i]));
        struct gw_slice rest = copy;
        double number;

        while (gw_json_next(&rest, &value))
            ;
        rest = gw_json_inside(copy);
        while (gw_json_member_next(&rest, &key, &value))
            ;
        gw_json_find(copy, GW_LIT("a"), &value);
        gw_json_string_equals(copy, GW_LIT("a"));
        if (gw_json_string_decode(copy, &out) < 0)
            assert_int_equal(out.len, 0);
        gw_buf_reset(&out);
        assert_int_equal(gw_json_number(copy, &number), GW_E_ARG);
        free((void *)(uintptr_t)copy.ptr);
    }
    gw_buf_dispose(&out);
}

static void find_takes_the_last_of_equal_keys(void **state)
{
    struct gw_slice object = GW_LIT("{\"a\":1,\"\\u0061\":2,\"b\":{\"a\":3},\"c\":\"a\"}");
    struct gw_slice value = {0};

    (void)state;
    assert_true(gw_json_find(object, GW_LIT("a"), &value));
    assert_true(gw_slice_equal(value, GW_LIT("2")));
    assert_true(gw_json_find(object, GW_LIT("c"), &value));
    assert_true(gw_slice_equal(value, GW_LIT("\"a\"")));
    assert_false(gw_json_find(object, GW_LIT("d"), &value));
    assert_false(gw_json_find(GW_LIT("[\"a\",1]"), GW_LIT("a"), &value));
}

static void types_show_in_the_first_character(void **state)
{
    (void)state;
    assert_int_equal(gw_json_type(GW_LIT(" null")), GW_JSON_NULL);
    assert_int_equal(gw_json_type(GW_LIT("false")), GW_JSON_FALSE);
    assert_int_equal(gw_json_type(GW_LIT("true")), GW_JSON_TRUE);
    assert_int_equal(gw_json_type(GW_LIT("-1")), GW_JSON_NUMBER);
    assert_int_equal(gw_json_type(GW_LIT("9")), GW_JSON_NUMBER);
    assert_int_equal(gw_json_type(GW_LIT("\"\"")), GW_JSON_STRING);
    assert_int_equal(gw_json_type(GW_LIT("\n[]")), GW_JSON_ARRAY);
    assert_int_equal(gw_json_type(GW_LIT("{}")), GW_JSON_OBJECT);
    assert_int_equal(gw_json_type(GW_LIT("+1")), GW_JSON_INVALID);
    assert_int_equal(gw_json_type(GW_LIT(" ")), GW_JSON_INVALID);
    assert_int_equal(gw_json_type((struct gw_slice){0}), GW_JSON_INVALID);
}

static const struct {
    const char *json, *text;
} string_cases[] = {
    {"\"\"", ""},
    {" \"abc\"\n", "abc"},
    {"\"a\\\"b\\\\c\\/d\"", "a\"b\\c/d"},
    {"\"\\b\\f\\n\\r\\t\"", "\b\f\n\r\t"},
    {"\"\\u0041\\u00e9\\u20AC\"", "A\xc3\xa9\xe2\x82\xac"},
    {"\"\\ud83d\\uDE00!\"", "\xf0\x9f\x98\x80!"},
    {"\"\\ud83d\"", "\xef\xbf\xbd"},
    {"\"\\ude00\"", "\xef\xbf\xbd"},
    {"\"\\ud83dx\"", "\xef\xbf\xbdx"},
    {"\"\\ud83d\\u0041\"", "\xef\xbf\xbd"
                           "A"},
    {"\"\\ud83d\\ud83d\\ude00\"", "\xef\xbf\xbd\xf0\x9f\x98\x80"},
    {"\"0123456789abcdef\\n0123456789abcdef\"", "0123456789abcdef\n0123456789abcdef"},
};

static void strings_are_decoded_and_compared(void **state)
{
    struct gw_buf out;

    (void)state;
    gw_buf_init(&out, 1000);
    for (size_t i = 0; i < sizeof(string_cases) / sizeof(string_cases[0]); i++) {
        struct gw_slice json = gw_slice_of(string_cases[i].json);
        struct gw_slice text = gw_slice_of(string_cases[i].text);

        gw_buf_reset(&out);
        assert_int_equal(gw_json_check(json), 0);
        assert_int_equal(gw_json_string_decode(json, &out), 0);
        assert_true(gw_slice_equal(gw_buf_slice(&out), text));
        assert_true(gw_json_string_equals(json, text));
        assert_false(gw_json_string_equals(json, GW_LIT("abcd")));
        if (text.len > 0)
            assert_false(gw_json_string_equals(json, (struct gw_slice){text.ptr, text.len - 1}));
    }
    assert_int_equal(gw_json_string_decode(GW_LIT("12"), &out), GW_E_ARG);
    assert_false(gw_json_string_equals(GW_LIT("[\"a\"]"), GW_LIT("a")));
    gw_buf_dispose(&out);
}

static void failed_decoding_leaves_the_buffer_alone(void **state)
{
    struct gw_buf out;

    (void)state;
    gw_buf_init(&out, 6);
    assert_int_equal(gw_buf_append(&out, GW_LIT("ab")), 0);
    assert_int_equal(gw_json_string_decode(GW_LIT("\"c\\ndefg\""), &out), GW_E_LIMIT);
    assert_int_equal(out.len, 2);
    assert_int_equal(gw_json_string_decode(GW_LIT("\"c\\u0064ef\""), &out), 0);
    assert_true(gw_slice_equal(gw_buf_slice(&out), GW_LIT("abcdef")));
    assert_int_equal(gw_json_quote(&out, GW_LIT("")), GW_E_LIMIT);
    assert_int_equal(out.len, 6);
    gw_buf_dispose(&out);
}

static void quote_writes_what_json_stringify_writes(void **state)
{
    static const struct {
        struct gw_slice text;
        const char *json;
    } cases[] = {
        {{NULL, 0}, "\"\""},
        {{(const uint8_t *)"abc", 3}, "\"abc\""},
        {{(const uint8_t *)"a\"b\\c/d", 7}, "\"a\\\"b\\\\c/d\""},
        {{(const uint8_t *)"\b\t\n\f\r", 5}, "\"\\b\\t\\n\\f\\r\""},
        {{(const uint8_t *)"\0\x01\x0b\x1f\x7f", 5}, "\"\\u0000\\u0001\\u000b\\u001f\x7f\""},
        {{(const uint8_t *)"\xc3\xa9\xe2\x80\xa8", 5}, "\"\xc3\xa9\xe2\x80\xa8\""},
        {{(const uint8_t *)"a\xff"
                           "b\"",
          4},
         "\"a\xef\xbf\xbd"
         "b\\\"\""},
    };
    struct gw_buf out;

    (void)state;
    gw_buf_init(&out, 1000);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        gw_buf_reset(&out);
        assert_int_equal(gw_json_quote(&out, cases[i].text), 0);
        assert_true(gw_slice_equal(gw_buf_slice(&out), gw_slice_of(cases[i].json)));
    }
    gw_buf_dispose(&out);
}

static void quote_survives_failing_memory(void **state)
{
    struct gw_buf out;

    (void)state;
    for (uint64_t nth = 1; nth <= 2; nth++) {
        gw_buf_init(&out, 1000);
        gw_mem_fail_at(nth);
        assert_int_equal(gw_json_quote(&out, GW_LIT("a\xff")), GW_E_NOMEM);
        gw_mem_fail_at(0);
        assert_int_equal(out.len, 0);
        gw_buf_dispose(&out);
    }
}

static double number(const char *text)
{
    double value = 4711;

    assert_int_equal(gw_json_number(gw_slice_of(text), &value), 0);
    return value;
}

static void check_number(const char *text)
{
    double expected = strtod(text, NULL), got = number(text);

    if (memcmp(&expected, &got, sizeof(got)) != 0)
        fail_msg("%s: %a is not %a", text, got, expected);
}

static void numbers_are_rounded_correctly(void **state)
{
    static const char *const texts[] = {
        "0",
        "-0",
        "0.0",
        "-0.0e5",
        "1",
        "-1",
        "42",
        "3.14159",
        "1e22",
        "1e23",
        "1e-22",
        "1e-23",
        "123456789012345",
        "1234567890123456",
        "9007199254740993",
        "9007199254740992.5",
        "9007199254740993.0000000000000000000000000001",
        "0.1",
        "0.30000000000000004",
        "1.7976931348623157e308",
        "1.7976931348623159e308",
        "1e308",
        "1e309",
        "-1e999",
        "5e-324",
        "2e-324",
        "2.4703282292062327e-324",
        "2.4703282292062328e-324",
        "1e-999",
        "2.2250738585072011e-308",
        "0.000001",
        "1E5",
        "1e+5",
        "100e-2",
        "0.00000000000000000000000000000001e40",
        "1e99999999999999999999",
        "1e-99999999999999999999",
        "0e99999999999999999999",
        "1.0",
        "10000000000000000000000000000000000",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        check_number(texts[i]);
    assert_true(isinf(number("1e999")));
}

static void endless_digits_are_rounded_correctly(void **state)
{
    char text[3000];
    size_t at;

    (void)state;
    /* Exactly between two doubles, and then, a thousand digits on, a little more. */
    at = (size_t)snprintf(text, sizeof(text), "9007199254740993.");
    memset(text + at, '0', 1000);
    text[at + 1000] = '\0';
    check_number(text);
    assert_true(number(text) == 9007199254740992.0);
    text[at + 999] = '1';
    check_number(text);
    assert_true(number(text) == 9007199254740994.0);

    memset(text, '7', 2500);
    snprintf(text + 2500, 100, "e-2400");
    check_number(text);
    memset(text, '0', 2500);
    text[1] = '.';
    snprintf(text + 2500, 100, "7e2500");
    check_number(text);
}

static void what_is_no_number_gives_an_error(void **state)
{
    double value = 4711;

    (void)state;
    assert_int_equal(gw_json_number(GW_LIT("\"1\""), &value), GW_E_ARG);
    assert_int_equal(gw_json_number(GW_LIT("null"), &value), GW_E_ARG);
    assert_int_equal(gw_json_number(GW_LIT(""), &value), GW_E_ARG);
    assert_int_equal(gw_json_number(GW_LIT("1x"), &value), GW_E_ARG);
    assert_int_equal(gw_json_number(GW_LIT("1,2"), &value), GW_E_ARG);
    assert_true(value == 4711);
    assert_int_equal(gw_json_number(GW_LIT(" 1 "), &value), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts_are_those_of_json_parse),
        cmocka_unit_test(every_valid_container_is_refused_when_cut),
        cmocka_unit_test(nesting_stops_at_the_limit),
        cmocka_unit_test(skip_ends_behind_the_value),
        cmocka_unit_test(lists_of_values_are_counted),
        cmocka_unit_test(next_gives_values_without_space),
        cmocka_unit_test(members_come_in_order),
        cmocka_unit_test(readers_survive_unchecked_text),
        cmocka_unit_test(find_takes_the_last_of_equal_keys),
        cmocka_unit_test(types_show_in_the_first_character),
        cmocka_unit_test(strings_are_decoded_and_compared),
        cmocka_unit_test(failed_decoding_leaves_the_buffer_alone),
        cmocka_unit_test(quote_writes_what_json_stringify_writes),
        cmocka_unit_test(quote_survives_failing_memory),
        cmocka_unit_test(numbers_are_rounded_correctly),
        cmocka_unit_test(endless_digits_are_rounded_correctly),
        cmocka_unit_test(what_is_no_number_gives_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
