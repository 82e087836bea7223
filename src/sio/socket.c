/* SPDX-License-Identifier: MIT */
#include "sio/socket.h"

#include "base/mem.h"
#include "codec/json.h"
#include "codec/url.h"
#include "sio/ack.h"
#include "sio/answer.h"
#include "sio/date.h"
#include "sio/emit.h"
#include "sio/event.h"
#include "sio/extra.h"
#include "sio/io.h"
#include "sio/link.h"
#include "sio/namespace.h"
#include "sio/pressure.h"
#include "sio/recovery.h"

#include <assert.h>

/* ---- life ---- */

static struct gw_blob *copy_auth(struct gw_slice auth)
{
    struct gw_blob *blob = gw_blob_create(auth.len);

    if (blob)
        memcpy(blob->bytes, auth.ptr, auth.len);
    return blob;
}

gw_socket *gw_sio_socket_create(gw_namespace *nsp, struct gw_sio_link *link, struct gw_slice auth)
{
    gw_socket *socket = gw_mem_zalloc(sizeof(*socket));

    if (!socket)
        return NULL;
    if (auth.ptr && !(socket->auth = copy_auth(auth))) {
        gw_mem_free(socket);
        return NULL;
    }
    gw_list_init(&socket->node);
    gw_list_init(&socket->acks);
    gw_list_init(&socket->answers);
    gw_sio_member_init(&socket->member);
    socket->nsp = nsp;
    socket->link = link;
    socket->issued_ms = nsp->io->env.unix_base_ms + gw_io_now_ms(nsp->io);
    gw_ids_next(nsp->io->env.ids, socket->id);
    gw_sio_namespace_pin(nsp);
    gw_sio_link_push(link, socket);
    return socket;
}

void gw_sio_socket_free(gw_socket *socket)
{
    assert(gw_list_is_empty(&socket->acks) && gw_list_is_empty(&socket->answers));
    gw_sio_extra_free(socket);
    gw_sio_namespace_unpin(socket->nsp);
    gw_blob_unref(socket->auth);
    gw_mem_free(socket);
}

void gw_sio_socket_bury(gw_socket *socket)
{
    assert(socket->state == GW_SIO_SOCKET_GONE && !gw_list_is_linked(&socket->node));
    if (socket->next)
        return;
    gw_list_push(&socket->nsp->io->dead_sockets, &socket->node);
    gw_io_tell_work(socket->nsp->io);
}

static void leave_own_room(gw_socket *socket)
{
    if (!socket->is_in_own_room)
        return;
    socket->is_in_own_room = false;
    gw_sio_namespace_own_room(socket->nsp, socket, false);
}

/* What every way out has in common. Room handlers run while it leaves, so it is out of everything
 * else by then, and GONE: it cannot join again. */
static void detach(gw_socket *socket)
{
    gw_sio_link_remove(socket->link, socket);
    gw_list_remove(&socket->node);
    socket->state = GW_SIO_SOCKET_GONE;
    leave_own_room(socket);
    gw_sio_rooms_leave_all(&socket->nsp->rooms, &socket->member);
    gw_sio_pressure_drop(socket);
    gw_sio_answer_orphan_all(socket);
    gw_sio_ack_fail_all(socket);
}

void gw_sio_socket_abandon(gw_socket *socket)
{
    if (socket->state != GW_SIO_SOCKET_JOINING)
        return;
    if (socket->nsp->memory)
        gw_sio_recovery_abandon(socket);
    detach(socket);
    gw_sio_socket_bury(socket);
}

static uint8_t *put(uint8_t *at, const char *bytes, size_t len)
{
    memcpy(at, bytes, len);
    return at + len;
}

static void answer_connect(gw_socket *socket)
{
    static const char sid[] = "{\"sid\":\"", pid[] = "\",\"pid\":\"", end[] = "\"}";
    uint8_t data[sizeof(sid) + sizeof(pid) + sizeof(end) + 2 * GW_SOCKET_ID_LEN], *at = data;
    struct gw_sio_draft draft = {.type = GW_SIO_CONNECT, .nsp = gw_sio_namespace_name(socket->nsp)};

    at = put(at, sid, sizeof(sid) - 1);
    at = put(at, socket->id, GW_SOCKET_ID_LEN);
    if (socket->nsp->memory) {
        at = put(at, pid, sizeof(pid) - 1);
        at = put(at, gw_sio_recovery_pid(socket), GW_SOCKET_ID_LEN);
    }
    at = put(at, end, sizeof(end) - 1);
    draft.data = (struct gw_slice){data, (size_t)(at - data)};
    gw_sio_emit_to_socket(socket, &draft);
}

