/* SPDX-License-Identifier: MIT */
#include "net/loop.h"
#include "sio/io.h"
#include "sio/namespace.h"
#include "sio/recovery.h"
#include "sio/seat.h"
#include "support/server_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static char lines[16384];

static void on_log(void *user, enum gw_log_level level, const char *line)
{
    size_t len = strlen(lines);

    (void)user;
    snprintf(lines + len, sizeof(lines) - len, "%d %s\n", (int)level, line);
}

static void expect(const char *text)
{
    if (!strstr(lines, text))
        fail_msg("no \"%s\" in\n%s", text, lines);
}

static char *ask(struct run *run, const char *method, const char *sid)
{
    char request[512];

    snprintf(request, sizeof(request),
             "%s /socket.io/?EIO=4&transport=polling%s%s HTTP/1.1\r\nHost: h\r\n"
             "Connection: close\r\nContent-Length: %d\r\n\r\n%s",
             method, sid ? "&sid=" : "", sid ? sid : "", sid ? 1 : 0, sid ? "1" : "");
    return run_ask(run, request);
}

static void the_log_tells_a_sessions_life(void **state)
{
    struct gw_server_options options = {.log_level = GW_LOG_DEBUG, .log = on_log};
    char sid[21] = "", text[128];
    struct run run;
    char *answer;

    (void)state;
    lines[0] = '\0';
    run_start(&run, &options);
    expect("2 listener_start address=127.0.0.1:");
    gw_io_attach(run.server, NULL);
    answer = ask(&run, "GET", NULL);
    memcpy(sid, strstr(answer, "\"sid\":\"") + 7, 20);
    free(answer);
    snprintf(text, sizeof(text),
             "3 session_open session=%.8s transport=polling revision=4 address=127.0.0.1\n", sid);
    expect(text);
    assert_null(strstr(lines, sid));
    free(ask(&run, "POST", sid));
    snprintf(text, sizeof(text),
             "3 session_close session=%.8s reason=\"transport close\" cause=", sid);
    expect(text);
    gw_server_stop(run.server);
    while (!gw_server_is_stopped(run.server))
        gw_loop_step(gw_server_loop(run.server), 10);
    expect("2 server_stopping ");
    expect("2 listener_stop address=127.0.0.1:");
    expect("2 server_stopped\n");
    run_end(&run);
}

static void a_full_engine_says_so_once_a_second(void **state)
{
    struct gw_server_options options = {.log_level = GW_LOG_WARN, .log = on_log};
    struct run run;

    (void)state;
    lines[0] = '\0';
    run_start(&run, &options);
    gw_io_attach(run.server, &(struct gw_io_options){.max_sessions = 1});
    for (int i = 0; i < 3; i++)
        free(ask(&run, "GET", NULL));
    assert_string_equal(lines,
                        "1 sessions_refused limit=max_sessions sessions=1 max=1 refused=1\n");
    run_end(&run);
}

static void limit_line(char text[256], const char *socket)
{
    snprintf(text, 256,
             "1 limit_reached limit=max_rooms value=2 max=1 namespace=/ socket=%s reached=1 "
             "advice=\"leave rooms that are done with, or raise it\"\n",
             socket);
}

static void on_connection(gw_socket *socket, void *user)
{
    memcpy(user, gw_socket_id(socket), GW_SOCKET_ID_LEN);
    for (const char *room = "abcd"; *room; room++)
        gw_socket_join_slice(socket, (struct gw_slice){(const uint8_t *)room, 1});
}

static void say(struct run *run, const char *sid, const char *packet)
{
    char request[512];

    snprintf(request, sizeof(request),
             "POST /socket.io/?EIO=4&transport=polling&sid=%s HTTP/1.1\r\nHost: h\r\n"
             "Connection: close\r\nContent-Length: %zu\r\n\r\n%s",
             sid, strlen(packet), packet);
    free(run_ask(run, request));
}

static void an_emit_that_cannot_be_is_told_once_a_second(void **state)
{
    struct gw_server_options options = {.log = on_log};
    struct run run;
    gw_namespace *nsp;

    (void)state;
    lines[0] = '\0';
    run_start(&run, &options);
    nsp = gw_io_namespace(gw_io_attach(run.server, NULL));
    assert_int_equal(gw_emit(gw_everyone(nsp), "good day", "1"), 0);
    assert_string_equal(lines, "");
    assert_int_equal(gw_emit(gw_everyone(nsp), "good day", "hello"), GW_E_ARG);
    assert_int_equal(gw_emitf(gw_everyone(nsp), "connect", "%d", 1), GW_E_ARG);
    assert_string_equal(lines,
                        "0 emit_refused event=\"good day\" error=\"the arguments are not JSON "
                        "values parted by commas, or the name is not UTF-8\"\n");
    run_end(&run);
    lines[0] = '\0';
    run_start(&run, &options);
    nsp = gw_io_namespace(gw_io_attach(run.server, NULL));
    assert_int_equal(gw_emit_ack_all(gw_everyone(nsp), "connect", "", 0, NULL, NULL), GW_E_ARG);
    assert_string_equal(
        lines, "0 emit_refused event=connect error=\"the protocol keeps this name to itself\"\n");
    run_end(&run);
}

