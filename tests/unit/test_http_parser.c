/* SPDX-License-Identifier: MIT */
#include "base/mem.h"
#include "http/parser.h"
#include "support/feed.h"
#include "support/http_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void compare(void *user, const char *how)
{
    struct gw_http_run *run = user;

    gw_http_run_close_body(run);
    if (strcmp(gw_trace_text(&run->trace), run->expected) != 0) {
        print_error("%s\n", how);
        assert_string_equal(gw_trace_text(&run->trace), run->expected);
    }
}

static const struct gw_feed ways = {
    .begin = gw_http_run_begin, .feed = gw_http_run_feed, .finish = compare};

static struct gw_http_run make_run(void)
{
    return (struct gw_http_run){.limits = GW_HTTP_LIMITS_DEFAULT};
}

static void check_run(struct gw_http_run *run, struct gw_slice input, const char *expected)
{
    run->parser = gw_http_parser_create(&run->limits);
    run->expected = expected;
    assert_non_null(run->parser);
    gw_feed_all_ways(&ways, input, run);
    gw_trace_reset(&run->trace);
    gw_http_parser_destroy(run->parser);
}

static void check(const char *input, const char *expected)
{
    struct gw_http_run run = make_run();

    check_run(&run, gw_slice_of(input), expected);
}

struct vector {
    const char *input;
    const char *expected;
};

#define CHECK_ALL(vectors)                                                                         \
    for (size_t i = 0; i < sizeof(vectors) / sizeof((vectors)[0]); i++)                            \
    check((vectors)[i].input, (vectors)[i].expected)

