/* SPDX-License-Identifier: MIT */
/* The hook before the upgrade: what it sees, and its answers, at once and later. */
#include "base/mem.h"
#include "support/ws_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* What the application has seen, as a text, and what it is to do. */
static struct app {
    char log[4096];
    gw_ws_upgrade *upgrade; /* kept for later */
    void (*decide)(gw_ws_upgrade *upgrade);
    bool pauses_on_open;
    gw_ws *ws;
} app;

static void note(const char *format, ...)
{
    size_t len = strlen(app.log);
    va_list args;

    va_start(args, format);
    vsnprintf(app.log + len, sizeof(app.log) - len, format, args);
    va_end(args);
}

static void on_upgrade(gw_ws_upgrade *upgrade, void *user)
{
    (void)user;
    note("upgrade|");
    app.upgrade = upgrade;
    if (app.decide)
        app.decide(upgrade);
}

static void on_upgrade_gone(gw_ws_upgrade *upgrade, void *user)
{
    (void)user;
    assert_ptr_equal(upgrade, app.upgrade);
    note("gone|");
}

static void on_open(gw_ws *ws, void *user)
{
    (void)user;
    app.ws = ws;
    note("open %s %s|", gw_ws_protocol(ws), gw_ws_user(ws) ? (const char *)gw_ws_user(ws) : "-");
    if (app.pauses_on_open)
        assert_int_equal(gw_ws_pause(ws), 0);
}

static void on_message(gw_ws *ws, struct gw_slice data, bool is_binary, void *user)
{
    (void)user;
    (void)is_binary;
    if (data.len < 100)
        note("%.*s|", (int)data.len, (const char *)data.ptr);
    gw_ws_send_text(ws, data.len < 100 ? data : GW_LIT("long"));
}

static void on_close(gw_ws *ws, uint16_t code, struct gw_slice reason, bool was_clean, void *user)
{
    (void)ws;
    (void)reason;
    (void)was_clean;
    (void)user;
    note("close %u|", code);
}

static const struct gw_ws_handlers handlers = {
    .on_upgrade = on_upgrade,
    .on_upgrade_gone = on_upgrade_gone,
    .on_open = on_open,
    .on_message = on_message,
    .on_close = on_close,
};

static void start(struct run *run, void (*decide)(gw_ws_upgrade *))
{
    static const char *const protocols[] = {"chat", NULL};
    static const struct gw_ws_options options = {.subprotocols = protocols};

    app = (struct app){.decide = decide};
    run_start(run, NULL);
    assert_int_equal(gw_ws_endpoint(run->server, "/ws", &handlers, &options, NULL), 0);
}

static void turn_until(struct run *run, const char *text)
{
    while (!strstr(app.log, text))
        gw_loop_step(gw_server_loop(run->server), 5);
}

/* ---- at once ---- */

static void look_and_accept(gw_ws_upgrade *upgrade)
{
    gw_request *request = gw_ws_upgrade_request(upgrade);
    struct gw_slice field = gw_request_field(request, "x-color");
    struct gw_slice cookie = gw_request_cookie(request, "session");
    struct gw_slice second = gw_ws_upgrade_subprotocol(upgrade, 1);
    char room[16], protocol[] = "other";

    assert_int_equal(gw_request_parameter(request, "room", room, sizeof(room)), 3);
    note("%.*s %.*s %.*s %s %s|", (int)field.len, (const char *)field.ptr, (int)cookie.len,
         (const char *)cookie.ptr, (int)second.len, (const char *)second.ptr, room,
         gw_request_address(request));
    assert_null(gw_ws_upgrade_subprotocol(upgrade, 2).ptr);
    assert_null(gw_request_hold(request, 0));
    assert_int_equal(gw_respond(request, 200, NULL, GW_LIT("")), GW_E_ARG);
    assert_int_equal(gw_ws_upgrade_field(upgrade, "Set-Cookie", "a=b"), 0);
    assert_int_equal(gw_ws_upgrade_field(upgrade, "X", "a\r\nY: b"), GW_E_ARG);
    assert_int_equal(gw_ws_upgrade_field(upgrade, "sec-websocket-accept", "x"), GW_E_ARG);
    assert_int_equal(gw_ws_upgrade_field(upgrade, "UPGRADE", "x"), GW_E_ARG);
    assert_int_equal(gw_ws_upgrade_field(upgrade, "Connection", "x"), GW_E_ARG);
    assert_int_equal(gw_ws_upgrade_accept(upgrade, "nobody-offers-that", NULL), GW_E_ARG);
    assert_int_equal(gw_ws_upgrade_accept(upgrade, protocol, (void *)"me"), 0);
    memset(protocol, '?', sizeof(protocol)); /* it was copied */
    assert_int_equal(gw_ws_upgrade_refuse(upgrade, 400, NULL, GW_LIT("")), GW_E_CLOSED);
}

