/* SPDX-License-Identifier: MIT */
#include "sio/socket.h"

#include "support/sio_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct app {
    struct fixture fx;
    gw_socket *last; /* the one that connected last */
    gw_socket *victim;
    enum gw_disconnect_flags flags;
};

static void on_connection(gw_socket *socket, void *user)
{
    struct app *app = user;

    app->last = socket;
    trace(&app->fx, "connection|");
}

static void trace_room(gw_socket *socket, struct gw_slice room, void *user)
{
    if (gw_slice_equal(room, gw_slice_of(gw_socket_id(socket))))
        room = GW_LIT("(id)");
    trace(user, " %.*s", (int)room.len, (const char *)room.ptr);
}

static void trace_rooms(struct app *app, gw_socket *socket)
{
    assert_int_equal(gw_socket_each_room(socket, trace_room, &app->fx), 0);
    trace(&app->fx, "|");
}

static void on_disconnecting(gw_socket *socket, enum gw_reason reason, const char *detail,
                             void *user)
{
    struct app *app = user;

    assert_true(gw_socket_is_connected(socket));
    trace(&app->fx, "disconnecting %s (%s)", gw_reason_text(reason), detail ? detail : "");
    trace_rooms(app, socket);
}

static void on_disconnect(gw_socket *socket, enum gw_reason reason, const char *detail, void *user)
{
    struct app *app = user;

    assert_false(gw_socket_is_connected(socket));
    trace(&app->fx, "disconnect %s (%s)", gw_reason_text(reason), detail ? detail : "");
    trace_rooms(app, socket);
}

static void app_open(struct app *app, const struct gw_io_options *options)
{
    memset(app, 0, sizeof(*app));
    fixture_open(&app->fx, options);
    for (int i = 0; i < 2; i++) {
        gw_namespace *nsp = gw_io_of(app->fx.io, i ? "/b" : "/");

        assert_int_equal(gw_on_connection(nsp, on_connection, app), 0);
        assert_int_equal(gw_on_disconnecting(nsp, on_disconnecting, app), 0);
        assert_int_equal(gw_on_disconnect(nsp, on_disconnect, app), 0);
    }
}

static struct client *join(struct app *app, const char *connect)
{
    struct client *client = client_open(&app->fx);

    say(client, connect);
    return client;
}

static void rooms_are_there_in_disconnecting_and_gone_in_disconnect(void **state)
{
    struct app app;
    struct client *client;

    (void)state;
    app_open(&app, NULL);
    client = join(&app, "40");
    assert_int_equal(gw_socket_join(app.last, "a"), 0);
    assert_int_equal(gw_socket_join(app.last, "b"), 0);
    assert_int_equal(gw_socket_room_count(app.last), 3);
    hang_up(client);
    assert_string_equal(app.fx.trace, "connection|disconnecting transport close () (id) a b|"
                                      "disconnect transport close ()|");
    client_free(client);
    fixture_close(&app.fx);
}

static void detail_names_the_rule_that_was_broken(void **state)
{
    struct app app;
    struct client *client;

    (void)state;
    app_open(&app, NULL);
    client = join(&app, "40");
    forget_trace(&app.fx);
    say(client, "42[\"connect\"]");
    assert_string_equal(app.fx.trace, "disconnecting forced close (reserved event name) (id)|"
                                      "disconnect forced close (reserved event name)|");
    client_free(client);
    fixture_close(&app.fx);
}

