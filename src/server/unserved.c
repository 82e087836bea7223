/* SPDX-License-Identifier: MIT */
#include "server/unserved.h"

#include "server/conn.h"
#include "server/exchange.h"
#include "server/server.h"

enum { LINGER_MS = 2000 };

static void on_request(struct gw_exchange *exchange, void *data)
{
    (void)data;
    gw_exchange_close_after(exchange);
    exchange->answer_timeout_ms = exchange->conn->server->unserved_upgrade_ms;
    if (gw_exchange_hold(exchange) < 0)
        gw_exchange_drop(exchange);
}

/* The time is over: the end of TCP comes in place of the answer that would follow now. */
static void on_abort(struct gw_exchange *exchange, void *data)
{
    (void)data;
    gw_conn_finish(exchange->conn, LINGER_MS);
}

static const struct gw_tenant tenant = {
    .on_request = on_request,
    .on_abort = on_abort,
};

static const struct gw_route route = {.tenant = &tenant};

const struct gw_route *gw_unserved_route(const struct gw_server *server)
{
    return server->unserved_upgrade_ms > 0 && !server->has_endpoints ? &route : NULL;
}
