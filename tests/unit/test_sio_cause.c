/* SPDX-License-Identifier: MIT */
#include "support/sio_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct app {
    struct fixture fx;
    gw_socket *socket;
    enum gw_cause leaving, left;
};

static void on_connection(gw_socket *socket, void *user)
{
    struct app *app = user;

    app->socket = socket;
    assert_int_equal(gw_socket_cause(socket), GW_CAUSE_NONE);
}

static void on_disconnecting(gw_socket *socket, enum gw_reason reason, const char *detail,
                             void *user)
{
    struct app *app = user;

    (void)reason;
    (void)detail;
    app->leaving = gw_socket_cause(socket);
}

static void on_disconnect(gw_socket *socket, enum gw_reason reason, const char *detail, void *user)
{
    struct app *app = user;

    app->left = gw_socket_cause(socket);
    trace(&app->fx, "%s: %s", gw_reason_text(reason), detail ? detail : "-");
}

static struct client *join(struct app *app, const struct gw_io_options *options)
{
    struct client *client;

    memset(app, 0, sizeof(*app));
    fixture_open(&app->fx, options);
    assert_int_equal(gw_on_connection(app->fx.nsp, on_connection, app), 0);
    assert_int_equal(gw_on_disconnecting(app->fx.nsp, on_disconnecting, app), 0);
    assert_int_equal(gw_on_disconnect(app->fx.nsp, on_disconnect, app), 0);
    client = client_open(&app->fx);
    say(client, "40");
    forget(client);
    return client;
}

static void leave(struct app *app, struct client *client, enum gw_cause cause)
{
    client_free(client);
    assert_int_equal(app->leaving, cause);
    assert_int_equal(app->left, cause);
    fixture_close(&app->fx);
}

static void each_end_has_its_cause(void **state)
{
    const struct gw_io_options short_packets = {.max_packet_bytes = 10};
    struct app app;
    struct client *client;

    (void)state;
    client = join(&app, NULL);
    leave(&app, client, GW_CAUSE_CLIENT_CLOSED);

    client = join(&app, NULL);
    say(client, "41");
    leave(&app, client, GW_CAUSE_CLIENT_LEFT);

    client = join(&app, NULL);
    say(client, "4x");
    leave(&app, client, GW_CAUSE_BAD_PACKET);

    client = join(&app, NULL);
    say(client, "x");
    leave(&app, client, GW_CAUSE_BAD_ENGINE_PACKET);

    client = join(&app, NULL);
    say(client, "40");
    leave(&app, client, GW_CAUSE_OUT_OF_PLACE);

    client = join(&app, NULL);
    gw_socket_disconnect(app.socket, GW_NAMESPACE_ONLY);
    leave(&app, client, GW_CAUSE_DISCONNECTED);

    client = join(&app, NULL);
    gw_socket_disconnect(app.socket, GW_CLOSE_CONNECTION);
    leave(&app, client, GW_CAUSE_DISCONNECTED);

    client = join(&app, NULL);
    gw_io_shutdown(app.fx.io);
    leave(&app, client, GW_CAUSE_SHUTDOWN);

    client = join(&app, NULL);
    client->is_failing = true;
    gw_emit(gw_only(app.socket), "a", NULL);
    turn(&app.fx);
    leave(&app, client, GW_CAUSE_QUEUE_FULL);

    client = join(&app, NULL);
    say(client, "451-[\"a\",{\"_placeholder\":true,\"num\":0}]");
    app.fx.now_ms += 45000;
    gw_io_tick(app.fx.io);
    leave(&app, client, GW_CAUSE_ATTACHMENT_TIMEOUT);

    client = join(&app, &short_packets);
    say(client, "451-[\"a\",{\"_placeholder\":true,\"num\":0}]");
    say_bytes(client, "01234567890");
    leave(&app, client, GW_CAUSE_PACKET_TOO_LONG);

    client = join(&app, NULL);
    app.fx.now_ms += 25000;
    gw_eio_session_tick(client->session, app.fx.now_ms);
    app.fx.now_ms += 20000;
    gw_eio_session_tick(client->session, app.fx.now_ms);
    leave(&app, client, GW_CAUSE_PING_TIMEOUT);
}

static void a_reason_of_the_application_reaches_both_sides(void **state)
{
    struct app app;
    struct client *client;

    (void)state;
    client = join(&app, NULL);
    assert_int_equal(
        gw_socket_disconnect_because(app.socket, GW_NAMESPACE_ONLY, "your \"token\" is old"), 0);
    assert_string_equal(client->out, "42[\"disconnect_reason\",\"your \\\"token\\\" is old\"]|41|");
    assert_string_equal(app.fx.trace, "server namespace disconnect: your \"token\" is old");
    assert_int_equal(gw_socket_disconnect_because(app.socket, GW_NAMESPACE_ONLY, "x"), GW_E_CLOSED);
    leave(&app, client, GW_CAUSE_DISCONNECTED);

    client = join(&app, NULL);
    assert_int_equal(gw_socket_disconnect_because(app.socket, GW_CLOSE_CONNECTION, "bye"), 0);
    assert_string_equal(client->out, "42[\"disconnect_reason\",\"bye\"]|41|close|");
    leave(&app, client, GW_CAUSE_DISCONNECTED);
}

static void every_cause_has_words(void **state)
{
    (void)state;
    for (int cause = GW_CAUSE_NONE; cause <= GW_CAUSE_NO_MEMORY; cause++) {
        assert_non_null(gw_cause_name((enum gw_cause)cause));
        assert_non_null(gw_cause_text((enum gw_cause)cause));
    }
    assert_string_equal(gw_cause_name(GW_CAUSE_MESSAGE_TOO_LONG), "message_too_long");
    assert_string_equal(gw_cause_option(GW_CAUSE_MESSAGE_TOO_LONG), "max_payload_bytes");
    assert_null(gw_cause_option(GW_CAUSE_CLIENT_LEFT));
    assert_string_equal(gw_side_text(gw_cause_side(GW_CAUSE_PING_TIMEOUT)), "network");
    assert_string_equal(gw_cause_name((enum gw_cause)99), "unknown");
    assert_string_equal(gw_cause_text((enum gw_cause)99), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_end_has_its_cause),
        cmocka_unit_test(a_reason_of_the_application_reaches_both_sides),
        cmocka_unit_test(every_cause_has_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
