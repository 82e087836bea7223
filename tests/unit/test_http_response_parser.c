/* SPDX-License-Identifier: MIT */
#include "http/response_parser.h"

#include "base/mem.h"
#include "support/feed.h"
#include "support/http_response_run.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct vector {
    const char *input, *expected;
    enum gw_http_method method;
};

static void compare(void *user, const char *how)
{
    struct gw_http_response_run *run = user;

    gw_http_response_run_end(run);
    if (strcmp(gw_trace_text(&run->trace), run->expected) != 0)
        fail_msg("%s:\n%s\ninstead of\n%s", how, gw_trace_text(&run->trace), run->expected);
}

static const struct gw_feed ways = {
    .begin = gw_http_response_run_begin,
    .feed = gw_http_response_run_feed,
    .finish = compare,
};

static void check(const struct vector *vector, struct gw_http_limits limits)
{
    struct gw_http_response_run run = {
        .limits = limits, .expected = vector->expected, .method = vector->method};

    run.parser = gw_http_response_parser_create(&run.limits);
    gw_feed_all_ways(&ways, gw_slice_of(vector->input), &run);
    gw_http_response_parser_destroy(run.parser);
    gw_trace_reset(&run.trace);
}

#define CHECK_ALL(vectors)                                                                         \
    for (size_t i = 0; i < sizeof(vectors) / sizeof(*(vectors)); i++)                              \
    check(&(vectors)[i], GW_HTTP_LIMITS_DEFAULT)

static void heads_are_read(void **state)
{
    static const struct vector vectors[] = {
        {.input = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nX:  a b \r\nE:\r\n\r\n"
                  "frames",
         .expected = "head 101 1.1 Switching Protocols|Upgrade=websocket|X=a b|E=\nend "
                     "101\nframes"},
        {.input = "HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n",
         .expected = "head 404 1.1  0|Content-Length=0\nend 404\n"},
        {.input = "HTTP/1.1 204\r\n\r\n", .expected = "head 204 1.1 \nend 204\n"},
        {.input = "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nab",
         .expected = "head 200 1.0 OK last 2|Content-Length=2\nbody ab\nend 200\n"},
        {.input = "HTTP/1.0 204 OK\r\nConnection: Keep-Alive\r\n\r\n",
         .expected = "head 204 1.0 OK|Connection=Keep-Alive\nend 204\n"},
        {.input = "HTTP/1.1 304 Not Modified\r\nConnection: x, close\r\nContent-Length: 9\r\n\r\n",
         .expected = "head 304 1.1 Not Modified last 9|Connection=x, close|Content-Length=9\nend "
                     "304\n"},
        {.input = "HTTP/1.1 599 \xfc\tb\r\nContent-Length: 0\r\n\r\n",
         .expected = "head 599 1.1 \\xfc\\x09b 0|Content-Length=0\nend 599\n"},
    };

    (void)state;
    CHECK_ALL(vectors);
}

static void bodies_end_where_they_say(void **state)
{
    static const struct vector vectors[] = {
        {.input = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP",
         .expected = "head 200 1.1 OK 5|Content-Length=5\nbody hello\nend 200\nHTTP"},
        {.input = "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n2;x\r\n w\r\n"
                  "0\r\nT: t\r\n\r\nmore",
         .expected = "head 200 1.1 OK chunked|Transfer-Encoding=Chunked\nbody hello w\nend "
                     "200\nmore"},
        {.input = "HTTP/1.1 502 Bad\r\n\r\nto the end",
         .expected = "head 502 1.1 Bad last\nbody to the end\nend 502\n"},
        {.input = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
         .expected =
             "head 200 1.1 OK 5|Content-Length=5\nbody hell\nGW_E_PROTO the answer broke off\n"},
        {.input = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
         .expected = "head 200 1.1 OK 5|Content-Length=5\nend 200\n",
         .method = GW_HTTP_METHOD_HEAD},
        {.input = "HTTP/1.1 200 Established\r\nContent-Length: 5\r\n\r\ntunnel",
         .expected = "head 200 1.1 Established 5|Content-Length=5\nend 200\ntunnel",
         .method = GW_HTTP_METHOD_CONNECT},
        {.input = "HTTP/1.1 407 Who\r\nContent-Length: 1\r\n\r\nx",
         .expected = "head 407 1.1 Who 1|Content-Length=1\nbody x\nend 407\n",
         .method = GW_HTTP_METHOD_CONNECT},
    };

    (void)state;
    CHECK_ALL(vectors);
}

