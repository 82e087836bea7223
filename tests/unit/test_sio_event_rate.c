/* SPDX-License-Identifier: MIT */
#include "sio/event_rate.h"

#include "sio/namespace.h"
#include "sio/socket.h"
#include "support/sio_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct app {
    struct fixture fx;
    struct client *client;
};

static void on_hi(gw_socket *socket, const gw_event *event, void *user)
{
    (void)socket;
    (void)event;
    trace(&((struct app *)user)->fx, "hi|");
}

static void on_error(gw_socket *socket, const char *why, void *user)
{
    (void)socket;
    trace(&((struct app *)user)->fx, "error %s|", why);
}

static void on_disconnect(gw_socket *socket, enum gw_reason reason, const char *detail, void *user)
{
    (void)detail;
    trace(&((struct app *)user)->fx, "%s: %s|", gw_reason_text(reason),
          gw_cause_name(gw_socket_cause(socket)));
}

static void app_open(struct app *app, const struct gw_io_options *options)
{
    gw_namespace *other;

    memset(app, 0, sizeof(*app));
    fixture_open(&app->fx, options);
    other = gw_io_of(app->fx.io, "/other");
    for (int i = 0; i < 2; i++) {
        gw_namespace *nsp = i == 0 ? app->fx.nsp : other;

        assert_int_equal(gw_on(nsp, "hi", on_hi, app), 0);
        assert_int_equal(gw_on_error(nsp, on_error, app), 0);
        assert_int_equal(gw_on_disconnect(nsp, on_disconnect, app), 0);
    }
    app->client = client_open(&app->fx);
    say(app->client, "40");
    forget(app->client);
}

static void app_close(struct app *app)
{
    client_free(app->client);
    fixture_close(&app->fx);
}

static void say_hi(struct app *app, int times)
{
    for (int i = 0; i < times; i++)
        say(app->client, "42[\"hi\"]");
}

static void expect(struct app *app, const char *traced)
{
    assert_string_equal(app->fx.trace, traced);
    forget_trace(&app->fx);
}

static void without_the_option_there_is_no_limit(void **state)
{
    struct app app;

    (void)state;
    app_open(&app, NULL);
    say_hi(&app, 1000);
    assert_int_equal(app.fx.trace_len, 3000);
    app_close(&app);
}

static void one_too_many_is_dropped_and_told(void **state)
{
    struct app app;
    const struct gw_sio_limit_hit *hit = &app.fx.last_limit;

    (void)state;
    app_open(&app, &(struct gw_io_options){.max_events_per_second = 10, .max_event_burst = 3});
    say_hi(&app, 2); /* the CONNECT was one of the three */
    expect(&app, "hi|hi|");
    say(app.client, "421[\"hi\"]");
    expect(&app, "error too many events|");
    assert_string_equal(app.client->out, ""); /* no ack */
    assert_int_equal(app.fx.io->counts.events_in, 2);
    assert_int_equal(app.fx.io->counts.limits[GW_SIO_LIMIT_EVENTS_PER_SECOND], 1);
    assert_int_equal(hit->limit, GW_SIO_LIMIT_EVENTS_PER_SECOND);
    assert_int_equal(hit->value, 11);
    assert_int_equal(hit->max, 10);
    assert_non_null(hit->socket);
    app.fx.now_ms += 100;
    say_hi(&app, 2);
    expect(&app, "hi|error too many events|");
    app.fx.now_ms += 1000;
    say_hi(&app, 4);
    expect(&app, "hi|hi|hi|error too many events|");
    app_close(&app);
}

static void attachments_go_with_their_event(void **state)
{
    struct app app;

    (void)state;
    app_open(&app, &(struct gw_io_options){.max_events_per_second = 1, .max_event_burst = 2});
    for (int i = 0; i < 2; i++) {
        say(app.client, "452-[\"hi\",{\"_placeholder\":true,\"num\":0},"
                        "{\"_placeholder\":true,\"num\":1}]");
        say_bytes(app.client, "one");
        say_bytes(app.client, "two");
    }
    expect(&app, "hi|error too many events|");
    app.fx.now_ms += 1000;
    say_hi(&app, 1);
    expect(&app, "hi|");
    app_close(&app);
}

