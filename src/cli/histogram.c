/* SPDX-License-Identifier: MIT */
#include "cli/histogram.h"

#include <stddef.h>

enum { SUB_BITS = GW_CLI_HISTOGRAM_SUB_BITS, SUB = 1 << SUB_BITS };

/* Values below 128 stand for themselves; of others the leading 8 bits count. */
static size_t bucket_of(uint64_t value)
{
    unsigned shift;

    if (value < SUB)
        return (size_t)value;
    shift = 63 - (unsigned)__builtin_clzll(value) - SUB_BITS;
    return ((size_t)shift << SUB_BITS) + (size_t)(value >> shift);
}

static uint64_t highest_in(size_t bucket)
{
    unsigned shift;

    if (bucket < 2 * SUB)
        return bucket;
    shift = (unsigned)(bucket >> SUB_BITS) - 1;
    return ((uint64_t)(bucket - ((size_t)shift << SUB_BITS) + 1) << shift) - 1;
}

void gw_cli_histogram_add(struct gw_cli_histogram *histogram, uint64_t value)
{
    if (histogram->count == 0 || value < histogram->min)
        histogram->min = value;
    if (value > histogram->max)
        histogram->max = value;
    histogram->count++;
    histogram->sum += (double)value;
    histogram->buckets[bucket_of(value)]++;
}

uint64_t gw_cli_histogram_percentile(const struct gw_cli_histogram *histogram, double percent)
{
    double wanted = percent / 100 * (double)histogram->count;
    uint64_t seen = 0;

    for (size_t i = 0; i < GW_CLI_HISTOGRAM_BUCKETS; i++) {
        uint64_t highest = highest_in(i);

        seen += histogram->buckets[i];
        if (seen > 0 && (double)seen >= wanted)
            return highest < histogram->max ? highest : histogram->max;
    }
    return histogram->max;
}

double gw_cli_histogram_mean(const struct gw_cli_histogram *histogram)
{
    return histogram->count ? histogram->sum / (double)histogram->count : 0;
}
