/* SPDX-License-Identifier: MIT */
#include "sio/target.h"

#include "support/sio_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { CLIENTS = 8, ROOMS = 5, ROUNDS = 3000 };

struct app {
    struct fixture fx;
    struct client *clients[CLIENTS];
    gw_socket *sockets[CLIENTS];
    size_t count;
    gw_socket *last;
};

static void on_connection(gw_socket *socket, void *user)
{
    struct app *app = user;

    app->last = socket;
}

static void app_open(struct app *app, size_t count)
{
    memset(app, 0, sizeof(*app));
    fixture_open(&app->fx, NULL);
    assert_int_equal(gw_on_connection(app->fx.nsp, on_connection, app), 0);
    for (app->count = 0; app->count < count; app->count++) {
        struct client *client = client_open(&app->fx);

        say(client, "40");
        forget(client);
        client->message_count = 0;
        app->clients[app->count] = client;
        app->sockets[app->count] = app->last;
    }
}

static void app_close(struct app *app)
{
    for (size_t i = 0; i < app->count; i++)
        client_free(app->clients[i]);
    fixture_close(&app->fx);
}

static void assert_out(struct app *app, const char *a, const char *b, const char *c)
{
    assert_string_equal(app->clients[0]->out, a);
    assert_string_equal(app->clients[1]->out, b);
    assert_string_equal(app->clients[2]->out, c);
    for (size_t i = 0; i < app->count; i++)
        forget(app->clients[i]);
}

static void targets_reach_whom_they_name(void **state)
{
    struct app app;
    gw_namespace *nsp;
    const char *id;

    (void)state;
    app_open(&app, 3);
    nsp = app.fx.nsp;
    id = gw_socket_id(app.sockets[2]);
    gw_socket_join(app.sockets[0], "a");
    gw_socket_join(app.sockets[1], "a");
    gw_socket_join(app.sockets[1], "b");

    assert_int_equal(gw_emit(gw_everyone(nsp), "e", "1"), 3);
    assert_out(&app, "42[\"e\",1]|", "42[\"e\",1]|", "42[\"e\",1]|");
    assert_int_equal(gw_emit(gw_broadcast(app.sockets[0]), "e", ""), 2);
    assert_out(&app, "", "42[\"e\"]|", "42[\"e\"]|");
    assert_int_equal(gw_emit(gw_only(app.sockets[1]), "e", NULL), 1);
    assert_out(&app, "", "42[\"e\"]|", "");
    assert_int_equal(gw_emit(gw_to(gw_everyone(nsp), "a"), "e", NULL), 2);
    assert_out(&app, "42[\"e\"]|", "42[\"e\"]|", "");
    assert_int_equal(gw_emit(gw_to(gw_broadcast(app.sockets[0]), "a"), "e", NULL), 1);
    assert_out(&app, "", "42[\"e\"]|", "");
    assert_int_equal(gw_emit(gw_in(gw_to(gw_everyone(nsp), "a"), "b"), "e", NULL), 2);
    assert_out(&app, "42[\"e\"]|", "42[\"e\"]|", "");
    assert_int_equal(gw_emit(gw_except(gw_to(gw_everyone(nsp), "a"), "b"), "e", NULL), 1);
    assert_out(&app, "42[\"e\"]|", "", "");
    assert_int_equal(gw_emit(gw_except(gw_everyone(nsp), "a"), "e", NULL), 1);
    assert_out(&app, "", "", "42[\"e\"]|");
    assert_int_equal(gw_emit(gw_except(gw_everyone(nsp), id), "e", NULL), 2);
    assert_out(&app, "42[\"e\"]|", "42[\"e\"]|", "");
    assert_int_equal(gw_emit(gw_to(gw_everyone(nsp), id), "e", NULL), 1);
    assert_out(&app, "", "", "42[\"e\"]|");
    assert_int_equal(gw_emit(gw_to(gw_everyone(nsp), "nobody"), "e", NULL), 0);
    assert_int_equal(gw_emit(gw_except(gw_to(gw_everyone(nsp), "b"), "a"), "e", NULL), 0);
    assert_out(&app, "", "", "");
    /* Somebody else in the room of an id gets what is sent there, like anybody in a room. */
    gw_socket_join(app.sockets[0], id);
    assert_int_equal(gw_emit(gw_to(gw_everyone(nsp), id), "e", NULL), 2);
    assert_out(&app, "42[\"e\"]|", "", "42[\"e\"]|");
    app_close(&app);
}

static void targets_are_values(void **state)
{
    struct app app;
    struct gw_target everyone, a, without;

    (void)state;
    app_open(&app, 3);
    gw_socket_join(app.sockets[0], "a");
    gw_socket_join(app.sockets[1], "b");
    everyone = gw_everyone(app.fx.nsp);
    a = gw_to(everyone, "a");
    without = gw_except(everyone, "a");
    assert_int_equal(gw_count(everyone), 3);
    assert_int_equal(gw_count(a), 1);
    assert_int_equal(gw_count(gw_to(a, "b")), 2);
    assert_int_equal(gw_count(a), 1);
    assert_int_equal(gw_count(without), 2);
    assert_int_equal(gw_count(gw_only(app.sockets[0])), 1);
    assert_int_equal(gw_count(gw_to(gw_only(app.sockets[0]), "a")), GW_E_ARG);
    assert_int_equal(gw_emit(gw_to(gw_only(app.sockets[0]), "a"), "e", NULL), GW_E_ARG);
    app_close(&app);
}

