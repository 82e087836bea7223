/* SPDX-License-Identifier: MIT */
#include "sio/auth.h"

#include "sio/namespace.h"
#include "sio/socket.h"
#include "support/failing.h"
#include "support/sio_fixture.h"

#include <godwit/sio/value.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* {"type":0,"nsp":"/...","data":{"key":<abc>,"list":[<>,1]}} */
#define HEAD "\x83\xa4type\x00\xa3nsp"
#define AUTH                                                                                       \
    "\xa4"                                                                                         \
    "data\x82\xa3"                                                                                 \
    "key\xc4\x03"                                                                                  \
    "abc\xa4"                                                                                      \
    "list\x92\xc4\x00\x01"

static void what_is_packed_comes_out_again(void **state)
{
    const struct gw_slice attachments[] = {GW_LIT("abc"), GW_LIT(""), GW_LIT("\x01\x02")};
    struct gw_blob *bytes = gw_sio_auth_pack(attachments, 3);

    (void)state;
    assert_non_null(bytes);
    assert_int_equal(gw_sio_auth_count(NULL), 0);
    assert_int_equal(gw_sio_auth_count(bytes), 3);
    for (size_t i = 0; i < 3; i++)
        assert_true(gw_slice_equal(gw_sio_auth_at(bytes, i), attachments[i]));
    gw_blob_unref(bytes);
}

static void look(const gw_socket *socket, struct fixture *fx)
{
    struct gw_slice auth = gw_socket_handshake(socket).auth;
    struct gw_slice list = gw_value_member(auth, "list");
    struct gw_slice key = gw_socket_auth_bytes(socket, gw_value_member(auth, "key"));
    struct gw_slice empty = gw_socket_auth_bytes(socket, gw_value_element(list, 0));

    trace(fx, "%.*s,", (int)key.len, (const char *)key.ptr);
    assert_non_null(empty.ptr);
    assert_int_equal(empty.len, 0);
    assert_null(gw_socket_auth_bytes(socket, gw_value_element(list, 1)).ptr);
    assert_null(gw_socket_auth_bytes(socket, gw_value_member(auth, "none")).ptr);
}

static void on_use(gw_socket *socket, gw_next *next, void *user)
{
    look(socket, user);
    gw_next_ok(next);
}

static void on_connection(gw_socket *socket, void *user)
{
    look(socket, user);
}

static void on_match(gw_io *io, const char *name, struct gw_slice auth, gw_match *match, void *user)
{
    (void)io;
    (void)name;
    assert_int_equal(gw_value_type(gw_value_member(auth, "key")), GW_VALUE_OBJECT);
    *(gw_match **)user = match;
}

/* To the main namespace with a middleware, and to one that a predicate lets it make, later. */
static void connect_both(struct failing *failing, void *user)
{
    gw_match *match = NULL;
    struct client *client;
    gw_namespace *parent;
    struct fixture fx;

    (void)user;
    fixture_open(&fx, &(struct gw_io_options){.parser = GW_PARSER_MSGPACK});
    assert_int_equal(gw_use(fx.nsp, on_use, &fx), 0);
    assert_int_equal(gw_on_connection(fx.nsp, on_connection, &fx), 0);
    parent = gw_io_of_predicate(fx.io, on_match, &match);
    assert_int_equal(gw_on_connection(parent, on_connection, &fx), 0);
    client = client_open(&fx);
    failing_begin(failing);
    say_packet(client, GW_LIT(HEAD "\xa1/" AUTH));
    if (client->transport.session)
        say_packet(client, GW_LIT(HEAD "\xa2/b" AUTH));
    turn(&fx);
    if (match)
        gw_match_ok(match);
    turn(&fx);
    failing_end(failing);
    if (!failing->is_reached)
        assert_string_equal(fx.trace, "abc,abc,abc,");
    else
        assert_true(client->is_closed);
    client_free(client);
    fixture_close(&fx);
}

static void bytes_in_auth_are_there_for_all_who_ask(void **state)
{
    (void)state;
    assert_true(fail_each(connect_both, NULL) >= 10);
}

static void without_bytes_there_are_none(void **state)
{
    struct client *client;
    struct fixture fx;
    gw_socket *socket = NULL;

    (void)state;
    fixture_open(&fx, NULL);
    client = client_open(&fx);
    say(client, "40{\"key\":{\"_placeholder\":true,\"num\":0}}");
    socket = container_of(fx.nsp->socket_list.next, gw_socket, node);
    assert_null(
        gw_socket_auth_bytes(socket, gw_value_member(gw_socket_handshake(socket).auth, "key")).ptr);
    client_free(client);
    fixture_close(&fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_packed_comes_out_again),
        cmocka_unit_test(bytes_in_auth_are_there_for_all_who_ask),
        cmocka_unit_test(without_bytes_there_are_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
