/* SPDX-License-Identifier: MIT */
/* Routes of the application over a real connection: what is asked, what is answered, when it ends. */
#include "support/server_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void say_hello(gw_request *request, void *user)
{
    char text[256];
    struct gw_slice method = gw_request_method(request), path = gw_request_path(request);
    struct gw_slice query = gw_request_query(request), body = gw_request_body(request);
    struct gw_slice color = gw_request_field(request, "x-COLOR");

    snprintf(text, sizeof(text), "%s|%.*s|%.*s|%.*s|%.*s|%.*s|%s", (const char *)user,
             (int)method.len, (const char *)method.ptr, (int)path.len, (const char *)path.ptr,
             (int)query.len, (const char *)query.ptr, (int)color.len, (const char *)color.ptr,
             (int)body.len, (const char *)body.ptr, gw_request_address(request));
    gw_respond(request, 200, "text/plain", gw_slice_of(text));
}

enum { BIG_BYTES = 8 << 20 };

static const uint8_t big[BIG_BYTES];

static void say_much(gw_request *request, void *user)
{
    (void)user;
    gw_respond(request, 200, "text/plain", (struct gw_slice){big, BIG_BYTES});
}

static void say_nothing(gw_request *request, void *user)
{
    (void)request;
    (void)user;
}

static void misbehave(gw_request *request, void *user)
{
    (void)user;
    assert_int_equal(gw_respond_field(request, "X", "a\r\nY: b"), GW_E_ARG);
    assert_int_equal(gw_respond_field(request, "content-length", "3"), GW_E_ARG);
    assert_int_equal(gw_respond_field(request, "X-Good", "yes"), 0);
    assert_int_equal(gw_respond(request, 99, NULL, GW_LIT("")), GW_E_ARG);
    assert_int_equal(gw_respond(request, 204, NULL, GW_LIT("")), 0);
    assert_int_equal(gw_respond(request, 200, NULL, GW_LIT("")), GW_E_CLOSED);
}

static void say_fields(gw_request *request, void *user)
{
    char text[256] = "";
    struct gw_slice name, value;
    size_t len = 0;

    (void)user;
    for (size_t i = 0; gw_request_field_at(request, i, &name, &value); i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%.*s=%.*s;", (int)name.len,
                                (const char *)name.ptr, (int)value.len, (const char *)value.ptr);
    gw_respond(request, 200, "text/plain", gw_slice_of(text));
}

/* ---- answers that come later ---- */

static gw_request *held;

static void hold(gw_request *request, void *user)
{
    held = gw_request_hold(request, *(const uint64_t *)user);
    assert_non_null(held);
    assert_ptr_equal(gw_request_hold(request, 1), held);
    assert_true(gw_request_is_open(held));
}

static void hold_and_answer(gw_request *request, void *user)
{
    (void)user;
    assert_non_null(gw_request_hold(request, 0));
    assert_int_equal(gw_respond(request, 200, NULL, GW_LIT("at once")), 0);
    assert_int_equal(gw_respond(request, 200, NULL, GW_LIT("again")), GW_E_CLOSED);
}

static void hold_and_answer_what_is_held(gw_request *request, void *user)
{
    gw_request *copy = gw_request_hold(request, 0);

    (void)user;
    assert_int_equal(gw_respond(copy, 200, NULL, GW_LIT("at once")), 0);
    assert_int_equal(gw_respond(request, 200, NULL, GW_LIT("again")), GW_E_CLOSED);
}

static void say_parts(gw_request *request, void *user)
{
    char text[64], small[4], parameter[16] = "?";
    struct gw_slice cookie = gw_request_cookie(request, "b");

    (void)user;
    assert_int_equal(gw_request_parameter(request, "x", parameter, sizeof(parameter)), 3);
    assert_int_equal(gw_request_parameter(request, "x", small, sizeof(small)), 3);
    assert_int_equal(gw_request_parameter(request, "x", small, 3), GW_E_LIMIT);
    assert_int_equal(gw_request_parameter(request, "nul", parameter, 3), GW_E_ARG);
    assert_int_equal(gw_request_parameter(request, "y", small, sizeof(small)), GW_E_NOT_FOUND);
    assert_int_equal(gw_request_parameter(request, "empty", small, sizeof(small)), 0);
    assert_null(gw_request_cookie(request, "c").ptr);
    snprintf(text, sizeof(text), "%s|%.*s", parameter, (int)cookie.len, (const char *)cookie.ptr);
    gw_respond(request, 200, "text/plain", gw_slice_of(text));
}

