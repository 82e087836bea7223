/* SPDX-License-Identifier: MIT */
#include "support/failing.h"
#include "support/server_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define POLLING "/socket.io/?EIO=4&transport=polling"

static char *scrape(struct run *run)
{
    return run_ask(run, "GET /metrics HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
}

/* The numbers hold this line. */
static void expect_line(struct run *run, const char *line)
{
    char *answer = scrape(run);

    if (!strstr(answer, line))
        fail_msg("no line \"%s\" in\n%s", line, answer);
    free(answer);
}

static void get(struct run *run, const char *target)
{
    char request[512];

    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
             target);
    free(run_ask(run, request));
}

/* Gives its sid. */
static void handshake(struct run *run, char sid[21])
{
    char *answer = run_ask(run, "GET " POLLING " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    const char *at = strstr(answer, "\"sid\":\"");

    assert_non_null(at);
    memcpy(sid, at + 7, 20);
    sid[20] = '\0';
    free(answer);
}

static void post(struct run *run, const char *sid, const char *body)
{
    char request[1024];

    snprintf(request, sizeof(request),
             "POST " POLLING "&sid=%s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
             "Content-Length: %zu\r\n\r\n%s",
             sid, strlen(body), body);
    free(run_ask(run, request));
}

static void on_echo(gw_socket *socket, const gw_event *event, void *user)
{
    (void)user;
    gw_emit_event(gw_only(socket), "echo", event);
}

static void the_answer_is_text_of_version_0_0_4(void **state)
{
    struct run run;
    char *answer;

    (void)state;
    run_start(&run, NULL);
    assert_int_equal(gw_serve_metrics(run.server, "/metrics", NULL), 0);
    assert_int_equal(gw_serve_metrics(run.server, "metrics", NULL), GW_E_ARG);
    answer = scrape(&run);
    assert_non_null(strstr(answer, "HTTP/1.1 200 OK"));
    assert_non_null(strstr(answer, "text/plain; version=0.0.4; charset=utf-8"));
    assert_non_null(strstr(answer, "# TYPE godwit_connections gauge\ngodwit_connections 1\n"));
    assert_null(strstr(answer, "godwit_socketio_event_seconds"));
    free(answer);
    run_end(&run);
}

static void sessions_and_events_are_counted(void **state)
{
    struct gw_metrics_options options = {.event_sample = 1};
    struct run run;
    char sid[21];
    gw_io *io;

    (void)state;
    run_start(&run, NULL);
    io = gw_io_attach(run.server, NULL);
    gw_on(gw_io_namespace(io), "echo", on_echo, NULL);
    gw_io_of(io, "/a\"b");
    assert_int_equal(gw_serve_metrics(run.server, "/metrics", &options), 0);

    handshake(&run, sid);
    post(&run, sid, "40");
    post(&run, sid,
         "42[\"echo\",1]\x1e"
         "42[\"other\"]");
    get(&run, "/socket.io/?EIO=4&transport=none");
    expect_line(&run, "godwit_engine_sessions{path=\"/socket.io/\",transport=\"polling\","
                      "revision=\"4\"} 1\n");
    expect_line(&run, "godwit_engine_packets_total{path=\"/socket.io/\",direction=\"in\"} 3\n");
    expect_line(&run, "godwit_socketio_events_total{path=\"/socket.io/\",direction=\"in\"} 2\n");
    expect_line(&run, "godwit_socketio_events_total{path=\"/socket.io/\",direction=\"out\"} 1\n");
    expect_line(&run, "godwit_socketio_sockets{path=\"/socket.io/\",namespace=\"/\"} 1\n");
    expect_line(&run, "godwit_socketio_sockets{path=\"/socket.io/\",namespace=\"/a\\\"b\"} 0\n");
    expect_line(&run, "godwit_engine_errors_total{path=\"/socket.io/\",code=\"0\","
                      "message=\"Transport unknown\"} 1\n");
    expect_line(&run, "godwit_socketio_event_seconds_count 2\n");

    post(&run, sid, "1");
    expect_line(&run, "godwit_engine_sessions_closed_total{path=\"/socket.io/\","
                      "reason=\"transport close\"} 1\n");
    expect_line(&run, "godwit_socketio_disconnects_total{path=\"/socket.io/\","
                      "reason=\"transport close\"} 1\n");
    run_end(&run);
}

