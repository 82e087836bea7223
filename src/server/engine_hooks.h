/* SPDX-License-Identifier: MIT */
/* What an application has asked to hear of the engine under its gw_io, or a
 * bare one, and how it is told. */
#ifndef GW_SERVER_ENGINE_HOOKS_H
#define GW_SERVER_ENGINE_HOOKS_H

#include "eio/check.h"
#include "server/exchange.h"

#include <godwit/engine.h>

enum gw_engine_hook_kind {
    GW_ENGINE_USE,
    GW_ENGINE_INITIAL_HEADERS,
    GW_ENGINE_HEADERS,
    GW_ENGINE_ERROR,
    GW_ENGINE_SESSION,
    GW_ENGINE_HOOK_KINDS,
};

struct gw_engine_hook {
    union {
        gw_engine_use_fn *use;
        gw_engine_headers_fn *headers;
        gw_engine_error_fn *error;
        const struct gw_session_handlers *session;
    };
    void *user;
};

/* A list that only grows; a hook added while they run comes last. */
struct gw_engine_hooks {
    struct gw_engine_hook *items;
    size_t count;
    size_t capacity;
};

void gw_engine_hooks_dispose(struct gw_engine_hooks *hooks);

/* Lets the application add fields to a successful answer. */
void gw_engine_tell_headers(struct gw_engine *engine, struct gw_exchange *exchange,
                            bool is_initial);
/* A request is refused; the answer is the caller's. */
void gw_engine_tell_error(struct gw_engine *engine, struct gw_exchange *exchange,
                          const struct gw_eio_check *refusal);

/* The session has been opened for this request, and taken by the guest. */
void gw_engine_tell_open(struct gw_eio_session *session, struct gw_exchange *exchange);
/* on_message of gw_eio_session_handlers, of sessions that belong to nobody else. */
void gw_engine_tell_message(struct gw_eio_session *session, const struct gw_eio_packet *packet,
                            void *user);
/* Entries of gw_eio_engine_hooks. */
void gw_engine_tell_upgrading(struct gw_eio_session *session);
void gw_engine_tell_upgrade(struct gw_eio_session *session);
void gw_engine_tell_drain(struct gw_eio_session *session);
void gw_engine_tell_close(struct gw_eio_session *session, enum gw_eio_reason reason,
                          const char *detail);

#endif
