/* SPDX-License-Identifier: MIT */
/* Endpoints over real connections: paths and limits, pausing, backpressure, silence, and how connections end. */
#include "server/conn.h"
#include "server/ws_endpoint.h"
#include "support/ws_run.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct app {
    char log[4096];
    gw_ws *ws;
    void (*on_message)(gw_ws *ws, struct gw_slice data);
    int drained;
} app;

static void note(const char *format, ...)
{
    size_t len = strlen(app.log);
    va_list args;

    va_start(args, format);
    vsnprintf(app.log + len, sizeof(app.log) - len, format, args);
    va_end(args);
}

static void on_open(gw_ws *ws, void *user)
{
    note("%s %s|", user ? (const char *)user : "open", gw_ws_protocol(ws));
    app.ws = ws;
}

static void on_message(gw_ws *ws, struct gw_slice data, bool is_binary, void *user)
{
    (void)is_binary;
    (void)user;
    if (data.len < 100)
        note("%.*s|", (int)data.len, (const char *)data.ptr);
    if (app.on_message)
        app.on_message(ws, data);
}

static void on_drain(gw_ws *ws, void *user)
{
    (void)user;
    assert_true(gw_ws_buffered_amount(ws) <= 2 + 125); /* a pong that was owed */
    app.drained++;
}

static void on_error(gw_ws *ws, const struct gw_ws_error *error, void *user)
{
    (void)ws;
    (void)user;
    note("error %s %s|", gw_ws_step_name(error->step), gw_err_name(error->err));
}

static void on_close(gw_ws *ws, uint16_t code, struct gw_slice reason, bool was_clean, void *user)
{
    (void)user;
    (void)reason;
    assert_int_equal(gw_ws_pause(ws), GW_E_CLOSED);
    assert_int_equal(gw_ws_resume(ws), GW_E_CLOSED);
    assert_int_equal(gw_ws_send_text(ws, GW_LIT("x")), GW_E_CLOSED);
    note("close %u %s|", code, was_clean ? "clean" : "unclean");
}

static const struct gw_ws_handlers handlers = {
    .on_open = on_open,
    .on_message = on_message,
    .on_drain = on_drain,
    .on_error = on_error,
    .on_close = on_close,
};

static void start(struct run *run, struct ws_peer *peer, const struct gw_ws_options *options)
{
    app = (struct app){0};
    run_start(run, NULL);
    assert_int_equal(gw_ws_endpoint(run->server, "/ws", &handlers, options, NULL), 0);
    if (peer)
        ws_open(peer, run, "/ws", "");
}

static void turn_until(struct run *run, const char *text)
{
    while (!strstr(app.log, text))
        gw_loop_step(gw_server_loop(run->server), 5);
}

/* ---- paths ---- */

