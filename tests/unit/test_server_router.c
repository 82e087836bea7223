/* SPDX-License-Identifier: MIT */
#include "server/router.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static int destroyed;

static void count(void *data)
{
    (void)data;
    destroyed++;
}

static const struct gw_tenant tenant = {.destroy = count};

static void add(struct gw_router *router, const char *method, const char *path, bool is_prefix,
                const char *name)
{
    assert_int_equal(gw_router_add_take(router, method, gw_slice_of(path), is_prefix, &tenant,
                                        (void *)(uintptr_t)name),
                     0);
}

static const char *find(const struct gw_router *router, const char *method, const char *path,
                        bool *is_path_known)
{
    const struct gw_route *route =
        gw_router_find(router, gw_slice_of(method), gw_slice_of(path), is_path_known);

    return route ? route->data : NULL;
}

static void longest_path_wins_whatever_the_order(void **state)
{
    struct gw_router router;
    bool known;

    (void)state;
    gw_router_init(&router);
    add(&router, NULL, "/", true, "root");
    add(&router, NULL, "/a/b", false, "exact");
    add(&router, NULL, "/a/", true, "below a");
    add(&router, NULL, "/a/b", true, "prefix of the same length");
    assert_string_equal(find(&router, "GET", "/a/b", &known), "exact");
    assert_string_equal(find(&router, "GET", "/a/bc", &known), "prefix of the same length");
    assert_string_equal(find(&router, "GET", "/a/c", &known), "below a");
    assert_string_equal(find(&router, "GET", "/a", &known), "root");
    gw_router_dispose(&router);
}

static void method_decides_between_405_and_404(void **state)
{
    struct gw_router router;
    bool known;

    (void)state;
    gw_router_init(&router);
    add(&router, "GET", "/g", false, "get");
    add(&router, "POST", "/p", false, "post");
    assert_string_equal(find(&router, "GET", "/g", &known), "get");
    assert_string_equal(find(&router, "HEAD", "/g", &known), "get");
    assert_null(find(&router, "HEAD", "/p", &known));
    assert_true(known);
    assert_null(find(&router, "GET", "/nowhere", &known));
    assert_false(known);
    gw_router_dispose(&router);
}

static void other_method_of_a_shorter_path_still_serves(void **state)
{
    struct gw_router router;
    bool known;

    (void)state;
    gw_router_init(&router);
    add(&router, "GET", "/", true, "files");
    add(&router, "POST", "/form", false, "form");
    assert_string_equal(find(&router, "GET", "/form", &known), "files");
    gw_router_dispose(&router);
}

static void data_is_taken_also_when_refused(void **state)
{
    struct gw_router router;

    (void)state;
    gw_router_init(&router);
    destroyed = 0;
    assert_int_equal(gw_router_add_take(&router, NULL, GW_LIT("no-slash"), false, &tenant, NULL),
                     GW_E_ARG);
    assert_int_equal(gw_router_add_take(&router, "A-METHOD-TOO-LONG-TO-BE-ONE", GW_LIT("/"), false,
                                        &tenant, NULL),
                     GW_E_ARG);
    assert_int_equal(destroyed, 2);
    add(&router, NULL, "/", false, "x");
    gw_router_dispose(&router);
    assert_int_equal(destroyed, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(longest_path_wins_whatever_the_order),
        cmocka_unit_test(method_decides_between_405_and_404),
        cmocka_unit_test(other_method_of_a_shorter_path_still_serves),
        cmocka_unit_test(data_is_taken_also_when_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
