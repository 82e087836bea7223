/* SPDX-License-Identifier: MIT */
#include "sio/timeouts.h"

#include "base/mem.h"

#include <assert.h>

enum { FIRST_CAP = 16 };

void gw_sio_timeouts_init(struct gw_sio_timeouts *timeouts)
{
    *timeouts = (struct gw_sio_timeouts){0};
}

void gw_sio_timeouts_dispose(struct gw_sio_timeouts *timeouts)
{
    gw_mem_free(timeouts->heap);
    gw_sio_timeouts_init(timeouts);
}

static void place(struct gw_sio_timeouts *timeouts, size_t at, struct gw_sio_timeout *timeout)
{
    timeouts->heap[at] = timeout;
    timeout->index = at + 1;
}

/* Both move a hole to where timeout may stand, and put it there. */
static void sift_up(struct gw_sio_timeouts *timeouts, size_t at, struct gw_sio_timeout *timeout)
{
    while (at > 0) {
        struct gw_sio_timeout *parent = timeouts->heap[(at - 1) / 2];

        if (parent->deadline_ms <= timeout->deadline_ms)
            break;
        place(timeouts, at, parent);
        at = (at - 1) / 2;
    }
    place(timeouts, at, timeout);
}

static void sift_down(struct gw_sio_timeouts *timeouts, size_t at, struct gw_sio_timeout *timeout)
{
    for (size_t child; (child = 2 * at + 1) < timeouts->count; at = child) {
        struct gw_sio_timeout **heap = timeouts->heap;

        if (child + 1 < timeouts->count && heap[child + 1]->deadline_ms < heap[child]->deadline_ms)
            child++;
        if (timeout->deadline_ms <= heap[child]->deadline_ms)
            break;
        place(timeouts, at, heap[child]);
    }
    place(timeouts, at, timeout);
}

static int grow(struct gw_sio_timeouts *timeouts)
{
    size_t cap = timeouts->cap ? timeouts->cap * 2 : FIRST_CAP;
    struct gw_sio_timeout **heap = gw_mem_realloc(timeouts->heap, cap * sizeof(*heap));

    if (!heap)
        return GW_E_NOMEM;
    timeouts->heap = heap;
    timeouts->cap = cap;
    return 0;
}

int gw_sio_timeouts_start(struct gw_sio_timeouts *timeouts, struct gw_sio_timeout *timeout,
                          uint64_t deadline_ms)
{
    assert(timeout->index == 0);
    if (timeouts->count == timeouts->cap && grow(timeouts) < 0)
        return GW_E_NOMEM;
    timeout->deadline_ms = deadline_ms;
    sift_up(timeouts, timeouts->count++, timeout);
    return 0;
}

void gw_sio_timeouts_stop(struct gw_sio_timeouts *timeouts, struct gw_sio_timeout *timeout)
{
    size_t at = timeout->index - 1;
    struct gw_sio_timeout *last;

    if (timeout->index == 0)
        return;
    timeout->index = 0;
    last = timeouts->heap[--timeouts->count];
    if (last != timeout) {
        sift_down(timeouts, at, last);
        sift_up(timeouts, last->index - 1, last);
    }
    if (timeouts->count == 0) /* back to the level of before a peak */
        gw_sio_timeouts_dispose(timeouts);
}

struct gw_sio_timeout *gw_sio_timeouts_pop(struct gw_sio_timeouts *timeouts, uint64_t now_ms)
{
    struct gw_sio_timeout *first = timeouts->count > 0 ? timeouts->heap[0] : NULL;

    if (!first || first->deadline_ms > now_ms)
        return NULL;
    gw_sio_timeouts_stop(timeouts, first);
    return first;
}

uint64_t gw_sio_timeouts_deadline_ms(const struct gw_sio_timeouts *timeouts)
{
    return timeouts->count > 0 ? timeouts->heap[0]->deadline_ms : UINT64_MAX;
}
