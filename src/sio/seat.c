/* SPDX-License-Identifier: MIT */
#include "sio/seat.h"

#include "base/mem.h"
#include "codec/json.h"
#include "eio/session.h"
#include "sio/extra.h"
#include "sio/io.h"
#include "sio/limits.h"
#include "sio/link.h"
#include "sio/luggage.h"
#include "sio/namespace.h"
#include "sio/recovery.h"
#include "sio/socket.h"

#include <assert.h>

enum {
    /* An older number than any of this server's is one of a server before it, if it is no older
     * than this. */
    ANCIENT_MS = 24 * 60 * 60 * 1000,
};

struct gw_sio_seat *gw_sio_seat_first_away(const struct gw_sio_recovery *recovery)
{
    return gw_list_is_empty(&recovery->away)
               ? NULL
               : container_of(recovery->away.next, struct gw_sio_seat, by_age);
}

static void take_out_of_age(struct gw_sio_seat *seat)
{
    if (!gw_list_is_linked(&seat->by_age))
        return;
    gw_list_remove(&seat->by_age);
    seat->nsp->io->recovery->away_count--;
    gw_sio_namespace_unpin(seat->nsp);
}

void gw_sio_seat_destroy(struct gw_sio_seat *seat)
{
    if (!seat)
        return;
    gw_map_remove(&seat->nsp->memory->seats, &seat->by_pid);
    take_out_of_age(seat);
    gw_blob_unref(seat->luggage);
    gw_mem_free(seat);
}

bool gw_sio_seat_is_too_old(const struct gw_sio_seat *seat)
{
    const gw_io *io = seat->nsp->io;

    return gw_io_now_ms(io) - seat->left_ms > io->recovery->options.max_disconnection_duration_ms;
}

static bool has_pid(const struct gw_map_node *node, const void *key)
{
    return memcmp(container_of(node, const struct gw_sio_seat, by_pid)->pid, key, GW_ID_LEN) == 0;
}

static struct gw_sio_seat *find_seat(const struct gw_sio_memory *memory, struct gw_slice pid)
{
    struct gw_map_node *node;

    if (pid.len != GW_ID_LEN)
        return NULL;
    node = gw_map_find(&memory->seats, gw_map_hash(&memory->seats, pid), has_pid, pid.ptr);
    return node ? container_of(node, struct gw_sio_seat, by_pid) : NULL;
}

static struct gw_sio_seat *seat_of(const gw_socket *socket)
{
    return socket->extra ? socket->extra->seat : NULL;
}

static int take_new_seat(gw_socket *socket)
{
    struct gw_sio_memory *memory = socket->nsp->memory;
    struct gw_sio_seat *seat = gw_mem_zalloc(sizeof(*seat));
    struct gw_slice pid;

    if (!seat)
        return GW_E_NOMEM;
    gw_list_init(&seat->by_age);
    seat->nsp = socket->nsp;
    seat->since = memory->history.next - 1;
    memcpy(seat->sid, socket->id, GW_ID_LEN);
    gw_ids_next(socket->nsp->io->env.ids, seat->pid);
    pid = (struct gw_slice){(const uint8_t *)seat->pid, GW_ID_LEN};
    if (gw_map_insert(&memory->seats, &seat->by_pid, gw_map_hash(&memory->seats, pid)) < 0) {
        gw_mem_free(seat);
        return GW_E_NOMEM;
    }
    seat->socket = socket;
    socket->extra->seat = seat;
    return 0;
}

/* ---- what a socket leaves behind ---- */

static bool is_recoverable(enum gw_reason reason)
{
    return reason != GW_REASON_CLIENT_NAMESPACE_DISCONNECT &&
           reason != GW_REASON_SERVER_NAMESPACE_DISCONNECT && reason != GW_REASON_PARSE_ERROR;
}

/* Among those who are away, in front of that one. */
static void keep_seat(struct gw_sio_seat *seat, struct gw_list *at)
{
    gw_list_insert_before(at, &seat->by_age);
    seat->nsp->io->recovery->away_count++;
    gw_sio_namespace_pin(seat->nsp);
    gw_sio_recovery_arm_sweep(seat->nsp->io);
}

/* The one that has been away for longest makes room. */
static void enforce_max_away(struct gw_sio_recovery *recovery)
{
    struct gw_sio_seat *seat = gw_sio_seat_first_away(recovery);
    uint64_t max = recovery->options.max_away;

    if (recovery->away_count <= max)
        return;
    gw_sio_limit_reached(
        seat->nsp->io,
        &(struct gw_sio_limit_hit){GW_SIO_LIMIT_AWAY, recovery->away_count, max, seat->nsp, NULL});
    gw_sio_seat_destroy(seat);
}

static bool has_room_for(const gw_socket *socket)
{
    gw_io *io = socket->nsp->io;
    uint64_t len = gw_sio_luggage_len(socket), max = io->recovery->options.max_socket_bytes;

    if (len <= max)
        return true;
    gw_sio_limit_reached(
        io, &(struct gw_sio_limit_hit){GW_SIO_LIMIT_SOCKET_BYTES, len, max, socket->nsp, socket});
    return false;
}

