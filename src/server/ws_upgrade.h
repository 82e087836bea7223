/* SPDX-License-Identifier: MIT */
/* A handshake that the application answers, at once or later: the public gw_ws_upgrade. */
#ifndef GW_SERVER_WS_UPGRADE_H
#define GW_SERVER_WS_UPGRADE_H

#include "server/ws_endpoint.h"

/* Asks the application's on_upgrade. */
void gw_ws_upgrade_ask(struct gw_ws_endpoint *endpoint, struct gw_exchange *exchange,
                       const struct gw_ws_handshake *handshake);
/* The client of exchange has gone. */
void gw_ws_upgrade_abort(struct gw_exchange *exchange);
/* Takes back what the application has not answered. */
void gw_ws_upgrade_drop_all(struct gw_ws_endpoint *endpoint);

#endif
