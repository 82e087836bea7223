/* SPDX-License-Identifier: MIT */
#include "sio/many.h"

#include "support/failing.h"
#include "support/sio_crowd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { CLIENTS = 3 };

struct app {
    struct crowd crowd;
    int fetches;
};

static void app_open(struct app *app)
{
    memset(app, 0, sizeof(*app));
    crowd_open(&app->crowd, CLIENTS);
}

static void trace_snapshot(struct app *app, const struct gw_snapshot *snapshot)
{
    size_t i = 0;

    while (app->crowd.sockets[i] != snapshot->socket)
        i++;
    assert_string_equal(snapshot->id, gw_socket_id(app->crowd.sockets[i]));
    trace(&app->crowd.fx, "%zu %.*s %.*s", i, (int)snapshot->data.len,
          (const char *)snapshot->data.ptr, (int)snapshot->handshake.address.len,
          (const char *)snapshot->handshake.address.ptr);
    for (size_t k = 0; k < snapshot->room_count; k++) {
        struct gw_slice room = snapshot->rooms[k];

        if (gw_slice_equal(room, gw_slice_of(snapshot->id)))
            room = GW_LIT("(id)");
        trace(&app->crowd.fx, " %.*s", (int)room.len, (const char *)room.ptr);
    }
    trace(&app->crowd.fx, "|");
}

static void on_fetch(const struct gw_snapshot *snapshots, size_t count, int err, void *user)
{
    struct app *app = user;

    assert_int_equal(err, 0);
    app->fetches++;
    for (size_t i = 0; i < count; i++)
        trace_snapshot(app, &snapshots[i]);
}

static void fetching_shows_id_handshake_rooms_and_data(void **state)
{
    struct app app;

    (void)state;
    app_open(&app);
    assert_int_equal(gw_socket_set_data(app.crowd.sockets[1], "{\"n\":1}"), 0);
    assert_int_equal(gw_socket_join(app.crowd.sockets[1], "a"), 0);
    assert_int_equal(gw_socket_join(app.crowd.sockets[2], "a"), 0);
    assert_int_equal(gw_socket_join(app.crowd.sockets[2], "b"), 0);
    assert_int_equal(gw_fetch(gw_everyone(app.crowd.fx.nsp), on_fetch, &app), 0);
    assert_string_equal(app.crowd.fx.trace, "0 {} 192.0.2.7 (id)|1 {\"n\":1} 192.0.2.7 (id) a|"
                                            "2 {} 192.0.2.7 (id) a b|");
    forget_trace(&app.crowd.fx);
    assert_int_equal(
        gw_fetch(gw_except(gw_to(gw_everyone(app.crowd.fx.nsp), "a"), "b"), on_fetch, &app), 0);
    assert_string_equal(app.crowd.fx.trace, "1 {\"n\":1} 192.0.2.7 (id) a|");
    forget_trace(&app.crowd.fx);
    assert_int_equal(gw_fetch(gw_to(gw_everyone(app.crowd.fx.nsp), "none"), on_fetch, &app), 0);
    assert_int_equal(gw_fetch(gw_only(app.crowd.sockets[0]), on_fetch, &app), 0);
    assert_string_equal(app.crowd.fx.trace, "0 {} 192.0.2.7 (id)|");
    assert_int_equal(app.fetches, 4);
    assert_int_equal(gw_fetch(gw_to(gw_only(app.crowd.sockets[0]), "a"), on_fetch, &app), GW_E_ARG);
    assert_int_equal(app.fetches, 4);
    crowd_close(&app.crowd);
}

static void on_fetch_wild(const struct gw_snapshot *snapshots, size_t count, int err, void *user)
{
    struct app *app = user;

    for (size_t i = 0; i < CLIENTS; i++) {
        gw_socket_leave(app->crowd.sockets[i], "a");
        assert_int_equal(gw_socket_set_data(app->crowd.sockets[i], "2"), 0);
        gw_socket_disconnect(app->crowd.sockets[i], GW_CLOSE_CONNECTION);
    }
    on_fetch(snapshots, count, err, user);
    assert_true(
        gw_slice_equal(gw_snapshot_header(&snapshots[0], "HOST"), GW_LIT("localhost:3000")));
    assert_null(gw_snapshot_header(&snapshots[0], "cookie").ptr);
}

