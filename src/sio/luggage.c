/* SPDX-License-Identifier: MIT */
#include "sio/luggage.h"

#include "sio/socket.h"

enum { LEN_BYTES = 4 };

static uint8_t *put_text(uint8_t *at, struct gw_slice text)
{
    uint32_t len = (uint32_t)text.len;

    memcpy(at, &len, LEN_BYTES);
    at += LEN_BYTES;
    if (text.len > 0)
        memcpy(at, text.ptr, text.len);
    return at + text.len;
}

static struct gw_slice text_at(const uint8_t *at)
{
    uint32_t len;

    memcpy(&len, at, LEN_BYTES);
    return (struct gw_slice){at + LEN_BYTES, len};
}

static const struct gw_sio_room *room_at(const struct gw_list *in_member)
{
    return container_of(in_member, const struct gw_sio_membership, in_member)->room;
}

size_t gw_sio_luggage_len(const gw_socket *socket)
{
    const struct gw_list *head = &socket->member.memberships;
    size_t len = LEN_BYTES + gw_socket_data(socket).len;

    for (const struct gw_list *at = head->next; at != head; at = at->next)
        len += LEN_BYTES + room_at(at)->len;
    return len;
}

struct gw_blob *gw_sio_luggage_pack(const gw_socket *socket)
{
    const struct gw_list *head = &socket->member.memberships;
    struct gw_slice data = gw_socket_data(socket);
    struct gw_blob *luggage = gw_blob_create(gw_sio_luggage_len(socket));
    uint8_t *at;

    if (!luggage)
        return NULL;
    at = put_text(luggage->bytes, data);
    for (const struct gw_list *m = head->next; m != head; m = m->next)
        at = put_text(at, gw_sio_room_name(room_at(m)));
    return luggage;
}

struct gw_slice gw_sio_luggage_data(const struct gw_blob *luggage)
{
    return text_at(luggage->bytes);
}

bool gw_sio_luggage_next_room(const struct gw_blob *luggage, size_t *cursor, struct gw_slice *room)
{
    if (*cursor == 0)
        *cursor = LEN_BYTES + gw_sio_luggage_data(luggage).len;
    if (*cursor >= luggage->len)
        return false;
    *room = text_at(luggage->bytes + *cursor);
    *cursor += LEN_BYTES + room->len;
    return true;
}
