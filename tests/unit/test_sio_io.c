/* SPDX-License-Identifier: MIT */
#include "sio/io.h"

#include "support/sio_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* A scenario that touches everything, run again and again with the first, second, third ...
 * allocation failing: calls may fail and connections may end, but nothing leaks, nothing crashes,
 * and the next client is served. */
struct app {
    struct fixture fx;
    gw_socket *last; /* NULL unless connected */
    gw_next *waiting;
    gw_pending_ack *taken;
    bool is_counting; /* both handlers could be registered */
    size_t connected, disconnected;
};

static void on_connection(gw_socket *socket, void *user)
{
    struct app *app = user;

    app->connected++;
    app->last = socket;
    gw_socket_join(socket, "a");
    gw_socket_join(socket, "b");
    gw_emit(gw_only(socket), "hello \"you\"", "1");
}

static void on_disconnect(gw_socket *socket, enum gw_reason reason, const char *detail, void *user)
{
    struct app *app = user;

    (void)reason;
    (void)detail;
    app->disconnected++;
    if (app->last == socket)
        app->last = NULL;
}

static void on_answer(gw_socket *socket, const gw_event *answer, int err, void *user)
{
    (void)answer;
    (void)err;
    (void)user;
    gw_emit(gw_broadcast(socket), "answered", NULL);
}

static void nothing(gw_socket *socket, void *user)
{
    (void)user;
    gw_socket_leave(socket, "b");
}

static void no_room(gw_socket *socket, struct gw_slice room, void *user)
{
    (void)socket;
    (void)room;
    (void)user;
}

static void on_event(gw_socket *socket, const gw_event *event, void *user)
{
    static const struct gw_slice bytes = {(const uint8_t *)"xyz", 3};
    struct app *app = user;
    struct gw_target all = gw_everyone(gw_socket_namespace(socket));
    char text[64];

    gw_event_string(event, 0, text, sizeof(text));
    gw_emit_event(gw_to(gw_to(gw_broadcast(socket), "a"), "b"), "relay", event);
    gw_emit_binary(gw_except(all, "none"), "bin", "{\"_placeholder\":true,\"num\":0}", &bytes, 1);
    gw_emit_ack(socket, "ask", NULL, 100, on_answer, NULL);
    gw_emit_ack(socket, "ask", NULL, 0, on_answer, NULL);
    gw_each(all, nothing, NULL);
    gw_socket_each_room(socket, no_room, NULL);
    if (!app->taken)
        app->taken = gw_event_ack_take(event);
    else
        gw_ack_event(event, event);
}

static void on_use(gw_socket *socket, gw_next *next, void *user)
{
    struct app *app = user;

    gw_emit(gw_only(socket), "wait", NULL);
    if (gw_socket_handshake(socket).auth.len == 2)
        gw_next_ok(next);
    else if (!app->waiting)
        app->waiting = next;
    else
        gw_next_refuse(next, "n\no", "[1]");
}

static void talk(struct app *app, struct client *client)
{
    if (!client)
        return;
    say(client, "40");
    say(client, "40/chat,");
    say(client, "40/none,");
    turn(&app->fx);
    say(client, "421[\"ev\\u0065nt\",\"t\\u00e4xt\"]");
    say(client, "430[1]");
    say(client, "452-2[\"event\",{\"_placeholder\":true,\"num\":1}]");
    say_bytes(client, "one");
    say_bytes(client, "two");
    turn(&app->fx);
    say(client, "42/chat,[\"event\"]");
    say(client, "41/chat,");
    turn(&app->fx);
}