static void run_connection(gw_socket *socket)
{
    struct gw_sio_listeners *listeners = &socket->nsp->handlers.lists[GW_SIO_LIST_CONNECTION];
    const uint64_t newest = listeners->number;

    for (const struct gw_sio_listener *at = listeners->first; at;
         at = gw_sio_listener_from(at->next, newest)) {
        gw_on_socket_fn *fn = (gw_on_socket_fn *)at->fn;
        void *user = at->user;

        if (socket->state != GW_SIO_SOCKET_CONNECTED)
            return;
        if (at->is_once) {
            gw_sio_listeners_take(listeners, at, &socket->nsp->io->dead_listeners);
            gw_io_tell_work(socket->nsp->io);
        }
        fn(socket, user);
    }
}

int gw_sio_socket_connect(gw_socket *socket)
{
    gw_namespace *nsp = socket->nsp;
    struct gw_slice id = {(const uint8_t *)socket->id, GW_SOCKET_ID_LEN};

    assert(socket->state == GW_SIO_SOCKET_JOINING);
    /* Room handlers hear of it before it is connected, so that none can disconnect what on_connection
     * has not been told of. */
    gw_socket_join_slice(socket, id);
    if (socket->state != GW_SIO_SOCKET_JOINING) /* one of them has closed its connection */
        return 0;
    if (gw_map_insert(&nsp->sockets, &socket->by_id, gw_map_hash(&nsp->sockets, id)) < 0)
        return GW_E_NOMEM;
    gw_list_push(&nsp->socket_list, &socket->node);
    socket->state = GW_SIO_SOCKET_CONNECTED;
    nsp->io->counts.connects++;
    gw_sio_link_joined(socket->link);
    if (nsp->memory)
        gw_sio_recovery_replay(socket);
    answer_connect(socket);
    run_connection(socket);
    return 0;
}

struct farewell {
    enum gw_reason reason;
    const char *detail;
};

static void run_disconnect_list(gw_socket *socket, const struct gw_sio_listeners *listeners,
                                const struct farewell *farewell)
{
    const uint64_t newest = listeners->number;

    for (const struct gw_sio_listener *at = listeners->first; at;
         at = gw_sio_listener_from(at->next, newest))
        ((gw_on_disconnect_fn *)at->fn)(socket, farewell->reason, farewell->detail, at->user);
}

static const struct gw_sio_handlers *own_handlers(const gw_socket *socket)
{
    return socket->extra ? socket->extra->handlers : NULL;
}

static void run_disconnect(gw_socket *socket, enum gw_sio_list list,
                           const struct farewell *farewell)
{
    const struct gw_sio_handlers *own;

    run_disconnect_list(socket, &socket->nsp->handlers.lists[list], farewell);
    own = own_handlers(socket);
    if (own)
        run_disconnect_list(socket, &own->lists[list], farewell);
}

/* Where nobody has said more. */
static enum gw_cause usual_cause(enum gw_reason reason)
{
    switch (reason) {
    case GW_REASON_TRANSPORT_CLOSE:
        return GW_CAUSE_CLIENT_CLOSED;
    case GW_REASON_TRANSPORT_ERROR:
        return GW_CAUSE_CONNECTION_BROKE;
    case GW_REASON_PING_TIMEOUT:
        return GW_CAUSE_PING_TIMEOUT;
    case GW_REASON_PARSE_ERROR:
        return GW_CAUSE_BAD_ENGINE_PACKET;
    case GW_REASON_FORCED_SERVER_CLOSE:
        return GW_CAUSE_OUT_OF_PLACE;
    case GW_REASON_CLIENT_NAMESPACE_DISCONNECT:
        return GW_CAUSE_CLIENT_LEFT;
    case GW_REASON_SERVER_NAMESPACE_DISCONNECT:
        return GW_CAUSE_DISCONNECTED;
    case GW_REASON_SERVER_SHUTTING_DOWN:
        return GW_CAUSE_SHUTDOWN;
    case GW_REASON_FORCED_CLOSE:
        break;
    }
    return GW_CAUSE_SESSION_CLOSED;
}

