/* SPDX-License-Identifier: MIT */
#include "server/admin.h"

#include "sio/namespace.h"
#include "support/failing.h"
#include "support/server_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define POLLING "/socket.io/?EIO=4&transport=polling"

/* As run_ask, without sleeping: this is done many thousand times. */
static char *ask_at_once(struct run *run, const char *request)
{
    gw_loop *loop = gw_server_loop(run->server);
    uint64_t limit_ms = gw_loop_now_ms(loop) + RUN_LIMIT_MS;
    char *answer = malloc(RUN_BYTES_MAX);
    int fd = run_connect(run);
    size_t len = 0;
    ssize_t n;

    assert_non_null(answer);
    run_say(fd, request);
    while ((n = recv(fd, answer + len, RUN_BYTES_MAX - 1 - len, MSG_DONTWAIT)) != 0) {
        if (n < 0 && errno != EAGAIN)
            break;
        len += n > 0 ? (size_t)n : 0;
        gw_loop_step(loop, 0);
        assert_true(gw_loop_now_ms(loop) < limit_ms);
    }
    answer[len] = '\0';
    close(fd);
    return answer;
}

/* One request over a connection of its own. Gives the answer's body, the caller's to free; "" when there was none. */
static char *ask(struct run *run, const char *method, const char *sid, const char *body)
{
    char request[2048];
    char *answer, *text;

    snprintf(request, sizeof(request),
             "%s " POLLING "%s%s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
             "Content-Length: %zu\r\n\r\n%s",
             method, sid ? "&sid=" : "", sid ? sid : "", strlen(body), body);
    answer = ask_at_once(run, request);
    text = strstr(answer, "\r\n\r\n");
    text = strdup(text ? text + 4 : "");
    assert_non_null(text);
    free(answer);
    return text;
}

/* Gives its sid; false: there was no memory for it. */
static bool open_session(struct run *run, char sid[21])
{
    char *answer = ask(run, "GET", NULL, "");
    const char *at = strstr(answer, "\"sid\":\"");

    if (at)
        memcpy(sid, at + 7, 20);
    sid[20] = '\0';
    free(answer);
    return at != NULL;
}

static void say(struct run *run, const char *sid, const char *packet)
{
    free(ask(run, "POST", sid, packet));
}

static void on_talk(gw_socket *socket, const gw_event *event, void *user)
{
    (void)user;
    gw_socket_join(socket, "a room");
    gw_socket_set_data(socket, "[1]");
    gw_emit_event(gw_only(socket), "echo", event);
}

static gw_io *start(struct run *run, const struct gw_admin_options *options)
{
    gw_io *io;

    run_start(run, NULL);
    /* A poll that nothing comes for is answered by the next ping. */
    io = gw_io_attach(run->server, &(struct gw_io_options){.ping_interval_ms = 10});
    assert_non_null(io);
    assert_int_equal(gw_on(gw_io_namespace(io), "talk", on_talk, NULL), 0);
    assert_int_equal(gw_admin_attach(io, options), 0);
    return io;
}

/* An administrator looks on while somebody joins, talks, enters a room and is sent away, all of it by way of the commands. */
static void look_on(struct failing *failing, void *user)
{
    const struct gw_admin_options options = {.no_auth = true};
    struct run run;
    gw_io *io = start(&run, &options);
    char admin[21], client[21];
    bool has_admin, has_client;

    (void)user;
    failing_begin(failing);
    has_admin = open_session(&run, admin);
    if (has_admin) {
        say(&run, admin, "40/admin,");
        free(ask(&run, "GET", admin, ""));
    }
    has_client = open_session(&run, client);
    if (has_client) {
        say(&run, client, "40");
        say(&run, client, "42[\"talk\",\"\\u00e4\"]");
    }
    if (has_admin) {
        say(&run, admin, "42/admin,[\"emit\",\"/\",null,\"hi\",1]");
        say(&run, admin, "42/admin,[\"join\",\"/\",\"b\",\"a room\"]");
        say(&run, admin, "42/admin,[\"leave\",\"/\",\"b\"]");
        say(&run, admin, "42/admin,[\"_disconnect\",\"/\",true,\"a room\"]");
        free(ask(&run, "GET", admin, ""));
        say(&run, admin, "41/admin,");
        say(&run, admin, "1");
    }
    failing_end(failing);
    if (has_client)
        say(&run, client, "1");
    if (!failing->is_reached)
        assert_int_equal(gw_io_client_count(io), 0);
    if (gw_namespace_socket_count(gw_io_find(io, "/admin")) ==
        0) /* nothing is watched for nobody */
        assert_int_equal(gw_io_namespace(io)->outgoing_count, 0);
    assert_true(open_session(&run, client));
    run_end(&run);
}

static void any_allocation_may_fail(void **state)
{
    (void)state;
    assert_true(fail_each(look_on, NULL) >= 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
