/* SPDX-License-Identifier: MIT */
/* All sessions of one shard, by sid, with the options they share. */
#ifndef GW_EIO_ENGINE_H
#define GW_EIO_ENGINE_H

#include "base/buf.h"
#include "base/ids.h"
#include "base/list.h"
#include "base/map.h"
#include "eio/counts.h"
#include "eio/session.h"

struct gw_eio_polling;

/* gw_eio_options_init gives the genuine defaults, in brackets. */
struct gw_eio_options {
    uint64_t ping_interval_ms;   /* from the pong (or the opening) to the next ping [25,000] */
    uint64_t ping_timeout_ms;    /* how long a pong may take [20,000] */
    uint64_t upgrade_timeout_ms; /* how long a candidate transport may take [10,000] */
    uint64_t polling_close_timeout_ms; /* how long a closing session waits for a GET [30,000] */
    /* One POST body or WebSocket message; announced as maxPayload [1,000,000]. */
    uint64_t max_http_buffer_bytes;
    /* Output that waits in one session [16 MiB]; more ends it. */
    uint64_t max_queued_bytes;
    /* Sessions at once [1,000,000]; the next handshake is refused. */
    uint32_t max_sessions;
    /* Packets of one POST [131,072: no client can fit so many events into 1,000,000 bytes]. */
    uint32_t max_payload_packets;
    uint32_t transports;        /* bits 1 << enum gw_eio_transport_kind [both] */
    bool can_upgrade;           /* [true] false announces none, but refuses none (as the genuine) */
    bool accepts_revision_3;    /* [false] not implemented yet: must be false */
    size_t session_extra_bytes; /* room behind each session for the server's own [0] */
};

/* The server's side. */
struct gw_eio_engine;
struct gw_eio_engine_hooks {
    /* From gw_eio_engine_open, before anything else happens to the session: make something of its
     * zeroed extra bytes. May not call into eio. */
    void (*on_create)(struct gw_eio_session *session);
    /* The session's deadline is another: arm its timer (UINT64_MAX: stop it). Never called for mere
     * messages; for the first time before gw_eio_engine_open returns. May not call into eio. */
    void (*on_deadline)(struct gw_eio_session *session, uint64_t deadline_ms);
    /* gw_eio_engine_end_turn and _reap have something to do, whoever called outside or inside a
     * turn. May not call into eio. */
    void (*on_work)(struct gw_eio_engine *engine);
    /* What happens to sessions, for whoever watches; anything may be called inside. A candidate has
     * been probed; a session has another transport; all that had waited in its queue was taken by
     * its transport; it has closed (after its handlers were told). */
    void (*on_upgrading)(struct gw_eio_session *session);
    void (*on_upgrade)(struct gw_eio_session *session);
    void (*on_drain)(struct gw_eio_session *session);
    void (*on_close)(struct gw_eio_session *session, enum gw_eio_reason reason, const char *detail);
    /* From gw_eio_engine_reap, or from dispose: the session is freed next; give back what the extra
     * bytes own. */
    void (*on_free)(struct gw_eio_session *session);
};

struct gw_eio_engine {
    struct gw_eio_options options;
    struct gw_eio_counts counts; /* read only */
    /* private */
    const struct gw_eio_engine_hooks *hooks;
    struct gw_map sessions;
    struct gw_ids ids;
    struct gw_list dirty;            /* sessions with work at the end of the turn */
    struct gw_list graveyard;        /* closed sessions */
    struct gw_list pollings;         /* pollings whose session let go */
    struct gw_eio_message *initial;  /* sent behind each open packet; NULL: none */
    struct gw_eio_message *ping;     /* shared by all that poll; made at first need */
    struct gw_eio_message *building; /* between _begin and _commit of a session that polls */
    struct gw_buf scratch;           /* a base64 packet, decoded */
    struct gw_buf text;              /* a POST body, repaired */
    struct gw_buf payload;           /* an answer */
    bool is_closed;
};

void gw_eio_options_init(struct gw_eio_options *options);

/* options are copied; hooks (entries may be NULL) must outlive the engine. */
void gw_eio_engine_init(struct gw_eio_engine *engine, const struct gw_eio_options *options,
                        const struct gw_eio_engine_hooks *hooks, gw_entropy_fn *entropy);
/* A message that every new session gets behind its open packet. Once. 0 or GW_E_NOMEM. */
int gw_eio_engine_set_initial(struct gw_eio_engine *engine, struct gw_slice data, bool is_binary);
/* Closes what is still open (without a word to anybody above: handlers are not called) and frees
 * everything. */
void gw_eio_engine_dispose(struct gw_eio_engine *engine);

/* A new session on transport: gets its sid, is found by it, sends its open packet, and its
 * heartbeat runs. Set its handlers next. NULL: no memory, max_sessions reached, or the engine is
 * closed; the transport is the caller's as before. */
struct gw_eio_session *gw_eio_engine_open(struct gw_eio_engine *engine,
                                          enum gw_eio_revision revision,
                                          struct gw_eio_transport *transport, uint64_t now_ms);
/* The same with a sid of the caller's, GW_ID_LEN characters that no other session has. */
struct gw_eio_session *gw_eio_engine_open_as(struct gw_eio_engine *engine,
                                             enum gw_eio_revision revision,
                                             struct gw_eio_transport *transport,
                                             const char sid[static GW_ID_LEN], uint64_t now_ms);
/* NULL: no such session, or it is closed. sid is decoded, any length. */
struct gw_eio_session *gw_eio_engine_find(const struct gw_eio_engine *engine, struct gw_slice sid);
/* Open and closing ones. */
size_t gw_eio_engine_session_count(const struct gw_eio_engine *engine);
/* Whether another handshake would be accepted. */
bool gw_eio_engine_has_room(const struct gw_eio_engine *engine);

/* End of the turn, before the streams are flushed: answers polls with all that was sent to them
 * during the turn, closes the sessions that failed. Handlers may run. True when they made new work:
 * call again. */
bool gw_eio_engine_end_turn(struct gw_eio_engine *engine, uint64_t now_ms);
/* Frees what has closed; no eio code may be on the stack. */
void gw_eio_engine_reap(struct gw_eio_engine *engine);
/* Discards every session (on_close with FORCED_CLOSE) and refuses new ones from now on. */
void gw_eio_engine_close(struct gw_eio_engine *engine);

/* For session.c and polling.c. */
void gw_eio_engine_mark_dirty(struct gw_eio_engine *engine, struct gw_eio_session *session);
void gw_eio_engine_bury(struct gw_eio_engine *engine, struct gw_eio_session *session);
void gw_eio_engine_bury_polling(struct gw_eio_engine *engine, struct gw_eio_polling *polling);
/* Give big working buffers back, apart: a poll may be answered while a POST is being delivered. */
void gw_eio_engine_trim_input(struct gw_eio_engine *engine);
void gw_eio_engine_trim_output(struct gw_eio_engine *engine);

#endif
