/* SPDX-License-Identifier: MIT */
/* An engine without Socket.IO from inside. What genuine clients see is tested in tests/interop/bare-engine.test.mjs. */
#include "base/mem.h"
#include "support/ws_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define PATH "/engine.io/?EIO=4&transport="
#define RS   "\x1e"

enum { ALLOCATIONS_MAX = 80 };

/* What the application has heard, of all tests. */
static struct {
    int opened, closed, messages;
    enum gw_reason reason;
    enum gw_cause cause;
    gw_session *last;
    char address[64];
} heard;

static void on_open(gw_session *session, gw_request *request, void *user)
{
    (void)user;
    heard.opened++;
    heard.last = session;
    snprintf(heard.address, sizeof(heard.address), "%s", gw_request_address(request));
    assert_null(gw_session_user(session));
    gw_session_set_user(session, malloc(16));
}

static void on_message(gw_session *session, struct gw_slice data, bool is_binary, void *user)
{
    (void)user;
    heard.messages++;
    gw_session_send(session, data, is_binary);
}

static void on_close(gw_session *session, enum gw_reason reason, const char *detail, void *user)
{
    (void)detail;
    (void)user;
    heard.closed++;
    heard.reason = reason;
    heard.cause = gw_session_cause(session);
    heard.last = NULL;
    free(gw_session_user(session));
    assert_int_equal(gw_session_send(session, GW_LIT("late"), GW_SESSION_TEXT), GW_E_CLOSED);
    assert_int_equal(gw_session_send(session, GW_LIT("late"), GW_SESSION_PLAIN), GW_E_CLOSED);
}

static const struct gw_session_handlers echo = {
    .on_open = on_open,
    .on_message = on_message,
    .on_close = on_close,
};

static gw_engine *start(struct run *run, const struct gw_io_options *options)
{
    gw_engine *engine;

    memset(&heard, 0, sizeof(heard));
    run_start(run, NULL);
    engine = gw_engine_attach(run->server, options);
    assert_non_null(engine);
    assert_int_equal(gw_engine_on_session(engine, &echo, NULL), 0);
    return engine;
}

/* ---- polling ---- */

static char *ask(struct run *run, const char *method, const char *sid, const char *fields,
                 const char *body)
{
    char request[1024];

    snprintf(request, sizeof(request),
             "%s " PATH "polling%s%s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n%s"
             "Content-Length: %zu\r\n\r\n%s",
             method, sid ? "&sid=" : "", sid ? sid : "", fields, strlen(body), body);
    return run_ask(run, request);
}

static void handshake(struct run *run, char sid[21])
{
    char *answer = ask(run, "GET", NULL, "", "");
    const char *at = strstr(answer, "\"sid\":\"");

    assert_non_null(at);
    memcpy(sid, at + 7, 20);
    sid[20] = '\0';
    free(answer);
}

static void post(struct run *run, const char *sid, const char *body)
{
    char *answer = ask(run, "POST", sid, "", body);

    assert_non_null(strstr(answer, "\r\n\r\nok"));
    free(answer);
}

/* The poll's answer ends with body. */
static void expect_poll(struct run *run, const char *sid, const char *body)
{
    char *answer = ask(run, "GET", sid, "", "");

    assert_string_equal(strstr(answer, "\r\n\r\n") + 4, body);
    free(answer);
}

static void messages_go_both_ways_over_polling(void **state)
{
    struct run run;
    char sid[21];

    (void)state;
    start(&run, NULL);
    handshake(&run, sid);
    assert_int_equal(heard.opened, 1);
    assert_string_equal(heard.address, "127.0.0.1");
    post(&run, sid, "4hello" RS "bAQIDBA==" RS "4" RS "4{}");
    expect_poll(&run, sid, "4hello" RS "bAQIDBA==" RS "4" RS "4{}");
    assert_int_equal(heard.messages, 4);
    post(&run, sid, "1");
    assert_int_equal(heard.closed, 1);
    assert_int_equal(heard.reason, GW_REASON_TRANSPORT_CLOSE);
    assert_int_equal(heard.cause, GW_CAUSE_CLIENT_CLOSED);
    run_end(&run);
    assert_int_equal(heard.closed, 1);
}

