/* SPDX-License-Identifier: MIT */
/* Publish and subscribe by topic, among the WebSockets of a server. A topic is to them what a room
 * is to the sockets of Socket.IO, so the same tables hold them. */
#ifndef GW_SERVER_WS_TOPICS_H
#define GW_SERVER_WS_TOPICS_H

#include <godwit/ws.h>

/* A subscriber that goes away. */
void gw_ws_topics_leave_all(gw_ws *ws);

#endif
