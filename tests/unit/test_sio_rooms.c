/* SPDX-License-Identifier: MIT */
#include "sio/rooms.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { MEMBERS = 12, ROOMS = 9, STEPS = 20000 };

static const uint64_t seed[2] = {3, 4};

/* The naive model: a table of who is where. */
struct model {
    struct gw_sio_rooms rooms;
    struct gw_sio_member members[MEMBERS];
    bool is_in[MEMBERS][ROOMS];
};

static struct gw_slice room_name(size_t room)
{
    static const char *const names[ROOMS] = {
        "",
        "a",
        "b",
        "room",
        "a longer name of a room",
        "\xc3\xa4",
        "0",
        "1",
        "AAAAAAAAAAAAAAAAAAAA",
    };

    return gw_slice_of(names[room]);
}

static void model_open(struct model *m)
{
    memset(m, 0, sizeof(*m));
    gw_sio_rooms_init(&m->rooms, seed);
    for (size_t i = 0; i < MEMBERS; i++)
        gw_sio_member_init(&m->members[i]);
}

static void assert_room(const struct model *m, size_t room)
{
    const struct gw_sio_room *found = gw_sio_rooms_find(&m->rooms, room_name(room));
    size_t expected = 0, listed = 0;

    for (size_t i = 0; i < MEMBERS; i++) {
        expected += m->is_in[i][room];
        assert_int_equal(gw_sio_rooms_is_in(&m->rooms, &m->members[i], room_name(room)),
                         m->is_in[i][room]);
    }
    if (expected == 0) {
        assert_null(found);
        return;
    }
    assert_non_null(found);
    assert_int_equal(found->count, expected);
    for (const struct gw_list *at = found->memberships.next; at != &found->memberships;
         at = at->next) {
        const struct gw_sio_member *member =
            container_of(at, struct gw_sio_membership, in_room)->member;

        assert_true(m->is_in[member - m->members][room]);
        listed++;
    }
    assert_int_equal(listed, expected);
}

static void assert_model(const struct model *m)
{
    for (size_t room = 0; room < ROOMS; room++)
        assert_room(m, room);
    for (size_t i = 0; i < MEMBERS; i++) {
        size_t count = 0;

        for (size_t room = 0; room < ROOMS; room++)
            count += m->is_in[i][room];
        assert_int_equal(m->members[i].count, count);
    }
}

static void step(struct model *m, uint32_t random)
{
    size_t who = random % MEMBERS, room = (random / 64) % ROOMS;

    switch ((random >> 16) % 8) {
    case 0:
    case 1:
    case 2:
    case 3:
        assert_int_equal(gw_sio_rooms_join(&m->rooms, &m->members[who], room_name(room)), 0);
        m->is_in[who][room] = true;
        break;
    case 4:
    case 5:
    case 6:
        gw_sio_rooms_leave(&m->rooms, &m->members[who], room_name(room));
        m->is_in[who][room] = false;
        break;
    default:
        if (random >> 28) /* seldom: else rooms never fill */
            break;
        gw_sio_rooms_leave_all(&m->rooms, &m->members[who]);
        memset(m->is_in[who], 0, sizeof(m->is_in[who]));
    }
}

static void any_sequence_agrees_with_a_table(void **state)
{
    struct model m;
    uint64_t random = 42;

    (void)state;
    model_open(&m);
    for (size_t i = 0; i < STEPS; i++) {
        random = random * 6364136223846793005U + 1442695040888963407U;
        step(&m, (uint32_t)(random >> 32));
        if (i % 16 == 0)
            assert_model(&m);
    }
    gw_sio_rooms_dispose(&m.rooms);
}

static void empty_rooms_are_given_back(void **state)
{
    struct model m;

    (void)state;
    model_open(&m);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(gw_sio_rooms_join(&m.rooms, &m.members[i], GW_LIT("a")), 0);
    for (size_t i = 0; i < 3; i++)
        gw_sio_rooms_leave(&m.rooms, &m.members[i], GW_LIT("a"));
    assert_null(gw_sio_rooms_find(&m.rooms, GW_LIT("a")));
    assert_int_equal(m.rooms.by_name.count, 0);
    assert_int_equal(m.rooms.by_pair.count, 0);
    gw_sio_rooms_dispose(&m.rooms);
}

static void members_are_listed_in_the_order_of_joining(void **state)
{
    struct model m;
    const struct gw_list *at;

    (void)state;
    model_open(&m);
    for (size_t i = MEMBERS; i-- > 0;)
        assert_int_equal(gw_sio_rooms_join(&m.rooms, &m.members[i], GW_LIT("a")), 0);
    assert_int_equal(gw_sio_rooms_join(&m.rooms, &m.members[3], GW_LIT("a")), 0); /* again */
    at = gw_sio_rooms_find(&m.rooms, GW_LIT("a"))->memberships.next;
    for (size_t i = MEMBERS; i-- > 0; at = at->next)
        assert_ptr_equal(container_of(at, struct gw_sio_membership, in_room)->member,
                         &m.members[i]);
    gw_sio_rooms_dispose(&m.rooms);
}

static void a_failed_join_changes_nothing(void **state)
{
    (void)state;
    for (uint64_t nth = 1; nth <= 4; nth++) {
        struct model m;
        int err;

        model_open(&m);
        gw_mem_fail_at(nth);
        err = gw_sio_rooms_join(&m.rooms, &m.members[0], room_name(1));
        gw_mem_fail_at(0);
        m.is_in[0][1] = err == 0;
        assert_true(err == 0 || err == GW_E_NOMEM);
        assert_model(&m);
        gw_sio_rooms_dispose(&m.rooms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_sequence_agrees_with_a_table),
        cmocka_unit_test(empty_rooms_are_given_back),
        cmocka_unit_test(members_are_listed_in_the_order_of_joining),
        cmocka_unit_test(a_failed_join_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