void gw_sio_socket_close(gw_socket *socket, enum gw_reason reason, const char *detail)
{
    struct farewell farewell = {reason, detail};

    if (socket->state != GW_SIO_SOCKET_CONNECTED)
        return;
    socket->state = GW_SIO_SOCKET_LEAVING;
    gw_sio_socket_blame(socket, usual_cause(reason));
    if (socket->nsp->io->env.on_leave)
        socket->nsp->io->env.on_leave(socket, reason, detail, socket->nsp->io->env.user);
    socket->nsp->io->counts.disconnects[reason]++;
    socket->nsp->io->counts.causes[socket->cause]++;
    run_disconnect(socket, GW_SIO_LIST_DISCONNECTING, &farewell);
    if (socket->nsp->memory)
        gw_sio_recovery_leave(socket, reason);
    gw_map_remove(&socket->nsp->sockets, &socket->by_id);
    detach(socket);
    run_disconnect(socket, GW_SIO_LIST_DISCONNECT, &farewell);
    gw_sio_socket_bury(socket);
}

/* ---- what the client sends ---- */

/* Of a name with escapes, or a number. 0 or GW_E_NOMEM. */
static int decode_name(gw_io *io, struct gw_slice raw, struct gw_slice *out)
{
    int err;

    *out = raw;
    if (!raw.ptr || raw.ptr[0] != '"')
        return 0;
    err = gw_json_string_decode(raw, gw_io_begin_scratch(io, &io->name));
    *out = gw_buf_slice(&io->name);
    return err;
}

static void run_any(gw_socket *socket, const struct gw_sio_listeners *listeners,
                    const gw_event *event)
{
    const uint64_t newest = listeners->number;

    for (const struct gw_sio_listener *at = listeners->first; at;
         at = gw_sio_listener_from(at->next, newest)) {
        if (socket->state != GW_SIO_SOCKET_CONNECTED)
            return;
        ((gw_on_event_fn *)at->fn)(socket, event, at->user);
    }
}

static __attribute__((noinline)) void take_once(gw_socket *socket, struct gw_sio_handlers *handlers,
                                                struct gw_sio_listeners *listeners,
                                                const struct gw_sio_listener *listener)
{
    gw_io *io = socket->nsp->io;

    gw_sio_events_take(&handlers->by_event, listeners, listener, &io->dead_listeners);
    gw_io_tell_work(io);
}

static inline void run_named(gw_socket *socket, struct gw_sio_handlers *handlers,
                             const gw_event *event)
{
    struct gw_sio_listeners *listeners = gw_sio_events_find(&handlers->by_event, event->name);
    const uint64_t newest = listeners ? listeners->number : 0;
    const struct gw_sio_listener *at = listeners ? listeners->first : NULL;

    for (; at; at = gw_sio_listener_from(at->next, newest)) {
        gw_on_event_fn *fn = (gw_on_event_fn *)at->fn;
        void *user = at->user; /* which the list of the dead needs */

        if (socket->state != GW_SIO_SOCKET_CONNECTED)
            return;
        if (at->is_once)
            take_once(socket, handlers, listeners, at);
        fn(socket, event, user);
    }
}

/* Out of line: what few applications have shall not stand in the way of the others. */
static __attribute__((noinline)) void run_own_named(gw_socket *socket, const gw_event *event)
{
    if (socket->extra->handlers)
        run_named(socket, socket->extra->handlers, event);
}

/* False: one of them has dropped the event. */
static bool passes(gw_socket *socket, const struct gw_sio_listeners *listeners,
                   const gw_event *event)
{
    const uint64_t newest = listeners->number;

    for (const struct gw_sio_listener *at = listeners->first; at;
         at = gw_sio_listener_from(at->next, newest)) {
        const char *why = ((gw_use_event_fn *)at->fn)(socket, event, at->user);

        if (socket->state != GW_SIO_SOCKET_CONNECTED)
            return false;
        if (!why)
            continue;
        gw_sio_socket_error(socket, why);
        return false;
    }
    return true;
}

/* What few applications have: handlers of the socket's own, and functions that may drop an event.
 * False: the event is dropped. */
static __attribute__((noinline)) bool run_rest_of_any(gw_socket *socket, const gw_event *event)
{
    struct gw_sio_handlers *own = socket->extra ? socket->extra->handlers : NULL;

    if (own)
        run_any(socket, &own->lists[GW_SIO_LIST_ANY], event);
    if (!event->name.ptr || socket->state != GW_SIO_SOCKET_CONNECTED)
        return false;
    if (!passes(socket, &socket->nsp->handlers.lists[GW_SIO_LIST_USE_EVENT], event))
        return false;
    own = socket->extra ? socket->extra->handlers : NULL;
    return !own || passes(socket, &own->lists[GW_SIO_LIST_USE_EVENT], event);
}