static void snapshots_stay_as_they_were_taken(void **state)
{
    struct app app;

    (void)state;
    app_open(&app);
    assert_int_equal(gw_sockets_join(gw_broadcast(app.crowd.sockets[0]), "a"), 2);
    assert_int_equal(gw_socket_set_data(app.crowd.sockets[1], "1"), 0);
    assert_int_equal(gw_fetch(gw_everyone(app.crowd.fx.nsp), on_fetch_wild, &app), 0);
    assert_string_equal(app.crowd.fx.trace, "0 {} 192.0.2.7 (id)|1 1 192.0.2.7 (id) a|"
                                            "2 {} 192.0.2.7 (id) a|");
    crowd_close(&app.crowd);
}

static void many_join_leave_and_go(void **state)
{
    struct gw_target room;
    struct app app;

    (void)state;
    app_open(&app);
    room = gw_to(gw_everyone(app.crowd.fx.nsp), "a");
    assert_int_equal(gw_sockets_join(gw_broadcast(app.crowd.sockets[0]), "a"), 2);
    assert_int_equal(gw_count(room), 2);
    assert_int_equal(gw_sockets_join(room, "b"), 2);
    assert_int_equal(gw_sockets_leave(gw_only(app.crowd.sockets[1]), "a"), 1);
    assert_int_equal(gw_count(room), 1);
    assert_int_equal(gw_sockets_leave(gw_everyone(app.crowd.fx.nsp), "a"), 3);
    assert_int_equal(gw_count(room), 0);
    assert_int_equal(
        gw_sockets_disconnect(gw_to(gw_everyone(app.crowd.fx.nsp), "b"), GW_CLOSE_CONNECTION), 2);
    assert_string_equal(app.crowd.clients[0]->out, "");
    assert_string_equal(app.crowd.clients[1]->out, "41|close|");
    assert_string_equal(app.crowd.clients[2]->out, "41|close|");
    assert_int_equal(gw_sockets_disconnect(gw_everyone(app.crowd.fx.nsp), GW_NAMESPACE_ONLY), 1);
    assert_string_equal(app.crowd.clients[0]->out, "41|");
    crowd_close(&app.crowd);
}

static void memory_that_runs_out_means_no_call(void **state)
{
    (void)state;
    for (uint64_t nth = 1; nth <= 2; nth++) {
        struct app app;
        int err;

        app_open(&app);
        gw_mem_fail_at(nth);
        err = gw_fetch(gw_everyone(app.crowd.fx.nsp), on_fetch, &app);
        gw_mem_fail_at(0);
        assert_int_equal(err, GW_E_NOMEM);
        assert_int_equal(app.fetches, 0);
        crowd_close(&app.crowd);
    }
}

static void do_all(struct failing *failing, void *user)
{
    struct gw_target room;
    struct app app;
    int errs[5], fetched;

    (void)user;
    app_open(&app);
    assert_int_equal(gw_socket_join(app.crowd.sockets[0], "a"), 0);
    assert_int_equal(gw_socket_set_data(app.crowd.sockets[0], "[1]"), 0);
    failing_begin(failing);
    room = gw_except(
        gw_to(gw_to(gw_everyone(app.crowd.fx.nsp), "a"), gw_socket_id(app.crowd.sockets[1])), "b");
    fetched = errs[0] = gw_fetch(room, on_fetch, &app);
    errs[1] = gw_sockets_join(room, "c");
    errs[2] = gw_sockets_leave(gw_to(gw_everyone(app.crowd.fx.nsp), "c"), "a");
    errs[3] = gw_sockets_disconnect(gw_to(gw_everyone(app.crowd.fx.nsp), "c"), GW_NAMESPACE_ONLY);
    errs[4] = gw_sockets_disconnect(gw_everyone(app.crowd.fx.nsp), GW_CLOSE_CONNECTION);
    failing_end(failing);
    for (size_t i = 0; i < 5; i++)
        assert_true(errs[i] >= 0 || errs[i] == GW_E_NOMEM);
    assert_int_equal(app.fetches, fetched == 0);
    crowd_close(&app.crowd);
}

static void any_allocation_may_fail(void **state)
{
    (void)state;
    assert_true(fail_each(do_all, NULL) >= 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fetching_shows_id_handshake_rooms_and_data),
        cmocka_unit_test(snapshots_stay_as_they_were_taken),
        cmocka_unit_test(many_join_leave_and_go),
        cmocka_unit_test(memory_that_runs_out_means_no_call),
        cmocka_unit_test(any_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
