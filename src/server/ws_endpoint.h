/* SPDX-License-Identifier: MIT */
/* An endpoint of the application: the path where WebSockets come from, and what they share. */
#ifndef GW_SERVER_WS_ENDPOINT_H
#define GW_SERVER_WS_ENDPOINT_H

#include "server/exchange.h"
#include "sio/rooms.h"
#include "wire/ws_socket.h"
#include "ws/handshake.h"

struct gw_ws_endpoint {
    struct gw_ws_class class;
    gw_server *server;
    const char *const *subprotocols;
    uint64_t upgrade_timeout_ms;
    uint32_t max_topics;
    uint32_t max_topic_bytes;
    struct gw_list upgrades; /* gw_ws_upgrade.node: not answered yet */
    /* Each text of Sec-WebSocket-Extensions that was agreed on, once for all. */
    struct gw_list answers;
};

extern const struct gw_tenant gw_ws_endpoint_tenant; /* its data is the endpoint */

/* What a gw_ws of an endpoint lies in. */
struct gw_ws_member {
    struct gw_ws_socket socket;
    struct gw_sio_member topics;
    char protocol[]; /* NUL-terminated; nothing at all when there is none */
};

/* Who asks for it has been let in: sends the 101, and on_open. GW_E_CLOSED, GW_E_NOMEM: the
 * connection is cut, or refused because the server stops. */
int gw_ws_endpoint_open(struct gw_ws_endpoint *endpoint, struct gw_exchange *exchange,
                        const struct gw_ws_handshake *handshake, struct gw_slice protocol,
                        void *user);
/* The subprotocol that the endpoint wants most of those offered; empty: none. */
struct gw_slice gw_ws_endpoint_choose(const struct gw_ws_endpoint *endpoint,
                                      const struct gw_http_request *request);

static inline struct gw_ws_member *gw_ws_member_of(gw_ws *ws)
{
    return container_of(container_of(ws, struct gw_ws_socket, ws), struct gw_ws_member, socket);
}

/* NULL: ws is a client's. */
static inline struct gw_ws_endpoint *gw_ws_endpoint_of(const gw_ws *ws)
{
    const struct gw_ws_class *class = gw_ws_class_of(ws);

    return class->client ? NULL : container_of(class, struct gw_ws_endpoint, class);
}

#endif