static void the_server_leaves_one_namespace_or_closes_all(void **state)
{
    struct app app;
    struct client *client;
    gw_socket *main_socket;

    (void)state;
    app_open(&app, NULL);
    client = join(&app, "40");
    main_socket = app.last;
    say(client, "40/b,");
    forget(client);
    forget_trace(&app.fx);
    gw_socket_disconnect(app.last, GW_NAMESPACE_ONLY);
    assert_string_equal(client->out, "41/b,|");
    assert_string_equal(app.fx.trace, "disconnecting server namespace disconnect () (id)|"
                                      "disconnect server namespace disconnect ()|");
    gw_socket_disconnect(app.last, GW_CLOSE_CONNECTION); /* gone already */
    assert_string_equal(client->out, "41/b,|");
    say(client, "40/b,");
    forget(client);
    forget_trace(&app.fx);
    gw_socket_disconnect(main_socket, GW_CLOSE_CONNECTION);
    assert_string_equal(client->out, "41|41/b,|close|");
    assert_string_equal(app.fx.trace, "disconnecting server namespace disconnect () (id)|"
                                      "disconnect server namespace disconnect ()|"
                                      "disconnecting server namespace disconnect () (id)|"
                                      "disconnect server namespace disconnect ()|");
    assert_int_equal(gw_emit(gw_only(main_socket), "x", NULL), GW_E_CLOSED);
    assert_string_equal(gw_socket_transport(main_socket), "");
    client_free(client);
    fixture_close(&app.fx);
}

/* ---- disconnecting inside any handler ---- */

static void disconnect_victim(struct app *app)
{
    if (app->victim)
        gw_socket_disconnect(app->victim, app->flags);
}

static void kill_on_connection(gw_socket *socket, void *user)
{
    struct app *app = user;

    if (!app->victim)
        app->victim = socket;
    disconnect_victim(app);
}

static void kill_on_event(gw_socket *socket, const gw_event *event, void *user)
{
    disconnect_victim(user);
    /* The event is still good, the socket's handle too. */
    assert_int_equal(gw_event_arg_count(event), 2);
    if (gw_socket_is_connected(socket))
        return;
    assert_int_equal(gw_ack(event, NULL), GW_E_CLOSED);
    assert_null(gw_event_ack_take(event));
    assert_int_equal(gw_socket_join(socket, "late"), GW_E_CLOSED);
    assert_int_equal(gw_emit_ack(socket, "late", NULL, 0, NULL, NULL), GW_E_CLOSED);
}

static void kill_on_error(gw_socket *socket, const char *why, void *user)
{
    (void)socket;
    (void)why;
    disconnect_victim(user);
}

static void kill_on_leaving(gw_socket *socket, enum gw_reason reason, const char *detail,
                            void *user)
{
    (void)socket;
    (void)reason;
    (void)detail;
    disconnect_victim(user);
}

static void kill_in_middleware(gw_socket *socket, gw_next *next, void *user)
{
    (void)socket;
    disconnect_victim(user);
    gw_next_ok(next);
}

static void never(gw_socket *socket, const gw_event *event, void *user)
{
    (void)socket;
    (void)event;
    trace(user, "never|");
}

static size_t count(const char *text, const char *word)
{
    size_t n = 0;

    for (; (text = strstr(text, word)) != NULL; text++)
        n++;
    return n;
}

enum victim { NEIGHBOUR, ITSELF, SIBLING, VICTIMS };

static void kill(const char *input, void (*install)(struct app *), enum victim who,
                 enum gw_disconnect_flags flags)
{
    struct app app;
    struct client *client, *neighbour;
    gw_socket *victims[VICTIMS];

    app_open(&app, NULL);
    neighbour = join(&app, "40");
    victims[NEIGHBOUR] = app.last;
    client = join(&app, "40/b,");
    victims[ITSELF] = app.last;
    if (who == SIBLING)
        say(client, "40");
    victims[SIBLING] = app.last;
    app.victim = victims[who];
    app.flags = flags;
    install(&app);
    assert_int_equal(gw_on(app.fx.nsp, "x", never, &app.fx), 0);
    say(client, "40"); /* a second one where it is joined already */
    say(client, input);
    say(client, "42[\"x\"]");
    hang_up(client);
    hang_up(neighbour);
    turn(&app.fx);
    assert_int_equal(count(app.fx.trace, "connection|"), count(app.fx.trace, "|disconnect "));
    assert_int_equal(gw_namespace_socket_count(app.fx.nsp), 0);
    client_free(client);
    client_free(neighbour);
    fixture_close(&app.fx);
}

