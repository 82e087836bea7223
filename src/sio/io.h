/* SPDX-License-Identifier: MIT */
/* One Socket.IO server without a network: namespaces, and a link for each Engine.IO session.
 * Whoever owns the loop creates it, opens a link for each session, and calls it at the end of
 * each turn. */
#ifndef GW_SIO_IO_H
#define GW_SIO_IO_H

#include "base/buf.h"
#include "base/ids.h"
#include "base/list.h"
#include "base/map.h"
#include "base/rate.h"
#include "sio/counts.h"
#include "sio/handlers.h"
#include "sio/leavers.h"
#include "sio/target.h"
#include "sio/timeouts.h"

#include <godwit/pressure.h>
#include <godwit/sio.h>

struct gw_eio_session;
struct gw_sio_adapter;
struct gw_sio_parser;
struct gw_sio_passage;
struct gw_sio_recovery;

/* What the pure room cannot know by itself. */
struct gw_io_env {
    struct gw_ids *ids; /* outlives the gw_io */
    uint64_t seed[2];   /* of the hash maps; secret */
    /* Where the loop keeps its time in ms; read only, outlives the gw_io. A pointer, because the
     * calls of an application bring no time along. */
    const uint64_t *now_ms;
    uint64_t unix_base_ms; /* time since 1970 minus *now_ms */
    /* gw_io_end_turn and gw_io_reap have something to do, or gw_io_deadline_ms may have come
     * nearer. Often, also outside a turn, where it brings *now_ms up to date; may not call into
     * sio. NULL: the caller asks each turn. */
    void (*on_work)(void *user);
    /* A connected socket is about to go, for gw_socket_cause(); may not call into sio otherwise.
     * May be NULL. */
    void (*on_leave)(const gw_socket *socket, enum gw_reason reason, const char *detail,
                     void *user);
    /* A limit was reached; may not call into sio. May be NULL. */
    void (*on_limit)(const struct gw_sio_limit_hit *hit, void *user);
    /* An emit of that event, a question or an answer was refused with GW_E_ARG; may not call into
     * sio. May be NULL. */
    void (*on_bad_emit)(struct gw_slice event, void *user);
    void *user;
};

/* The session's first request; borrowed for the call. */
struct gw_sio_request {
    struct gw_slice url;     /* target, with the query */
    struct gw_slice query;   /* its end, behind the '?' */
    struct gw_slice address; /* peer's IP address as text */
    const struct gw_header *fields;
    size_t field_count;
    bool is_secure;
};

struct gw_io {
    /* private */
    struct gw_io_options
        options; /* defaults filled in; its pointers are not the gw_io's business */
    struct gw_io_env env;

    gw_namespace *main;
    struct gw_map namespaces;      /* gw_namespace.by_name */
    struct gw_list namespace_list; /* gw_namespace.node, in the order of creation */
    struct gw_list parents;        /* gw_namespace.node of those that clients cannot join */
    uint64_t parent_count;
    size_t child_count;                    /* namespaces that clients made and nobody else holds */
    struct gw_list idle_namespaces;        /* gw_namespace.idle */
    struct gw_list matches;                /* gw_match.node: predicates that still owe their word */
    struct gw_sio_listeners new_namespace; /* gw_on_namespace_fn */
    struct gw_sio_dead_listeners dead_listeners; /* freed by gw_io_reap */
    /* Of the namespaces that are made from now on. */
    const struct gw_sio_adapter *adapter;

    struct gw_sio_recovery *recovery; /* NULL: off */
    struct gw_pressure_stats pressure;

    const struct gw_sio_parser *parser; /* NULL: the protocol's own form */
    struct gw_list links;               /* gw_sio_link.node, all that have a session */
    size_t link_count;
    /* Links that have joined nothing yet, and packets that wait for attachments. Each of the two
     * lists has one fixed time-out, so the order of arrival is the order of the deadlines and no
     * timer is needed for each. */
    struct gw_list joining;
    struct gw_list receiving;
    uint32_t joining_count;
    struct gw_sio_timeouts timeouts; /* of acks, which may each have another */

    struct gw_sio_arena arena; /* filters of targets; empty again at the end of the turn */
    uint64_t epoch;            /* number of the last broadcast, see gw_socket.epoch */

    struct gw_buf name;  /* an event's name that had to be decoded */
    struct gw_buf quote; /* an event's name that had to be escaped */
    /* A packet that came in another form than JSON, and slices of its attachments; good for its
     * handlers. Each up to max_packet_bytes. */
    struct gw_buf parsed, parsed_slices;
    struct gw_sio_passage *passage; /* an event at functions that may replace it; NULL: none */

    struct gw_list dead_sockets; /* gw_socket.node; freed by gw_io_reap */
    struct gw_sio_leavers leavers;
    struct gw_list dead_links; /* gw_sio_link.node */
    struct gw_list nexts;      /* gw_next.node: middlewares that still owe their word */
    struct gw_list orphans;    /* gw_pending_ack.node of sockets that have gone */
    bool is_shut_down;

    struct gw_rate_limit event_rate; /* of each link */

    struct gw_sio_counts counts;   /* read only */
    struct gw_sio_sampler sampler; /* of whoever watches */
    /* A socket's data is another; NULL: nobody asks. */
    void (*on_data)(gw_socket *socket, void *user);
    void *on_data_user;
};

/* options may be NULL and are copied (what they point to is not looked at). NULL when memory has
 * run out. */
gw_io *gw_io_create(const struct gw_io_options *options, const struct gw_io_env *env);
/* Frees everything, without a word to the application; to be called before the engine is disposed
 * of, because sessions that are still open are told to forget their links. Not inside a callback.
 * NULL is fine. */
void gw_io_destroy(gw_io *io);

/* A session has been opened (its handshake is answered): makes a link and sets the session's
 * handlers and user. 0, GW_E_NOMEM, or GW_E_CLOSED after gw_io_shutdown; the caller closes the
 * session then. */
int gw_io_open_link(gw_io *io, struct gw_eio_session *session,
                    const struct gw_sio_request *request);

/* When gw_io_tick must be called at the latest; UINT64_MAX: never. Ask at the end of a turn with
 * on_work. */
uint64_t gw_io_deadline_ms(const gw_io *io);
/* Closes links whose time to join is over, and calls acks whose time is over. Harmless when
 * nothing is due. */
void gw_io_tick(gw_io *io);

/* After gw_eio_engine_end_turn, which may run handlers, and before the loop flushes: targets
 * made in this turn are gone. */
void gw_io_end_turn(gw_io *io);
/* Frees sockets and links that have gone. Nothing of sio may be on the stack. Before or after
 * the engine's own reaping. */
void gw_io_reap(gw_io *io);

/* Tells every socket "server shutting down" (disconnecting, disconnect) without a word on the
 * wire, and opens no more links; the caller closes the sessions afterwards. Idempotent. */
void gw_io_shutdown(gw_io *io);

static inline uint64_t gw_io_now_ms(const gw_io *io)
{
    return *io->env.now_ms;
}

static inline void gw_io_tell_work(gw_io *io)
{
    if (io->env.on_work)
        io->env.on_work(io->env.user);
}

/* One of the scratch buffers, empty. It may grow as the client likes until the end of the turn. */
static inline struct gw_buf *gw_io_begin_scratch(gw_io *io, struct gw_buf *scratch)
{
    gw_io_tell_work(io);
    gw_buf_reset(scratch);
    return scratch;
}

#endif
