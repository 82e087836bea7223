/* SPDX-License-Identifier: MIT */
/* What gw_io_attach makes: an Engine.IO engine and a Socket.IO server, tied to a loop, its HTTP and its WebSockets. */
#ifndef GW_SERVER_IO_HOST_H
#define GW_SERVER_IO_HOST_H

#include "codec/deflate.h"
#include "eio/engine.h"
#include "http/cookie.h"
#include "http/cors.h"
#include "net/timer.h"
#include "server/client_bundle.h"
#include "server/engine_hooks.h"
#include "server/exchange.h"
#include "server/poll_compression.h"
#include "server/server.h"
#include "sio/io.h"
#include "wire/ws.h"

/* Behind every session: the timer that its deadline needs. */
struct gw_io_session_extra {
    struct gw_timer timer;
    struct gw_eio_session *session; /* NULL: the timer is not initialised yet */
};

struct gw_io_host {
    struct gw_server_part part;
    gw_server *server;
    gw_io *io;
    struct gw_eio_engine engine;
    struct gw_ids ids; /* of sockets, apart from those of sessions */
    struct gw_http_cors cors;
    struct gw_http_cookie cookie; /* name absent: none is set */
    struct gw_buf cookie_value;
    struct gw_buf texts; /* what cors and cookie point into */
    struct gw_slice *cors_origins;
    struct gw_client_bundle bundle;
    struct gw_poll_compression poll_compression;
    struct gw_engine_hook allow_request; /* use NULL: everybody is let in */
    gw_generate_id_fn *generate_id;
    void *generate_id_user;
    struct gw_engine_hooks hooks[GW_ENGINE_HOOK_KINDS];
    uint64_t errors[GW_EIO_UNSUPPORTED_PROTOCOL_VERSION + 1]; /* requests refused, by code */
    struct gw_list nexts; /* gw_engine_next.node: not ended yet */
    struct gw_ws_setup ws_setup;
    struct gw_ws_deflate deflate;           /* ws_setup.deflate, if any */
    struct gw_deflate_options deflate_form; /* of those who have no wishes */
    struct gw_buf apart; /* one message, between the begin and the commit that compresses it */
    enum gw_ws_opcode apart_opcode; /* GW_WS_CONTINUATION: none */
    struct gw_loop_hook end_hook, reap_hook;
    struct gw_timer timer; /* for gw_io_deadline_ms */
    uint64_t timer_at_ms;
    uint64_t refusal_log_ms; /* when the next line about a full engine may be written */
    size_t path_len;         /* of the path with its trailing slash */
};

static inline uint64_t gw_io_host_now_ms(const struct gw_io_host *host)
{
    return host->server->loop->now_ms;
}

/* Of a gw_io that gw_io_attach has made. */
static inline struct gw_io_host *gw_io_host_of(gw_io *io)
{
    return io->env.user;
}

/* Takes over what options say, defaults filled in. 0, GW_E_ARG or GW_E_NOMEM; gw_io_host_dispose_options in either case. */
int gw_io_host_fill_options(struct gw_io_host *host, const struct gw_io_options *options,
                            struct gw_eio_options *engine);
void gw_io_host_dispose_options(struct gw_io_host *host);

/* The id of a new session. false: the application made none that is of use. */
bool gw_io_host_make_sid(struct gw_io_host *host, struct gw_exchange *exchange,
                         char out[static GW_ID_LEN]);
/* A handshake was refused for want of room: says so, now and then. */
void gw_io_host_log_refusal(struct gw_io_host *host);
/* A new session was opened for this request: joins it to Socket.IO. On failure the session is closed. */
void gw_io_host_welcome(struct gw_io_host *host, struct gw_eio_session *session,
                        struct gw_exchange *exchange);

#endif
