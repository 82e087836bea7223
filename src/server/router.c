/* SPDX-License-Identifier: MIT */
#include "server/router.h"

#include "base/mem.h"

void gw_router_init(struct gw_router *router)
{
    gw_list_init(&router->routes);
}

static void destroy_data(const struct gw_tenant *tenant, void *data)
{
    if (tenant->destroy)
        tenant->destroy(data);
}

void gw_router_dispose(struct gw_router *router)
{
    struct gw_list *node;

    while ((node = gw_list_pop(&router->routes))) {
        struct gw_route *route = container_of(node, struct gw_route, node);

        destroy_data(route->tenant, route->data);
        gw_mem_free(route);
    }
}

int gw_router_add_take(struct gw_router *router, const char *method, struct gw_slice path,
                       bool is_prefix, const struct gw_tenant *tenant, void *data)
{
    struct gw_route *route;

    if (path.len == 0 || path.ptr[0] != '/' ||
        (method && strlen(method) >= sizeof(route->method))) {
        destroy_data(tenant, data);
        return GW_E_ARG;
    }
    route = gw_mem_zalloc(sizeof(*route) + path.len);
    if (!route) {
        destroy_data(tenant, data);
        return GW_E_NOMEM;
    }
    route->tenant = tenant;
    route->data = data;
    if (method)
        memcpy(route->method, method, strlen(method));
    route->is_prefix = is_prefix;
    route->path_len = path.len;
    memcpy(route->path, path.ptr, path.len);
    gw_list_push(&router->routes, &route->node);
    return GW_OK;
}

static bool path_matches(const struct gw_route *route, struct gw_slice path)
{
    if (route->is_prefix ? path.len < route->path_len : path.len != route->path_len)
        return false;
    return memcmp(path.ptr, route->path, route->path_len) == 0;
}

static bool method_matches(const struct gw_route *route, struct gw_slice method)
{
    if (route->method[0] == '\0' || gw_slice_equal(gw_slice_of(route->method), method))
        return true;
    return gw_slice_equal(method, GW_LIT("HEAD")) && strcmp(route->method, "GET") == 0;
}

/* An exact path beats a prefix of the same length. */
static bool is_closer(const struct gw_route *route, const struct gw_route *best)
{
    if (!best || route->path_len != best->path_len)
        return !best || route->path_len > best->path_len;
    return !route->is_prefix && best->is_prefix;
}

const struct gw_route *gw_router_find(const struct gw_router *router, struct gw_slice method,
                                      struct gw_slice path, bool *is_path_known)
{
    const struct gw_route *best = NULL;

    *is_path_known = false;
    for (const struct gw_list *node = router->routes.next; node != &router->routes;
         node = node->next) {
        const struct gw_route *route = container_of(node, struct gw_route, node);

        if (!path_matches(route, path))
            continue;
        *is_path_known = true;
        if (method_matches(route, method) && is_closer(route, best))
            best = route;
    }
    return best;
}
