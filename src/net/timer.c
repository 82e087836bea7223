/* SPDX-License-Identifier: MIT */
#include "net/timer.h"

#include "base/later.h"
#include "base/mem.h"
#include "net/loop.h"

#include <assert.h>

/* A timer of the application: ours, and what it is to call. */
struct made_timer {
    struct gw_timer timer;
    gw_timer_fn *fn;
    void *user;
};

/* The last thing that is done with the timer, because fn may destroy it. */
static void fire_made(struct gw_timer *timer)
{
    struct made_timer *made = container_of(timer, struct made_timer, timer);

    made->fn(timer, made->user);
}

void gw_timer_init(struct gw_timer *timer, struct gw_loop *loop, gw_timer_fire_fn *fire)
{
    gw_wheel_node_init(&timer->node);
    timer->fire = fire;
    timer->loop = loop;
}

gw_timer *gw_timer_create(gw_loop *loop, gw_timer_fn *fn, void *user)
{
    struct made_timer *made = gw_mem_alloc(sizeof(*made));

    assert(fn);
    if (!made)
        return NULL;
    gw_timer_init(&made->timer, loop, fire_made);
    made->fn = fn;
    made->user = user;
    return &made->timer;
}

void gw_timer_destroy(gw_timer *timer)
{
    if (!timer)
        return;
    assert(timer->fire == fire_made);
    gw_timer_stop(timer);
    gw_mem_free(container_of(timer, struct made_timer, timer));
}

void gw_timer_start_at(struct gw_timer *timer, uint64_t at_ms)
{
    gw_timer_stop(timer);
    if (at_ms == UINT64_MAX)
        return;
    gw_wheel_start(&timer->loop->wheel, &timer->node, at_ms);
    gw_loop_wake_at(timer->loop, at_ms);
}

void gw_timer_start(gw_timer *timer, uint64_t delay_ms)
{
    gw_timer_start_at(timer, gw_later_ms(gw_loop_now_ms(timer->loop), delay_ms));
}

void gw_timer_stop(gw_timer *timer)
{
    gw_wheel_stop(&timer->loop->wheel, &timer->node);
}

bool gw_timer_is_running(const gw_timer *timer)
{
    return gw_list_is_linked(&timer->node.link);
}