static void install_connection(struct app *app)
{
    gw_on_connection(app->fx.nsp, kill_on_connection, app);
}

static void install_event(struct app *app)
{
    gw_on(gw_io_of(app->fx.io, "/b"), "e", kill_on_event, app);
}

static void install_any(struct app *app)
{
    gw_on_any(gw_io_of(app->fx.io, "/b"), kill_on_event, app);
}

static void install_error(struct app *app)
{
    gw_on_error(gw_io_of(app->fx.io, "/b"), kill_on_error, app);
    gw_on_error(app->fx.nsp, kill_on_error, app);
}

static void install_disconnecting(struct app *app)
{
    gw_on_disconnecting(gw_io_of(app->fx.io, "/b"), kill_on_leaving, app);
}

static void install_disconnect(struct app *app)
{
    gw_on_disconnect(gw_io_of(app->fx.io, "/b"), kill_on_leaving, app);
}

static void install_middleware(struct app *app)
{
    gw_use(app->fx.nsp, kill_in_middleware, app);
}

static void any_handler_may_disconnect_any_socket(void **state)
{
    static void (*const installs[])(struct app *) = {
        install_connection,    install_event,      install_any,        install_error,
        install_disconnecting, install_disconnect, install_middleware,
    };
    static const char *const inputs[] = {"42/b,7[\"e\",1,2]", "41/b,", "42[", "43/b,1[]"};

    (void)state;
    for (size_t i = 0; i < sizeof(installs) / sizeof(installs[0]); i++) {
        for (size_t j = 0; j < sizeof(inputs) / sizeof(inputs[0]); j++) {
            for (int who = 0; who < VICTIMS; who++) {
                kill(inputs[j], installs[i], (enum victim)who, GW_NAMESPACE_ONLY);
                kill(inputs[j], installs[i], (enum victim)who, GW_CLOSE_CONNECTION);
            }
        }
    }
}

static void close_session(gw_socket *socket, const gw_event *event, void *user)
{
    (void)event;
    hang_up(user);
    assert_false(gw_socket_is_connected(socket));
}

static void the_session_may_end_inside_a_handler(void **state)
{
    struct app app;
    struct client *client;

    (void)state;
    app_open(&app, NULL);
    client = join(&app, "40");
    gw_on(app.fx.nsp, "e", close_session, client);
    gw_on(app.fx.nsp, "e", never, &app.fx);
    forget_trace(&app.fx);
    say(client, "42[\"e\"]");
    assert_string_equal(app.fx.trace, "disconnecting transport close () (id)|"
                                      "disconnect transport close ()|");
    client_free(client);
    fixture_close(&app.fx);
}

static void shut_down(gw_socket *socket, enum gw_reason reason, const char *detail, void *user)
{
    struct app *app = user;

    (void)socket;
    (void)reason;
    (void)detail;
    gw_io_shutdown(app->fx.io);
}

static void shutdown_inside_disconnecting_ends(void **state)
{
    struct app app;
    struct client *one, *two;

    (void)state;
    app_open(&app, NULL);
    gw_on_disconnecting(app.fx.nsp, shut_down, &app);
    one = join(&app, "40");
    two = join(&app, "40");
    hang_up(one);
    assert_int_equal(count(app.fx.trace, "|disconnect transport close"), 1);
    assert_int_equal(count(app.fx.trace, "|disconnect server shutting down"), 1);
    client_free(one);
    client_free(two);
    fixture_close(&app.fx);
}

static void sockets_are_small(void **state)
{
    (void)state;
    assert_true(sizeof(struct gw_socket) <= 224);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rooms_are_there_in_disconnecting_and_gone_in_disconnect),
        cmocka_unit_test(detail_names_the_rule_that_was_broken),
        cmocka_unit_test(the_server_leaves_one_namespace_or_closes_all),
        cmocka_unit_test(any_handler_may_disconnect_any_socket),
        cmocka_unit_test(the_session_may_end_inside_a_handler),
        cmocka_unit_test(shutdown_inside_disconnecting_ends),
        cmocka_unit_test(sockets_are_small),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