static void namespaces_beyond_the_cap_are_added_up(void **state)
{
    struct gw_metrics_options options = {.max_namespaces = 1};
    struct run run;
    char sid[21];
    gw_io *io;

    (void)state;
    run_start(&run, NULL);
    io = gw_io_attach(run.server, NULL);
    gw_io_of(io, "/a");
    gw_io_of(io, "/b");
    assert_int_equal(gw_serve_metrics(run.server, "/metrics", &options), 0);
    handshake(&run, sid);
    post(&run, sid,
         "40/a,\x1e"
         "40/b,");
    expect_line(&run, "godwit_socketio_sockets{path=\"/socket.io/\",namespace=\"/\"} 0\n"
                      "godwit_socketio_sockets{path=\"/socket.io/\",namespace=\"\"} 2\n");
    run_end(&run);
}

/* The listener of its own. */
static void another_server_on_the_loop_tells_of_the_first(void **state)
{
    struct gw_metrics_options options = {.event_sample = 2};
    struct run run, watch;

    (void)state;
    run_start(&run, NULL);
    gw_io_attach(run.server, NULL);
    run_start(&watch, &(struct gw_server_options){.loop = gw_server_loop(run.server)});
    options.subject = run.server;
    assert_int_equal(gw_serve_metrics(watch.server, "/metrics", &options), 0);
    get(&run, "/socket.io/?EIO=4&transport=polling");
    expect_line(&watch, "godwit_engine_sessions_opened_total{path=\"/socket.io/\","
                        "transport=\"polling\",revision=\"4\"} 1\n");
    expect_line(&watch, "godwit_connections_total 1\n");
    run_end(&watch);
    get(&run, "/socket.io/?EIO=4&transport=polling");
    run_end(&run);
}

/* The whole text, or a status that says why not, or the end of the connection; never half of it as if it were all. */
static void ask_without_memory(struct failing *failing, void *user)
{
    struct run run;
    char *answer = malloc(RUN_BYTES_MAX), *body, *length;
    int fd;

    (void)user;
    assert_non_null(answer);
    run_start(&run, NULL);
    assert_non_null(gw_io_attach(run.server, NULL));
    assert_int_equal(
        gw_serve_metrics(run.server, "/metrics", &(struct gw_metrics_options){.event_sample = 1}),
        0);
    fd = run_connect(&run);
    gw_loop_step(gw_server_loop(run.server), 100);
    run_say(fd, "GET /metrics HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    failing_begin(failing);
    run_read(&run, fd, answer, RUN_BYTES_MAX, NULL);
    failing_end(failing);
    close(fd);
    body = strstr(answer, "\r\n\r\n");
    if (strncmp(answer, "HTTP/1.1 200", 12) == 0) {
        length = strstr(answer, "Content-Length: ");
        assert_true(body && length);
        assert_int_equal(strlen(body + 4), strtoul(length + 16, NULL, 10));
        assert_non_null(strstr(body, "godwit_socketio_event_seconds_count"));
    } else {
        assert_true(failing->is_reached);
        assert_true(answer[0] == '\0' || strncmp(answer, "HTTP/1.1 5", 10) == 0);
    }
    free(answer);
    expect_line(&run, "godwit_connections 1\n");
    run_end(&run);
}

static void memory_that_runs_out_costs_one_answer(void **state)
{
    (void)state;
    assert_true(fail_each(ask_without_memory, NULL) >= 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_answer_is_text_of_version_0_0_4),
        cmocka_unit_test(sessions_and_events_are_counted),
        cmocka_unit_test(namespaces_beyond_the_cap_are_added_up),
        cmocka_unit_test(another_server_on_the_loop_tells_of_the_first),
        cmocka_unit_test(memory_that_runs_out_costs_one_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
