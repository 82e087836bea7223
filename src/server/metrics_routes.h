/* SPDX-License-Identifier: MIT */
/* What the routes of a server count: Engine.IO, the Socket.IO on it, WebSocket endpoints. */
#ifndef GW_SERVER_METRICS_ROUTES_H
#define GW_SERVER_METRICS_ROUTES_H

#include "server/metrics_text.h"
#include "server/router.h"

#include <godwit/sio.h>

struct gw_engine;

enum gw_metrics_route_kind {
    GW_METRICS_ENGINES,
    GW_METRICS_IOS, /* the engines that carry Socket.IO */
    GW_METRICS_ENDPOINTS,
};

/* The next of that kind behind `previous`, or the first (NULL); NULL: there is none. */
const struct gw_route *gw_metrics_routes_next(const gw_server *server,
                                              enum gw_metrics_route_kind kind,
                                              const struct gw_route *previous);
/* Of one of GW_METRICS_ENGINES, and of one of GW_METRICS_IOS. */
const struct gw_engine *gw_metrics_engine_of(const struct gw_route *route);
gw_io *gw_metrics_io_of(const struct gw_route *route);

/* Writes all their families. Of a gw_io's namespaces max_namespaces have samples of their own, and
 * the others one together. */
void gw_metrics_routes_write(struct gw_metrics_text *text, const gw_server *server,
                             uint32_t max_namespaces);

#endif
