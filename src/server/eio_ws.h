/* SPDX-License-Identifier: MIT */
/* The WebSocket transport of Engine.IO: one packet a message. */
#ifndef GW_SERVER_EIO_WS_H
#define GW_SERVER_EIO_WS_H

#include "eio/check.h"
#include "server/engine.h"

extern const struct gw_ws_sink gw_eio_ws_sink;

/* sid: of the session to open, else NULL.
 *
 * Serves an upgrade request that the engine's check has let through: opens a session, joins one as
 * its candidate, or takes the connection only to close it. */
void gw_eio_ws_serve(struct gw_engine *engine, struct gw_exchange *exchange,
                     const struct gw_eio_check *check, const char *sid);

#endif
