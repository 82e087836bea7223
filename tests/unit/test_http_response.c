/* SPDX-License-Identifier: MIT */
#include "http/response.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void assert_out(const struct gw_buf *out, const char *expected)
{
    assert_int_equal(out->len, strlen(expected));
    assert_memory_equal(out->ptr, expected, out->len);
}

static void head_is_written_in_order(void **state)
{
    struct gw_http_response response;
    struct gw_buf out;

    (void)state;
    gw_buf_init(&out, 1000);
    gw_http_response_begin(&response, &out, 200, GW_HTTP_KEEP_ALIVE_IMPLIED);
    gw_http_response_field(&response, GW_LIT("Content-Type"), GW_LIT("text/plain"));
    gw_http_response_field_u64(&response, GW_LIT("Age"), 10);
    gw_http_response_lines(&response, GW_LIT("A: b\r\n"));
    assert_int_equal(gw_http_response_end(&response, 5), 0);
    assert_out(&out, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nAge: 10\r\nA: b\r\n"
                     "Content-Length: 5\r\n\r\n");
    gw_buf_dispose(&out);
}

static void length_is_said_where_there_can_be_one(void **state)
{
    static const struct {
        int status;
        enum gw_http_connection connection;
        uint64_t len;
        const char *expected;
    } cases[] = {
        {404, GW_HTTP_CLOSE, 0,
         "HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"},
        {200, GW_HTTP_KEEP_ALIVE_SAID, GW_HTTP_LENGTH_CHUNKED,
         "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n"},
        {200, GW_HTTP_CLOSE, GW_HTTP_LENGTH_NONE, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"},
        {100, GW_HTTP_KEEP_ALIVE_IMPLIED, 0, "HTTP/1.1 100 Continue\r\n\r\n"},
        {101, GW_HTTP_CONNECTION_OTHER, 5, "HTTP/1.1 101 Switching Protocols\r\n\r\n"},
        {204, GW_HTTP_KEEP_ALIVE_IMPLIED, 0, "HTTP/1.1 204 No Content\r\n\r\n"},
        {304, GW_HTTP_KEEP_ALIVE_IMPLIED, 9, "HTTP/1.1 304 Not Modified\r\n\r\n"},
        {299, GW_HTTP_KEEP_ALIVE_IMPLIED, GW_HTTP_LENGTH_NONE, "HTTP/1.1 299 Unknown\r\n\r\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct gw_http_response response;
        struct gw_buf out;

        gw_buf_init(&out, 1000);
        gw_http_response_begin(&response, &out, cases[i].status, cases[i].connection);
        assert_int_equal(gw_http_response_end(&response, cases[i].len), 0);
        assert_out(&out, cases[i].expected);
        gw_buf_dispose(&out);
    }
}

static void response_cannot_be_split(void **state)
{
    struct gw_http_response response;
    struct gw_buf out;

    (void)state;
    gw_buf_init(&out, 1000);
    assert_int_equal(gw_buf_append(&out, GW_LIT("before")), 0);
    gw_http_response_begin(&response, &out, 302, GW_HTTP_CLOSE);
    gw_http_response_field(&response, GW_LIT("Location"), GW_LIT("/a\r\nSet-Cookie: b=c"));
    gw_http_response_field(&response, GW_LIT("Fine"), GW_LIT("yes"));
    assert_int_equal(gw_http_response_end(&response, 0), GW_E_ARG);
    assert_out(&out, "before");
    gw_buf_dispose(&out);
}

static void first_failure_of_any_writer_counts(void **state)
{
    struct gw_http_response response;
    struct gw_buf out;

    (void)state;
    gw_buf_init(&out, 1000);
    gw_http_response_begin(&response, &out, 200, GW_HTTP_CLOSE);
    gw_http_response_check(&response, 0);
    gw_http_response_check(&response, GW_E_NOMEM);
    gw_http_response_check(&response, GW_E_ARG);
    assert_int_equal(gw_http_response_end(&response, 0), GW_E_NOMEM);
    assert_int_equal(out.len, 0);
    gw_buf_dispose(&out);
}

static void head_that_does_not_fit_leaves_nothing_behind(void **state)
{
    struct gw_http_response response;
    struct gw_buf out;

    (void)state;
    gw_buf_init(&out, 30);
    gw_http_response_begin(&response, &out, 200, GW_HTTP_CLOSE);
    assert_int_equal(gw_http_response_end(&response, 0), GW_E_LIMIT);
    assert_int_equal(out.len, 0);
    gw_buf_dispose(&out);
    gw_buf_init(&out, 1000);
    gw_mem_fail_at(1);
    gw_http_response_begin(&response, &out, 200, GW_HTTP_CLOSE);
    gw_mem_fail_at(0);
    assert_int_equal(gw_http_response_end(&response, 0), GW_E_NOMEM);
    assert_int_equal(out.len, 0);
    gw_buf_dispose(&out);
}

static void connection_is_answered_as_it_was_asked(void **state)
{
    struct gw_http_request request = {.version_minor = 1, .is_keep_alive = true};

    (void)state;
    assert_int_equal(gw_http_connection_for(&request), GW_HTTP_KEEP_ALIVE_IMPLIED);
    request.version_minor = 0;
    assert_int_equal(gw_http_connection_for(&request), GW_HTTP_KEEP_ALIVE_SAID);
    request.is_keep_alive = false;
    assert_int_equal(gw_http_connection_for(&request), GW_HTTP_CLOSE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(head_is_written_in_order),
        cmocka_unit_test(length_is_said_where_there_can_be_one),
        cmocka_unit_test(response_cannot_be_split),
        cmocka_unit_test(first_failure_of_any_writer_counts),
        cmocka_unit_test(head_that_does_not_fit_leaves_nothing_behind),
        cmocka_unit_test(connection_is_answered_as_it_was_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
