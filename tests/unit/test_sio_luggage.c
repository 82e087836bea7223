/* SPDX-License-Identifier: MIT */
#include "sio/luggage.h"

#include "support/sio_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static gw_socket *the_socket;

static void on_connection(gw_socket *socket, void *user)
{
    (void)user;
    the_socket = socket;
}

static void what_is_packed_comes_out_again(void **state)
{
    static const char *const rooms[] = {"a", "", "a room \"with\" all, and \xc3\xbc"};
    struct fixture fx;
    struct client *client;
    struct gw_blob *luggage;
    struct gw_slice room;
    size_t cursor = 0;

    (void)state;
    fixture_open(&fx, NULL);
    assert_int_equal(gw_on_connection(fx.nsp, on_connection, NULL), 0);
    client = client_open(&fx);
    say(client, "40");
    luggage = gw_sio_luggage_pack(the_socket);
    assert_non_null(luggage);
    assert_true(gw_slice_equal(gw_sio_luggage_data(luggage), GW_LIT("{}")));
    assert_false(gw_sio_luggage_next_room(luggage, &cursor, &room));
    gw_blob_unref(luggage);
    assert_int_equal(gw_sio_luggage_len(the_socket), 6);

    for (size_t i = 0; i < 3; i++)
        assert_int_equal(gw_socket_join(the_socket, rooms[i]), 0);
    assert_int_equal(gw_socket_set_data(the_socket, "[1,2]"), 0);
    luggage = gw_sio_luggage_pack(the_socket);
    assert_non_null(luggage);
    assert_true(gw_slice_equal(gw_sio_luggage_data(luggage), GW_LIT("[1,2]")));
    cursor = 0;
    for (size_t i = 0; i < 3; i++) {
        assert_true(gw_sio_luggage_next_room(luggage, &cursor, &room));
        assert_true(gw_slice_equal(room, gw_slice_of(rooms[i])));
    }
    assert_false(gw_sio_luggage_next_room(luggage, &cursor, &room));
    gw_blob_unref(luggage);
    client_free(client);
    fixture_close(&fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_packed_comes_out_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