static void a_session_is_found_and_told_of(void **state)
{
    const struct gw_io_options options = {.initial_packet = GW_LIT("welcome")};
    struct run run;
    char sid[21], *answer;
    gw_engine *engine;
    gw_session *session;

    (void)state;
    engine = start(&run, &options);
    answer = ask(&run, "GET", NULL, "", "");
    assert_non_null(strstr(answer, "}" RS "4welcome"));
    memcpy(sid, strstr(answer, "\"sid\":\"") + 7, 20);
    sid[20] = '\0';
    free(answer);
    assert_int_equal(gw_engine_client_count(engine), 1);
    session = gw_engine_find(engine, gw_slice_of(sid));
    assert_ptr_equal(session, heard.last);
    assert_null(gw_engine_find(engine, GW_LIT("nobody")));
    assert_ptr_equal(gw_session_engine(session), engine);
    assert_memory_equal(gw_session_id(session).ptr, sid, 20);
    assert_string_equal(gw_session_transport(session), "polling");
    assert_int_equal(gw_session_protocol(session), 4);
    assert_true(gw_session_is_open(session));
    assert_false(gw_session_is_writable(session));
    assert_int_equal(gw_session_cause(session), GW_CAUSE_NONE);
    assert_int_equal(gw_session_send(session, GW_LIT("12345"), GW_SESSION_TEXT), 0);
    assert_true(gw_session_queued_bytes(session) >= 5);
    expect_poll(&run, sid, "412345");
    assert_int_equal(gw_session_queued_bytes(session), 0);
    gw_session_discard(session);
    assert_null(gw_engine_find(engine, gw_slice_of(sid)));
    assert_int_equal(heard.cause, GW_CAUSE_SESSION_CLOSED);
    run_end(&run);
    assert_int_equal(heard.closed, 1);
}

static void a_plain_message_is_not_compressed(void **state)
{
    static const struct gw_io_options options = {.http_compression_threshold_bytes = 1};
    struct run run;
    char sid[21], *answer;

    (void)state;
    start(&run, &options);
    handshake(&run, sid);
    for (int i = 0; i < 2; i++) {
        gw_session_send(heard.last, GW_LIT("a text"), i == 0 ? GW_SESSION_TEXT : GW_SESSION_PLAIN);
        answer = ask(&run, "GET", sid, "Accept-Encoding: gzip\r\n", "");
        assert_int_equal(strstr(answer, "Content-Encoding: gzip") != NULL, i == 0);
        free(answer);
    }
    gw_session_send(heard.last, GW_LIT("\x01\x02\x03\x04"), GW_SESSION_PLAIN | GW_SESSION_BINARY);
    expect_poll(&run, sid, "bAQIDBA==");
    run_end(&run);
}

static void too_much_ends_the_session_with_the_turn(void **state)
{
    static const struct gw_io_options options = {.max_queued_bytes = 1000};
    static const uint8_t bytes[1001];
    struct run run;
    char sid[21];

    (void)state;
    start(&run, &options);
    handshake(&run, sid);
    assert_int_equal(
        gw_session_send(heard.last, (struct gw_slice){bytes, sizeof(bytes)}, GW_SESSION_BINARY),
        GW_E_LIMIT);
    assert_int_equal(gw_session_send(heard.last, GW_LIT("x"), GW_SESSION_TEXT), GW_E_LIMIT);
    assert_int_equal(heard.closed, 0);
    ws_turn(&run, 2);
    assert_int_equal(heard.closed, 1);
    assert_int_equal(heard.cause, GW_CAUSE_QUEUE_FULL);
    run_end(&run);
}

/* ---- several watchers ---- */

static int second_opens, second_messages, second_closes;

static void discard(gw_session *session, struct gw_slice data, bool is_binary, void *user)
{
    (void)data;
    (void)is_binary;
    assert_string_equal(user, "first");
    gw_session_discard(session);
    gw_session_discard(session);
}

static void count_message(gw_session *session, struct gw_slice data, bool is_binary, void *user)
{
    (void)session;
    (void)data;
    (void)is_binary;
    (void)user;
    second_messages++;
}

static void count_close(gw_session *session, enum gw_reason reason, const char *detail, void *user)
{
    (void)session;
    (void)reason;
    (void)detail;
    (void)user;
    second_closes++;
}

