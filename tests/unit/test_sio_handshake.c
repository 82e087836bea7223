/* SPDX-License-Identifier: MIT */
#include "sio/handshake.h"

#include "support/sio_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct app {
    struct fixture fx;
    gw_socket *last; /* the one that connected last */
};

static void on_connection(gw_socket *socket, void *user)
{
    struct app *app = user;

    app->last = socket;
}

static void app_open(struct app *app)
{
    memset(app, 0, sizeof(*app));
    fixture_open(&app->fx, NULL);
    assert_int_equal(gw_on_connection(app->fx.nsp, on_connection, app), 0);
}

static struct client *join(struct app *app, const char *connect)
{
    struct client *client = client_open(&app->fx);

    say(client, connect);
    return client;
}

static void handshake_tells_how_the_client_came(void **state)
{
    struct app app;
    struct client *client;
    struct gw_handshake handshake;
    struct gw_header header;
    char name[8];

    (void)state;
    app_open(&app);
    client = join(&app, "40{\"token\":\"t\"}");
    handshake = gw_socket_handshake(app.last);
    assert_true(gw_slice_equal(handshake.auth, GW_LIT("{\"token\":\"t\"}")));
    assert_true(gw_slice_equal(handshake.url,
                               GW_LIT("/socket.io/?name=J%c3%b6+rg&EIO=4&transport=websocket")));
    assert_true(
        gw_slice_equal(handshake.query, GW_LIT("name=J%c3%b6+rg&EIO=4&transport=websocket")));
    assert_true(gw_slice_equal(handshake.address, GW_LIT("192.0.2.7")));
    assert_true(handshake.issued_ms == 1700000001000);
    assert_false(handshake.is_secure);
    assert_false(handshake.is_xdomain);
    assert_true(gw_slice_equal(gw_socket_header(app.last, "HOST"), GW_LIT("localhost:3000")));
    assert_null(gw_socket_header(app.last, "cookie").ptr);
    assert_true(gw_socket_header_at(app.last, 1, &header));
    assert_true(gw_slice_equal(header.name, GW_LIT("user-agent")));
    assert_false(gw_socket_header_at(app.last, 2, &header));
    assert_int_equal(gw_socket_query(app.last, "name", name, sizeof(name)), 6);
    assert_string_equal(name, "J\xc3\xb6 rg");
    assert_int_equal(gw_socket_query(app.last, "name", name, 6), GW_E_LIMIT);
    assert_int_equal(gw_socket_query(app.last, "none", name, 6), GW_E_NOT_FOUND);
    assert_string_equal(gw_socket_transport(app.last), "websocket");
    assert_ptr_equal(gw_socket_namespace(app.last), app.fx.nsp);
    assert_ptr_equal(gw_socket_find(app.fx.nsp, gw_socket_id(app.last)), app.last);
    assert_null(gw_socket_find(app.fx.nsp, "x"));
    assert_null(gw_socket_find(app.fx.nsp, "AAAAAAAAAAAAAAAAAAAA"));
    assert_null(gw_socket_user(app.last));
    gw_socket_set_user(app.last, &app);
    assert_ptr_equal(gw_socket_user(app.last), &app);
    client_free(client);
    client = join(&app, "40");
    assert_true(gw_slice_equal(gw_socket_handshake(app.last).auth, GW_LIT("{}")));
    client_free(client);
    fixture_close(&app.fx);
}

static void the_time_of_the_handshake_reads_as_in_javascript(void **state)
{
    struct app app;
    struct client *client;
    struct gw_handshake handshake;
    char time[GW_HANDSHAKE_TIME_BYTES];

    (void)state;
    app_open(&app);
    client = join(&app, "40");
    handshake = gw_socket_handshake(app.last);
    assert_int_equal(handshake.issued_ms, 1700000001000);
    gw_handshake_time(&handshake, time);
    assert_string_equal(time, "Tue Nov 14 2023 22:13:21 GMT+0000 (Coordinated Universal Time)");
    client_free(client);
    fixture_close(&app.fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handshake_tells_how_the_client_came),
        cmocka_unit_test(the_time_of_the_handshake_reads_as_in_javascript),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
