/* SPDX-License-Identifier: MIT */
#include "sio/emit.h"

#include "support/sio_crowd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void on_relay(gw_socket *socket, const gw_event *event, void *user)
{
    (void)user;
    assert_int_equal(gw_emit_event(gw_broadcast(socket), "relay", event), 1);
    assert_int_equal(gw_emit_event_from(gw_broadcast(socket), GW_LIT("tail"), event, 1), 1);
    assert_int_equal(gw_emit_event_from(gw_only(socket), GW_LIT("none"), event, 9), 1);
}

static void open_with_relay(struct crowd *crowd, size_t count)
{
    crowd_open(crowd, count);
    assert_int_equal(gw_on(crowd->fx.nsp, "relay", on_relay, NULL), 0);
}

static void arguments_and_names_are_checked(void **state)
{
    static const char *const bad_args[] = {"1,", ",1", "1 2", "{", "\"\xff\"", " ", "[1],]"};
    static const char *const bad_names[] = {"connect",     "connect_error",  "disconnect",
                                            "newListener", "removeListener", "disconnecting",
                                            "\xff"};
    struct crowd crowd;
    struct gw_target all;

    (void)state;
    open_with_relay(&crowd, 3);
    all = gw_everyone(crowd.fx.nsp);
    for (size_t i = 0; i < sizeof(bad_args) / sizeof(bad_args[0]); i++) {
        assert_int_equal(gw_emit(all, "e", bad_args[i]), GW_E_ARG);
        assert_int_equal(gw_emit(gw_only(crowd.sockets[0]), "e", bad_args[i]), GW_E_ARG);
    }
    for (size_t i = 0; i < sizeof(bad_names) / sizeof(bad_names[0]); i++)
        assert_int_equal(gw_emit(all, bad_names[i], "1"), GW_E_ARG);
    assert_int_equal(gw_emit(all, NULL, "1"), GW_E_ARG);
    assert_true(crowd_heard(&crowd, "", "", ""));
    assert_int_equal(gw_emit(all, "a\"b\\c\n\xc3\xa4", "\"\xc3\xa4\""), 3);
    assert_true(crowd_heard(&crowd, "42[\"a\\\"b\\\\c\\n\xc3\xa4\",\"\xc3\xa4\"]|",
                            "42[\"a\\\"b\\\\c\\n\xc3\xa4\",\"\xc3\xa4\"]|",
                            "42[\"a\\\"b\\\\c\\n\xc3\xa4\",\"\xc3\xa4\"]|"));
    assert_int_equal(gw_emit_slice(all, GW_LIT(""), GW_LIT(" 1 , 2 ")), 3);
    assert_true(crowd_heard(&crowd, "42[\"\", 1 , 2 ]|", "42[\"\", 1 , 2 ]|", "42[\"\", 1 , 2 ]|"));
    crowd_close(&crowd);
}

static void attachments_follow_their_packet(void **state)
{
    static const struct gw_slice two[] = {{(const uint8_t *)"ab", 2}, {NULL, 0}};
    static const char args[] =
        "{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}";
    struct gw_slice many[GW_ATTACHMENTS_MAX + 1] = {{NULL, 0}};
    struct crowd crowd;
    struct gw_target all;

    (void)state;
    open_with_relay(&crowd, 3);
    all = gw_except(gw_everyone(crowd.fx.nsp), gw_socket_id(crowd.sockets[2]));
    assert_int_equal(gw_emit_binary(all, "b", args, two, 2), 2);
    assert_int_equal(gw_emit_binary(gw_only(crowd.sockets[0]), "c", args, two, 2), 1);
    assert_true(crowd_heard(
        &crowd,
        "452-[\"b\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]|"
        "B6162|B|"
        "452-[\"c\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]|"
        "B6162|B|",
        "452-[\"b\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]|"
        "B6162|B|",
        ""));
    assert_int_equal(gw_emit_binary(all, "b", args, two, 1), GW_E_ARG);
    assert_int_equal(gw_emit_binary(all, "b", args, many, GW_ATTACHMENTS_MAX + 1), GW_E_LIMIT);
    assert_int_equal(gw_emit_binary(all, "b", "{\"_placeholder\":true,\"num\":9}", NULL, 0), 2);
    crowd_close(&crowd);
}