static void a_message_of_an_ended_session_goes_no_further(void **state)
{
    static const struct gw_session_handlers first = {.on_message = discard};
    static const struct gw_session_handlers second = {.on_message = count_message,
                                                      .on_close = count_close};
    static char name[] = "first";
    struct run run;
    char sid[21];
    gw_engine *engine;

    (void)state;
    second_messages = second_closes = 0;
    run_start(&run, NULL);
    engine = gw_engine_attach(run.server, NULL);
    gw_engine_on_session(engine, &first, name);
    gw_engine_on_session(engine, &second, NULL);
    handshake(&run, sid);
    post(&run, sid, "4one" RS "4two");
    assert_int_equal(second_messages, 0);
    assert_int_equal(second_closes, 1);
    assert_int_equal(gw_engine_client_count(engine), 0);
    run_end(&run);
    assert_int_equal(second_closes, 1);
}

static void discard_opened(gw_session *session, gw_request *request, void *user)
{
    (void)request;
    (void)user;
    gw_session_discard(session);
}

static void count_open(gw_session *session, gw_request *request, void *user)
{
    (void)session;
    (void)request;
    (void)user;
    second_opens++;
}

static const struct gw_session_handlers counting = {
    .on_open = count_open, .on_message = count_message, .on_close = count_close};

static void who_was_told_of_no_opening_is_told_of_no_end(void **state)
{
    static const struct gw_session_handlers first = {.on_open = discard_opened};
    struct run run;
    char sid[21];
    gw_engine *engine;

    (void)state;
    second_opens = second_closes = 0;
    run_start(&run, NULL);
    engine = gw_engine_attach(run.server, NULL);
    gw_engine_on_session(engine, &first, NULL);
    gw_engine_on_session(engine, &counting, NULL);
    free(ask(&run, "GET", NULL, "", ""));
    assert_int_equal(gw_engine_client_count(engine), 0);
    run_end(&run);
    assert_int_equal(second_opens, 0);
    assert_int_equal(second_closes, 0);

    second_messages = 0;
    engine = start(&run, NULL);
    handshake(&run, sid);
    gw_engine_on_session(engine, &counting, NULL);
    post(&run, sid, "4hello");
    assert_int_equal(heard.messages, 1);
    run_end(&run);
    assert_int_equal(heard.closed, 1);
    assert_int_equal(second_messages, 0);
    assert_int_equal(second_closes, 0);
}

/* ---- the end ---- */

static void a_server_that_ends_tells_of_those_who_poll(void **state)
{
    struct run run;
    char sid[21];

    (void)state;
    start(&run, NULL);
    handshake(&run, sid);
    handshake(&run, sid);
    assert_int_equal(heard.closed, 0);
    run_end(&run);
    assert_int_equal(heard.closed, 2);
    assert_int_equal(heard.reason, GW_REASON_FORCED_CLOSE);
}

static void a_closed_engine_takes_nobody(void **state)
{
    struct run run;
    char sid[21], *answer;
    gw_engine *engine;

    (void)state;
    engine = start(&run, NULL);
    handshake(&run, sid);
    gw_engine_close(engine);
    gw_engine_close(engine);
    assert_int_equal(heard.closed, 1);
    answer = ask(&run, "GET", NULL, "", "");
    assert_non_null(strstr(answer, "HTTP/1.1 503 "));
    free(answer);
    run_end(&run);
    assert_int_equal(heard.closed, 1);
}

/* ---- beside others ---- */

static void it_has_a_path_of_its_own(void **state)
{
    static const struct gw_io_options at_socket_io = {.path = "/socket.io"};
    static const struct gw_io_options at_engine_io = {.path = "/engine.io"};
    struct run run;
    gw_io *io;

    (void)state;
    start(&run, NULL);
    io = gw_io_attach(run.server, NULL);
    assert_non_null(io);
    assert_null(gw_engine_attach(run.server, NULL));
    assert_string_equal(gw_server_error(run.server),
                        "cannot attach Engine.IO: there is one at \"/engine.io/\" already");
    assert_null(gw_engine_attach(run.server, &at_socket_io));
    assert_null(gw_io_attach(run.server, &at_engine_io));
    assert_string_equal(gw_server_error(run.server),
                        "cannot attach Socket.IO: there is one at \"/engine.io/\" already");
    assert_int_equal(gw_engine_client_count(gw_io_engine(io)), 0);
    run_end(&run);
}

