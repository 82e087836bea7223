/* SPDX-License-Identifier: MIT */
/* The client's half of the opening handshake (RFC 6455 4.1), with the key and answer of RFC 6455 1.3. */
#include "ws/client_handshake.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define ACCEPT  "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
#define UPGRADE "Upgrade: websocket\r\nConnection: Upgrade\r\n"
#define GOOD    "HTTP/1.1 101 Switching Protocols\r\n" UPGRADE ACCEPT

static const struct gw_ws_client_request sample = {
    .target = {(const uint8_t *)"/chat?a=b", 9},
    .authority = {(const uint8_t *)"example.org:8080", 16},
    .key = {"dGhlIHNhbXBsZSBub25jZQ=="},
};

static void check_text(struct gw_buf *buf, const char *expected)
{
    if (!gw_slice_equal(gw_buf_slice(buf), gw_slice_of(expected)))
        fail_msg("%.*s\ninstead of\n%s", (int)buf->len, (const char *)buf->ptr, expected);
    gw_buf_dispose(buf);
}

static void key_is_sixteen_bytes_in_base64(void **state)
{
    uint8_t key[GW_WS_KEY_LEN];

    (void)state;
    gw_ws_key_encode(key, (const uint8_t *)"the sample nonce");
    assert_memory_equal(key, "dGhlIHNhbXBsZSBub25jZQ==", sizeof(key));
}

static void request_has_all_that_the_rfc_asks_for(void **state)
{
    struct gw_buf out;

    (void)state;
    gw_buf_init(&out, 4096);
    assert_int_equal(gw_ws_client_request_encode(&sample, &out), 0);
    check_text(&out, "GET /chat?a=b HTTP/1.1\r\nHost: example.org:8080\r\n" UPGRADE
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                     "Sec-WebSocket-Version: 13\r\n\r\n");
}

static void request_says_what_was_asked_for(void **state)
{
    struct gw_ws_client_request request = sample;
    struct gw_buf out;

    (void)state;
    request.origin = GW_LIT("https://example.org");
    request.subprotocols = GW_LIT("a, b");
    request.extensions = GW_LIT("permessage-deflate");
    request.lines = GW_LIT("X-A: b\r\n");
    gw_buf_init(&out, 4096);
    assert_int_equal(gw_ws_client_request_encode(&request, &out), 0);
    check_text(&out, "GET /chat?a=b HTTP/1.1\r\nHost: example.org:8080\r\n" UPGRADE
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                     "Sec-WebSocket-Version: 13\r\nOrigin: https://example.org\r\n"
                     "Sec-WebSocket-Protocol: a, b\r\n"
                     "Sec-WebSocket-Extensions: permessage-deflate\r\n"
                     "X-A: b\r\n\r\n");
}

static void credentials_are_in_base64(void **state)
{
    struct gw_buf out;

    (void)state;
    gw_buf_init(&out, 4096);
    assert_int_equal(gw_ws_client_basic_append(&out, GW_LIT("Authorization"), GW_LIT("Aladdin"),
                                               GW_LIT("open sesame")),
                     0);
    check_text(&out, "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n");
    gw_buf_init(&out, 10);
    assert_int_equal(gw_ws_client_basic_append(&out, GW_LIT("A"), GW_LIT("b"), GW_LIT("")),
                     GW_E_LIMIT);
    gw_buf_dispose(&out);
}

static void request_cannot_be_broken_out_of(void **state)
{
    struct gw_ws_client_request request = sample;
    struct gw_buf out;

    (void)state;
    gw_buf_init(&out, 4096);
    request.target = GW_LIT("/ HTTP/1.1");
    assert_int_equal(gw_ws_client_request_encode(&request, &out), GW_E_ARG);
    request.target = GW_LIT("/\r\nX: y");
    assert_int_equal(gw_ws_client_request_encode(&request, &out), GW_E_ARG);
    request.target = GW_LIT("");
    assert_int_equal(gw_ws_client_request_encode(&request, &out), GW_E_ARG);
    request = sample;
    request.origin = GW_LIT("a\r\nX: y");
    assert_int_equal(gw_ws_client_request_encode(&request, &out), GW_E_ARG);
    request = sample;
    request.authority = GW_LIT("a\nb");
    assert_int_equal(gw_ws_client_request_encode(&request, &out), GW_E_ARG);
    assert_int_equal(out.len, 0);
    gw_buf_dispose(&out);
    gw_buf_init(&out, 20);
    assert_int_equal(gw_ws_client_request_encode(&sample, &out), GW_E_LIMIT);
    gw_buf_dispose(&out);
}

