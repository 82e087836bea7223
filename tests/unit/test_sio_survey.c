/* SPDX-License-Identifier: MIT */
#include "sio/survey.h"

#include "sio/namespace.h"
#include "support/failing.h"
#include "support/sio_fixture.h"

#include <godwit/args.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { CLIENTS = 3 };

struct app {
    struct fixture fx;
    gw_socket *sockets[CLIENTS];
    char ids[CLIENTS][GW_SOCKET_ID_LEN + 1];
    struct client *clients[CLIENTS];
    size_t count;
    bool asks_again;
};

static void on_connection(gw_socket *socket, void *user)
{
    struct app *app = user;

    memcpy(app->ids[app->count], gw_socket_id(socket), GW_SOCKET_ID_LEN);
    app->sockets[app->count++] = socket;
}

static size_t index_of(const struct app *app, const char *id)
{
    for (size_t i = 0; i < CLIENTS; i++) {
        if (strcmp(app->ids[i], id) == 0)
            return i;
    }
    fail();
    return 0;
}

static void on_answers(gw_namespace *nsp, const gw_answers *answers, int err, void *user)
{
    struct app *app = user;

    for (size_t i = 0; i < gw_answers_count(answers); i++) {
        const gw_event *answer = gw_answers_at(answers, i);
        struct gw_slice args = gw_event_args(answer), bytes = gw_event_attachment(answer, 0);
        char text[16];

        assert_false(gw_event_wants_ack(answer));
        assert_int_equal(gw_ack(answer, "1"), GW_E_ARG);
        assert_null(gw_event_ack_take(answer));
        trace(&app->fx, "%zu[%.*s]", index_of(app, gw_answers_id(answers, i)), (int)args.len,
              (const char *)args.ptr);
        if (gw_event_string(answer, 0, text, sizeof(text)) >= 0)
            trace(&app->fx, "%s", text);
        if (bytes.ptr)
            trace(&app->fx, "<%.*s>", (int)bytes.len, (const char *)bytes.ptr);
    }
    for (size_t i = 0; i < gw_answers_missing_count(answers); i++)
        trace(&app->fx, "-%zu", index_of(app, gw_answers_missing_id(answers, i)));
    assert_null(gw_answers_at(answers, gw_answers_count(answers)));
    assert_null(gw_answers_id(answers, gw_answers_count(answers)));
    assert_null(gw_answers_missing_id(answers, gw_answers_missing_count(answers)));
    trace(&app->fx, "%s|", err ? gw_err_name(err) : "");
    if (app->asks_again) {
        app->asks_again = false;
        assert_true(gw_emit_ack_all(gw_everyone(nsp), "q", NULL, 7, on_answers, app) >= 0);
    }
}

static void app_open(struct app *app, size_t clients)
{
    memset(app, 0, sizeof(*app));
    fixture_open(&app->fx, NULL);
    assert_int_equal(gw_on_connection(app->fx.nsp, on_connection, app), 0);
    for (size_t i = 0; i < clients; i++) {
        app->clients[i] = client_open(&app->fx);
        say(app->clients[i], "40");
        forget(app->clients[i]);
    }
}

static void app_close(struct app *app)
{
    for (size_t i = 0; i < CLIENTS; i++)
        client_free(app->clients[i]);
    fixture_close(&app->fx);
}

static int ask(struct app *app, uint64_t timeout_ms)
{
    return gw_emit_ack_all(gw_everyone(app->fx.nsp), "q", "1", timeout_ms, on_answers, app);
}

static void pass(struct app *app, uint64_t ms)
{
    app->fx.now_ms += ms;
    gw_io_tick(app->fx.io);
    turn(&app->fx);
}

static void all_are_asked_with_one_id_and_answer_in_any_order(void **state)
{
    struct app app;

    (void)state;
    app_open(&app, 3);
    assert_int_equal(ask(&app, 0), 3);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(app.clients[i]->out, "420[\"q\",1]|");
    say(app.clients[2], "430[\"two\",2]");
    say(app.clients[0], "430[]");
    say(app.clients[0], "430[\"once more\"]");
    assert_string_equal(app.fx.trace, "");
    say(app.clients[1], "461-0[{\"_placeholder\":true,\"num\":0}]");
    say_bytes(app.clients[1], "abc");
    assert_string_equal(app.fx.trace,
                        "2[\"two\",2]two0[]1[{\"_placeholder\":true,\"num\":0}]<abc>|");
    assert_int_equal(app.fx.nsp->next_ack_id, 1);
    pass(&app, 10000);
    app_close(&app);
}

