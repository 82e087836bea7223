/* SPDX-License-Identifier: MIT */
#include "sio/outgoing.h"

#include "support/sio_crowd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { CLIENTS = 3 };

struct app {
    struct crowd crowd;
    bool is_nested;
};

static void app_open(struct app *app)
{
    memset(app, 0, sizeof(*app));
    crowd_open(&app->crowd, CLIENTS);
}

static size_t index_of(const struct app *app, const gw_socket *socket)
{
    size_t i = 0;

    while (i < CLIENTS && app->crowd.sockets[i] != socket)
        i++;
    return i;
}

static void tell_outgoing(gw_socket *socket, const gw_event *event, void *user)
{
    struct app *app = user;

    trace(&app->crowd.fx, "%zu %.*s(%.*s) %zu|", index_of(app, socket),
          (int)gw_event_name(event).len, (const char *)gw_event_name(event).ptr,
          (int)gw_event_args(event).len, (const char *)gw_event_args(event).ptr,
          gw_event_attachment_count(event));
    assert_int_equal(gw_ack(event, NULL), GW_E_ARG);
}

static void on_answer(gw_socket *socket, const gw_event *answer, int err, void *user)
{
    (void)socket;
    (void)answer;
    (void)err;
    (void)user;
}

static void direct_and_broadcast_events_are_told_before_they_are_written(void **state)
{
    struct gw_slice bytes = GW_LIT("abc");
    struct app app;

    (void)state;
    app_open(&app);
    assert_int_equal(gw_on_any_outgoing(app.crowd.fx.nsp, tell_outgoing, &app), 0);
    assert_int_equal(gw_emit(gw_only(app.crowd.sockets[0]), "one", "1"), 1);
    assert_int_equal(gw_emit(gw_broadcast(app.crowd.sockets[1]), "many", NULL), 2);
    assert_int_equal(gw_emit_binary(gw_only(app.crowd.sockets[2]), "b",
                                    "{\"_placeholder\":true,\"num\":0}", &bytes, 1),
                     1);
    assert_int_equal(gw_emit_ack(app.crowd.sockets[0], "ask", "2", 0, on_answer, NULL), 0);
    assert_string_equal(app.crowd.fx.trace, "0 one(1) 0|0 many() 0|2 many() 0|"
                                            "2 b({\"_placeholder\":true,\"num\":0}) 1|0 ask(2) 0|");
    assert_string_equal(app.crowd.clients[0]->out, "42[\"one\",1]|42[\"many\"]|420[\"ask\",2]|");
    crowd_close(&app.crowd);
}

static void ack_answers_are_no_events(void **state)
{
    struct app app;

    (void)state;
    app_open(&app);
    assert_int_equal(gw_on_any_outgoing(app.crowd.fx.nsp, tell_outgoing, &app), 0);
    say(app.crowd.clients[0], "420[\"e\"]");
    gw_socket_disconnect(app.crowd.sockets[1], GW_NAMESPACE_ONLY);
    assert_string_equal(app.crowd.fx.trace, "");
    crowd_close(&app.crowd);
}

static void a_socket_hears_of_its_own_events_only(void **state)
{
    struct app app;

    (void)state;
    app_open(&app);
    assert_int_equal(gw_socket_on_any_outgoing(app.crowd.sockets[1], tell_outgoing, &app), 0);
    assert_int_equal(gw_emit(gw_everyone(app.crowd.fx.nsp), "e", NULL), 3);
    assert_string_equal(app.crowd.fx.trace, "1 e() 0|");
    hang_up(app.crowd.clients[1]);
    turn(&app.crowd.fx);
    assert_int_equal(gw_emit(gw_everyone(app.crowd.fx.nsp), "e", NULL), 2);
    assert_string_equal(app.crowd.fx.trace, "1 e() 0|");
    crowd_close(&app.crowd);
}

static void names_arrive_as_the_application_wrote_them(void **state)
{
    struct app app;

    (void)state;
    app_open(&app);
    assert_int_equal(gw_on_any_outgoing(app.crowd.fx.nsp, tell_outgoing, &app), 0);
    assert_int_equal(gw_emit(gw_only(app.crowd.sockets[0]), "a\"b\n", NULL), 1);
    assert_int_equal(gw_emit(gw_broadcast(app.crowd.sockets[0]), "a\"b\n", NULL), 2);
    assert_int_equal(gw_emit_ack(app.crowd.sockets[0], "a\"b\n", NULL, 0, on_answer, NULL), 0);
    assert_string_equal(app.crowd.fx.trace, "0 a\"b\n() 0|1 a\"b\n() 0|2 a\"b\n() 0|0 a\"b\n() 0|");
    assert_string_equal(app.crowd.clients[0]->out, "42[\"a\\\"b\\n\"]|420[\"a\\\"b\\n\"]|");
    assert_string_equal(app.crowd.clients[2]->out, "42[\"a\\\"b\\n\"]|");
    crowd_close(&app.crowd);
}