static void headers_are_added_or_refused(void **state)
{
    static const struct {
        const char *field, *why;
    } bad[] = {
        {"", "a header is written \"Name: value\""},
        {"Name", "a header is written \"Name: value\""},
        {": a", "the name of a header has a character that no name has"},
        {"A : b", "the name of a header has a character that no name has"},
        {"A: b\r\nC: d", "the value of a header has a control character"},
        {"A: b\nC", "the value of a header has a control character"},
        {"host: a", "this header is the handshake's own"},
        {"Upgrade: h2c", "this header is the handshake's own"},
        {"connection: close", "this header is the handshake's own"},
        {"Origin: x", "this header is the handshake's own"},
        {"SEC-websocket-Version: 8", "this header is the handshake's own"},
        {"Sec-WebSocket-Anything: 8", "this header is the handshake's own"},
        {"Content-Length: 1", "this header is for requests with a body"},
        {"transfer-encoding: chunked", "this header is for requests with a body"},
    };
    struct gw_buf lines;
    const char *why;

    (void)state;
    gw_buf_init(&lines, 4096);
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        assert_int_equal(gw_ws_client_field_append(&lines, gw_slice_of(bad[i].field), &why),
                         GW_E_ARG);
        assert_string_equal(why, bad[i].why);
    }
    assert_int_equal(gw_ws_client_field_append(&lines, GW_LIT("Cookie:a=b"), &why), 0);
    assert_int_equal(gw_ws_client_field_append(&lines, GW_LIT("X: a:b \xfc "), &why), 0);
    assert_int_equal(gw_ws_client_field_append(&lines, GW_LIT("Empty:"), &why), 0);
    check_text(&lines, "Cookie: a=b\r\nX: a:b \xfc\r\nEmpty: \r\n");
}

static void secrets_stay_at_their_origin(void **state)
{
    struct gw_buf out;

    (void)state;
    gw_buf_init(&out, 4096);
    assert_int_equal(gw_ws_client_fields_copy_public(
                         &out, GW_LIT("A: b\r\ncookie: c\r\nAUTHORIZATION: d\r\nE: f\r\n")),
                     0);
    check_text(&out, "A: b\r\nE: f\r\n");
}

static void subprotocols_are_listed_once(void **state)
{
    struct gw_buf list;
    const char *why;

    (void)state;
    gw_buf_init(&list, 4096);
    assert_int_equal(gw_ws_client_subprotocol_append(&list, GW_LIT("a"), &why), 0);
    assert_int_equal(gw_ws_client_subprotocol_append(&list, GW_LIT("A"), &why), 0);
    assert_int_equal(gw_ws_client_subprotocol_append(&list, GW_LIT("a"), &why), GW_E_ARG);
    assert_string_equal(why, "a subprotocol is asked for twice");
    assert_int_equal(gw_ws_client_subprotocol_append(&list, GW_LIT("b c"), &why), GW_E_ARG);
    assert_int_equal(gw_ws_client_subprotocol_append(&list, GW_LIT(""), &why), GW_E_ARG);
    assert_string_equal(why, "a subprotocol is not a token");
    check_text(&list, "a, A");
}

struct verdict {
    const char *text, *why;
    int err;
    char subprotocol[16];
    bool is_deflated;
};

static void judge(const char *text, const struct gw_ws_client_request *request,
                  const struct gw_ws_deflate *deflate, struct verdict *verdict)
{
    struct gw_http_limits limits = GW_HTTP_LIMITS_DEFAULT;
    struct gw_http_response_parser *parser = gw_http_response_parser_create(&limits);
    struct gw_slice in = gw_slice_of(text);
    struct gw_http_response_event event;
    struct gw_ws_client_answer answer;

    *verdict = (struct verdict){.why = "", .text = text};
    assert_int_equal(gw_http_response_parser_next(parser, &in, &event), 1);
    verdict->err = gw_ws_client_answer_check(request, deflate, event.head, &answer, &verdict->why);
    memcpy(verdict->subprotocol, answer.subprotocol.len ? answer.subprotocol.ptr : in.ptr,
           answer.subprotocol.len);
    verdict->is_deflated = answer.is_deflated;
    gw_http_response_parser_destroy(parser);
}