static void metrics_count_it_apart_from_socket_io(void **state)
{
    struct run run;
    char sid[21], *answer;

    (void)state;
    start(&run, NULL);
    assert_non_null(gw_io_attach(run.server, NULL));
    assert_int_equal(
        gw_serve_metrics(run.server, "/metrics", &(struct gw_metrics_options){.event_sample = 1}),
        0);
    handshake(&run, sid);
    post(&run, sid, "4hello");
    answer = run_ask(&run, "GET /metrics HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    assert_non_null(strstr(answer, "godwit_engine_sessions{path=\"/engine.io/\""
                                   ",transport=\"polling\",revision=\"4\"} 1\n"));
    assert_non_null(
        strstr(answer, "godwit_engine_packets_total{path=\"/engine.io/\",direction=\"in\"} 1\n"));
    assert_non_null(strstr(answer, "godwit_socketio_sockets{path=\"/socket.io/\""));
    assert_null(strstr(answer, "godwit_socketio_sockets{path=\"/engine.io/\""));
    free(answer);
    run_end(&run);
}

/* ---- WebSocket, and memory that runs out ---- */

static void messages_go_both_ways_over_websocket(void **state)
{
    struct ws_peer peer;
    struct ws_frame frame;
    struct run run;

    (void)state;
    start(&run, NULL);
    ws_open(&peer, &run, PATH "websocket", "");
    frame = ws_next(&peer);
    assert_int_equal(frame.data[0], '0');
    ws_say(&peer, 0x81, "4hello", 6);
    frame = ws_next(&peer);
    assert_int_equal(frame.opcode, 1);
    assert_int_equal(frame.len, 6);
    assert_memory_equal(frame.data, "4hello", 6);
    ws_say(&peer, 0x82, "\x01\x02", 2);
    frame = ws_next(&peer);
    assert_int_equal(frame.opcode, 2);
    assert_memory_equal(frame.data, "\x01\x02", 2);
    ws_leave(&peer);
    ws_turn(&run, 3);
    assert_int_equal(heard.closed, 1);
    assert_int_equal(heard.reason, GW_REASON_TRANSPORT_CLOSE);
    run_end(&run);
}

static void expect_service(struct run *run)
{
    char *answer = ask(run, "GET", NULL, "", "");

    assert_non_null(strstr(answer, "\"sid\":\""));
    free(answer);
}

