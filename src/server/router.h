/* SPDX-License-Identifier: MIT */
/* Which of the server's tenants answers a request: the longest matching path wins. */
#ifndef GW_SERVER_ROUTER_H
#define GW_SERVER_ROUTER_H

#include "base/list.h"

#include <godwit/base.h>

struct gw_exchange;
struct gw_conn;

/* What a tenant (application route, files, WebSocket endpoint, Engine.IO) does with a request. */
struct gw_tenant {
    /* The head is in. May answer, refuse or upgrade now; else the body is gathered, up
     * to exchange->max_body_bytes, which it may lower or raise here, and on_request
     * follows. NULL: nothing to do. */
    void (*on_head)(struct gw_exchange *exchange, void *data);
    /* Head and body are in. Must answer, now or later. */
    void (*on_request)(struct gw_exchange *exchange, void *data);
    /* The body went over the limit. NULL: 413 and the connection closes. */
    void (*on_too_large)(struct gw_exchange *exchange, void *data);
    /* The connection ended before the answer was given, or before the request was
     * whole. NULL: nothing to do. */
    void (*on_abort)(struct gw_exchange *exchange, void *data);
    /* The router goes away. NULL: data is not owned. */
    void (*destroy)(void *data);
};

struct gw_route {
    struct gw_list node;
    const struct gw_tenant *tenant;
    void *data;
    char method[16]; /* "": any */
    size_t path_len;
    bool is_prefix;
    char path[];
};

struct gw_router {
    struct gw_list routes;
};

void gw_router_init(struct gw_router *router);
void gw_router_dispose(struct gw_router *router);

/* data passes to the router, also on failure. method NULL: any.
 * 0, GW_E_ARG or GW_E_NOMEM. */
int gw_router_add_take(struct gw_router *router, const char *method, struct gw_slice path,
                       bool is_prefix, const struct gw_tenant *tenant, void *data);

/* The route for a request, or NULL with *is_path_known telling 405 from 404. */
const struct gw_route *gw_router_find(const struct gw_router *router, struct gw_slice method,
                                      struct gw_slice path, bool *is_path_known);

#endif
