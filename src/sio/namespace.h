/* SPDX-License-Identifier: MIT */
/* One namespace: its connected sockets, its rooms, its handlers, its ack ids. Or a parent, which
 * has handlers and children, and nothing of the rest. */
#ifndef GW_SIO_NAMESPACE_H
#define GW_SIO_NAMESPACE_H

#include "base/list.h"
#include "base/map.h"
#include "sio/handlers.h"
#include "sio/rooms.h"

#include <godwit/sio.h>

struct gw_sio_adapter;
struct gw_sio_memory;
struct gw_sio_parent;

struct gw_namespace {
    /* private */
    struct gw_map_node by_name; /* gw_io.namespaces */
    struct gw_list node;        /* gw_io.namespace_list, or gw_io.parents */
    gw_io *io;
    const struct gw_sio_adapter *adapter; /* the way to more than one socket */
    struct gw_map sockets;                /* gw_socket.by_id, the connected ones */
    struct gw_list socket_list;           /* gw_socket.node, the same in the order of connecting */
    struct gw_sio_rooms rooms;
    struct gw_sio_handlers handlers;
    struct gw_map server_events;     /* lists of gw_on_server_event_fn */
    size_t outgoing_count;           /* any-outgoing handlers, those of its sockets included */
    struct gw_map acks;              /* gw_sio_ack.by_id */
    uint64_t next_ack_id;            /* one counter for all sockets, as the genuine server has it */
    struct gw_sio_memory *memory;    /* NULL: nobody comes back */
    struct gw_sio_parent *as_parent; /* NULL: no parent */
    gw_namespace *parent;            /* NULL: no child */
    struct gw_list in_parent;        /* gw_sio_parent.children */
    struct gw_list idle;             /* gw_io.idle_namespaces: to be looked at by gw_io_reap */
    uint64_t pressure_threshold_bytes; /* 0: the usual */
    uint32_t target_flags;             /* of all targets that begin here */
    size_t pins;                       /* sockets and others that point to it */
    bool is_by_client;                 /* nobody but its sockets holds on to it */
    bool is_registered;                /* it is in gw_io.namespaces */
    size_t name_len;
    char name[]; /* NUL-terminated */
};

/* Puts it into io. NULL when memory has run out. */
gw_namespace *gw_sio_namespace_create(gw_io *io, struct gw_slice name);
/* The same for one that no client can join. */
gw_namespace *gw_sio_namespace_create_parent(gw_io *io, struct gw_slice name);
/* Its sockets and acks must be gone. */
void gw_sio_namespace_destroy(gw_namespace *nsp);
/* NULL: there is none of that name. */
gw_namespace *gw_sio_namespace_find(const gw_io *io, struct gw_slice name);

/* Tells gw_on_new_namespace handlers. */
void gw_sio_namespace_announce(gw_namespace *nsp);
/* Room handlers have come or gone. */
void gw_sio_namespace_watch_rooms(gw_namespace *nsp);
/* Who keeps a pointer to it beyond the turn pins it, lest it be cleaned up. */
void gw_sio_namespace_pin(gw_namespace *nsp);
void gw_sio_namespace_unpin(gw_namespace *nsp);
/* Room handlers hear of the socket's own room, which is a flag and no list. */
void gw_sio_namespace_own_room(gw_namespace *nsp, gw_socket *socket, bool has_joined);

/* A connected socket, for who has the hash of its id already: all maps of an io have the same seed.
 * NULL: none. */
gw_socket *gw_sio_namespace_socket_hashed(const gw_namespace *nsp, uint64_t hash,
                                          struct gw_slice id);

static inline struct gw_slice gw_sio_namespace_name(const gw_namespace *nsp)
{
    return (struct gw_slice){(const uint8_t *)nsp->name, nsp->name_len};
}

#endif
