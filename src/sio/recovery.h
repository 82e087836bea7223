/* SPDX-License-Identifier: MIT */
/* Connection state recovery: the history of what was sent, and the seats (seat.h) of those who may
 * have missed it. All of it is asked for only where the io has `recovery`. */
#ifndef GW_SIO_RECOVERY_H
#define GW_SIO_RECOVERY_H

#include "base/buf.h"
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

/* NULL when memory has run out. Unset options get their defaults. */
struct gw_sio_recovery *gw_sio_recovery_create(const struct gw_io_options *io,
                                               const struct gw_io_recovery *options);
/* Seats that are away end; before the namespaces do. NULL is fine. */
void gw_sio_recovery_destroy(struct gw_sio_recovery *recovery);
/* NULL when memory has run out. */
struct gw_sio_memory *gw_sio_memory_create(const gw_io *io);
/* Its sockets must be gone. NULL is fine. */
void gw_sio_memory_destroy(struct gw_sio_memory *memory);

/* An event that neither is volatile nor asks for an answer, to any target: numbered and kept. As
 * gw_emit. */
int gw_sio_recovery_emit(struct gw_target target, struct gw_sio_draft *draft);

/* Something is kept now: there will be a tick that drops it. */
void gw_sio_recovery_arm_sweep(gw_io *io);
/* Drops what is too old; harmless when nothing is due. */
void gw_sio_recovery_tick(gw_io *io);

#endif
