/* SPDX-License-Identifier: MIT */
/* What a WebSocket decoder said, as text. */
#ifndef GW_TESTS_WS_TRACE_H
#define GW_TESTS_WS_TRACE_H

#include "support/trace.h"
#include "ws/decoder.h"

/* What the event is said to hold, but for its data: the rest is not there to be read. */
static inline void gw_trace_add_ws_event(struct gw_trace *trace, const struct gw_ws_event *ev)
{
    switch (ev->type) {
    case GW_WS_EVENT_MESSAGE:
        gw_trace_add(trace, "%s%s ", ev->is_compressed ? "compressed " : "",
                     ev->is_binary ? "binary" : "text");
        break;
    case GW_WS_EVENT_PING:
        gw_trace_add(trace, "ping ");
        break;
    case GW_WS_EVENT_PONG:
        gw_trace_add(trace, "pong ");
        break;
    case GW_WS_EVENT_CLOSE:
        gw_trace_add(trace, "close %u ", (unsigned int)ev->close_code);
        break;
    }
}

#endif
