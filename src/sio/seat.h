/* SPDX-License-Identifier: MIT */
/* A seat for each socket of an io with recovery: kept for a while when its client is cut off, for
 * it to come back to. */
#ifndef GW_SIO_SEAT_H
#define GW_SIO_SEAT_H

#include "base/blob.h"
#include "base/ids.h"
#include "base/list.h"
#include "base/map.h"

#include <godwit/sio.h>

struct gw_sio_recovery;

/* A socket's place: taken as long as it is there, kept for it while it is away. */
struct gw_sio_seat {
    /* private */
    struct gw_map_node by_pid;
    struct gw_list by_age; /* gw_sio_recovery.away */
    gw_namespace *nsp;
    gw_socket *socket; /* NULL: away */
    uint64_t left_ms;
    uint64_t since;          /* the number of the last packet before the socket came into being, */
    uint64_t joined;         /* and before it was connected: broadcasts until then are not for it */
    uint64_t resumes_from;   /* a recovered one: the last number that it got before, */
    uint64_t resumes_to;     /* and the last one before it came back */
    struct gw_blob *luggage; /* while away, and until it is connected again */
    char pid[GW_ID_LEN];
    char sid[GW_ID_LEN];
};

/* Gives a new socket, JOINING, the seat that its client asks for, with id, rooms and data, or a new
 * one. Another connection that still holds that seat is ended. Handlers may run: the socket may be
 * GONE afterwards. 0 or GW_E_NOMEM. */
int gw_sio_seat_assign(gw_socket *socket, struct gw_slice auth);
/* Whether the socket need not pass the middlewares. */
bool gw_sio_seat_skips_middlewares(const gw_socket *socket);
/* The socket is connected: sends what it has missed, if it is a recovered one. */
void gw_sio_seat_replay(gw_socket *socket);
/* Its secret id, GW_ID_LEN characters. */
const char *gw_sio_seat_pid(const gw_socket *socket);
/* The socket goes, but is still in its rooms. It may come back unless the reason is against it. */
void gw_sio_seat_leave(gw_socket *socket, enum gw_reason reason);
/* It has never connected: what it had claimed is kept on. */
void gw_sio_seat_abandon(gw_socket *socket);
/* From gw_sio_extra_free. */
void gw_sio_seat_destroy(struct gw_sio_seat *seat);

/* The one that has been away for longest; NULL: none is. */
struct gw_sio_seat *gw_sio_seat_first_away(const struct gw_sio_recovery *recovery);
/* Nobody may come back to it any more. */
bool gw_sio_seat_is_too_old(const struct gw_sio_seat *seat);

#endif
