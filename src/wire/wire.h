/* SPDX-License-Identifier: MIT */
/* A stream with one deadline: what every connection is made of, the server's and the client's. */
#ifndef GW_WIRE_WIRE_H
#define GW_WIRE_WIRE_H

#include "net/stream.h"
#include "net/timer.h"

struct gw_wire {
    struct gw_stream stream;
    struct gw_timer timer;
};

/* fd is the wire's from now on, also on failure: 0, GW_E_NOMEM or GW_E_SYSTEM.
 * on_deadline runs when the deadline has come while the stream is open; once it finishes
 * or closes, a deadline cuts it. */
int gw_wire_open_take(struct gw_wire *wire, gw_loop *loop, int fd,
                      const struct gw_stream_handlers *handlers, gw_timer_fire_fn *on_deadline);

/* Without a stream: it takes no output, and closing it is harmless. For owners that
 * are there before their socket. */
void gw_wire_init_closed(struct gw_wire *wire, gw_loop *loop);

/* One deadline at a time: delay_ms from now; UINT64_MAX: none. */
void gw_wire_set_deadline(struct gw_wire *wire, uint64_t delay_ms);

/* The end now; unsent output is lost. The stream's on_closed follows at the end of the turn. */
void gw_wire_close(struct gw_wire *wire);
/* What is queued is sent, then FIN; the peer gets linger_ms to do the same. Input is thrown
 * away. The deadline is taken. */
void gw_wire_finish(struct gw_wire *wire, uint64_t linger_ms);

/* Whether it takes output. */
static inline bool gw_wire_is_open(const struct gw_wire *wire)
{
    return gw_stream_is_open(&wire->stream);
}

static inline struct gw_wire *gw_wire_of_stream(struct gw_stream *stream)
{
    return container_of(stream, struct gw_wire, stream);
}

static inline struct gw_wire *gw_wire_of_timer(struct gw_timer *timer)
{
    return container_of(timer, struct gw_wire, timer);
}

#endif
