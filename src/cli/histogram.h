/* SPDX-License-Identifier: MIT */
/* How long things took: counts by value in fixed memory, whatever comes. Each power of two is cut
 * into 128, so that a value read back is at most 1/128 (0.8 %) too high, from 1 to 2^64 - 1. */
#ifndef GW_CLI_HISTOGRAM_H
#define GW_CLI_HISTOGRAM_H

#include <stdint.h>

enum {
    GW_CLI_HISTOGRAM_SUB_BITS = 7,
    GW_CLI_HISTOGRAM_BUCKETS = (64 - GW_CLI_HISTOGRAM_SUB_BITS + 1) << GW_CLI_HISTOGRAM_SUB_BITS,
};

/* Starts as {0}. */
struct gw_cli_histogram {
    uint64_t count;
    uint64_t min, max; /* exact */
    double sum;
    uint64_t buckets[GW_CLI_HISTOGRAM_BUCKETS];
};

void gw_cli_histogram_add(struct gw_cli_histogram *histogram, uint64_t value);
/* What percent of the values are not above; 0 to 100. 0 when there is none. */
uint64_t gw_cli_histogram_percentile(const struct gw_cli_histogram *histogram, double percent);
double gw_cli_histogram_mean(const struct gw_cli_histogram *histogram);

#endif