static void interim_answers_are_passed_over(void **state)
{
    static const struct vector vectors[] = {
        {.input = "HTTP/1.1 100 Continue\r\nA: b\r\n\r\nHTTP/1.1 103 Early\r\n\r\n"
                  "HTTP/1.1 204 None\r\nC: d\r\n\r\n",
         .expected = "head 204 1.1 None|C=d\nend 204\n"},
    };
    char flood[600];
    size_t len = 0;
    struct vector last = {.input = flood, .expected = "GW_E_LIMIT too many interim answers\n"};

    (void)state;
    CHECK_ALL(vectors);
    for (int i = 0; i <= GW_HTTP_INTERIM_MAX; i++)
        len += (size_t)snprintf(flood + len, sizeof(flood) - len, "HTTP/1.1 100 Go on\r\n\r\n");
    check(&last, GW_HTTP_LIMITS_DEFAULT);
}

static void malformed_answers_are_refused_with_their_reason(void **state)
{
    static const struct vector vectors[] = {
        {.input = "SSH-2.0-x", .expected = "GW_E_PROTO it does not begin with HTTP/1.\n"},
        {.input = "\r\nHTTP/1.1 200 OK\r\n\r\n",
         .expected = "GW_E_PROTO it does not begin with HTTP/1.\n"},
        {.input = "HTTP/2.0 200 OK\r\n\r\n",
         .expected = "GW_E_PROTO it does not begin with HTTP/1.\n"},
        {.input = "http/1.1 200 OK\r\n\r\n",
         .expected = "GW_E_PROTO it does not begin with HTTP/1.\n"},
        {.input = "HTTP/1.2 200 OK\r\n\r\n",
         .expected = "GW_E_PROTO the status line is not a version of HTTP/1 and a status\n"},
        {.input = "HTTP/1.1\r\n\r\n",
         .expected = "GW_E_PROTO the status line is not a version of HTTP/1 and a status\n"},
        {.input = "HTTP/1.1  200 OK\r\n\r\n",
         .expected = "GW_E_PROTO the status is not a number from 100 to 599\n"},
        {.input = "HTTP/1.1 600 OK\r\n\r\n",
         .expected = "GW_E_PROTO the status is not a number from 100 to 599\n"},
        {.input = "HTTP/1.1 099 OK\r\n\r\n",
         .expected = "GW_E_PROTO the status is not a number from 100 to 599\n"},
        {.input = "HTTP/1.1 2000 OK\r\n\r\n",
         .expected = "GW_E_PROTO the status is not a number from 100 to 599\n"},
        {.input = "HTTP/1.1 20x OK\r\n\r\n",
         .expected = "GW_E_PROTO the status is not a number from 100 to 599\n"},
        {.input = "HTTP/1.1 200 O\x01K\r\n\r\n",
         .expected = "GW_E_PROTO bad character in the status line\n"},
        {.input = "HTTP/1.1 200 OK\n\n", .expected = "GW_E_PROTO a line does not end in CRLF\n"},
        {.input = "HTTP/1.1 200 OK\r\nA: b\n\r\n",
         .expected = "GW_E_PROTO a line does not end in CRLF\n"},
        {.input = "HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n",
         .expected = "GW_E_PROTO a line does not end in CRLF\n"},
        {.input = "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",
         .expected = "GW_E_PROTO a field is folded over two lines\n"},
        {.input = "HTTP/1.1 200 OK\r\nA\r\n\r\n",
         .expected = "GW_E_PROTO a line of the head is not a field\n"},
        {.input = "HTTP/1.1 200 OK\r\n: b\r\n\r\n",
         .expected = "GW_E_PROTO a line of the head is not a field\n"},
        {.input = "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
         .expected = "GW_E_PROTO a line of the head is not a field\n"},
        {.input = "HTTP/1.1 200 OK\r\nA: b\x01\r\n\r\n",
         .expected = "GW_E_PROTO a line of the head is not a field\n"},
        {.input = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na",
         .expected = "GW_E_PROTO Content-Length twice, or beside Transfer-Encoding\n"},
        {.input = "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\na",
         .expected = "GW_E_PROTO Content-Length is not a number\n"},
        {.input = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
         .expected = "GW_E_PROTO Content-Length twice, or beside Transfer-Encoding\n"},
        {.input = "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
         .expected = "GW_E_PROTO Transfer-Encoding is not chunked\n"},
        {.input = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: "
                  "chunked\r\n\r\n",
         .expected = "GW_E_PROTO Transfer-Encoding is not chunked\n"},
        {.input = "HTTP/1.1 200 OK\r\n", .expected = "GW_E_PROTO the answer broke off\n"},
        {.input = "", .expected = "GW_E_PROTO the connection ended before an answer\n"},
    };

    (void)state;
    CHECK_ALL(vectors);
}