static void run_handlers(gw_socket *socket, const gw_event *event)
{
    struct gw_sio_handlers *handlers = &socket->nsp->handlers;

    if (handlers->lists[GW_SIO_LIST_ANY].first)
        run_any(socket, &handlers->lists[GW_SIO_LIST_ANY], event);
    if ((socket->extra || handlers->lists[GW_SIO_LIST_USE_EVENT].first) &&
        !run_rest_of_any(socket, event))
        return;
    if (!event->name.ptr)
        return;
    run_named(socket, handlers, event);
    if (socket->extra)
        run_own_named(socket, event);
}

static void receive_event(gw_socket *socket, const struct gw_sio_packet *packet,
                          const struct gw_slice *attachments)
{
    gw_io *io = socket->nsp->io;
    bool is_answered = false;
    gw_event event = {
        .socket = socket,
        .args = packet->args,
        .ack_id = packet->id,
        .attachments = attachments,
        .attachment_count = packet->attachment_count,
        .is_answered = &is_answered,
    };

    if (packet->has_plain_name) {
        event.name = (struct gw_slice){packet->name.ptr + 1, packet->name.len - 2};
    } else if (decode_name(io, packet->name, &event.name) < 0) {
        gw_sio_link_out_of_memory(socket->link);
        return;
    }
    io->counts.events_in++;
    run_handlers(socket, &event);
}

static void receive_ack(gw_socket *socket, const struct gw_sio_packet *packet,
                        const struct gw_slice *attachments)
{
    socket->nsp->io->counts.acks_in++;
    gw_sio_ack_receive(socket, packet, attachments);
}

void gw_sio_socket_receive(gw_socket *socket, const struct gw_sio_packet *packet,
                           const struct gw_slice *attachments)
{
    if (packet->type == GW_SIO_EVENT || packet->type == GW_SIO_BINARY_EVENT)
        receive_event(socket, packet, attachments);
    else
        receive_ack(socket, packet, attachments);
}

static void run_error(gw_socket *socket, const struct gw_sio_listeners *listeners, const char *why)
{
    const uint64_t newest = listeners->number;

    for (const struct gw_sio_listener *at = listeners->first; at;
         at = gw_sio_listener_from(at->next, newest)) {
        if (socket->state != GW_SIO_SOCKET_CONNECTED)
            return;
        ((gw_on_error_fn *)at->fn)(socket, why, at->user);
    }
}

void gw_sio_socket_error(gw_socket *socket, const char *why)
{
    const struct gw_sio_handlers *own;

    run_error(socket, &socket->nsp->handlers.lists[GW_SIO_LIST_ERROR], why);
    own = own_handlers(socket);
    if (own)
        run_error(socket, &own->lists[GW_SIO_LIST_ERROR], why);
}

static void run_upgrade(gw_socket *socket, const struct gw_sio_listeners *listeners)
{
    const uint64_t newest = listeners->number;

    for (const struct gw_sio_listener *at = listeners->first; at;
         at = gw_sio_listener_from(at->next, newest)) {
        if (socket->state != GW_SIO_SOCKET_CONNECTED)
            return;
        ((gw_on_socket_fn *)at->fn)(socket, at->user);
    }
}

void gw_sio_socket_upgraded(gw_socket *socket)
{
    const struct gw_sio_handlers *own;

    run_upgrade(socket, &socket->nsp->handlers.lists[GW_SIO_LIST_UPGRADE]);
    own = own_handlers(socket);
    if (own)
        run_upgrade(socket, &own->lists[GW_SIO_LIST_UPGRADE]);
}

/* ---- what the application asks ---- */

const char *gw_socket_id(const gw_socket *socket)
{
    return socket->id;
}

gw_namespace *gw_socket_namespace(const gw_socket *socket)
{
    return socket->nsp;
}

bool gw_socket_is_connected(const gw_socket *socket)
{
    return socket->state == GW_SIO_SOCKET_CONNECTED || socket->state == GW_SIO_SOCKET_LEAVING;
}

enum gw_cause gw_socket_cause(const gw_socket *socket)
{
    return (enum gw_cause)socket->cause;
}