static void filters_outgrow_a_chunk(void **state)
{
    struct app app;
    struct gw_target target;
    char room[3000];

    (void)state;
    app_open(&app, 3);
    memset(room, 'r', sizeof(room) - 1);
    room[sizeof(room) - 1] = '\0';
    gw_socket_join(app.sockets[1], "last");
    for (int i = 0; i < 3; i++) {
        target = gw_everyone(app.fx.nsp);
        for (int j = 0; j < 20; j++) {
            room[0] = (char)('a' + j);
            target = gw_to(target, j % 2 ? "x" : room);
        }
        target = gw_to(target, "last");
        assert_int_equal(gw_count(target), 1);
        turn(&app.fx);
    }
    gw_mem_fail_at(1);
    room[0] = 'z';
    target = gw_to(gw_to(gw_everyone(app.fx.nsp), room), room);
    target = gw_to(target, room);
    gw_mem_fail_at(0);
    assert_int_equal(gw_emit(target, "e", NULL), GW_E_NOMEM);
    app_close(&app);
}

static uint32_t next_random(uint64_t *random)
{
    *random = *random * 6364136223846793005U + 1442695040888963407U;
    return (uint32_t)(*random >> 33);
}

struct model {
    bool is_in[CLIENTS][ROOMS];
    bool to[ROOMS], except[ROOMS];
    int sender; /* -1: none */
};

static const char *const room_names[ROOMS] = {"a", "b", "c", "d", "e"};

static bool expects(const struct model *m, size_t who)
{
    bool has_rooms = false, is_wanted = false;

    if ((int)who == m->sender)
        return false;
    for (size_t room = 0; room < ROOMS; room++) {
        has_rooms = has_rooms || m->to[room];
        is_wanted = is_wanted || (m->to[room] && m->is_in[who][room]);
        if (m->except[room] && m->is_in[who][room])
            return false;
    }
    return is_wanted || !has_rooms;
}

static struct gw_target random_target(struct app *app, struct model *m, uint64_t *random)
{
    struct gw_target target;

    m->sender = (int)(next_random(random) % (2 * CLIENTS));
    if (m->sender >= CLIENTS)
        m->sender = -1;
    target = m->sender < 0 ? gw_everyone(app->fx.nsp) : gw_broadcast(app->sockets[m->sender]);
    for (size_t room = 0; room < ROOMS; room++) {
        m->to[room] = next_random(random) % 3 == 0;
        m->except[room] = next_random(random) % 6 == 0;
        if (m->to[room])
            target = gw_to(target, room_names[room]);
        if (m->except[room])
            target = gw_except(target, room_names[room]);
    }
    return target;
}

static void any_target_reaches_each_socket_once(void **state)
{
    struct app app;
    struct model m = {0};
    uint64_t random = 99;

    (void)state;
    app_open(&app, CLIENTS);
    for (size_t round = 0; round < ROUNDS; round++) {
        size_t who = next_random(&random) % CLIENTS, room = next_random(&random) % ROOMS;
        int expected = 0;
        struct gw_target target;

        m.is_in[who][room] = next_random(&random) % 2;
        if (m.is_in[who][room])
            assert_int_equal(gw_socket_join(app.sockets[who], room_names[room]), 0);
        else
            gw_socket_leave(app.sockets[who], room_names[room]);
        target = random_target(&app, &m, &random);
        for (size_t i = 0; i < CLIENTS; i++)
            expected += expects(&m, i);
        assert_int_equal(gw_emit(target, "e", NULL), expected);
        for (size_t i = 0; i < CLIENTS; i++) {
            assert_int_equal(app.clients[i]->message_count, expects(&m, i));
            app.clients[i]->message_count = 0;
            forget(app.clients[i]);
        }
        turn(&app.fx);
    }
    app_close(&app);
}

static void leave_and_disconnect(gw_socket *socket, void *user)
{
    struct app *app = user;

    trace(&app->fx, "x");
    gw_socket_leave(socket, "a");
    gw_socket_leave(app->sockets[1], "a");
    gw_socket_disconnect(app->sockets[2], GW_NAMESPACE_ONLY);
}

static void anything_may_happen_inside_each(void **state)
{
    struct app app;

    (void)state;
    app_open(&app, 4);
    for (size_t i = 0; i < 4; i++)
        gw_socket_join(app.sockets[i], "a");
    assert_int_equal(gw_each(gw_to(gw_everyone(app.fx.nsp), "a"), leave_and_disconnect, &app), 3);
    assert_string_equal(app.fx.trace, "xxx");
    assert_int_equal(gw_count(gw_to(gw_everyone(app.fx.nsp), "a")), 0);
    assert_int_equal(gw_each(gw_everyone(app.fx.nsp), leave_and_disconnect, &app), 3);
    assert_int_equal(gw_each(gw_to(gw_everyone(app.fx.nsp), "a"), leave_and_disconnect, &app), 0);
    app_close(&app);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets_reach_whom_they_name),
        cmocka_unit_test(targets_are_values),
        cmocka_unit_test(filters_outgrow_a_chunk),
        cmocka_unit_test(any_target_reaches_each_socket_once),
        cmocka_unit_test(anything_may_happen_inside_each),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
