/* SPDX-License-Identifier: MIT */
/* Gives memory back to the system after a peak of connections: what was freed between what is still
 * used stays with the allocator otherwise, for good. */
#ifndef GW_SERVER_TRIM_H
#define GW_SERVER_TRIM_H

#include "net/timer.h"

struct gw_trim {
    /* private */
    struct gw_timer timer;
    uint32_t count; /* of connections */
    uint32_t peak;  /* their largest number since memory was given back */
};

void gw_trim_init(struct gw_trim *trim, struct gw_loop *loop);
/* The number of connections has changed. */
void gw_trim_note(struct gw_trim *trim, uint32_t count);
void gw_trim_stop(struct gw_trim *trim);

#endif
