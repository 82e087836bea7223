/* SPDX-License-Identifier: MIT */
#include "codec/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct gw_slice exact_copy(const char *text)
{
    size_t len = strlen(text);
    uint8_t *copy = malloc(len ? len : 1);

    assert_non_null(copy);
    memcpy(copy, text, len);
    return (struct gw_slice){copy, len};
}

static void check_decode(const char *text, const char *expected, bool is_plus_space)
{
    struct gw_slice copy = exact_copy(text);
    uint8_t *place = (uint8_t *)(uintptr_t)copy.ptr;
    size_t len = gw_url_decode(place, copy, is_plus_space);

    assert_true(gw_slice_equal((struct gw_slice){place, len}, gw_slice_of(expected)));
    free(place);
}

static void escapes_are_decoded_in_place(void **state)
{
    (void)state;
    check_decode("", "", false);
    check_decode("abc", "abc", false);
    check_decode("%41%2f%2F%c3%A9", "A//\xc3\xa9", false);
    check_decode("a+b%2Bc", "a+b+c", false);
    check_decode("a+b%2Bc", "a b+c", true);
    check_decode("%2541", "%41", false);
}

static void bad_escapes_stay(void **state)
{
    (void)state;
    check_decode("%", "%", false);
    check_decode("%4", "%4", false);
    check_decode("a%", "a%", false);
    check_decode("%zz%4g%g4", "%zz%4g%g4", false);
    check_decode("%%41", "%A", false);
    check_decode("% 41", "% 41", false);
}

static void query_gives_pairs_in_order(void **state)
{
    struct gw_slice rest = GW_LIT("&EIO=4&&transport=polling&x&=y&a=b=c&");
    static const struct {
        const char *name, *value;
    } expected[] = {{"EIO", "4"}, {"transport", "polling"}, {"x", ""}, {"", "y"}, {"a", "b=c"}};
    struct gw_slice name, value;

    (void)state;
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        assert_true(gw_url_query_next(&rest, &name, &value));
        assert_true(gw_slice_equal(name, gw_slice_of(expected[i].name)));
        assert_true(gw_slice_equal(value, gw_slice_of(expected[i].value)));
    }
    assert_false(gw_url_query_next(&rest, &name, &value));
    rest = (struct gw_slice){0};
    assert_false(gw_url_query_next(&rest, &name, &value));
}

static void expect_text(const char *query, const char *name, int len, const char *expected)
{
    char out[6] = "same";

    assert_int_equal(gw_url_query_text(gw_slice_of(query), gw_slice_of(name), out, sizeof(out)),
                     len);
    assert_string_equal(out, expected);
}

static void the_last_of_equal_names_wins(void **state)
{
    const char *query = "sid=1&s%69d=2&t=x&sidd=3&si=4&%73%69%64=&plus+name=5";

    (void)state;
    expect_text(query, "nothing", GW_E_NOT_FOUND, "same");
    expect_text(query, "sid", 0, "");
    expect_text(query, "t", 1, "x");
    expect_text(query, "plus name", 1, "5");
    expect_text("a=1&a=2", "a", 1, "2");
    expect_text(NULL, "a", GW_E_NOT_FOUND, "same");
}

static void a_value_is_a_text_that_fits(void **state)
{
    (void)state;
    expect_text("a=b+c%2bd", "a", 5, "b c+d");
    expect_text("a=%62%63%64%65%66", "a", 5, "bcdef");
    expect_text("a=bcdefg", "a", GW_E_LIMIT, "same");
    expect_text("a=b%00c", "a", GW_E_ARG, "same");
    expect_text("a=b%0", "a", 3, "b%0");
    expect_text("a", "a", 0, "");
}

static void names_are_compared_decoded(void **state)
{
    (void)state;
    assert_true(gw_url_name_equals(GW_LIT("sid"), GW_LIT("sid")));
    assert_true(gw_url_name_equals(GW_LIT("%73i%64"), GW_LIT("sid")));
    assert_true(gw_url_name_equals(GW_LIT("a+b%20c"), GW_LIT("a b c")));
    assert_true(gw_url_name_equals(GW_LIT(""), GW_LIT("")));
    assert_false(gw_url_name_equals(GW_LIT("sid2"), GW_LIT("sid")));
    assert_false(gw_url_name_equals(GW_LIT("si"), GW_LIT("sid")));
    assert_false(gw_url_name_equals(GW_LIT("%73%69"), GW_LIT("sid")));
    assert_false(gw_url_name_equals(GW_LIT("a+b"), GW_LIT("a+b")));
    assert_false(gw_url_name_equals(GW_LIT("SID"), GW_LIT("sid")));
}

