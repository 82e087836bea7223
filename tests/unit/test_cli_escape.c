/* SPDX-License-Identifier: MIT */
#include "cli/escape.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>
#include <string.h>

typedef void escape_fn(struct gw_cli_text *out, struct gw_slice in);

static void lines(struct gw_cli_text *out, struct gw_slice in)
{
    gw_cli_escape_lines(out, in, "  ");
}

static void dump(struct gw_cli_text *out, struct gw_slice in)
{
    gw_cli_escape_dump(out, in, "  ");
}

static void check_bytes(escape_fn *escape, struct gw_slice in, const char *expected)
{
    struct gw_cli_text out = {0};

    escape(&out, in);
    gw_cli_text_add(&out, "", 1);
    assert_string_equal(out.bytes, expected);
    gw_cli_text_dispose(&out);
}

static void check(escape_fn *escape, const char *in, const char *expected)
{
    check_bytes(escape, gw_slice_of(in), expected);
}

static void text_stays_as_it_is(void **state)
{
    (void)state;
    check(gw_cli_escape_line, "", "");
    check(gw_cli_escape_line, "plain \\ \"text\"", "plain \\ \"text\"");
    check(gw_cli_escape_line, "Grüße 你好 👩‍👩‍👧 é",
          "Grüße 你好 👩‍👩‍👧 é");
}

static void nothing_a_terminal_obeys_gets_through(void **state)
{
    (void)state;
    check(gw_cli_escape_line, "\033[2J\a\177", "\\x1b[2J\\x07\\x7f");
    check(gw_cli_escape_line, "a\tb\r\nc\n", "a\\tb\\r\\nc\\n");
    check(gw_cli_escape_line,
          "\302\233"
          "31m",
          "\\u009b31m");                                      /* CSI in C1 */
    check(gw_cli_escape_line, "a\342\200\256b", "a\\u202eb"); /* right to left */
    check(gw_cli_escape_line, "\342\200\250", "\\u2028");
    check(gw_cli_escape_line, "\363\240\200\201", "\\U000e0001"); /* tag */
    check_bytes(gw_cli_escape_line, GW_LIT("a\0b"), "a\\x00b");
}

static void every_control_character_is_escaped(void **state)
{
    (void)state;
    for (unsigned c = 0; c < 0x20; c++) {
        uint8_t byte = (uint8_t)c;
        struct gw_cli_text out = {0};

        gw_cli_escape_line(&out, (struct gw_slice){&byte, 1});
        gw_cli_escape_json(&out, (struct gw_slice){&byte, 1});
        for (size_t i = 0; i < out.len; i++)
            assert_in_range((unsigned char)out.bytes[i], 0x20, 0x7e);
        gw_cli_text_dispose(&out);
    }
}

static void bytes_that_are_no_utf8_are_shown_one_by_one(void **state)
{
    (void)state;
    check(gw_cli_escape_line,
          "\xff"
          "a\xc3",
          "\\xffa\\xc3");
    check(gw_cli_escape_line, "\xc0\x80", "\\xc0\\x80");                   /* overlong */
    check(gw_cli_escape_line, "\xed\xa0\x80", "\\xed\\xa0\\x80");          /* surrogate */
    check(gw_cli_escape_line, "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"); /* above U+10FFFF */
    check(gw_cli_escape_line, "\xe4\xbd", "\\xe4\\xbd");                   /* cut */
}

static void lines_are_indented(void **state)
{
    (void)state;
    check(lines, "{\n\t\"a\": 1\r\n}", "{\n  \t\"a\": 1\n  }");
    check(lines, "over\rwritten", "over\\rwritten");
    check(lines, "< fake\n> fake", "< fake\n  > fake");
}

static void dumps(void **state)
{
    (void)state;
    check(dump, "", "");
    check_bytes(dump, GW_LIT("0123456789abcdef\0\xff\033"),
                "  00000000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|\n"
                "  00000010  00 ff 1b                                          |...|\n");
}

static void json(void **state)
{
    (void)state;
    check(gw_cli_escape_json, "a\"b\\c/\n\t\r\b", "\"a\\\"b\\\\c/\\n\\t\\r\\u0008\"");
    check(gw_cli_escape_json, "é😀", "\"é😀\"");
    check(gw_cli_escape_json, "\xff", "\"\\ufffd\"");
    check(gw_cli_escape_json, "\302\233\177", "\"\\u009b\\u007f\"");
    check(gw_cli_escape_json, "\363\240\200\201", "\"\\udb40\\udc01\"");
}

static void base64(void **state)
{
    (void)state; /* RFC 4648 10 */
    check(gw_cli_escape_base64, "", "");
    check(gw_cli_escape_base64, "f", "Zg==");
    check(gw_cli_escape_base64, "fo", "Zm8=");
    check(gw_cli_escape_base64, "foo", "Zm9v");
    check(gw_cli_escape_base64, "foobar", "Zm9vYmFy");
    check_bytes(gw_cli_escape_base64, GW_LIT("\xff\xff\xfe"), "///+");
}

static void validity(void **state)
{
    (void)state;
    assert_true(gw_cli_utf8_is_valid((struct gw_slice){0}));
    assert_true(
        gw_cli_utf8_is_valid(gw_slice_of("a\x7fé\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf")));
    assert_false(gw_cli_utf8_is_valid(gw_slice_of("a\x80")));
    assert_false(gw_cli_utf8_is_valid(gw_slice_of("\xe2\x82")));
    assert_false(gw_cli_utf8_is_valid(gw_slice_of("\xf5\x80\x80\x80")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_stays_as_it_is),
        cmocka_unit_test(nothing_a_terminal_obeys_gets_through),
        cmocka_unit_test(every_control_character_is_escaped),
        cmocka_unit_test(bytes_that_are_no_utf8_are_shown_one_by_one),
        cmocka_unit_test(lines_are_indented),
        cmocka_unit_test(dumps),
        cmocka_unit_test(json),
        cmocka_unit_test(base64),
        cmocka_unit_test(validity),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
