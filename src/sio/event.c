/* SPDX-License-Identifier: MIT */
#include "sio/event.h"

#include "codec/json.h"
#include "sio/io.h"
#include "sio/namespace.h"
#include "sio/placeholder.h"
#include "sio/server_side.h"
#include "sio/socket.h"

struct gw_slice gw_event_name(const gw_event *event)
{
    return event->name;
}

struct gw_slice gw_event_args(const gw_event *event)
{
    return event->args;
}

size_t gw_event_arg_count(const gw_event *event)
{
    struct gw_slice rest = event->args, value;
    size_t count = 0;

    while (gw_json_next(&rest, &value))
        count++;
    return count;
}

struct gw_slice gw_event_arg(const gw_event *event, size_t index)
{
    struct gw_slice rest = event->args, value;

    while (gw_json_next(&rest, &value)) {
        if (index-- == 0)
            return value;
    }
    return (struct gw_slice){NULL, 0};
}

static int copy_text(struct gw_slice text, char *out, size_t size)
{
    if (text.len >= size || text.len > INT32_MAX)
        return GW_E_LIMIT;
    if (text.len > 0 && memchr(text.ptr, '\0', text.len))
        return GW_E_ARG;
    if (text.len > 0)
        memcpy(out, text.ptr, text.len);
    out[text.len] = '\0';
    return (int)text.len;
}

static gw_io *io_of(const gw_event *event)
{
    return event->socket ? event->socket->nsp->io : event->from_server->nsp->io;
}

int gw_event_string(const gw_event *event, size_t index, char *out, size_t size)
{
    struct gw_slice value = gw_event_arg(event, index);
    gw_io *io = io_of(event);
    struct gw_buf *scratch;
    int err;

    if (!value.ptr)
        return GW_E_NOT_FOUND;
    if (gw_json_type(value) != GW_JSON_STRING)
        return GW_E_ARG;
    if (!memchr(value.ptr, '\\', value.len))
        return copy_text((struct gw_slice){value.ptr + 1, value.len - 2}, out, size);
    scratch = gw_io_begin_scratch(io, &io->quote);
    err = gw_json_string_decode(value, scratch);
    return err < 0 ? err : copy_text(gw_buf_slice(scratch), out, size);
}

int gw_event_number(const gw_event *event, size_t index, double *out)
{
    struct gw_slice value = gw_event_arg(event, index);

    return value.ptr ? gw_json_number(value, out) : GW_E_NOT_FOUND;
}

size_t gw_event_attachment_count(const gw_event *event)
{
    return event->attachment_count;
}

struct gw_slice gw_event_attachment(const gw_event *event, size_t index)
{
    if (index >= event->attachment_count)
        return (struct gw_slice){NULL, 0};
    return event->attachments[index];
}

struct gw_slice gw_event_arg_attachment(const gw_event *event, size_t index)
{
    struct gw_slice value = gw_event_arg(event, index);
    int at = value.ptr ? gw_sio_placeholder_index(value, event->attachment_count) : -1;

    return at < 0 ? (struct gw_slice){NULL, 0} : event->attachments[at];
}

bool gw_event_wants_ack(const gw_event *event)
{
    return event->ack_id.ptr && !*event->is_answered;
}
