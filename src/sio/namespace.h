/* SPDX-License-Identifier: MIT */
/* One namespace: its connected sockets, its rooms, its handlers, its ack ids. */
#ifndef GW_SIO_NAMESPACE_H
#define GW_SIO_NAMESPACE_H

#include "base/list.h"
#include "base/map.h"
#include "sio/handlers.h"
#include "sio/rooms.h"

#include <godwit/sio.h>

struct gw_namespace {
    /* private */
    struct gw_map_node by_name; /* gw_io.namespaces */
    struct gw_list node;        /* gw_io.namespace_list */
    gw_io *io;
    struct gw_map sockets;      /* gw_socket.by_id, the connected ones */
    struct gw_list socket_list; /* gw_socket.node, the same in the order of connecting */
    struct gw_sio_rooms rooms;
    struct gw_sio_handlers handlers;
    struct gw_map acks;   /* gw_sio_ack.by_id */
    uint64_t next_ack_id; /* one counter for all sockets, as the genuine server has it */
    size_t name_len;
    char name[]; /* NUL-terminated */
};

/* Puts it into io. NULL when memory has run out. */
gw_namespace *gw_sio_namespace_create(gw_io *io, struct gw_slice name);
/* Its sockets and acks must be gone. */
void gw_sio_namespace_destroy(gw_namespace *nsp);
/* NULL: there is none of that name. */
gw_namespace *gw_sio_namespace_find(const gw_io *io, struct gw_slice name);

/* A connected socket; NULL: none. */
gw_socket *gw_sio_namespace_socket(const gw_namespace *nsp, struct gw_slice id);

static inline struct gw_slice gw_sio_namespace_name(const gw_namespace *nsp)
{
    return (struct gw_slice){(const uint8_t *)nsp->name, nsp->name_len};
}

#endif
