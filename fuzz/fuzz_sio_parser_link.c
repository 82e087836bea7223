/* SPDX-License-Identifier: MIT */
/* A client of a server with the msgpack parser: the input is a list of messages, each behind a byte with its length (above 250
 * it is the end of the connection, a middleware's word, or time). The application passes on, answers, keeps and asks. Every
 * connection is followed by one disconnection, and nothing is left behind. */
#include "codec/json.h"
#include "codec/utf8.h"
#include "support/sio_fixture.h"

#include <assert.h>
#include <godwit/args.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct app {
    struct fixture fx;
    struct client *client;
    gw_next *next;
    gw_pending_ack *ack;
    int connected, asked;
} app;

static void on_connection(gw_socket *socket, void *user)
{
    struct gw_slice auth = gw_socket_handshake(socket).auth;

    (void)user;
    app.connected++;
    assert(gw_json_check(auth) == 0 && gw_utf8_is_valid(auth));
    gw_socket_join(socket, "a");
}

static void on_disconnect(gw_socket *socket, enum gw_reason reason, const char *detail, void *user)
{
    (void)socket;
    (void)reason;
    (void)detail;
    (void)user;
    app.connected--;
}

static void on_answer(gw_socket *socket, const gw_event *answer, int err, void *user)
{
    (void)socket;
    (void)user;
    assert((answer == NULL) == (err < 0));
    app.asked--;
}

static void on_any(gw_socket *socket, const gw_event *event, void *user)
{
    struct gw_slice args = gw_event_args(event);
    size_t count = gw_event_attachment_count(event);

    (void)user;
    assert(gw_json_values_check(args, NULL) != GW_E_PROTO && gw_utf8_is_valid(args));
    for (size_t i = 0; i < count; i++)
        assert(gw_event_attachment(event, i).ptr);
    for (size_t i = 0; i < gw_event_arg_count(event) && i < 8; i++)
        gw_event_arg_attachment(event, i);
    assert(gw_emit_event(gw_everyone(gw_socket_namespace(socket)), "relay", event) != GW_E_ARG);
    if (gw_emit_ack(socket, "ask", "1", 0, on_answer, NULL) == 0)
        app.asked++;
    if (!app.ack && args.len % 2)
        app.ack = gw_event_ack_take(event);
    else
        gw_ack_event(event, event);
}

static void on_use(gw_socket *socket, gw_next *next, void *user)
{
    (void)socket;
    (void)user;
    if (app.next)
        gw_next_refuse(next, "busy", NULL);
    else
        app.next = next;
}

static void owe_nothing(void)
{
    gw_next *next = app.next;
    gw_pending_ack *ack = app.ack;

    app.next = NULL;
    app.ack = NULL;
    if (next)
        gw_next_ok(next);
    if (ack)
        gw_pending_ack_answer(ack, "[]");
}

static void receive(struct gw_slice message)
{
    struct client *client;

    if (app.client && !app.client->transport.session) {
        client_free(app.client);
        app.client = NULL;
    }
    if (!app.client)
        app.client = client_open(&app.fx);
    client = app.client;
    forget(client);
    gw_eio_session_receive_binary(client->session, &client->transport, message, app.fx.now_ms);
}

static void run(uint8_t command)
{
    switch (command) {
    case 251:
        if (app.client)
            hang_up(app.client);
        break;
    case 252:
        owe_nothing();
        break;
    default:
        app.fx.now_ms += 10000;
        gw_io_tick(app.fx.io);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gw_slice rest = {data, size};
    gw_namespace *parent;

    if (size > 2000)
        return 0;
    memset(&app, 0, sizeof(app));
    fixture_open(&app.fx, &(struct gw_io_options){.parser = GW_PARSER_MSGPACK,
                                                  .max_payload_bytes = 1000,
                                                  .max_namespaces = 3});
    gw_on_any(app.fx.nsp, on_any, NULL);
    gw_on_connection(app.fx.nsp, on_connection, NULL);
    gw_on_disconnect(app.fx.nsp, on_disconnect, NULL);
    gw_use(gw_io_of(app.fx.io, "/b"), on_use, NULL);
    parent = gw_io_of_pattern(app.fx.io, "^/c");
    gw_on_any(parent, on_any, NULL);
    while (rest.len > 0) {
        uint8_t len = *rest.ptr++;

        rest.len--;
        if (len > 250) {
            run(len);
        } else {
            if (len > rest.len)
                len = (uint8_t)rest.len;
            receive((struct gw_slice){rest.ptr, len});
            rest.ptr += len;
            rest.len -= len;
        }
        turn(&app.fx);
    }
    client_free(app.client);
    owe_nothing();
    turn(&app.fx);
    assert(app.connected == 0 && app.asked == 0);
    assert(gw_io_client_count(app.fx.io) == 0);
    fixture_close(&app.fx);
    return 0;
}
