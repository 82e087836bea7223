/* SPDX-License-Identifier: MIT */
#include "http/field.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void assert_text(struct gw_slice got, const char *expected)
{
    assert_int_equal(got.len, strlen(expected));
    assert_memory_equal(got.ptr, expected, got.len);
}

static void text_is_equal_in_either_case(void **state)
{
    (void)state;
    assert_true(gw_http_text_equals(GW_LIT("Sec-WebSocket-Key"), GW_LIT("sec-websocket-kEY")));
    assert_false(gw_http_text_equals(GW_LIT("a"), GW_LIT("ab")));
    assert_false(gw_http_text_equals(GW_LIT("@"), GW_LIT("`"))); /* 0x20 apart, and no letters */
    assert_true(gw_http_text_equals((struct gw_slice){0}, GW_LIT("")));
}

static void tokens_are_made_of_tchars(void **state)
{
    static const char tchars[] = "!#$%&'*+-.^_`|~0123456789"
                                 "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

    (void)state;
    for (int byte = 1; byte < 256; byte++)
        assert_int_equal(gw_http_is_tchar((uint8_t)byte), strchr(tchars, (char)byte) != NULL);
    assert_false(gw_http_is_tchar(0));
    assert_true(gw_http_is_token(gw_slice_of(tchars)));
    assert_false(gw_http_is_token(GW_LIT("")));
    assert_false(gw_http_is_token(GW_LIT("a b")));
}

static void values_have_no_control_but_the_tab(void **state)
{
    enum { LEN = 19 };
    uint8_t text[LEN];

    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        bool is_fine = byte == '\t' || (byte >= 0x20 && byte != 0x7f);

        for (size_t at = 0; at < LEN; at++) {
            memset(text, 'a', sizeof(text));
            text[at] = (uint8_t)byte;
            assert_int_equal(gw_http_is_field_value((struct gw_slice){text, LEN}), is_fine);
        }
    }
    assert_true(gw_http_is_field_value((struct gw_slice){0}));
    assert_false(gw_http_is_field_value(GW_LIT("a\tcdefgh\n")));
}

static void lists_are_split_at_commas_outside_quotes(void **state)
{
    struct gw_slice rest = GW_LIT(" ,a,, b;c=\"x,\\\",y\" ,\t\"d");
    struct gw_slice element;

    (void)state;
    assert_true(gw_http_list_next(&rest, &element));
    assert_text(element, "a");
    assert_true(gw_http_list_next(&rest, &element));
    assert_text(element, "b;c=\"x,\\\",y\"");
    assert_true(gw_http_list_next(&rest, &element));
    assert_text(element, "\"d");
    assert_false(gw_http_list_next(&rest, &element));
}

static void tokens_are_found_whole(void **state)
{
    (void)state;
    assert_true(gw_http_field_has_token(GW_LIT("keep-alive, Upgrade"), GW_LIT("upgrade")));
    assert_false(gw_http_field_has_token(GW_LIT("keep-alive, Upgraded"), GW_LIT("upgrade")));
    assert_false(gw_http_field_has_token(GW_LIT("\"a, upgrade\""), GW_LIT("upgrade")));
    assert_false(gw_http_field_has_token((struct gw_slice){0}, GW_LIT("upgrade")));
}

static void parameters_are_split_at_semicolons(void **state)
{
    struct gw_slice rest = GW_LIT("permessage-deflate; a ;b = 10;;c=\"x;y\"; =z");
    struct gw_slice name, value;

    (void)state;
    assert_true(gw_http_parameter_next(&rest, &name, &value));
    assert_text(name, "permessage-deflate");
    assert_null(value.ptr);
    assert_true(gw_http_parameter_next(&rest, &name, &value));
    assert_text(name, "a");
    assert_null(value.ptr);
    assert_true(gw_http_parameter_next(&rest, &name, &value));
    assert_text(name, "b");
    assert_text(value, "10");
    assert_true(gw_http_parameter_next(&rest, &name, &value));
    assert_text(name, "c");
    assert_text(value, "x;y");
    assert_true(gw_http_parameter_next(&rest, &name, &value));
    assert_text(name, "");
    assert_text(value, "z");
    assert_false(gw_http_parameter_next(&rest, &name, &value));
}

static void nothing_can_smuggle_a_second_line(void **state)
{
    static const char *const values[] = {"a\r\nb: c", "a\nb", "a\rb", "\x01", "\x7f"};
    struct gw_buf out;

    (void)state;
    gw_buf_init(&out, 100);
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        assert_int_equal(gw_http_field_append(&out, GW_LIT("X"), gw_slice_of(values[i])), GW_E_ARG);
    assert_int_equal(gw_http_field_append(&out, GW_LIT("X"), GW_LIT("a\0b")), GW_E_ARG);
    assert_int_equal(gw_http_field_append(&out, GW_LIT(""), GW_LIT("a")), GW_E_ARG);
    assert_int_equal(gw_http_field_append(&out, GW_LIT("X:"), GW_LIT("a")), GW_E_ARG);
    assert_int_equal(gw_http_field_append(&out, GW_LIT("X\r\n"), GW_LIT("a")), GW_E_ARG);
    assert_int_equal(out.len, 0);
    assert_int_equal(gw_http_field_append(&out, GW_LIT("X"), GW_LIT("a\tb \xc3\xa9")), 0);
    assert_int_equal(gw_http_field_append(&out, GW_LIT("Y"), (struct gw_slice){0}), 0);
    assert_text(gw_buf_slice(&out), "X: a\tb \xc3\xa9\r\nY: \r\n");
    gw_buf_dispose(&out);
}

static void line_that_does_not_fit_is_left_out(void **state)
{
    struct gw_buf out;

    (void)state;
    gw_buf_init(&out, 7);
    assert_int_equal(gw_http_field_append(&out, GW_LIT("Name"), GW_LIT("value")), GW_E_LIMIT);
    assert_int_equal(out.len, 0);
    assert_int_equal(gw_http_field_append(&out, GW_LIT("X"), GW_LIT("ab")), 0);
    gw_buf_dispose(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_equal_in_either_case),
        cmocka_unit_test(tokens_are_made_of_tchars),
        cmocka_unit_test(values_have_no_control_but_the_tab),
        cmocka_unit_test(lists_are_split_at_commas_outside_quotes),
        cmocka_unit_test(tokens_are_found_whole),
        cmocka_unit_test(parameters_are_split_at_semicolons),
        cmocka_unit_test(nothing_can_smuggle_a_second_line),
        cmocka_unit_test(line_that_does_not_fit_is_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
