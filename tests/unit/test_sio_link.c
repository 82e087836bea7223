/* SPDX-License-Identifier: MIT */
#include "sio/link.h"

#include "support/sio_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void on_connection(gw_socket *socket, void *user)
{
    trace(user, "connection %s|", gw_namespace_name(gw_socket_namespace(socket)));
}

static void on_disconnect(gw_socket *socket, enum gw_reason reason, const char *detail, void *user)
{
    (void)detail;
    trace(user, "%s %s|", gw_namespace_name(gw_socket_namespace(socket)), gw_reason_text(reason));
}

static void on_error(gw_socket *socket, const char *why, void *user)
{
    (void)socket;
    (void)why;
    trace(user, "error|");
}

static void on_any(gw_socket *socket, const gw_event *event, void *user)
{
    struct gw_slice name = gw_event_name(event), args = gw_event_args(event);

    (void)socket;
    trace(user, "any %.*s[%.*s]", (int)name.len, (const char *)name.ptr, (int)args.len,
          (const char *)args.ptr);
    for (size_t i = 0; i < gw_event_attachment_count(event); i++) {
        struct gw_slice bytes = gw_event_attachment(event, i);

        trace(user, "<%.*s>", (int)bytes.len, (const char *)bytes.ptr);
    }
    trace(user, "|");
}

static void on_echo(gw_socket *socket, const gw_event *event, void *user)
{
    (void)user;
    gw_emit_event(gw_only(socket), "echo", event);
    if (gw_event_wants_ack(event))
        gw_ack_event(event, event);
}

static void listen_to(struct fixture *fx, gw_namespace *nsp)
{
    assert_int_equal(gw_on_connection(nsp, on_connection, fx), 0);
    assert_int_equal(gw_on_disconnect(nsp, on_disconnect, fx), 0);
    assert_int_equal(gw_on_error(nsp, on_error, fx), 0);
    assert_int_equal(gw_on_any(nsp, on_any, fx), 0);
    assert_int_equal(gw_on(nsp, "echo", on_echo, fx), 0);
}

static void open_server(struct fixture *fx, const struct gw_io_options *options)
{
    fixture_open(fx, options);
    listen_to(fx, fx->nsp);
    listen_to(fx, gw_io_of(fx->io, "/admin"));
}

/* Messages after "40", parted by '|'; a leading 'B' makes one binary. */
static void say_all(struct client *client, const char *messages)
{
    char copy[256], *rest = copy, *message;

    assert_true(strlen(messages) < sizeof(copy));
    memcpy(copy, messages, strlen(messages) + 1);
    while ((message = strsep(&rest, "|")) != NULL) {
        if (message[0] == 'B')
            say_bytes(client, message + 1);
        else
            say(client, message);
    }
}

struct odd {
    const char *input;
    const char *out;   /* what the client gets after "40{...}|" */
    const char *trace; /* what the application is told after the connection */
};

#define CLOSED       "close|", "/ forced close|"
#define ERROR_CLOSED "close|", "error|/ forced close|"

