/* SPDX-License-Identifier: MIT */
#include "sio/pressure.h"

#include "support/failing.h"
#include "support/sio_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { THRESHOLD = 1000 };

struct app {
    struct fixture fx;
    struct client *client;
    gw_socket *socket;
};

static void on_connection(gw_socket *socket, void *user)
{
    ((struct app *)user)->socket = socket;
}

static void on_disconnect(gw_socket *socket, enum gw_reason reason, const char *detail, void *user)
{
    struct app *app = user;

    (void)reason;
    (void)detail;
    trace(&app->fx, "%s", gw_cause_name(gw_socket_cause(socket)));
}

static void app_open(struct app *app, const struct gw_eio_transport_ops *ops)
{
    memset(app, 0, sizeof(*app));
    fixture_open(&app->fx, NULL);
    assert_int_equal(gw_on_connection(app->fx.nsp, on_connection, app), 0);
    assert_int_equal(gw_on_disconnect(app->fx.nsp, on_disconnect, app), 0);
    app->client = client_open_on(&app->fx, ops);
    say(app->client, "40");
    turn(&app->fx);
    forget(app->client);
    gw_namespace_set_pressure(app->fx.nsp, GW_PRESSURE_DEFAULT, THRESHOLD);
}

static void app_close(struct app *app)
{
    client_free(app->client);
    assert_int_equal(gw_io_pressure_stats(app->fx.io).held, 0);
    assert_int_equal(gw_io_pressure_stats(app->fx.io).held_bytes, 0);
    fixture_close(&app->fx);
}

static void block(struct app *app, uint64_t queued_bytes)
{
    app->client->is_writable = false;
    app->client->queued_bytes = queued_bytes;
}

static void drain(struct app *app)
{
    app->client->is_writable = true;
    app->client->queued_bytes = 0;
    gw_eio_session_drained(app->client->session);
}

static struct gw_target everyone(struct app *app, enum gw_pressure policy)
{
    return gw_pressure(gw_everyone(app->fx.nsp), policy);
}

static void policies_sleep_until_a_blocked_client_is_over_the_threshold(void **state)
{
    struct app app;

    (void)state;
    app_open(&app, &client_stream_ops);
    for (int policy = GW_PRESSURE_WAIT; policy <= GW_PRESSURE_CLOSE; policy++) {
        block(&app, THRESHOLD);
        assert_int_equal(gw_emit(everyone(&app, (enum gw_pressure)policy), "a", NULL), 1);
        app.client->is_writable = true; /* much to send, but it goes */
        app.client->queued_bytes = THRESHOLD + 1;
        assert_int_equal(
            gw_emit(gw_pressure(gw_only(app.socket), (enum gw_pressure)policy), "b", NULL), 1);
        assert_string_equal(app.client->out, "42[\"a\"]|42[\"b\"]|");
        forget(app.client);
    }
    app_close(&app);
}

static void the_newest_is_dropped(void **state)
{
    struct app app;

    (void)state;
    app_open(&app, &client_stream_ops);
    block(&app, THRESHOLD + 1);
    assert_int_equal(gw_emit(everyone(&app, GW_PRESSURE_DROP_NEWEST), "a", NULL), 0);
    assert_int_equal(gw_emit(gw_pressure(gw_only(app.socket), GW_PRESSURE_DROP_NEWEST), "b", NULL),
                     0);
    assert_int_equal(gw_emit(gw_everyone(app.fx.nsp), "c", NULL), 1); /* no policy */
    assert_string_equal(app.client->out, "42[\"c\"]|");
    assert_int_equal(gw_socket_pressure_stats(app.socket).dropped_newest, 2);
    assert_int_equal(gw_io_pressure_stats(app.fx.io).dropped_newest, 2);
    app_close(&app);
}

static void the_oldest_are_dropped(void **state)
{
    struct app app;
    char args[16];

    (void)state;
    app_open(&app, &client_stream_ops);
    block(&app, THRESHOLD + 1);
    for (int i = 0; i < 100; i++) {
        snprintf(args, sizeof(args), "%d", i);
        assert_int_equal(gw_emit(everyone(&app, GW_PRESSURE_DROP_OLDEST), "a", args), 1);
        assert_in_range(gw_socket_pressure_stats(app.socket).held_bytes, 1, THRESHOLD);
    }
    assert_string_equal(app.client->out, "");
    assert_int_equal(gw_socket_pressure_stats(app.socket).held +
                         gw_socket_pressure_stats(app.socket).dropped_oldest,
                     100);
    drain(&app);
    assert_non_null(strstr(app.client->out, "42[\"a\",98]|42[\"a\",99]|"));
    assert_null(strstr(app.client->out, "42[\"a\",1]|"));
    assert_int_equal(gw_socket_pressure_stats(app.socket).held, 0);
    app_close(&app);
}

