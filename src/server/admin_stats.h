/* SPDX-License-Identifier: MIT */
/* What happened in each second, for the Admin UI: differences of the engine's counters. */
#ifndef GW_SERVER_ADMIN_STATS_H
#define GW_SERVER_ADMIN_STATS_H

#include "eio/counts.h"

#include <godwit/args.h>

enum { GW_ADMIN_STATS_MAX = 64 /* more than two seconds between two reports can give */ };

struct gw_admin_stat {
    uint64_t second_ms; /* since 1970, a whole second */
    const char *type;
    const char *sub_type; /* NULL: none */
    uint64_t count;
};

struct gw_admin_stats {
    struct gw_eio_counts last;
    uint64_t second_ms; /* to which the next differences belong */
    struct gw_admin_stat items[GW_ADMIN_STATS_MAX];
    size_t count;
};

/* What was before counts no more, but for own_count connections: those of who begins to look. */
void gw_admin_stats_start(struct gw_admin_stats *stats, const struct gw_eio_counts *counts,
                          uint64_t own_count, uint64_t unix_ms);
/* Notes what has happened since the last call. */
void gw_admin_stats_take(struct gw_admin_stats *stats, const struct gw_eio_counts *counts,
                         uint64_t unix_ms);
/* Adds the array of what was noted, and forgets it. */
void gw_admin_stats_write(struct gw_admin_stats *stats, gw_args *args);

#endif
