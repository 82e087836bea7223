/* SPDX-License-Identifier: MIT */
#include "server/ws_phase.h"

#include "base/mem.h"
#include "server/server.h"

static void on_bytes(struct gw_conn *conn, uint8_t *bytes, size_t len)
{
    gw_ws_on_bytes(conn->state, bytes, len);
}

static void on_end(struct gw_conn *conn)
{
    gw_ws_on_end(conn->state);
}

static void on_drain(struct gw_conn *conn)
{
    gw_ws_on_drain(conn->state);
}

static void on_deadline(struct gw_conn *conn)
{
    gw_ws_on_deadline(conn->state);
}

static void on_stop(struct gw_conn *conn)
{
    gw_ws_start_close(conn->state, GW_WS_CLOSE_GOING_AWAY, (struct gw_slice){0});
}

static void on_closed(struct gw_conn *conn)
{
    const char *why = gw_ws_why(conn->state);

    if (why)
        gw_log_write(&conn->server->log, GW_LOG_DEBUG, "websocket_failed why=\"%s\"", why);
    gw_ws_dispose(conn->state);
    gw_mem_free(conn->state);
}

const struct gw_phase gw_ws_phase = {
    .on_bytes = on_bytes,
    .on_end = on_end,
    .on_drain = on_drain,
    .on_deadline = on_deadline,
    .on_stop = on_stop,
    .on_closed = on_closed,
};
