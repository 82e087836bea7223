/* SPDX-License-Identifier: MIT */
/* Two clients of a server whose application reacts wildly: the input is a list of lines, the
 * first byte of each says who does what. Whatever happens, every connection is followed by one
 * disconnection, and nothing is left behind. */
#include "codec/utf8.h"
#include "support/sio_fixture.h"

#include <assert.h>

enum { CLIENTS = 2, KEPT = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct app {
    struct fixture fx;
    struct client *clients[CLIENTS];
    gw_socket *last; /* the socket that connected last, while it is connected */
    gw_next *nexts[KEPT];
    gw_match *matches[KEPT];
    gw_pending_ack *acks[KEPT];
    gw_namespace *parents[2];
    int connected;
    uint8_t mood; /* what handlers do next */
};

static void react(struct app *app, gw_socket *socket);

static void on_answer(gw_socket *socket, const gw_event *answer, int err, void *user)
{
    assert((answer == NULL) == (err < 0));
    if (err == 0)
        react(user, socket);
}

static void on_each(gw_socket *socket, void *user)
{
    const struct app *app = user;

    if (app->mood & 1)
        gw_socket_leave(socket, "a");
    else
        gw_socket_disconnect(socket, GW_NAMESPACE_ONLY);
}

static void on_own(gw_socket *socket, const gw_event *event, void *user)
{
    struct app *app = user;

    assert(gw_event_name(event).ptr);
    if (app->mood & 2)
        gw_socket_off(socket, "e", NULL, NULL);
    react(app, socket);
}

static void on_outgoing(gw_socket *socket, const gw_event *event, void *user)
{
    assert(gw_event_name(event).ptr && gw_ack(event, NULL) == GW_E_ARG);
    react(user, socket);
}

static const char *on_use_event(gw_socket *socket, const gw_event *event, void *user)
{
    const struct app *app = user;

    (void)event;
    react(user, socket);
    return app->mood % 5 == 0 ? "dropped" : NULL;
}

static void on_fetch(const struct gw_snapshot *snapshots, size_t count, int err, void *user)
{
    assert(err == 0);
    for (size_t i = 0; i < count; i++) {
        react(user, snapshots[i].socket);
        assert(snapshots[i].data.len >= 1 && snapshots[i].handshake.url.ptr);
    }
}

static void on_room(gw_namespace *nsp, enum gw_room_change change, struct gw_slice room,
                    gw_socket *socket, void *user)
{
    struct app *app = user;

    assert(nsp && room.len > 0);
    assert((socket != NULL) == (change == GW_ROOM_JOINED || change == GW_ROOM_LEFT));
    if (socket)
        react(app, socket);
}

static void register_own(struct app *app, gw_socket *socket)
{
    if (app->mood & 1)
        gw_socket_on(socket, "e", on_own, app);
    else
        gw_socket_once(socket, "e", on_own, app);
    if (app->mood & 2)
        gw_socket_on_any_outgoing(socket, on_outgoing, app);
    if (app->mood & 4)
        gw_socket_use(socket, on_use_event, app);
    gw_socket_set_data(socket, "[1]");
}

static void react(struct app *app, gw_socket *socket)
{
    gw_namespace *nsp = gw_socket_namespace(socket);
    uint8_t mood = app->mood++;

    switch (mood % 16) {
    case 0:
        gw_socket_disconnect(socket, GW_NAMESPACE_ONLY);
        break;
    case 1:
        gw_socket_disconnect(socket, GW_CLOSE_CONNECTION);
        break;
    case 2:
        if (app->last)
            gw_socket_disconnect(app->last, GW_CLOSE_CONNECTION);
        break;
    case 3:
        gw_socket_join(socket, "a");
        break;
    case 4:
        gw_socket_leave(socket, "a");
        break;
    case 5:
        gw_emit(gw_except(gw_to(gw_everyone(nsp), "a"), gw_socket_id(socket)), "room", "1");
        break;
    case 6:
        gw_emit_ack(socket, "ask", NULL, mood, on_answer, app);
        break;
    case 7:
        gw_each(gw_to(gw_everyone(nsp), "a"), on_each, app);
        break;
    case 8:
        gw_emit(gw_volatile(gw_broadcast(socket)), "v", "[]");
        break;
    case 9:
        if (app->clients[mood / 16 % CLIENTS])
            hang_up(app->clients[mood / 16 % CLIENTS]);
        break;
    case 10:
        register_own(app, socket);
        break;
    case 11:
        gw_fetch(gw_everyone(nsp), on_fetch, app);
        break;
    case 12:
        gw_emit(gw_everyone(app->parents[mood / 16 % 2]), "parent\n", NULL);
        break;
    case 13:
        gw_sockets_disconnect(gw_to(gw_everyone(app->parents[mood / 16 % 2]), "a"),
                              GW_NAMESPACE_ONLY);
        break;
    default:
        break;
    }
}

static void on_connection(gw_socket *socket, void *user)
{
    struct app *app = user;

    app->connected++;
    app->last = socket;
    react(app, socket);
}

static void on_disconnecting(gw_socket *socket, enum gw_reason reason, const char *detail,
                             void *user)
{
    (void)reason;
    (void)detail;
    react(user, socket);
}

static void on_disconnect(gw_socket *socket, enum gw_reason reason, const char *detail, void *user)
{
    struct app *app = user;

    (void)reason;
    (void)detail;
    app->connected--;
    assert(app->connected >= 0);
    react(app, socket);
    if (app->last == socket)
        app->last = NULL;
}

static void on_error(gw_socket *socket, const char *why, void *user)
{
    assert(why);
    react(user, socket);
}

static void on_any(gw_socket *socket, const gw_event *event, void *user)
{
    struct app *app = user;
    size_t slot = app->mood % KEPT;
    char text[16];
    double number;

    for (size_t i = 0; i <= gw_event_arg_count(event); i++) {
        gw_event_string(event, i, text, sizeof(text));
        gw_event_number(event, i, &number);
        gw_event_arg_attachment(event, i);
    }
    gw_emit_event(gw_broadcast(socket), "relay", event);
    react(app, socket);
    if (app->mood % 3 == 0 && !app->acks[slot])
        app->acks[slot] = gw_event_ack_take(event);
    else
        gw_ack_event(event, event);
}

static void on_use(gw_socket *socket, gw_next *next, void *user)
{
    struct app *app = user;
    size_t slot = app->mood % KEPT;

    react(app, socket);
    if (app->mood % 4 == 0 && !app->nexts[slot])
        app->nexts[slot] = next;
    else if (app->mood % 5 == 0)
        gw_next_refuse(next, "no", NULL);
    else
        gw_next_ok(next);
}

static void on_match(gw_io *io, const char *name, struct gw_slice auth, gw_match *match, void *user)
{
    struct app *app = user;
    size_t slot = app->mood++ % KEPT;

    assert(io == app->fx.io && name[0] == '/' && auth.len >= 2);
    if (app->mood % 3 == 0 && !app->matches[slot])
        app->matches[slot] = match;
    else if (app->mood % 2 == 0)
        gw_match_refuse(match);
    else
        gw_match_ok(match);
}

static void owe_nothing(struct app *app)
{
    for (size_t i = 0; i < KEPT; i++) {
        gw_match *match = app->matches[i];
        gw_next *next = app->nexts[i];
        gw_pending_ack *ack = app->acks[i];

        app->matches[i] = NULL;
        app->nexts[i] = NULL;
        app->acks[i] = NULL;
        if (next)
            gw_next_ok(next);
        if (match)
            gw_match_ok(match);
        if (ack)
            gw_pending_ack_answer(ack, "1");
    }
}

static void app_open(struct app *app)
{
    gw_namespace *namespaces[4];

    memset(app, 0, sizeof(*app));
    fixture_open(&app->fx, &(struct gw_io_options){.max_rooms = 3,
                                                   .max_namespaces = 3,
                                                   .max_child_namespaces = 2,
                                                   .cleanup_empty_child_namespaces = true});
    namespaces[0] = app->fx.nsp;
    namespaces[1] = gw_io_of(app->fx.io, "/b");
    namespaces[2] = app->parents[0] = gw_io_of_pattern(app->fx.io, "^/c[0-9]$");
    namespaces[3] = app->parents[1] = gw_io_of_predicate(app->fx.io, on_match, app);
    for (int i = 0; i < 4; i++) {
        gw_namespace *nsp = namespaces[i];

        gw_on_connection(nsp, on_connection, app);
        gw_on_disconnecting(nsp, on_disconnecting, app);
        gw_on_disconnect(nsp, on_disconnect, app);
        gw_on_error(nsp, on_error, app);
        gw_on_any(nsp, on_any, app);
        if (i % 2)
            gw_use(nsp, on_use, app);
        else
            gw_on_room(nsp, on_room, app);
    }
}

static struct client *client_at(struct app *app, size_t i)
{
    if (app->clients[i] && !app->clients[i]->transport.session) {
        client_free(app->clients[i]);
        app->clients[i] = NULL;
    }
    if (!app->clients[i])
        app->clients[i] = client_open_on(&app->fx, i ? &client_polling_ops : &client_stream_ops);
    return app->clients[i];
}

/* who 0 to 7: bit 0 the client, then text, bytes, the clock, or the end of the connection. */
static void run_line(struct app *app, struct gw_slice line)
{
    uint8_t command = line.ptr[0];
    struct client *client = client_at(app, command & 1);
    struct gw_slice rest = {line.ptr + 1, line.len - 1};
    char bytes[64];

    forget(client);
    client->is_writable = !(command & 8);
    switch (command / 2 % 4) {
    case 0:
        if (rest.len < 1000 && gw_utf8_is_valid(rest))
            say_slice(client, rest);
        break;
    case 1:
        memcpy(bytes, "xxxxxxxx", 9);
        bytes[rest.len % 8] = '\0';
        say_bytes(client, bytes);
        break;
    case 2:
        app->fx.now_ms += rest.len * 5000;
        app->mood = command;
        gw_io_tick(app->fx.io);
        owe_nothing(app);
        break;
    default:
        hang_up(client);
    }
    turn(&app->fx);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct app app;
    size_t at = 0;

    if (size > 4000)
        return 0;
    app_open(&app);
    while (at < size) {
        const uint8_t *end = memchr(data + at, '\n', size - at);
        size_t len = end ? (size_t)(end - data) - at : size - at;

        if (len > 0)
            run_line(&app, (struct gw_slice){data + at, len});
        at += len + 1;
    }
    for (size_t i = 0; i < CLIENTS; i++) {
        if (app.clients[i])
            hang_up(app.clients[i]);
    }
    for (size_t i = 0; i < CLIENTS; i++)
        client_free(app.clients[i]);
    owe_nothing(&app);
    assert(app.connected == 0);
    assert(gw_io_client_count(app.fx.io) == 0);
    fixture_close(&app.fx);
    return 0;
}