const char *gw_socket_transport(const gw_socket *socket)
{
    const struct gw_eio_session *session = socket->link->session;

    return session && session->transport ? gw_eio_transport_name(session->transport->ops->kind)
                                         : "";
}

struct gw_conn_info gw_socket_conn(const gw_socket *socket)
{
    const struct gw_eio_session *session = socket->link->session;

    if (!session || !session->transport)
        return (struct gw_conn_info){.transport = ""};
    return (struct gw_conn_info){
        .transport = gw_eio_transport_name(session->transport->ops->kind),
        .protocol = session->revision,
        .is_upgraded = session->upgrade.state == GW_EIO_UPGRADE_DONE,
        .id = {(const uint8_t *)session->sid, sizeof(session->sid)},
    };
}

void gw_handshake_time(const struct gw_handshake *handshake, char out[GW_HANDSHAKE_TIME_BYTES])
{
    uint8_t text[GW_SIO_DATE_LEN];

    gw_sio_date_format(text, handshake->issued_ms);
    memcpy(out, text, sizeof(text));
    out[sizeof(text)] = '\0';
}

struct gw_handshake gw_socket_handshake(const gw_socket *socket)
{
    const struct gw_sio_handshake *kept = gw_sio_link_handshake(socket->link);
    struct gw_handshake handshake = {
        .auth = GW_LIT("{}"),
        .url = gw_sio_handshake_url(kept),
        .query = gw_sio_handshake_query(kept),
        .address = gw_sio_handshake_address(kept),
        .issued_ms = socket->issued_ms,
        .is_secure = kept->is_secure,
        .is_xdomain = gw_sio_handshake_find(kept, GW_LIT("origin")).ptr != NULL,
    };

    if (socket->auth)
        handshake.auth = (struct gw_slice){socket->auth->bytes, socket->auth->len};
    return handshake;
}

struct gw_slice gw_socket_header(const gw_socket *socket, const char *name)
{
    return gw_sio_handshake_find(gw_sio_link_handshake(socket->link), gw_slice_of(name));
}

bool gw_socket_header_at(const gw_socket *socket, size_t index, struct gw_header *out)
{
    size_t cursor = 0;

    do {
        if (!gw_sio_handshake_next(gw_sio_link_handshake(socket->link), &cursor, out))
            return false;
    } while (index-- > 0);
    return true;
}

int gw_socket_query(const gw_socket *socket, const char *name, char *out, size_t size)
{
    struct gw_slice query = gw_sio_handshake_query(gw_sio_link_handshake(socket->link)), raw;
    struct gw_buf *scratch = gw_io_begin_scratch(socket->nsp->io, &socket->nsp->io->quote);
    uint8_t *place;
    size_t len;
    int err;

    if (!gw_url_query_find(query, gw_slice_of(name), &raw))
        return GW_E_NOT_FOUND;
    err = gw_buf_reserve(scratch, raw.len + 1, &place);
    if (err < 0)
        return err;
    len = gw_url_decode(place, raw, true);
    if (memchr(place, '\0', len))
        return GW_E_ARG;
    if (len >= size || len > INT32_MAX)
        return GW_E_LIMIT;
    memcpy(out, place, len);
    out[len] = '\0';
    return (int)len;
}

static bool is_own_room(const gw_socket *socket, struct gw_slice room)
{
    return room.len == GW_SOCKET_ID_LEN && memcmp(room.ptr, socket->id, GW_SOCKET_ID_LEN) == 0;
}

static void join_own_room(gw_socket *socket)
{
    if (socket->is_in_own_room)
        return;
    socket->is_in_own_room = true;
    gw_sio_namespace_own_room(socket->nsp, socket, true);
}

int gw_socket_join_slice(gw_socket *socket, struct gw_slice room)
{
    const struct gw_io_options *options = &socket->nsp->io->options;

    if (socket->state == GW_SIO_SOCKET_GONE)
        return GW_E_CLOSED;
    if (is_own_room(socket, room)) {
        join_own_room(socket);
        return 0;
    }
    if (room.len > options->max_room_bytes)
        return GW_E_LIMIT;
    if (socket->member.count >= options->max_rooms && !gw_socket_is_in_slice(socket, room))
        return GW_E_LIMIT;
    return gw_sio_rooms_join(&socket->nsp->rooms, &socket->member, room);
}

void gw_socket_leave_slice(gw_socket *socket, struct gw_slice room)
{
    if (is_own_room(socket, room))
        leave_own_room(socket);
    else
        gw_sio_rooms_leave(&socket->nsp->rooms, &socket->member, room);
}

