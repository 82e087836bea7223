/* SPDX-License-Identifier: MIT */
#include "sio/namespace.h"

#include "support/sio_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void on_connection(gw_socket *socket, void *user)
{
    (void)socket;
    trace(user, "connection|");
}

static void names_are_made_whole(void **state)
{
    struct fixture fx;

    (void)state;
    fixture_open(&fx, NULL);
    assert_ptr_equal(gw_io_of(fx.io, ""), fx.nsp);
    assert_ptr_equal(gw_io_of(fx.io, "/"), fx.nsp);
    assert_ptr_equal(gw_io_of(fx.io, "chat"), gw_io_of(fx.io, "/chat"));
    assert_string_equal(gw_namespace_name(gw_io_of(fx.io, "chat")), "/chat");
    assert_ptr_equal(gw_namespace_io(gw_io_of(fx.io, "chat")), fx.io);
    assert_null(gw_io_of(fx.io, "/a,b"));
    assert_null(gw_io_of(fx.io, "/\xff"));
    assert_int_equal(gw_on(fx.nsp, "disconnect", NULL, NULL), GW_E_ARG);
    fixture_close(&fx);
}

static void add_listener(gw_socket *socket, void *user)
{
    trace(user, "adding|");
    assert_int_equal(gw_on_connection(gw_socket_namespace(socket), on_connection, user), 0);
}

static void a_listener_added_meanwhile_counts_from_then_on(void **state)
{
    struct fixture fx;
    struct client *one, *two;

    (void)state;
    fixture_open(&fx, NULL);
    assert_int_equal(gw_on_connection(fx.nsp, add_listener, &fx), 0);
    one = client_open(&fx);
    two = client_open(&fx);
    say(one, "40");
    assert_string_equal(fx.trace, "adding|");
    say(two, "40");
    assert_string_equal(fx.trace, "adding|adding|connection|");
    client_free(one);
    client_free(two);
    fixture_close(&fx);
}

/* ---- room handlers ---- */

struct rooms_app {
    struct fixture fx;
    gw_socket *socket;
    int wild; /* how often on_room does all that it can */
};

static void on_room(gw_namespace *nsp, enum gw_room_change change, struct gw_slice room,
                    gw_socket *socket, void *user)
{
    static const char *const words[] = {"create", "join", "leave", "delete"};
    struct rooms_app *app = user;

    assert_ptr_equal(nsp, app->fx.nsp);
    assert_int_equal(socket != NULL, change == GW_ROOM_JOINED || change == GW_ROOM_LEFT);
    if (room.len == GW_SOCKET_ID_LEN)
        trace(&app->fx, "%s (id)|", words[change]);
    else
        trace(&app->fx, "%s %.*s|", words[change], (int)room.len, (const char *)room.ptr);
    if (socket && app->wild-- > 0) {
        gw_socket_leave_slice(socket, room);
        gw_socket_join(socket, "more");
        gw_socket_disconnect(socket, GW_NAMESPACE_ONLY);
    }
}

static void remember(gw_socket *socket, void *user)
{
    ((struct rooms_app *)user)->socket = socket;
}

static void rooms_come_and_go_in_the_genuine_order(void **state)
{
    struct rooms_app app = {0};
    struct client *one, *two;
    gw_socket *first;

    (void)state;
    fixture_open(&app.fx, NULL);
    assert_int_equal(gw_on_room(app.fx.nsp, on_room, &app), 0);
    assert_int_equal(gw_on_connection(app.fx.nsp, remember, &app), 0);
    one = client_open(&app.fx);
    two = client_open(&app.fx);
    say(one, "40");
    first = app.socket;
    assert_string_equal(app.fx.trace, "create (id)|join (id)|");
    assert_string_equal(one->out, "40{\"sid\":\"\"}|");
    forget_trace(&app.fx);
    assert_int_equal(gw_socket_join(first, "a"), 0);
    assert_int_equal(gw_socket_join(first, "a"), 0);
    say(two, "40");
    assert_int_equal(gw_socket_join(app.socket, "a"), 0);
    assert_int_equal(gw_socket_join(app.socket, gw_socket_id(first)), 0);
    assert_string_equal(app.fx.trace, "create a|join a|create (id)|join (id)|join a|join (id)|");
    forget_trace(&app.fx);
    gw_socket_leave(app.socket, gw_socket_id(first));
    gw_socket_leave(app.socket, gw_socket_id(first));
    hang_up(one);
    assert_string_equal(app.fx.trace, "leave (id)|leave (id)|delete (id)|leave a|");
    forget_trace(&app.fx);
    hang_up(two);
    assert_string_equal(app.fx.trace, "leave (id)|delete (id)|leave a|delete a|");
    client_free(one);
    client_free(two);
    fixture_close(&app.fx);
}

static void the_room_of_an_id_lasts_as_long_as_anybody_is_in_it(void **state)
{
    struct rooms_app app = {0};
    struct client *one, *two;
    gw_socket *first;

    (void)state;
    fixture_open(&app.fx, NULL);
    assert_int_equal(gw_on_connection(app.fx.nsp, remember, &app), 0);
    one = client_open(&app.fx);
    two = client_open(&app.fx);
    say(one, "40");
    first = app.socket;
    say(two, "40");
    assert_int_equal(gw_socket_join(app.socket, gw_socket_id(first)), 0);
    assert_int_equal(gw_on_room(app.fx.nsp, on_room, &app), 0);
    hang_up(one);
    assert_string_equal(app.fx.trace, "leave (id)|");
    assert_int_equal(gw_off_room(app.fx.nsp, on_room, &app), 1);
    client_free(one);
    client_free(two);
    assert_string_equal(app.fx.trace, "leave (id)|");
    fixture_close(&app.fx);
}

static void room_handlers_may_do_anything(void **state)
{
    struct rooms_app app = {.wild = 9};
    struct client *client;

    (void)state;
    fixture_open(&app.fx, NULL);
    assert_int_equal(gw_on_room(app.fx.nsp, on_room, &app), 0);
    assert_int_equal(gw_on_connection(app.fx.nsp, remember, &app), 0);
    client = client_open(&app.fx);
    say(client, "40");
    assert_non_null(app.socket); /* what is not connected yet cannot be disconnected */
    gw_socket_leave(app.socket, "more");
    gw_socket_disconnect(app.socket, GW_CLOSE_CONNECTION);
    assert_int_equal(gw_namespace_socket_count(app.fx.nsp), 0);
    client_free(client);
    fixture_close(&app.fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_made_whole),
        cmocka_unit_test(a_listener_added_meanwhile_counts_from_then_on),
        cmocka_unit_test(rooms_come_and_go_in_the_genuine_order),
        cmocka_unit_test(the_room_of_an_id_lasts_as_long_as_anybody_is_in_it),
        cmocka_unit_test(room_handlers_may_do_anything),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