static void events_are_passed_on_as_they_came(void **state)
{
    struct crowd crowd;

    (void)state;
    open_with_relay(&crowd, 2);
    say(crowd.clients[0], "42[\"relay\", {\"a\" : 1} , \"\\u00e4\"]");
    assert_string_equal(crowd.clients[1]->out, "42[\"relay\",{\"a\" : 1} , \"\\u00e4\"]|"
                                               "42[\"tail\", \"\\u00e4\"]|");
    assert_string_equal(crowd.clients[0]->out, "42[\"none\"]|");
    forget(crowd.clients[1]);
    say(crowd.clients[0], "451-[\"relay\",1,{\"_placeholder\":true,\"num\":0}]");
    say_bytes(crowd.clients[0], "z");
    assert_string_equal(crowd.clients[1]->out,
                        "451-[\"relay\",1,{\"_placeholder\":true,\"num\":0}]|B7a|"
                        "451-[\"tail\",{\"_placeholder\":true,\"num\":0}]|B7a|");
    crowd_close(&crowd);
}

static void volatile_is_dropped_for_whom_cannot_take_it(void **state)
{
    struct crowd crowd;

    (void)state;
    open_with_relay(&crowd, 3);
    crowd.clients[1]->is_writable = false;
    assert_int_equal(gw_emit(gw_volatile(gw_everyone(crowd.fx.nsp)), "v", NULL), 2);
    assert_int_equal(gw_emit(gw_volatile(gw_only(crowd.sockets[1])), "v", NULL), 0);
    assert_int_equal(gw_emit(gw_volatile(gw_only(crowd.sockets[0])), "w", NULL), 1);
    assert_true(crowd_heard(&crowd, "42[\"v\"]|42[\"w\"]|", "", "42[\"v\"]|"));
    crowd_close(&crowd);
}

static void one_failing_receiver_does_not_hurt_the_others(void **state)
{
    struct crowd crowd;

    (void)state;
    open_with_relay(&crowd, 3);
    crowd.clients[1]->is_failing = true;
    assert_int_equal(gw_emit(gw_everyone(crowd.fx.nsp), "e", NULL), 2);
    assert_int_equal(gw_emit(gw_only(crowd.sockets[1]), "e", NULL), GW_E_NOMEM);
    turn(&crowd.fx);
    assert_int_equal(gw_namespace_socket_count(crowd.fx.nsp), 2);
    assert_int_equal(gw_emit(gw_everyone(crowd.fx.nsp), "e", NULL), 2);
    crowd_close(&crowd);
}

static void namespaces_do_not_hear_each_other(void **state)
{
    struct crowd crowd;
    gw_namespace *chat;

    (void)state;
    open_with_relay(&crowd, 3);
    chat = gw_io_of(crowd.fx.io, "/chat");
    say(crowd.clients[0], "40/chat,");
    forget(crowd.clients[0]);
    assert_int_equal(gw_emit(gw_everyone(chat), "e", "1"), 1);
    assert_true(crowd_heard(&crowd, "42/chat,[\"e\",1]|", "", ""));
    crowd_close(&crowd);
}

static void polling_gets_all_of_a_turn_at_its_end(void **state)
{
    struct crowd crowd;
    struct client *client;

    (void)state;
    open_with_relay(&crowd, 0);
    client = client_open_on(&crowd.fx, &client_polling_ops);
    turn(&crowd.fx);
    forget(client);
    say(client, "40");
    gw_emit(gw_only(crowd.sockets[0]), "a", NULL);
    gw_emit(gw_everyone(crowd.fx.nsp), "b", NULL);
    assert_string_equal(client->out, "");
    turn(&crowd.fx);
    assert_string_equal(client->out, "40{\"sid\":\"\"}|42[\"a\"]|42[\"b\"]|");
    client_free(client);
    crowd_close(&crowd);
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