bool gw_socket_is_in_slice(const gw_socket *socket, struct gw_slice room)
{
    if (is_own_room(socket, room))
        return socket->is_in_own_room;
    return gw_sio_rooms_is_in(&socket->nsp->rooms, &socket->member, room);
}

size_t gw_socket_room_count(const gw_socket *socket)
{
    return socket->member.count + (socket->is_in_own_room ? 1 : 0);
}

static size_t room_names_len(const gw_socket *socket)
{
    const struct gw_list *head = &socket->member.memberships;
    size_t len = 0;

    for (const struct gw_list *at = head->next; at != head; at = at->next)
        len += container_of(at, struct gw_sio_membership, in_member)->room->len;
    return len;
}

/* The slices and, behind them, copies of the names: rooms end when fn leaves them. */
static struct gw_slice *copy_rooms(const gw_socket *socket, size_t *count)
{
    const struct gw_list *head = &socket->member.memberships;
    size_t room_count = gw_socket_room_count(socket);
    struct gw_slice *rooms = gw_mem_alloc(room_count * sizeof(*rooms) + room_names_len(socket));
    uint8_t *bytes;

    *count = 0;
    if (!rooms)
        return NULL;
    bytes = (uint8_t *)(rooms + room_count);
    if (socket->is_in_own_room)
        rooms[(*count)++] = (struct gw_slice){(const uint8_t *)socket->id, GW_SOCKET_ID_LEN};
    for (const struct gw_list *at = head->next; at != head; at = at->next) {
        const struct gw_sio_room *room =
            container_of(at, struct gw_sio_membership, in_member)->room;

        memcpy(bytes, room->name, room->len);
        rooms[(*count)++] = (struct gw_slice){bytes, room->len};
        bytes += room->len;
    }
    return rooms;
}

int gw_socket_each_room(gw_socket *socket, gw_each_room_fn *fn, void *user)
{
    size_t count;
    struct gw_slice *rooms = copy_rooms(socket, &count);

    if (!rooms)
        return GW_E_NOMEM;
    for (size_t i = 0; i < count; i++)
        fn(socket, rooms[i], user);
    gw_mem_free(rooms);
    return 0;
}

void gw_socket_disconnect(gw_socket *socket, enum gw_disconnect_flags flags)
{
    struct gw_sio_draft draft = {.type = GW_SIO_DISCONNECT,
                                 .nsp = gw_sio_namespace_name(socket->nsp)};

    if (!gw_socket_is_connected(socket))
        return;
    if (flags & GW_CLOSE_CONNECTION) {
        gw_sio_link_disconnect(socket->link);
    } else if (socket->state == GW_SIO_SOCKET_CONNECTED) {
        gw_sio_emit_to_socket(socket, &draft);
        gw_sio_socket_close(socket, GW_REASON_SERVER_NAMESPACE_DISCONNECT, NULL);
    }
}

/* {"reason":...} would do too, but a plain string is what a handler wants. */
static int tell_why(gw_socket *socket, const char *why)
{
    gw_io *io = socket->nsp->io;
    struct gw_buf *scratch = gw_io_begin_scratch(io, &io->quote);
    struct gw_sio_draft draft = {.type = GW_SIO_EVENT,
                                 .nsp = gw_sio_namespace_name(socket->nsp),
                                 .name = GW_LIT(GW_DISCONNECT_REASON_EVENT)};
    int err = gw_json_quote(scratch, gw_slice_of(why));

    draft.args = gw_buf_slice(scratch);
    return err < 0 ? err : gw_sio_emit_to_socket(socket, &draft);
}

int gw_socket_disconnect_because(gw_socket *socket, enum gw_disconnect_flags flags, const char *why)
{
    struct gw_sio_draft draft = {.type = GW_SIO_DISCONNECT,
                                 .nsp = gw_sio_namespace_name(socket->nsp)};
    int err;

    if (socket->state != GW_SIO_SOCKET_CONNECTED)
        return GW_E_CLOSED;
    err = tell_why(socket, why);
    gw_sio_emit_to_socket(socket, &draft);
    gw_sio_socket_close(socket, GW_REASON_SERVER_NAMESPACE_DISCONNECT, why);
    if (flags & GW_CLOSE_CONNECTION)
        gw_sio_link_disconnect(socket->link);
    return err;
}
