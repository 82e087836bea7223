/* SPDX-License-Identifier: MIT */
#include "sio/socket.h"

#include "base/mem.h"
#include "codec/json.h"
#include "sio/ack.h"
#include "sio/answer.h"
#include "sio/emit.h"
#include "sio/extra.h"
#include "sio/io.h"
#include "sio/link.h"
#include "sio/namespace.h"
#include "sio/pressure.h"
#include "sio/seat.h"

#include <assert.h>

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
    assert(socket->state == GW_SIO_SOCKET_GONE);
    /* A middleware still owes its word; or it gave it while the socket was leaving, in a
     * handler. */
    if (socket->next || gw_list_is_linked(&socket->node))
        return;
    gw_list_push(&socket->nsp->io->dead_sockets, &socket->node);
    gw_io_tell_work(socket->nsp->io);
}

/* What every way out has in common. Room handlers run while it leaves, so it is out of everything
 * else by then, and GONE: it cannot join again. */
static void detach(gw_socket *socket)
{
    gw_sio_link_remove(socket->link, socket);
    gw_list_remove(&socket->node);
    socket->state = GW_SIO_SOCKET_GONE;
    gw_sio_socket_leave_rooms(socket);
    gw_sio_pressure_drop(socket);
    gw_sio_answer_orphan_all(socket);
    gw_sio_ack_fail_all(socket);
}

void gw_sio_socket_abandon(gw_socket *socket)
{
    if (socket->state != GW_SIO_SOCKET_JOINING)
        return;
    if (socket->nsp->memory)
        gw_sio_seat_abandon(socket);
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
        at = put(at, gw_sio_seat_pid(socket), GW_SOCKET_ID_LEN);
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

/* What the handlers send is not to come in one read with the answer to CONNECT: clients that wait
 * for one message at a time would lose it. The genuine server's follows a little later too. */
static void connect_apart(gw_socket *socket)
{
    struct gw_eio_session *session = socket->link->session;
    bool has_left = session && gw_eio_session_send_now(session);

    run_connection(socket);
    session = socket->link->session;
    if (has_left && session)
        gw_eio_session_postpone(session);
}

int gw_sio_socket_connect(gw_socket *socket)
{
    gw_namespace *nsp = socket->nsp;
    struct gw_slice id = {(const uint8_t *)socket->id, GW_SOCKET_ID_LEN};

    assert(socket->state == GW_SIO_SOCKET_JOINING);
    /* Room handlers hear of it before it is connected, so that none can disconnect what
     * on_connection has not been told of. */
    if (gw_sio_link_is_open(socket->link))
        gw_socket_join_slice(socket, id);
    if (socket->state != GW_SIO_SOCKET_JOINING) /* one of them has closed its connection */
        return 0;
    if (!gw_sio_link_is_open(socket->link)) { /* or begun to, and nobody would hear of it */
        gw_sio_socket_abandon(socket);
        return 0;
    }
    if (gw_map_insert(&nsp->sockets, &socket->by_id, gw_map_hash(&nsp->sockets, id)) < 0)
        return GW_E_NOMEM;
    gw_list_push(&nsp->socket_list, &socket->node);
    socket->state = GW_SIO_SOCKET_CONNECTED;
    nsp->io->counts.connects++;
    gw_sio_link_joined(socket->link);
    if (nsp->memory)
        gw_sio_seat_replay(socket);
    answer_connect(socket);
    connect_apart(socket);
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

static void run_disconnect(gw_socket *socket, enum gw_sio_list list,
                           const struct farewell *farewell)
{
    const struct gw_sio_handlers *own;

    run_disconnect_list(socket, &socket->nsp->handlers.lists[list], farewell);
    own = gw_sio_extra_find_handlers(socket);
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
        gw_sio_seat_leave(socket, reason);
    gw_map_remove(&socket->nsp->sockets, &socket->by_id);
    detach(socket);
    run_disconnect(socket, GW_SIO_LIST_DISCONNECT, &farewell);
    gw_sio_socket_bury(socket);
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
