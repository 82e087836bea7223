/* SPDX-License-Identifier: MIT */
#include "sio/event.h"

#include "support/sio_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct app {
    struct fixture fx;
    gw_socket *last; /* the one that connected last */
};

static void on_connection(gw_socket *socket, void *user)
{
    struct app *app = user;

    app->last = socket;
}

static void app_open(struct app *app)
{
    memset(app, 0, sizeof(*app));
    fixture_open(&app->fx, NULL);
    assert_int_equal(gw_on_connection(app->fx.nsp, on_connection, app), 0);
}

static struct client *join(struct app *app, const char *connect)
{
    struct client *client = client_open(&app->fx);

    say(client, connect);
    return client;
}

static void check_arguments(gw_socket *socket, const gw_event *event, void *user)
{
    char text[8];
    double number;

    (void)socket;
    assert_int_equal(gw_event_arg_count(event), 6);
    assert_int_equal(gw_event_string(event, 0, text, sizeof(text)), 2);
    assert_string_equal(text, "hi");
    assert_int_equal(gw_event_string(event, 1, text, sizeof(text)), 3);
    assert_string_equal(text, "a\n\"");
    assert_int_equal(gw_event_string(event, 1, text, 3), GW_E_LIMIT);
    assert_int_equal(gw_event_string(event, 2, text, sizeof(text)), GW_E_ARG);
    assert_int_equal(gw_event_string(event, 3, text, sizeof(text)), GW_E_ARG); /* a NUL */
    assert_int_equal(gw_event_string(event, 9, text, sizeof(text)), GW_E_NOT_FOUND);
    assert_int_equal(gw_event_number(event, 2, &number), 0);
    assert_true(number == -1.5);
    assert_int_equal(gw_event_number(event, 0, &number), GW_E_ARG);
    assert_int_equal(gw_event_number(event, 6, &number), GW_E_NOT_FOUND);
    assert_true(
        gw_slice_equal(gw_event_arg(event, 4), GW_LIT("{\"_placeholder\":true,\"num\":1}")));
    assert_true(gw_slice_equal(gw_event_arg_attachment(event, 4), GW_LIT("two")));
    assert_null(gw_event_arg_attachment(event, 5).ptr);
    assert_null(gw_event_arg(event, 6).ptr);
    assert_int_equal(gw_event_attachment_count(event), 2);
    assert_true(gw_slice_equal(gw_event_attachment(event, 0), GW_LIT("one")));
    assert_null(gw_event_attachment(event, 2).ptr);
    assert_false(gw_event_wants_ack(event));
    trace(user, "checked|");
}

static void arguments_can_be_read_one_by_one(void **state)
{
    struct app app;
    struct client *client;

    (void)state;
    app_open(&app);
    client = join(&app, "40");
    gw_on(app.fx.nsp, "e\"", check_arguments, &app.fx);
    say(client, "452-[\"e\\\"\",\"hi\",\"a\\n\\\"\",-1.5,\"\\u0000\","
                "{\"_placeholder\":true,\"num\":1},[{\"_placeholder\":true,\"num\":0}]]");
    say_bytes(client, "one");
    say_bytes(client, "two");
    assert_string_equal(app.fx.trace, "checked|");
    client_free(client);
    fixture_close(&app.fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_can_be_read_one_by_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
