/* SPDX-License-Identifier: MIT */
#include "sio/next.h"

#include "support/sio_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* Middlewares that do what `word` says; LATER keeps next. */
enum word { PASS, REFUSE, REFUSE_WITH_DATA, REFUSE_BARE, REFUSE_BAD_DATA, LATER, TWICE };

struct app {
    struct fixture fx;
    enum word first, second;
    gw_next *kept;
    gw_socket *socket;
};

static void give_word(struct app *app, enum word word, gw_next *next)
{
    switch (word) {
    case PASS:
        gw_next_ok(next);
        return;
    case REFUSE:
        gw_next_refuse(next, "no \"pe\"", NULL);
        return;
    case REFUSE_WITH_DATA:
        gw_next_refuse(next, "nope2", "{\"x\":1}");
        return;
    case REFUSE_BARE:
        gw_next_refuse(next, NULL, NULL);
        return;
    case REFUSE_BAD_DATA:
        gw_next_refuse(next, "nope", "{\"x\":");
        return;
    case LATER:
        app->kept = next;
        return;
    case TWICE:
        gw_next_ok(next);
        gw_next_refuse(next, "too late", NULL);
        gw_next_ok(next);
        return;
    }
}

static void first(gw_socket *socket, gw_next *next, void *user)
{
    struct app *app = user;

    app->socket = socket;
    trace(&app->fx, "first|");
    give_word(app, app->first, next);
}

static void second(gw_socket *socket, gw_next *next, void *user)
{
    struct app *app = user;

    (void)socket;
    trace(&app->fx, "second|");
    give_word(app, app->second, next);
}

static void on_connection(gw_socket *socket, void *user)
{
    struct app *app = user;

    (void)socket;
    trace(&app->fx, "connection|");
}

static void app_open(struct app *app, enum word word1, enum word word2)
{
    memset(app, 0, sizeof(*app));
    fixture_open(&app->fx, NULL);
    app->first = word1;
    app->second = word2;
    assert_int_equal(gw_use(app->fx.nsp, first, app), 0);
    assert_int_equal(gw_use(app->fx.nsp, second, app), 0);
    assert_int_equal(gw_on_connection(app->fx.nsp, on_connection, app), 0);
}

static void middlewares_run_in_order_then_connect(void **state)
{
    struct app app;
    struct client *client;

    (void)state;
    app_open(&app, PASS, TWICE);
    client = client_open(&app.fx);
    say(client, "40");
    assert_string_equal(app.fx.trace, "first|second|connection|");
    assert_string_equal(client->out, "40{\"sid\":\"\"}|");
    client_free(client);
    fixture_close(&app.fx);
}

static void a_refusal_is_a_connect_error(void **state)
{
    static const struct {
        enum word word;
        const char *out;
    } rows[] = {
        {REFUSE, "44{\"message\":\"no \\\"pe\\\"\"}|"},
        {REFUSE_WITH_DATA, "44{\"message\":\"nope2\",\"data\":{\"x\":1}}|"},
        {REFUSE_BARE, "44{}|"},
        {REFUSE_BAD_DATA, "44{\"message\":\"nope\"}|"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct app app;
        struct client *client;

        app_open(&app, rows[i].word, PASS);
        client = client_open(&app.fx);
        say(client, "40");
        assert_string_equal(client->out, rows[i].out);
        assert_string_equal(app.fx.trace, "first|");
        turn(&app.fx);
        app.first = PASS;
        say(client, "40"); /* the connection is as good as before */
        assert_string_equal(app.fx.trace, "first|first|second|connection|");
        client_free(client);
        fixture_close(&app.fx);
    }
}

static void a_word_may_come_later(void **state)
{
    struct app app;
    struct client *client;

    (void)state;
    app_open(&app, LATER, LATER);
    client = client_open(&app.fx);
    say(client, "40");
    turn(&app.fx);
    assert_false(gw_socket_is_connected(app.socket));
    assert_int_equal(gw_emit(gw_only(app.socket), "early", "1"), 1);
    assert_int_equal(gw_socket_join(app.socket, "room"), 0);
    assert_int_equal(gw_emit(gw_to(gw_everyone(app.fx.nsp), "room"), "lost", NULL), 0);
    assert_int_equal(gw_emit(gw_everyone(app.fx.nsp), "lost", NULL), 0);
    gw_next_ok(app.kept);
    assert_string_equal(app.fx.trace, "first|second|");
    gw_next_ok(app.kept);
    assert_string_equal(app.fx.trace, "first|second|connection|");
    assert_int_equal(gw_emit(gw_to(gw_everyone(app.fx.nsp), "room"), "found", NULL), 1);
    assert_string_equal(client->out, "42[\"early\",1]|40{\"sid\":\"\"}|42[\"found\"]|");
    client_free(client);
    fixture_close(&app.fx);
}

static void a_late_refusal_leaves_nothing(void **state)
{
    struct app app;
    struct client *client;

    (void)state;
    app_open(&app, LATER, PASS);
    client = client_open(&app.fx);
    say(client, "40");
    turn(&app.fx);
    gw_next_refuse(app.kept, "later", NULL);
    assert_string_equal(client->out, "44{\"message\":\"later\"}|");
    assert_string_equal(app.fx.trace, "first|");
    assert_int_equal(gw_namespace_socket_count(app.fx.nsp), 0);
    client_free(client);
    fixture_close(&app.fx);
}

static void the_handle_outlives_the_client_until_the_word(void **state)
{
    for (int is_refused = 0; is_refused < 2; is_refused++) {
        struct app app;
        struct client *client;

        (void)state;
        app_open(&app, LATER, PASS);
        client = client_open(&app.fx);
        say(client, "40");
        client_free(client); /* and two turns go by */
        turn(&app.fx);
        assert_int_equal(strlen(gw_socket_id(app.socket)), GW_SOCKET_ID_LEN);
        assert_true(gw_slice_equal(gw_socket_header(app.socket, "user-agent"), GW_LIT("test/1")));
        assert_int_equal(gw_emit(gw_only(app.socket), "x", NULL), GW_E_CLOSED);
        if (is_refused)
            gw_next_refuse(app.kept, "late", NULL);
        else
            gw_next_ok(app.kept);
        assert_string_equal(app.fx.trace, "first|");
        fixture_close(&app.fx);
    }
}

static void a_word_that_never_comes_is_freed_at_the_end(void **state)
{
    struct app app;
    struct client *gone, *here;

    (void)state;
    app_open(&app, LATER, PASS);
    gone = client_open(&app.fx);
    say(gone, "40");
    client_free(gone);
    here = client_open(&app.fx);
    say(here, "40");
    gw_io_destroy(app.fx.io);
    app.fx.io = NULL;
    gw_eio_engine_dispose(&app.fx.engine);
    free(here);
}

static void packets_do_not_pass_a_waiting_middleware(void **state)
{
    static const char *const inputs[] = {"42[\"a\"]", "40", "41"};

    (void)state;
    for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
        struct app app;
        struct client *client;

        app_open(&app, LATER, PASS);
        client = client_open(&app.fx);
        say(client, "40");
        say(client, inputs[i]);
        assert_string_equal(client->out, "close|");
        turn(&app.fx);
        gw_next_ok(app.kept);
        assert_string_equal(app.fx.trace, "first|");
        client_free(client);
        fixture_close(&app.fx);
    }
}

