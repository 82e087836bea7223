/* SPDX-License-Identifier: MIT */
/* So many a second, and a few more at once: a token bucket, kept as the time when it will be full
 * again (the generic cell rate algorithm, ITU-T I.371), so that one bucket is one number and no
 * timer fills it. Pure: it is told the time. */
#ifndef GW_BASE_RATE_H
#define GW_BASE_RATE_H

#include <stdbool.h>
#include <stdint.h>

/* What buckets of one kind share. All zero: no limit. */
struct gw_rate_limit {
    uint64_t interval_ns; /* in which one token comes back */
    uint64_t full_ns;     /* in which all of them do */
};

/* All zero: full. */
struct gw_rate {
    uint64_t full_at_ns;
};

/* per_second 0: no limit. burst tokens fit into a bucket; 0: those of one second. */
void gw_rate_limit_init(struct gw_rate_limit *limit, uint32_t per_second, uint32_t burst);
static inline bool gw_rate_limit_is_on(const struct gw_rate_limit *limit)
{
    return limit->interval_ns > 0;
}

/* Takes a token out. false: there is none, and nothing has changed. */
bool gw_rate_take(struct gw_rate *rate, const struct gw_rate_limit *limit, uint64_t now_ms);
/* Whether a fresh bucket would be the same. */
bool gw_rate_is_full(const struct gw_rate *rate, uint64_t now_ms);

#endif