static void limits_hold(void **state)
{
    static const struct vector vectors[] = {
        {.input = "HTTP/1.1 200 a reason that goes on and on\r\n\r\n",
         .expected = "GW_E_LIMIT a line of the head is too long\n"},
        {.input = "HTTP/1.1 200 OK\r\nA: 45678901234567890123456789012345\r\n\r\n",
         .expected = "GW_E_LIMIT a line of the head is too long\n"},
        {.input = "HTTP/1.1 200 OK\r\nA: 4567890123456789\r\nB: 4567890123456789\r\nC: d\r\n\r\n",
         .expected = "GW_E_LIMIT the head is too long\n"},
        {.input = "HTTP/1.1 200 OK\r\nA: b\r\nC: d\r\nE: f\r\n\r\n",
         .expected = "GW_E_LIMIT too many fields\n"},
        {.input = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n123456789",
         .expected = "head 200 1.1 OK 9|Content-Length=9\nGW_E_LIMIT the body is too long\n"},
        {.input = "HTTP/1.1 200 OK\r\n\r\n123456789",
         .expected = "head 200 1.1 OK last\nbody 12345678\nGW_E_LIMIT the body is too long\n"},
    };
    static const struct vector chunked = {
        .input = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n1234\r\n5\r\n56789\r\n",
        .expected = "head 200 1.1 OK chunked|Transfer-Encoding=chunked\nbody 1234\n"
                    "GW_E_LIMIT the body is too long\n"};

    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++)
        check(&vectors[i], (struct gw_http_limits){64, 36, 2, 8});
    check(&chunked, (struct gw_http_limits){128, 64, 2, 8});
}

static void fields_are_found_in_any_case(void **state)
{
    struct gw_http_limits limits = GW_HTTP_LIMITS_DEFAULT;
    struct gw_http_response_parser *parser = gw_http_response_parser_create(&limits);
    struct gw_slice in = GW_LIT("HTTP/1.1 204 x\r\nA: b\r\na: c, D\r\n\r\n");
    struct gw_http_response_event event;

    (void)state;
    assert_int_equal(gw_http_response_parser_next(parser, &in, &event), 1);
    assert_true(gw_slice_equal(gw_http_response_head_field(event.head, GW_LIT("a")), GW_LIT("b")));
    assert_null(gw_http_response_head_field(event.head, GW_LIT("b")).ptr);
    assert_int_equal(gw_http_response_head_count(event.head, GW_LIT("A")), 2);
    assert_true(gw_http_response_head_has_token(event.head, GW_LIT("A"), GW_LIT("d")));
    assert_false(gw_http_response_head_has_token(event.head, GW_LIT("A"), GW_LIT("e")));
    assert_true(gw_slice_equal(event.head->line, GW_LIT("HTTP/1.1 204 x")));
    gw_http_response_parser_destroy(parser);
}

static void missing_memory_is_told(void **state)
{
    struct gw_http_limits limits = GW_HTTP_LIMITS_DEFAULT;

    (void)state;
    for (uint64_t nth = 1;; nth++) {
        struct gw_slice in = GW_LIT("HTTP/1.1 204 x\r\nA: b\r\n\r\n");
        struct gw_http_response_parser *parser;
        struct gw_http_response_event event;
        int got = GW_E_NOMEM;

        gw_mem_fail_at(nth);
        parser = gw_http_response_parser_create(&limits);
        if (parser)
            got = gw_http_response_parser_next(parser, &in, &event);
        gw_mem_fail_at(0);
        gw_http_response_parser_destroy(parser);
        if (got == 1)
            break;
        assert_int_equal(got, GW_E_NOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_are_read),
        cmocka_unit_test(bodies_end_where_they_say),
        cmocka_unit_test(interim_answers_are_passed_over),
        cmocka_unit_test(malformed_answers_are_refused_with_their_reason),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(fields_are_found_in_any_case),
        cmocka_unit_test(missing_memory_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
