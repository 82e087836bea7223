/* SPDX-License-Identifier: MIT */
/* Sums of times: an option as large as "never" must not wrap round to "now". */
#ifndef GW_BASE_LATER_H
#define GW_BASE_LATER_H

#include <stdint.h>

/* UINT64_MAX where the sum is more than that. */
static inline uint64_t gw_later_ms(uint64_t now_ms, uint64_t delay_ms)
{
    return delay_ms > UINT64_MAX - now_ms ? UINT64_MAX : now_ms + delay_ms;
}

#endif
