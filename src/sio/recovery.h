/* SPDX-License-Identifier: MIT */
/* Connection state recovery: a seat for each socket, kept for a while when its client is cut off, and the history of what
 * was sent meanwhile. All of it is asked for only where the io has `recovery`. */
#ifndef GW_SIO_RECOVERY_H
#define GW_SIO_RECOVERY_H

#include "base/blob.h"
#include "base/buf.h"
#include "base/ids.h"
#include "base/list.h"
#include "base/map.h"
#include "sio/adapter.h"
#include "sio/draft.h"
#include "sio/history.h"

#include <godwit/recovery.h>

/* Of the io. */
struct gw_sio_recovery {
    /* private */
    struct gw_io_recovery options; /* defaults filled in */
    uint64_t keep_ms;              /* how long packets are kept */
    struct gw_list away;           /* gw_sio_seat.by_age, those who left first in front */
    size_t away_count;
    uint64_t sweep_ms; /* when to look for what is too old; UINT64_MAX: nothing is kept */
    uint64_t recovered, failed;
    struct gw_buf args;            /* arguments with the number behind them */
    struct gw_sio_adapter adapter; /* as that of memory, but what is sent to many is kept */
};

/* Of a namespace. */
struct gw_sio_memory {
    /* private */
    struct gw_sio_history history;
    struct gw_map seats; /* gw_sio_seat.by_pid */
};

/* A socket's place: taken as long as it is there, kept for it while it is away. */
struct gw_sio_seat {
    /* private */
    struct gw_map_node by_pid;
    struct gw_list
        by_age; /* gw_sio_recovery.away, also while somebody who asked for it waits for its middleware */
    gw_namespace *nsp;
    gw_socket *socket; /* NULL: away */
    uint64_t left_ms;
    uint64_t since;          /* the number of the last packet before the socket came into being */
    uint64_t resumes_from;   /* a recovered one: the last number that it got before, */
    uint64_t resumes_to;     /* and the last one before it came back */
    struct gw_blob *luggage; /* while away, and until it is connected again */
    char pid[GW_ID_LEN];
    char sid[GW_ID_LEN];
};

/* NULL when memory has run out. Unset options get their defaults. */
struct gw_sio_recovery *gw_sio_recovery_create(const struct gw_io_options *io,
                                               const struct gw_io_recovery *options);
/* Seats that are away end; before the namespaces do. NULL is fine. */
void gw_sio_recovery_destroy(struct gw_sio_recovery *recovery);
/* NULL when memory has run out. */
struct gw_sio_memory *gw_sio_memory_create(const gw_io *io);
/* Its sockets must be gone. NULL is fine. */
void gw_sio_memory_destroy(struct gw_sio_memory *memory);

/* Gives a new socket, JOINING, the seat that its client asks for, with id, rooms and data, or a new one. Another connection
 * that still holds that seat is ended. Handlers may run: the socket may be GONE afterwards. 0 or GW_E_NOMEM. */
int gw_sio_recovery_seat(gw_socket *socket, struct gw_slice auth);
/* Whether the socket need not pass the middlewares. */
bool gw_sio_recovery_skips(const gw_socket *socket);
/* The socket is connected: sends what it has missed, if it is a recovered one. */
void gw_sio_recovery_replay(gw_socket *socket);
/* Its secret id, GW_ID_LEN characters. */
const char *gw_sio_recovery_pid(const gw_socket *socket);
/* The socket goes, but is still in its rooms. It may come back unless the reason is against it. */
void gw_sio_recovery_leave(gw_socket *socket, enum gw_reason reason);
/* It has never connected: what it had claimed is kept on. */
void gw_sio_recovery_abandon(gw_socket *socket);
/* From gw_sio_extra_free. */
void gw_sio_recovery_free_seat(struct gw_sio_seat *seat);

/* An event that neither is volatile nor asks for an answer, to any target: numbered and kept. As gw_emit. */
int gw_sio_recovery_emit(struct gw_target target, struct gw_sio_draft *draft);

/* Drops what is too old; harmless when nothing is due. */
void gw_sio_recovery_tick(gw_io *io);

#endif