static void the_latest_of_each_key_is_kept(void **state)
{
    struct gw_slice bytes = GW_LIT("x");
    struct app app;

    (void)state;
    app_open(&app, &client_stream_ops);
    block(&app, THRESHOLD + 1);
    for (int i = 0; i < 3; i++) {
        const char *args = (const char *const[]){"1", "2", "3"}[i];

        gw_emit(gw_latest(gw_everyone(app.fx.nsp), "BTC"), "price", args);
        gw_emit(gw_latest(gw_only(app.socket), "ETH"), "price", args);
        gw_emit(everyone(&app, GW_PRESSURE_KEEP_LATEST), "other", args);
        gw_emit_binary(everyone(&app, GW_PRESSURE_KEEP_LATEST), "image",
                       "{\"_placeholder\":true,\"num\":0}", &bytes, 1);
    }
    app.client->queued_bytes = 0; /* what is held is not overtaken by its like */
    gw_emit(everyone(&app, GW_PRESSURE_DROP_OLDEST), "last", NULL);
    assert_string_equal(app.client->out, "");
    drain(&app);
    assert_string_equal(app.client->out,
                        "42[\"price\",3]|42[\"price\",3]|42[\"other\",3]|"
                        "451-[\"image\",{\"_placeholder\":true,\"num\":0}]|B78|42[\"last\"]|");
    assert_int_equal(gw_io_pressure_stats(app.fx.io).replaced, 8);
    app_close(&app);
}

/* What waits without a key is not the latest of the empty one. */
static void an_empty_key_is_a_key_of_its_own(void **state)
{
    struct app app;

    (void)state;
    app_open(&app, &client_stream_ops);
    block(&app, THRESHOLD + 1);
    gw_emit(everyone(&app, GW_PRESSURE_DROP_OLDEST), "a", NULL);
    gw_emit(gw_latest(gw_everyone(app.fx.nsp), ""), "b", "1");
    gw_emit(gw_latest(gw_everyone(app.fx.nsp), ""), "b", "2");
    drain(&app);
    assert_string_equal(app.client->out, "42[\"a\"]|42[\"b\",2]|");
    assert_int_equal(gw_io_pressure_stats(app.fx.io).replaced, 1);
    app_close(&app);
}

static void keys_do_not_choose_receivers(void **state)
{
    struct app app;

    (void)state;
    app_open(&app, &client_stream_ops);
    assert_int_equal(gw_socket_join(app.socket, "room"), 0);
    assert_int_equal(gw_count(gw_latest(gw_everyone(app.fx.nsp), "k")), 1);
    assert_int_equal(gw_count(gw_latest(gw_to(gw_everyone(app.fx.nsp), "room"), "k")), 1);
    assert_int_equal(gw_count(gw_latest(gw_except(gw_everyone(app.fx.nsp), "room"), "k")), 0);
    app_close(&app);
}

static void on_answers(gw_namespace *nsp, const gw_answers *answers, int err, void *user)
{
    struct app *app = user;

    (void)nsp;
    trace(&app->fx, "%zu answers, %zu missing, %s|", gw_answers_count(answers),
          gw_answers_missing_count(answers), gw_err_name(err));
}

static void on_answer(gw_socket *socket, const gw_event *answer, int err, void *user)
{
    struct app *app = user;

    (void)socket;
    (void)answer;
    trace(&app->fx, "%s|", gw_err_name(err));
}

static void questions_wait_whatever_the_policy(void **state)
{
    struct app app;

    (void)state;
    for (int policy = GW_PRESSURE_WAIT; policy <= GW_PRESSURE_CLOSE; policy++) {
        app_open(&app, &client_stream_ops);
        gw_namespace_set_pressure(app.fx.nsp, (enum gw_pressure)policy, THRESHOLD);
        block(&app, THRESHOLD + 1);
        assert_int_equal(
            gw_emit_ack_all(gw_everyone(app.fx.nsp), "many?", NULL, 1000, on_answers, &app), 1);
        assert_int_equal(gw_emit_ack_all(gw_latest(gw_everyone(app.fx.nsp), "key"), "many?", NULL,
                                         1000, on_answers, &app),
                         1);
        assert_int_equal(gw_emit_ack(app.socket, "one?", NULL, 1000, on_answer, &app), 0);
        assert_string_equal(app.client->out, "420[\"many?\"]|421[\"many?\"]|422[\"one?\"]|");
        forget_trace(&app.fx);
        say(app.client, "431[]");
        say(app.client, "430[]");
        say(app.client, "432[]");
        turn(&app.fx);
        assert_string_equal(app.fx.trace,
                            "1 answers, 0 missing, GW_OK|1 answers, 0 missing, GW_OK|GW_OK|");
        app_close(&app);
    }
}