static void plain_requests_are_read(void **state)
{
    static const struct vector vectors[] = {
        {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "head GET / @a 1.1\nend /|Host=a\n"},
        {"GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: localhost:3000\r\n"
         "User-Agent:  x y \t\r\nempty:\r\nX-Empty: \r\nx-high: \xc3\xa9\r\n\r\n",
         "head GET /socket.io/ ?EIO=4&transport=polling @localhost:3000 1.1\n"
         "end /socket.io/?EIO=4&transport=polling|Host=localhost:3000|User-Agent=x "
         "y|empty=|X-Empty="
         "|x-high=\\xc3\\xa9\n"},
        {"HEAD /a HTTP/1.1\r\nhost: a\r\n\r\n", "head HEAD /a @a 1.1\nend /a|host=a\n"},
        {"DELETE /a HTTP/1.1\r\nHOST: [::1]:80\r\n\r\n",
         "head DELETE /a @[::1]:80 1.1\nend /a|HOST=[::1]:80\n"},
        {"GET / HTTP/1.1\r\nHost:\r\n\r\n", "head GET / @ 1.1\nend /|Host=\n"},
        {"GET / HTTP/1.0\r\n\r\n", "head GET / @ 1.0 last\nend /\n"},
        {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
         "head GET / @ 1.0\nend /|Connection=Keep-Alive\n"},
        {"GET / HTTP/1.1\r\nHost: a\r\nConnection: foo, Close\r\n\r\n",
         "head GET / @a 1.1 last\nend /|Host=a|Connection=foo, Close\n"},
        {"\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "head GET / @a 1.1\nend /|Host=a\n"},
    };

    (void)state;
    CHECK_ALL(vectors);
}

static void all_four_forms_of_a_target_are_read(void **state)
{
    static const struct vector vectors[] = {
        {"GET /a?b?c#d HTTP/1.1\r\nHost: a\r\n\r\n",
         "head GET /a ?b?c @a 1.1\nend /a?b?c#d|Host=a\n"},
        {"GET /a?#?d HTTP/1.1\r\nHost: a\r\n\r\n", "head GET /a ? @a 1.1\nend /a?#?d|Host=a\n"},
        {"GET http://b:80/c?d HTTP/1.1\r\nHost: a\r\n\r\n",
         "head GET /c ?d @b:80 1.1\nend http://b:80/c?d|Host=a\n"},
        {"GET HTTPS://b HTTP/1.1\r\nHost: a\r\n\r\n", "head GET / @b 1.1\nend HTTPS://b|Host=a\n"},
        {"GET ws://b?x HTTP/1.1\r\nHost: a\r\n\r\n", "head GET / ?x @b 1.1\nend ws://b?x|Host=a\n"},
        {"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "head OPTIONS * @a 1.1\nend *|Host=a\n"},
        {"CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\nTLS",
         "head CONNECT  @b:443 1.1\nend b:443|Host=b:443\nTLS"},
        {"GET * HTTP/1.1\r\nHost: a\r\n\r\n", "GW_E_PROTO 400 target * is for OPTIONS alone\n"},
        {"OPTIONS *a HTTP/1.1\r\nHost: a\r\n\r\n",
         "GW_E_PROTO 400 target * is for OPTIONS alone\n"},
        {"GET ftp://b/ HTTP/1.1\r\nHost: a\r\n\r\n",
         "GW_E_PROTO 400 target is neither a path nor an http URL\n"},
        {"GET http://u@b/ HTTP/1.1\r\nHost: a\r\n\r\n",
         "GW_E_PROTO 400 target has no valid host\n"},
        {"GET http:///b HTTP/1.1\r\nHost: a\r\n\r\n", "GW_E_PROTO 400 target has no valid host\n"},
        {"CONNECT b HTTP/1.1\r\nHost: b\r\n\r\n",
         "GW_E_PROTO 400 target of CONNECT is not host:port\n"},
    };

    (void)state;
    CHECK_ALL(vectors);
}

static void bodies_end_where_they_say(void **state)
{
    static const struct vector vectors[] = {
        {"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloGET",
         "head POST /a @a 1.1 body 5\nbody hello\nend /a|Host=a|Content-Length=5\n"},
        {"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
         "head POST /a @a 1.1 0\nend /a|Host=a|Content-Length=0\n"},
        {"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 00003 \r\n\r\nabc",
         "head POST /a @a 1.1 body 3\nbody abc\nend /a|Host=a|Content-Length=00003\n"},
        {"POST /a HTTP/1.1\r\nHost: a\r\n\r\n", "head POST /a @a 1.1\nend /a|Host=a\n"},
        {"POST /a HTTP/1.1\r\nHost: a\r\ntransfer-encoding: Chunked\r\n\r\n"
         "5\r\nhello\r\n6;x=\"y\"\r\n world\r\n000\r\nTrailer: t\r\n\r\n",
         "head POST /a @a 1.1 body chunked\nbody hello world\n"
         "end /a|Host=a|transfer-encoding=Chunked\n"},
        {"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         "head POST /a @a 1.1 body chunked\nend /a|Host=a|Transfer-Encoding=chunked\n"},
        {"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-Continue\r\n\r\nab",
         "head POST /a @a 1.1 continue body 2\nbody ab\n"
         "end /a|Host=a|Content-Length=2|Expect=100-Continue\n"},
        {"GET /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n",
         "head GET /a @a 1.1\nend /a|Host=a|Expect=100-continue\n"},
    };

    (void)state;
    CHECK_ALL(vectors);
}

static void requests_follow_one_another(void **state)
{
    static const struct vector vectors[] = {
        {"GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"
         "POST /2 HTTP/1.1\r\nHost: b\r\nContent-Length: 3\r\n\r\nabc\r\n"
         "POST /3 HTTP/1.1\r\nHost: c\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"
         "GET http://z HTTP/1.1\r\nHost: d\r\n\r\n",
         "head GET /1 @a 1.1\nend /1|Host=a\n"
         "head POST /2 @b 1.1 body 3\nbody abc\nend /2|Host=b|Content-Length=3\n"
         "head POST /3 @c 1.1 body chunked\nbody x\nend /3|Host=c|Transfer-Encoding=chunked\n"
         "head GET / @z 1.1\nend http://z|Host=d\n"},
        {"GET /1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /2 HTTP/1.1\r\n\r\n\n\n\x01",
         "head GET /1 @a 1.1 last\nend /1|Host=a|Connection=close\n"},
        {"GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\n\r\n",
         "head GET /1 @a 1.1\nend /1|Host=a\nGW_E_PROTO 400 Host is missing\n"},
    };

    (void)state;
    CHECK_ALL(vectors);
}

static void upgrade_leaves_the_other_protocol_alone(void **state)
{
    static const struct vector vectors[] = {
        {"GET /ws HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
         "\r\n\x81\x05hello\r\n",
         "head GET /ws @a 1.1 upgrade\n"
         "end /ws|Host=a|Connection=keep-alive, Upgrade|Upgrade=websocket\n"
         "\\x81\\x05hello\\x0d\\x0a"},
        {"POST /ws HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c\r\n"
         "Content-Length: 2\r\n\r\nabPRI",
         "head POST /ws @a 1.1 upgrade body 2\nbody ab\n"
         "end /ws|Host=a|Connection=upgrade|Upgrade=h2c|Content-Length=2\nPRI"},
        {"GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n",
         "head GET /ws @a 1.1\nend /ws|Host=a|Upgrade=websocket\n"},
        {"GET /ws HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\n\r\n",
         "head GET /ws @a 1.1\nend /ws|Host=a|Connection=upgrade\n"},
        {"GET /ws HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nx",
         "head GET /ws @ 1.0 last\nend /ws|Connection=upgrade|Upgrade=websocket\n"},
    };

    (void)state;
    CHECK_ALL(vectors);
}

static void bad_request_lines_are_refused(void **state)
{
    static const char line[] = "GW_E_PROTO 400 request line is not method, target and version\n";
    static const char version[] = "GW_E_PROTO 505 only HTTP/1.0 and HTTP/1.1 are spoken here\n";
    static const char bad_version[] = "GW_E_PROTO 400 bad version in the request line\n";
    static const char target[] = "GW_E_PROTO 400 bad character in the target\n";
    static const struct vector vectors[] = {
        {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", line},
        {"GET /  HTTP/1.1\r\nHost: a\r\n\r\n", line},
        {"GET / RTSP/1.1\r\nHost: a\r\n\r\n", line},
        {"GET / http/1.1\r\nHost: a\r\n\r\n", line},
        {"GET / HTTP/1.2\r\nHost: a\r\n\r\n", version},
        {"GET / HTTP/0.9\r\nHost: a\r\n\r\n", version},
        {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", version},
        {"GET / HTTP/3.0\r\nHost: a\r\n\r\n", version},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", version},
        {"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", bad_version},
        {"GET / HTTP/1.10\r\nHost: a\r\n\r\n", bad_version},
        {"GET / HTTP/11.1\r\nHost: a\r\n\r\n", bad_version},
        {"GET / HTTP/1\r\nHost: a\r\n\r\n", bad_version},
        {"GET /\r\nHost: a\r\n\r\n", "GW_E_PROTO 400 no version in the request line\n"},
        {"GET /\nHost: a\n\n", "GW_E_PROTO 400 no version in the request line\n"},
        {"GET a HTTP/1.1\r\nHost: a\r\n\r\n", target},
        {"GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n", target},
        {"GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n", target},
        {"GET /\t HTTP/1.1\r\nHost: a\r\n\r\n", target},
        {"get / HTTP/1.1\r\nHost: a\r\n\r\n", "GW_E_PROTO 501 unknown method\n"},
        {"GETS / HTTP/1.1\r\nHost: a\r\n\r\n", "GW_E_PROTO 501 unknown method\n"},
        {"FOO / HTTP/1.1\r\nHost: a\r\n\r\n", "GW_E_PROTO 501 unknown method\n"},
        {" GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GW_E_PROTO 400 no method in the request line\n"},
        {"\x16\x03\x01\x02", "GW_E_PROTO 400 no method in the request line\n"},
        {"{\"a\":1}", "GW_E_PROTO 400 no method in the request line\n"},
        {"\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "GW_E_PROTO 400 a line does not end in CRLF\n"},
        {"\r\rGET / HTTP/1.1\r\n", "GW_E_PROTO 400 a line does not end in CRLF\n"},
        {"\r\n\r\n\r\nGET / HTTP/1.1\r\n",
         "GW_E_PROTO 400 too many empty lines before the request\n"},
    };

    (void)state;
    CHECK_ALL(vectors);
}

#define GET_WITH(fields) "GET / HTTP/1.1\r\nHost: a\r\n" fields "\r\n"

static void bad_fields_are_refused(void **state)
{
    static const char crlf[] = "GW_E_PROTO 400 a line does not end in CRLF\n";
    static const char field[] = "GW_E_PROTO 400 bad character in a field\n";
    static const char fold[] = "GW_E_PROTO 400 a field is folded over two lines\n";
    static const struct vector vectors[] = {
        {"GET / HTTP/1.1\nHost: a\r\n\r\n", crlf},
        {"GET / HTTP/1.1\r\nHost: a\r\n\n", crlf},
        {"GET / HTTP/1.1\r\n Host: a\r\n\r\n", fold},
        {GET_WITH("X: a\r\n b\r\n"), fold},
        {GET_WITH("X:\r\n b\r\n"), fold},
        {GET_WITH("X: a\r\n\tb\r\n"), fold},
        {GET_WITH(": a\r\n"), "GW_E_PROTO 400 bad field name\n"},
        {GET_WITH("X(: a\r\n"), field},
        {GET_WITH("X\x80: a\r\n"), field},
        {GET_WITH("X\r\n"), field},
        {GET_WITH("X: a\x01\r\n"), field},
        {GET_WITH("X: a\x7f\r\n"), field},
    };

    (void)state;
    CHECK_ALL(vectors);
}

/* How llhttp was built decides which rule it names, and when; all that matters is 400 and nothing else. */
static void what_lenient_builds_let_pass_is_refused_too(void **state)
{
    static const char *const inputs[] = {
        GET_WITH("X : a\r\n"),
        GET_WITH("Content-Length : 5\r\n"),
        GET_WITH("Transfer-Encoding : chunked\r\n"),
        GET_WITH("X y: a\r\n"),
        GET_WITH("X: a\rY: b\r\n"),
        GET_WITH("X: a\r\rY: b\r\n"),
        GET_WITH("X:\rY: b\r\n"),
        GET_WITH("X: a\nY: b\r\n"),
        GET_WITH("X: a\n"),
        "GET / HTTP/1.1\r\nHost: a\r\n\rX",
        "GET / HTTP/1.1\rHost: a\r\n\r\n",
        "GET /\x0c HTTP/1.1\r\nHost: a\r\n\r\n",
    };
    struct gw_http_limits limits = GW_HTTP_LIMITS_DEFAULT;

    (void)state;
    for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
        struct gw_http_parser *parser = gw_http_parser_create(&limits);
        struct gw_slice in = gw_slice_of(inputs[i]);
        struct gw_http_event event;

        assert_int_equal(gw_http_parser_next(parser, &in, &event), GW_E_PROTO);
        assert_int_equal(gw_http_parser_status(parser), 400);
        gw_http_parser_destroy(parser);
    }
}

static void a_refused_head_is_known_as_one(void **state)
{
    static const struct {
        const char *bytes;
        bool is_head;
    } inputs[] = {
        {"HEAD nowhere HTTP/1.1\r\nHost: a\r\n\r\n", true},
        {"HEAD * HTTP/1.1\r\nHost: a\r\n\r\n", true},
        {"HEAD / HTTP/1.1\r\n\r\n", true},
        {"HEAD / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n", true},
        {"HEAD / HTTP/3.0\r\nHost: a\r\n\r\n", true},
        {"GET nowhere HTTP/1.1\r\nHost: a\r\n\r\n", false},
        {"GET / HTTP/1.1\r\n\r\n", false},
        {" HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", false},
    };
    struct gw_http_limits limits = GW_HTTP_LIMITS_DEFAULT;

    (void)state;
    for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
        struct gw_http_parser *parser = gw_http_parser_create(&limits);
        struct gw_slice in = gw_slice_of(inputs[i].bytes);
        struct gw_http_event event;

        assert_int_equal(gw_http_parser_next(parser, &in, &event), GW_E_PROTO);
        assert_int_equal(gw_http_parser_is_head(parser), inputs[i].is_head);
        gw_http_parser_reset(parser);
        assert_false(gw_http_parser_is_head(parser));
        gw_http_parser_destroy(parser);
    }
}

static void nul_in_a_head_is_refused(void **state)
{
    struct gw_http_run run = make_run();

    (void)state;
    check_run(&run, GW_LIT("GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n"),
              "GW_E_PROTO 400 bad character in a field\n");
    run = make_run();
    check_run(&run, GW_LIT("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"),
              "GW_E_PROTO 400 bad character in the target\n");
}

static void ambiguous_framing_is_refused(void **state)
{
    static const char number[] = "GW_E_PROTO 400 Content-Length is not a number\n";
    static const char twice[] =
        "GW_E_PROTO 400 Content-Length twice, or beside Transfer-Encoding\n";
    static const char last[] = "GW_E_PROTO 400 Transfer-Encoding does not end in chunked\n";
    static const char unknown[] = "GW_E_PROTO 501 only the transfer coding chunked is known\n";
    static const struct vector vectors[] = {
        {"GET / HTTP/1.1\r\n\r\n", "GW_E_PROTO 400 Host is missing\n"},
        {GET_WITH("Host: a\r\n"), "GW_E_PROTO 400 Host twice\n"},
        {"GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", "GW_E_PROTO 400 Host twice\n"},
        {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "GW_E_PROTO 400 bad character in Host\n"},
        {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "GW_E_PROTO 400 bad character in Host\n"},
        {"GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", "GW_E_PROTO 400 bad character in Host\n"},
        {GET_WITH("Content-Length: 5\r\nContent-Length: 6\r\n"), twice},
        {GET_WITH("Content-Length: 5\r\nContent-Length: 5\r\n"), twice},
        {GET_WITH("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), twice},
        {GET_WITH("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), twice},
        {GET_WITH("Content-Length: +5\r\n"), number},
        {GET_WITH("Content-Length: -1\r\n"), number},
        {GET_WITH("Content-Length: 0x5\r\n"), number},
        {GET_WITH("Content-Length: 5, 5\r\n"), number},
        {GET_WITH("Content-Length: 5 5\r\n"), number},
        {GET_WITH("Content-Length: 18446744073709551616\r\n"), number},
        {GET_WITH("Content-Length:\r\n"), number},
        {GET_WITH("Transfer-Encoding: gzip\r\n"), last},
        {GET_WITH("Transfer-Encoding: chunked, identity\r\n"), last},
        {GET_WITH("Transfer-Encoding: xchunked\r\n"), last},
        {GET_WITH("Transfer-Encoding:\r\n"), last},
        {GET_WITH("Transfer-Encoding: gzip, chunked\r\n"), unknown},
        {GET_WITH("Transfer-Encoding: \"chunked\"\r\n"), last},
        {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
         "GW_E_PROTO 400 Transfer-Encoding in HTTP/1.0\n"},
        {GET_WITH("Expect: tea\r\n"),
         "GW_E_PROTO 417 only the expectation 100-continue is known\n"},
    };

    (void)state;
    CHECK_ALL(vectors);
}

#define CHUNKED_WITH(body) "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" body
#define CHUNKED_HEAD       "head POST /a @a 1.1 body chunked\n"

static void bad_chunks_are_refused(void **state)
{
    static const struct vector vectors[] = {
        {CHUNKED_WITH("x\r\n"),
         CHUNKED_HEAD "GW_E_PROTO 400 chunk size is not a hexadecimal number\n"},
        {CHUNKED_WITH("2\r\nabc"),
         CHUNKED_HEAD "body ab\nGW_E_PROTO 400 CRLF is missing in a chunked body\n"},
        {CHUNKED_WITH("0\r\n\n"),
         CHUNKED_HEAD "GW_E_PROTO 400 trailer line does not begin with a field name\n"},
        {CHUNKED_WITH("fffffffffffffffff\r\n"),
         CHUNKED_HEAD "GW_E_PROTO 400 chunk size has more than 16 digits\n"},
        {CHUNKED_WITH("ffffffffffffffff\r\nabc"), CHUNKED_HEAD "GW_E_LIMIT 413 body is too long\n"},
    };

    (void)state;
    CHECK_ALL(vectors);
}

/* A request of prefix, many times unit, suffix. */
static void check_long(const char *prefix, const char *unit, size_t count, const char *suffix,
                       const char *expected)
{
    struct gw_http_run run = make_run();
    struct gw_trace text = {0};

    gw_trace_add(&text, "%s", prefix);
    for (size_t i = 0; i < count; i++)
        gw_trace_add(&text, "%s", unit);
    gw_trace_add(&text, "%s", suffix);
    run.limits.head_bytes = 1024;
    run.limits.line_bytes = 256;
    run.limits.field_count = 10;
    check_run(&run, (struct gw_slice){(const uint8_t *)text.text, text.len}, expected);
    gw_trace_reset(&text);
}

static void long_heads_are_refused(void **state)
{
    static const char line[] = "GW_E_LIMIT 414 request line is too long\n";

    (void)state;
    check_long("GET /", "a", 300, " HTTP/1.1\r\nHost: a\r\n\r\n", line);
    check_long("GET /", "a", 2000, " HTTP/1.1\r\nHost: a\r\n\r\n", line);
    check_long("GET /", "a", 2000, "", line);
    check_long("GET ", " ", 2000, "", line);
    check_long("GET / HTTP/1.1\r\nHost: a\r\nX: ", "x", 300, "\r\n\r\n",
               "GW_E_LIMIT 431 a field line is too long\n");
    check_long("GET / HTTP/1.1\r\nHost: a\r\nX: ", "x", 2000, "\r\n\r\n",
               "GW_E_LIMIT 431 head is too long\n");
    check_long("GET / HTTP/1.1\r\nHost: a\r\n", "X: x\r\n", 9, "\r\n",
               "head GET / @a 1.1\nend /|Host=a|X=x|X=x|X=x|X=x|X=x|X=x|X=x|X=x|X=x\n");
    check_long("GET / HTTP/1.1\r\nHost: a\r\n", "X: x\r\n", 10, "\r\n",
               "GW_E_LIMIT 431 too many fields\n");
}

static void limits_of_a_head_are_exact(void **state)
{
    static const char request[] = "GET /1 HTTP/1.1\r\nHost: abcdefghijklmnop\r\n\r\n";
    struct gw_http_run run = make_run();

    (void)state;
    run.limits.head_bytes = sizeof(request) - 1;
    run.limits.line_bytes = sizeof("Host: abcdefghijklmnop\r\n") - 1;
    check_run(&run, gw_slice_of(request),
              "head GET /1 @abcdefghijklmnop 1.1\nend /1|Host=abcdefghijklmnop\n");
    run.limits.head_bytes--;
    check_run(&run, gw_slice_of(request), "GW_E_LIMIT 431 head is too long\n");
    run.limits.head_bytes++;
    run.limits.line_bytes--;
    check_run(&run, gw_slice_of(request), "GW_E_LIMIT 431 a field line is too long\n");
}

static void chunk_extensions_and_trailers_are_bounded_together(void **state)
{
    static const char extra[] =
        CHUNKED_HEAD "body a\nGW_E_PROTO 400 chunk extensions and trailer are too long\n";

    (void)state;
    check_long(CHUNKED_WITH("1;"), "x", 300, "\r\na\r\n0\r\n\r\n",
               CHUNKED_HEAD "GW_E_PROTO 400 chunk extensions and trailer are too long\n");
    check_long(CHUNKED_WITH("1;x\r\na\r\n0\r\n"), "A: b\r\n", 200, "\r\n", extra);
    check_long(CHUNKED_WITH("1\r\na\r\n0\r\nA:"), "b", 300, "\r\n\r\n", extra);
}

static void body_over_the_limit_is_refused_before_it_is_read(void **state)
{
    struct gw_http_run run = make_run();

    (void)state;
    run.limits.body_bytes = 4;
    check_run(&run, gw_slice_of("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"),
              "head POST / @a 1.1 body 5\nGW_E_LIMIT 413 body is too long\n");
    check_run(&run, gw_slice_of("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nhell"),
              "head POST / @a 1.1 body 4\nbody hell\nend /|Host=a|Content-Length=4\n");
    check_run(&run, gw_slice_of(CHUNKED_WITH("2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n")),
              CHUNKED_HEAD "body ab\nGW_E_LIMIT 413 body is too long\n");
    check_run(&run, gw_slice_of(CHUNKED_WITH("2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n")),
              CHUNKED_HEAD "body abcd\nend /a|Host=a|Transfer-Encoding=chunked\n");
}

static void limit_of_a_body_can_be_set_for_one_request(void **state)
{
    struct gw_http_run run = make_run();

    (void)state;
    run.limits.body_bytes = 1;
    run.body_limit_bytes = 5;
    check_run(&run, gw_slice_of("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"),
              "head POST / @a 1.1 body 5\nbody hello\nend /|Host=a|Content-Length=5\n");
    check_run(&run, gw_slice_of("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nhello!"),
              "head POST / @a 1.1 body 6\nGW_E_LIMIT 413 body is too long\n");
}

static void discarded_body_gives_no_events_and_knows_no_limit(void **state)
{
    struct gw_http_run run = make_run();

    (void)state;
    run.limits.body_bytes = 1;
    run.discards = true;
    check_run(&run,
              gw_slice_of("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"
                          "helloGET /2 HTTP/1.1\r\nHost: a\r\n\r\n"),
              "head POST / @a 1.1 body 5\nend /|Host=a|Content-Length=5\n"
              "head GET /2 @a 1.1\nend /2|Host=a\n");
    check_run(&run, gw_slice_of(CHUNKED_WITH("5\r\nhello\r\n0\r\n\r\n")),
              CHUNKED_HEAD "end /a|Host=a|Transfer-Encoding=chunked\n");
}

static void request_that_arrives_whole_is_neither_copied_nor_cut(void **state)
{
    static const char text[] = "POST /a?b HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
    struct gw_http_limits limits = GW_HTTP_LIMITS_DEFAULT;
    struct gw_http_parser *parser = gw_http_parser_create(&limits);
    struct gw_http_event event;
    uint64_t allocations = 0;

    (void)state;
    for (int i = 0; i < 3; i++) {
        struct gw_slice in = gw_slice_of(text);

        if (i == 1) /* the first has made the list of fields */
            allocations = gw_mem_alloc_count();
        assert_int_equal(gw_http_parser_next(parser, &in, &event), 1);
        assert_int_equal(event.type, GW_HTTP_HEAD);
        assert_ptr_equal(event.request->path.ptr, text + 5);
        assert_false(gw_http_parser_is_idle(parser));
        assert_int_equal(gw_http_parser_next(parser, &in, &event), 1);
        assert_int_equal(event.type, GW_HTTP_BODY);
        assert_ptr_equal(event.body.ptr, text + sizeof(text) - 6);
        assert_int_equal(event.body.len, 5);
        assert_int_equal(gw_http_parser_next(parser, &in, &event), 1);
        assert_int_equal(event.type, GW_HTTP_END);
        assert_true(gw_http_parser_is_idle(parser));
        assert_int_equal(gw_http_parser_next(parser, &in, &event), 0);
    }
    assert_int_equal(gw_mem_alloc_count(), allocations);
    gw_http_parser_destroy(parser);
}

static void held_request_outlives_its_input(void **state)
{
    static const char text[] = "GET /a?b HTTP/1.1\r\nHost: c\r\nX: y\r\n\r\n";
    struct gw_http_limits limits = GW_HTTP_LIMITS_DEFAULT;
    struct gw_http_parser *parser = gw_http_parser_create(&limits);
    struct gw_http_event event;
    uint8_t *input = malloc(sizeof(text) - 1);
    struct gw_slice in = {input, sizeof(text) - 1};

    (void)state;
    assert_non_null(input);
    memcpy(input, text, sizeof(text) - 1);
    assert_int_equal(gw_http_parser_next(parser, &in, &event), 1);
    assert_int_equal(gw_http_parser_next(parser, &in, &event), 1);
    assert_int_equal(event.type, GW_HTTP_END);
    gw_mem_fail_at(1);
    assert_int_equal(gw_http_parser_hold(parser), GW_E_NOMEM);
    assert_int_equal(gw_http_parser_hold(parser), 0);
    free(input);
    assert_true(gw_slice_equal(event.request->path, GW_LIT("/a")));
    assert_true(gw_slice_equal(event.request->query, GW_LIT("b")));
    assert_true(gw_slice_equal(event.request->host, GW_LIT("c")));
    assert_true(gw_slice_equal(gw_http_request_field(event.request, GW_LIT("x")), GW_LIT("y")));
    gw_http_parser_destroy(parser);
}

static void empty_line_alone_is_not_idle(void **state)
{
    struct gw_http_limits limits = GW_HTTP_LIMITS_DEFAULT;
    struct gw_http_parser *parser = gw_http_parser_create(&limits);
    struct gw_slice in = GW_LIT("\r\n");
    struct gw_http_event event;

    (void)state;
    assert_true(gw_http_parser_is_idle(parser));
    assert_int_equal(gw_http_parser_next(parser, &in, &event), 0);
    assert_false(gw_http_parser_is_idle(parser));
    gw_http_parser_destroy(parser);
}

static void any_failed_allocation_is_an_error_and_nothing_worse(void **state)
{
    static const char text[] = "POST /a?b HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n"
                               "E: 5\r\nF: 6\r\nG: 7\r\nH: 8\r\nI: 9\r\nJ: 1\r\nK: 2\r\nL: 3\r\n"
                               "M: 4\r\nN: 5\r\nO: 6\r\nContent-Length: 5\r\n\r\nhello";
    struct gw_http_run run = make_run();
    int failures = 0;

    (void)state;
    run.parser = gw_http_parser_create(&run.limits);
    for (uint64_t nth = 1; nth < 12; nth++) {
        gw_http_parser_destroy(run.parser);
        run.parser = gw_http_parser_create(&run.limits);
        gw_http_run_begin(&run);
        gw_mem_fail_at(nth);
        for (size_t at = 0; text[at]; at++) {
            uint8_t byte = (uint8_t)text[at];

            gw_http_run_feed(&run, &byte, 1);
        }
        gw_mem_fail_at(0);
        if (run.is_over) {
            assert_int_equal(gw_http_parser_status(run.parser), 500);
            failures++;
        }
    }
    assert_true(failures > 3 && failures < 11);
    gw_trace_reset(&run.trace);
    gw_http_parser_destroy(run.parser);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_requests_are_read),
        cmocka_unit_test(all_four_forms_of_a_target_are_read),
        cmocka_unit_test(bodies_end_where_they_say),
        cmocka_unit_test(requests_follow_one_another),
        cmocka_unit_test(upgrade_leaves_the_other_protocol_alone),
        cmocka_unit_test(bad_request_lines_are_refused),
        cmocka_unit_test(bad_fields_are_refused),
        cmocka_unit_test(what_lenient_builds_let_pass_is_refused_too),
        cmocka_unit_test(a_refused_head_is_known_as_one),
        cmocka_unit_test(nul_in_a_head_is_refused),
        cmocka_unit_test(ambiguous_framing_is_refused),
        cmocka_unit_test(bad_chunks_are_refused),
        cmocka_unit_test(long_heads_are_refused),
        cmocka_unit_test(limits_of_a_head_are_exact),
        cmocka_unit_test(chunk_extensions_and_trailers_are_bounded_together),
        cmocka_unit_test(body_over_the_limit_is_refused_before_it_is_read),
        cmocka_unit_test(limit_of_a_body_can_be_set_for_one_request),
        cmocka_unit_test(discarded_body_gives_no_events_and_knows_no_limit),
        cmocka_unit_test(request_that_arrives_whole_is_neither_copied_nor_cut),
        cmocka_unit_test(held_request_outlives_its_input),
        cmocka_unit_test(empty_line_alone_is_not_idle),
        cmocka_unit_test(any_failed_allocation_is_an_error_and_nothing_worse),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
