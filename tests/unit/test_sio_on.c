/* SPDX-License-Identifier: MIT */
#include "support/sio_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct app {
    struct fixture fx;
    gw_socket *socket;
    struct client *client;
};

/* One handler of each test: a word for the trace. */
struct word {
    struct fixture *fx;
    const char *text;
};

static void on_connection(gw_socket *socket, void *user)
{
    ((struct app *)user)->socket = socket;
}

static void app_open(struct app *app)
{
    memset(app, 0, sizeof(*app));
    fixture_open(&app->fx, NULL);
    assert_int_equal(gw_on_connection(app->fx.nsp, on_connection, app), 0);
    app->client = client_open(&app->fx);
    say(app->client, "40");
    assert_non_null(app->socket);
}

static void app_close(struct app *app)
{
    client_free(app->client);
    fixture_close(&app->fx);
}

static void say_word(gw_socket *socket, const gw_event *event, void *user)
{
    const struct word *word = user;

    (void)socket;
    trace(word->fx, "%s %.*s|", word->text, (int)gw_event_args(event).len,
          (const char *)gw_event_args(event).ptr);
}

static void say_socket(gw_socket *socket, void *user)
{
    const struct word *word = user;

    trace(word->fx, "%s %d|", word->text, gw_socket_is_connected(socket));
}

static void say_reason(gw_socket *socket, enum gw_reason reason, const char *detail, void *user)
{
    const struct word *word = user;

    (void)socket;
    (void)detail;
    trace(word->fx, "%s %s|", word->text, gw_reason_text(reason));
}

static void say_error(gw_socket *socket, const char *why, void *user)
{
    const struct word *word = user;

    (void)socket;
    trace(word->fx, "%s %s|", word->text, why);
}

static void once_is_one_time_for_the_namespace_and_for_a_socket(void **state)
{
    struct app app;
    struct word nsp = {&app.fx, "nsp"}, socket = {&app.fx, "socket"};

    (void)state;
    app_open(&app);
    assert_int_equal(gw_once(app.fx.nsp, "e", say_word, &nsp), 0);
    assert_int_equal(gw_socket_once(app.socket, "e", say_word, &socket), 0);
    assert_int_equal(gw_once(app.fx.nsp, "connect", say_word, &nsp), GW_E_ARG);
    assert_int_equal(gw_socket_once(app.socket, "connect", say_word, &nsp), GW_E_ARG);
    assert_int_equal(gw_listener_count(app.fx.nsp, "e"), 1);
    assert_int_equal(gw_socket_listener_count(app.socket, "e"), 1);
    for (int i = 0; i < 2; i++)
        say(app.client, "42[\"e\",1]");
    assert_string_equal(app.fx.trace, "nsp 1|socket 1|");
    assert_int_equal(gw_listener_count(app.fx.nsp, "e"), 0);
    assert_int_equal(gw_socket_listener_count(app.socket, "e"), 0);
    app_close(&app);
}

static void once_connection_is_for_the_next_client_only(void **state)
{
    struct app app;
    struct client *second, *third;
    struct word word = {&app.fx, "once"};

    (void)state;
    app_open(&app);
    assert_int_equal(gw_once_connection(app.fx.nsp, say_socket, &word), 0);
    second = client_open(&app.fx);
    third = client_open(&app.fx);
    say(second, "40");
    say(third, "40");
    assert_string_equal(app.fx.trace, "once 1|");
    client_free(second);
    client_free(third);
    app_close(&app);
}

/* The genuine order: any, those of the name; prepended ones first. */
static void handlers_run_in_the_order_of_their_kind(void **state)
{
    struct app app;
    struct word words[] = {{&app.fx, "named"}, {&app.fx, "own"},     {&app.fx, "any"},
                           {&app.fx, "first"}, {&app.fx, "own any"}, {&app.fx, "own first"},
                           {&app.fx, "late"}};

    (void)state;
    app_open(&app);
    assert_int_equal(gw_on(app.fx.nsp, "e", say_word, &words[0]), 0);
    assert_int_equal(gw_socket_on(app.socket, "e", say_word, &words[1]), 0);
    assert_int_equal(gw_on_any(app.fx.nsp, say_word, &words[2]), 0);
    assert_int_equal(gw_prepend_any(app.fx.nsp, say_word, &words[3]), 0);
    assert_int_equal(gw_socket_on_any(app.socket, say_word, &words[4]), 0);
    assert_int_equal(gw_socket_prepend_any(app.socket, say_word, &words[5]), 0);
    say(app.client, "42[\"e\"]");
    assert_string_equal(app.fx.trace, "first |any |own first |own any |named |own |");
    forget_trace(&app.fx);
    say(app.client, "42[\"other\"]");
    assert_string_equal(app.fx.trace, "first |any |own first |own any |");
    app_close(&app);
}

