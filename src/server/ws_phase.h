/* SPDX-License-Identifier: MIT */
/* A connection that speaks WebSocket. Its state is a gw_ws, which stands first in
 * its owner's block of memory. */
#ifndef GW_SERVER_WS_PHASE_H
#define GW_SERVER_WS_PHASE_H

#include "server/conn.h"
#include "wire/ws.h"

extern const struct gw_phase gw_ws_phase;

#endif