static void the_connection_is_closed(void **state)
{
    struct app app;

    (void)state;
    app_open(&app, &client_stream_ops);
    block(&app, THRESHOLD + 1);
    assert_int_equal(gw_emit(everyone(&app, GW_PRESSURE_CLOSE), "a", NULL), 0);
    assert_int_equal(gw_emit(everyone(&app, GW_PRESSURE_CLOSE), "a", NULL), 0);
    turn(&app.fx);
    assert_true(app.client->is_closed);
    assert_string_equal(app.fx.trace, "overloaded");
    assert_int_equal(gw_io_pressure_stats(app.fx.io).closed, 1);
    app_close(&app);
}

static void a_namespace_has_a_policy_for_all(void **state)
{
    struct app app;

    (void)state;
    app_open(&app, &client_stream_ops);
    gw_namespace_set_pressure(app.fx.nsp, GW_PRESSURE_DROP_NEWEST, THRESHOLD);
    block(&app, THRESHOLD + 1);
    assert_int_equal(gw_emit(gw_everyone(app.fx.nsp), "a", NULL), 0);
    assert_int_equal(gw_emit(gw_only(app.socket), "a", NULL), 0);
    assert_int_equal(gw_emit(gw_volatile(gw_everyone(app.fx.nsp)), "a", NULL), 0);
    assert_int_equal(gw_emit(everyone(&app, GW_PRESSURE_WAIT), "b", NULL), 1);
    assert_string_equal(app.client->out, "42[\"b\"]|");
    assert_int_equal(gw_socket_pressure_stats(app.socket).dropped_newest, 2);
    app_close(&app);
}

static void polls_that_do_not_come_are_pressure_too(void **state)
{
    struct app app;
    char args[64];

    (void)state;
    app_open(&app, &client_polling_ops);
    app.client->is_writable = false;
    memset(args, '1', sizeof(args) - 1);
    args[sizeof(args) - 1] = '\0';
    for (int i = 0; i < 20; i++)
        gw_emit(everyone(&app, GW_PRESSURE_KEEP_LATEST), "a", args);
    gw_emit(everyone(&app, GW_PRESSURE_KEEP_LATEST), "a", "\"newest\"");
    assert_int_equal(gw_socket_pressure_stats(app.socket).held, 1);
    app.client->is_writable = true;
    turn(&app.fx);
    turn(&app.fx);
    assert_non_null(strstr(app.client->out, "42[\"a\",\"newest\"]|"));
    assert_int_equal(gw_socket_pressure_stats(app.socket).held, 0);
    app_close(&app);
}

static void what_is_held_goes_with_its_socket(void **state)
{
    struct app app;

    (void)state;
    app_open(&app, &client_stream_ops);
    block(&app, THRESHOLD + 1);
    gw_emit(everyone(&app, GW_PRESSURE_DROP_OLDEST), "a", NULL);
    gw_socket_disconnect(app.socket, GW_NAMESPACE_ONLY);
    assert_int_equal(gw_io_pressure_stats(app.fx.io).held, 0);
    drain(&app);
    assert_string_equal(app.client->out, "41|");
    app_close(&app);
}

/* Either policy, with attachments, then a key, then all of it goes out. */
static void hold_and_release(struct failing *failing, void *user)
{
    static const struct gw_slice bytes = {(const uint8_t *)"abc", 3};
    const enum gw_pressure *policy = user;
    struct app app;
    int errs[3];

    app_open(&app, &client_stream_ops);
    block(&app, THRESHOLD + 1);
    failing_begin(failing);
    errs[0] = gw_emit_binary(everyone(&app, *policy), "b", "{\"_placeholder\":true,\"num\":0}",
                             &bytes, 1);
    errs[1] = gw_emit(gw_latest(gw_everyone(app.fx.nsp), "key"), "e", "1");
    errs[2] = gw_emit(gw_pressure(gw_only(app.socket), *policy), "o", "1");
    failing_end(failing);
    for (size_t i = 0; i < 3; i++)
        assert_true((errs[i] >= 0 && errs[i] <= 1) || errs[i] == GW_E_NOMEM);
    drain(&app);
    turn(&app.fx);
    app_close(&app);
}

static void any_allocation_may_fail(void **state)
{
    (void)state;
    for (int policy = GW_PRESSURE_WAIT; policy <= GW_PRESSURE_CLOSE; policy++) {
        enum gw_pressure each = (enum gw_pressure)policy;

        assert_true(fail_each(hold_and_release, &each) >= 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(policies_sleep_until_a_blocked_client_is_over_the_threshold),
        cmocka_unit_test(the_newest_is_dropped),
        cmocka_unit_test(the_oldest_are_dropped),
        cmocka_unit_test(the_latest_of_each_key_is_kept),
        cmocka_unit_test(an_empty_key_is_a_key_of_its_own),
        cmocka_unit_test(keys_do_not_choose_receivers),
        cmocka_unit_test(questions_wait_whatever_the_policy),
        cmocka_unit_test(the_connection_is_closed),
        cmocka_unit_test(a_namespace_has_a_policy_for_all),
        cmocka_unit_test(polls_that_do_not_come_are_pressure_too),
        cmocka_unit_test(what_is_held_goes_with_its_socket),
        cmocka_unit_test(any_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
