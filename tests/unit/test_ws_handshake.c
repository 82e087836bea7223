/* SPDX-License-Identifier: MIT */
/* Requests are written as on the wire and read by the HTTP parser, whole and cut everywhere; then the handshake is
 * judged (RFC 6455 4.2). */
#include "ws/handshake.h"

#include "http/parser.h"
#include "support/feed.h"
#include "support/trace.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define GOOD                                                                                       \
    "Host: server.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"                    \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"

struct run {
    struct gw_http_limits limits;
    struct gw_http_parser *parser;
    struct gw_trace trace;
    const char *expected;
};

static void begin(void *user)
{
    struct run *run = user;

    gw_trace_reset(&run->trace);
    run->parser = gw_http_parser_create(&run->limits);
    assert_non_null(run->parser);
}

static void add_offers(struct gw_trace *trace, const struct gw_http_request *request)
{
    struct gw_ws_extension extension;
    struct gw_ws_offers offers;
    struct gw_slice token;

    gw_ws_handshake_subprotocols(request, &offers);
    while (gw_ws_offers_next_token(&offers, &token) == 1) {
        gw_trace_add(trace, " ");
        gw_trace_add_bytes(trace, token);
        assert_true(gw_ws_handshake_offers(request, token));
    }
    gw_ws_handshake_extensions(request, &offers);
    while (gw_ws_offers_next_extension(&offers, &extension) == 1) {
        gw_trace_add(trace, " +");
        gw_trace_add_bytes(trace, extension.name);
    }
}

static void add_judgment(struct gw_trace *trace, const struct gw_http_request *request)
{
    struct gw_ws_handshake handshake;
    int err = gw_ws_handshake_check(request, &handshake);

    gw_trace_add(trace, "%d", handshake.status);
    if (err) {
        assert_int_equal(err, GW_E_PROTO);
        gw_trace_add(trace, " %s", handshake.why);
        return;
    }
    assert_string_equal(handshake.why, "");
    gw_trace_add(trace, " ");
    gw_trace_add_bytes(trace, (struct gw_slice){handshake.accept, sizeof handshake.accept});
    add_offers(trace, request);
}

static void feed(void *user, uint8_t *bytes, size_t len)
{
    struct run *run = user;
    struct gw_slice in = {bytes, len};
    struct gw_http_event ev;
    int result;

    while ((result = gw_http_parser_next(run->parser, &in, &ev)) == 1) {
        if (ev.type == GW_HTTP_HEAD)
            add_judgment(&run->trace, ev.request);
    }
    assert_int_equal(result, 0);
}

static void finish(void *user, const char *how)
{
    struct run *run = user;

    if (strcmp(gw_trace_text(&run->trace), run->expected) != 0)
        print_error("%s\n", how);
    assert_string_equal(gw_trace_text(&run->trace), run->expected);
    gw_http_parser_destroy(run->parser);
}

static void check(const char *request, const char *expected)
{
    static const struct gw_feed way = {begin, feed, finish};
    struct run run = {.limits = GW_HTTP_LIMITS_DEFAULT, .expected = expected};

    gw_feed_all_ways(&way, gw_slice_of(request), &run);
    gw_trace_reset(&run.trace);
}

