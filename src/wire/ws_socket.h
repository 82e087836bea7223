/* SPDX-License-Identifier: MIT */
/* The public gw_ws: a WebSocket whose messages go to the application, the same at both ends. */
#ifndef GW_WIRE_WS_SOCKET_H
#define GW_WIRE_WS_SOCKET_H

#include "wire/ws.h"

/* What the sockets of one endpoint share; outlives them. */
struct gw_ws_class {
    struct gw_ws_setup setup; /* its sink is gw_ws_socket_sink */
    const struct gw_ws_handlers *handlers;
    void *handlers_user;
    uint64_t max_queued_bytes;
};

struct gw_ws_socket {
    gw_ws ws;
    const char *protocol; /* static, or as long as the class */
    void *user;
};

extern const struct gw_ws_sink gw_ws_socket_sink;

static inline const struct gw_ws_class *gw_ws_class_of(const gw_ws *ws)
{
    return container_of(ws->setup, struct gw_ws_class, setup);
}

#endif
