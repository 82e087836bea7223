/* SPDX-License-Identifier: MIT */
#include "sio/answer.h"

#include <godwit/args.h>

#include "support/sio_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct app {
    struct fixture fx;
    gw_socket *last;
    gw_pending_ack *taken[5];
    size_t taken_count;
};

static void on_connection(gw_socket *socket, void *user)
{
    struct app *app = user;

    app->last = socket;
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

static void answer_in_time(gw_socket *socket, const gw_event *event, void *user)
{
    struct app *app = user;
    struct gw_slice bytes = GW_LIT("ab");

    (void)socket;
    if (!gw_event_wants_ack(event)) {
        assert_int_equal(gw_ack(event, "1"), GW_E_ARG);
        assert_null(gw_event_ack_take(event));
        trace(&app->fx, "unasked|");
        return;
    }
    assert_int_equal(gw_ack(event, "1,,2"), GW_E_ARG);
    assert_true(gw_event_wants_ack(event));
    if (gw_event_arg_count(event) > 0)
        assert_int_equal(gw_ack_binary(event, "{\"_placeholder\":true,\"num\":0},\"x\"", &bytes, 1),
                         0);
    else
        assert_int_equal(gw_ack(event, "1,\"two\""), 0);
    assert_false(gw_event_wants_ack(event));
    assert_int_equal(gw_ack(event, "2"), GW_E_CLOSED);
    assert_null(gw_event_ack_take(event));
}

static void a_client_is_answered_once(void **state)
{
    struct app app;
    struct client *client;

    (void)state;
    app_open(&app, NULL);
    gw_on(app.fx.nsp, "e", answer_in_time, &app);
    client = join(&app);
    say(client, "42[\"e\"]");
    say(client, "420[\"e\"]");
    say(client, "4212[\"e\",1]");
    assert_string_equal(app.fx.trace, "unasked|");
    assert_string_equal(client->out,
                        "430[1,\"two\"]|461-12[{\"_placeholder\":true,\"num\":0},\"x\"]|B6162|");
    client_free(client);
    fixture_close(&app.fx);
}

static void take(gw_socket *socket, const gw_event *event, void *user)
{
    struct app *app = user;
    gw_pending_ack *ack = gw_event_ack_take(event);

    (void)socket;
    if (!ack) {
        trace(&app->fx, "none|");
        return;
    }
    assert_false(gw_event_wants_ack(event));
    app->taken[app->taken_count++] = ack;
}

static void an_answer_may_be_given_later(void **state)
{
    struct app app;
    struct client *client;

    (void)state;
    app_open(&app, &(struct gw_io_options){.max_pending_acks = 3});
    gw_on(app.fx.nsp, "e", take, &app);
    client = join(&app);
    say(client, "4200099999999999999999999999[\"e\"]");
    say(client, "422[\"e\"]");
    say(client, "423[\"e\"]");
    say(client, "424[\"e\"]");
    assert_string_equal(app.fx.trace, "none|"); /* the fourth at once */
    turn(&app.fx);
    assert_int_equal(gw_pending_ack_answer(app.taken[1], "\"later\""), 0);
    assert_int_equal(gw_pending_ack_answer(app.taken[0], NULL), 0);
    assert_int_equal(gw_pending_ack_answer(app.taken[2], "{"), GW_E_ARG);
    gw_pending_ack_drop(NULL);
    assert_int_equal(gw_pending_ack_answer(NULL, "1"), GW_E_ARG);
    assert_int_equal(gw_pending_ack_answerf(NULL, "%d", 1), GW_E_ARG);
    assert_string_equal(client->out, "432[\"later\"]|4399999999999999999999999[]|");
    say(client, "425[\"e\"]");
    say(client, "426[\"e\"]");
    assert_int_equal(app.taken_count, 5);
    assert_int_equal(gw_pending_ack_answerf(app.taken[4], "%s,[%b]", "so", true), 0);
    assert_non_null(strstr(client->out, "|436[\"so\",[true]]|"));
    hang_up(client);
    turn(&app.fx);
    assert_int_equal(gw_pending_ack_answer(app.taken[3], "1"), GW_E_CLOSED);
    client_free(client);
    fixture_close(&app.fx);
}

static void what_nobody_answers_is_freed_at_the_end(void **state)
{
    struct app app;
    struct client *client;

    (void)state;
    app_open(&app, NULL);
    gw_on(app.fx.nsp, "e", take, &app);
    client = join(&app);
    say(client, "421[\"e\"]");
    say(client, "422[\"e\"]");
    gw_pending_ack_drop(app.taken[1]);
    client_free(client);
    fixture_close(&app.fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_is_answered_once),
        cmocka_unit_test(an_answer_may_be_given_later),
        cmocka_unit_test(what_nobody_answers_is_freed_at_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