static void what_is_taken_out_is_not_called(void **state)
{
    struct app app;
    struct word a = {&app.fx, "a"}, b = {&app.fx, "b"};

    (void)state;
    app_open(&app);
    assert_int_equal(gw_on(app.fx.nsp, "e", say_word, &a), 0);
    assert_int_equal(gw_on(app.fx.nsp, "e", say_word, &b), 0);
    assert_int_equal(gw_socket_on(app.socket, "e", say_word, &a), 0);
    assert_int_equal(gw_on_any(app.fx.nsp, say_word, &a), 0);
    assert_int_equal(gw_socket_on_any(app.socket, say_word, &a), 0);
    assert_int_equal(gw_off(app.fx.nsp, "e", say_word, &a), 1);
    assert_int_equal(gw_off(app.fx.nsp, "e", say_word, &a), 0);
    assert_int_equal(gw_off(app.fx.nsp, "none", NULL, NULL), 0);
    assert_int_equal(gw_socket_off(app.socket, "e", NULL, NULL), 1);
    assert_int_equal(gw_off_any(app.fx.nsp, NULL, NULL), 1);
    assert_int_equal(gw_socket_off_any(app.socket, say_word, &a), 1);
    assert_int_equal(gw_socket_off_any(app.socket, say_word, &a), 0);
    say(app.client, "42[\"e\"]");
    assert_string_equal(app.fx.trace, "b |");
    app_close(&app);
}

static void taking_out_what_was_never_there_is_harmless(void **state)
{
    struct app app;

    (void)state;
    app_open(&app);
    assert_int_equal(gw_socket_off(app.socket, "e", NULL, NULL), 0);
    assert_int_equal(gw_socket_off_any(app.socket, NULL, NULL), 0);
    assert_int_equal(gw_socket_off_any_outgoing(app.socket, NULL, NULL), 0);
    assert_int_equal(gw_socket_off_disconnecting(app.socket, NULL, NULL), 0);
    assert_int_equal(gw_socket_off_disconnect(app.socket, NULL, NULL), 0);
    assert_int_equal(gw_socket_off_error(app.socket, NULL, NULL), 0);
    assert_int_equal(gw_socket_off_upgrade(app.socket, NULL, NULL), 0);
    assert_int_equal(gw_off_connection(app.fx.nsp, on_connection, NULL), 0);
    assert_int_equal(gw_off_connection(app.fx.nsp, on_connection, &app), 1);
    assert_int_equal(gw_off_disconnecting(app.fx.nsp, NULL, NULL), 0);
    assert_int_equal(gw_off_disconnect(app.fx.nsp, NULL, NULL), 0);
    assert_int_equal(gw_off_any_outgoing(app.fx.nsp, NULL, NULL), 0);
    assert_int_equal(gw_off_error(app.fx.nsp, NULL, NULL), 0);
    assert_int_equal(gw_off_upgrade(app.fx.nsp, NULL, NULL), 0);
    assert_int_equal(gw_off_room(app.fx.nsp, NULL, NULL), 0);
    app_close(&app);
}

/* Takes itself and all others of the name out, and puts another in. */
static void clear_and_refill(gw_socket *socket, const gw_event *event, void *user)
{
    gw_namespace *nsp = gw_socket_namespace(socket);

    say_word(socket, event, user);
    gw_off(nsp, "e", NULL, NULL);
    gw_socket_off(socket, "e", NULL, NULL);
    assert_int_equal(gw_on(nsp, "e", say_word, user), 0);
    assert_int_equal(gw_socket_on(socket, "e", say_word, user), 0);
}

static void a_handler_may_take_out_the_list_that_it_is_in(void **state)
{
    struct app app;
    struct word word = {&app.fx, "x"}, never = {&app.fx, "never"};

    (void)state;
    app_open(&app);
    assert_int_equal(gw_on(app.fx.nsp, "e", clear_and_refill, &word), 0);
    assert_int_equal(gw_on(app.fx.nsp, "e", say_word, &never), 0);
    assert_int_equal(gw_socket_on(app.socket, "e", say_word, &never), 0);
    say(app.client, "42[\"e\",1]");
    /* What the first has put into the socket's list was there when that began. */
    assert_string_equal(app.fx.trace, "x 1|x 1|");
    turn(&app.fx);
    say(app.client, "42[\"e\",2]");
    assert_string_equal(app.fx.trace, "x 1|x 1|x 2|x 2|");
    app_close(&app);
}

static void a_socket_hears_of_its_own_end(void **state)
{
    struct app app;
    struct word words[] = {{&app.fx, "disconnecting"},
                           {&app.fx, "own disconnecting"},
                           {&app.fx, "disconnect"},
                           {&app.fx, "own disconnect"}};

    (void)state;
    app_open(&app);
    assert_int_equal(gw_on_disconnecting(app.fx.nsp, say_reason, &words[0]), 0);
    assert_int_equal(gw_socket_on_disconnecting(app.socket, say_reason, &words[1]), 0);
    assert_int_equal(gw_on_disconnect(app.fx.nsp, say_reason, &words[2]), 0);
    assert_int_equal(gw_socket_on_disconnect(app.socket, say_reason, &words[3]), 0);
    gw_socket_disconnect(app.socket, GW_NAMESPACE_ONLY);
    assert_string_equal(app.fx.trace, "disconnecting server namespace disconnect|"
                                      "own disconnecting server namespace disconnect|"
                                      "disconnect server namespace disconnect|"
                                      "own disconnect server namespace disconnect|");
    assert_int_equal(gw_socket_on(app.socket, "e", say_word, NULL), GW_E_CLOSED);
    assert_int_equal(gw_socket_on_any(app.socket, say_word, NULL), GW_E_CLOSED);
    app_close(&app);
}