/* Three rooms are refused to a socket: one line, all three in the numbers; what a client alone does is not as loud. */
static void a_limit_that_is_reached_is_told_once_a_second(void **state)
{
    struct gw_server_options options = {.log_level = GW_LOG_INFO, .log = on_log};
    char sid[21] = "", socket[GW_SOCKET_ID_LEN + 1] = "", text[256];
    struct run run;
    char *answer;
    gw_io *io;

    (void)state;
    run_start(&run, &options);
    io = gw_io_attach(run.server, &(struct gw_io_options){.max_rooms = 1});
    assert_int_equal(gw_on_connection(gw_io_namespace(io), on_connection, socket), 0);
    assert_int_equal(gw_serve_metrics(run.server, "/metrics", NULL), 0);
    answer = ask(&run, "GET", NULL);
    memcpy(sid, strstr(answer, "\"sid\":\"") + 7, 20);
    free(answer);
    lines[0] = '\0';
    say(&run, sid, "40");
    limit_line(text, socket);
    assert_string_equal(lines, text);
    answer = run_ask(&run, "GET /metrics HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    assert_non_null(strstr(answer, "godwit_socketio_limits_reached_total{path=\"/socket.io/\","
                                   "limit=\"max_rooms\"} 3\n"));
    free(answer);
    lines[0] = '\0';
    say(&run, sid, "4511-[\"e\"]");
    expect("2 limit_reached limit=max_attachments value=11 max=10 namespace=- socket=- reached=1 ");
    for (int i = 0; i < 2; i++) /* first what was said before, then that the session ends */
        free(ask(&run, "GET", sid));
    expect("cause=too_many_attachments side=client option=max_attachments");
    run_end(&run);
}

/* ---- the answer to CONNECT, apart from what follows ---- */

static void greet(gw_socket *socket, void *user)
{
    (void)user;
    gw_emit(gw_only(socket), "hello", "1");
    gw_emit(gw_everyone(gw_socket_namespace(socket)), "hello", "2");
}