static void clean_paths_name_files(void **state)
{
    static const struct {
        const char *raw, *clean;
    } cases[] = {
        {"/", "/"},
        {"//", "/"},
        {"/.", "/"},
        {"/./", "/"},
        {"/a", "/a"},
        {"/a/", "/a/"},
        {"/a/.", "/a/"},
        {"/a//b", "/a/b"},
        {"/a/./b", "/a/b"},
        {"/%61%2Fb", "/a/b"},
        {"/a/%2e/b", "/a/b"},
        {"//a///b//", "/a/b/"},
        {"/...", "/..."},
        {"/..a/b..", "/..a/b.."},
        {"/.well-known/x", "/.well-known/x"},
        {"/a b+c", "/a b+c"},
        {"/%25%32%65", "/%2e"},
        {"/\xc3\xa9", "/\xc3\xa9"},
    };
    struct gw_buf out;

    (void)state;
    gw_buf_init(&out, 100);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct gw_slice raw = exact_copy(cases[i].raw);

        gw_buf_reset(&out);
        assert_int_equal(gw_buf_append(&out, GW_LIT("root")), 0);
        assert_int_equal(gw_url_path_clean(raw, &out), 0);
        assert_true(gw_slice_equal((struct gw_slice){out.ptr + 4, out.len - 4},
                                   gw_slice_of(cases[i].clean)));
        free((void *)(uintptr_t)raw.ptr);
    }
    gw_buf_dispose(&out);
}

static void paths_out_of_the_root_are_refused(void **state)
{
    static const char *const paths[] = {
        "",
        "a",
        "a/b",
        "..",
        "/..",
        "/../",
        "/../etc/passwd",
        "/a/..",
        "/a/../b",
        "/a/../../b",
        "/%2e%2e/b",
        "/.%2e/b",
        "/%2E%2E",
        "/a%2f..%2fb",
        "/a/%2e%2e%2f",
        "/a%2f%2e%2e",
        "/..%2f",
        "/a\\b",
        "/a%5cb",
        "/..\\",
        "/%00",
        "/a%00.html",
        "/%",
        "/%4",
        "/%zz",
        "/a%",
        "*",
        "http://x/a",
        "%2fa",
    };
    struct gw_buf out;

    (void)state;
    gw_buf_init(&out, 100);
    assert_int_equal(gw_buf_append(&out, GW_LIT("root")), 0);
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        struct gw_slice raw = exact_copy(paths[i]);

        if (gw_url_path_clean(raw, &out) != GW_E_PROTO)
            fail_msg("%s", paths[i]);
        assert_int_equal(out.len, 4);
        free((void *)(uintptr_t)raw.ptr);
    }
    assert_int_equal(gw_url_path_clean((struct gw_slice){(const uint8_t *)"/a\0b", 4}, &out),
                     GW_E_PROTO);
    gw_buf_dispose(&out);
}

static void long_paths_reach_the_limit(void **state)
{
    struct gw_buf out;

    (void)state;
    gw_buf_init(&out, 3);
    assert_int_equal(gw_url_path_clean(GW_LIT("/abc"), &out), GW_E_LIMIT);
    assert_int_equal(gw_url_path_clean(GW_LIT("/ab"), &out), 0);
    gw_buf_dispose(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes_are_decoded_in_place),
        cmocka_unit_test(bad_escapes_stay),
        cmocka_unit_test(query_gives_pairs_in_order),
        cmocka_unit_test(the_last_of_equal_names_wins),
        cmocka_unit_test(a_value_is_a_text_that_fits),
        cmocka_unit_test(names_are_compared_decoded),
        cmocka_unit_test(clean_paths_name_files),
        cmocka_unit_test(paths_out_of_the_root_are_refused),
        cmocka_unit_test(long_paths_reach_the_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
