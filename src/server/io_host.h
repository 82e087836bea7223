/* SPDX-License-Identifier: MIT */
/* What gw_io_attach makes: a Socket.IO server as the guest of an engine of its own. */
#ifndef GW_SERVER_IO_HOST_H
#define GW_SERVER_IO_HOST_H

#include "server/engine.h"
#include "sio/io.h"

struct gw_io_host {
    struct gw_engine engine;
    gw_io *io;
    struct gw_ids ids;     /* of sockets, apart from those of sessions */
    struct gw_timer timer; /* for gw_io_deadline_ms */
    uint64_t timer_at_ms;
    uint64_t limit_log_ms[GW_SIO_LIMITS]; /* when the next line about each may be written */
    uint64_t bad_emit_log_ms;
};

/* What tells such an engine from others. */
extern const struct gw_engine_guest gw_io_host_guest;

/* Of a gw_io that gw_io_attach has made. */
static inline struct gw_io_host *gw_io_host_of(gw_io *io)
{
    return io->env.user;
}

#endif
