/* SPDX-License-Identifier: MIT */
#include "net/postponed.h"

#include "base/buf.h"
#include "base/mem.h"
#include "net/timer.h"

/* A stream's output is simply not on the loop's list of what is to be flushed, and owns its bytes.
 * So whoever writes more puts it there as ever, and nobody has to ask whether a stream waits. */
struct entry {
    struct gw_stream *stream; /* NULL: it was taken out */
    uint64_t due_ms;
};

struct postponed {
    struct gw_loop_guest guest;
    struct gw_timer timer;
    struct gw_buf entries; /* in the order of their times, which is that of coming */
};

static const char postponed_key;

static struct postponed *find(const gw_loop *loop)
{
    struct gw_loop_guest *guest = gw_loop_find_guest(loop, &postponed_key);

    return guest ? container_of(guest, struct postponed, guest) : NULL;
}

static struct entry *entries_of(const struct postponed *postponed, size_t *count)
{
    *count = postponed->entries.len / sizeof(struct entry);
    return (struct entry *)(void *)postponed->entries.ptr;
}

static void release(struct gw_stream *stream)
{
    stream->is_postponed = false;
    if (!stream->is_dirty && !stream->is_blocked && !gw_outq_is_empty(&stream->out))
        gw_stream_mark_dirty(stream);
}

static void on_due(struct gw_timer *timer)
{
    struct postponed *postponed = container_of(timer, struct postponed, timer);
    uint64_t now_ms = timer->loop->now_ms;
    size_t count, done = 0;
    struct entry *entries = entries_of(postponed, &count);

    while (done < count && entries[done].due_ms <= now_ms) {
        if (entries[done].stream)
            release(entries[done].stream);
        done++;
    }
    if (done < count)
        gw_timer_start_at(timer, entries[done].due_ms);
    gw_buf_consume(&postponed->entries, done * sizeof(struct entry));
}

static void destroy(struct gw_loop_guest *guest)
{
    struct postponed *postponed = container_of(guest, struct postponed, guest);

    gw_timer_stop(&postponed->timer);
    gw_buf_dispose(&postponed->entries);
    gw_mem_free(postponed);
}

static struct postponed *find_or_create(gw_loop *loop)
{
    struct postponed *postponed = find(loop);

    if (postponed)
        return postponed;
    postponed = gw_mem_zalloc(sizeof(*postponed));
    if (!postponed)
        return NULL;
    postponed->guest = (struct gw_loop_guest){.key = &postponed_key, .destroy = destroy};
    gw_timer_init(&postponed->timer, loop, on_due);
    gw_buf_init(&postponed->entries, SIZE_MAX / 2);
    gw_loop_add_guest_take(loop, &postponed->guest);
    return postponed;
}

void gw_postponed_add(struct gw_stream *stream)
{
    struct entry entry = {stream, gw_loop_now_ms(stream->loop) + GW_POSTPONED_MS};
    struct postponed *postponed;

    if (!gw_stream_is_open(stream) || !stream->is_dirty || stream->is_blocked ||
        gw_outq_is_empty(&stream->out))
        return;
    if (stream->is_postponed) /* what waited has left since */
        gw_postponed_remove(stream);
    postponed = find_or_create(stream->loop);
    if (!postponed || gw_buf_grow(&postponed->entries, sizeof(entry)) < 0 ||
        gw_outq_own(&stream->out, &stream->loop->pool) < 0)
        return;
    gw_buf_append(&postponed->entries, (struct gw_slice){(const uint8_t *)&entry, sizeof(entry)});
    gw_list_remove(&stream->node);
    stream->is_dirty = false;
    stream->is_postponed = true;
    if (!gw_timer_is_running(&postponed->timer))
        gw_timer_start_at(&postponed->timer, entry.due_ms);
}

/* From the newest back: who comes again and again, as a client does that joins one namespace after
 * another, has been here last. */
void gw_postponed_remove(struct gw_stream *stream)
{
    size_t count;
    struct entry *entries = entries_of(find(stream->loop), &count);

    stream->is_postponed = false;
    while (count-- > 0) {
        if (entries[count].stream == stream) {
            entries[count].stream = NULL;
            return;
        }
    }
}
