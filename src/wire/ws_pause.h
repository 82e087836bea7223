/* SPDX-License-Identifier: MIT */
/* Reading of a WebSocket stops and goes on. What had been read already
 * when it stopped waits here. */
#ifndef GW_WIRE_WS_PAUSE_H
#define GW_WIRE_WS_PAUSE_H

#include "wire/ws.h"

/* No more messages (nor pings, pongs, close frames) until gw_ws_resume_reading(); the peer is
 * held back by TCP. Both idempotent and fit for any callback. What waited comes at the end of
 * the turn, not inside the call. */
void gw_ws_pause_reading(gw_ws *ws);
void gw_ws_resume_reading(gw_ws *ws);

/* Bytes that come are kept, until the second call gives them to the decoder at the
 * end of its turn, unless reading is paused by then: for an owner who has something
 * to say before the first message. */
void gw_ws_hold_reading(gw_ws *ws);
void gw_ws_release_reading(gw_ws *ws);

/* For ws.c: bytes that came while ws->is_held. Without memory the connection is cut. */
void gw_ws_keep_unread(gw_ws *ws, uint8_t *bytes, size_t len);
/* For ws.c: the end of the stream has come. true: bytes wait before it,
 * it will be told behind them. */
bool gw_ws_keep_end(gw_ws *ws);
void gw_ws_drop_unread(gw_ws *ws);

#endif
