/* SPDX-License-Identifier: MIT */
/* What goes through the table and what does not: an adapter that only counts. */
#include "sio/adapter.h"

#include "sio/namespace.h"
#include "support/sio_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct fixture fx;

static int count_broadcast(struct gw_target target, struct gw_sio_draft *draft)
{
    trace(&fx, "broadcast %.*s %.*s|", (int)draft->nsp.len, (const char *)draft->nsp.ptr,
          (int)draft->name.len, (const char *)draft->name.ptr);
    return gw_sio_adapter_memory.broadcast(target, draft);
}

static int count_fetch(struct gw_target target, gw_on_fetch_fn *fn, void *user)
{
    trace(&fx, "fetch|");
    return gw_sio_adapter_memory.fetch(target, fn, user);
}

static int count_join(struct gw_target target, struct gw_slice room)
{
    trace(&fx, "join %.*s|", (int)room.len, (const char *)room.ptr);
    return gw_sio_adapter_memory.join(target, room);
}

static int count_leave(struct gw_target target, struct gw_slice room)
{
    trace(&fx, "leave %.*s|", (int)room.len, (const char *)room.ptr);
    return gw_sio_adapter_memory.leave(target, room);
}

static int count_disconnect(struct gw_target target, enum gw_disconnect_flags flags)
{
    trace(&fx, "disconnect|");
    return gw_sio_adapter_memory.disconnect(target, flags);
}

static void on_connection(gw_socket *socket, void *user)
{
    *(gw_socket **)user = socket;
}

static void on_fetch(const struct gw_snapshot *snapshots, size_t count, int err, void *user)
{
    (void)snapshots;
    (void)err;
    *(size_t *)user = count;
}

static void open_counting(gw_socket **socket)
{
    static struct gw_sio_adapter counting;

    counting = gw_sio_adapter_memory;
    counting.broadcast = count_broadcast;
    counting.fetch = count_fetch;
    counting.join = count_join;
    counting.leave = count_leave;
    counting.disconnect = count_disconnect;
    fixture_open(&fx, NULL);
    fx.nsp->adapter = &counting;
    fx.io->adapter = &counting;
    assert_int_equal(gw_on_connection(fx.nsp, on_connection, socket), 0);
}

static void what_concerns_many_goes_through_the_adapter(void **state)
{
    gw_socket *socket = NULL;
    struct client *client;
    size_t count = 0;

    (void)state;
    open_counting(&socket);
    client = client_open(&fx);
    say(client, "40");
    assert_int_equal(gw_emit(gw_everyone(fx.nsp), "e", NULL), 1);
    assert_int_equal(gw_fetch(gw_everyone(fx.nsp), on_fetch, &count), 0);
    assert_int_equal(count, 1);
    assert_int_equal(gw_sockets_join(gw_everyone(fx.nsp), "a"), 1);
    assert_int_equal(gw_sockets_leave(gw_everyone(fx.nsp), "a"), 1);
    assert_int_equal(gw_sockets_disconnect(gw_everyone(fx.nsp), GW_NAMESPACE_ONLY), 1);
    assert_string_equal(fx.trace, "broadcast / e|fetch|join a|leave a|disconnect|");
    client_free(client);
    fixture_close(&fx);
}

static void what_concerns_one_socket_does_not(void **state)
{
    gw_socket *socket = NULL;
    struct client *client;

    (void)state;
    open_counting(&socket);
    client = client_open(&fx);
    say(client, "40");
    assert_int_equal(gw_emit(gw_only(socket), "e", NULL), 1);
    assert_int_equal(gw_socket_join(socket, "a"), 0);
    gw_socket_leave(socket, "a");
    gw_socket_disconnect(socket, GW_NAMESPACE_ONLY);
    assert_string_equal(fx.trace, "");
    client_free(client);
    fixture_close(&fx);
}

static void a_parent_hands_on_to_its_childrens_adapters(void **state)
{
    gw_socket *socket = NULL;
    struct client *client;
    gw_namespace *parent;

    (void)state;
    open_counting(&socket);
    parent = gw_io_of_pattern(fx.io, "^/c");
    client = client_open(&fx);
    say(client, "40/c1,");
    say(client, "40/c2,");
    assert_int_equal(gw_emit(gw_everyone(parent), "e", NULL), 2);
    assert_int_equal(gw_sockets_join(gw_everyone(parent), "a"), 2);
    assert_string_equal(fx.trace, "broadcast /c1 e|broadcast /c2 e|join a|join a|");
    client_free(client);
    fixture_close(&fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_concerns_many_goes_through_the_adapter),
        cmocka_unit_test(what_concerns_one_socket_does_not),
        cmocka_unit_test(a_parent_hands_on_to_its_childrens_adapters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