/* Every row of the table of odd inputs, over WebSocket. */
static const struct odd odd_inputs[] = {
    {"42/admin,[\"a\"]", CLOSED},
    {"41/admin,", CLOSED},
    {"43/admin,1[]", CLOSED},
    {"42/nothere,[\"a\"]", CLOSED},
    {"40", CLOSED},
    {"40{}", CLOSED},
    {"44{\"message\":\"x\"}", CLOSED},
    {"44/admin,{\"message\":\"x\"}", CLOSED},
    {"41/nothere,", CLOSED},
    {"41{}", ERROR_CLOSED},
    {"40[]", ERROR_CLOSED},
    {"40\"a\"", ERROR_CLOSED},
    {"40null", ERROR_CLOSED},
    {"40{", ERROR_CLOSED},
    {"42{}", ERROR_CLOSED},
    {"42[]", ERROR_CLOSED},
    {"42[\"disconnect\"]", ERROR_CLOSED},
    {"42[\"a\"", ERROR_CLOSED},
    {"42[\"a\"]x", ERROR_CLOSED},
    {"42-1[\"a\"]", ERROR_CLOSED},
    {"421.5[\"a\"]", ERROR_CLOSED},
    {"42/admin[\"a\"]", CLOSED},
    {"43", "", ""},
    {"43[1]", "", ""},
    {"431", "", ""},
    {"4399[1]", "", ""},
    {"43999999999999999999999999[1]", "", ""},
    {"431{}", ERROR_CLOSED},
    {"47", ERROR_CLOSED},
    {"4x", ERROR_CLOSED},
    {"4", ERROR_CLOSED},
    {"Babc", ERROR_CLOSED},
    {"451-[\"a\"]|42[\"b\"]", ERROR_CLOSED},
    {"451-[\"a\"]|41", ERROR_CLOSED},
    {"451-/admin,[\"a\"]|Bxy", CLOSED},
    {"450-[\"a\"]", ERROR_CLOSED},
    {"4511-[\"a\"]", ERROR_CLOSED},
    {"45999999999-[\"a\"]", ERROR_CLOSED},
    {"451-[\"a\",{\"_placeholder\":true,\"num\":1}]|Bxy", ERROR_CLOSED},
    {"451-[\"a\",{\"_placeholder\":true,\"num\":\"0\"}]|Bxy", ERROR_CLOSED},
    {"451-[\"a\",[{\"b\":{\"_placeholder\":true,\"num\":-1}}]]|Bxy", ERROR_CLOSED},
    {"42", "", "any []|"},
    {"42[\"a\"]|42[1,2]", "", "any a[]|any 1[2]|"},
    {"42[\"a\",{\"_placeholder\":true,\"num\":9}]", "",
     "any a[{\"_placeholder\":true,\"num\":9}]|"},
    {"451-[\"a\",1]|Bxy", "", "any a[1]<xy>|"},
    {"452-[\"a\"]|B|B1", "", "any a[]<><1>|"},
    {"41", "", "/ client namespace disconnect|"},
    {"41|42[\"a\"]", "", "/ client namespace disconnect|"},
    {"41|40", "40{\"sid\":\"\"}|", "/ client namespace disconnect|connection /|"},
    {"40/nothere,", "44/nothere,{\"message\":\"Invalid namespace\"}|", ""},
    {"40/nothere,|42[\"echo\"]", "44/nothere,{\"message\":\"Invalid namespace\"}|42[\"echo\"]|",
     "any echo[]|"},
    {"40/admin,{\"a\":1}", "40/admin,{\"sid\":\"\"}|", "connection /admin|"},
    {"40/admin,|41/nothere,", "40/admin,{\"sid\":\"\"}|close|",
     "connection /admin|/ forced close|/admin forced close|"},
    {"40/admin,|42[", "40/admin,{\"sid\":\"\"}|close|",
     "connection /admin|error|error|/ forced close|/admin forced close|"},
    {"42[\"echo\",\"hi\",{\"a\":[1]}]", "42[\"echo\",\"hi\",{\"a\":[1]}]|",
     "any echo[\"hi\",{\"a\":[1]}]|"},
    {"427[\"echo\",1]", "42[\"echo\",1]|437[1]|", "any echo[1]|"},
    {"42007[\"echo\"]", "42[\"echo\"]|437[]|", "any echo[]|"},
    {"4299999999999999999999[\"echo\"]", "42[\"echo\"]|4399999999999999999999[]|", "any echo[]|"},
    {"40/admin,|42/admin,5[\"echo\",1]",
     "40/admin,{\"sid\":\"\"}|42/admin,[\"echo\",1]|43/admin,5[1]|",
     "connection /admin|any echo[1]|"},
    {"452-3[\"echo\",{\"_placeholder\":true,\"num\":1},{\"_placeholder\":true,\"num\":0}]|Bx|By",
     "452-[\"echo\",{\"_placeholder\":true,\"num\":1},{\"_placeholder\":true,\"num\":0}]|B78|B79|"
     "462-3[{\"_placeholder\":true,\"num\":1},{\"_placeholder\":true,\"num\":0}]|B78|B79|",
     "any echo[{\"_placeholder\":true,\"num\":1},{\"_placeholder\":true,\"num\":0}]<x><y>|"},
    {"42[\"\\u0065cho\",\"\\u00e4\"]", "42[\"echo\",\"\\u00e4\"]|", "any echo[\"\\u00e4\"]|"},
};

