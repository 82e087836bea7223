/* SPDX-License-Identifier: MIT */
#include "server/admin.h"

#include "codec/calendar.h"
#include "codec/json.h"
#include "sio/event.h"
#include "sio/handshake_args.h"
#include "sio/io.h"
#include "sio/many.h"

enum { CLIENT_ID_LEN = 12 };

/* Milliseconds since 1970, as of this turn. */
static uint64_t unix_ms_of(const struct gw_admin *admin)
{
    const gw_io *io = admin->host->io;

    return io->env.unix_base_ms + gw_io_now_ms(io);
}

/* ---- a socket, written ---- */

static void add_text(gw_args *args, const char *key, struct gw_slice text)
{
    gw_args_key(args, key);
    gw_args_string_slice(args, text);
}

static void add_handshake(gw_args *args, const gw_socket *socket,
                          const struct gw_handshake *handshake)
{
    char issued[GW_HANDSHAKE_TIME_BYTES];

    gw_handshake_time(handshake, issued);
    gw_args_key(args, "handshake");
    gw_args_begin_object(args);
    add_text(args, "address", handshake->address);
    if (socket) {
        gw_args_key(args, "headers");
        gw_sio_args_headers(args, socket);
    }
    gw_args_key(args, "query");
    gw_sio_args_query(args, handshake->query);
    gw_args_key(args, "issued");
    gw_args_uint(args, handshake->issued_ms);
    gw_args_key(args, "secure");
    gw_args_bool(args, handshake->is_secure);
    add_text(args, "time", gw_slice_of(issued));
    add_text(args, "url", handshake->url);
    gw_args_key(args, "xdomain");
    gw_args_bool(args, handshake->is_xdomain);
    gw_args_end_object(args);
}

static void add_conn(gw_args *args, const gw_socket *socket)
{
    struct gw_conn_info conn = {.transport = ""};

    if (socket)
        conn = gw_socket_conn(socket);
    if (conn.id.len > CLIENT_ID_LEN)
        conn.id.len = CLIENT_ID_LEN; /* the whole one is a secret */
    add_text(args, "clientId", conn.id.ptr ? conn.id : GW_LIT(""));
    add_text(args, "transport", gw_slice_of(conn.transport));
}

/* The keys in the genuine order. */
static void add_socket(gw_args *args, const char *nsp, const struct gw_snapshot *socket)
{
    gw_args_begin_object(args);
    add_text(args, "id", gw_slice_of(socket->id));
    add_conn(args, socket->socket);
    add_text(args, "nsp", gw_slice_of(nsp));
    gw_args_key(args, "data");
    gw_args_json_slice(args, socket->data);
    add_handshake(args, socket->socket, &socket->handshake);
    gw_args_key(args, "rooms");
    gw_args_begin_array(args);
    for (size_t i = 0; i < socket->room_count; i++)
        gw_args_string_slice(args, socket->rooms[i]);
    gw_args_end_array(args);
    gw_args_end_object(args);
}

/* ---- all of them ---- */

struct listing {
    gw_args args;
    gw_namespace *nsp;
    size_t count;
};

static void on_sockets(const struct gw_snapshot *snapshots, size_t count, int err, void *user)
{
    struct listing *listing = user;

    (void)err;
    for (size_t i = 0; i < count && listing->count < GW_ADMIN_SOCKETS_MAX; i++, listing->count++)
        add_socket(&listing->args, gw_namespace_name(listing->nsp), &snapshots[i]);
}

static void list_namespace(gw_namespace *nsp, void *user)
{
    struct listing *listing = user;

    listing->nsp = nsp;
    gw_fetch(gw_everyone(nsp), on_sockets, listing);
}

void gw_admin_events_list(struct gw_admin *admin, gw_socket *to)
{
    struct listing listing = {0};

    gw_args_init(&listing.args);
    gw_args_begin_array(&listing.args);
    gw_io_each_namespace(admin->host->io, list_namespace, &listing);
    gw_args_end_array(&listing.args);
    gw_emit_args(gw_only(to), "all_sockets", &listing.args);
    gw_args_dispose(&listing.args);
}

/* ---- what happens ---- */

static void tell_connected(const struct gw_snapshot *snapshots, size_t count, int err, void *user)
{
    struct gw_admin *admin = user;
    gw_args args;

    (void)err;
    if (count == 0 || !snapshots[0].socket)
        return;
    gw_args_init(&args);
    add_socket(&args, gw_namespace_name(gw_socket_namespace(snapshots[0].socket)), &snapshots[0]);
    gw_args_date(&args, unix_ms_of(admin));
    gw_admin_emit(admin, "socket_connected", &args);
    gw_args_dispose(&args);
}

void gw_admin_events_connected(struct gw_admin *admin, gw_socket *socket)
{
    gw_sio_many_fetch(gw_to(gw_everyone(gw_socket_namespace(socket)), gw_socket_id(socket)),
                      tell_connected, admin);
}

static void on_connection(gw_socket *socket, void *user)
{
    gw_admin_events_connected(user, socket);
}

static void on_disconnecting(gw_socket *socket, enum gw_reason reason, const char *detail,
                             void *user)
{
    struct gw_admin *admin = user;
    gw_args args;

    (void)detail;
    gw_args_init(&args);
    gw_args_string(&args, gw_namespace_name(gw_socket_namespace(socket)));
    gw_args_string(&args, gw_socket_id(socket));
    gw_args_string(&args, gw_reason_text(reason));
    gw_args_date(&args, unix_ms_of(admin));
    gw_admin_emit(admin, "socket_disconnected", &args);
    gw_args_dispose(&args);
}

