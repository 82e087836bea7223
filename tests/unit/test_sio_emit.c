/* SPDX-License-Identifier: MIT */
#include "sio/emit.h"

#include "support/sio_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { CLIENTS = 3 };

struct app {
    struct fixture fx;
    struct client *clients[CLIENTS];
    gw_socket *sockets[CLIENTS];
    size_t count;
    gw_socket *last;
};

static void on_connection(gw_socket *socket, void *user)
{
    struct app *app = user;

    app->last = socket;
}

static void on_relay(gw_socket *socket, const gw_event *event, void *user)
{
    (void)user;
    assert_int_equal(gw_emit_event(gw_broadcast(socket), "relay", event), 1);
    assert_int_equal(gw_emit_event_from(gw_broadcast(socket), GW_LIT("tail"), event, 1), 1);
    assert_int_equal(gw_emit_event_from(gw_only(socket), GW_LIT("none"), event, 9), 1);
}

static void app_open(struct app *app, size_t count)
{
    memset(app, 0, sizeof(*app));
    fixture_open(&app->fx, NULL);
    assert_int_equal(gw_on_connection(app->fx.nsp, on_connection, app), 0);
    assert_int_equal(gw_on(app->fx.nsp, "relay", on_relay, app), 0);
    for (app->count = 0; app->count < count; app->count++) {
        struct client *client = client_open(&app->fx);

        say(client, "40");
        forget(client);
        client->message_count = 0;
        app->clients[app->count] = client;
        app->sockets[app->count] = app->last;
    }
}

static void app_close(struct app *app)
{
    for (size_t i = 0; i < app->count; i++)
        client_free(app->clients[i]);
    fixture_close(&app->fx);
}

static void assert_out(struct app *app, const char *a, const char *b, const char *c)
{
    assert_string_equal(app->clients[0]->out, a);
    assert_string_equal(app->clients[1]->out, b);
    assert_string_equal(app->clients[2]->out, c);
    for (size_t i = 0; i < app->count; i++)
        forget(app->clients[i]);
}

static void arguments_and_names_are_checked(void **state)
{
    static const char *const bad_args[] = {"1,", ",1", "1 2", "{", "\"\xff\"", " ", "[1],]"};
    static const char *const bad_names[] = {"connect",     "connect_error",  "disconnect",
                                            "newListener", "removeListener", "disconnecting",
                                            "\xff"};
    struct app app;
    struct gw_target all;

    (void)state;
    app_open(&app, 3);
    all = gw_everyone(app.fx.nsp);
    for (size_t i = 0; i < sizeof(bad_args) / sizeof(bad_args[0]); i++) {
        assert_int_equal(gw_emit(all, "e", bad_args[i]), GW_E_ARG);
        assert_int_equal(gw_emit(gw_only(app.sockets[0]), "e", bad_args[i]), GW_E_ARG);
    }
    for (size_t i = 0; i < sizeof(bad_names) / sizeof(bad_names[0]); i++)
        assert_int_equal(gw_emit(all, bad_names[i], "1"), GW_E_ARG);
    assert_int_equal(gw_emit(all, NULL, "1"), GW_E_ARG);
    assert_out(&app, "", "", "");
    assert_int_equal(gw_emit(all, "a\"b\\c\n\xc3\xa4", "\"\xc3\xa4\""), 3);
    assert_out(&app, "42[\"a\\\"b\\\\c\\n\xc3\xa4\",\"\xc3\xa4\"]|",
               "42[\"a\\\"b\\\\c\\n\xc3\xa4\",\"\xc3\xa4\"]|",
               "42[\"a\\\"b\\\\c\\n\xc3\xa4\",\"\xc3\xa4\"]|");
    assert_int_equal(gw_emit_slice(all, GW_LIT(""), GW_LIT(" 1 , 2 ")), 3);
    assert_out(&app, "42[\"\", 1 , 2 ]|", "42[\"\", 1 , 2 ]|", "42[\"\", 1 , 2 ]|");
    app_close(&app);
}

