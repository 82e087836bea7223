/* SPDX-License-Identifier: MIT */
/* The compressors that all WebSockets of a loop share. */
#ifndef GW_WIRE_WS_POOL_H
#define GW_WIRE_WS_POOL_H

#include "net/loop.h"
#include "ws/compression.h"

/* Made at the first call, gone with the loop. NULL when memory has run out. */
struct gw_ws_compression_pool *gw_ws_pool_of(gw_loop *loop);

#endif