static void the_time_runs_out_with_those_who_are_missing(void **state)
{
    struct app app;

    (void)state;
    app_open(&app, 3);
    assert_int_equal(ask(&app, 100), 3);
    say(app.clients[1], "430[1]");
    pass(&app, 99);
    assert_string_equal(app.fx.trace, "");
    pass(&app, 1);
    assert_string_equal(app.fx.trace, "1[1]-0-2GW_E_TIMEOUT|");
    say(app.clients[0], "430[1]"); /* too late */
    assert_int_equal(ask(&app, 0), 3);
    pass(&app, 4999);
    forget_trace(&app.fx);
    pass(&app, 1);
    assert_string_equal(app.fx.trace, "-0-1-2GW_E_TIMEOUT|");
    app_close(&app);
}

static void who_disconnects_is_not_waited_for(void **state)
{
    struct app app;

    (void)state;
    app_open(&app, 3);
    assert_int_equal(ask(&app, 100), 3);
    say(app.clients[1], "430[1]");
    gw_socket_disconnect(app.sockets[1], GW_NAMESPACE_ONLY); /* its answer stays */
    hang_up(app.clients[0]);
    turn(&app.fx);
    assert_string_equal(app.fx.trace, "");
    hang_up(app.clients[2]);
    app_close(&app);
    assert_string_equal(app.fx.trace, "1[1]-0-2GW_E_CLOSED|");
}

static void nobody_there_ends_it_behind_the_call(void **state)
{
    struct app app;

    (void)state;
    app_open(&app, 0);
    assert_int_equal(ask(&app, 1000), 0);
    assert_string_equal(app.fx.trace, "");
    pass(&app, 1);
    assert_string_equal(app.fx.trace, "|");
    assert_int_equal(gw_io_deadline_ms(app.fx.io), UINT64_MAX);
    app_close(&app);
}

static void who_asks_nobody_again_does_not_keep_the_loop(void **state)
{
    struct app app;

    (void)state;
    app_open(&app, 0);
    app.asks_again = true;
    assert_int_equal(ask(&app, 1000), 0);
    pass(&app, 1);
    assert_string_equal(app.fx.trace, "|");
    pass(&app, 1);
    assert_string_equal(app.fx.trace, "||");
    app_close(&app);
}

static void the_end_of_one_may_begin_the_next(void **state)
{
    struct app app;

    (void)state;
    app_open(&app, 1);
    app.asks_again = true;
    assert_int_equal(ask(&app, 5), 1);
    say(app.clients[0], "430[1]");
    say(app.clients[0], "431[2]");
    assert_string_equal(app.fx.trace, "0[1]|0[2]|");
    app_close(&app);
}

static void targets_and_mistakes_are_those_of_an_emit(void **state)
{
    struct app app;
    gw_args args;

    (void)state;
    app_open(&app, 3);
    gw_socket_join(app.sockets[1], "a");
    gw_args_init(&args);
    gw_args_binary(&args, GW_LIT("x"));
    assert_int_equal(
        gw_emit_ack_all_args(gw_to(gw_everyone(app.fx.nsp), "a"), "b", &args, 0, on_answers, &app),
        1);
    assert_string_equal(app.clients[1]->out, "451-0[\"b\",{\"_placeholder\":true,\"num\":0}]|B78|");
    assert_string_equal(app.clients[0]->out, "");
    assert_int_equal(gw_emit_ack_all(gw_only(app.sockets[0]), "q", NULL, 0, on_answers, &app), 1);
    assert_string_equal(app.clients[0]->out, "421[\"q\"]|");
    assert_int_equal(
        gw_emit_ack_all(gw_to(gw_only(app.sockets[0]), "a"), "q", NULL, 0, on_answers, &app),
        GW_E_ARG);
    assert_int_equal(gw_emit_ack_all(gw_everyone(app.fx.nsp), "connect", NULL, 0, on_answers, &app),
                     GW_E_ARG);
    assert_int_equal(gw_emit_ack_all(gw_everyone(app.fx.nsp), "q", "{", 0, on_answers, &app),
                     GW_E_ARG);
    assert_int_equal(gw_emit_ack_all(gw_everyone(gw_io_of_pattern(app.fx.io, "^/x")), "q", NULL, 0,
                                     on_answers, &app),
                     GW_E_ARG);
    gw_args_dispose(&args);
    app_close(&app); /* with two questions open */
}