static void each_endpoint_has_its_own_path_and_limits(void **state)
{
    static const char *const protocols[] = {"b", "a", NULL};
    static const struct gw_ws_options small = {.max_message_bytes = 4, .subprotocols = protocols};
    struct run run;
    struct ws_peer peer;
    char *answer;

    (void)state;
    start(&run, NULL, NULL);
    assert_int_equal(gw_ws_endpoint(run.server, "/rooms/*", &handlers, &small, (void *)"rooms"), 0);
    assert_int_equal(gw_ws_endpoint(run.server, "/rooms/big", &handlers, NULL, (void *)"big"), 0);
    assert_int_equal(gw_ws_endpoint(run.server, "no-slash", &handlers, NULL, NULL), GW_E_ARG);
    ws_open(&peer, &run, "/rooms/7/x", "Sec-WebSocket-Protocol: a, b\r\n");
    assert_string_equal(app.log, "rooms b|");
    ws_say_text(&peer, "12345");
    assert_int_equal(ws_next_close(&peer), 1009);
    ws_leave(&peer);
    ws_open(&peer, &run, "/rooms/big", "");
    ws_say_text(&peer, "12345");
    turn_until(&run, "big |12345|");
    ws_leave(&peer);
    ws_knock(&peer, &run, "/room", "");
    assert_int_equal(ws_answer(&peer), 404);
    ws_leave(&peer);
    answer = run_ask(&run, "GET /rooms/7 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert_non_null(strstr(answer, "HTTP/1.1 426 "));
    free(answer);
    run_end(&run);
}

/* With what the allocator adds to each of two blocks. */
static void idle_connection_is_small(void **state)
{
    (void)state;
    assert_true(sizeof(struct gw_conn) + sizeof(struct gw_ws_member) + 2 * 16 <= 430);
}

/* ---- pausing ---- */

static void pause_each(gw_ws *ws, struct gw_slice data)
{
    (void)data;
    assert_int_equal(gw_ws_pause(ws), 0);
    assert_int_equal(gw_ws_pause(ws), 0);
}

static void pause_and_resume(gw_ws *ws, struct gw_slice data)
{
    (void)data;
    assert_int_equal(gw_ws_pause(ws), 0);
    assert_int_equal(gw_ws_resume(ws), 0);
}

/* All in one segment, the last frame cut; more comes while reading rests. */
static void say_a_batch(struct ws_peer *peer)
{
    uint8_t bytes[256];
    size_t len = 0;

    len += ws_encode(bytes + len, 0x81, "one", 3);
    len += ws_encode(bytes + len, 0x01, "tw", 2);
    len += ws_encode(bytes + len, 0x80, "o", 1);
    len += ws_encode(bytes + len, 0x89, "ping", 4);
    len += ws_encode(bytes + len, 0x81, "three", 5);
    run_write(peer->fd, bytes, len - 2);
    turn_until(peer->run, "one|");
    ws_turn(peer->run, 3);
    run_write(peer->fd, bytes + len - 2, 2);
    ws_say_text(peer, "four");
}

static void pause_holds_messages_that_were_read_already(void **state)
{
    struct run run;
    struct ws_peer peer;

    (void)state;
    start(&run, &peer, NULL);
    app.on_message = pause_each;
    say_a_batch(&peer);
    ws_turn(&run, 3);
    assert_string_equal(app.log, "open |one|");
    gw_ws_resume(app.ws);
    assert_string_equal(app.log, "open |one|");
    ws_turn(&run, 3);
    assert_string_equal(app.log, "open |one|two|");
    gw_ws_resume(app.ws);
    assert_int_equal(ws_next(&peer).opcode, 10);
    ws_turn(&run, 3);
    assert_string_equal(app.log, "open |one|two|three|");
    app.on_message = NULL;
    gw_ws_resume(app.ws);
    ws_say_text(&peer, "five");
    turn_until(&run, "five|");
    assert_string_equal(app.log, "open |one|two|three|four|five|");
    ws_leave(&peer);
    run_end(&run);
}

static void pause_and_resume_in_one_callback_lose_nothing(void **state)
{
    struct run run;
    struct ws_peer peer;

    (void)state;
    start(&run, &peer, NULL);
    app.on_message = pause_and_resume;
    say_a_batch(&peer);
    turn_until(&run, "four|");
    assert_string_equal(app.log, "open |one|two|three|four|");
    ws_leave(&peer);
    run_end(&run);
}

static void end_of_the_peer_comes_behind_its_messages(void **state)
{
    struct run run;
    struct ws_peer peer;

    (void)state;
    start(&run, &peer, NULL);
    app.on_message = pause_each;
    say_a_batch(&peer);
    shutdown(peer.fd, SHUT_WR);
    ws_turn(&run, 5);
    assert_string_equal(app.log, "open |one|");
    for (int i = 0; i < 3; i++) {
        gw_ws_resume(app.ws);
        ws_turn(&run, 3);
    }
    assert_string_equal(app.log, "open |one|two|three|four|");
    gw_ws_resume(app.ws);
    turn_until(&run, "close 1006 unclean|");
    ws_leave(&peer);
    run_end(&run);
}

/* Held bytes end with the connection, whoever ends it. */
static void terminate_while_paused_drops_what_waits(void **state)
{
    struct run run;
    struct ws_peer peer;

    (void)state;
    start(&run, &peer, NULL);
    app.on_message = pause_each;
    say_a_batch(&peer);
    gw_ws_resume(app.ws);
    gw_ws_terminate(app.ws);
    ws_turn(&run, 3);
    assert_string_equal(app.log, "open |one|close 1006 unclean|");
    ws_leave(&peer);
    run_end(&run);
}

static void close_while_paused_reads_on(void **state)
{
    struct run run;
    struct ws_peer peer;

    (void)state;
    start(&run, &peer, NULL);
    app.on_message = pause_each;
    say_a_batch(&peer);
    assert_int_equal(gw_ws_close(app.ws, 4000, "enough"), 0);
    assert_int_equal(ws_next_close(&peer), 4000);
    ws_say(&peer, 0x88, "\x0f\xa0", 2);
    turn_until(&run, "close 4000 clean|");
    assert_string_equal(app.log, "open |one|close 4000 clean|");
    ws_leave(&peer);
    run_end(&run);
}

/* ---- backpressure ---- */

enum { QUEUE = 1 << 20, PIECE = 64 * 1024 };

static uint8_t piece[PIECE];

static int send_piece(void)
{
    return gw_ws_send_binary(app.ws, (struct gw_slice){piece, PIECE});
}

static void skipped_messages_are_counted_and_drain_tells_when_to_go_on(void **state)
{
    static const struct gw_ws_options options = {.max_queued_bytes = QUEUE,
                                                 .overflow = GW_WS_OVERFLOW_SKIP};
    struct run run;
    struct ws_peer peer;
    int sent = 0;

    (void)state;
    start(&run, &peer, &options);
    while (send_piece() == 0) {
        sent++;
        ws_turn(&run, 1);
    }
    assert_int_equal(send_piece(), GW_E_LIMIT);
    assert_int_equal(gw_ws_skipped_count(app.ws), 2);
    assert_true(gw_ws_buffered_amount(app.ws) > QUEUE - PIECE - 64);
    assert_int_equal(app.drained, 0);
    for (int got = 0; got < sent; got++)
        assert_int_equal(ws_next(&peer).len, PIECE);
    while (app.drained == 0)
        ws_turn(&run, 1);
    assert_int_equal(gw_ws_buffered_amount(app.ws), 0);
    assert_int_equal(send_piece(), 0);
    assert_int_equal(ws_next(&peer).len, PIECE);
    ws_leave(&peer);
    run_end(&run);
}

/* The kernel takes more than the limit at once, so nobody has to be told off. */
static void limit_counts_only_what_the_kernel_refused(void **state)
{
    static const struct gw_ws_options options = {.max_queued_bytes = PIECE + 100};
    struct run run;
    struct ws_peer peer;

    (void)state;
    start(&run, &peer, &options);
    for (int i = 0; i < 4; i++)
        assert_int_equal(send_piece(), 0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(ws_next(&peer).len, PIECE);
    ws_leave(&peer);
    run_end(&run);
}

static void overflow_closes(enum gw_ws_overflow overflow, int code)
{
    struct gw_ws_options options = {.max_queued_bytes = QUEUE, .overflow = overflow};
    struct run run;
    struct ws_peer peer;
    struct ws_frame frame;

    start(&run, &peer, &options);
    while (send_piece() == 0)
        ws_turn(&run, 1);
    assert_int_equal(send_piece(), GW_E_CLOSED);
    do
        frame = ws_next(&peer);
    while (frame.opcode == 2);
    assert_int_equal(frame.opcode, 8);
    assert_int_equal(frame.data[0] << 8 | frame.data[1], code);
    ws_leave(&peer);
    run_end(&run);
}

static void overflow_closes_as_the_option_says(void **state)
{
    (void)state;
    overflow_closes(GW_WS_OVERFLOW_CLOSE, 1013);
    overflow_closes(GW_WS_OVERFLOW_CLOSE_POLICY, 1008);
}

/* f-05: pings as long as the kernels take them, and nobody reads the pongs. */
static void ping_flood_owes_one_pong(void **state)
{
    static uint8_t pings[200 * 131], zeros[125];
    struct run run;
    struct ws_peer peer;
    size_t len = 0, sent = 0;
    uint64_t most = 0;
    struct ws_frame pong;

    (void)state;
    start(&run, &peer, NULL);
    while (len + 131 <= sizeof(pings))
        len += ws_encode(pings + len, 0x89, zeros, 125);
    for (int idle = 0; idle < 20 && sent < 64 << 20;) {
        ssize_t n =
            send(peer.fd, pings + sent % len, len - sent % len, MSG_DONTWAIT | MSG_NOSIGNAL);

        sent += n > 0 ? (size_t)n : 0;
        idle = n > 0 ? 0 : idle + 1;
        ws_turn(&run, 1);
        if (gw_ws_buffered_amount(app.ws) > most)
            most = gw_ws_buffered_amount(app.ws);
    }
    assert_true(sent > 4 << 20);
    assert_true(most < 256 * 1024);
    while (sent % 131 != 0) { /* finish the last one */
        run_write(peer.fd, pings + sent % len, 1);
        sent++;
    }
    ws_say(&peer, 0x89, "last", 4);
    do
        pong = ws_next(&peer);
    while (pong.opcode == 10 && pong.len == 125);
    assert_int_equal(pong.len, 4);
    assert_memory_equal(pong.data, "last", 4);
    ws_leave(&peer);
    run_end(&run);
}

/* ---- bad control frames and how it ends ---- */

static void bad_control_frames_are_refused(void **state)
{
    static const struct {
        uint8_t bytes[12];
        size_t len;
        int code;
    } cases[] = {
        {{0x09, 0x80, 0, 0, 0, 0}, 6, 1002},                          /* fragmented ping */
        {{0x89, 0xfe, 0, 126}, 4, 1002},                              /* 126 bytes of ping */
        {{0x88, 0x81, 0, 0, 0, 0, 3}, 7, 1002},                       /* close of one byte */
        {{0x88, 0x82, 0, 0, 0, 0, 0x03, 0xec}, 8, 1002},              /* 1004 */
        {{0x88, 0x82, 0, 0, 0, 0, 0x03, 0xed}, 8, 1002},              /* 1005 */
        {{0x88, 0x82, 0, 0, 0, 0, 0x03, 0xee}, 8, 1002},              /* 1006 */
        {{0x88, 0x82, 0, 0, 0, 0, 0x03, 0xf7}, 8, 1002},              /* 1015 */
        {{0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe7}, 8, 1002},              /* 999 */
        {{0x88, 0x82, 0, 0, 0, 0, 0x0b, 0xb7}, 8, 1002},              /* 2999 */
        {{0x88, 0x82, 0, 0, 0, 0, 0x13, 0x88}, 8, 1002},              /* 5000 */
        {{0x88, 0x84, 0, 0, 0, 0, 0x03, 0xe8, 0xc0, 0x80}, 10, 1007}, /* reason not UTF-8 */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct run run;
        struct ws_peer peer;

        start(&run, &peer, NULL);
        run_write(peer.fd, cases[i].bytes, cases[i].len);
        assert_int_equal(ws_next_close(&peer), cases[i].code);
        assert_int_equal(ws_next(&peer).opcode, WS_EOF);
        assert_string_equal(app.log, "open |error messages GW_E_PROTO|close 1006 unclean|");
        ws_leave(&peer);
        run_end(&run);
    }
}

/* f-09 */
static void peer_that_does_not_answer_a_close_is_cut(void **state)
{
    static const struct gw_ws_options options = {.close_timeout_ms = 30};
    struct run run;
    struct ws_peer peer;

    (void)state;
    start(&run, &peer, &options);
    assert_int_equal(gw_ws_close(app.ws, 0, NULL), 0);
    assert_int_equal(ws_next_close(&peer), 1005);
    ws_say_text(&peer, "still here");
    assert_int_equal(ws_next(&peer).opcode, WS_EOF);
    assert_string_equal(app.log, "open |close 1006 unclean|");
    ws_leave(&peer);
    run_end(&run);
}

static void nothing_behind_a_close_frame_is_read(void **state)
{
    struct run run;
    struct ws_peer peer;

    (void)state;
    start(&run, &peer, NULL);
    ws_say(&peer, 0x88, "\x03\xe8", 2);
    ws_say_text(&peer, "late");
    assert_int_equal(ws_next_close(&peer), 1000);
    assert_int_equal(ws_next(&peer).opcode, WS_EOF);
    assert_string_equal(app.log, "open |close 1000 clean|");
    ws_leave(&peer);
    run_end(&run);
}

static size_t open_files(void)
{
    DIR *dir = opendir("/proc/self/fd");
    size_t count = 0;

    assert_non_null(dir);
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

static void abrupt_ends_leak_no_descriptor(void **state)
{
    struct linger reset = {1, 0};
    struct run run;
    size_t before;

    (void)state;
    start(&run, NULL, NULL);
    ws_turn(&run, 1);
    before = open_files();
    for (int i = 0; i < 500; i++) {
        struct ws_peer peer;

        app.log[0] = '\0';
        ws_open(&peer, &run, "/ws", "");
        if (i % 4 == 0)
            shutdown(peer.fd, SHUT_WR);
        if (i % 4 == 1)
            gw_ws_close(app.ws, 1000, NULL);
        if (i % 4 == 2)
            run_write(peer.fd, "\x81\xfe\x10", 3);
        setsockopt(peer.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
        ws_leave(&peer);
        turn_until(&run, "close 1006");
    }
    while (gw_server_connection_count(run.server) > 0)
        ws_turn(&run, 1);
    assert_int_equal(open_files(), before);
    run_end(&run);
}

/* ---- silence ---- */

static void silent_peer_is_pinged_then_given_up(void **state)
{
    static const struct gw_ws_options options = {.idle_timeout_ms = 60};
    struct run run;
    struct ws_peer peer;
    uint64_t since_ms, pinged_ms;

    (void)state;
    start(&run, &peer, &options);
    since_ms = gw_loop_now_ms(gw_server_loop(run.server));
    assert_int_equal(ws_next(&peer).opcode, 9);
    pinged_ms = gw_loop_now_ms(gw_server_loop(run.server)) - since_ms;
    assert_true(pinged_ms >= 20);
    assert_int_equal(ws_next(&peer).opcode, WS_EOF);
    assert_true(gw_loop_now_ms(gw_server_loop(run.server)) - since_ms >= 50);
    assert_string_equal(app.log, "open |error messages GW_E_TIMEOUT|close 1006 unclean|");
    ws_leave(&peer);
    run_end(&run);
}

static void peer_that_answers_pings_stays(void **state)
{
    /* for a loaded machine */
    static const struct gw_ws_options options = {.idle_timeout_ms = 2000};
    struct run run;
    struct ws_peer peer;

    (void)state;
    start(&run, &peer, &options);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(ws_next(&peer).opcode, 9);
        ws_say(&peer, 0x8a, "", 0);
    }
    assert_string_equal(app.log, "open |");
    ws_leave(&peer);
    run_end(&run);
}

static void paused_peer_is_not_given_up(void **state)
{
    static const struct gw_ws_options options = {.idle_timeout_ms = 20};
    struct run run;
    struct ws_peer peer;
    uint64_t until_ms;

    (void)state;
    start(&run, &peer, &options);
    gw_ws_pause(app.ws);
    until_ms = gw_loop_now_ms(gw_server_loop(run.server)) + 100;
    while (gw_loop_now_ms(gw_server_loop(run.server)) < until_ms)
        ws_turn(&run, 1);
    assert_string_equal(app.log, "open |");
    gw_ws_resume(app.ws);
    assert_int_equal(ws_next(&peer).opcode, 9);
    assert_int_equal(ws_next(&peer).opcode, WS_EOF);
    ws_leave(&peer);
    run_end(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_endpoint_has_its_own_path_and_limits),
        cmocka_unit_test(idle_connection_is_small),
        cmocka_unit_test(pause_holds_messages_that_were_read_already),
        cmocka_unit_test(pause_and_resume_in_one_callback_lose_nothing),
        cmocka_unit_test(end_of_the_peer_comes_behind_its_messages),
        cmocka_unit_test(terminate_while_paused_drops_what_waits),
        cmocka_unit_test(close_while_paused_reads_on),
        cmocka_unit_test(skipped_messages_are_counted_and_drain_tells_when_to_go_on),
        cmocka_unit_test(limit_counts_only_what_the_kernel_refused),
        cmocka_unit_test(overflow_closes_as_the_option_says),
        cmocka_unit_test(ping_flood_owes_one_pong),
        cmocka_unit_test(bad_control_frames_are_refused),
        cmocka_unit_test(peer_that_does_not_answer_a_close_is_cut),
        cmocka_unit_test(nothing_behind_a_close_frame_is_read),
        cmocka_unit_test(abrupt_ends_leak_no_descriptor),
        cmocka_unit_test(silent_peer_is_pinged_then_given_up),
        cmocka_unit_test(peer_that_answers_pings_stays),
        cmocka_unit_test(paused_peer_is_not_given_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
