/* SPDX-License-Identifier: MIT */
/* Deadlines in a hierarchical wheel: starting, stopping and finding the next cost the same for one
 * and for a million. Pure: it is told the time, so a test runs a month in a moment. */
#ifndef GW_NET_WHEEL_H
#define GW_NET_WHEEL_H

#include "base/list.h"

#include <stdint.h>

enum {
    GW_WHEEL_SLOT_BITS = 6,
    GW_WHEEL_SLOTS = 1 << GW_WHEEL_SLOT_BITS,
    GW_WHEEL_LEVELS = 11, /* all 64 bits: no deadline is too far, no clock too old */
};

struct gw_wheel_node {
    struct gw_list link; /* private; linked while the deadline is pending */
    uint64_t at_ms;
};

struct gw_wheel {
    uint64_t now_ms;                /* how far the wheel has turned */
    uint64_t used[GW_WHEEL_LEVELS]; /* one bit for each slot that is not empty */
    struct gw_list due;             /* deadlines that had passed already when they were started */
    struct gw_list slots[GW_WHEEL_LEVELS * GW_WHEEL_SLOTS]; /* level 0 first */
};

void gw_wheel_init(struct gw_wheel *wheel, uint64_t now_ms);
void gw_wheel_node_init(struct gw_wheel_node *node);

/* node must not be pending. */
void gw_wheel_start(struct gw_wheel *wheel, struct gw_wheel_node *node, uint64_t at_ms);
/* Harmless on a node that is not pending, and on one that gw_wheel_advance has given out. */
void gw_wheel_stop(struct gw_wheel *wheel, struct gw_wheel_node *node);
/* Turns to now_ms and moves every node with at_ms <= now_ms to the end of expired, in
 * the order of at_ms (those that were late at their start come first). A now_ms in the
 * past counts as no movement. */
void gw_wheel_advance(struct gw_wheel *wheel, uint64_t now_ms, struct gw_list *expired);
/* When gw_wheel_advance has to be called next: never later than the next deadline, earlier when a
 * coarse slot must be dealt out to finer ones. UINT64_MAX: nothing is pending. */
uint64_t gw_wheel_next_ms(const struct gw_wheel *wheel);

#endif