/* Its own name with escapes takes the scratch memory that the outer name lay in. */
static void emit_nested(gw_socket *socket, const gw_event *event, void *user)
{
    struct app *app = user;

    (void)event;
    if (app->is_nested)
        return;
    app->is_nested = true;
    assert_int_equal(gw_emit(gw_only(socket), "\t\t\t\t\t\t", NULL), 1);
    app->is_nested = false;
}

static void handlers_may_emit(void **state)
{
    struct app app;

    (void)state;
    app_open(&app);
    assert_int_equal(gw_on_any_outgoing(app.crowd.fx.nsp, emit_nested, &app), 0);
    assert_int_equal(gw_emit(gw_only(app.crowd.sockets[0]), "a\"b", NULL), 1);
    assert_string_equal(app.crowd.clients[0]->out, "42[\"\\t\\t\\t\\t\\t\\t\"]|42[\"a\\\"b\"]|");
    assert_int_equal(gw_emit(gw_broadcast(app.crowd.sockets[0]), "a\"b", NULL), 2);
    assert_string_equal(app.crowd.clients[2]->out, "42[\"\\t\\t\\t\\t\\t\\t\"]|42[\"a\\\"b\"]|");
    forget(app.crowd.clients[0]);
    assert_int_equal(gw_emit_ack(app.crowd.sockets[0], "a\"b", NULL, 0, on_answer, NULL), 0);
    assert_string_equal(app.crowd.clients[0]->out, "42[\"\\t\\t\\t\\t\\t\\t\"]|420[\"a\\\"b\"]|");
    crowd_close(&app.crowd);
}

static void send_all_away(gw_socket *socket, const gw_event *event, void *user)
{
    struct app *app = user;

    (void)socket;
    (void)event;
    for (size_t i = 0; i < CLIENTS; i++)
        gw_socket_disconnect(app->crowd.sockets[i], GW_CLOSE_CONNECTION);
}

static void handlers_may_send_everybody_away(void **state)
{
    (void)state;
    for (int how = 0; how < 3; how++) {
        struct app app;

        app_open(&app);
        assert_int_equal(gw_on_any_outgoing(app.crowd.fx.nsp, send_all_away, &app), 0);
        if (how == 0)
            assert_int_equal(gw_emit(gw_only(app.crowd.sockets[0]), "e", NULL), GW_E_CLOSED);
        else if (how == 1)
            assert_int_equal(gw_emit(gw_everyone(app.crowd.fx.nsp), "e", NULL), 0);
        else
            assert_int_equal(gw_emit_ack(app.crowd.sockets[0], "e", NULL, 0, on_answer, NULL),
                             GW_E_CLOSED);
        crowd_close(&app.crowd);
    }
}

static void order_and_removal_are_those_of_any(void **state)
{
    struct app app;

    (void)state;
    app_open(&app);
    assert_int_equal(gw_on_any_outgoing(app.crowd.fx.nsp, tell_outgoing, &app), 0);
    assert_int_equal(gw_socket_prepend_any_outgoing(app.crowd.sockets[0], tell_outgoing, &app), 0);
    assert_int_equal(gw_prepend_any_outgoing(app.crowd.fx.nsp, tell_outgoing, &app), 0);
    assert_int_equal(gw_emit(gw_only(app.crowd.sockets[0]), "e", NULL), 1);
    assert_string_equal(app.crowd.fx.trace, "0 e() 0|0 e() 0|0 e() 0|");
    assert_int_equal(gw_off_any_outgoing(app.crowd.fx.nsp, NULL, NULL), 2);
    assert_int_equal(gw_socket_off_any_outgoing(app.crowd.sockets[0], tell_outgoing, &app), 1);
    assert_int_equal(gw_emit(gw_only(app.crowd.sockets[0]), "e", NULL), 1);
    assert_string_equal(app.crowd.fx.trace, "0 e() 0|0 e() 0|0 e() 0|");
    crowd_close(&app.crowd);
}

static void memory_that_runs_out_is_said(void **state)
{
    (void)state;
    for (uint64_t nth = 1; nth <= 4; nth++) {
        struct app app;
        int err;

        app_open(&app);
        assert_int_equal(gw_on_any_outgoing(app.crowd.fx.nsp, tell_outgoing, &app), 0);
        gw_mem_fail_at(nth);
        err = gw_emit(gw_broadcast(app.crowd.sockets[0]), "a\"b", NULL);
        gw_mem_fail_at(0);
        assert_true(err == GW_E_NOMEM || err == 2);
        crowd_close(&app.crowd);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(direct_and_broadcast_events_are_told_before_they_are_written),
        cmocka_unit_test(ack_answers_are_no_events),
        cmocka_unit_test(a_socket_hears_of_its_own_events_only),
        cmocka_unit_test(names_arrive_as_the_application_wrote_them),
        cmocka_unit_test(handlers_may_emit),
        cmocka_unit_test(handlers_may_send_everybody_away),
        cmocka_unit_test(order_and_removal_are_those_of_any),
        cmocka_unit_test(memory_that_runs_out_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
