/* SPDX-License-Identifier: MIT */
#include "http/cors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct gw_http_field fields[] = {
    {{(const uint8_t *)"Origin", 6}, {(const uint8_t *)"https://a.test", 14}},
    {{(const uint8_t *)"Access-Control-Request-Headers", 30},
     {(const uint8_t *)"content-type,x-y", 16}},
};

static struct gw_http_request get(size_t field_count)
{
    return (struct gw_http_request){
        .verb = GW_HTTP_METHOD_GET,
        .fields = fields,
        .field_count = field_count,
    };
}

static struct gw_http_request preflight(size_t field_count)
{
    struct gw_http_request request = get(field_count);

    request.verb = GW_HTTP_METHOD_OPTIONS;
    return request;
}

static void check(const struct gw_http_cors *cors, struct gw_http_request request,
                  const char *expected)
{
    struct gw_buf lines;

    gw_buf_init(&lines, 1000);
    assert_int_equal(gw_http_cors_append(cors, &request, &lines), 0);
    assert_int_equal(lines.len, strlen(expected));
    if (lines.len > 0)
        assert_memory_equal(lines.ptr, expected, lines.len);
    gw_buf_dispose(&lines);
}

static const struct gw_slice listed[] = {
    {(const uint8_t *)"https://b.test", 14},
    {(const uint8_t *)"https://a.test", 14},
};

static void off_says_nothing_and_knows_no_preflight(void **state)
{
    struct gw_http_cors cors = {0};
    struct gw_http_request request = preflight(2);

    (void)state;
    check(&cors, get(1), "");
    check(&cors, request, "");
    assert_false(gw_http_cors_is_preflight(&cors, &request));
    assert_false(gw_http_cors_allows(&cors, GW_LIT("https://a.test")));
}

static void any_is_a_star_for_everybody(void **state)
{
    struct gw_http_cors cors = {.origin = GW_HTTP_CORS_ANY};

    (void)state;
    check(&cors, get(0), "Access-Control-Allow-Origin: *\r\n");
    check(&cors, get(1), "Access-Control-Allow-Origin: *\r\n");
    assert_true(gw_http_cors_allows(&cors, (struct gw_slice){0}));
}

static void fixed_is_said_whoever_asks(void **state)
{
    struct gw_http_cors cors = {.origin = GW_HTTP_CORS_FIXED, .origins = listed, .origin_count = 1};

    (void)state;
    check(&cors, get(0), "Access-Control-Allow-Origin: https://b.test\r\nVary: Origin\r\n");
    check(&cors, get(1), "Access-Control-Allow-Origin: https://b.test\r\nVary: Origin\r\n");
    assert_false(gw_http_cors_allows(&cors, GW_LIT("https://a.test")));
    assert_true(gw_http_cors_allows(&cors, GW_LIT("https://b.test")));
}

static void reflected_origin_varies(void **state)
{
    struct gw_http_cors cors = {.origin = GW_HTTP_CORS_REFLECT, .has_credentials = true};

    (void)state;
    check(&cors, get(1),
          "Access-Control-Allow-Origin: https://a.test\r\nVary: Origin\r\n"
          "Access-Control-Allow-Credentials: true\r\n");
    check(&cors, get(0), "Vary: Origin\r\nAccess-Control-Allow-Credentials: true\r\n");
    assert_false(gw_http_cors_allows(&cors, (struct gw_slice){0}));
}

static void list_reflects_only_what_is_in_it(void **state)
{
    struct gw_http_cors cors = {.origin = GW_HTTP_CORS_LIST, .origins = listed, .origin_count = 2};
    static const char *const tricks[] = {
        "https://a.test.evil",
        "https://a.tes",
        "http://a.test",
        "https://a.test:443",
        "https://a.test.",
        "null",
        "",
        "HTTPS://a.test",
    };

    (void)state;
    check(&cors, get(1), "Access-Control-Allow-Origin: https://a.test\r\nVary: Origin\r\n");
    cors.origin_count = 1;
    check(&cors, get(1), "Vary: Origin\r\n");
    cors.origin_count = 2;
    for (size_t i = 0; i < sizeof(tricks) / sizeof(tricks[0]); i++)
        assert_false(gw_http_cors_allows(&cors, gw_slice_of(tricks[i])));
}