static void answers_that_break_a_rule_are_refused_with_its_name(void **state)
{
    static const struct {
        const char *text, *why;
    } vectors[] = {
        {"HTTP/1.1 200 OK\r\n" UPGRADE ACCEPT "\r\n", "the server did not switch protocols"},
        {"HTTP/1.0 101 Go\r\n" UPGRADE ACCEPT "\r\n", "the answer is not HTTP/1.1"},
        {"HTTP/1.1 101 Go\r\nConnection: Upgrade\r\n" ACCEPT "\r\n", "Upgrade is missing"},
        {"HTTP/1.1 101 Go\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n" ACCEPT "\r\n",
         "Upgrade does not say websocket"},
        {"HTTP/1.1 101 Go\r\nUpgrade: websocket, h2c\r\nConnection: Upgrade\r\n" ACCEPT "\r\n",
         "Upgrade does not say websocket"},
        {GOOD "Upgrade: websocket\r\n\r\n", "Upgrade does not say websocket"},
        {"HTTP/1.1 101 Go\r\nUpgrade: websocket\r\n" ACCEPT "\r\n",
         "Connection does not say upgrade"},
        {"HTTP/1.1 101 Go\r\nUpgrade: websocket\r\nConnection: keep-alive\r\n" ACCEPT "\r\n",
         "Connection does not say upgrade"},
        {"HTTP/1.1 101 Go\r\n" UPGRADE "\r\n", "Sec-WebSocket-Accept is missing"},
        {GOOD ACCEPT "\r\n", "Sec-WebSocket-Accept comes more than once"},
        {"HTTP/1.1 101 Go\r\n" UPGRADE "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOO=\r\n\r\n",
         "Sec-WebSocket-Accept is not the answer to our key"},
        {"HTTP/1.1 101 Go\r\n" UPGRADE "Sec-WebSocket-Accept: S3PPLMBITXAQ9KYGZZHZRBK+XOO=\r\n\r\n",
         "Sec-WebSocket-Accept is not the answer to our key"},
        {"HTTP/1.1 101 Go\r\n" UPGRADE "Sec-WebSocket-Accept: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
         "Sec-WebSocket-Accept is not the answer to our key"},
        {GOOD "Sec-WebSocket-Protocol: c\r\n\r\n",
         "the server chose a subprotocol that was not offered"},
        {GOOD "Sec-WebSocket-Protocol: A\r\n\r\n",
         "the server chose a subprotocol that was not offered"},
        {GOOD "Sec-WebSocket-Protocol: a, b\r\n\r\n",
         "the server chose a subprotocol that was not offered"},
        {GOOD "Sec-WebSocket-Protocol:\r\n\r\n",
         "the server chose a subprotocol that was not offered"},
        {GOOD "Sec-WebSocket-Protocol: a\r\nSec-WebSocket-Protocol: a\r\n\r\n",
         "Sec-WebSocket-Protocol comes more than once"},
    };
    struct gw_ws_client_request request = sample;

    (void)state;
    request.subprotocols = GW_LIT("a, b");
    for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
        struct verdict verdict;

        judge(vectors[i].text, &request, NULL, &verdict);
        assert_int_equal(verdict.err, GW_E_PROTO);
        if (strcmp(verdict.why, vectors[i].why) != 0)
            fail_msg("%s: %s", vectors[i].text, verdict.why);
    }
}

static void good_answers_are_taken(void **state)
{
    struct gw_ws_client_request request = sample;
    struct verdict verdict;

    (void)state;
    judge(GOOD "\r\n", &request, NULL, &verdict);
    assert_int_equal(verdict.err, 0);
    judge("HTTP/1.1 101\r\nupgrade: WebSocket\r\nconnection: keep-alive, upgrade\r\n" ACCEPT "\r\n",
          &request, NULL, &verdict);
    assert_int_equal(verdict.err, 0);
    request.subprotocols = GW_LIT("a, b");
    judge(GOOD "\r\n", &request, NULL, &verdict);
    assert_int_equal(verdict.err, 0);
    assert_string_equal(verdict.subprotocol, "");
    judge(GOOD "Sec-WebSocket-Protocol: b\r\n\r\n", &request, NULL, &verdict);
    assert_int_equal(verdict.err, 0);
    assert_string_equal(verdict.subprotocol, "b");
}

static void extensions_must_have_been_offered(void **state)
{
    static const char with_deflate[] =
        GOOD "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n\r\n";
    struct gw_ws_deflate deflate;
    struct verdict verdict;

    (void)state;
    assert_int_equal(gw_ws_deflate_fill(&deflate, &(struct gw_ws_deflate){0}), 0);
    judge(with_deflate, &sample, &deflate, &verdict);
    assert_int_equal(verdict.err, 0);
    assert_true(verdict.is_deflated);
    judge(with_deflate, &sample, NULL, &verdict);
    assert_int_equal(verdict.err, GW_E_PROTO);
    judge(GOOD "Sec-WebSocket-Extensions: x-webkit-deflate-frame\r\n\r\n", &sample, &deflate,
          &verdict);
    assert_int_equal(verdict.err, GW_E_PROTO);
    judge(GOOD "\r\n", &sample, &deflate, &verdict);
    assert_int_equal(verdict.err, 0);
    assert_false(verdict.is_deflated);
}

static void missing_memory_is_told(void **state)
{
    struct gw_ws_client_request request = sample;
    int err = GW_E_NOMEM;

    (void)state;
    request.lines = GW_LIT("A: b\r\n");
    for (uint64_t nth = 1; err == GW_E_NOMEM; nth++) {
        struct gw_buf out;

        gw_buf_init(&out, 4096);
        gw_mem_fail_at(nth);
        err = gw_ws_client_request_encode(&request, &out);
        gw_mem_fail_at(0);
        gw_buf_dispose(&out);
    }
    assert_int_equal(err, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_is_sixteen_bytes_in_base64),
        cmocka_unit_test(request_has_all_that_the_rfc_asks_for),
        cmocka_unit_test(request_says_what_was_asked_for),
        cmocka_unit_test(credentials_are_in_base64),
        cmocka_unit_test(request_cannot_be_broken_out_of),
        cmocka_unit_test(headers_are_added_or_refused),
        cmocka_unit_test(secrets_stay_at_their_origin),
        cmocka_unit_test(subprotocols_are_listed_once),
        cmocka_unit_test(answers_that_break_a_rule_are_refused_with_its_name),
        cmocka_unit_test(good_answers_are_taken),
        cmocka_unit_test(extensions_must_have_been_offered),
        cmocka_unit_test(missing_memory_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
