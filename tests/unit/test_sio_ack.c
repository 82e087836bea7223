/* SPDX-License-Identifier: MIT */
#include "sio/ack.h"

#include "sio/namespace.h"
#include "sio/socket.h"

#include "support/sio_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct app {
    struct fixture fx;
    gw_socket *last;
    gw_pending_ack *taken[4];
    size_t taken_count;
    int err; /* of the last answer */
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

static void every_order_of_deadlines_comes_out_sorted(void **state)
{
    struct gw_sio_timeouts timeouts;
    struct gw_sio_timeout items[200] = {{0, 0}}, *popped;
    uint64_t random = 7, last = 0;
    size_t count = 0;

    (void)state;
    gw_sio_timeouts_init(&timeouts);
    for (size_t i = 0; i < 200; i++) {
        random = random * 6364136223846793005U + 1442695040888963407U;
        assert_int_equal(gw_sio_timeouts_start(&timeouts, &items[i], (random >> 33) % 100), 0);
        if (i % 3 == 2) {
            gw_sio_timeouts_stop(&timeouts, &items[(random >> 40) % (i + 1)]);
            gw_sio_timeouts_stop(&timeouts, &items[i / 2]);
        }
    }
    for (size_t i = 0; i < 200; i++)
        count += items[i].index != 0;
    assert_int_equal(timeouts.count, count);
    while ((popped = gw_sio_timeouts_pop(&timeouts, 1000)) != NULL) {
        assert_true(popped->deadline_ms >= last);
        last = popped->deadline_ms;
        count--;
    }
    assert_int_equal(count, 0);
    assert_null(timeouts.heap);
    gw_sio_timeouts_dispose(&timeouts);
}

/* ---- answering the client ---- */

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
    assert_string_equal(client->out, "432[\"later\"]|4399999999999999999999999[]|");
    say(client, "425[\"e\"]");
    assert_int_equal(app.taken_count, 4);
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
    assert_int_equal(ask(&app, app.last, 100), 0);
    gw_pending_ack_drop(app.taken[1]);
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
        cmocka_unit_test(every_order_of_deadlines_comes_out_sorted),
        cmocka_unit_test(a_client_is_answered_once),
        cmocka_unit_test(an_answer_may_be_given_later),
        cmocka_unit_test(what_nobody_answers_is_freed_at_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
