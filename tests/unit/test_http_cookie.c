/* SPDX-License-Identifier: MIT */
#include "http/cookie.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void assert_cookie(const char *field, const char *name, const char *expected)
{
    struct gw_slice value = {0};
    bool has = gw_http_cookie_find(gw_slice_of(field), gw_slice_of(name), &value);

    assert_int_equal(has, expected != NULL);
    if (expected)
        assert_true(gw_slice_equal(value, gw_slice_of(expected)));
    else
        assert_null(value.ptr);
}

static void first_of_the_name_is_found(void **state)
{
    (void)state;
    assert_cookie("io=abc", "io", "abc");
    assert_cookie("a=1; io=abc; b=2", "io", "abc");
    assert_cookie("io=1; io=2", "io", "1");
    assert_cookie("a=1;io=a=b", "io", "a=b");
    assert_cookie("io=\"a b\"", "io", "a b");
    assert_cookie("a=\"1; io=2\"", "io", "2\"");
    assert_cookie("io=", "io", "");
    assert_cookie(";; ;io=x;", "io", "x");
}

static void other_names_are_not_it(void **state)
{
    (void)state;
    assert_cookie("xio=1; iox=2; IO=3; io", "io", NULL);
    assert_cookie("", "io", NULL);
    assert_cookie(NULL, "io", NULL);
}

static void check_written(const struct gw_http_cookie *cookie, const char *expected)
{
    struct gw_buf out;

    gw_buf_init(&out, 1000);
    assert_true(gw_http_cookie_is_valid(cookie));
    assert_int_equal(gw_http_cookie_write(&out, cookie, GW_LIT("v")), 0);
    assert_true(gw_slice_equal(gw_buf_slice(&out), gw_slice_of(expected)));
    gw_buf_dispose(&out);
}

static void attributes_are_written_in_their_order(void **state)
{
    struct gw_http_cookie cookie = {.name = GW_LIT("io")};

    (void)state;
    check_written(&cookie, "io=v");
    cookie.path = GW_LIT("/");
    cookie.is_http_only = true;
    cookie.same_site = GW_HTTP_SAME_SITE_LAX;
    check_written(&cookie, "io=v; Path=/; HttpOnly; SameSite=Lax");
    cookie = (struct gw_http_cookie){
        .name = GW_LIT("sid2"),
        .domain = GW_LIT("e.com"),
        .path = GW_LIT("/my"),
        .max_age_s = 86400,
        .expires_unix_s = 784111777,
        .is_http_only = true,
        .is_secure = true,
        .is_partitioned = true,
        .priority = GW_LIT("High"),
        .same_site = GW_HTTP_SAME_SITE_STRICT,
    };
    check_written(&cookie, "sid2=v; Max-Age=86400; Domain=e.com; Path=/my; "
                           "Expires=Sun, 06 Nov 1994 08:49:37 GMT; HttpOnly; Secure; Partitioned; "
                           "Priority=High; SameSite=Strict");
}

static void what_would_end_an_attribute_is_refused(void **state)
{
    struct gw_http_cookie cookie = {.name = GW_LIT("a b")};

    (void)state;
    assert_false(gw_http_cookie_is_valid(&cookie));
    cookie.name = GW_LIT("a");
    cookie.path = GW_LIT("/;HttpOnly");
    assert_false(gw_http_cookie_is_valid(&cookie));
    cookie.path = GW_LIT("/\r\nX: y");
    assert_false(gw_http_cookie_is_valid(&cookie));
}

static void a_cookie_that_does_not_fit_leaves_nothing(void **state)
{
    struct gw_http_cookie cookie = {.name = GW_LIT("io"), .path = GW_LIT("/")};
    struct gw_buf out;

    (void)state;
    gw_buf_init(&out, 8);
    assert_int_equal(gw_http_cookie_write(&out, &cookie, GW_LIT("v")), GW_E_LIMIT);
    assert_int_equal(out.len, 0);
    gw_buf_dispose(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_of_the_name_is_found),
        cmocka_unit_test(other_names_are_not_it),
        cmocka_unit_test(attributes_are_written_in_their_order),
        cmocka_unit_test(what_would_end_an_attribute_is_refused),
        cmocka_unit_test(a_cookie_that_does_not_fit_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
