/* SPDX-License-Identifier: MIT */
#include "sio/ack.h"

#include "sio/namespace.h"
#include "support/sio_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct app {
    struct fixture fx;
    gw_socket *last;
};

static void on_connection(gw_socket *socket, void *user)
{
    struct app *app = user;

    app->last = socket;
}

static void on_answer(gw_socket *socket, const gw_event *answer, int err, void *user)
{
    struct app *app = user;

    assert_non_null(socket);
    if (!answer) {
        trace(&app->fx, "%s|", gw_err_name(err));
        return;
    }
    assert_int_equal(err, 0);
    assert_null(gw_event_name(answer).ptr);
    assert_false(gw_event_wants_ack(answer));
    trace(&app->fx, "[%.*s]", (int)gw_event_args(answer).len,
          (const char *)gw_event_args(answer).ptr);
    for (size_t i = 0; i < gw_event_attachment_count(answer); i++) {
        struct gw_slice bytes = gw_event_attachment(answer, i);

        trace(&app->fx, "<%.*s>", (int)bytes.len, (const char *)bytes.ptr);
    }
    trace(&app->fx, "|");
}

static void app_open(struct app *app, const struct gw_io_options *options)
{
    memset(app, 0, sizeof(*app));
    fixture_open(&app->fx, options);
    assert_int_equal(gw_on_connection(app->fx.nsp, on_connection, app), 0);
}

static struct client *join(struct app *app)
{
    struct client *client = client_open(&app->fx);

    say(client, "40");
    forget(client);
    return client;
}

static int ask(struct app *app, gw_socket *socket, uint64_t timeout_ms)
{
    return gw_emit_ack(socket, "q", "1", timeout_ms, on_answer, app);
}

static void ids_count_per_namespace_and_each_answer_counts_once(void **state)
{
    struct app app;
    struct client *one, *two;
    gw_socket *first;

    (void)state;
    app_open(&app, NULL);
    one = join(&app);
    first = app.last;
    two = join(&app);
    assert_int_equal(ask(&app, first, 0), 0);
    assert_int_equal(ask(&app, app.last, 0), 0);
    assert_int_equal(ask(&app, first, 0), 0);
    assert_string_equal(one->out, "420[\"q\",1]|422[\"q\",1]|");
    assert_string_equal(two->out, "421[\"q\",1]|");
    say(two, "430[\"not yours\"]");
    assert_string_equal(app.fx.trace, "");
    say(one, "432[\"b\",2]");
    say(one, "430[]");
    say(one, "430[\"again\"]");
    say(two, "431");
    assert_string_equal(app.fx.trace, "[\"b\",2]|[]|[]|");
    assert_int_equal(app.fx.nsp->acks.count, 0);
    client_free(one);
    client_free(two);
    fixture_close(&app.fx);
}

static void answers_may_be_binary(void **state)
{
    struct app app;
    struct client *client;

    (void)state;
    app_open(&app, NULL);
    client = join(&app);
    assert_int_equal(ask(&app, app.last, 0), 0);
    say(client, "461-0[{\"_placeholder\":true,\"num\":0}]");
    say_bytes(client, "xyz");
    assert_string_equal(app.fx.trace, "[{\"_placeholder\":true,\"num\":0}]<xyz>|");
    client_free(client);
    fixture_close(&app.fx);
}

