/* SPDX-License-Identifier: MIT */
/* One deadline that lives in its owner's object. Started, stopped and asked with the public
 * gw_timer_start, gw_timer_stop and gw_timer_is_running of <godwit/loop.h>. */
#ifndef GW_NET_TIMER_H
#define GW_NET_TIMER_H

#include "net/wheel.h"

#include <godwit/loop.h>

/* Runs once for each start, in the timer step of a turn; anything may be
 * called, also what frees the timer. */
typedef void gw_timer_fire_fn(struct gw_timer *timer);

struct gw_timer {
    /* private */
    struct gw_wheel_node node;
    gw_timer_fire_fn *fire;
    struct gw_loop *loop;
};

/* Not running. There is no dispose: a stopped timer owns nothing. */
void gw_timer_init(struct gw_timer *timer, struct gw_loop *loop, gw_timer_fire_fn *fire);
/* For deadlines that pure rooms give: at_ms on the clock of gw_loop_now_ms.
 * UINT64_MAX (none) stops the timer. */
void gw_timer_start_at(struct gw_timer *timer, uint64_t at_ms);

#endif
