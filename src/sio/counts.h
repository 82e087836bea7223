/* SPDX-License-Identifier: MIT */
/* What a Socket.IO server has seen so far: plain numbers that only grow, for whoever watches. */
#ifndef GW_SIO_COUNTS_H
#define GW_SIO_COUNTS_H

#include "sio/limits.h"

#include <godwit/cause.h>
#include <godwit/sio.h>

enum {
#define GW_SIO_COUNT_CAUSE(name, side, option, text) +1
    GW_SIO_CAUSES = 0 GW_CAUSE_LIST(GW_SIO_COUNT_CAUSE), /* of enum gw_cause */
#undef GW_SIO_COUNT_CAUSE
#define GW_SIO_COUNT_REASON(name, text) +1
    GW_SIO_REASONS = 0 GW_REASON_LIST(GW_SIO_COUNT_REASON) /* of enum gw_reason */
#undef GW_SIO_COUNT_REASON
};

struct gw_sio_counts {
    uint64_t events_in;  /* of clients, those included that nobody listens to */
    uint64_t events_out; /* one for each socket that it was sent to */
    uint64_t acks_in;
    uint64_t connects; /* sockets that were connected */
    uint64_t refused;  /* CONNECT_ERROR */
    uint64_t disconnects[GW_SIO_REASONS];
    uint64_t causes[GW_SIO_CAUSES]; /* of those disconnects */
    uint64_t limits[GW_SIO_LIMITS]; /* what was refused because of one; enum gw_sio_limit */
};

/* Times some events, from the packet to the end of their handlers, of links that are opened while
 * every is set. The clock is its owner's. */
struct gw_sio_sampler {
    uint64_t every; /* one event in so many; 0: none */
    uint64_t next;  /* the value of events_in from which on the next one is timed */
    void (*begin)(void *user);
    void (*end)(void *user, bool is_event); /* else it was another packet, and does not count */
    void *user;
};

#endif