static void on_room(gw_namespace *nsp, enum gw_room_change change, struct gw_slice room,
                    gw_socket *socket, void *user)
{
    struct gw_admin *admin = user;
    gw_args args;

    if (change != GW_ROOM_JOINED && change != GW_ROOM_LEFT)
        return;
    gw_args_init(&args);
    gw_args_string(&args, gw_namespace_name(nsp));
    gw_args_string_slice(&args, room);
    gw_args_string(&args, gw_socket_id(socket));
    gw_args_date(&args, unix_ms_of(admin));
    gw_admin_emit(admin, change == GW_ROOM_JOINED ? "room_joined" : "room_left", &args);
    gw_args_dispose(&args);
}

static void tell_updated(struct gw_admin *admin, gw_socket *socket, bool is_upgraded)
{
    gw_args args;

    gw_args_init(&args);
    gw_args_begin_object(&args);
    add_text(&args, "id", gw_slice_of(gw_socket_id(socket)));
    add_text(&args, "nsp", gw_slice_of(gw_namespace_name(gw_socket_namespace(socket))));
    if (is_upgraded) {
        add_text(&args, "transport", gw_slice_of(gw_socket_transport(socket)));
    } else {
        gw_args_key(&args, "data");
        gw_args_json_slice(&args, gw_socket_data(socket));
    }
    gw_args_end_object(&args);
    gw_admin_emit(admin, "socket_updated", &args);
    gw_args_dispose(&args);
}

static void on_upgrade(gw_socket *socket, void *user)
{
    tell_updated(user, socket, true);
}

static void on_data(gw_socket *socket, void *user)
{
    tell_updated(user, socket, false);
}

/* The event's arguments go on as they are, placeholders included, and so do its attachments. */
static int write_event(struct gw_admin *admin, gw_socket *socket, const gw_event *event)
{
    struct gw_buf *text = &admin->text;
    struct gw_slice args = gw_event_args(event);
    uint8_t now[GW_CALENDAR_ISO_MAX];
    size_t now_len = gw_calendar_format_iso(now, (int64_t)unix_ms_of(admin));
    int err;

    gw_buf_reset(text);
    err = gw_json_quote(text, gw_slice_of(gw_namespace_name(gw_socket_namespace(socket))));
    if (err == GW_OK)
        err = gw_buf_append(text, GW_LIT(",\""));
    if (err == GW_OK)
        err = gw_buf_append(text, gw_slice_of(gw_socket_id(socket)));
    if (err == GW_OK)
        err = gw_buf_append(text, GW_LIT("\",["));
    if (err == GW_OK)
        err = gw_json_quote(text, gw_event_name(event));
    if (err == GW_OK && args.len > 0)
        err = gw_buf_append_byte(text, ',');
    if (err == GW_OK && args.len > 0)
        err = gw_buf_append(text, args);
    if (err == GW_OK)
        err = gw_buf_append(text, GW_LIT("],\""));
    if (err == GW_OK)
        err = gw_buf_append(text, (struct gw_slice){now, now_len});
    /* The quote and the NUL that gw_emit_binary wants behind its JSON. */
    return err == GW_OK ? gw_buf_append(text, (struct gw_slice){(const uint8_t *)"\"", 2}) : err;
}

static void tell_event(struct gw_admin *admin, const char *name, gw_socket *socket,
                       const gw_event *event)
{
    if (!gw_event_name(event).ptr || gw_namespace_socket_count(admin->nsp) == 0)
        return;
    if (write_event(admin, socket, event) == GW_OK)
        gw_emit_binary(gw_everyone(admin->nsp), name, (const char *)admin->text.ptr,
                       event->attachments, event->attachment_count);
    gw_buf_dispose(&admin->text);
}

static void on_received(gw_socket *socket, const gw_event *event, void *user)
{
    tell_event(user, "event_received", socket, event);
}

static void on_sent(gw_socket *socket, const gw_event *event, void *user)
{
    tell_event(user, "event_sent", socket, event);
}

/* ---- handlers that come and go ---- */

/* A handler that finds no memory is missed, and nothing worse. */
static void watch(gw_namespace *nsp, void *user)
{
    struct gw_admin *admin = user;

    gw_on_room(nsp, on_room, admin);
    gw_on_disconnecting(nsp, on_disconnecting, admin); /* ahead of room_left, as the genuine */
    gw_on_upgrade(nsp, on_upgrade, admin);
    if (nsp == admin->nsp)
        return;
    gw_on_connection(nsp, on_connection, admin);
    gw_on_any(nsp, on_received, admin);
    gw_on_any_outgoing(nsp, on_sent, admin);
}

static void unwatch(gw_namespace *nsp, void *user)
{
    struct gw_admin *admin = user;

    gw_off_room(nsp, on_room, admin);
    gw_off_disconnecting(nsp, on_disconnecting, admin);
    gw_off_upgrade(nsp, on_upgrade, admin);
    gw_off_connection(nsp, on_connection, admin);
    gw_off_any(nsp, on_received, admin);
    gw_off_any_outgoing(nsp, on_sent, admin);
}

void gw_admin_events_start(struct gw_admin *admin)
{
    gw_io *io = admin->host->io;

    if (admin->is_watching)
        return;
    admin->is_watching = true;
    gw_io_each_namespace(io, watch, admin);
    gw_on_new_namespace(io, watch, admin);
    io->on_data = on_data;
    io->on_data_user = admin;
}

void gw_admin_events_stop(struct gw_admin *admin)
{
    gw_io *io = admin->host->io;

    if (!admin->is_watching)
        return;
    admin->is_watching = false;
    gw_off_new_namespace(io, watch, admin);
    gw_io_each_namespace(io, unwatch, admin);
    io->on_data = NULL;
}
