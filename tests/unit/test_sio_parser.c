/* SPDX-License-Identifier: MIT */
#include "sio/parser.h"

#include "sio/namespace.h"
#include "sio/socket.h"
#include "support/failing.h"
#include "support/sio_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct app {
    struct fixture fx;
    struct client *client;
};

/* Bytes of the client, in a block of exactly their size. */
static void on_any(gw_socket *socket, const gw_event *event, void *user)
{
    struct app *app = user;
    struct gw_slice name = gw_event_name(event), args = gw_event_args(event);

    (void)socket;
    trace(&app->fx, "%.*s(%.*s)", name.ptr ? (int)name.len : 1,
          name.ptr ? (const char *)name.ptr : "-", (int)args.len, (const char *)args.ptr);
    for (size_t i = 0; i < gw_event_attachment_count(event); i++)
        trace(&app->fx, "<%.*s>", (int)gw_event_attachment(event, i).len,
              (const char *)gw_event_attachment(event, i).ptr);
    trace(&app->fx, "|");
    if (gw_event_wants_ack(event))
        gw_ack_event(event, event);
}

static void on_error(gw_socket *socket, const char *why, void *user)
{
    struct app *app = user;

    (void)socket;
    trace(&app->fx, "%s|", why);
}

static void on_answer(gw_socket *socket, const gw_event *answer, int err, void *user)
{
    struct app *app = user;

    (void)socket;
    if (answer)
        trace(&app->fx, "answer(%.*s)|", (int)gw_event_args(answer).len,
              (const char *)gw_event_args(answer).ptr);
    else
        trace(&app->fx, "%s|", gw_err_name(err));
}

static void on_answers(gw_namespace *nsp, const gw_answers *answers, int err, void *user)
{
    (void)nsp;
    (void)answers;
    (void)err;
    (void)user;
}

static const struct gw_io_options options = {.parser = GW_PARSER_MSGPACK};

#define CONNECT GW_LIT("\x82\xa4type\x00\xa3nsp\xa1/")

static void app_open(struct app *app)
{
    memset(app, 0, sizeof(*app));
    fixture_open(&app->fx, &options);
    assert_int_equal(gw_on_any(app->fx.nsp, on_any, app), 0);
    assert_int_equal(gw_on_error(app->fx.nsp, on_error, app), 0);
    app->client = client_open(&app->fx);
    say_packet(app->client, CONNECT);
}

static void app_close(struct app *app)
{
    client_free(app->client);
    fixture_close(&app->fx);
}

static void connect_is_answered_in_one_message(void **state)
{
    struct app app;

    (void)state;
    app_open(&app);
    assert_int_equal(app.client->message_count, 1);
    /* {type:0,data:{sid:...},nsp:"/"} */
    assert_memory_equal(app.client->out, "B83a47479706500a46461746181a3736964b4", 37);
    assert_non_null(strstr(app.client->out, "a36e7370a12f|"));
    app_close(&app);
}

static void events_come_as_json_and_attachments(void **state)
{
    struct app app;

    (void)state;
    app_open(&app);
    forget(app.client);
    say_packet(app.client,
               GW_LIT("\x84\xa7options\x81\xa8"
                      "compress\xc3\xa3nsp\xa1/\xa4"
                      "data\x94\xa3say\xa2\x61\x22\x81\xa1\x62\xc4\x02xy\xc0\xa4type\x02"));
    say_packet(app.client, GW_LIT("\x83\xa4type\x02\xa3nsp\xa1/\xa4"
                                  "data\x90"));
    say_packet(app.client, GW_LIT("\x83\xa4type\x02\xa3nsp\xa1/\xa4"
                                  "data\x92\x05\x06"));
    say_packet(app.client, GW_LIT("\x83\xa4type\x02\xa3nsp\xa1/\xa4"
                                  "data\x91\xa2\x61\x22"));
    assert_string_equal(app.fx.trace,
                        "say(\"a\\\"\",{\"b\":{\"_placeholder\":true,\"num\":0}},null)<xy>|"
                        "-()|5(6)|a\"()|");
    assert_string_equal(app.client->out, "");
    app_close(&app);
}