void gw_sio_seat_leave(gw_socket *socket, enum gw_reason reason)
{
    struct gw_sio_recovery *recovery = socket->nsp->io->recovery;
    struct gw_sio_seat *seat = seat_of(socket);

    if (!seat)
        return;
    if (is_recoverable(reason) && has_room_for(socket))
        seat->luggage = gw_sio_luggage_pack(socket);
    socket->extra->seat = NULL;
    seat->socket = NULL;
    if (!seat->luggage) {
        gw_sio_seat_destroy(seat);
        return;
    }
    seat->left_ms = gw_io_now_ms(socket->nsp->io);
    keep_seat(seat, &recovery->away);
    enforce_max_away(recovery);
}

void gw_sio_seat_abandon(gw_socket *socket)
{
    struct gw_sio_recovery *recovery = socket->nsp->io->recovery;
    struct gw_sio_seat *seat = seat_of(socket);

    if (!seat)
        return;
    socket->extra->seat = NULL;
    seat->socket = NULL;
    if (!seat->luggage) {
        gw_sio_seat_destroy(seat);
        return;
    }
    /* Its time has not stood still: it is one of the oldest. */
    keep_seat(seat, recovery->away.next);
    enforce_max_away(recovery);
}

/* ---- coming back ---- */

/* What stands between the quotes; ptr NULL: there is no such string. Neither of the two has
 * anything to escape. */
static struct gw_slice find_string(struct gw_slice auth, const char *key)
{
    struct gw_slice value;

    if (!auth.ptr || !gw_json_find(auth, gw_slice_of(key), &value) ||
        gw_json_type(value) != GW_JSON_STRING)
        return (struct gw_slice){NULL, 0};
    return (struct gw_slice){value.ptr + 1, value.len - 2};
}

/* The number of the last packet that the client has got. None, or one from an earlier life: nothing
 * since it joined. What is no string is no number: a client that has got something must not get it
 * again. */
static bool read_offset(struct gw_slice auth, const struct gw_sio_seat *seat, uint64_t *number)
{
    const struct gw_sio_history *history = &seat->nsp->memory->history;
    struct gw_slice text = find_string(auth, "offset"), value;

    *number = seat->since;
    if (!text.ptr)
        return !gw_json_find(auth, GW_LIT("offset"), &value);
    if (gw_sio_offset_parse(text, number) < 0 || *number >= history->next ||
        *number + ANCIENT_MS < history->first)
        return false;
    if (*number < seat->since)
        *number = seat->since;
    return true;
}

/* The old connection is as good as dead: its client is here. Its handlers run. */
static void supersede(gw_socket *old)
{
    struct gw_sio_link *link = old->link;

    gw_sio_socket_blame(old, GW_CAUSE_SUPERSEDED);
    gw_sio_socket_close(old, GW_REASON_TRANSPORT_CLOSE, "its client has come back");
    if (link->sockets)
        return;
    gw_sio_link_blame(link, GW_CAUSE_SUPERSEDED);
    gw_sio_link_close(link, "its client has come back");
}

/* Room handlers may end it all. Whoever is told to be recovered is in all of its rooms. */
static int join_rooms(gw_socket *socket, const struct gw_sio_seat *seat)
{
    struct gw_blob *luggage = gw_blob_ref(seat->luggage);
    struct gw_slice room;
    size_t cursor = 0;
    int err = 0;

    while (err != GW_E_NOMEM && socket->state == GW_SIO_SOCKET_JOINING &&
           gw_sio_luggage_next_room(luggage, &cursor, &room))
        err = gw_socket_join_slice(socket, room);
    gw_blob_unref(luggage);
    return err == GW_E_NOMEM ? err : 0;
}

static int restore_data(gw_socket *socket, const struct gw_sio_seat *seat)
{
    struct gw_slice data = gw_sio_luggage_data(seat->luggage);

    if (gw_slice_equal(data, GW_LIT("{}")))
        return 0;
    socket->extra->data = gw_blob_create(data.len);
    if (!socket->extra->data)
        return GW_E_NOMEM;
    memcpy(socket->extra->data->bytes, data.ptr, data.len);
    return 0;
}

static int take_seat(gw_socket *socket, struct gw_sio_seat *seat, uint64_t number)
{
    int err = restore_data(socket, seat);

    if (err < 0)
        return err;
    take_out_of_age(seat);
    seat->socket = socket;
    seat->resumes_from = number;
    seat->resumes_to = seat->nsp->memory->history.next - 1;
    socket->extra->seat = seat;
    memcpy(socket->id, seat->sid, GW_ID_LEN);
    return join_rooms(socket, seat);
}

/* Nobody but the socket itself is on this seat, and it may be taken. */
static enum gw_recovery examine(gw_socket *socket, const struct gw_sio_seat *seat,
                                struct gw_slice auth, uint64_t *number)
{
    const gw_io *io = socket->nsp->io;
    uint64_t now_ms = gw_io_now_ms(io), keep = io->recovery->keep_ms;

