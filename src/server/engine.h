/* SPDX-License-Identifier: MIT */
/* An Engine.IO engine tied to a loop, its HTTP and its WebSockets: the public gw_engine.
 * Who takes its sessions is its guest's affair: Socket.IO (io_host.c), or the
 * application itself (bare_engine.c). */
#ifndef GW_SERVER_ENGINE_H
#define GW_SERVER_ENGINE_H

#include "codec/deflate.h"
#include "eio/engine.h"
#include "http/cookie.h"
#include "http/cors.h"
#include "net/timer.h"
#include "server/client_bundle.h"
#include "server/engine_hooks.h"
#include "server/exchange.h"
#include "server/poll_compression.h"
#include "server/proxies.h"
#include "server/server.h"
#include "wire/ws.h"

#include <godwit/sio.h>

/* Behind every session. */
struct gw_engine_session_extra {
    struct gw_timer timer;  /* for its deadline */
    uint32_t watcher_count; /* of hooks[GW_ENGINE_SESSION]: those who were told on_open */
    bool has_timer;         /* it is initialised */
};

/* The last two may be NULL. */
struct gw_engine_guest {
    const char *name; /* what could not be attached, when it could not */
    const char *default_path;
    /* A session has been opened for this request: takes it
     * (gw_eio_session_set_handlers). Negative: it is discarded. */
    int (*on_session)(struct gw_engine *engine, struct gw_eio_session *session,
                      const struct gw_http_request *request, const struct gw_client *client);
    /* The end of each turn with work in it, and the reaping. */
    void (*end_turn)(struct gw_engine *engine);
    void (*reap)(struct gw_engine *engine);
};

struct gw_engine {
    struct gw_server_part part;
    const struct gw_engine_guest *guest;
    gw_server *server;
    struct gw_eio_engine eio;
    struct gw_http_cors cors;
    struct gw_http_cookie cookie; /* name absent: none is set */
    struct gw_buf cookie_value;
    struct gw_buf texts; /* what cors and cookie point into */
    struct gw_slice *cors_origins;
    struct gw_client_bundle bundle; /* the guest's to open */
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
    int begin_error;                /* of a WebSocket whose begin has just failed; 0: no memory */
    struct gw_loop_hook end_hook, reap_hook;
    uint64_t refusal_log_ms; /* when the next line about a full engine may be written */
    size_t path_len;         /* of the path with its trailing slash */
};

/* In a turn; outside of one it is the time of the last, unless gw_loop_now_ms was asked since. */
static inline uint64_t gw_engine_now_ms(const struct gw_engine *engine)
{
    return engine->server->loop->now_ms;
}

static inline struct gw_engine *gw_engine_of(const struct gw_eio_session *session)
{
    return container_of(session->engine, struct gw_engine, eio);
}

/* engine is zeroed; nothing of it can be reached from outside yet. 0, or an error that
 * gw_engine_fail then tells; gw_engine_dispose in either case. */
int gw_engine_init(struct gw_engine *engine, gw_server *server, const struct gw_engine_guest *guest,
                   const struct gw_io_options *options);
/* Puts it on the server, which calls part's functions from then on. 0,
 * GW_E_IN_USE, GW_E_ARG or GW_E_NOMEM. */
int gw_engine_start(struct gw_engine *engine, const struct gw_io_options *options);
/* Frees what is in it, its sessions included; the guest has let go of them before. */
void gw_engine_dispose(struct gw_engine *engine);
/* What gw_server_error() says of an engine that could not be attached, unless
 * something better has been said. */
void gw_engine_fail(const struct gw_engine *engine, int err);

/* There is work for the end of this turn. */
void gw_engine_need_turn(struct gw_engine *engine);

/* Takes over what options say, defaults filled in. 0, GW_E_ARG or GW_E_NOMEM;
 * gw_engine_dispose_options in either case. */
int gw_engine_fill_options(struct gw_engine *engine, const struct gw_io_options *options,
                           struct gw_eio_options *eio);
void gw_engine_dispose_options(struct gw_engine *engine);

/* The id of a new session. false: the application made none that is of use. */
bool gw_engine_make_sid(struct gw_engine *engine, struct gw_exchange *exchange,
                        char out[static GW_ID_LEN]);
/* A handshake was refused for want of room: says so, now and then. */
void gw_engine_log_refusal(struct gw_engine *engine);
/* A new session was opened for this request: gives it to the guest. On
 * failure the session is closed. */
void gw_engine_welcome(struct gw_engine *engine, struct gw_eio_session *session,
                       struct gw_exchange *exchange);

#endif