static void stop_server(gw_request *request, void *user)
{
    gw_server_stop(user);
    gw_respond(request, 200, "text/plain", GW_LIT("last words"));
}

static void start(struct run *run, const struct gw_server_options *options)
{
    run_start(run, options);
    assert_int_equal(gw_server_route(run->server, NULL, "/hello", say_hello, (void *)"hello"), 0);
    assert_int_equal(gw_server_route(run->server, "GET", "/tree/*", say_hello, (void *)"tree"), 0);
    assert_int_equal(gw_server_route(run->server, "GET", "/mute", say_nothing, NULL), 0);
    assert_int_equal(gw_server_route(run->server, "GET", "/much", say_much, NULL), 0);
    assert_int_equal(gw_server_route(run->server, "GET", "/bad", misbehave, NULL), 0);
    assert_int_equal(gw_server_route(run->server, "GET", "/stop", stop_server, run->server), 0);
}

static void expect(struct run *run, const char *request, const char *const *parts)
{
    char *answer = run_ask(run, request);

    for (; *parts; parts++)
        if (!strstr(answer, *parts))
            fail_msg("no \"%s\" in \"%s\"", *parts, answer);
    free(answer);
}

#define EXPECT(run, request, ...) expect(run, request, (const char *const[]){__VA_ARGS__, NULL})

static void handler_sees_the_whole_request(void **state)
{
    struct run run;

    (void)state;
    start(&run, NULL);
    EXPECT(&run,
           "POST /hello?a=%20b HTTP/1.1\r\nHost: x\r\nX-Color: red\r\nContent-Length: 4\r\n"
           "Connection: close\r\n\r\nbody",
           "HTTP/1.1 200 OK\r\n", "Connection: close\r\n", "Date: ", "Content-Type: text/plain\r\n",
           "\r\n\r\nhello|POST|/hello|a=%20b|red|body|127.0.0.1");
    EXPECT(&run, "GET /tree/of/life HTTP/1.0\r\n\r\n", "tree|GET|/tree/of/life||||");
    run_end(&run);
}