/* The n-th allocation fails while a session begins, echoes and polls: whoever was told of is told of to the end. */
static void survive(uint64_t n, const char *transport)
{
    bool is_polling = strcmp(transport, "polling") == 0;
    char request[512], bytes[4096];
    struct run run;
    int fd;

    start(&run, NULL);
    fd = run_connect(&run);
    ws_turn(&run, 2);
    snprintf(request, sizeof(request), "GET " PATH "%s HTTP/1.1\r\nHost: h\r\n%s\r\n", transport,
             is_polling
                 ? ""
                 : "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
    run_say(fd, request);
    gw_mem_fail_at(n);
    ws_turn(&run, 3);
    if (heard.last && is_polling) {
        int poll = run_connect(&run);

        gw_session_send(heard.last, GW_LIT("plain"), GW_SESSION_PLAIN);
        gw_session_send(heard.last, GW_LIT("\x01\x02"), GW_SESSION_BINARY);
        snprintf(request, sizeof(request),
                 "GET " PATH "polling&sid=%.20s HTTP/1.1\r\nHost: h\r\n\r\n",
                 (const char *)gw_session_id(heard.last).ptr);
        run_say(poll, request);
        ws_turn(&run, 4);
        close(poll);
    } else if (heard.last) {
        gw_session_send(heard.last, GW_LIT("plain"), GW_SESSION_PLAIN);
        gw_session_send(heard.last, GW_LIT("text"), GW_SESSION_TEXT);
        ws_turn(&run, 3);
    }
    gw_mem_fail_at(0);
    while (recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
        continue;
    close(fd);
    ws_turn(&run, 3);
    expect_service(&run);
    run_end(&run);
    assert_true(heard.opened >= 1);
    assert_int_equal(heard.opened, heard.closed);
}

static void no_memory_costs_the_session_only(void **state)
{
    (void)state;
    for (uint64_t n = 1; n <= ALLOCATIONS_MAX; n++) {
        survive(n, "polling");
        survive(n, "websocket");
    }
}

static void greet(gw_session *session, gw_request *request, void *user)
{
    (void)request;
    (void)user;
    gw_session_send(session, GW_LIT("hello"), GW_SESSION_TEXT);
}

/* Who waits for the open packet first, and then listens, hears of it. */
static void a_greeting_does_not_come_with_the_open_packet(void **state)
{
    static const struct gw_session_handlers greeter = {.on_open = greet};
    struct run run;
    char out[4096];
    int fd;

    (void)state;
    run_start(&run, NULL);
    gw_engine_on_session(gw_engine_attach(run.server, NULL), &greeter, NULL);
    fd = run_connect(&run);
    run_say(fd, "GET " PATH "websocket HTTP/1.1\r\nHost: h\r\n"
                "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    run_read(&run, fd, out, sizeof(out), "maxPayload");
    assert_null(strstr(out, "hello"));
    run_read(&run, fd, out, sizeof(out),
             "\x81\x06"
             "4hello");
    close(fd);
    run_end(&run);
}

enum { LARGE_BYTES = 1 << 20 };

/* Each of the ways to write a message says what has run out, and so does the end. */
static void what_cannot_be_sent_has_its_reason(void **state)
{
    static const struct gw_ws_deflate deflate = {0};
    static const struct gw_io_options options = {.deflate = &deflate,
                                                 .max_queued_bytes = 2 * LARGE_BYTES};
    static uint8_t bytes[2 * LARGE_BYTES];
    static const struct {
        const char *query, *fields;
        uint32_t how;
        size_t len;
        int err;
    } rows[] = {
        {"websocket", "", GW_SESSION_BINARY, LARGE_BYTES, GW_E_NOMEM},
        {"websocket", "", GW_SESSION_TEXT, 2 * LARGE_BYTES, GW_E_LIMIT},
        {"websocket", "Sec-WebSocket-Extensions: permessage-deflate\r\n", GW_SESSION_TEXT,
         LARGE_BYTES, GW_E_NOMEM},
        {"websocket&b64=1", "", GW_SESSION_BINARY, LARGE_BYTES, GW_E_NOMEM},
        {"websocket&b64=1", "", GW_SESSION_BINARY, 2 * LARGE_BYTES - 1000, GW_E_LIMIT},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char target[64];
        struct ws_peer peer;
        struct run run;

        snprintf(target, sizeof(target), PATH "%s", rows[i].query);
        start(&run, &options);
        ws_open(&peer, &run, target, rows[i].fields);
        assert_int_equal(ws_next(&peer).data[0], '0');
        if (rows[i].err == GW_E_NOMEM)
            gw_mem_fail_at(1);
        assert_int_equal(
            gw_session_send(heard.last, (struct gw_slice){bytes, rows[i].len}, rows[i].how),
            rows[i].err);
        gw_mem_fail_at(0);
        while (heard.closed == 0)
            gw_loop_step(gw_server_loop(run.server), 5);
        assert_int_equal(heard.cause,
                         rows[i].err == GW_E_NOMEM ? GW_CAUSE_NO_MEMORY : GW_CAUSE_QUEUE_FULL);
        ws_leave(&peer);
        run_end(&run);
    }
}

static void no_memory_to_attach_leaves_nothing(void **state)
{
    gw_engine *engine = NULL;
    uint64_t n = 0;
    struct run run;

    (void)state;
    run_start(&run, NULL);
    while (!engine) {
        gw_mem_fail_at(++n);
        engine = gw_engine_attach(run.server, NULL);
        gw_mem_fail_at(0);
        if (!engine)
            assert_non_null(strstr(gw_server_error(run.server), "cannot attach Engine.IO"));
    }
    assert_true(n > 1);
    expect_service(&run);
    run_end(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_go_both_ways_over_polling),
        cmocka_unit_test(a_session_is_found_and_told_of),
        cmocka_unit_test(a_plain_message_is_not_compressed),
        cmocka_unit_test(too_much_ends_the_session_with_the_turn),
        cmocka_unit_test(a_message_of_an_ended_session_goes_no_further),
        cmocka_unit_test(who_was_told_of_no_opening_is_told_of_no_end),
        cmocka_unit_test(a_server_that_ends_tells_of_those_who_poll),
        cmocka_unit_test(a_closed_engine_takes_nobody),
        cmocka_unit_test(it_has_a_path_of_its_own),
        cmocka_unit_test(metrics_count_it_apart_from_socket_io),
        cmocka_unit_test(messages_go_both_ways_over_websocket),
        cmocka_unit_test(a_greeting_does_not_come_with_the_open_packet),
        cmocka_unit_test(what_cannot_be_sent_has_its_reason),
        cmocka_unit_test(no_memory_costs_the_session_only),
        cmocka_unit_test(no_memory_to_attach_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
