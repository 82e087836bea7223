/* SPDX-License-Identifier: MIT */
#include "http/mime.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void type_follows_the_extension(void **state)
{
    static const struct {
        const char *path, *type;
    } cases[] = {
        {"/index.html", "text/html; charset=utf-8"},
        {"a.css", "text/css; charset=utf-8"},
        {"/a/b.min.js", "text/javascript; charset=utf-8"},
        {"/a/b.js.map", "application/json; charset=utf-8"},
        {"/LOGO.PNG", "image/png"},
        {"/a.svg", "image/svg+xml"},
        {"/a.woff2", "font/woff2"},
        {"/a.unknown", "application/octet-stream"},
        {"/a", "application/octet-stream"},
        {"/a.html/b", "application/octet-stream"},
        {"/.html", "application/octet-stream"},
        {".html", "application/octet-stream"},
        {"/a.", "application/octet-stream"},
        {"", "application/octet-stream"},
        {NULL, "application/octet-stream"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct gw_slice type = gw_http_mime_type(gw_slice_of(cases[i].path));

        assert_true(gw_slice_equal(type, gw_slice_of(cases[i].type)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(type_follows_the_extension),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
