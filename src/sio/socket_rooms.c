/* SPDX-License-Identifier: MIT */
/* The rooms of one socket. That of its own id is a flag: every socket is in it, and few are ever
 * asked for it. */
#include "base/mem.h"
#include "sio/io.h"
#include "sio/namespace.h"
#include "sio/socket.h"

static bool is_own_room(const gw_socket *socket, struct gw_slice room)
{
    return room.len == GW_SOCKET_ID_LEN && memcmp(room.ptr, socket->id, GW_SOCKET_ID_LEN) == 0;
}

static void leave_own_room(gw_socket *socket)
{
    if (!socket->is_in_own_room)
        return;
    socket->is_in_own_room = false;
    gw_sio_namespace_own_room(socket->nsp, socket, false);
}

static void join_own_room(gw_socket *socket)
{
    if (socket->is_in_own_room)
        return;
    socket->is_in_own_room = true;
    gw_sio_namespace_own_room(socket->nsp, socket, true);
}

static int refuse(const gw_socket *socket, enum gw_sio_limit limit, uint64_t value, uint64_t max)
{
    gw_sio_limit_reached(socket->nsp->io,
                         &(struct gw_sio_limit_hit){limit, value, max, socket->nsp, socket});
    return GW_E_LIMIT;
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
        return refuse(socket, GW_SIO_LIMIT_ROOM_BYTES, room.len, options->max_room_bytes);
    if (socket->member.count >= options->max_rooms && !gw_socket_is_in_slice(socket, room))
        return refuse(socket, GW_SIO_LIMIT_ROOMS, socket->member.count + UINT64_C(1),
                      options->max_rooms);
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

void gw_sio_socket_leave_rooms(gw_socket *socket)
{
    leave_own_room(socket);
    gw_sio_rooms_leave_all(&socket->nsp->rooms, &socket->member);
}
