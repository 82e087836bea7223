/* SPDX-License-Identifier: MIT */
#include "base/rate.h"

enum { NS_OF_MS = 1000 * 1000, NS_OF_SECOND = 1000 * NS_OF_MS };

void gw_rate_limit_init(struct gw_rate_limit *limit, uint32_t per_second, uint32_t burst)
{
    *limit = (struct gw_rate_limit){0};
    if (per_second == 0)
        return;
    limit->interval_ns = NS_OF_SECOND / per_second;
    if (limit->interval_ns == 0)
        limit->interval_ns = 1;
    limit->full_ns = limit->interval_ns * (burst > 0 ? burst : per_second);
}

bool gw_rate_take(struct gw_rate *rate, const struct gw_rate_limit *limit, uint64_t now_ms)
{
    uint64_t now_ns = now_ms * NS_OF_MS;
    uint64_t from_ns = rate->full_at_ns > now_ns ? rate->full_at_ns : now_ns;

    if (from_ns - now_ns + limit->interval_ns > limit->full_ns)
        return false;
    rate->full_at_ns = from_ns + limit->interval_ns;
    return true;
}

bool gw_rate_is_full(const struct gw_rate *rate, uint64_t now_ms)
{
    return rate->full_at_ns <= now_ms * NS_OF_MS;
}
