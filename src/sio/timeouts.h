/* SPDX-License-Identifier: MIT */
/* Deadlines of any length in a binary heap: O(log n) to add and to remove, the earliest at hand. */
#ifndef GW_SIO_TIMEOUTS_H
#define GW_SIO_TIMEOUTS_H

#include <godwit/base.h>

/* Lives in the object that waits. */
struct gw_sio_timeout {
    uint64_t deadline_ms;
    size_t index; /* place in the heap plus 1; 0: not in it */
};

struct gw_sio_timeouts {
    struct gw_sio_timeout **heap;
    size_t count, cap;
};

void gw_sio_timeouts_init(struct gw_sio_timeouts *timeouts);
/* Frees the heap; what is in it is the caller's affair. */
void gw_sio_timeouts_dispose(struct gw_sio_timeouts *timeouts);

/* timeout->index must be 0. 0 or GW_E_NOMEM. */
int gw_sio_timeouts_start(struct gw_sio_timeouts *timeouts, struct gw_sio_timeout *timeout,
                          uint64_t deadline_ms);
/* Harmless when it is not in. */
void gw_sio_timeouts_stop(struct gw_sio_timeouts *timeouts, struct gw_sio_timeout *timeout);
/* Takes one out that is due at now_ms, earliest first; NULL: none is. */
struct gw_sio_timeout *gw_sio_timeouts_pop(struct gw_sio_timeouts *timeouts, uint64_t now_ms);
/* UINT64_MAX when empty. */
uint64_t gw_sio_timeouts_deadline_ms(const struct gw_sio_timeouts *timeouts);

#endif