static void check_odd(const struct odd *odd)
{
    struct fixture fx;
    struct client *client;

    open_server(&fx, NULL);
    client = client_open(&fx);
    say(client, "40");
    assert_string_equal(client->out, "40{\"sid\":\"\"}|");
    assert_string_equal(fx.trace, "connection /|");
    forget(client);
    forget_trace(&fx);
    say_all(client, odd->input);
    turn(&fx);
    if (strcmp(client->out, odd->out) != 0 || strcmp(fx.trace, odd->trace) != 0)
        fail_msg("%s: out %s (not %s), trace %s (not %s)", odd->input, client->out, odd->out,
                 fx.trace, odd->trace);
    client_free(client);
    fixture_close(&fx);
}

static void odd_inputs_are_answered_as_the_genuine_server_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(odd_inputs) / sizeof(odd_inputs[0]); i++)
        check_odd(&odd_inputs[i]);
}

static void anything_before_the_first_connect_closes(void **state)
{
    static const char *const inputs[] = {"42[\"a\"]", "431[]", "41", "44\"x\"", "47", "Bxy", "4"};

    (void)state;
    for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
        struct fixture fx;
        struct client *client;

        open_server(&fx, NULL);
        client = client_open(&fx);
        say_all(client, inputs[i]);
        assert_string_equal(client->out, "close|");
        assert_string_equal(fx.trace, "");
        client_free(client);
        assert_int_equal(gw_io_client_count(fx.io), 0);
        fixture_close(&fx);
    }
}

static void polling_without_a_poll_tells_sockets_at_once_but_closes_later(void **state)
{
    struct fixture fx;
    struct client *client;

    (void)state;
    open_server(&fx, NULL);
    client = client_open_on(&fx, &client_polling_ops);
    say(client, "40");
    turn(&fx);
    forget_trace(&fx);
    client->is_writable = false;
    say(client, "42/admin,[\"a\"]");
    assert_string_equal(fx.trace, "/ forced server close|");
    assert_int_equal(gw_io_client_count(fx.io), 1);
    say(client, "42[\"ignored\"]");
    assert_string_equal(fx.trace, "/ forced server close|");
    hang_up(client);
    assert_int_equal(gw_io_client_count(fx.io), 0);
    assert_string_equal(fx.trace, "/ forced server close|");
    client_free(client);
    fixture_close(&fx);
}

static void polling_errors_keep_sockets_until_the_session_closes(void **state)
{
    struct fixture fx;
    struct client *client;

    (void)state;
    open_server(&fx, NULL);
    client = client_open_on(&fx, &client_polling_ops);
    say(client, "40");
    turn(&fx);
    forget_trace(&fx);
    client->is_writable = false;
    gw_emit(gw_everyone(fx.nsp), "x", NULL);
    say(client, "42[");
    assert_string_equal(fx.trace, "error|");
    say(client, "42[");
    assert_string_equal(fx.trace, "error|");
    hang_up(client);
    assert_string_equal(fx.trace, "error|/ transport close|");
    client_free(client);
    fixture_close(&fx);
}

