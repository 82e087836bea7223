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
    assert_true(gw_slice_equal(value, gw_slice_of(expected)));
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_of_the_name_is_found),
        cmocka_unit_test(other_names_are_not_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
