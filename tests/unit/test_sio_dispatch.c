/* SPDX-License-Identifier: MIT */
#include "sio/dispatch.h"

#include "support/sio_crowd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void on_upgrade(gw_socket *socket, void *user)
{
    trace(user, "%s %s|", gw_namespace_name(gw_socket_namespace(socket)),
          gw_socket_conn(socket).transport);
}

static void on_own_upgrade(gw_socket *socket, void *user)
{
    trace(user, "own|");
    gw_socket_disconnect(socket, GW_NAMESPACE_ONLY);
}

static void sockets_hear_of_their_connections_upgrade(void **state)
{
    struct crowd crowd;
    struct client *client, *candidate;
    gw_socket *socket, *in_b;

    (void)state;
    crowd_open(&crowd, 0);
    assert_int_equal(gw_on_connection(gw_io_of(crowd.fx.io, "/b"), crowd_on_connection, &crowd), 0);
    client = client_open_on(&crowd.fx, &client_polling_ops);
    say(client, "40");
    socket = crowd.sockets[0];
    say(client, "40/b,");
    in_b = crowd.sockets[0];
    assert_string_equal(gw_socket_conn(socket).transport, "polling");
    assert_int_equal(gw_socket_conn(socket).protocol, 4);
    assert_false(gw_socket_conn(socket).is_upgraded);
    assert_int_equal(gw_socket_conn(socket).id.len, GW_SOCKET_ID_LEN);
    assert_int_equal(gw_on_upgrade(crowd.fx.nsp, on_upgrade, &crowd.fx), 0);
    assert_int_equal(gw_on_upgrade(gw_io_of(crowd.fx.io, "/b"), on_upgrade, &crowd.fx), 0);
    assert_int_equal(gw_socket_on_upgrade(socket, on_own_upgrade, &crowd.fx), 0);
    forget_trace(&crowd.fx);

    candidate = calloc(1, sizeof(*candidate));
    candidate->transport.ops = &client_stream_ops;
    candidate->fixture = &crowd.fx;
    candidate->is_writable = true;
    candidate->session = client->session;
    assert_int_equal(gw_eio_session_attach(client->session, &candidate->transport, crowd.fx.now_ms),
                     0);
    gw_eio_session_receive_text(client->session, &candidate->transport, GW_LIT("2probe"),
                                crowd.fx.now_ms);
    gw_eio_session_receive_text(client->session, &candidate->transport, GW_LIT("5"),
                                crowd.fx.now_ms);
    assert_string_equal(crowd.fx.trace, "/ websocket|own|/b websocket|");
    assert_true(gw_socket_conn(in_b).is_upgraded);
    hang_up(candidate);
    assert_string_equal(gw_socket_conn(in_b).transport, "");
    client_free(candidate);
    client_free(client);
    fixture_close(&crowd.fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sockets_hear_of_their_connections_upgrade),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