    if (!seat || seat->socket || gw_sio_seat_is_too_old(seat))
        return GW_RECOVERY_UNKNOWN;
    if (!read_offset(auth, seat, number))
        return GW_RECOVERY_BAD_OFFSET;
    socket->extra->recovery_gap = gw_sio_history_gap(&socket->nsp->memory->history, *number,
                                                     now_ms > keep ? now_ms - keep : 0);
    if (socket->extra->recovery_gap > 0 && !io->recovery->options.recovers_over_gaps)
        return GW_RECOVERY_GAP;
    return GW_RECOVERY_DONE;
}

/* Packets that it has missed are not kept any more: which limit was too low is known by the last of
 * them. */
static void tell_gap(const gw_socket *socket)
{
    gw_io *io = socket->nsp->io;
    const struct gw_sio_history *history = &socket->nsp->memory->history;
    uint64_t gap = socket->extra->recovery_gap;

    if (gap > 0 && history->lost_to == GW_SIO_LOST_TO_COUNT)
        gw_sio_limit_reached(io, &(struct gw_sio_limit_hit){
                                     GW_SIO_LIMIT_KEPT_PACKETS, history->count + gap,
                                     io->recovery->options.max_kept_packets, socket->nsp, socket});
    if (gap > 0 && history->lost_to == GW_SIO_LOST_TO_BYTES)
        gw_sio_limit_reached(io, &(struct gw_sio_limit_hit){
                                     GW_SIO_LIMIT_KEPT_BYTES, history->lost_bytes,
                                     io->recovery->options.max_kept_bytes, socket->nsp, socket});
}

static int resume(gw_socket *socket, struct gw_slice auth, struct gw_slice pid)
{
    struct gw_sio_recovery *recovery = socket->nsp->io->recovery;
    struct gw_sio_memory *memory = socket->nsp->memory;
    struct gw_sio_seat *seat = find_seat(memory, pid);
    uint64_t number;
    enum gw_recovery outcome;

    if (seat && seat->socket && seat->socket->state == GW_SIO_SOCKET_CONNECTED &&
        seat->socket->link != socket->link) {
        supersede(seat->socket);
        if (socket->state != GW_SIO_SOCKET_JOINING)
            return 0;
        seat = find_seat(memory, pid);
    }
    outcome = examine(socket, seat, auth, &number);
    socket->extra->recovery = (uint8_t)outcome;
    tell_gap(socket);
    if (outcome == GW_RECOVERY_DONE) {
        recovery->recovered++;
        return take_seat(socket, seat, number);
    }
    recovery->failed++;
    return take_new_seat(socket);
}

int gw_sio_seat_assign(gw_socket *socket, struct gw_slice auth)
{
    struct gw_slice pid = find_string(auth, "pid");

    if (!gw_sio_extra_of(socket))
        return GW_E_NOMEM;
    socket->extra->recovery = GW_RECOVERY_NEW;
    return pid.ptr ? resume(socket, auth, pid) : take_new_seat(socket);
}

bool gw_sio_seat_skips_middlewares(const gw_socket *socket)
{
    return gw_socket_is_recovered(socket) && !socket->nsp->io->recovery->options.runs_middlewares;
}

static void send_kept(gw_socket *socket, const struct gw_sio_kept *kept)
{
    struct gw_eio_session *session = socket->link->session;

    for (size_t i = 0; session && i < kept->message_count; i++)
        gw_eio_session_send(session, kept->messages[i]);
}

/* What a middleware has emitted to the socket alone since it came back is on its way already; what
 * it emitted before the socket was connected for the first time may be missing, but no broadcast of
 * that time is. */
static bool has_missed(const gw_socket *socket, const struct gw_sio_seat *seat,
                       const struct gw_sio_kept *kept)
{
    if (kept->is_only ? kept->number > seat->resumes_to : kept->number <= seat->joined)
        return false;
    return gw_sio_kept_is_for(kept, socket);
}

void gw_sio_seat_replay(gw_socket *socket)
{
    const struct gw_sio_history *history = &socket->nsp->memory->history;
    struct gw_sio_seat *seat = seat_of(socket);

    if (!seat)
        return;
    if (!seat->luggage) {
        seat->joined = history->next - 1;
        return;
    }
    for (const struct gw_sio_kept *kept = gw_sio_history_after(history, seat->resumes_from); kept;
         kept = gw_sio_history_next(history, kept)) {
        if (has_missed(socket, seat, kept))
            send_kept(socket, kept);
    }
    gw_blob_unref(seat->luggage);
    seat->luggage = NULL;
}

const char *gw_sio_seat_pid(const gw_socket *socket)
{
    assert(seat_of(socket)); /* no socket of an io with recovery is connected without one */
    return socket->extra->seat->pid;
}

/* ---- what the application asks ---- */

enum gw_recovery gw_socket_recovery(const gw_socket *socket)
{
    return socket->extra ? (enum gw_recovery)socket->extra->recovery : GW_RECOVERY_OFF;
}

bool gw_socket_is_recovered(const gw_socket *socket)
{
    return gw_socket_recovery(socket) == GW_RECOVERY_DONE;
}

uint64_t gw_socket_recovery_gap(const gw_socket *socket)
{
    return socket->extra ? socket->extra->recovery_gap : 0;
}