static void a_middleware_that_keeps_silent_runs_into_the_connect_timeout(void **state)
{
    struct app app;
    struct client *client;

    (void)state;
    app_open(&app, LATER, PASS);
    client = client_open(&app.fx);
    say(client, "40");
    app.fx.now_ms += 45000;
    gw_io_tick(app.fx.io);
    assert_string_equal(client->out, "close|");
    gw_next_ok(app.kept);
    assert_string_equal(app.fx.trace, "first|");
    client_free(client);
    fixture_close(&app.fx);
}

static void a_word_is_too_late_once_the_connection_closes(void **state)
{
    struct app app;
    struct client *client;

    (void)state;
    app_open(&app, LATER, PASS);
    client = client_open_on(&app.fx, &client_polling_ops);
    say(client, "40");
    turn(&app.fx);
    client->is_writable = false; /* no poll that could be told of the end */
    say(client, "42[");
    gw_next_ok(app.kept);
    assert_string_equal(app.fx.trace, "first|second|");
    assert_int_equal(gw_namespace_socket_count(app.fx.nsp), 0);
    assert_false(client->is_closed);
    client_free(client);
    assert_string_equal(app.fx.trace, "first|second|");
    fixture_close(&app.fx);
}

static void on_lost(gw_socket *socket, const gw_event *answer, int err, void *user)
{
    struct app *app = user;

    (void)socket;
    assert_null(answer);
    trace(&app->fx, "%s|", gw_err_name(err));
    gw_next_refuse(app->kept, "no answer", NULL);
}

static void ask_first(gw_socket *socket, gw_next *next, void *user)
{
    struct app *app = user;

    app->kept = next;
    assert_int_equal(gw_emit_ack(socket, "who?", NULL, 0, on_lost, app), 0);
}

static void a_word_may_come_while_the_client_goes(void **state)
{
    struct app app = {0};
    struct client *client;

    (void)state;
    fixture_open(&app.fx, NULL);
    gw_use(app.fx.nsp, ask_first, &app);
    client = client_open(&app.fx);
    say(client, "40");
    hang_up(client);
    turn(&app.fx);
    assert_string_equal(app.fx.trace, "GW_E_CLOSED|");
    client_free(client);
    fixture_close(&app.fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(middlewares_run_in_order_then_connect),
        cmocka_unit_test(a_refusal_is_a_connect_error),
        cmocka_unit_test(a_word_may_come_later),
        cmocka_unit_test(a_late_refusal_leaves_nothing),
        cmocka_unit_test(the_handle_outlives_the_client_until_the_word),
        cmocka_unit_test(a_word_that_never_comes_is_freed_at_the_end),
        cmocka_unit_test(a_word_may_come_while_the_client_goes),
        cmocka_unit_test(packets_do_not_pass_a_waiting_middleware),
        cmocka_unit_test(a_middleware_that_keeps_silent_runs_into_the_connect_timeout),
        cmocka_unit_test(a_word_is_too_late_once_the_connection_closes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
