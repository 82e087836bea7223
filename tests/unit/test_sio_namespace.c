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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_made_whole),
        cmocka_unit_test(a_listener_added_meanwhile_counts_from_then_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
