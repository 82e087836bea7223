/* SPDX-License-Identifier: MIT */
/* The caps on connections, over real ones. */
#include "server/admission.h"

#include "server/conn.h"
#include "server/server.h"
#include "support/failing.h"
#include "support/server_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/un.h>

#include <cmocka.h>

enum { HELD_MAX = 8 };

static gw_request *held[HELD_MAX];
static int held_count;
static char logged[4096];

static void on_log(void *user, enum gw_log_level level, const char *line)
{
    size_t len = strlen(logged);

    (void)user;
    (void)level;
    snprintf(logged + len, sizeof(logged) - len, "%s\n", line);
}

static void hold(gw_request *request, void *user)
{
    (void)user;
    assert_true(held_count < HELD_MAX);
    held[held_count++] = gw_request_hold(request, 0);
}

static void say_hello(gw_request *request, void *user)
{
    (void)user;
    gw_respond(request, 200, "text/plain", GW_LIT("hello"));
}

static void start(struct run *run, struct gw_server_options options)
{
    options.log = on_log;
    options.log_level = GW_LOG_WARN;
    logged[0] = '\0';
    held_count = 0;
    run_start(run, &options);
    assert_int_equal(gw_server_route(run->server, "GET", "/hold", hold, NULL), 0);
    assert_int_equal(gw_server_route(run->server, "GET", "/hello", say_hello, NULL), 0);
}

static void turn_until(struct run *run, size_t connection_count)
{
    gw_loop *loop = gw_server_loop(run->server);
    uint64_t limit_ms = gw_loop_now_ms(loop) + RUN_LIMIT_MS;

    while (gw_server_connection_count(run->server) != connection_count) {
        assert_true(gw_loop_now_ms(loop) < limit_ms);
        gw_loop_step(loop, 5);
    }
}

static void turn_until_held(struct run *run, int count)
{
    gw_loop *loop = gw_server_loop(run->server);
    uint64_t limit_ms = gw_loop_now_ms(loop) + RUN_LIMIT_MS;

    while (held_count < count) {
        assert_true(gw_loop_now_ms(loop) < limit_ms);
        gw_loop_step(loop, 5);
    }
}

