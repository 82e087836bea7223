/* SPDX-License-Identifier: MIT */
#include "sio/target.h"

#include "support/sio_crowd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { CLIENTS = CROWD_MAX, ROOMS = 5, ROUNDS = 3000 };

static void targets_reach_whom_they_name(void **state)
{
    struct crowd crowd;
    gw_namespace *nsp;
    const char *id;

    (void)state;
    crowd_open(&crowd, 3);
    nsp = crowd.fx.nsp;
    id = gw_socket_id(crowd.sockets[2]);
    gw_socket_join(crowd.sockets[0], "a");
    gw_socket_join(crowd.sockets[1], "a");
    gw_socket_join(crowd.sockets[1], "b");

    assert_int_equal(gw_emit(gw_everyone(nsp), "e", "1"), 3);
    assert_true(crowd_heard(&crowd, "42[\"e\",1]|", "42[\"e\",1]|", "42[\"e\",1]|"));
    assert_int_equal(gw_emit(gw_broadcast(crowd.sockets[0]), "e", ""), 2);
    assert_true(crowd_heard(&crowd, "", "42[\"e\"]|", "42[\"e\"]|"));
    assert_int_equal(gw_emit(gw_only(crowd.sockets[1]), "e", NULL), 1);
    assert_true(crowd_heard(&crowd, "", "42[\"e\"]|", ""));
    assert_int_equal(gw_emit(gw_to(gw_everyone(nsp), "a"), "e", NULL), 2);
    assert_true(crowd_heard(&crowd, "42[\"e\"]|", "42[\"e\"]|", ""));
    assert_int_equal(gw_emit(gw_to(gw_broadcast(crowd.sockets[0]), "a"), "e", NULL), 1);
    assert_true(crowd_heard(&crowd, "", "42[\"e\"]|", ""));
    assert_int_equal(gw_emit(gw_in(gw_to(gw_everyone(nsp), "a"), "b"), "e", NULL), 2);
    assert_true(crowd_heard(&crowd, "42[\"e\"]|", "42[\"e\"]|", ""));
    assert_int_equal(gw_emit(gw_except(gw_to(gw_everyone(nsp), "a"), "b"), "e", NULL), 1);
    assert_true(crowd_heard(&crowd, "42[\"e\"]|", "", ""));
    assert_int_equal(gw_emit(gw_except(gw_everyone(nsp), "a"), "e", NULL), 1);
    assert_true(crowd_heard(&crowd, "", "", "42[\"e\"]|"));
    assert_int_equal(gw_emit(gw_except(gw_everyone(nsp), id), "e", NULL), 2);
    assert_true(crowd_heard(&crowd, "42[\"e\"]|", "42[\"e\"]|", ""));
    assert_int_equal(gw_emit(gw_to(gw_everyone(nsp), id), "e", NULL), 1);
    assert_true(crowd_heard(&crowd, "", "", "42[\"e\"]|"));
    assert_int_equal(gw_emit(gw_to(gw_everyone(nsp), "nobody"), "e", NULL), 0);
    assert_int_equal(gw_emit(gw_except(gw_to(gw_everyone(nsp), "b"), "a"), "e", NULL), 0);
    assert_true(crowd_heard(&crowd, "", "", ""));
    /* Somebody else in the room of an id gets what is sent there, like anybody in a room. */
    gw_socket_join(crowd.sockets[0], id);
    assert_int_equal(gw_emit(gw_to(gw_everyone(nsp), id), "e", NULL), 2);
    assert_true(crowd_heard(&crowd, "42[\"e\"]|", "", "42[\"e\"]|"));
    crowd_close(&crowd);
}

static void targets_are_values(void **state)
{
    struct crowd crowd;
    struct gw_target everyone, a, without;

    (void)state;
    crowd_open(&crowd, 3);
    gw_socket_join(crowd.sockets[0], "a");
    gw_socket_join(crowd.sockets[1], "b");
    everyone = gw_everyone(crowd.fx.nsp);
    a = gw_to(everyone, "a");
    without = gw_except(everyone, "a");
    assert_int_equal(gw_count(everyone), 3);
    assert_int_equal(gw_count(a), 1);
    assert_int_equal(gw_count(gw_to(a, "b")), 2);
    assert_int_equal(gw_count(a), 1);
    assert_int_equal(gw_count(without), 2);
    assert_int_equal(gw_count(gw_only(crowd.sockets[0])), 1);
    assert_int_equal(gw_count(gw_to(gw_only(crowd.sockets[0]), "a")), GW_E_ARG);
    assert_int_equal(gw_emit(gw_to(gw_only(crowd.sockets[0]), "a"), "e", NULL), GW_E_ARG);
    crowd_close(&crowd);
}

