/* SPDX-License-Identifier: MIT */
#include <godwit/cause.h>

#include <stddef.h>

struct row {
    const char *option, *text;
    enum gw_cause_side side;
};

static const struct row rows[] = {
#define ROW(name, side, option, text) {option, text, GW_SIDE_##side},
    GW_CAUSE_LIST(ROW)
#undef ROW
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static const struct row *row_of(enum gw_cause cause)
{
    return (size_t)cause < ROWS ? &rows[cause] : NULL;
}

const char *gw_cause_name(enum gw_cause cause)
{
    static const char *const names[] = {
        [GW_CAUSE_NONE] = "none",
        [GW_CAUSE_CLIENT_LEFT] = "client_left",
        [GW_CAUSE_CLIENT_CLOSED] = "client_closed",
        [GW_CAUSE_CONNECTION_BROKE] = "connection_broke",
        [GW_CAUSE_PING_TIMEOUT] = "ping_timeout",
        [GW_CAUSE_CONNECT_TIMEOUT] = "connect_timeout",
        [GW_CAUSE_CROWDED_OUT] = "crowded_out",
        [GW_CAUSE_ATTACHMENT_TIMEOUT] = "attachment_timeout",
        [GW_CAUSE_MESSAGE_TOO_LONG] = "message_too_long",
        [GW_CAUSE_PACKET_TOO_LONG] = "packet_too_long",
        [GW_CAUSE_TOO_MANY_ATTACHMENTS] = "too_many_attachments",
        [GW_CAUSE_TOO_MANY_EVENTS] = "too_many_events",
        [GW_CAUSE_QUEUE_FULL] = "queue_full",
        [GW_CAUSE_OVERLOADED] = "overloaded",
        [GW_CAUSE_BAD_FRAME] = "bad_frame",
        [GW_CAUSE_BAD_REQUEST] = "bad_request",
        [GW_CAUSE_BAD_ENGINE_PACKET] = "bad_engine_packet",
        [GW_CAUSE_BAD_PACKET] = "bad_packet",
        [GW_CAUSE_OUT_OF_PLACE] = "out_of_place",
        [GW_CAUSE_SUPERSEDED] = "superseded",
        [GW_CAUSE_DISCONNECTED] = "disconnected",
        [GW_CAUSE_SESSION_CLOSED] = "session_closed",
        [GW_CAUSE_SHUTDOWN] = "shutdown",
        [GW_CAUSE_NO_MEMORY] = "no_memory",
    };

    _Static_assert(sizeof(names) / sizeof(names[0]) == ROWS, "a cause has no name");
    return row_of(cause) ? names[cause] : "unknown";
}

const char *gw_cause_text(enum gw_cause cause)
{
    const struct row *row = row_of(cause);

    return row ? row->text : "unknown";
}

enum gw_cause_side gw_cause_side(enum gw_cause cause)
{
    const struct row *row = row_of(cause);

    return row ? row->side : GW_SIDE_NOBODY;
}

const char *gw_cause_option(enum gw_cause cause)
{
    const struct row *row = row_of(cause);

    return row ? row->option : NULL;
}

const char *gw_side_text(enum gw_cause_side side)
{
    switch (side) {
    case GW_SIDE_CLIENT:
        return "client";
    case GW_SIDE_SERVER:
        return "server";
    case GW_SIDE_NETWORK:
        return "network";
    case GW_SIDE_NOBODY:
        break;
    }
    return "nobody";
}