static void time_outs_come_in_order_and_late_answers_are_ignored(void **state)
{
    struct app app;
    struct client *client;

    (void)state;
    app_open(&app, NULL);
    client = join(&app);
    assert_int_equal(ask(&app, app.last, 300), 0);
    assert_int_equal(ask(&app, app.last, 100), 0);
    assert_int_equal(ask(&app, app.last, 200), 0);
    assert_int_equal(ask(&app, app.last, UINT64_MAX), 0);
    assert_int_equal(gw_io_deadline_ms(app.fx.io), 1100);
    app.fx.now_ms = 1099;
    gw_io_tick(app.fx.io);
    assert_string_equal(app.fx.trace, "");
    app.fx.now_ms = 1100;
    gw_io_tick(app.fx.io);
    assert_string_equal(app.fx.trace, "GW_E_TIMEOUT|");
    say(client, "432[\"c\"]");
    say(client, "431[\"late\"]");
    assert_string_equal(app.fx.trace, "GW_E_TIMEOUT|[\"c\"]|");
    assert_int_equal(gw_io_deadline_ms(app.fx.io), 1300);
    app.fx.now_ms = 5000;
    gw_io_tick(app.fx.io);
    assert_string_equal(app.fx.trace, "GW_E_TIMEOUT|[\"c\"]|GW_E_TIMEOUT|");
    client_free(client);
    fixture_close(&app.fx);
}

static void disconnection_answers_all_before_on_disconnect(void **state)
{
    struct app app;
    struct client *client;

    (void)state;
    app_open(&app, NULL);
    client = join(&app);
    assert_int_equal(ask(&app, app.last, 0), 0);
    assert_int_equal(ask(&app, app.last, 100), 0);
    hang_up(client);
    assert_string_equal(app.fx.trace, "GW_E_CLOSED|GW_E_CLOSED|");
    assert_int_equal(ask(&app, app.last, 0), GW_E_CLOSED);
    assert_int_equal(gw_io_deadline_ms(app.fx.io), UINT64_MAX);
    client_free(client);
    fixture_close(&app.fx);
}

static void ask_again(gw_socket *socket, const gw_event *answer, int err, void *user)
{
    (void)answer;
    if (err == 0)
        assert_int_equal(ask(user, socket, 0), 0);
    else
        assert_int_equal(ask(user, socket, 0), GW_E_CLOSED);
}

static void an_answer_may_ask_again_or_disconnect(void **state)
{
    struct app app;
    struct client *client;

    (void)state;
    app_open(&app, NULL);
    client = join(&app);
    assert_int_equal(gw_emit_ack(app.last, "q", NULL, 0, ask_again, &app), 0);
    assert_int_equal(gw_emit_ack(app.last, "q", NULL, 0, ask_again, &app), 0);
    say(client, "430[]");
    assert_string_equal(client->out, "420[\"q\"]|421[\"q\"]|422[\"q\",1]|");
    gw_socket_disconnect(app.last, GW_CLOSE_CONNECTION);
    assert_string_equal(app.fx.trace, "GW_E_CLOSED|");
    client_free(client);
    fixture_close(&app.fx);
}

static void unanswered_ones_are_limited(void **state)
{
    struct app app;
    struct client *client;

    (void)state;
    app_open(&app, &(struct gw_io_options){.max_pending_acks = 2});
    client = join(&app);
    assert_int_equal(ask(&app, app.last, 0), 0);
    assert_int_equal(ask(&app, app.last, 0), 0);
    assert_int_equal(ask(&app, app.last, 0), GW_E_LIMIT);
    say(client, "430[]");
    assert_int_equal(ask(&app, app.last, 0), 0);
    assert_int_equal(gw_emit_ack(app.last, "disconnect", NULL, 0, on_answer, &app), GW_E_LIMIT);
    say(client, "431[]");
    assert_int_equal(gw_emit_ack(app.last, "disconnect", NULL, 0, on_answer, &app), GW_E_ARG);
    assert_int_equal(gw_emit_ack(app.last, "q", "1,", 0, on_answer, &app), GW_E_ARG);
    client_free(client);
    fixture_close(&app.fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_count_per_namespace_and_each_answer_counts_once),
        cmocka_unit_test(answers_may_be_binary),
        cmocka_unit_test(time_outs_come_in_order_and_late_answers_are_ignored),
        cmocka_unit_test(disconnection_answers_all_before_on_disconnect),
        cmocka_unit_test(an_answer_may_ask_again_or_disconnect),
        cmocka_unit_test(unanswered_ones_are_limited),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
