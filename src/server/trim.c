/* SPDX-License-Identifier: MIT */
#include "server/trim.h"

#include "base/mem.h"

enum {
    LEAST_PEAK = 256, /* below that there is nothing to be won */
    /* So that a crowd that leaves is one crowd; and giving back takes some ms for each 100 MB,
     * which is nothing for once a second at most. */
    DELAY_MS = 1000,
};

static void on_timer(struct gw_timer *timer)
{
    struct gw_trim *trim = container_of(timer, struct gw_trim, timer);

    gw_mem_trim();
    trim->peak = trim->count;
}

void gw_trim_init(struct gw_trim *trim, struct gw_loop *loop)
{
    *trim = (struct gw_trim){0};
    gw_timer_init(&trim->timer, loop, on_timer);
}

void gw_trim_note(struct gw_trim *trim, uint32_t count)
{
    trim->count = count;
    if (count > trim->peak)
        trim->peak = count;
    if (trim->peak >= LEAST_PEAK && count < trim->peak / 2 && !gw_timer_is_running(&trim->timer))
        gw_timer_start(&trim->timer, DELAY_MS);
}

void gw_trim_stop(struct gw_trim *trim)
{
    gw_timer_stop(&trim->timer);
}