static void preflight_reflects_the_headers_it_asks_for(void **state)
{
    struct gw_http_cors cors = {.origin = GW_HTTP_CORS_REFLECT, .has_credentials = true};
    struct gw_http_request request = preflight(2);

    (void)state;
    assert_true(gw_http_cors_is_preflight(&cors, &request));
    check(&cors, request,
          "Access-Control-Allow-Origin: https://a.test\r\n"
          "Vary: Origin, Access-Control-Request-Headers\r\n"
          "Access-Control-Allow-Credentials: true\r\n"
          "Access-Control-Allow-Methods: GET,HEAD,PUT,PATCH,POST,DELETE\r\n"
          "Access-Control-Allow-Headers: content-type,x-y\r\n");
    check(&cors, preflight(1),
          "Access-Control-Allow-Origin: https://a.test\r\n"
          "Vary: Origin, Access-Control-Request-Headers\r\n"
          "Access-Control-Allow-Credentials: true\r\n"
          "Access-Control-Allow-Methods: GET,HEAD,PUT,PATCH,POST,DELETE\r\n");
}

static void preflight_says_what_is_configured(void **state)
{
    struct gw_http_cors cors = {
        .origin = GW_HTTP_CORS_ANY,
        .methods = GW_LIT("GET,POST"),
        .allowed_headers = GW_LIT("content-type"),
        .exposed_headers = GW_LIT("x-a,x-b"),
        .max_age_s = 4294967896,
    };

    (void)state;
    check(&cors, preflight(2),
          "Access-Control-Allow-Origin: *\r\nAccess-Control-Allow-Methods: GET,POST\r\n"
          "Access-Control-Allow-Headers: content-type\r\nAccess-Control-Max-Age: 4294967896\r\n"
          "Access-Control-Expose-Headers: x-a,x-b\r\n");
    check(&cors, get(1),
          "Access-Control-Allow-Origin: *\r\nAccess-Control-Expose-Headers: x-a,x-b\r\n");
    cors.allowed_headers = (struct gw_slice){0};
    cors.exposed_headers = (struct gw_slice){0};
    check(&cors, preflight(0),
          "Access-Control-Allow-Origin: *\r\nVary: Access-Control-Request-Headers\r\n"
          "Access-Control-Allow-Methods: GET,POST\r\nAccess-Control-Max-Age: 4294967896\r\n");
}

static void failure_leaves_the_lines_as_they_were(void **state)
{
    struct gw_http_cors cors = {.origin = GW_HTTP_CORS_ANY, .exposed_headers = GW_LIT("a\r\nb: c")};
    struct gw_http_request request = get(1);
    struct gw_buf lines;

    (void)state;
    gw_buf_init(&lines, 1000);
    assert_int_equal(gw_http_cors_append(&cors, &request, &lines), GW_E_ARG);
    assert_int_equal(lines.len, 0);
    gw_buf_dispose(&lines);
    gw_buf_init(&lines, 40);
    cors.exposed_headers = GW_LIT("abc");
    assert_int_equal(gw_http_cors_append(&cors, &request, &lines), GW_E_LIMIT);
    assert_int_equal(lines.len, 0);
    gw_buf_dispose(&lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(off_says_nothing_and_knows_no_preflight),
        cmocka_unit_test(any_is_a_star_for_everybody),
        cmocka_unit_test(fixed_is_said_whoever_asks),
        cmocka_unit_test(reflected_origin_varies),
        cmocka_unit_test(list_reflects_only_what_is_in_it),
        cmocka_unit_test(preflight_reflects_the_headers_it_asks_for),
        cmocka_unit_test(preflight_says_what_is_configured),
        cmocka_unit_test(failure_leaves_the_lines_as_they_were),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