static void scenario(struct app *app)
{
    struct client *clients[4] = {NULL};
    gw_namespace *chat = gw_io_of(app->fx.io, "chat");

    app->is_counting = gw_on_connection(app->fx.nsp, on_connection, app) == 0 &&
                       gw_on_disconnect(app->fx.nsp, on_disconnect, app) == 0;
    gw_on(app->fx.nsp, "event", on_event, app);
    gw_use(app->fx.nsp, on_use, app);
    if (chat)
        gw_use(chat, on_use, app);

    clients[0] = client_open(&app->fx);
    talk(app, clients[0]);
    clients[1] = client_open_on(&app->fx, &client_polling_ops);
    talk(app, clients[1]);
    for (int i = 2; i < 4; i++) { /* one waits for its middleware, one is refused */
        clients[i] = client_open(&app->fx);
        if (clients[i])
            say(clients[i], "40{\"a\":1}");
        turn(&app->fx);
    }
    app->fx.now_ms += 200;
    gw_io_tick(app->fx.io);
    if (app->waiting)
        gw_next_ok(app->waiting);
    if (app->taken)
        gw_pending_ack_answer(app->taken, "1");
    if (app->last)
        gw_socket_disconnect(app->last, GW_CLOSE_CONNECTION);
    turn(&app->fx);
    for (int i = 0; i < 4; i++)
        client_free(clients[i]);
}

static void serve_after_all(struct app *app)
{
    struct client *client = client_open(&app->fx);

    assert_non_null(client);
    say(client, "40");
    assert_non_null(strstr(client->out, "40{\"sid\""));
    client_free(client);
}

/* Whether the nth allocation was reached. */
static bool run_with_failure(uint64_t nth)
{
    static struct app app;
    uint64_t before = gw_mem_alloc_count(), made;

    memset(&app, 0, sizeof(app));
    gw_mem_fail_at(nth);
    fixture_open(&app.fx, NULL);
    if (app.fx.io)
        scenario(&app);
    gw_mem_fail_at(0);
    made = gw_mem_alloc_count() - before;
    if (app.fx.io) {
        serve_after_all(&app);
        assert_int_equal(gw_namespace_socket_count(app.fx.nsp), 0);
        assert_int_equal(gw_io_client_count(app.fx.io), 0);
    }
    fixture_close(&app.fx);
    if (app.is_counting)
        assert_int_equal(app.connected, app.disconnected);
    return made >= nth;
}

static void any_allocation_may_fail(void **state)
{
    uint64_t nth = 1;

    (void)state;
    while (run_with_failure(nth))
        nth++;
    assert_true(nth > 100); /* the scenario still does what it is there for */
}

static void trace_connection(gw_socket *socket, void *user)
{
    (void)socket;
    trace(user, "connection|");
}

static void trace_reason(gw_socket *socket, enum gw_reason reason, const char *detail, void *user)
{
    (void)socket;
    (void)detail;
    trace(user, "%s|", gw_reason_text(reason));
}

static void shutdown_tells_everybody_without_a_word_on_the_wire(void **state)
{
    struct fixture fx;
    struct client *client;
    struct gw_sio_request request = {.url = GW_LIT("/")};

    (void)state;
    fixture_open(&fx, NULL);
    assert_int_equal(gw_on_connection(fx.nsp, trace_connection, &fx), 0);
    assert_int_equal(gw_on_disconnect(fx.nsp, trace_reason, &fx), 0);
    client = client_open(&fx);
    say(client, "40");
    forget(client);
    gw_io_shutdown(fx.io);
    gw_io_shutdown(fx.io);
    assert_string_equal(fx.trace, "connection|server shutting down|");
    assert_string_equal(client->out, "");
    assert_int_equal(gw_io_open_link(fx.io, client->session, &request), GW_E_CLOSED);
    gw_eio_engine_close(&fx.engine);
    assert_string_equal(client->out, "close|");
    assert_string_equal(fx.trace, "connection|server shutting down|");
    client_free(client);
    fixture_close(&fx);
}

static void options_have_the_genuine_defaults(void **state)
{
    struct fixture fx;

    (void)state;
    fixture_open(&fx, &(struct gw_io_options){.max_attachments = 99, .max_payload_bytes = 5});
    assert_int_equal(fx.io->options.connect_timeout_ms, 45000);
    assert_int_equal(fx.io->options.max_attachments, GW_ATTACHMENTS_MAX);
    assert_int_equal(fx.io->options.max_packet_bytes, 55);
    fixture_close(&fx);
    gw_io_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_allocation_may_fail),
        cmocka_unit_test(shutdown_tells_everybody_without_a_word_on_the_wire),
        cmocka_unit_test(options_have_the_genuine_defaults),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