static void what_is_open_at_the_end_is_freed_without_a_word(void **state)
{
    struct app app;

    (void)state;
    app_open(&app, 2);
    assert_int_equal(ask(&app, 0), 2);
    say(app.clients[0], "430[1]");
    assert_int_equal(
        gw_emit_ack_all(gw_to(gw_everyone(app.fx.nsp), "none"), "q", NULL, 0, on_answers, &app), 0);
    gw_io_destroy(app.fx.io);
    app.fx.io = NULL;
    gw_eio_engine_close(&app.fx.engine);
    while (gw_eio_engine_end_turn(&app.fx.engine, app.fx.now_ms))
        continue;
    gw_eio_engine_reap(&app.fx.engine);
    gw_eio_engine_dispose(&app.fx.engine);
    assert_string_equal(app.fx.trace, "");
    free(app.clients[0]);
    free(app.clients[1]);
}

static void send_another_away(gw_socket *socket, const gw_event *event, void *user)
{
    struct app *app = user;

    (void)event;
    if (socket == app->sockets[1])
        gw_socket_disconnect(app->sockets[0], GW_NAMESPACE_ONLY);
}

static void handlers_may_send_away_who_was_asked(void **state)
{
    struct app app;

    (void)state;
    app_open(&app, 2);
    assert_int_equal(gw_on_any_outgoing(app.fx.nsp, send_another_away, &app), 0);
    assert_int_equal(ask(&app, 10), 2);
    assert_string_equal(app.fx.trace, "");
    say(app.clients[1], "430[1]");
    assert_string_equal(app.fx.trace, "1[1]-0GW_E_CLOSED|");
    app_close(&app);
}

struct promise {
    int calls, err;
};

static void on_promised(gw_namespace *nsp, const gw_answers *answers, int err, void *user)
{
    struct promise *promise = user;

    (void)nsp;
    (void)answers;
    promise->calls++;
    promise->err = err;
}

static void on_outgoing(gw_socket *socket, const gw_event *event, void *user)
{
    (void)socket;
    (void)event;
    (void)user;
}

/* Two of three answer, one of them with bytes; then the time runs out. Whoever was told 0 or more hears once, whoever was
 * told an error never. */
static void ask_and_answer(struct failing *failing, void *user)
{
    const bool *is_watched = user;
    struct promise promise = {0, 0};
    struct app app;
    int asked;

    app_open(&app, 3);
    if (*is_watched)
        assert_int_equal(gw_on_any_outgoing(app.fx.nsp, on_outgoing, NULL), 0);
    failing_begin(failing);
    asked = gw_emit_ack_all(gw_except(gw_everyone(app.fx.nsp), "none"), "q\n", "1", 100,
                            on_promised, &promise);
    for (size_t i = 0; i < 2; i++) {
        say(app.clients[i], i ? "461-0[{\"_placeholder\":true,\"num\":0}]" : "430[1]");
        say_bytes(app.clients[i], "abc");
    }
    pass(&app, 100);
    failing_end(failing);
    pass(&app, 100);
    assert_true(asked == 3 || asked == GW_E_NOMEM);
    assert_int_equal(promise.calls, asked == 3);
    if (asked == 3 && !failing->is_reached)
        assert_int_equal(promise.err, GW_E_TIMEOUT);
    app_close(&app);
}

static void any_allocation_may_fail(void **state)
{
    bool is_watched = false;

    (void)state;
    assert_true(fail_each(ask_and_answer, &is_watched) >= 8);
    is_watched = true;
    assert_true(fail_each(ask_and_answer, &is_watched) >= 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_are_asked_with_one_id_and_answer_in_any_order),
        cmocka_unit_test(the_time_runs_out_with_those_who_are_missing),
        cmocka_unit_test(who_disconnects_is_not_waited_for),
        cmocka_unit_test(nobody_there_ends_it_behind_the_call),
        cmocka_unit_test(who_asks_nobody_again_does_not_keep_the_loop),
        cmocka_unit_test(the_end_of_one_may_begin_the_next),
        cmocka_unit_test(targets_and_mistakes_are_those_of_an_emit),
        cmocka_unit_test(what_is_open_at_the_end_is_freed_without_a_word),
        cmocka_unit_test(handlers_may_send_away_who_was_asked),
        cmocka_unit_test(any_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
