/* SPDX-License-Identifier: MIT */
/* One client in one namespace.
 *
 *     JOINING --all middlewares passed--> CONNECTED --41, disconnect, close--> LEAVING --> GONE
 *        \--refused, or the link closed-------------------------------------------------^
 *
 * LEAVING lasts as long as the disconnecting handlers run. A GONE socket waits for gw_io_reap,
 * and before that for its middleware's word if that is still owed, because whoever owes it may
 * hold the handle. */
#ifndef GW_SIO_SOCKET_H
#define GW_SIO_SOCKET_H

#include "base/blob.h"
#include "base/list.h"
#include "base/map.h"
#include "sio/rooms.h"

#include <godwit/sio.h>

struct gw_sio_extra;
struct gw_sio_link;

enum gw_sio_socket_state {
    GW_SIO_SOCKET_JOINING,
    GW_SIO_SOCKET_CONNECTED,
    GW_SIO_SOCKET_LEAVING,
    GW_SIO_SOCKET_GONE,
};

struct gw_socket {
    /* private */
    struct gw_map_node by_id; /* gw_namespace.sockets */
    struct gw_list node;      /* gw_namespace.socket_list, later gw_io.dead_sockets */
    gw_namespace *nsp;
    struct gw_sio_link *link; /* lives at least as long */
    gw_socket *next_in_link;
    gw_next *next;               /* the middleware's word that is owed; NULL: none */
    struct gw_blob *auth;        /* NULL: the client sent none */
    struct gw_sio_member member; /* explicit rooms; that of the own id is only a flag */
    struct gw_list acks;         /* gw_sio_ack.in_socket: we wait for the client */
    struct gw_list answers;      /* gw_pending_ack.node: the client waits for us */
    uint64_t epoch;              /* number of the last broadcast that has seen this socket */
    uint64_t issued_ms;          /* since 1970 */
    void *user;
    struct gw_sio_extra *extra; /* NULL: it has none of all that */
    uint32_t ack_count, answer_count;
    uint8_t state; /* enum gw_sio_socket_state */
    uint8_t cause; /* enum gw_cause: why it goes */
    bool is_in_own_room;
    bool is_told_error;   /* while gw_on_error handlers of its link are run */
    bool is_told_upgrade; /* of the link's one upgrade */
    char id[GW_SOCKET_ID_LEN + 1];
};

/* JOINING, in its link. auth is copied. NULL when memory has run out. */
gw_socket *gw_sio_socket_create(gw_namespace *nsp, struct gw_sio_link *link, struct gw_slice auth);
/* Only from gw_io_reap and gw_io_destroy: it must be in no list but the dead ones. */
void gw_sio_socket_free(gw_socket *socket);

/* All middlewares have passed it: answers CONNECT and runs on_connection. 0 or GW_E_NOMEM (it is
 * still JOINING). */
int gw_sio_socket_connect(gw_socket *socket);
/* It will not connect. Harmless unless JOINING. */
void gw_sio_socket_abandon(gw_socket *socket);
/* What is the cause of the end that follows; the first word counts. */
static inline void gw_sio_socket_blame(gw_socket *socket, enum gw_cause cause)
{
    if (socket->cause == GW_CAUSE_NONE)
        socket->cause = (uint8_t)cause;
}
/* Runs disconnecting, leaves everything, runs disconnect. Harmless unless CONNECTED. */
void gw_sio_socket_close(gw_socket *socket, enum gw_reason reason, const char *detail);
/* Puts a GONE socket where gw_io_reap frees it, unless a middleware's word is still owed. */
void gw_sio_socket_bury(gw_socket *socket);

/* Out of all of them, that of its id included; their handlers run. */
void gw_sio_socket_leave_rooms(gw_socket *socket);

#endif