static void hook_sees_the_request_and_accepts(void **state)
{
    struct run run;
    struct ws_peer peer;

    (void)state;
    start(&run, look_and_accept);
    ws_open(&peer, &run, "/ws?room=a+b",
            "X-Color: red\r\nCookie: x=y; session=s1\r\nSec-WebSocket-Protocol: chat, other\r\n");
    assert_non_null(strstr(peer.head, "Sec-WebSocket-Protocol: other\r\n"));
    assert_non_null(strstr(peer.head, "Set-Cookie: a=b\r\n"));
    assert_string_equal(app.log, "upgrade|red s1 other a b 127.0.0.1|open other me|");
    assert_string_equal(gw_ws_protocol(app.ws), "other");
    ws_say_text(&peer, "hello");
    assert_true(ws_next_is(&peer, "hello"));
    ws_leave(&peer);
    run_end(&run);
}

static void accept_plainly(gw_ws_upgrade *upgrade)
{
    assert_int_equal(gw_ws_upgrade_accept(upgrade, NULL, NULL), 0);
}

static void accept_without_subprotocol(gw_ws_upgrade *upgrade)
{
    assert_int_equal(gw_ws_upgrade_accept(upgrade, "", NULL), 0);
}

static void hook_may_leave_the_subprotocol_to_the_options(void **state)
{
    struct run run;
    struct ws_peer peer;

    (void)state;
    start(&run, accept_plainly);
    ws_open(&peer, &run, "/ws", "Sec-WebSocket-Protocol: other, chat\r\n");
    assert_non_null(strstr(peer.head, "Sec-WebSocket-Protocol: chat\r\n"));
    ws_leave(&peer);
    app.decide = accept_without_subprotocol;
    ws_open(&peer, &run, "/ws", "Sec-WebSocket-Protocol: other, chat\r\n");
    assert_null(strstr(peer.head, "Sec-WebSocket-Protocol"));
    ws_leave(&peer);
    run_end(&run);
}

static void refuse(gw_ws_upgrade *upgrade)
{
    assert_int_equal(gw_ws_upgrade_refuse(upgrade, 199, NULL, GW_LIT("")), GW_E_ARG);
    assert_int_equal(gw_ws_upgrade_field(upgrade, "WWW-Authenticate", "Basic"), 0);
    assert_int_equal(
        gw_ws_upgrade_refuse(upgrade, 401, "application/json", GW_LIT("{\"who\":\"are you\"}")), 0);
}