static void head_gets_no_body(void **state)
{
    struct run run;
    char *answer;

    (void)state;
    start(&run, NULL);
    answer = run_ask(&run, "HEAD /tree/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert_non_null(strstr(answer, "Content-Length: 30\r\n"));
    assert_string_equal(strstr(answer, "\r\n\r\n"), "\r\n\r\n");
    free(answer);
    run_end(&run);
}

static void what_is_not_served_is_said(void **state)
{
    struct run run;

    (void)state;
    start(&run, NULL);
    EXPECT(&run, "GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
           "HTTP/1.1 404 Not Found\r\n");
    EXPECT(&run, "POST /mute HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
           "HTTP/1.1 405 Method Not Allowed\r\n");
    EXPECT(&run, "GET /mute HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
           "HTTP/1.1 500 Internal Server Error\r\n");
    EXPECT(&run, "GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400 Bad Request\r\n", "Connection: close\r\n");
    run_end(&run);
}

static void handler_cannot_split_the_answer(void **state)
{
    struct run run;

    (void)state;
    start(&run, NULL);
    EXPECT(&run, "GET /bad HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
           "HTTP/1.1 204 No Content\r\n", "X-Good: yes\r\n");
    run_end(&run);
}

static void body_over_the_limit_is_413(void **state)
{
    struct gw_server_options options = {.max_body_bytes = 3};
    struct run run;

    (void)state;
    start(&run, &options);
    EXPECT(&run, "POST /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody",
           "HTTP/1.1 413 ", "Connection: close\r\n");
    EXPECT(&run,
           "POST /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbod",
           "|bod|");
    run_end(&run);
}

static void pipelined_requests_are_answered_in_order(void **state)
{
    struct run run;
    char answer[4096];
    int fd;

    (void)state;
    start(&run, NULL);
    fd = run_connect(&run);
    run_say(fd, "GET /tree/1 HTTP/1.1\r\nHost: x\r\n\r\nGET /tree/2 HTTP/1.1\r\nHost: x\r\n\r\n"
                "GET /tree/3 HTTP/1.1\r\nHost: x\r\n");
    run_read(&run, fd, answer, sizeof(answer), "/tree/2|");
    assert_true(strstr(answer, "/tree/1|") < strstr(answer, "/tree/2|"));
    assert_null(strstr(answer, "/tree/3|"));
    run_say(fd, "Connection: close\r\n\r\n");
    run_read(&run, fd, answer, sizeof(answer), NULL);
    assert_non_null(strstr(answer, "/tree/3|"));
    close(fd);
    run_end(&run);
}

/* Reads up to most bytes that are there. Returns how many, or -1 at the end. */
static ssize_t read_some(int fd, size_t most)
{
    static char bytes[1 << 16];
    ssize_t n = recv(fd, bytes, most < sizeof(bytes) ? most : sizeof(bytes), MSG_DONTWAIT);

    if (n < 0)
        return errno == EAGAIN ? 0 : -1;
    return n > 0 ? n : -1;
}

static void answer_takes_as_long_as_its_reader(void **state)
{
    static const char *const requests[] = {
        "GET /much HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /much HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    };
    struct gw_server_options options = {.idle_timeout_ms = 100, .request_timeout_ms = 200};
    struct run run;

    (void)state;
    start(&run, &options);
    for (size_t i = 0; i < 2; i++) {
        gw_loop *loop = gw_server_loop(run.server);
        uint64_t start_ms = gw_loop_now_ms(loop);
        int fd = run_connect_narrow(&run);
        size_t got = 0;
        ssize_t n = 0;

        run_say(fd, requests[i]);
        /* A little at a time until every deadline has passed twice, then the rest. */
        while (got < BIG_BYTES && n >= 0) {
            bool is_slow = gw_loop_now_ms(loop) < start_ms + 600;

            gw_loop_step(loop, is_slow ? 5 : 0);
            assert_true(gw_loop_now_ms(loop) < start_ms + RUN_LIMIT_MS);
            n = read_some(fd, is_slow ? 8192 : SIZE_MAX);
            got += n > 0 ? (size_t)n : 0;
        }
        assert_true(got >= BIG_BYTES);
        close(fd);
    }
    run_end(&run);
}

static void answer_that_nobody_reads_is_given_up(void **state)
{
    struct gw_server_options options = {.idle_timeout_ms = 20, .request_timeout_ms = 20};
    struct run run;
    int fd;

    (void)state;
    start(&run, &options);
    fd = run_connect_narrow(&run);
    run_say(fd, "GET /much HTTP/1.1\r\nHost: x\r\n\r\n");
    while (gw_server_connection_count(run.server) == 0)
        gw_loop_step(gw_server_loop(run.server), 5);
    while (gw_server_connection_count(run.server) > 0)
        gw_loop_step(gw_server_loop(run.server), 5);
    close(fd);
    run_end(&run);
}

/* Requests until the server takes no more. Returns how many have left; a further one may be half sent. */
static size_t pipeline(struct run *run, int fd, struct gw_slice one, size_t most)
{
    size_t sent = 0;

    for (int idle_turns = 0; idle_turns < 50 && sent < most * one.len;) {
        size_t at = sent % one.len;
        ssize_t n = send(fd, one.ptr + at, one.len - at, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (n > 0) {
            sent += (size_t)n;
            idle_turns = 0;
        } else {
            gw_loop_step(gw_server_loop(run->server), 2);
            idle_turns++;
        }
    }
    return sent / one.len;
}

static size_t count_answers(struct run *run, int fd)
{
    static const char status[] = "HTTP/1.1 200 OK\r\n";
    size_t matched = 0, count = 0;
    uint64_t limit_ms = gw_loop_now_ms(gw_server_loop(run->server)) + RUN_LIMIT_MS;

    for (;;) {
        char bytes[1 << 14];
        ssize_t n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);

        if (n == 0 || (n < 0 && errno != EAGAIN))
            return count;
        for (ssize_t i = 0; i < n; i++) {
            matched = bytes[i] == status[matched] ? matched + 1 : bytes[i] == status[0];
            if (matched == sizeof(status) - 1) {
                count++;
                matched = 0;
            }
        }
        if (n < 0)
            gw_loop_step(gw_server_loop(run->server), 0);
        assert_true(gw_loop_now_ms(gw_server_loop(run->server)) < limit_ms);
    }
}

static void pipelined_requests_wait_for_their_reader(void **state)
{
    struct gw_slice one = GW_LIT("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    size_t most = (64u << 20) / one.len, sent;
    struct run run;
    int fd;

    (void)state;
    start(&run, NULL);
    fd = run_connect_narrow(&run);
    sent = pipeline(&run, fd, one, most);
    assert_true(sent > 0 && sent < most);
    /* All of them are answered, also to one who says nothing more. */
    shutdown(fd, SHUT_WR);
    assert_int_equal(count_answers(&run, fd), sent);
    close(fd);
    run_end(&run);
}

static void slow_request_is_408_and_a_silent_one_is_closed(void **state)
{
    struct gw_server_options options = {.request_timeout_ms = 20};
    struct run run;
    char answer[1024];
    int fd;

    (void)state;
    start(&run, &options);
    EXPECT(&run, "GET /hello HTTP/1.1\r\nHo", "HTTP/1.1 408 Request Timeout\r\n");
    fd = run_connect(&run);
    assert_int_equal(run_read(&run, fd, answer, sizeof(answer), NULL), 0);
    close(fd);
    run_end(&run);
}

static void connection_over_the_cap_is_503_and_costs_the_others_nothing(void **state)
{
    struct gw_server_options options = {.max_connections = 1};
    struct run run;
    char answer[1024];
    int first, second;

    (void)state;
    start(&run, &options);
    first = run_connect(&run);
    while (gw_server_connection_count(run.server) == 0)
        gw_loop_step(gw_server_loop(run.server), 5);
    second = run_connect(&run);
    run_read(&run, second, answer, sizeof(answer), NULL);
    assert_non_null(strstr(answer, "HTTP/1.1 503 "));
    run_say(first, "GET /tree/ HTTP/1.0\r\n\r\n");
    run_read(&run, first, answer, sizeof(answer), NULL);
    assert_non_null(strstr(answer, "tree|GET|"));
    close(first);
    close(second);
    run_end(&run);
}

static void say_nothing_new(gw_request *request, void *user)
{
    gw_respond(request, *(const int *)user, "text/plain", GW_LIT("HTTP/1.1 200 OK\r\n\r\n"));
}

/* What stood behind the head would be read as the answer to the next request. */
static void status_without_content_gets_none(void **state)
{
    int statuses[] = {204, 304};
    struct run run;

    (void)state;
    start(&run, NULL);
    for (size_t i = 0; i < 2; i++) {
        const char *path = i == 0 ? "/204" : "/304";
        char request[256], *answer;

        assert_int_equal(gw_server_route(run.server, "GET", path, say_nothing_new, &statuses[i]),
                         0);
        snprintf(request, sizeof(request),
                 "GET %s HTTP/1.1\r\nHost: x\r\n\r\nGET /tree/ HTTP/1.0\r\n\r\n", path);
        answer = run_ask(&run, request);
        assert_ptr_equal(strstr(answer + 1, "HTTP/1.1 "), strstr(answer, "\r\n\r\n") + 4);
        assert_non_null(strstr(answer, "tree|GET|"));
        assert_null(strstr(answer, "HTTP/1.1 200 OK\r\n\r\n"));
        free(answer);
    }
    run_end(&run);
}

static char refusals[1024];

static void keep_refusals(void *user, enum gw_log_level level, const char *line)
{
    size_t len = strlen(refusals);

    (void)user;
    (void)level;
    if (strstr(line, "connection_refused"))
        snprintf(refusals + len, sizeof(refusals) - len, "%s\n", line);
}

static void crowd_over_the_cap_is_told_in_one_line(void **state)
{
    struct gw_server_options options = {
        .max_connections = 1, .log_level = GW_LOG_WARN, .log = keep_refusals};
    struct run run;
    uint64_t start_ms;
    char answer[1024];
    gw_loop *loop;
    int first;

    (void)state;
    refusals[0] = '\0';
    start(&run, &options);
    loop = gw_server_loop(run.server);
    start_ms = gw_loop_now_ms(loop);
    first = run_connect(&run);
    for (int i = 0; i < 3; i++) {
        int fd = run_connect(&run);

        run_read(&run, fd, answer, sizeof(answer), NULL);
        close(fd);
    }
    if (gw_loop_now_ms(loop) < start_ms + 1000) /* a later one may be told again */
        assert_string_equal(refusals, "connection_refused reason=max_connections limit=1 refused=1 "
                                      "address=127.0.0.1\n");
    close(first);
    run_end(&run);
}

static void head_may_have_no_limit_to_speak_of(void **state)
{
    struct gw_server_options options = {.max_head_bytes = (size_t)1 << 32};
    struct run run;

    (void)state;
    start(&run, &options);
    EXPECT(&run, "GET /tree/ HTTP/1.0\r\n\r\n", "tree|GET|");
    run_end(&run);
}

static void stop_inside_a_handler_still_answers(void **state)
{
    struct run run;

    (void)state;
    start(&run, NULL);
    EXPECT(&run, "GET /stop HTTP/1.1\r\nHost: x\r\n\r\n", "Connection: close\r\n",
           "\r\n\r\nlast words");
    while (!gw_server_is_stopped(run.server))
        gw_loop_step(gw_server_loop(run.server), 5);
    run_end(&run);
}

static uint64_t hold_timeout_ms;

static int start_held(struct run *run, const char *request)
{
    int fd;

    hold_timeout_ms = 0;
    held = NULL;
    start(run, NULL);
    assert_int_equal(gw_server_route(run->server, "POST", "/hold", hold, &hold_timeout_ms), 0);
    fd = run_connect(run);
    run_say(fd, request);
    return fd;
}

static void turn_until_held(struct run *run)
{
    while (!held)
        gw_loop_step(gw_server_loop(run->server), 5);
}

/* The request comes in two reads, the body in a third; what is pipelined behind it waits for its turn. */
static void held_request_stays_readable_and_is_answered_later(void **state)
{
    struct run run;
    char answer[4096];
    struct gw_slice body;
    int fd = start_held(&run, "POST /hold?q=1 HTTP/1.1\r\nHost: x\r\nX-Col");

    (void)state;
    gw_loop_step(gw_server_loop(run.server), 5);
    run_say(fd, "or: red\r\nContent-Length: 4\r\n\r\nbo");
    gw_loop_step(gw_server_loop(run.server), 5);
    run_say(fd, "dyGET /tree/next HTTP/1.1\r\nHost: x\r\n\r\n");
    turn_until_held(&run);
    for (int i = 0; i < 3; i++)
        gw_loop_step(gw_server_loop(run.server), 1);
    body = gw_request_body(held);
    assert_memory_equal(body.ptr, "body", 4);
    assert_memory_equal(gw_request_query(held).ptr, "q=1", 3);
    assert_memory_equal(gw_request_field(held, "X-Color").ptr, "red", 3);
    assert_string_equal(gw_request_address(held), "127.0.0.1");
    assert_int_equal(gw_respond_field(held, "X-Late", "yes"), 0);
    assert_int_equal(gw_respond(held, 201, "text/plain", body), 0);
    run_read(&run, fd, answer, sizeof(answer), "tree|GET|/tree/next|");
    assert_non_null(strstr(answer, "HTTP/1.1 201 Created\r\n"));
    assert_non_null(strstr(answer, "X-Late: yes\r\n"));
    assert_non_null(strstr(answer, "\r\n\r\nbodyHTTP/1.1 200 OK"));
    close(fd);
    run_end(&run);
}

static void held_request_whose_client_has_gone_says_so(void **state)
{
    struct run run;
    struct gw_slice name, value;
    int fd = start_held(&run, "POST /hold HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");

    (void)state;
    turn_until_held(&run);
    close(fd);
    while (gw_request_is_open(held))
        gw_loop_step(gw_server_loop(run.server), 5);
    while (gw_server_connection_count(run.server) > 0)
        gw_loop_step(gw_server_loop(run.server), 5);
    assert_null(gw_request_path(held).ptr);
    assert_null(gw_request_body(held).ptr);
    assert_null(gw_request_field(held, "Host").ptr);
    assert_false(gw_request_field_at(held, 0, &name, &value));
    assert_string_equal(gw_request_address(held), "");
    assert_int_equal(gw_respond_field(held, "A", "b"), GW_E_CLOSED);
    assert_int_equal(gw_respond(held, 200, NULL, GW_LIT("")), GW_E_CLOSED);
    run_end(&run);
}

static void answer_that_never_comes_is_503(void **state)
{
    struct run run;
    char answer[1024];
    int fd = start_held(&run, "POST /hold HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab");

    (void)state;
    hold_timeout_ms = 20;
    run_read(&run, fd, answer, sizeof(answer), NULL);
    assert_non_null(strstr(answer, "HTTP/1.1 503 "));
    assert_non_null(strstr(answer, "Connection: close\r\n"));
    assert_int_equal(gw_respond(held, 200, NULL, GW_LIT("")), GW_E_CLOSED);
    close(fd);
    run_end(&run);
}

/* The sanitizer tells of what would stay. */
static void server_takes_back_what_is_still_held(void **state)
{
    struct run run;
    int fd = start_held(&run, "POST /hold HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab");

    (void)state;
    turn_until_held(&run);
    run_end(&run);
    close(fd);
}

static void held_request_may_be_answered_at_once(void **state)
{
    struct run run;

    (void)state;
    start(&run, NULL);
    assert_int_equal(gw_server_route(run.server, "GET", "/both", hold_and_answer, NULL), 0);
    EXPECT(&run,
           "GET /both HTTP/1.1\r\nHost: x\r\n\r\n"
           "GET /both HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
           "at onceHTTP/1.1 200 OK", "\r\n\r\nat once");
    assert_int_equal(
        gw_server_route(run.server, "GET", "/copy", hold_and_answer_what_is_held, NULL), 0);
    EXPECT(&run, "GET /copy HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 200 OK",
           "\r\n\r\nat once");
    run_end(&run);
}

/* What the request gives may be what it is answered with. */
static void held_request_may_be_answered_with_its_own_address(void **state)
{
    struct run run;
    char answer[4096];
    int fd = start_held(&run, "POST /hold HTTP/1.0\r\nContent-Length: 4\r\n\r\nbody");

    (void)state;
    turn_until_held(&run);
    assert_int_equal(gw_respond(held, 200, "text/plain", gw_slice_of(gw_request_address(held))), 0);
    run_read(&run, fd, answer, sizeof(answer), NULL);
    assert_non_null(strstr(answer, "\r\n\r\n127.0.0.1"));
    close(fd);
    run_end(&run);
}

static void cookies_and_parameters_are_found(void **state)
{
    struct run run;

    (void)state;
    start(&run, NULL);
    assert_int_equal(gw_server_route(run.server, "GET", "/parts", say_parts, NULL), 0);
    EXPECT(&run,
           "GET /parts?x=1&x=%61+b&nul=%00&empty HTTP/1.1\r\nHost: x\r\nCookie: a=1; b=\"two\"\r\n"
           "Connection: close\r\n\r\n",
           "\r\n\r\na b|two");
    run_end(&run);
}

static void all_fields_can_be_read(void **state)
{
    struct run run;

    (void)state;
    start(&run, NULL);
    assert_int_equal(gw_server_route(run.server, "GET", "/fields", say_fields, NULL), 0);
    EXPECT(&run,
           "GET /fields HTTP/1.1\r\nHost: x\r\nX-Twice: 1\r\nConnection: close\r\nx-twice:  2 "
           "\r\n\r\n",
           "\r\n\r\nHost=x;X-Twice=1;Connection=close;x-twice=2;");
    run_end(&run);
}

static void wrong_routes_are_refused_in_words(void **state)
{
    struct run run;

    (void)state;
    start(&run, NULL);
    assert_int_equal(gw_server_route(run.server, "GET", "no-slash", say_nothing, NULL), GW_E_ARG);
    assert_non_null(strstr(gw_server_error(run.server), "\"no-slash\""));
    assert_int_equal(gw_server_listen(run.server, "127.0.0.1", run.port), GW_E_IN_USE);
    assert_non_null(strstr(gw_server_error(run.server), "Address already in use"));
    run_end(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handler_sees_the_whole_request),
        cmocka_unit_test(head_gets_no_body),
        cmocka_unit_test(what_is_not_served_is_said),
        cmocka_unit_test(handler_cannot_split_the_answer),
        cmocka_unit_test(body_over_the_limit_is_413),
        cmocka_unit_test(pipelined_requests_are_answered_in_order),
        cmocka_unit_test(pipelined_requests_wait_for_their_reader),
        cmocka_unit_test(answer_takes_as_long_as_its_reader),
        cmocka_unit_test(answer_that_nobody_reads_is_given_up),
        cmocka_unit_test(slow_request_is_408_and_a_silent_one_is_closed),
        cmocka_unit_test(connection_over_the_cap_is_503_and_costs_the_others_nothing),
        cmocka_unit_test(status_without_content_gets_none),
        cmocka_unit_test(crowd_over_the_cap_is_told_in_one_line),
        cmocka_unit_test(head_may_have_no_limit_to_speak_of),
        cmocka_unit_test(stop_inside_a_handler_still_answers),
        cmocka_unit_test(held_request_stays_readable_and_is_answered_later),
        cmocka_unit_test(held_request_whose_client_has_gone_says_so),
        cmocka_unit_test(answer_that_never_comes_is_503),
        cmocka_unit_test(server_takes_back_what_is_still_held),
        cmocka_unit_test(held_request_may_be_answered_at_once),
        cmocka_unit_test(held_request_may_be_answered_with_its_own_address),
        cmocka_unit_test(cookies_and_parameters_are_found),
        cmocka_unit_test(all_fields_can_be_read),
        cmocka_unit_test(wrong_routes_are_refused_in_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
