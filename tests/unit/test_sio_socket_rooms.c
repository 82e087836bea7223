/* SPDX-License-Identifier: MIT */
#include "sio/socket.h"

#include "support/sio_crowd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void trace_room(gw_socket *socket, struct gw_slice room, void *user)
{
    if (gw_slice_equal(room, gw_slice_of(gw_socket_id(socket))))
        room = GW_LIT("(id)");
    trace(user, " %.*s", (int)room.len, (const char *)room.ptr);
}

static void leave_room(gw_socket *socket, struct gw_slice room, void *user)
{
    char name[64];

    trace_room(socket, room, user);
    assert_true(room.len < sizeof(name));
    memcpy(name, room.ptr, room.len);
    name[room.len] = '\0';
    gw_socket_leave(socket, name);
    gw_socket_leave(socket, "c"); /* ends a room that is still to come */
    assert_int_equal(gw_socket_join(socket, "new"), 0);
}

static void rooms_may_be_left_inside_the_iteration(void **state)
{
    struct crowd crowd;

    (void)state;
    crowd_open(&crowd, 1);
    assert_int_equal(gw_socket_join(crowd.sockets[0], "a"), 0);
    assert_int_equal(gw_socket_join(crowd.sockets[0], "b"), 0);
    assert_int_equal(gw_socket_join(crowd.sockets[0], "c"), 0);
    forget_trace(&crowd.fx);
    assert_int_equal(gw_socket_each_room(crowd.sockets[0], leave_room, &crowd.fx), 0);
    assert_string_equal(crowd.fx.trace, " (id) a b c");
    forget_trace(&crowd.fx);
    assert_int_equal(gw_socket_each_room(crowd.sockets[0], trace_room, &crowd.fx), 0);
    assert_string_equal(crowd.fx.trace, " new");
    crowd_close(&crowd);
}

static void rooms_of_a_socket_are_limited(void **state)
{
    struct crowd crowd;

    (void)state;
    crowd_open_with(&crowd, &(struct gw_io_options){.max_rooms = 2, .max_room_bytes = 4}, 1);
    assert_int_equal(gw_socket_join(crowd.sockets[0], "a"), 0);
    assert_int_equal(gw_socket_join(crowd.sockets[0], "b"), 0);
    assert_int_equal(gw_socket_join(crowd.sockets[0], "c"), GW_E_LIMIT);
    assert_int_equal(gw_socket_join(crowd.sockets[0], "b"), 0);
    assert_int_equal(gw_socket_join(crowd.sockets[0], gw_socket_id(crowd.sockets[0])), 0);
    gw_socket_leave(crowd.sockets[0], "a");
    gw_socket_leave(crowd.sockets[0], "a");
    assert_int_equal(gw_socket_join(crowd.sockets[0], "12345"), GW_E_LIMIT);
    assert_int_equal(gw_socket_join(crowd.sockets[0], "1234"), 0);
    crowd_close(&crowd);
}

static void the_own_room_can_be_left_and_joined(void **state)
{
    struct crowd crowd;
    struct gw_target own;

    (void)state;
    crowd_open(&crowd, 1);
    own = gw_to(gw_everyone(crowd.fx.nsp), gw_socket_id(crowd.sockets[0]));
    assert_true(gw_socket_is_in(crowd.sockets[0], gw_socket_id(crowd.sockets[0])));
    assert_int_equal(gw_count(own), 1);
    gw_socket_leave(crowd.sockets[0], gw_socket_id(crowd.sockets[0]));
    assert_int_equal(gw_count(own), 0);
    assert_int_equal(gw_socket_room_count(crowd.sockets[0]), 0);
    assert_int_equal(gw_socket_join(crowd.sockets[0], gw_socket_id(crowd.sockets[0])), 0);
    assert_int_equal(gw_count(own), 1);
    crowd_close(&crowd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rooms_may_be_left_inside_the_iteration),
        cmocka_unit_test(rooms_of_a_socket_are_limited),
        cmocka_unit_test(the_own_room_can_be_left_and_joined),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
