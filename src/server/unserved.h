/* SPDX-License-Identifier: MIT */
/* Requests for an upgrade at a path that nobody serves, when the server is
 * Socket.IO's: "destroyUpgrade". */
#ifndef GW_SERVER_UNSERVED_H
#define GW_SERVER_UNSERVED_H

#include "server/router.h"

struct gw_server;

/* The route that ends them, or NULL: they are answered like any request. */
const struct gw_route *gw_unserved_route(const struct gw_server *server);

#endif