/* h-02: nothing behind a failed upgrade is read, neither as a frame nor as a request. */
static void refusal_is_final(void **state)
{
    struct run run;
    struct ws_peer peer;

    (void)state;
    start(&run, refuse);
    ws_knock(&peer, &run, "/ws", "");
    ws_say_text(&peer, "hello");
    run_say(peer.fd, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(ws_answer(&peer), 401);
    assert_non_null(strstr(peer.head, "WWW-Authenticate: Basic\r\n"));
    assert_non_null(strstr(peer.head, "Connection: close\r\n"));
    while (!peer.has_ended)
        ws_fill(&peer);
    assert_string_equal(peer.bytes, "{\"who\":\"are you\"}");
    assert_string_equal(app.log, "upgrade|");
    ws_leave(&peer);
    run_end(&run);
}

static void bad_handshake_never_reaches_the_hook(void **state)
{
    struct run run;
    char *answer;

    (void)state;
    start(&run, accept_plainly);
    answer = run_ask(&run, "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
                           "Connection: Upgrade\r\nSec-WebSocket-Version: 12\r\n"
                           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    assert_non_null(strstr(answer, "HTTP/1.1 426 "));
    assert_string_equal(app.log, "");
    free(answer);
    run_end(&run);
}

/* ---- later ---- */

/* The first frames come in the segment of the request, others while the answer is awaited. */
static void early_frames_wait_for_a_late_answer(void **state)
{
    struct run run;
    struct ws_peer peer;

    (void)state;
    start(&run, NULL);
    ws_knock(&peer, &run, "/ws?a=1", "Sec-WebSocket-Protocol: chat\r\nX-Color: red\r\n");
    ws_say_text(&peer, "one");
    turn_until(&run, "upgrade|");
    ws_turn(&run, 3);
    ws_say_text(&peer, "two");
    ws_turn(&run, 3);
    assert_string_equal(app.log, "upgrade|");
    assert_memory_equal(gw_request_query(gw_ws_upgrade_request(app.upgrade)).ptr, "a=1", 3);
    assert_memory_equal(gw_ws_upgrade_subprotocol(app.upgrade, 0).ptr, "chat", 4);
    assert_int_equal(gw_ws_upgrade_field(app.upgrade, "X-Late", "yes"), 0);
    assert_int_equal(gw_ws_upgrade_accept(app.upgrade, "chat", (void *)"late"), 0);
    assert_string_equal(app.log, "upgrade|open chat late|");
    ws_say_text(&peer, "three");
    assert_int_equal(ws_answer(&peer), 101);
    assert_non_null(strstr(peer.head, "X-Late: yes\r\n"));
    assert_true(ws_next_is(&peer, "one"));
    assert_true(ws_next_is(&peer, "two"));
    assert_true(ws_next_is(&peer, "three"));
    assert_string_equal(app.log, "upgrade|open chat late|one|two|three|");
    ws_leave(&peer);
    run_end(&run);
}

static void pause_in_a_late_on_open_keeps_early_frames(void **state)
{
    struct run run;
    struct ws_peer peer;

    (void)state;
    start(&run, NULL);
    app.pauses_on_open = true;
    ws_knock(&peer, &run, "/ws", "");
    ws_say_text(&peer, "one");
    turn_until(&run, "upgrade|");
    assert_int_equal(gw_ws_upgrade_accept(app.upgrade, NULL, NULL), 0);
    assert_int_equal(ws_answer(&peer), 101);
    ws_turn(&run, 5);
    assert_string_equal(app.log, "upgrade|open  -|");
    gw_ws_resume(app.ws);
    assert_string_equal(app.log, "upgrade|open  -|");
    assert_true(ws_next_is(&peer, "one"));
    ws_leave(&peer);
    run_end(&run);
}

/* h-03: bounded. What the server does not take stays in the kernels, and the client's send blocks. */
static void early_bytes_are_bounded_and_none_is_lost(void **state)
{
    enum { LEN = 60000, COUNT = 400 };
    uint8_t *frame = malloc(LEN + 14), *payload = calloc(1, LEN);
    size_t frame_len, sent = 0, total;
    struct run run;
    struct ws_peer peer;
    int answers = 0;

    (void)state;
    assert_true(frame && payload);
    frame_len = ws_encode(frame, 0x82, payload, LEN);
    total = frame_len * COUNT;
    start(&run, NULL);
    ws_knock(&peer, &run, "/ws", "");
    turn_until(&run, "upgrade|");
    for (int idle = 0; idle < 20;) {
        ssize_t n = send(peer.fd, frame + sent % frame_len, frame_len - sent % frame_len,
                         MSG_DONTWAIT | MSG_NOSIGNAL);

        ws_turn(&run, 1);
        idle = n > 0 ? 0 : idle + 1;
        sent += n > 0 ? (size_t)n : 0;
    }
    assert_true(sent < total / 2);
    assert_int_equal(gw_ws_upgrade_accept(app.upgrade, NULL, NULL), 0);
    assert_int_equal(ws_answer(&peer), 101);
    while (answers < COUNT) {
        struct ws_frame answer = {0};

        if (sent < total) {
            ssize_t n = send(peer.fd, frame + sent % frame_len, frame_len - sent % frame_len,
                             MSG_DONTWAIT | MSG_NOSIGNAL);

            sent += n > 0 ? (size_t)n : 0;
        }
        ws_drop_used(&peer);
        if (!ws_decode(&peer, &answer))
            ws_fill(&peer);
        else
            answers++;
        assert_false(peer.has_ended);
    }
    free(frame);
    free(payload);
    ws_leave(&peer);
    run_end(&run);
}

static void late_refusal_is_final_too(void **state)
{
    struct run run;
    struct ws_peer peer;

    (void)state;
    start(&run, NULL);
    ws_knock(&peer, &run, "/ws", "");
    ws_say_text(&peer, "one");
    turn_until(&run, "upgrade|");
    ws_turn(&run, 3);
    assert_int_equal(gw_ws_upgrade_refuse(app.upgrade, 403, "text/plain", GW_LIT("no\n")), 0);
    assert_int_equal(ws_answer(&peer), 403);
    while (!peer.has_ended)
        ws_fill(&peer);
    assert_string_equal(peer.bytes, "no\n");
    assert_string_equal(app.log, "upgrade|");
    ws_leave(&peer);
    run_end(&run);
}

static void client_that_goes_away_is_told(void **state)
{
    struct run run;
    struct ws_peer peer;

    (void)state;
    start(&run, NULL);
    ws_knock(&peer, &run, "/ws", "");
    turn_until(&run, "upgrade|");
    ws_leave(&peer);
    turn_until(&run, "gone|");
    assert_null(gw_request_path(gw_ws_upgrade_request(app.upgrade)).ptr);
    assert_null(gw_ws_upgrade_subprotocol(app.upgrade, 0).ptr);
    assert_int_equal(gw_ws_upgrade_field(app.upgrade, "A", "b"), GW_E_CLOSED);
    assert_int_equal(gw_ws_upgrade_accept(app.upgrade, NULL, NULL), GW_E_CLOSED);
    assert_string_equal(app.log, "upgrade|gone|");
    assert_int_equal(gw_server_connection_count(run.server), 0);
    run_end(&run);
}

static void answer_in_upgrade_gone(gw_ws_upgrade *upgrade, void *user)
{
    (void)user;
    note("gone %d|", gw_ws_upgrade_refuse(upgrade, 500, NULL, GW_LIT("")));
}

static void unanswered_upgrade_is_503(void **state)
{
    static const struct gw_ws_handlers own = {.on_upgrade = on_upgrade,
                                              .on_upgrade_gone = answer_in_upgrade_gone};
    static const struct gw_ws_options options = {.upgrade_timeout_ms = 20};
    struct run run;
    struct ws_peer peer;

    (void)state;
    start(&run, NULL);
    assert_int_equal(gw_ws_endpoint(run.server, "/slow", &own, &options, NULL), 0);
    ws_knock(&peer, &run, "/slow", "");
    assert_int_equal(ws_answer(&peer), 503);
    assert_string_equal(app.log, "upgrade|gone -5|");
    ws_leave(&peer);
    run_end(&run);
}

static void server_takes_back_unanswered_upgrades(void **state)
{
    struct run run;
    struct ws_peer peer, other;

    (void)state;
    start(&run, NULL);
    ws_knock(&peer, &run, "/ws", "");
    turn_until(&run, "upgrade|");
    ws_leave(&peer);
    turn_until(&run, "gone|");
    ws_knock(&other, &run, "/ws", "");
    turn_until(&run, "gone|upgrade|");
    run_end(&run);
    assert_string_equal(app.log, "upgrade|gone|upgrade|gone|");
    ws_leave(&other);
}

static void nobody_is_let_in_while_the_server_stops(void **state)
{
    struct run run;
    struct ws_peer peer;

    (void)state;
    start(&run, NULL);
    ws_knock(&peer, &run, "/ws", "");
    turn_until(&run, "upgrade|");
    gw_server_stop(run.server);
    assert_int_equal(gw_ws_upgrade_accept(app.upgrade, NULL, NULL), GW_E_CLOSED);
    assert_int_equal(ws_answer(&peer), 503);
    ws_leave(&peer);
    run_end(&run);
}

/* However the request is cut, it is whole when the answer comes late. */
static void request_in_two_pieces_is_held_whole(void **state)
{
    char request[1024];
    size_t len = ws_request(request, sizeof(request), "/ws?a=1", "X-Color: red\r\n");
    struct run run;

    (void)state;
    start(&run, NULL);
    for (size_t cut = 1; cut < len; cut += 7) {
        int fd = run_connect(&run);
        char answer[1024];
        struct gw_slice color;

        app.log[0] = '\0';
        run_write(fd, request, cut);
        ws_turn(&run, 2);
        run_write(fd, request + cut, len - cut);
        turn_until(&run, "upgrade|");
        color = gw_request_field(gw_ws_upgrade_request(app.upgrade), "X-Color");
        assert_int_equal(color.len, 3);
        assert_memory_equal(color.ptr, "red", 3);
        assert_int_equal(gw_ws_upgrade_accept(app.upgrade, NULL, NULL), 0);
        run_read(&run, fd, answer, sizeof(answer), "\r\n\r\n");
        assert_non_null(strstr(answer, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")); /* RFC 6455 1.3 */
        close(fd);
    }
    run_end(&run);
}

/* One late upgrade with an early frame while the n-th allocation fails: it works or the connection ends, no more. */
static bool upgrade_with_failure(uint64_t nth)
{
    struct run run;
    struct ws_peer peer;
    bool has_worked;

    start(&run, NULL);
    ws_knock(&peer, &run, "/ws", "Sec-WebSocket-Protocol: chat\r\n");
    ws_say_text(&peer, "one");
    gw_mem_fail_at(nth);
    for (int i = 0; i < 5 && !app.upgrade; i++)
        ws_turn(&run, 1);
    if (app.upgrade)
        gw_ws_upgrade_accept(app.upgrade, "chat", NULL);
    has_worked = ws_answer(&peer) == 101 && ws_next(&peer).opcode == 1;
    gw_mem_fail_at(0);
    ws_leave(&peer);
    run_end(&run);
    return has_worked;
}

static void upgrade_survives_failing_allocations(void **state)
{
    uint64_t nth = 1;

    (void)state;
    while (!upgrade_with_failure(nth))
        nth++;
    assert_true(nth > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hook_sees_the_request_and_accepts),
        cmocka_unit_test(hook_may_leave_the_subprotocol_to_the_options),
        cmocka_unit_test(refusal_is_final),
        cmocka_unit_test(bad_handshake_never_reaches_the_hook),
        cmocka_unit_test(early_frames_wait_for_a_late_answer),
        cmocka_unit_test(pause_in_a_late_on_open_keeps_early_frames),
        cmocka_unit_test(early_bytes_are_bounded_and_none_is_lost),
        cmocka_unit_test(late_refusal_is_final_too),
        cmocka_unit_test(client_that_goes_away_is_told),
        cmocka_unit_test(unanswered_upgrade_is_503),
        cmocka_unit_test(server_takes_back_unanswered_upgrades),
        cmocka_unit_test(nobody_is_let_in_while_the_server_stops),
        cmocka_unit_test(request_in_two_pieces_is_held_whole),
        cmocka_unit_test(upgrade_survives_failing_allocations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
