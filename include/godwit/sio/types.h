/* SPDX-License-Identifier: MIT */
/* The things of Socket.IO, all of them opaque: every other page here is about one of them. */
#ifndef GODWIT_SIO_TYPES_H
#define GODWIT_SIO_TYPES_H

#include <godwit/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gw_io gw_io;               /* one Socket.IO server: its namespaces and connections */
typedef struct gw_namespace gw_namespace; /* "/", "/chat": lives as long as its gw_io, save some
                                             that clients made (gw_io_of_pattern) */
typedef struct gw_socket gw_socket;       /* one client in one namespace */
typedef struct gw_event gw_event; /* what a client sent: an event, or the answer to an ack */
typedef struct gw_next gw_next;   /* a client that waits for a middleware's word */
typedef struct gw_match gw_match; /* a client that waits for a predicate's word */
typedef struct gw_pending_ack gw_pending_ack; /* an answer that the application still owes */

enum {
    GW_SOCKET_ID_LEN = 20,
    GW_ATTACHMENTS_MAX = 10 /* of a packet in text form: the genuine clients take no more */
};

#ifdef __cplusplus
}
#endif
#endif
