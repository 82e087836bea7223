/* SPDX-License-Identifier: MIT */
/* One scenario again and again: with its first allocation failing, then with its second, until it is through. */
#ifndef GW_TESTS_FAILING_H
#define GW_TESTS_FAILING_H

#include "base/mem.h"

#include <stdbool.h>
#include <stdint.h>

struct failing {
    uint64_t nth;
    uint64_t before; /* allocations ahead of what is tried */
    bool is_reached; /* the nth was, so there may be one more */
};

static inline void failing_begin(struct failing *failing)
{
    failing->before = gw_mem_alloc_count();
    gw_mem_fail_at(failing->nth);
}

static inline void failing_end(struct failing *failing)
{
    gw_mem_fail_at(0);
    failing->is_reached = gw_mem_alloc_count() - failing->before >= failing->nth;
}

/* run calls the two around what may fail. Returns how many allocations did. */
static inline uint64_t fail_each(void (*run)(struct failing *failing, void *user), void *user)
{
    struct failing failing = {.nth = 0};

    do {
        failing.nth++;
        failing.is_reached = false;
        run(&failing, user);
    } while (failing.is_reached);
    return failing.nth - 1;
}

#endif
