/* SPDX-License-Identifier: MIT */
#include "sio/outgoing.h"

#include "codec/json.h"
#include "sio/event.h"
#include "sio/extra.h"
#include "sio/io.h"
#include "sio/namespace.h"
#include "sio/socket.h"

static int save_name(gw_io *io, struct gw_sio_draft *draft)
{
    uint8_t *copy;

    if (!io->quote.ptr || draft->name.ptr != io->quote.ptr + 1)
        return 0;
    copy = gw_sio_arena_alloc(&io->arena, draft->name.len + 2);
    if (!copy)
        return GW_E_NOMEM;
    memcpy(copy, io->quote.ptr, draft->name.len + 2); /* with its quotes */
    draft->name.ptr = copy + 1;
    gw_io_tell_work(io);
    return 0;
}

/* The name as the application knows it; buf holds it if it has to be decoded. A name with escapes
 * has been saved, so its quotes are around it. */
static int decode_name(const struct gw_sio_draft *draft, struct gw_buf *buf, struct gw_slice *out)
{
    int err;

    *out = draft->name;
    if (draft->name.len == 0 || !memchr(draft->name.ptr, '\\', draft->name.len))
        return 0;
    err = gw_json_string_decode((struct gw_slice){draft->name.ptr - 1, draft->name.len + 2}, buf);
    *out = gw_buf_slice(buf);
    return err;
}

static void run(gw_socket *socket, const struct gw_sio_listeners *listeners, const gw_event *event)
{
    const uint64_t newest = listeners->number;

    for (const struct gw_sio_listener *at = listeners->first; at;
         at = gw_sio_listener_from(at->next, newest)) {
        if (socket->state == GW_SIO_SOCKET_GONE)
            return;
        ((gw_on_event_fn *)at->fn)(socket, event, at->user);
    }
}

int gw_sio_outgoing_tell(gw_socket *socket, struct gw_sio_draft *draft)
{
    bool is_answered = true;
    gw_event event = {
        .socket = socket,
        .args = draft->args,
        .attachments = draft->attachments,
        .attachment_count = draft->attachment_count,
        .is_answered = &is_answered,
    };
    const struct gw_sio_handlers *own;
    struct gw_buf buf;
    int err = save_name(socket->nsp->io, draft);

    if (err < 0)
        return err;
    gw_buf_init(&buf, SIZE_MAX / 2);
    err = decode_name(draft, &buf, &event.name);
    if (err == 0) {
        run(socket, &socket->nsp->handlers.lists[GW_SIO_LIST_ANY_OUTGOING], &event);
        own = gw_sio_extra_find_handlers(socket);
        if (own)
            run(socket, &own->lists[GW_SIO_LIST_ANY_OUTGOING], &event);
    }
    gw_buf_dispose(&buf);
    if (err == 0 && socket->state == GW_SIO_SOCKET_GONE)
        return GW_E_CLOSED;
    return err;
}
