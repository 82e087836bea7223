/* SPDX-License-Identifier: MIT */
/* What gw_io_attach makes: an Engine.IO engine and a Socket.IO server, tied to a loop, its HTTP and its WebSockets. */
#ifndef GW_SERVER_IO_HOST_H
#define GW_SERVER_IO_HOST_H

#include "eio/engine.h"
#include "http/cors.h"
#include "net/timer.h"
#include "server/client_bundle.h"
#include "server/exchange.h"
#include "server/server.h"
#include "sio/io.h"
#include "wire/ws.h"

struct gw_io_host {
    struct gw_server_part part;
    gw_server *server;
    gw_io *io;
    struct gw_eio_engine engine;
    struct gw_ids ids; /* of sockets, apart from those of sessions */
    struct gw_http_cors cors;
    void *cors_memory;
    struct gw_client_bundle bundle;
    struct gw_ws_setup ws_setup;
    struct gw_loop_hook end_hook, reap_hook;
    struct gw_timer timer; /* for gw_io_deadline_ms */
    uint64_t timer_at_ms;
    size_t path_len; /* of the path with its trailing slash */
};

static inline uint64_t gw_io_host_now_ms(const struct gw_io_host *host)
{
    return host->server->loop->now_ms;
}

/* The requests below the path: eio_http.c. */
extern const struct gw_tenant gw_eio_http_tenant;

/* A new session was opened for this request: joins it to Socket.IO. On failure the session is closed. */
void gw_io_host_welcome(struct gw_io_host *host, struct gw_eio_session *session,
                        const struct gw_exchange *exchange);

#endif