static void acks_go_both_ways(void **state)
{
    struct app app;

    (void)state;
    app_open(&app);
    forget(app.client);
    say_packet(app.client, GW_LIT("\x84\xa4type\x02\xa3nsp\xa1/\xa2id\xcd\x01\x00\xa4"
                                  "data\x93\xa1q\xc4\x01x\x01"));
    assert_string_equal(app.client->out,
                        "B84a47479706503a46461746192c4017801a36e7370a12fa26964cd0100|");
    forget(app.client);
    assert_int_equal(gw_emit_ack_all(gw_everyone(app.fx.nsp), "a", "[1]", 0, on_answers, NULL) == 1,
                     true);
    assert_string_equal(app.client->out,
                        "B84a47479706502a46461746192a1619101a36e7370a12fa2696400|");
    app_close(&app);
}

static void bad_packets_close_the_connection(void **state)
{
    static const struct {
        struct gw_slice bytes;
        const char *why;
    } rows[] = {
        {{(const uint8_t *)"\xc1", 1}, "not MessagePack|"},
        {{(const uint8_t *)"\x80", 1}, "unknown packet type|"},
        {{(const uint8_t *)"\x90", 1}, "not MessagePack|"},
        {{(const uint8_t *)"\x81\xa4type\x05", 7}, "unknown packet type|"},
        {{(const uint8_t *)"\x81\xa4type\xff", 7}, "unknown packet type|"},
        {{(const uint8_t *)"\x81\xa4type\x02", 7}, "invalid namespace|"},
        {{(const uint8_t *)"\x82\xa4type\x02\xa3nsp\x01", 12}, "invalid namespace|"},
        {{(const uint8_t *)"\x82\xa4type\x02\xa3nsp\xa1/", 13}, "invalid payload|"},
        {{(const uint8_t *)"\x83\xa4type\x02\xa3nsp\xa1/\xa4"
                           "data\x80",
          19},
         "invalid payload|"},
        {{(const uint8_t *)"\x83\xa4type\x01\xa3nsp\xa1/\xa4"
                           "data\x80",
          19},
         "invalid payload|"},
        {{(const uint8_t *)"\x84\xa4type\x02\xa3nsp\xa1/\xa4"
                           "data\x90\xa2id\xa1x",
          24},
         "invalid packet id|"},
        {{(const uint8_t *)"\x84\xa4type\x02\xa3nsp\xa1/\xa4"
                           "data\x90\xa2id\xc0",
          23},
         "invalid packet id|"},
        {{(const uint8_t *)"\x82\xa4type\x01\xa3nsp\xa1/\x00", 14}, "bytes behind the packet|"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct app app;

        app_open(&app);
        say_packet(app.client, rows[i].bytes);
        assert_string_equal(app.fx.trace, rows[i].why);
        turn(&app.fx);
        assert_true(app.client->is_closed);
        app_close(&app);
    }
}

static void text_closes_the_connection(void **state)
{
    struct app app;

    (void)state;
    app_open(&app);
    say(app.client, "42[\"a\"]");
    assert_string_equal(app.fx.trace, "text where the parser wants bytes|");
    app_close(&app);
}

static void an_answer_finds_its_question(void **state)
{
    struct app app;
    gw_socket *socket;
    struct gw_sio_draft draft = {.type = GW_SIO_DISCONNECT};
    struct gw_buf out;

    (void)state;
    app_open(&app);
    socket = container_of(app.fx.nsp->socket_list.next, gw_socket, node);
    assert_int_equal(gw_emit_ack(socket, "q", NULL, 0, on_answer, &app), 0);
    /* 0.0 is the integer 0 in JavaScript. */
    say_packet(app.client, GW_LIT("\x84\xa4type\x03\xa3nsp\xa1/\xa2id\xcb\0\0\0\0\0\0\0\0\xa4"
                                  "data\x91\xff"));
    assert_string_equal(app.fx.trace, "answer(-1)|");
    gw_buf_init(&out, 1000);
    assert_int_equal(gw_sio_parser_msgpack.encode(&draft, &out), 0);
    assert_true(gw_slice_equal(gw_buf_slice(&out), GW_LIT("\x82\xa4type\x01\xa3nsp\xa1/")));
    gw_buf_dispose(&out);
    app_close(&app);
}

static void on_cause(gw_socket *socket, enum gw_reason reason, const char *detail, void *user)
{
    struct app *app = user;

    (void)reason;
    (void)detail;
    trace(&app->fx, "%s|", gw_cause_name(gw_socket_cause(socket)));
}

static void refuse(gw_socket *socket, gw_next *next, void *user)
{
    (void)socket;
    (void)user;
    gw_next_refuse(next, "no", NULL);
}

static void ignore_answer(gw_socket *socket, const gw_event *answer, int err, void *user)
{
    (void)socket;
    (void)answer;
    (void)err;
    ++*(int *)user;
}

static gw_socket *first_socket(gw_namespace *nsp)
{
    return gw_list_is_empty(&nsp->socket_list)
               ? NULL
               : container_of(nsp->socket_list.next, gw_socket, node);
}

/* Into a client that stays every packet has gone: its CONNECT, a refusal, an event, an answer, a question, a farewell. */
static void talk(struct failing *failing, void *user)
{
    static const struct gw_slice bytes = {(const uint8_t *)"abc", 3};
    const struct gw_eio_transport_ops *ops = user;
    gw_namespace *refusing;
    struct client *client;
    struct app app = {0};
    gw_socket *socket;
    int calls = 0, asked = GW_E_CLOSED, emitted = GW_E_CLOSED, all = GW_E_CLOSED;

    fixture_open(&app.fx, &options);
    assert_int_equal(gw_on_any(app.fx.nsp, on_any, &app), 0);
    assert_int_equal(gw_on_disconnect(app.fx.nsp, on_cause, &app), 0);
    refusing = gw_io_of(app.fx.io, "/b");
    assert_int_equal(gw_use(refusing, refuse, NULL), 0);
    client = client_open_on(&app.fx, ops);
    turn(&app.fx);
    client->message_count = 0; /* the handshake, where it is polled */
    failing_begin(failing);
    say_packet(client, CONNECT);
    say_packet(client, GW_LIT("\x82\xa4type\x00\xa3nsp\xa2/b"));
    say_packet(client, GW_LIT("\x84\xa4type\x02\xa3nsp\xa1/\xa2id\x07\xa4"
                              "data\x92\xa1"
                              "e\xc4\x03xyz"));
    socket = first_socket(app.fx.nsp);
    if (socket) {
        emitted =
            gw_emit_binary(gw_only(socket), "e", "{\"_placeholder\":true,\"num\":0}", &bytes, 1);
        asked = gw_emit_ack(socket, "q", NULL, 0, ignore_answer, &calls);
        all = gw_emit(gw_everyone(app.fx.nsp), "all", "[1]");
        gw_socket_disconnect(socket, GW_NAMESPACE_ONLY);
    }
    turn(&app.fx);
    failing_end(failing);
    assert_int_equal(calls, asked == 0);
    /* CONNECT, CONNECT_ERROR, ACK, DISCONNECT, and what the application was not told that it was not sent. */
    if (!client->is_closed)
        assert_int_equal(client->message_count, 4 + (emitted == 1) + (asked == 0) + (all == 1));
    else
        assert_true(failing->is_reached);
    client_free(client);
    fixture_close(&app.fx);
}

static void memory_that_runs_out_costs_the_connection(void **state)
{
    (void)state;
    assert_true(fail_each(talk, (void *)&client_stream_ops) >= 12);
    assert_true(fail_each(talk, (void *)&client_polling_ops) >= 12);
}

static void who_goes_for_want_of_memory_is_told_so(void **state)
{
    struct app app;

    (void)state;
    app_open(&app);
    assert_int_equal(gw_on_disconnect(app.fx.nsp, on_cause, &app), 0);
    gw_mem_fail_at(1);
    say_packet(app.client, GW_LIT("\x83\xa4type\x02\xa3nsp\xa1/\xa4"
                                  "data\x92\xa1"
                                  "e\xc4\x03xyz"));
    gw_mem_fail_at(0);
    assert_string_equal(app.fx.trace, "no_memory|");
    app_close(&app);
}

/* An event with as many arguments, each of them one byte. */
static size_t put_bytes(uint8_t *out, uint16_t count)
{
    static const uint8_t head[] = "\x83\xa4type\x02\xa3nsp\xa1/\xa4"
                                  "data\xdc";
    size_t len = sizeof(head) - 1;

    memcpy(out, head, len);
    out[len++] = (uint8_t)((count + 1) >> 8);
    out[len++] = (uint8_t)(count + 1);
    out[len++] = 0xa1;
    out[len++] = 'e';
    for (uint16_t i = 0; i < count; i++) {
        memcpy(out + len, "\xc4\x01z", 3);
        len += 3;
    }
    return len;
}

static void count_attachments(gw_socket *socket, const gw_event *event, void *user)
{
    struct gw_target other = gw_everyone(user);
    size_t count = gw_event_attachment_count(event);

    (void)socket;
    assert_int_equal(gw_event_arg_attachment(event, count - 1).len, 1);
    assert_int_equal(gw_emit_event(gw_only(socket), "back", event), 1);
    assert_int_equal(gw_ack_event(event, event), GW_E_ARG);
    /* Where packets have the other form there may not be so many. */
    assert_int_equal(gw_emit_event(other, "on", event),
                     count > GW_ATTACHMENTS_MAX ? GW_E_LIMIT : 0);
}

static void attachments_may_be_any_number(void **state)
{
    static const uint16_t counts[] = {1, 10, 11, 255, 256, 5000};
    static uint8_t packet[20000];
    struct fixture other;
    struct app app;

    (void)state;
    fixture_open(&other, NULL);
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        size_t len = put_bytes(packet, counts[i]);

        app_open(&app);
        assert_int_equal(gw_off_any(app.fx.nsp, on_any, &app), 1);
        assert_int_equal(gw_on(app.fx.nsp, "e", count_attachments, other.nsp), 0);
        forget(app.client);
        say_packet(app.client, (struct gw_slice){packet, len});
        assert_true(app.client->out_len > 2 * len);
        turn(&app.fx);
        assert_int_equal(app.fx.io->parsed_slices.cap <= 4096, true);
        assert_false(app.client->is_closed);
        app_close(&app);
    }
    fixture_close(&other);
}