static void answered(gw_socket *socket, const gw_event *answer, int err, void *user)
{
    (void)socket;
    (void)answer;
    trace(&((struct app *)user)->fx, "answer %d|", err);
}

static gw_socket *first_socket(struct app *app)
{
    return container_of(app->fx.nsp->socket_list.next, gw_socket, node);
}

static void answers_are_no_events(void **state)
{
    struct app app;

    (void)state;
    app_open(&app, &(struct gw_io_options){.max_events_per_second = 1});
    say_hi(&app, 1);
    expect(&app, "error too many events|");
    for (int i = 0; i < 5; i++)
        assert_int_equal(gw_emit_ack(first_socket(&app), "q", "1", 0, answered, &app), 0);
    for (int i = 0; i < 5; i++) {
        char text[16];

        snprintf(text, sizeof(text), "43%d[]", i);
        say(app.client, text);
    }
    expect(&app, "answer 0|answer 0|answer 0|answer 0|answer 0|");
    app_close(&app);
}

static void clients_do_not_share_a_bucket(void **state)
{
    struct app app;
    struct client *other;

    (void)state;
    app_open(&app, &(struct gw_io_options){.max_events_per_second = 2});
    say_hi(&app, 2);
    other = client_open(&app.fx);
    say(other, "40");
    say(other, "42[\"hi\"]");
    expect(&app, "hi|error too many events|hi|");
    client_free(other);
    app_close(&app);
}

static void namespaces_share_one_and_to_join_them_counts(void **state)
{
    struct app app;

    (void)state;
    app_open(&app, &(struct gw_io_options){.max_events_per_second = 4});
    say(app.client, "40/other,");
    say(app.client, "42/other,[\"hi\"]");
    say(app.client, "41/other,");
    forget(app.client);
    forget_trace(&app.fx);
    say_hi(&app, 2);
    expect(&app, "hi|error too many events|");
    say(app.client, "40/other,");
    assert_string_equal(app.client->out, "44/other,{\"message\":\"Too many events\"}|");
    app_close(&app);
}

static const struct gw_io_options strict = {.max_events_per_second = 3,
                                            .event_rate_policy = GW_EVENT_RATE_DISCONNECT};

static void or_the_client_is_disconnected_from_everything(void **state)
{
    struct app app;

    (void)state;
    app_open(&app, &strict);
    say(app.client, "40/other,");
    forget(app.client);
    say_hi(&app, 2);
    expect(&app, "hi|server namespace disconnect: too_many_events|"
                 "server namespace disconnect: too_many_events|");
    assert_string_equal(app.client->out, "41|41/other,|close|");
    assert_int_equal(app.fx.io->counts.causes[GW_CAUSE_TOO_MANY_EVENTS], 2);
    assert_string_equal(gw_cause_option(GW_CAUSE_TOO_MANY_EVENTS), "max_events_per_second");
    app_close(&app);
}

static void by_a_connect_too(void **state)
{
    struct app app;

    (void)state;
    app_open(&app, &strict);
    say_hi(&app, 2);
    say(app.client, "40/other,");
    expect(&app, "hi|hi|server namespace disconnect: too_many_events|");
    assert_string_equal(app.client->out, "41|close|");
    app_close(&app);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_the_option_there_is_no_limit),
        cmocka_unit_test(one_too_many_is_dropped_and_told),
        cmocka_unit_test(attachments_go_with_their_event),
        cmocka_unit_test(answers_are_no_events),
        cmocka_unit_test(clients_do_not_share_a_bucket),
        cmocka_unit_test(namespaces_share_one_and_to_join_them_counts),
        cmocka_unit_test(or_the_client_is_disconnected_from_everything),
        cmocka_unit_test(by_a_connect_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