static void attachments_follow_their_packet(void **state)
{
    static const struct gw_slice two[] = {{(const uint8_t *)"ab", 2}, {NULL, 0}};
    static const char args[] =
        "{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}";
    struct gw_slice many[GW_ATTACHMENTS_MAX + 1] = {{NULL, 0}};
    struct app app;
    struct gw_target all;

    (void)state;
    app_open(&app, 3);
    all = gw_except(gw_everyone(app.fx.nsp), gw_socket_id(app.sockets[2]));
    assert_int_equal(gw_emit_binary(all, "b", args, two, 2), 2);
    assert_int_equal(gw_emit_binary(gw_only(app.sockets[0]), "c", args, two, 2), 1);
    assert_out(&app,
               "452-[\"b\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]|"
               "B6162|B|"
               "452-[\"c\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]|"
               "B6162|B|",
               "452-[\"b\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]|"
               "B6162|B|",
               "");
    assert_int_equal(gw_emit_binary(all, "b", args, two, 1), GW_E_ARG);
    assert_int_equal(gw_emit_binary(all, "b", args, many, GW_ATTACHMENTS_MAX + 1), GW_E_LIMIT);
    assert_int_equal(gw_emit_binary(all, "b", "{\"_placeholder\":true,\"num\":9}", NULL, 0), 2);
    app_close(&app);
}

static void events_are_passed_on_as_they_came(void **state)
{
    struct app app;

    (void)state;
    app_open(&app, 2);
    say(app.clients[0], "42[\"relay\", {\"a\" : 1} , \"\\u00e4\"]");
    assert_string_equal(app.clients[1]->out, "42[\"relay\",{\"a\" : 1} , \"\\u00e4\"]|"
                                             "42[\"tail\", \"\\u00e4\"]|");
    assert_string_equal(app.clients[0]->out, "42[\"none\"]|");
    forget(app.clients[1]);
    say(app.clients[0], "451-[\"relay\",1,{\"_placeholder\":true,\"num\":0}]");
    say_bytes(app.clients[0], "z");
    assert_string_equal(app.clients[1]->out,
                        "451-[\"relay\",1,{\"_placeholder\":true,\"num\":0}]|B7a|"
                        "451-[\"tail\",{\"_placeholder\":true,\"num\":0}]|B7a|");
    app_close(&app);
}

static void volatile_is_dropped_for_whom_cannot_take_it(void **state)
{
    struct app app;

    (void)state;
    app_open(&app, 3);
    app.clients[1]->is_writable = false;
    assert_int_equal(gw_emit(gw_volatile(gw_everyone(app.fx.nsp)), "v", NULL), 2);
    assert_int_equal(gw_emit(gw_volatile(gw_only(app.sockets[1])), "v", NULL), 0);
    assert_int_equal(gw_emit(gw_volatile(gw_only(app.sockets[0])), "w", NULL), 1);
    assert_out(&app, "42[\"v\"]|42[\"w\"]|", "", "42[\"v\"]|");
    app_close(&app);
}

static void one_failing_receiver_does_not_hurt_the_others(void **state)
{
    struct app app;

    (void)state;
    app_open(&app, 3);
    app.clients[1]->is_failing = true;
    assert_int_equal(gw_emit(gw_everyone(app.fx.nsp), "e", NULL), 2);
    assert_int_equal(gw_emit(gw_only(app.sockets[1]), "e", NULL), GW_E_NOMEM);
    turn(&app.fx);
    assert_int_equal(gw_namespace_socket_count(app.fx.nsp), 2);
    assert_int_equal(gw_emit(gw_everyone(app.fx.nsp), "e", NULL), 2);
    app_close(&app);
}

static void namespaces_do_not_hear_each_other(void **state)
{
    struct app app;
    gw_namespace *chat;

    (void)state;
    app_open(&app, 3);
    chat = gw_io_of(app.fx.io, "/chat");
    say(app.clients[0], "40/chat,");
    forget(app.clients[0]);
    assert_int_equal(gw_emit(gw_everyone(chat), "e", "1"), 1);
    assert_out(&app, "42/chat,[\"e\",1]|", "", "");
    app_close(&app);
}

static void polling_gets_all_of_a_turn_at_its_end(void **state)
{
    struct app app;
    struct client *client;

    (void)state;
    app_open(&app, 0);
    client = client_open_on(&app.fx, &client_polling_ops);
    turn(&app.fx);
    forget(client);
    say(client, "40");
    gw_emit(gw_only(app.last), "a", NULL);
    gw_emit(gw_everyone(app.fx.nsp), "b", NULL);
    assert_string_equal(client->out, "");
    turn(&app.fx);
    assert_string_equal(client->out, "40{\"sid\":\"\"}|42[\"a\"]|42[\"b\"]|");
    client_free(client);
    app_close(&app);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_and_names_are_checked),
        cmocka_unit_test(attachments_follow_their_packet),
        cmocka_unit_test(events_are_passed_on_as_they_came),
        cmocka_unit_test(volatile_is_dropped_for_whom_cannot_take_it),
        cmocka_unit_test(one_failing_receiver_does_not_hurt_the_others),
        cmocka_unit_test(namespaces_do_not_hear_each_other),
        cmocka_unit_test(polling_gets_all_of_a_turn_at_its_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
