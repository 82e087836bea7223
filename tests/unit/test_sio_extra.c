/* SPDX-License-Identifier: MIT */
#include "sio/extra.h"

#include <godwit/args.h>

#include "sio/socket.h"
#include "support/sio_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct app {
    struct fixture fx;
    gw_socket *socket;
    gw_next *next;
    int first, second; /* what sockets point to; their values count the calls of destroy */
};

static void on_connection(gw_socket *socket, void *user)
{
    ((struct app *)user)->socket = socket;
}

static void app_open(struct app *app)
{
    memset(app, 0, sizeof(*app));
    fixture_open(&app->fx, NULL);
    assert_int_equal(gw_on_connection(app->fx.nsp, on_connection, app), 0);
}

static void destroy(void *user)
{
    ++*(int *)user;
}

static void nobody_pays_before_the_first_use(void **state)
{
    struct app app;
    struct client *client;

    (void)state;
    app_open(&app);
    client = client_open(&app.fx);
    say(client, "40");
    gw_socket_set_user(app.socket, &app);
    assert_ptr_equal(gw_socket_user(app.socket), &app);
    assert_null(app.socket->extra);
    assert_int_equal(gw_socket_set_data(app.socket, "1"), 0);
    assert_null(app.socket->extra->handlers);
    client_free(client);
    fixture_close(&app.fx);
}

static void an_owned_pointer_is_destroyed_once_when_its_time_is_over(void **state)
{
    struct app app;
    struct client *client;

    (void)state;
    app_open(&app);
    client = client_open(&app.fx);
    say(client, "40");
    assert_int_equal(gw_socket_set_user_take(app.socket, &app.first, destroy), 0);
    assert_ptr_equal(gw_socket_user(app.socket), &app.first);
    assert_int_equal(gw_socket_set_user_take(app.socket, &app.second, destroy), 0);
    assert_int_equal(app.first, 1);
    hang_up(client);
    assert_int_equal(app.second, 0); /* handlers may be on the stack */
    turn(&app.fx);
    assert_int_equal(app.second, 1);
    client_free(client);
    fixture_close(&app.fx);
    assert_int_equal(app.first + app.second, 2);
}

static void a_plain_pointer_takes_the_place_of_an_owned_one(void **state)
{
    struct app app;
    struct client *client;

    (void)state;
    app_open(&app);
    client = client_open(&app.fx);
    say(client, "40");
    assert_int_equal(gw_socket_set_user_take(app.socket, &app.first, destroy), 0);
    gw_socket_set_user(app.socket, &app.second);
    assert_int_equal(app.first, 1);
    client_free(client);
    fixture_close(&app.fx);
    assert_int_equal(app.second, 0);
}

static void on_use(gw_socket *socket, gw_next *next, void *user)
{
    struct app *app = user;

    assert_int_equal(gw_socket_set_user_take(socket, &app->first, destroy), 0);
    app->next = next;
}

static void a_socket_that_never_connected_gives_back_too(void **state)
{
    struct app app;
    struct client *client;

    (void)state;
    app_open(&app);
    assert_int_equal(gw_use(app.fx.nsp, on_use, &app), 0);
    client = client_open(&app.fx);
    say(client, "40");
    hang_up(client);
    turn(&app.fx);
    assert_int_equal(app.first, 0); /* the middleware may still look */
    gw_next_ok(app.next);
    turn(&app.fx);
    assert_int_equal(app.first, 1);
    client_free(client);
    fixture_close(&app.fx);
}

static void the_end_of_the_server_gives_back_too(void **state)
{
    struct app app;
    struct client *client;

    (void)state;
    app_open(&app);
    client = client_open(&app.fx);
    say(client, "40");
    assert_int_equal(gw_socket_set_user_take(app.socket, &app.first, destroy), 0);
    gw_io_destroy(app.fx.io);
    assert_int_equal(app.first, 1);
    app.fx.io = NULL;
    gw_eio_engine_close(&app.fx.engine);
    gw_eio_engine_reap(&app.fx.engine);
    gw_eio_engine_dispose(&app.fx.engine);
    free(client);
}

static void assert_data(const gw_socket *socket, const char *text)
{
    assert_true(gw_slice_equal(gw_socket_data(socket), gw_slice_of(text)));
}

static void data_is_one_json_value(void **state)
{
    static const char *const bad[] = {"", " ", "{", "1,2", "undefined", "\"\xff\""};
    struct app app;
    struct client *client;

    (void)state;
    app_open(&app);
    client = client_open(&app.fx);
    say(client, "40");
    assert_data(app.socket, "{}");
    assert_int_equal(gw_socket_set_data(app.socket, "{\"name\":\"J\xc3\xb6rg\"}"), 0);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(gw_socket_set_data(app.socket, bad[i]), GW_E_ARG);
    assert_int_equal(gw_socket_set_data(app.socket, NULL), GW_E_ARG);
    assert_data(app.socket, "{\"name\":\"J\xc3\xb6rg\"}");
    gw_mem_fail_at(1);
    assert_int_equal(gw_socket_set_data(app.socket, "2"), GW_E_NOMEM);
    gw_mem_fail_at(0);
    assert_data(app.socket, "{\"name\":\"J\xc3\xb6rg\"}");
    assert_int_equal(gw_socket_set_data(app.socket, "[2]"), 0);
    assert_data(app.socket, "[2]");
    assert_int_equal(gw_socket_set_dataf(app.socket, "{'name':%s,'n':%d}", "\"", 3), 0);
    assert_data(app.socket, "{\"name\":\"\\\"\",\"n\":3}");
    assert_int_equal(gw_socket_set_dataf(app.socket, "%d,%d", 1, 2), GW_E_ARG);
    assert_int_equal(gw_socket_set_dataf(app.socket, "{%d}", 1), GW_E_ARG);
    assert_data(app.socket, "{\"name\":\"\\\"\",\"n\":3}");
    client_free(client);
    fixture_close(&app.fx);
}

static void taking_moves_in_even_when_it_fails(void **state)
{
    struct app app;
    struct client *client;

    (void)state;
    app_open(&app);
    client = client_open(&app.fx);
    say(client, "40");
    gw_mem_fail_at(1);
    assert_int_equal(gw_socket_set_user_take(app.socket, &app.first, destroy), GW_E_NOMEM);
    gw_mem_fail_at(0);
    assert_int_equal(app.first, 1);
    assert_null(gw_socket_user(app.socket));
    client_free(client);
    fixture_close(&app.fx);
    assert_int_equal(app.first, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_pays_before_the_first_use),
        cmocka_unit_test(an_owned_pointer_is_destroyed_once_when_its_time_is_over),
        cmocka_unit_test(a_plain_pointer_takes_the_place_of_an_owned_one),
        cmocka_unit_test(a_socket_that_never_connected_gives_back_too),
        cmocka_unit_test(the_end_of_the_server_gives_back_too),
        cmocka_unit_test(data_is_one_json_value),
        cmocka_unit_test(taking_moves_in_even_when_it_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