/* From another address of this machine. */
static int connect_from(const struct run *run, const char *host)
{
    struct sockaddr_in from = {.sin_family = AF_INET};
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(run->port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(inet_pton(AF_INET, host, &from.sin_addr), 1);
    assert_int_equal(bind(fd, (struct sockaddr *)&from, sizeof(from)), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
    return fd;
}

/* Until the server closes. */
static void check_end(struct run *run, int fd, const char *expected)
{
    char answer[1024];

    run_read(run, fd, answer, sizeof(answer), NULL);
    assert_non_null(strstr(answer, expected));
    close(fd);
}

/* On a connection that goes on. */
static void check_answer(struct run *run, int fd, const char *request, const char *expected)
{
    char answer[1024];

    run_say(fd, request);
    run_read(run, fd, answer, sizeof(answer), expected);
    assert_non_null(strstr(answer, expected));
}

static uint64_t refused(const struct run *run, enum gw_admission_limit limit)
{
    return run->server->admission.refused[limit];
}

/* ---- by address ---- */

static void one_more_of_an_address_is_429_and_others_come_in(void **state)
{
    struct run run;
    int first, second, other;

    (void)state;
    start(&run, (struct gw_server_options){.max_connections_per_address = 2});
    first = run_connect(&run);
    second = run_connect(&run);
    turn_until(&run, 2);
    check_end(&run, run_connect(&run),
              "HTTP/1.1 429 Too Many Requests\r\nConnection: close\r\n"
              "Retry-After: 5\r\n");
    assert_string_equal(logged, "connection_refused reason=max_connections_per_address limit=2 "
                                "refused=1 address=127.0.0.1\n");
    other = connect_from(&run, "127.0.0.9");
    check_answer(&run, other, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n", "hello");
    close(first);
    turn_until(&run, 2);
    first = run_connect(&run);
    check_answer(&run, first, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n", "hello");
    assert_int_equal(refused(&run, GW_ADMISSION_PER_ADDRESS), 1);
    close(first);
    close(second);
    close(other);
    turn_until(&run, 0);
    assert_int_equal(run.server->admission.origins.map.count, 0);
    run_end(&run);
}

static void nobody_is_counted_where_no_limit_is_set(void **state)
{
    struct run run;
    int fds[20];

    (void)state;
    start(&run, (struct gw_server_options){0});
    for (size_t i = 0; i < 20; i++)
        fds[i] = run_connect(&run);
    turn_until(&run, 20);
    assert_int_equal(run.server->admission.origins.map.count, 0);
    for (size_t i = 0; i < 20; i++)
        close(fds[i]);
    run_end(&run);
}

static void unix_peers_have_no_address_to_count(void **state)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    struct run run;
    int fds[3];

    (void)state;
    start(&run, (struct gw_server_options){.max_connections_per_address = 1,
                                           .connection_rate_per_address = 1});
    snprintf(to.sun_path, sizeof(to.sun_path), "/tmp/gw-admission-%d.sock", (int)getpid());
    assert_int_equal(gw_server_listen_unix(run.server, to.sun_path), 0);
    for (size_t i = 0; i < 3; i++) {
        fds[i] = socket(AF_UNIX, SOCK_STREAM, 0);
        assert_int_equal(connect(fds[i], (struct sockaddr *)&to, sizeof(to)), 0);
        check_answer(&run, fds[i], "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n", "hello");
    }
    for (size_t i = 0; i < 3; i++)
        close(fds[i]);
    run_end(&run);
}

static void connections_that_come_too_fast_are_429(void **state)
{
    struct run run;

    (void)state;
    start(&run, (struct gw_server_options){.connection_rate_per_address = 1,
                                           .connection_burst_per_address = 3});
    run.server->admission.origins.rate.interval_ns *= 3600; /* no machine is that slow */
    run.server->admission.origins.rate.full_ns *= 3600;
    for (int i = 0; i < 3; i++) {
        close(run_connect(&run));
        turn_until(&run, 1);
        turn_until(&run, 0);
    }
    check_end(&run, run_connect(&run), "HTTP/1.1 429 ");
    assert_string_equal(logged, "connection_refused reason=connection_rate_per_address limit=1 "
                                "refused=1 address=127.0.0.1\n");
    close(connect_from(&run, "127.0.0.9"));
    turn_until(&run, 1);
    assert_int_equal(refused(&run, GW_ADMISSION_RATE), 1);
    run_end(&run);
}

/* ---- behind a proxy ---- */

static void start_behind_proxy(struct run *run, struct gw_server_options options)
{
    start(run, options);
    assert_int_equal(gw_server_trust_proxies(run->server, (const char *const[]){"127.0.0.1", NULL},
                                             GW_PROXY_X_FORWARDED_FOR),
                     0);
}

static void ask_for(int fd, const char *path, const char *client)
{
    char request[256];

    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: %s\r\n\r\n",
             path, client);
    run_say(fd, request);
}

static void check_for(struct run *run, int fd, const char *client, const char *expected)
{
    char answer[1024];

    ask_for(fd, "/hello", client);
    run_read(run, fd, answer, sizeof(answer), expected);
    assert_non_null(strstr(answer, expected));
}

static void requests_of_a_proxy_count_for_its_clients_while_they_last(void **state)
{
    struct run run;
    int fds[3];

    (void)state;
    start_behind_proxy(&run, (struct gw_server_options){.max_connections_per_address = 2});
    for (size_t i = 0; i < 3; i++)
        fds[i] = run_connect(&run);
    ask_for(fds[0], "/hold", "192.0.2.1");
    ask_for(fds[1], "/hold", "192.0.2.1");
    turn_until_held(&run, 2);
    check_for(&run, fds[2], "192.0.2.1", "too many connections from your address\n");
    assert_string_equal(logged, "connection_refused reason=max_connections_per_address limit=2 "
                                "refused=1 address=192.0.2.1\n");
    check_for(&run, fds[2], "192.0.2.2", "hello");
    assert_int_equal(gw_respond(held[0], 200, NULL, GW_LIT("")), 0);
    check_for(&run, fds[2], "192.0.2.1", "hello");
    assert_int_equal(run.server->admission.origins.map.count, 1);
    close(fds[1]);
    turn_until(&run, 2);
    assert_int_equal(run.server->admission.origins.map.count, 0);
    gw_respond(held[1], 200, NULL, GW_LIT(""));
    close(fds[0]);
    close(fds[2]);
    run_end(&run);
}

static void an_ipv6_client_is_its_network_of_64_bits(void **state)
{
    struct run run;
    int fds[2];

    (void)state;
    start_behind_proxy(&run, (struct gw_server_options){.max_connections_per_address = 1});
    for (size_t i = 0; i < 2; i++)
        fds[i] = run_connect(&run);
    ask_for(fds[0], "/hold", "2001:db8:1:2::7");
    turn_until_held(&run, 1);
    check_for(&run, fds[1], "2001:db8:1:2:ffff::8", "too many connections");
    check_for(&run, fds[1], "2001:db8:1:3::7", "hello");
    gw_respond(held[0], 200, NULL, GW_LIT(""));
    close(fds[0]);
    close(fds[1]);
    run_end(&run);
}

/* A health check, or a proxy that says nothing of use. */
static void a_proxy_itself_is_not_counted(void **state)
{
    struct run run;
    int fds[3];

    (void)state;
    start_behind_proxy(&run, (struct gw_server_options){.max_connections_per_address = 1,
                                                        .connection_rate_per_address = 1});
    for (size_t i = 0; i < 3; i++) {
        fds[i] = run_connect(&run);
        run_say(fds[i], "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
    }
    turn_until_held(&run, 3);
    assert_string_equal(logged, "");
    for (size_t i = 0; i < 3; i++) {
        gw_respond(held[i], 200, NULL, GW_LIT(""));
        close(fds[i]);
    }
    run_end(&run);
}

static void greet(gw_ws *ws, void *user)
{
    (void)user;
    gw_ws_send_text(ws, GW_LIT("welcome"));
}

static void a_websocket_counts_until_it_closes(void **state)
{
    static const struct gw_ws_handlers handlers = {.on_open = greet};
    static const char upgrade[] = "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
                                  "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                                  "X-Forwarded-For: 192.0.2.1\r\n\r\n";
    struct run run;
    char answer[1024];
    int fds[2];

    (void)state;
    start_behind_proxy(&run, (struct gw_server_options){.max_connections_per_address = 1});
    assert_int_equal(gw_ws_endpoint(run.server, "/ws", &handlers, NULL, NULL), 0);
    fds[0] = run_connect(&run);
    fds[1] = run_connect(&run);
    check_answer(&run, fds[0], upgrade, "welcome");
    check_for(&run, fds[1], "192.0.2.1", "too many connections");
    run_say(fds[1], upgrade);
    run_read(&run, fds[1], answer, sizeof(answer), NULL); /* refused, and closed */
    assert_non_null(strstr(answer, "HTTP/1.1 429 "));
    assert_non_null(strstr(answer, "Connection: close\r\n"));
    close(fds[0]);
    close(fds[1]);
    turn_until(&run, 0);
    fds[0] = run_connect(&run);
    check_answer(&run, fds[0], upgrade, "welcome");
    close(fds[0]);
    run_end(&run);
}

/* ---- seeing it ---- */

static void refusals_are_measured_by_their_limit(void **state)
{
    struct run run;
    char *text;
    int fds[3];

    (void)state;
    start_behind_proxy(&run, (struct gw_server_options){.max_connections_per_address = 1});
    assert_int_equal(gw_serve_metrics(run.server, "/metrics", NULL), 0);
    fds[0] = run_connect(&run);
    fds[1] = run_connect(&run);
    ask_for(fds[0], "/hold", "192.0.2.1");
    turn_until_held(&run, 1);
    check_for(&run, fds[1], "192.0.2.1", "too many connections");
    fds[2] = run_connect(&run);
    turn_until(&run, 3);
    text = run_ask(&run, "GET /metrics HTTP/1.0\r\n\r\n");
    assert_non_null(strstr(text, "\ngodwit_connections_half_open 1\n"));
    assert_non_null(strstr(
        text, "\ngodwit_connections_refused_total{limit=\"max_connections\"} 0\n"
              "godwit_connections_refused_total{limit=\"max_half_open\"} 0\n"
              "godwit_connections_refused_total{limit=\"max_connections_per_address\"} 1\n"
              "godwit_connections_refused_total{limit=\"connection_rate_per_address\"} 0\n"));
    free(text);
    gw_respond(held[0], 200, NULL, GW_LIT(""));
    run_end(&run);
    for (size_t i = 0; i < 3; i++)
        close(fds[i]);
}

/* ---- without memory ---- */

static void connect_without_memory(struct failing *failing, void *user)
{
    struct run *run = user;
    uint64_t accepted = run->server->accepted;
    int fd = run_connect(run);

    logged[0] = '\0';
    failing_begin(failing);
    while (run->server->accepted == accepted && logged[0] == '\0')
        gw_loop_step(gw_server_loop(run->server), 5);
    failing_end(failing);
    close(fd);
    turn_until(run, 0);
    assert_int_equal(run->server->admission.origins.map.count, 0);
    assert_int_equal(run->server->half_open_count, 0);
}

static void whoever_finds_no_memory_is_counted_out_again(void **state)
{
    struct run run;

    (void)state;
    start(&run, (struct gw_server_options){.max_connections_per_address = 5});
    assert_true(fail_each(connect_without_memory, &run) >= 2);
    run_end(&run);
}

/* ---- half-open ones ---- */

static void who_has_waited_longest_makes_room(void **state)
{
    struct run run;
    int fds[4];

    (void)state;
    start(&run, (struct gw_server_options){.max_half_open = 2});
    fds[0] = run_connect(&run);
    check_answer(&run, fds[0], "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n", "hello");
    assert_int_equal(run.server->half_open_count, 0);
    fds[1] = run_connect(&run);
    turn_until(&run, 2);
    fds[2] = run_connect(&run);
    run_say(fds[2], "GET /hel");
    turn_until(&run, 3);
    assert_int_equal(run.server->half_open_count, 2);
    fds[3] = run_connect(&run);
    check_end(&run, fds[1], "");
    turn_until(&run, 3);
    assert_int_equal(run.server->half_open_count, 2);
    assert_int_equal(refused(&run, GW_ADMISSION_HALF_OPEN), 1);
    assert_string_equal(
        logged, "connection_refused reason=max_half_open limit=2 refused=1 address=127.0.0.1\n");
    check_answer(&run, fds[2], "lo HTTP/1.1\r\nHost: x\r\n\r\n", "hello");
    check_answer(&run, fds[3], "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n", "hello");
    check_answer(&run, fds[0], "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n", "hello");
    close(fds[0]);
    close(fds[2]);
    close(fds[3]);
    run_end(&run);
}

/* They come in one turn, so those that were cut are still there when the next one comes. */
static void a_flood_keeps_to_the_cap(void **state)
{
    enum { FLOOD = 50 };
    struct run run;
    int fds[FLOOD], good;

    (void)state;
    start(&run, (struct gw_server_options){.max_half_open = 3});
    for (size_t i = 0; i < FLOOD; i++)
        fds[i] = run_connect(&run);
    good = run_connect(&run);
    check_answer(&run, good, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n", "hello");
    turn_until(&run, 3);
    assert_int_equal(run.server->half_open_count, 2);
    assert_int_equal(refused(&run, GW_ADMISSION_HALF_OPEN), FLOOD + 1 - 3);
    for (size_t i = 0; i < FLOOD; i++)
        close(fds[i]);
    close(good);
    turn_until(&run, 0);
    assert_int_equal(run.server->half_open_count, 0);
    run_end(&run);
}

static uint64_t deadline_ms(const struct run *run)
{
    return container_of(run->server->half_open.next, struct gw_conn, node)->wire.timer.node.at_ms;
}

/* It has request_timeout_ms in all, however it deals out its bytes. */
static void the_first_byte_gains_a_half_open_one_no_time(void **state)
{
    struct run run;
    uint64_t until_ms, limit_ms;
    gw_loop *loop;
    int fd;

    (void)state;
    start(&run, (struct gw_server_options){.request_timeout_ms = RUN_LIMIT_MS});
    loop = gw_server_loop(run.server);
    fd = run_connect(&run);
    turn_until(&run, 1);
    until_ms = deadline_ms(&run);
    limit_ms = gw_loop_now_ms(loop) + 5;
    while (gw_loop_now_ms(loop) < limit_ms)
        gw_loop_step(loop, 5);
    for (const char *at = "GET /"; *at; at++) {
        run_write(fd, at, 1);
        while (!container_of(run.server->half_open.next, struct gw_conn, node)->state)
            gw_loop_step(loop, 5);
        gw_loop_step(loop, 5);
        assert_int_equal(deadline_ms(&run), until_ms);
    }
    check_answer(&run, fd, "hello HTTP/1.1\r\nHost: x\r\n\r\n", "hello");
    close(fd);
    run_end(&run);
}

static void half_open_ones_do_not_hold_up_the_stop(void **state)
{
    struct run run;
    int fd;

    (void)state;
    start(&run, (struct gw_server_options){0});
    fd = run_connect(&run);
    turn_until(&run, 1);
    gw_server_stop(run.server);
    check_end(&run, fd, "");
    turn_until(&run, 0);
    assert_true(gw_server_is_stopped(run.server));
    assert_int_equal(run.server->half_open_count, 0);
    run_end(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_more_of_an_address_is_429_and_others_come_in),
        cmocka_unit_test(nobody_is_counted_where_no_limit_is_set),
        cmocka_unit_test(unix_peers_have_no_address_to_count),
        cmocka_unit_test(connections_that_come_too_fast_are_429),
        cmocka_unit_test(requests_of_a_proxy_count_for_its_clients_while_they_last),
        cmocka_unit_test(an_ipv6_client_is_its_network_of_64_bits),
        cmocka_unit_test(a_proxy_itself_is_not_counted),
        cmocka_unit_test(a_websocket_counts_until_it_closes),
        cmocka_unit_test(refusals_are_measured_by_their_limit),
        cmocka_unit_test(whoever_finds_no_memory_is_counted_out_again),
        cmocka_unit_test(who_has_waited_longest_makes_room),
        cmocka_unit_test(a_flood_keeps_to_the_cap),
        cmocka_unit_test(the_first_byte_gains_a_half_open_one_no_time),
        cmocka_unit_test(half_open_ones_do_not_hold_up_the_stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
