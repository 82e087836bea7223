/* SPDX-License-Identifier: MIT */
#include "server/admin_stats.h"

#include "eio/session.h"

static const char raw_connection[] = "rawConnection";

static void note(struct gw_admin_stats *stats, const char *type, const char *sub_type,
                 uint64_t count)
{
    if (count == 0)
        return;
    for (size_t i = 0; i < stats->count; i++) {
        struct gw_admin_stat *item = &stats->items[i];

        if (item->second_ms == stats->second_ms && item->type == type &&
            item->sub_type == sub_type) {
            item->count += count;
            return;
        }
    }
    if (stats->count < GW_ADMIN_STATS_MAX)
        stats->items[stats->count++] =
            (struct gw_admin_stat){stats->second_ms, type, sub_type, count};
}

void gw_admin_stats_start(struct gw_admin_stats *stats, const struct gw_eio_counts *counts,
                          uint64_t own_count, uint64_t unix_ms)
{
    stats->last = *counts;
    stats->second_ms = unix_ms - unix_ms % 1000;
    stats->count = 0;
    note(stats, raw_connection, NULL, own_count);
}

static uint64_t opened(const struct gw_eio_counts *counts)
{
    uint64_t sum = 0;

    for (int kind = 0; kind < GW_EIO_KINDS; kind++)
        for (int revision = 0; revision < GW_EIO_REVISIONS; revision++)
            sum += counts->opened[kind][revision];
    return sum;
}

void gw_admin_stats_take(struct gw_admin_stats *stats, const struct gw_eio_counts *counts,
                         uint64_t unix_ms)
{
    static const char raw_disconnection[] = "rawDisconnection", packets_in[] = "packetsIn",
                      packets_out[] = "packetsOut", bytes_in[] = "bytesIn",
                      bytes_out[] = "bytesOut";
    const struct gw_eio_counts *last = &stats->last;

    note(stats, raw_connection, NULL, opened(counts) - opened(last));
    note(stats, packets_in, NULL, counts->packets_in - last->packets_in);
    note(stats, packets_out, NULL, counts->packets_out - last->packets_out);
    note(stats, bytes_in, NULL, counts->bytes_in - last->bytes_in);
    note(stats, bytes_out, NULL, counts->bytes_out - last->bytes_out);
    for (int i = 0; i < GW_EIO_REASONS; i++)
        note(stats, raw_disconnection, gw_eio_reason_text((enum gw_eio_reason)i),
             counts->closed[i] - last->closed[i]);
    stats->last = *counts;
    stats->second_ms = unix_ms - unix_ms % 1000;
}

void gw_admin_stats_write(struct gw_admin_stats *stats, gw_args *args)
{
    gw_args_begin_array(args);
    for (size_t i = 0; i < stats->count; i++) {
        const struct gw_admin_stat *item = &stats->items[i];

        gw_args_begin_object(args);
        gw_args_key(args, "timestamp");
        gw_args_uint(args, item->second_ms);
        gw_args_key(args, "type");
        gw_args_string(args, item->type);
        if (item->sub_type) {
            gw_args_key(args, "subType");
            gw_args_string(args, item->sub_type);
        }
        gw_args_key(args, "count");
        gw_args_uint(args, item->count);
        gw_args_end_object(args);
    }
    gw_args_end_array(args);
    stats->count = 0;
}
