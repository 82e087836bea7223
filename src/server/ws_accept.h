/* SPDX-License-Identifier: MIT */
/* From a request to a WebSocket: the opening handshake on a connection (RFC 6455 4.2). */
#ifndef GW_SERVER_WS_ACCEPT_H
#define GW_SERVER_WS_ACCEPT_H

#include "server/exchange.h"
#include "server/ws_phase.h"
#include "ws/handshake.h"

/* Holds the request against the standard. false: it was refused, the answer is on its way. */
bool gw_ws_check(struct gw_exchange *exchange, struct gw_ws_handshake *handshake);
/* Sends the 101 with exchange's fields, for who has more to say before the peer is
 * heard: gw_exchange_upgrade with an empty head and &gw_ws_phase follows.
 * Negative: the connection is cut. */
int gw_ws_send_acceptance(struct gw_exchange *exchange, const struct gw_ws_handshake *handshake,
                          struct gw_slice subprotocol, gw_ws *ws);
/* Sends the 101 with exchange's fields and lets ws, prepared by gw_ws_init, speak from now on.
 * Negative: the connection is cut, and ws still the caller's. */
int gw_ws_accept(struct gw_exchange *exchange, const struct gw_ws_handshake *handshake,
                 struct gw_slice subprotocol, gw_ws *ws);

#endif
