/* SPDX-License-Identifier: MIT */
/* The public gw_ws: a WebSocket whose messages go to the application, the same at both ends. */
#ifndef GW_WIRE_WS_SOCKET_H
#define GW_WIRE_WS_SOCKET_H

#include "wire/ws.h"

/* What only a client's socket has to say. */
struct gw_ws_client_ops {
    enum gw_ws_ready_state (*ready_state)(const gw_ws *ws);
    const char *(*url)(const gw_ws *ws);
    void (*abort)(gw_ws *ws); /* ends it while it connects, with on_error and on_close */
};

/* What the sockets of one endpoint share; outlives them. */
struct gw_ws_class {
    struct gw_ws_setup setup;     /* its sink is gw_ws_socket_sink */
    struct gw_ws_deflate deflate; /* what setup.deflate points to, if it does */
    const struct gw_ws_handlers *handlers;
    void *handlers_user;
    uint64_t max_queued_bytes;
    const struct gw_ws_client_ops *client; /* NULL at a server */
};

struct gw_ws_socket {
    gw_ws ws;
    const char *protocol;   /* static, or as long as the class */
    const char *extensions; /* as long as the socket; NULL: none */
    void *user;
};

extern const struct gw_ws_sink gw_ws_socket_sink;

/* For sinks that end differently. */
void gw_ws_socket_on_message(gw_ws *ws, struct gw_slice data, bool is_binary);
void gw_ws_socket_on_drain(gw_ws *ws);
void gw_ws_socket_tell_error(gw_ws *ws, const struct gw_ws_error *error);
void gw_ws_socket_tell_close(gw_ws *ws, uint16_t code, struct gw_slice reason, bool was_clean);

static inline const struct gw_ws_class *gw_ws_class_of(const gw_ws *ws)
{
    return container_of(ws->setup, struct gw_ws_class, setup);
}

#endif