static void engine_reasons_reach_the_sockets(void **state)
{
    static const struct {
        enum gw_eio_reason reason;
        const char *trace;
    } rows[] = {
        {GW_EIO_TRANSPORT_CLOSE, "/ transport close|"},
        {GW_EIO_TRANSPORT_ERROR, "/ transport error|"},
        {GW_EIO_PING_TIMEOUT, "/ ping timeout|"},
        {GW_EIO_PARSE_ERROR, "/ parse error|"},
        {GW_EIO_FORCED_CLOSE, "/ forced close|"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fixture fx;
        struct client *client;

        open_server(&fx, NULL);
        client = client_open(&fx);
        say(client, "40");
        forget_trace(&fx);
        gw_eio_session_fail(client->session, rows[i].reason, "why");
        assert_string_equal(fx.trace, rows[i].trace);
        client_free(client);
        fixture_close(&fx);
    }
}

static void who_joins_nothing_in_time_is_closed(void **state)
{
    struct fixture fx;
    struct client *early, *late, *joined;

    (void)state;
    open_server(&fx, NULL);
    assert_int_equal(gw_io_deadline_ms(fx.io), UINT64_MAX);
    early = client_open(&fx);
    fx.now_ms += 10;
    late = client_open(&fx);
    joined = client_open(&fx);
    say(joined, "40");
    say(joined, "41"); /* the first join counts for ever */
    assert_int_equal(gw_io_deadline_ms(fx.io), 1000 + 45000);
    fx.now_ms = 1000 + 45000;
    gw_io_tick(fx.io);
    assert_string_equal(early->out, "close|");
    assert_string_equal(late->out, "");
    fx.now_ms += 10;
    gw_io_tick(fx.io);
    assert_string_equal(late->out, "close|");
    assert_int_equal(gw_io_deadline_ms(fx.io), UINT64_MAX);
    fx.now_ms += 1000000;
    gw_io_tick(fx.io);
    assert_false(joined->is_closed);
    client_free(early);
    client_free(late);
    client_free(joined);
    fixture_close(&fx);
}

static void attachments_that_do_not_come_end_the_connection(void **state)
{
    struct fixture fx;
    struct client *client;

    (void)state;
    open_server(&fx, &(struct gw_io_options){.attachment_timeout_ms = 500});
    client = client_open(&fx);
    say(client, "40");
    say(client, "453-[\"a\"]");
    assert_int_equal(gw_io_deadline_ms(fx.io), 1500);
    fx.now_ms += 400;
    say_bytes(client, "one");
    assert_int_equal(gw_io_deadline_ms(fx.io), 1900);
    fx.now_ms = 1900;
    forget_trace(&fx);
    gw_io_tick(fx.io);
    assert_string_equal(fx.trace, "error|/ forced close|");
    assert_int_equal(gw_io_deadline_ms(fx.io), UINT64_MAX);
    client_free(client);
    fixture_close(&fx);
}

static void options_without_end_do_not_wrap_round(void **state)
{
    struct fixture fx;
    struct client *client;

    (void)state;
    open_server(&fx, &(struct gw_io_options){.connect_timeout_ms = UINT64_MAX,
                                             .attachment_timeout_ms = UINT64_MAX,
                                             .max_payload_bytes = UINT64_MAX / 11 + 1});
    client = client_open(&fx);
    gw_io_tick(fx.io);
    say(client, "40");
    say(client, "452-[\"a\"]");
    gw_io_tick(fx.io);
    say_bytes(client, "one");
    gw_io_tick(fx.io);
    say_bytes(client, "two");
    assert_string_equal(fx.trace, "connection /|any a[]<one><two>|");
    client_free(client);
    fixture_close(&fx);
}

static void attachments_are_limited_in_sum(void **state)
{
    struct fixture fx;
    struct client *client;

    (void)state;
    open_server(&fx, &(struct gw_io_options){.max_packet_bytes = 16});
    client = client_open(&fx);
    say(client, "40");
    say(client, "452-[\"a\"]");
    say_bytes(client, "12345");
    forget_trace(&fx);
    say_bytes(client, "12345");
    assert_string_equal(fx.trace, "error|/ forced close|");
    client_free(client);
    fixture_close(&fx);
}

static void half_a_packet_is_freed_with_its_connection(void **state)
{
    struct fixture fx;
    struct client *client;

    (void)state;
    open_server(&fx, NULL);
    client = client_open(&fx);
    say(client, "40");
    say(client, "452-[\"a\"]");
    say_bytes(client, "12345");
    hang_up(client);
    assert_int_equal(gw_io_deadline_ms(fx.io), UINT64_MAX);
    client_free(client);
    fixture_close(&fx);
}

static void namespaces_of_one_connection_are_limited(void **state)
{
    struct fixture fx;
    struct client *client;

    (void)state;
    open_server(&fx, &(struct gw_io_options){.max_namespaces = 1});
    client = client_open(&fx);
    say(client, "40");
    forget(client);
    say(client, "40/admin,");
    assert_string_equal(client->out, "44/admin,{\"message\":\"Too many namespaces\"}|");
    say(client, "41");
    forget(client);
    say(client, "40/admin,");
    assert_string_equal(client->out, "40/admin,{\"sid\":\"\"}|");
    client_free(client);
    fixture_close(&fx);
}

static void connect_and_event_in_one_delivery_are_served(void **state)
{
    struct fixture fx;
    struct client *client;

    (void)state;
    open_server(&fx, NULL);
    client = client_open(&fx);
    say(client, "40");
    say(client, "42[\"echo\",1]");
    assert_string_equal(client->out, "40{\"sid\":\"\"}|42[\"echo\",1]|");
    client_free(client);
    fixture_close(&fx);
}

static void on_kick(gw_socket *socket, const gw_event *event, void *user)
{
    (void)event;
    (void)user;
    gw_socket_disconnect(socket, GW_NAMESPACE_ONLY);
}

/* The client cannot know that it is out; with the next turn it can. */
static void what_came_with_the_end_of_a_socket_is_dropped(void **state)
{
    struct fixture fx;
    struct client *client;

    (void)state;
    open_server(&fx, NULL);
    gw_on(fx.nsp, "kick", on_kick, NULL);
    client = client_open(&fx);
    say_all(client, "40|40/admin,");
    forget(client);
    forget_trace(&fx);
    say_all(client, "42[\"kick\"]|42[\"echo\"]|43[]|451-[\"echo\"]|Bx|41");
    assert_string_equal(client->out, "41|");
    forget_trace(&fx);
    say_all(client, "41/admin,|42/admin,1[\"echo\"]|40");
    assert_string_equal(client->out, "41|40{\"sid\":\"\"}|");
    assert_string_equal(fx.trace, "/admin client namespace disconnect|connection /|");
    say(client, "44/admin,{}");
    assert_string_equal(client->out, "41|40{\"sid\":\"\"}|close|");
    client_free(client);

    client = client_open(&fx);
    say_all(client, "40|40/admin,|42[\"kick\"]");
    turn(&fx);
    forget(client);
    say(client, "42[\"echo\"]");
    assert_string_equal(client->out, "close|");
    client_free(client);
    fixture_close(&fx);
}

static void idle_connections_are_small(void **state)
{
    (void)state;
    assert_true(sizeof(struct gw_sio_link) + sizeof(struct gw_sio_handshake) <= 128);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(odd_inputs_are_answered_as_the_genuine_server_does),
        cmocka_unit_test(anything_before_the_first_connect_closes),
        cmocka_unit_test(polling_without_a_poll_tells_sockets_at_once_but_closes_later),
        cmocka_unit_test(polling_errors_keep_sockets_until_the_session_closes),
        cmocka_unit_test(engine_reasons_reach_the_sockets),
        cmocka_unit_test(who_joins_nothing_in_time_is_closed),
        cmocka_unit_test(attachments_that_do_not_come_end_the_connection),
        cmocka_unit_test(options_without_end_do_not_wrap_round),
        cmocka_unit_test(attachments_are_limited_in_sum),
        cmocka_unit_test(half_a_packet_is_freed_with_its_connection),
        cmocka_unit_test(namespaces_of_one_connection_are_limited),
        cmocka_unit_test(connect_and_event_in_one_delivery_are_served),
        cmocka_unit_test(what_came_with_the_end_of_a_socket_is_dropped),
        cmocka_unit_test(idle_connections_are_small),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
