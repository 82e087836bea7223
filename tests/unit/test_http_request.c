/* SPDX-License-Identifier: MIT */
#include "http/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct gw_http_field field(const char *name, const char *value)
{
    return (struct gw_http_field){gw_slice_of(name), gw_slice_of(value)};
}

/* GET / HTTP/1.1 with these fields. */
static struct gw_http_request make(const struct gw_http_field *fields, size_t count)
{
    return (struct gw_http_request){
        .verb = GW_HTTP_METHOD_GET,
        .method = GW_LIT("GET"),
        .target = GW_LIT("/"),
        .version_major = 1,
        .version_minor = 1,
        .fields = fields,
        .field_count = count,
    };
}

static void fields_are_found_in_any_case_the_first_counts(void **state)
{
    struct gw_http_field fields[] = {field("Host", "a"), field("x-a", "1"), field("X-A", "2")};
    struct gw_http_request request = make(fields, 3);

    (void)state;
    assert_true(gw_slice_equal(gw_http_request_field(&request, GW_LIT("X-a")), GW_LIT("1")));
    assert_null(gw_http_request_field(&request, GW_LIT("X-B")).ptr);
}

static void tokens_are_found_in_any_field_of_the_name(void **state)
{
    struct gw_http_field fields[] = {field("Host", "a"), field("Upgrade", "h2c"),
                                     field("upgrade", "x, WebSocket")};
    struct gw_http_request request = make(fields, 3);

    (void)state;
    assert_true(gw_http_request_has_token(&request, GW_LIT("Upgrade"), GW_LIT("websocket")));
    assert_true(gw_http_request_has_token(&request, GW_LIT("Upgrade"), GW_LIT("h2c")));
    assert_false(gw_http_request_has_token(&request, GW_LIT("Upgrade"), GW_LIT("web")));
    assert_false(gw_http_request_has_token(&request, GW_LIT("Connection"), GW_LIT("h2c")));
}

static void connection_is_read_over_all_its_fields(void **state)
{
    struct gw_http_field fields[] = {field("Host", "a"), field("Connection", "keep-alive"),
                                     field("Connection", "UPGRADE,"),
                                     field("Upgrade", "websocket")};
    struct gw_http_request request = make(fields, 4);
    struct gw_http_refusal refusal;

    (void)state;
    assert_true(gw_http_request_resolve(&request, &refusal));
    assert_int_equal(refusal.status, 0);
    assert_true(request.is_upgrade && request.is_keep_alive && !request.has_body);
    request.version_minor = 0;
    assert_true(gw_http_request_resolve(&request, &refusal));
    assert_true(!request.is_upgrade && request.is_keep_alive);
    fields[1] = field("Connection", "close, keep-alive");
    assert_true(gw_http_request_resolve(&request, &refusal));
    assert_false(request.is_keep_alive);
}

static void refusal_names_the_rule(void **state)
{
    struct gw_http_field fields[] = {field("Host", "a"), field("HOST", "a")};
    struct gw_http_request request = make(fields, 2);
    struct gw_http_refusal refusal;

    (void)state;
    assert_false(gw_http_request_resolve(&request, &refusal));
    assert_int_equal(refusal.status, 400);
    assert_string_equal(refusal.why, "Host twice");
}

static void length_and_coding_never_stand_together(void **state)
{
    struct gw_http_field fields[] = {field("Host", "a"), field("Transfer-Encoding", "chunked"),
                                     field("Content-Length", "3"), field("Content-Length", "3")};
    struct gw_http_request request = make(fields, 3);
    struct gw_http_refusal refusal;

    (void)state;
    assert_false(gw_http_request_resolve(&request, &refusal));
    assert_string_equal(refusal.why, "Content-Length beside Transfer-Encoding");
    request.field_count = 4;
    assert_false(gw_http_request_resolve(&request, &refusal));
    assert_string_equal(refusal.why, "Content-Length twice");
    request.field_count = 2;
    assert_true(gw_http_request_resolve(&request, &refusal));
    assert_true(request.is_chunked && request.has_body);
    fields[1] = field("Transfer-Encoding", "chunked, chunked");
    assert_false(gw_http_request_resolve(&request, &refusal));
    assert_int_equal(refusal.status, 501);
}

static void host_of_an_absolute_target_wins(void **state)
{
    struct gw_http_field fields[] = {field("Host", "a")};
    struct gw_http_request request = make(fields, 1);
    struct gw_http_refusal refusal;

    (void)state;
    request.target = GW_LIT("http://b:8080?q#f");
    assert_true(gw_http_request_resolve(&request, &refusal));
    assert_true(gw_slice_equal(request.host, GW_LIT("b:8080")));
    assert_true(gw_slice_equal(request.path, GW_LIT("/")));
    assert_true(gw_slice_equal(request.query, GW_LIT("q")));
    request.field_count = 0;
    assert_false(gw_http_request_resolve(&request, &refusal));
    assert_string_equal(refusal.why, "Host is missing");
}

/* uri-host of RFC 3986 holds fewer characters, but servers take what cannot be misread. */
static void host_has_only_bytes_that_mean_nothing_else(void **state)
{
    static const char bad[] = "\"#/<>?@\\^`{|}";
    struct gw_http_refusal refusal;
    uint8_t text[3] = "a?b";

    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        bool is_fine = byte > 0x20 && byte < 0x7f && !strchr(bad, byte);
        struct gw_http_field host = {GW_LIT("Host"), {text, sizeof(text)}};
        struct gw_http_request request = make(&host, 1);

        text[1] = (uint8_t)byte;
        assert_int_equal(gw_http_request_resolve(&request, &refusal), is_fine);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_found_in_any_case_the_first_counts),
        cmocka_unit_test(tokens_are_found_in_any_field_of_the_name),
        cmocka_unit_test(connection_is_read_over_all_its_fields),
        cmocka_unit_test(refusal_names_the_rule),
        cmocka_unit_test(length_and_coding_never_stand_together),
        cmocka_unit_test(host_of_an_absolute_target_wins),
        cmocka_unit_test(host_has_only_bytes_that_mean_nothing_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
