/* SPDX-License-Identifier: MIT */
/* The server's ping and the wait for its pong (revision 4), as a value: told the time, it says what
 * is due. */
#ifndef GW_EIO_HEARTBEAT_H
#define GW_EIO_HEARTBEAT_H

#include <stdbool.h>
#include <stdint.h>

enum gw_eio_heartbeat_state {
    GW_EIO_HEARTBEAT_STOPPED,
    GW_EIO_HEARTBEAT_RESTING,  /* until the next ping */
    GW_EIO_HEARTBEAT_WAITING,  /* for the pong */
    GW_EIO_HEARTBEAT_EXTENDED, /* for the pong, once other traffic has bought it more time */
};

enum gw_eio_heartbeat_due {
    GW_EIO_HEARTBEAT_NOTHING,
    GW_EIO_HEARTBEAT_PING,
    GW_EIO_HEARTBEAT_TIMEOUT,
};

struct gw_eio_heartbeat {
    uint64_t deadline_ms; /* UINT64_MAX while stopped */
    uint8_t state;        /* enum gw_eio_heartbeat_state */
};

/* Intervals and timeouts come with each call: they live in the engine's options, not in every
 * session. */
void gw_eio_heartbeat_start(struct gw_eio_heartbeat *heartbeat, uint64_t now_ms,
                            uint64_t ping_interval_ms);
void gw_eio_heartbeat_stop(struct gw_eio_heartbeat *heartbeat);
/* PING: send one; the wait for its pong (ping_timeout_ms) has begun. TIMEOUT: the peer is gone; the
 * heartbeat has stopped. */
enum gw_eio_heartbeat_due gw_eio_heartbeat_tick(struct gw_eio_heartbeat *heartbeat, uint64_t now_ms,
                                                uint64_t ping_timeout_ms);
/* The next ping is due one interval from now, also after a pong that nobody asked for. */
void gw_eio_heartbeat_pong(struct gw_eio_heartbeat *heartbeat, uint64_t now_ms,
                           uint64_t ping_interval_ms);
/* A pong is due while this holds and another packet has not yet bought it more time. */
static inline bool gw_eio_heartbeat_can_extend(const struct gw_eio_heartbeat *heartbeat)
{
    return heartbeat->state == GW_EIO_HEARTBEAT_WAITING;
}
/* Another packet arrived: a full ping_timeout_ms from now, once per ping. */
void gw_eio_heartbeat_extend(struct gw_eio_heartbeat *heartbeat, uint64_t now_ms,
                             uint64_t ping_timeout_ms);
/* The transport was switched: an outstanding ping gets a full ping_timeout_ms (the pong may have
 * been lost with the old one). */
void gw_eio_heartbeat_rearm(struct gw_eio_heartbeat *heartbeat, uint64_t now_ms,
                            uint64_t ping_timeout_ms);

#endif
