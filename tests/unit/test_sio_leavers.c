/* SPDX-License-Identifier: MIT */
#include "sio/leavers.h"

#include "sio/socket.h"
#include "support/sio_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static gw_socket *last;

static void on_connection(gw_socket *socket, void *user)
{
    (void)user;
    last = socket;
}

static void those_of_this_turn_are_known_by_their_place(void **state)
{
    struct fixture fx;
    struct client *a, *b;
    const struct gw_sio_link *of_a, *of_b;
    gw_namespace *chat;

    (void)state;
    fixture_open(&fx, NULL);
    chat = gw_io_of(fx.io, "/chat");
    assert_int_equal(gw_on_connection(fx.nsp, on_connection, NULL), 0);
    a = client_open(&fx);
    say(a, "40");
    of_a = last->link;
    b = client_open(&fx);
    say(b, "40");
    of_b = last->link;
    assert_false(gw_sio_leavers_has(fx.io, of_a, fx.nsp));
    say(a, "41");
    assert_true(gw_sio_leavers_has(fx.io, of_a, fx.nsp));
    assert_false(gw_sio_leavers_has(fx.io, of_a, chat));
    assert_false(gw_sio_leavers_has(fx.io, of_b, fx.nsp));
    say(b, "41"); /* behind a question */
    assert_true(gw_sio_leavers_has(fx.io, of_b, fx.nsp));
    turn(&fx);
    assert_false(gw_sio_leavers_has(fx.io, of_a, fx.nsp));
    assert_false(gw_sio_leavers_has(fx.io, of_b, fx.nsp));
    client_free(a);
    client_free(b);
    fixture_close(&fx);
}

static void use_never(gw_socket *socket, gw_next *next, void *user)
{
    (void)user;
    last = socket;
    gw_next_refuse(next, "no", NULL);
}

static void who_was_never_connected_has_not_left(void **state)
{
    struct fixture fx;
    struct client *client;

    (void)state;
    fixture_open(&fx, NULL);
    assert_int_equal(gw_use(fx.nsp, use_never, NULL), 0);
    client = client_open(&fx);
    say(client, "40");
    assert_false(gw_sio_leavers_has(fx.io, last->link, fx.nsp));
    client_free(client);
    fixture_close(&fx);
}

/* If each packet looked through all who have left, this would take 45 thousand million steps. */
static void a_client_cannot_make_work_of_its_comings_and_goings(void **state)
{
    struct fixture fx;
    struct client *client;

    (void)state;
    fixture_open(&fx, NULL);
    assert_non_null(gw_io_of(fx.io, "/chat"));
    client = client_open(&fx);
    say(client, "40/chat,");
    say(client, "41/chat,");
    for (int i = 0; i < 300000; i++) {
        say(client, "40");
        say(client, "41");
        say(client, "42/chat,[\"late\"]");
        forget(client);
    }
    assert_false(client->is_closed);
    client_free(client);
    fixture_close(&fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(those_of_this_turn_are_known_by_their_place),
        cmocka_unit_test(who_was_never_connected_has_not_left),
        cmocka_unit_test(a_client_cannot_make_work_of_its_comings_and_goings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
