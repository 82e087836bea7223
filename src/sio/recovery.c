/* SPDX-License-Identifier: MIT */
#include "sio/recovery.h"

#include "base/later.h"
#include "base/mem.h"
#include "sio/emit.h"
#include "sio/fan_out.h"
#include "sio/io.h"
#include "sio/namespace.h"
#include "sio/seat.h"
#include "sio/target.h"

enum {
    SWEEP_MS = 60000, /* as often as the genuine server */
};

void gw_sio_recovery_arm_sweep(gw_io *io)
{
    struct gw_sio_recovery *recovery = io->recovery;
    uint64_t half_ms = recovery->options.max_disconnection_duration_ms / 2 + 1;

    if (recovery->sweep_ms != UINT64_MAX)
        return;
    recovery->sweep_ms = gw_io_now_ms(io) + (half_ms < SWEEP_MS ? half_ms : SWEEP_MS);
    gw_io_tell_work(io);
}

/* ---- what is sent ---- */

/* args, "offset" */
static int stamp(gw_io *io, struct gw_slice args, uint64_t number, struct gw_slice *out)
{
    struct gw_buf *scratch = gw_io_begin_scratch(io, &io->recovery->args);
    char offset[GW_SIO_OFFSET_MAX];
    size_t len = gw_sio_offset_format(offset, number);
    int err = 0;

    if (args.len > 0)
        err = gw_buf_append(scratch, args);
    if (err == 0)
        err = gw_buf_append(scratch, args.len > 0 ? GW_LIT(",\"") : GW_LIT("\""));
    if (err == 0)
        err = gw_buf_append(scratch, (struct gw_slice){(const uint8_t *)offset, len});
    if (err == 0)
        err = gw_buf_append(scratch, GW_LIT("\""));
    *out = gw_buf_slice(scratch);
    return err;
}

static void keep(struct gw_target target, const struct gw_sio_fan_out *out)
{
    gw_io *io = target.nsp->io;
    const struct gw_io_recovery *options = &io->recovery->options;
    const struct gw_sio_history_caps caps = {options->max_kept_packets, options->max_kept_bytes};

    gw_sio_history_push(&target.nsp->memory->history, target, out->messages, out->message_count,
                        gw_io_now_ms(io), &caps);
    gw_sio_recovery_arm_sweep(io);
}

int gw_sio_recovery_emit(struct gw_target target, struct gw_sio_draft *draft)
{
    struct gw_sio_memory *memory = target.nsp->memory;
    struct gw_sio_draft stamped = *draft;
    struct gw_sio_fan_out out;
    int err;

    if (target.flags & GW_SIO_TARGET_MISUSED)
        return GW_E_ARG;
    if (target.flags & GW_SIO_TARGET_NOMEM)
        return GW_E_NOMEM;
    if (memory->seats.count == 0) /* nobody is there, and nobody is away */
        return 0;
    err = stamp(target.nsp->io, draft->args, memory->history.next, &stamped.args);
    if (err < 0)
        return err;
    gw_sio_fan_out_init(&out, target, &stamped);
    err = gw_sio_fan_out_encode(&out);
    if (err == 0) {
        out.draft = draft; /* its name, unlike that of the copy, outlives what handlers emit */
        keep(target, &out);
        err = gw_sio_emit_fan_out(target, draft, &out);
    }
    gw_sio_fan_out_dispose(&out);
    return err;
}

static int broadcast(struct gw_target target, struct gw_sio_draft *draft)
{
    if ((target.flags & GW_SIO_TARGET_VOLATILE) || draft->id.ptr)
        return gw_sio_emit_broadcast(target, draft);
    return gw_sio_recovery_emit(target, draft);
}

/* ---- life ---- */

static void fill_defaults(struct gw_io_recovery *options)
{
    if (options->max_disconnection_duration_ms == 0)
        options->max_disconnection_duration_ms = 120000;
    if (options->max_kept_bytes == 0)
        options->max_kept_bytes = 8 << 20;
    if (options->max_kept_packets == 0)
        options->max_kept_packets = 65536;
    if (options->max_away == 0)
        options->max_away = 100000;
    if (options->max_socket_bytes == 0)
        options->max_socket_bytes = 16384;
}