static void expect_end(const struct gw_io_options *given, uint16_t count, const char *why,
                       enum gw_sio_limit limit)
{
    static uint8_t packet[20000];
    struct app app = {0};

    fixture_open(&app.fx, given);
    assert_int_equal(gw_on_error(app.fx.nsp, on_error, &app), 0);
    assert_int_equal(gw_on_disconnect(app.fx.nsp, on_cause, &app), 0);
    app.client = client_open(&app.fx);
    say_packet(app.client, CONNECT);
    say_packet(app.client, (struct gw_slice){packet, put_bytes(packet, count)});
    turn(&app.fx);
    assert_string_equal(app.fx.trace, why);
    assert_int_equal(app.fx.io->counts.limits[limit], 1);
    app_close(&app);
}

static void their_number_and_what_they_become_have_limits(void **state)
{
    (void)state;
    expect_end(&(struct gw_io_options){.parser = GW_PARSER_MSGPACK, .max_attachments = 20}, 21,
               "too many attachments|too_many_attachments|", GW_SIO_LIMIT_ATTACHMENTS);
    expect_end(&(struct gw_io_options){.parser = GW_PARSER_MSGPACK, .max_packet_bytes = 1000}, 40,
               "packet too long as JSON|packet_too_long|", GW_SIO_LIMIT_PACKET_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connect_is_answered_in_one_message),
        cmocka_unit_test(events_come_as_json_and_attachments),
        cmocka_unit_test(acks_go_both_ways),
        cmocka_unit_test(bad_packets_close_the_connection),
        cmocka_unit_test(text_closes_the_connection),
        cmocka_unit_test(an_answer_finds_its_question),
        cmocka_unit_test(memory_that_runs_out_costs_the_connection),
        cmocka_unit_test(who_goes_for_want_of_memory_is_told_so),
        cmocka_unit_test(attachments_may_be_any_number),
        cmocka_unit_test(their_number_and_what_they_become_have_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
