/* SPDX-License-Identifier: MIT */
#include "sio/passage.h"

#include "base/mem.h"
#include "codec/utf8.h"
#include "sio/emit.h"
#include "sio/event.h"
#include "sio/io.h"
#include "sio/namespace.h"
#include "sio/placeholder.h"
#include "sio/socket.h"

/* One replacement. Those before it stay: somebody may still look at them. */
struct gw_sio_replacement {
    struct gw_sio_replacement *next;
    struct gw_slice attachments[]; /* and behind them all bytes */
};

void gw_sio_passage_begin(struct gw_sio_passage *passage, gw_io *io, gw_event *event)
{
    *passage = (struct gw_sio_passage){.io = io, .event = event, .outer = io->passage};
    io->passage = passage;
}

void gw_sio_passage_end(const struct gw_sio_passage *passage)
{
    passage->io->passage = passage->outer;
}

void gw_sio_passage_dispose(struct gw_sio_passage *passage)
{
    while (passage->kept) {
        struct gw_sio_replacement *kept = passage->kept;

        passage->kept = kept->next;
        gw_mem_free(kept);
    }
}

/* NULL: it is not the event of the function that runs. */
static struct gw_sio_passage *passage_of(const gw_event *event)
{
    struct gw_sio_passage *passage = event->socket ? event->socket->nsp->io->passage : NULL;

    return passage && passage->event == event ? passage : NULL;
}

static bool add(size_t *total, size_t len)
{
    if (len > SIZE_MAX / 2 - *total)
        return false;
    *total += len;
    return true;
}

/* How much of the draft the event does not have yet: that is copied. */
struct news {
    size_t name_len, args_len, attachment_count;
};

static bool is_same(struct gw_slice a, struct gw_slice b)
{
    return a.ptr == b.ptr && a.len == b.len;
}

static struct news compare(const gw_event *event, const struct gw_sio_draft *draft)
{
    bool has_args = !is_same(draft->args, event->args);
    bool has_attachments = draft->attachments != event->attachments;

    return (struct news){.name_len = draft->name.len,
                         .args_len = has_args ? draft->args.len : 0,
                         .attachment_count = has_attachments ? draft->attachment_count : 0};
}

/* False: more than memory can hold. */
static bool measure(const struct news *news, const struct gw_slice *attachments, size_t *size)
{
    *size = sizeof(struct gw_sio_replacement) + news->attachment_count * sizeof(struct gw_slice);
    for (size_t i = 0; i < news->attachment_count; i++) {
        if (!add(size, attachments[i].len))
            return false;
    }
    return add(size, news->name_len) && add(size, news->args_len);
}

/* An empty one too has an address: without it there would be none at all. */
static struct gw_slice put(uint8_t **at, struct gw_slice bytes)
{
    struct gw_slice copy = {*at, bytes.len};

    if (bytes.len > 0)
        memcpy(*at, bytes.ptr, bytes.len);
    *at += bytes.len;
    return copy;
}

/* What the draft has is checked, but for the name (ptr NULL: the event keeps its own). */
static int replace(struct gw_sio_passage *passage, const struct gw_sio_draft *draft)
{
    gw_event *event = passage->event;
    struct news news = compare(event, draft);
    struct gw_sio_replacement *kept;
    size_t size;
    uint8_t *at;

    if (draft->name.ptr && (gw_sio_name_is_reserved(draft->name) || !gw_utf8_is_valid(draft->name)))
        return GW_E_ARG;
    kept = measure(&news, draft->attachments, &size) ? gw_mem_alloc(size) : NULL;
    if (!kept)
        return GW_E_NOMEM;
    kept->next = passage->kept;
    passage->kept = kept;
    at = (uint8_t *)&kept->attachments[news.attachment_count];
    if (draft->name.ptr)
        event->name = put(&at, draft->name);
    if (!is_same(draft->args, event->args))
        event->args = put(&at, draft->args);
    for (size_t i = 0; i < news.attachment_count; i++)
        kept->attachments[i] = put(&at, draft->attachments[i]);
    if (draft->attachments != event->attachments)
        event->attachments = kept->attachments;
    event->attachment_count = draft->attachment_count;
    return 0;
}

/* The event's own arguments, with other attachments perhaps. */
static int draft_own(const struct gw_sio_passage *passage, struct gw_sio_draft *draft,
                     const struct gw_slice *attachments, size_t attachment_count)
{
    gw_event event = *passage->event;
    int err;

    event.attachments = attachments;
    event.attachment_count = attachment_count;
    err = gw_sio_emit_draft_arguments(passage->io, draft, &event);
    if (err == 0 && attachments != passage->event->attachments && attachment_count > 0 &&
        gw_sio_placeholder_check(event.args, attachment_count) < 0)
        return GW_E_ARG;
    return err;
}

int gw_event_replace_binary(const gw_event *event, const char *name, const char *args_json,
                            const struct gw_slice *attachments, size_t attachment_count)
{
    struct gw_sio_passage *passage = passage_of(event);
    struct gw_sio_draft draft = {.name = gw_slice_of(name)};
    int err;

    if (!passage)
        return GW_E_ARG;
    err = args_json ? gw_sio_emit_draft_args(passage->io, &draft, args_json, attachments,
                                             attachment_count)
                    : draft_own(passage, &draft, attachments, attachment_count);
    return err < 0 ? err : replace(passage, &draft);
}

int gw_event_replace(const gw_event *event, const char *name, const char *args_json)
{
    return gw_event_replace_binary(event, name, args_json, event->attachments,
                                   event->attachment_count);
}

int gw_event_replace_args(const gw_event *event, const char *name, const gw_args *args)
{
    struct gw_sio_passage *passage = passage_of(event);
    struct gw_sio_draft draft = {.name = gw_slice_of(name)};
    int err = passage ? gw_sio_emit_draft_built(&draft, args) : GW_E_ARG;

    return err < 0 ? err : replace(passage, &draft);
}