/* What was sent when the client was last heard of is older than the time it may be away by a ping
 * that it still answered or did not: that is why nobody misses what is dropped for its age. */
static uint64_t keep_ms(const struct gw_io_options *io, const struct gw_io_recovery *options)
{
    uint64_t interval_ms = io->ping_interval_ms ? io->ping_interval_ms : 25000;
    uint64_t timeout_ms = io->ping_timeout_ms ? io->ping_timeout_ms : 20000;

    return gw_later_ms(options->max_disconnection_duration_ms,
                       gw_later_ms(interval_ms, timeout_ms));
}

struct gw_sio_recovery *gw_sio_recovery_create(const struct gw_io_options *io,
                                               const struct gw_io_recovery *options)
{
    struct gw_sio_recovery *recovery = gw_mem_zalloc(sizeof(*recovery));

    if (!recovery)
        return NULL;
    recovery->options = *options;
    fill_defaults(&recovery->options);
    recovery->keep_ms = keep_ms(io, &recovery->options);
    recovery->sweep_ms = UINT64_MAX;
    recovery->adapter = gw_sio_adapter_memory;
    recovery->adapter.broadcast = broadcast;
    gw_list_init(&recovery->away);
    gw_buf_init(&recovery->args, SIZE_MAX / 2);
    return recovery;
}

void gw_sio_recovery_destroy(struct gw_sio_recovery *recovery)
{
    struct gw_sio_seat *seat;

    if (!recovery)
        return;
    while ((seat = gw_sio_seat_first_away(recovery)) != NULL)
        gw_sio_seat_destroy(seat);
    gw_buf_dispose(&recovery->args);
    gw_mem_free(recovery);
}

/* Numbers begin with the time, as those of the genuine server do, so that an event's own last
 * argument, which its client takes for one, is hardly ever mistaken for a number of ours. */
struct gw_sio_memory *gw_sio_memory_create(const gw_io *io)
{
    struct gw_sio_memory *memory = gw_mem_alloc(sizeof(*memory));

    if (!memory)
        return NULL;
    gw_sio_history_init(&memory->history, io->env.unix_base_ms + gw_io_now_ms(io));
    gw_map_init(&memory->seats, io->env.seed);
    return memory;
}

void gw_sio_memory_destroy(struct gw_sio_memory *memory)
{
    if (!memory)
        return;
    gw_sio_history_dispose(&memory->history);
    gw_map_dispose(&memory->seats);
    gw_mem_free(memory);
}

/* ---- time ---- */

void gw_sio_recovery_tick(gw_io *io)
{
    struct gw_sio_recovery *recovery = io->recovery;
    const struct gw_list *head = &io->namespace_list;
    uint64_t now_ms = gw_io_now_ms(io);
    struct gw_sio_seat *seat;
    bool is_empty = true;

    if (recovery->sweep_ms > now_ms)
        return;
    while ((seat = gw_sio_seat_first_away(recovery)) != NULL && gw_sio_seat_is_too_old(seat))
        gw_sio_seat_destroy(seat);
    for (struct gw_list *at = head->next; at != head; at = at->next) {
        struct gw_sio_history *history = &container_of(at, gw_namespace, node)->memory->history;

        if (now_ms > recovery->keep_ms)
            gw_sio_history_drop_before(history, now_ms - recovery->keep_ms);
        is_empty = is_empty && history->count == 0;
    }
    recovery->sweep_ms = UINT64_MAX;
    if (!is_empty || seat)
        gw_sio_recovery_arm_sweep(io);
    if (recovery->args.cap > recovery->options.max_socket_bytes)
        gw_buf_dispose(&recovery->args);
}

/* ---- what the application asks ---- */

struct gw_recovery_stats gw_io_recovery_stats(const gw_io *io)
{
    const struct gw_list *head = &io->namespace_list;
    struct gw_recovery_stats stats = {0};

    if (!io->recovery)
        return stats;
    stats.away = io->recovery->away_count;
    stats.recovered = io->recovery->recovered;
    stats.failed = io->recovery->failed;
    for (const struct gw_list *at = head->next; at != head; at = at->next) {
        const struct gw_sio_history *history =
            &container_of(at, const gw_namespace, node)->memory->history;

        stats.packets += history->count;
        stats.packet_bytes += history->bytes;
    }
    return stats;
}