/* A client over WebSocket has sent its CONNECT; out is what the turn brought that answered it. */
static int connect_and_read(struct run *run, char *out, size_t size)
{
    static const char connect[] = {'\x81', '\x82', 0, 0, 0, 0, '4', '0'};
    int fd = run_connect(run);

    run_say(fd, "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: h\r\n"
                "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    run_read(run, fd, out, size, "maxPayload");
    run_write(fd, connect, sizeof(connect));
    run_read(run, fd, out, size, "40{");
    return fd;
}

static void start_greeter(struct run *run)
{
    run_start(run, NULL);
    assert_int_equal(
        gw_on_connection(gw_io_namespace(gw_io_attach(run->server, NULL)), greet, NULL), 0);
}

static void the_answer_to_connect_comes_alone(void **state)
{
    struct run run;
    char out[4096];
    int fd;

    (void)state;
    start_greeter(&run);
    fd = connect_and_read(&run, out, sizeof(out));
    assert_null(strstr(out, "hello"));
    run_read(&run, fd, out, sizeof(out), "42[\"hello\",2]");
    assert_non_null(strstr(out, "42[\"hello\",1]"));
    assert_true(strstr(out, "42[\"hello\",1]") < strstr(out, "42[\"hello\",2]"));
    close(fd);
    run_end(&run);
}

static void what_is_emitted_meanwhile_does_not_overtake(void **state)
{
    struct run run;
    char out[4096];
    int fd, other;

    (void)state;
    start_greeter(&run);
    fd = connect_and_read(&run, out, sizeof(out));
    other = connect_and_read(&run, (char[4096]){0}, 4096); /* both hear of it */
    run_read(&run, fd, out, sizeof(out),
             "42[\"hello\",2]\x81\x0d"
             "42[\"hello\",2]");
    assert_non_null(strstr(out, "42[\"hello\",1]"));
    close(other);
    close(fd);
    run_end(&run);
}

static void a_stop_meanwhile_loses_nothing(void **state)
{
    struct run run;
    char out[4096];
    int fd;

    (void)state;
    start_greeter(&run);
    fd = connect_and_read(&run, out, sizeof(out));
    gw_server_stop(run.server);
    run_read(&run, fd, out, sizeof(out), "\x88");
    assert_non_null(strstr(out, "42[\"hello\",1]"));
    assert_non_null(strstr(out, "42[\"hello\",2]"));
    close(fd);
    run_end(&run);
}

/* ---- calls from outside a turn ---- */

static void keep_socket(gw_socket *socket, void *user)
{
    *(gw_socket **)user = socket;
}

static void on_ack(gw_socket *socket, const gw_event *answer, int err, void *user)
{
    (void)socket;
    (void)answer;
    *(int *)user = err;
}

/* A program with a loop of its own, which has not had to turn ours for a minute. */
static void a_question_between_turns_gets_its_whole_time(void **state)
{
    static const char answer[] = {'\x81', '\x85', 0, 0, 0, 0, '4', '3', '0', '[', ']'};
    gw_socket *socket = NULL;
    int fd, result = 1;
    char out[4096];
    struct run run;

    (void)state;
    run_start(&run, NULL);
    gw_on_connection(gw_io_namespace(gw_io_attach(run.server, NULL)), keep_socket, &socket);
    fd = connect_and_read(&run, out, sizeof(out));
    assert_non_null(socket);
    gw_server_loop(run.server)->now_ms -= 60000;
    assert_int_equal(gw_emit_ack(socket, "q", "1", 30000, on_ack, &result), 0);
    run_read(&run, fd, out, sizeof(out), "420[\"q\",1]");
    for (int i = 0; i < 2; i++)
        gw_loop_step(gw_server_loop(run.server), 0);
    assert_int_equal(result, 1);
    run_write(fd, answer, sizeof(answer));
    while (result == 1)
        gw_loop_step(gw_server_loop(run.server), 5);
    assert_int_equal(result, 0);
    close(fd);
    run_end(&run);
}

/* As fast as handshakes can come: many in one turn, by one connection. */
static void a_flood_of_handshakes_keeps_to_the_cap(void **state)
{
    enum { FLOOD = 3000, CAP = 100, BATCH = 100 };
    static const char handshake[] =
        "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: h\r\n\r\n";
    struct gw_server_options options = {.log_level = GW_LOG_INFO, .log = on_log};
    struct run run;
    gw_io *io;
    char *answers = malloc(RUN_BYTES_MAX);
    size_t told = 0;
    int fd;

    (void)state;
    lines[0] = '\0';
    run_start(&run, &options);
    io = gw_io_attach(run.server, &(struct gw_io_options){.max_joining_sessions = CAP});
    fd = run_connect(&run);
    for (int i = 0; i < FLOOD; i += BATCH) {
        for (int n = 0; n < BATCH - 1; n++)
            run_say(fd, handshake);
        run_say(fd, "GET /end HTTP/1.1\r\nHost: h\r\n\r\n");
        run_read(&run, fd, answers, RUN_BYTES_MAX, "404 Not Found");
        for (const char *at = answers; (at = strstr(at, "\"sid\":")) != NULL; at++)
            told++;
        assert_true(gw_io_client_count(io) <= CAP);
    }
    assert_int_equal(told, FLOOD - FLOOD / BATCH); /* each was answered all the same */
    assert_int_equal(gw_io_client_count(io), CAP);
    expect("2 limit_reached limit=max_joining_sessions value=101 max=100 ");
    close(fd);
    free(answers);
    run_end(&run);
}

/* The times that say how long something is kept for clients who are away. */
static void what_is_kept_between_turns_has_the_time_of_the_call(void **state)
{
    const struct gw_io_recovery recovery = {0};
    struct gw_sio_kept *kept;
    struct gw_sio_seat *seat;
    gw_socket *socket = NULL;
    char out[4096];
    struct run run;
    uint64_t now_ms;
    gw_loop *loop;
    gw_io *io;
    int fd;

    (void)state;
    run_start(&run, NULL);
    loop = gw_server_loop(run.server);
    io = gw_io_attach(run.server, &(struct gw_io_options){.recovery = &recovery});
    gw_on_connection(gw_io_namespace(io), keep_socket, &socket);
    fd = connect_and_read(&run, out, sizeof(out));
    assert_non_null(socket);
    now_ms = gw_loop_now_ms(loop);
    loop->now_ms -= 60000;
    assert_int_equal(gw_emit(gw_everyone(gw_io_namespace(io)), "e", NULL), 1);
    kept = container_of(gw_io_namespace(io)->memory->history.kept.next, struct gw_sio_kept, node);
    assert_true(kept->sent_ms >= now_ms);
    assert_true(io->recovery->sweep_ms >= now_ms + 60000);
    loop->now_ms -= 60000;
    gw_session_close(gw_socket_session(socket));
    seat = gw_sio_seat_first_away(io->recovery);
    assert_non_null(seat);
    assert_true(seat->left_ms >= now_ms);
    close(fd);
    run_end(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_log_tells_a_sessions_life),
        cmocka_unit_test(a_full_engine_says_so_once_a_second),
        cmocka_unit_test(an_emit_that_cannot_be_is_told_once_a_second),
        cmocka_unit_test(a_limit_that_is_reached_is_told_once_a_second),
        cmocka_unit_test(the_answer_to_connect_comes_alone),
        cmocka_unit_test(what_is_emitted_meanwhile_does_not_overtake),
        cmocka_unit_test(a_stop_meanwhile_loses_nothing),
        cmocka_unit_test(a_flood_of_handshakes_keeps_to_the_cap),
        cmocka_unit_test(a_question_between_turns_gets_its_whole_time),
        cmocka_unit_test(what_is_kept_between_turns_has_the_time_of_the_call),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