static void filters_outgrow_a_chunk(void **state)
{
    struct crowd crowd;
    struct gw_target target;
    char room[3000];

    (void)state;
    crowd_open(&crowd, 3);
    memset(room, 'r', sizeof(room) - 1);
    room[sizeof(room) - 1] = '\0';
    gw_socket_join(crowd.sockets[1], "last");
    for (int i = 0; i < 3; i++) {
        target = gw_everyone(crowd.fx.nsp);
        for (int j = 0; j < 20; j++) {
            room[0] = (char)('a' + j);
            target = gw_to(target, j % 2 ? "x" : room);
        }
        target = gw_to(target, "last");
        assert_int_equal(gw_count(target), 1);
        turn(&crowd.fx);
    }
    gw_mem_fail_at(1);
    room[0] = 'z';
    target = gw_to(gw_to(gw_everyone(crowd.fx.nsp), room), room);
    target = gw_to(target, room);
    gw_mem_fail_at(0);
    assert_int_equal(gw_emit(target, "e", NULL), GW_E_NOMEM);
    crowd_close(&crowd);
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

static struct gw_target random_target(struct crowd *crowd, struct model *m, uint64_t *random)
{
    struct gw_target target;

    m->sender = (int)(next_random(random) % (2 * CLIENTS));
    if (m->sender >= CLIENTS)
        m->sender = -1;
    target = m->sender < 0 ? gw_everyone(crowd->fx.nsp) : gw_broadcast(crowd->sockets[m->sender]);
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
    struct crowd crowd;
    struct model m = {0};
    uint64_t random = 99;

    (void)state;
    crowd_open(&crowd, CLIENTS);
    for (size_t round = 0; round < ROUNDS; round++) {
        size_t who = next_random(&random) % CLIENTS, room = next_random(&random) % ROOMS;
        int expected = 0;
        struct gw_target target;

        m.is_in[who][room] = next_random(&random) % 2;
        if (m.is_in[who][room])
            assert_int_equal(gw_socket_join(crowd.sockets[who], room_names[room]), 0);
        else
            gw_socket_leave(crowd.sockets[who], room_names[room]);
        target = random_target(&crowd, &m, &random);
        for (size_t i = 0; i < CLIENTS; i++)
            expected += expects(&m, i);
        assert_int_equal(gw_emit(target, "e", NULL), expected);
        for (size_t i = 0; i < CLIENTS; i++) {
            assert_int_equal(crowd.clients[i]->message_count, expects(&m, i));
            crowd.clients[i]->message_count = 0;
            forget(crowd.clients[i]);
        }
        turn(&crowd.fx);
    }
    crowd_close(&crowd);
}

static void leave_and_disconnect(gw_socket *socket, void *user)
{
    struct crowd *crowd = user;

    trace(&crowd->fx, "x");
    gw_socket_leave(socket, "a");
    gw_socket_leave(crowd->sockets[1], "a");
    gw_socket_disconnect(crowd->sockets[2], GW_NAMESPACE_ONLY);
}

static void anything_may_happen_inside_each(void **state)
{
    struct crowd crowd;

    (void)state;
    crowd_open(&crowd, 4);
    for (size_t i = 0; i < 4; i++)
        gw_socket_join(crowd.sockets[i], "a");
    assert_int_equal(gw_each(gw_to(gw_everyone(crowd.fx.nsp), "a"), leave_and_disconnect, &crowd),
                     3);
    assert_string_equal(crowd.fx.trace, "xxx");
    assert_int_equal(gw_count(gw_to(gw_everyone(crowd.fx.nsp), "a")), 0);
    assert_int_equal(gw_each(gw_everyone(crowd.fx.nsp), leave_and_disconnect, &crowd), 3);
    assert_int_equal(gw_each(gw_to(gw_everyone(crowd.fx.nsp), "a"), leave_and_disconnect, &crowd),
                     0);
    crowd_close(&crowd);
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
