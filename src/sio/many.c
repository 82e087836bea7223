/* SPDX-License-Identifier: MIT */
#include "sio/many.h"

#include "base/mem.h"
#include "sio/adapter.h"
#include "sio/namespace.h"
#include "sio/socket.h"
#include "sio/target.h"

/* ---- snapshots ---- */

/* First measured, then taken: all of it lies in one block. */
struct album {
    struct gw_snapshot *snapshots;
    struct gw_slice *rooms;
    size_t count, room_count;
};

static void measure(gw_socket *socket, void *user)
{
    struct album *album = user;

    album->count++;
    album->room_count += gw_socket_room_count(socket);
}

static void take(gw_socket *socket, void *user)
{
    struct album *album = user;
    const struct gw_list *head = &socket->member.memberships;
    struct gw_slice *rooms = album->rooms + album->room_count;
    size_t count = 0;

    if (socket->is_in_own_room)
        rooms[count++] = (struct gw_slice){(const uint8_t *)socket->id, GW_SOCKET_ID_LEN};
    for (const struct gw_list *at = head->next; at != head; at = at->next)
        rooms[count++] =
            gw_sio_room_name(container_of(at, struct gw_sio_membership, in_member)->room);
    album->room_count += count;
    album->snapshots[album->count++] = (struct gw_snapshot){
        .id = socket->id,
        .handshake = gw_socket_handshake(socket),
        .rooms = rooms,
        .room_count = count,
        .data = gw_socket_data(socket),
        .socket = socket,
    };
}

/* The handler may change what the snapshots point to: names of rooms and data are copied behind
 * them. Sockets and their handshakes stay until the end of the turn. */
static size_t text_len(const struct album *album)
{
    size_t len = 0;

    for (size_t i = 0; i < album->room_count; i++)
        len += album->rooms[i].len;
    for (size_t i = 0; i < album->count; i++)
        len += album->snapshots[i].data.len;
    return len;
}

static uint8_t *move_text(uint8_t *place, struct gw_slice *text)
{
    if (text->len > 0)
        memcpy(place, text->ptr, text->len);
    text->ptr = place;
    return place + text->len;
}

static uint8_t *copy_text(struct album *album)
{
    uint8_t *text = gw_mem_alloc(text_len(album)), *at = text;

    if (!text)
        return NULL;
    for (size_t i = 0; i < album->room_count; i++)
        at = move_text(at, &album->rooms[i]);
    for (size_t i = 0; i < album->count; i++)
        at = move_text(at, &album->snapshots[i].data);
    return text;
}

int gw_sio_many_fetch(struct gw_target target, gw_on_fetch_fn *fn, void *user)
{
    struct album album = {0};
    uint8_t *text;
    int err = gw_sio_target_visit(target, measure, &album);

    if (err < 0)
        return err;
    album.snapshots = gw_mem_alloc(album.count * sizeof(*album.snapshots) +
                                   album.room_count * sizeof(*album.rooms));
    if (!album.snapshots)
        return GW_E_NOMEM;
    album.rooms = (struct gw_slice *)(album.snapshots + album.count);
    album.count = album.room_count = 0;
    gw_sio_target_visit(target, take, &album);
    text = copy_text(&album);
    if (text)
        fn(album.snapshots, album.count, 0, user);
    gw_mem_free(text);
    gw_mem_free(album.snapshots);
    return text ? 0 : GW_E_NOMEM;
}

struct gw_slice gw_snapshot_header(const struct gw_snapshot *snapshot, const char *name)
{
    if (!snapshot->socket)
        return (struct gw_slice){NULL, 0};
    return gw_socket_header(snapshot->socket, name);
}

/* ---- join, leave, disconnect ---- */

static void join(gw_socket *socket, void *user)
{
    const struct gw_slice *room = user;

    gw_socket_join_slice(socket, *room);
}

static void leave(gw_socket *socket, void *user)
{
    const struct gw_slice *room = user;

    gw_socket_leave_slice(socket, *room);
}

static void disconnect(gw_socket *socket, void *user)
{
    const enum gw_disconnect_flags *flags = user;

    gw_socket_disconnect(socket, *flags);
}

int gw_sio_many_join(struct gw_target target, struct gw_slice room)
{
    return gw_each(target, join, &room);
}

int gw_sio_many_leave(struct gw_target target, struct gw_slice room)
{
    return gw_each(target, leave, &room);
}

int gw_sio_many_disconnect(struct gw_target target, enum gw_disconnect_flags flags)
{
    return gw_each(target, disconnect, &flags);
}

/* ---- the application's calls ---- */

int gw_fetch(struct gw_target target, gw_on_fetch_fn *fn, void *user)
{
    return target.nsp->adapter->fetch(target, fn, user);
}

int gw_sockets_join_slice(struct gw_target target, struct gw_slice room)
{
    return target.nsp->adapter->join(target, room);
}

int gw_sockets_leave_slice(struct gw_target target, struct gw_slice room)
{
    return target.nsp->adapter->leave(target, room);
}

int gw_sockets_disconnect(struct gw_target target, enum gw_disconnect_flags flags)
{
    return target.nsp->adapter->disconnect(target, flags);
}