static const char *use_event(gw_socket *socket, const gw_event *event, void *user)
{
    const struct word *word = user;
    char text[16];

    (void)socket;
    trace(word->fx, "%s|", word->text);
    if (gw_event_string(event, 0, text, sizeof(text)) < 0 || strcmp(text, word->text) != 0)
        return NULL;
    return "not this one";
}

/* The genuine order: any handlers, socket.use, the handlers of the name. */
static void middleware_may_drop_an_event_behind_the_any_handlers(void **state)
{
    struct app app;
    struct word one = {&app.fx, "one"}, two = {&app.fx, "two"}, named = {&app.fx, "named"},
                any = {&app.fx, "any"}, error = {&app.fx, "error"}, own = {&app.fx, "own error"};

    (void)state;
    app_open(&app);
    assert_int_equal(gw_on(app.fx.nsp, "e", say_word, &named), 0);
    assert_int_equal(gw_socket_on_any(app.socket, say_word, &any), 0);
    assert_int_equal(gw_socket_use(app.socket, use_event, &two), 0);
    assert_int_equal(gw_use_event(app.fx.nsp, use_event, &one), 0);
    assert_int_equal(gw_on_error(app.fx.nsp, say_error, &error), 0);
    assert_int_equal(gw_socket_on_error(app.socket, say_error, &own), 0);
    say(app.client, "42[\"e\",1]");
    assert_string_equal(app.fx.trace, "any 1|one|two|named 1|");
    forget_trace(&app.fx);
    forget(app.client);
    say(app.client, "42[\"e\",\"one\"]");
    say(app.client, "42[\"e\",\"two\"]");
    assert_string_equal(app.fx.trace,
                        "any \"one\"|one|error not this one|own error not this one|"
                        "any \"two\"|one|two|error not this one|own error not this one|");
    assert_string_equal(app.client->out, ""); /* the client hears nothing, and stays */
    assert_true(gw_socket_is_connected(app.socket));
    app_close(&app);
}

static const char *send_away(gw_socket *socket, const gw_event *event, void *user)
{
    (void)event;
    (void)user;
    gw_socket_disconnect(socket, GW_NAMESPACE_ONLY);
    return "gone";
}

static void middleware_may_send_the_socket_away(void **state)
{
    struct app app;
    struct word never = {&app.fx, "never"};

    (void)state;
    app_open(&app);
    assert_int_equal(gw_socket_use(app.socket, send_away, NULL), 0);
    assert_int_equal(gw_socket_on(app.socket, "e", say_word, &never), 0);
    assert_int_equal(gw_socket_on_error(app.socket, say_error, &never), 0);
    say(app.client, "42[\"e\"]");
    assert_string_equal(app.fx.trace, "");
    app_close(&app);
}

static void memory_that_runs_out_costs_the_registration_only(void **state)
{
    (void)state;
    for (uint64_t nth = 1; nth <= 5; nth++) {
        struct app app;
        struct word word = {&app.fx, "x"};
        int err;

        app_open(&app);
        gw_mem_fail_at(nth);
        err = gw_socket_on(app.socket, "e", say_word, &word);
        gw_mem_fail_at(0);
        assert_int_equal(err, GW_E_NOMEM);
        assert_int_equal(gw_socket_listener_count(app.socket, "e"), 0);
        say(app.client, "42[\"e\"]");
        assert_string_equal(app.fx.trace, "");
        assert_int_equal(gw_socket_on(app.socket, "e", say_word, &word), 0);
        say(app.client, "42[\"e\"]");
        assert_string_equal(app.fx.trace, "x |");
        app_close(&app);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(once_is_one_time_for_the_namespace_and_for_a_socket),
        cmocka_unit_test(once_connection_is_for_the_next_client_only),
        cmocka_unit_test(handlers_run_in_the_order_of_their_kind),
        cmocka_unit_test(what_is_taken_out_is_not_called),
        cmocka_unit_test(taking_out_what_was_never_there_is_harmless),
        cmocka_unit_test(a_handler_may_take_out_the_list_that_it_is_in),
        cmocka_unit_test(a_socket_hears_of_its_own_end),
        cmocka_unit_test(middleware_may_drop_an_event_behind_the_any_handlers),
        cmocka_unit_test(middleware_may_send_the_socket_away),
        cmocka_unit_test(memory_that_runs_out_costs_the_registration_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