/* 1.3, and the one that many libraries test with */
static void keys_of_the_standard_are_answered(void **state)
{
    uint8_t accept[GW_WS_ACCEPT_LEN];

    (void)state;
    assert_int_equal(gw_ws_accept_encode(accept, (const uint8_t *)"dGhlIHNhbXBsZSBub25jZQ=="), 0);
    assert_memory_equal(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", sizeof accept);
    assert_int_equal(gw_ws_accept_encode(accept, (const uint8_t *)"x3JJHMbDL1EzLkh9GBhXDw=="), 0);
    assert_memory_equal(accept, "HSmrc0sMlYUkAGmm5OPpG2HaGWk=", sizeof accept);
}

static void request_of_the_standard_is_accepted(void **state)
{
    (void)state;
    check("GET /chat HTTP/1.1\r\n" GOOD "\r\n", "101 s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    check("GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\n"
          "Connection: Upgrade\r\nSec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\n"
          "Sec-WebSocket-Protocol: chat, superchat\r\nSec-WebSocket-Version: 13\r\n"
          "Origin: http://example.com\r\n\r\n",
          "101 HSmrc0sMlYUkAGmm5OPpG2HaGWk= chat superchat");
}

static void names_and_tokens_are_compared_without_case(void **state)
{
    (void)state;
    check("GET / HTTP/1.1\r\nhost: a\r\nUPGRADE: h2c, WebSocket\r\nconnection: keep-alive, "
          "UPGRADE\r\n"
          "sec-websocket-KEY: dGhlIHNhbXBsZSBub25jZQ==\r\nSEC-WEBSOCKET-VERSION:  13 \r\n\r\n",
          "101 s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

static void other_requests_are_refused(void **state)
{
    (void)state;
    check("POST / HTTP/1.1\r\n" GOOD "\r\n", "405 a WebSocket handshake is a GET");
    check("GET / HTTP/1.0\r\n" GOOD "\r\n", "400 a WebSocket handshake needs HTTP/1.1");
    check("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "426 only WebSocket is spoken here");
    check("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n",
          "400 Upgrade does not say websocket");
    check("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: keep-alive\r\n\r\n",
          "400 Connection does not say upgrade");
    check("GET / HTTP/1.1\r\n" GOOD "Content-Length: 2\r\n\r\nab",
          "400 a WebSocket handshake has no body");
}

#define UPGRADE "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"

static void version_has_to_be_13(void **state)
{
    static const char *values[] = {"8", "14", "013", "13.0", "-13", "13, 8", ""};
    char request[512];

    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        snprintf(request, sizeof request,
                 UPGRADE "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                         "Sec-WebSocket-Version: %s\r\n\r\n",
                 values[i]);
        check(request, "426 Sec-WebSocket-Version is not 13");
    }
    check(UPGRADE "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
          "426 Sec-WebSocket-Version is not 13");
    check("GET / HTTP/1.1\r\n" GOOD "Sec-WebSocket-Version: 13\r\n\r\n",
          "400 Sec-WebSocket-Version comes more than once");
}

static void key_has_to_be_16_bytes(void **state)
{
    static const char *values[] = {
        "",
        "dGhlIHNhbXBsZSBub25jZQ=",
        "dGhlIHNhbXBsZSBub25jZQ",
        "dGhlIHNhbXBsZSBub25jZQ==a",
        "dGhlIHNhbXBsZSBub25jZ===",
        "dGhlIHNhbXBsZSBub25jZQAA",
        "dGhlIHNhbXBsZSBub25j*Q==",
        "dGhlIHNhbXBsZSBub25j-_==",
        "dGhlIHNhbXBsZSB ub25jZQ==",
    };
    char request[512];

    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        snprintf(request, sizeof request,
                 UPGRADE "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n", values[i]);
        check(request, "400 Sec-WebSocket-Key is not 16 bytes in base64");
    }
    check(UPGRADE "Sec-WebSocket-Version: 13\r\n\r\n",
          "400 Sec-WebSocket-Key is missing or comes more than once");
    check("GET / HTTP/1.1\r\n" GOOD "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
          "400 Sec-WebSocket-Key is missing or comes more than once");
}

static void malformed_offers_are_refused(void **state)
{
    (void)state;
    check("GET / HTTP/1.1\r\n" GOOD "Sec-WebSocket-Protocol: a b\r\n\r\n",
          "400 Sec-WebSocket-Protocol is malformed");
    check("GET / HTTP/1.1\r\n" GOOD
          "Sec-WebSocket-Protocol: a, b\r\nSec-WebSocket-Protocol: a\r\n\r\n",
          "400 a subprotocol comes twice");
    check("GET / HTTP/1.1\r\n" GOOD "Sec-WebSocket-Protocol: ,\r\n\r\n",
          "400 Sec-WebSocket-Protocol is empty");
    check("GET / HTTP/1.1\r\n" GOOD "Sec-WebSocket-Extensions: a;b=\"1\r\n\r\n",
          "400 Sec-WebSocket-Extensions is malformed");
    check("GET / HTTP/1.1\r\n" GOOD "Sec-WebSocket-Extensions: ,\r\n\r\n",
          "400 Sec-WebSocket-Extensions is empty");
}

static void extensions_without_a_value_offer_nothing(void **state)
{
    (void)state;
    check("GET / HTTP/1.1\r\n" GOOD "Sec-WebSocket-Extensions:\r\n\r\n",
          "101 s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    check("GET / HTTP/1.1\r\n" GOOD "Sec-WebSocket-Extensions: \t\r\n\r\n",
          "101 s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

static void offers_are_walked_over_all_fields(void **state)
{
    (void)state;
    check("GET / HTTP/1.1\r\n" GOOD "Sec-WebSocket-Protocol: A, a\r\n"
          "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
          "Sec-WebSocket-Protocol: b\r\nSec-WebSocket-Extensions: x-other\r\n\r\n",
          "101 s3pPLMBiTxaQ9kYGzzhZRbK+xOo= A a b +permessage-deflate +x-other");
}

static void flood_of_offers_is_refused(void **state)
{
    char request[4096] = "GET / HTTP/1.1\r\n" GOOD "Sec-WebSocket-Protocol: p0";
    size_t len = strlen(request);

    (void)state;
    for (int i = 1; i <= GW_WS_OFFERS_MAX; i++)
        len += (size_t)snprintf(request + len, sizeof request - len, ",p%d", i);
    snprintf(request + len, sizeof request - len, "\r\n\r\n");
    check(request, "400 too many subprotocols");
}

/* 4.2.2, and 4.4 for the refusal */
static void refusal_says_what_would_do(void **state)
{
    struct gw_http_field fields[] = {{GW_LIT("Host"), GW_LIT("a")}};
    struct gw_http_request request = {.method = GW_LIT("GET"),
                                      .version_major = 1,
                                      .version_minor = 1,
                                      .fields = fields,
                                      .field_count = 1};
    struct gw_ws_handshake handshake;

    (void)state;
    assert_int_equal(gw_ws_handshake_check(&request, &handshake), GW_E_PROTO);
    assert_int_equal(handshake.status, 426);
    assert_int_equal(handshake.refusal_field_count, 2);
    assert_true(gw_slice_equal(handshake.refusal_fields[0].name, GW_LIT("Upgrade")));
    assert_true(gw_slice_equal(handshake.refusal_fields[1].name, GW_LIT("Sec-WebSocket-Version")));
    assert_true(gw_slice_equal(handshake.refusal_fields[1].value, GW_LIT("13")));

    request.method = GW_LIT("HEAD");
    assert_int_equal(gw_ws_handshake_check(&request, &handshake), GW_E_PROTO);
    assert_int_equal(handshake.status, 405);
    assert_true(gw_slice_equal(handshake.refusal_fields[0].name, GW_LIT("Allow")));
}

static const struct gw_ws_handshake accepted = {
    .status = 101, .why = "", .accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo"};

static void acceptance_is_written(void **state)
{
    const struct gw_http_field cookie = {GW_LIT("Set-Cookie"), GW_LIT("a=b")};
    const struct gw_ws_acceptance acceptance = {
        .subprotocol = GW_LIT("chat"), .fields = &cookie, .field_count = 1};
    struct gw_ws_handshake handshake = accepted;
    struct gw_buf out;

    (void)state;
    handshake.accept[27] = '=';
    gw_buf_init(&out, 4096);
    assert_int_equal(gw_ws_handshake_accept(&handshake, NULL, &out), 0);
    assert_int_equal(gw_buf_append_byte(&out, 0), 0);
    assert_string_equal((char *)out.ptr,
                        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                        "Connection: Upgrade\r\n"
                        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
    gw_buf_reset(&out);
    assert_int_equal(gw_ws_handshake_accept(&handshake, &acceptance, &out), 0);
    assert_int_equal(gw_buf_append_byte(&out, 0), 0);
    assert_non_null(strstr((char *)out.ptr, "\r\nSec-WebSocket-Protocol: chat\r\n"));
    assert_non_null(strstr((char *)out.ptr, "\r\nSet-Cookie: a=b\r\n"));
    gw_buf_dispose(&out);
}

static void acceptance_cannot_be_split(void **state)
{
    const struct gw_http_field evil = {GW_LIT("X"), GW_LIT("a\r\nSet-Cookie: b")};
    const struct gw_ws_acceptance bad[] = {
        {.subprotocol = GW_LIT("chat\r\nX: y")},
        {.subprotocol = GW_LIT("a b")},
        {.extensions = GW_LIT("a\nb")},
        {.fields = &evil, .field_count = 1},
    };
    struct gw_buf out;

    (void)state;
    gw_buf_init(&out, 4096);
    assert_int_equal(gw_buf_append(&out, GW_LIT("before")), 0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(gw_ws_handshake_accept(&accepted, &bad[i], &out), GW_E_ARG);
        assert_int_equal(out.len, 6);
    }
    gw_buf_dispose(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_of_the_standard_are_answered),
        cmocka_unit_test(request_of_the_standard_is_accepted),
        cmocka_unit_test(names_and_tokens_are_compared_without_case),
        cmocka_unit_test(other_requests_are_refused),
        cmocka_unit_test(version_has_to_be_13),
        cmocka_unit_test(key_has_to_be_16_bytes),
        cmocka_unit_test(malformed_offers_are_refused),
        cmocka_unit_test(extensions_without_a_value_offer_nothing),
        cmocka_unit_test(offers_are_walked_over_all_fields),
        cmocka_unit_test(flood_of_offers_is_refused),
        cmocka_unit_test(refusal_says_what_would_do),
        cmocka_unit_test(acceptance_is_written),
        cmocka_unit_test(acceptance_cannot_be_split),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
