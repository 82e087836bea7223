/* SPDX-License-Identifier: MIT */
#include "sio/event.h"

#include "codec/json.h"
#include "sio/placeholder.h"

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

int gw_event_string(const gw_event *event, size_t index, char *out, size_t size)
{
    return gw_value_string(gw_event_arg(event, index), out, size);
}

int gw_event_number(const gw_event *event, size_t index, double *out)
{
    return gw_value_number(gw_event_arg(event, index), out);
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
    return gw_event_value_attachment(event, gw_event_arg(event, index));
}

struct gw_slice gw_event_value_attachment(const gw_event *event, struct gw_slice value)
{
    int at = value.ptr ? gw_sio_placeholder_index(value, event->attachment_count) : -1;

    return at < 0 ? (struct gw_slice){NULL, 0} : event->attachments[at];
}

bool gw_event_wants_ack(const gw_event *event)
{
    return event->ack_id.ptr && !*event->is_answered;
}
