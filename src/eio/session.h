/* SPDX-License-Identifier: MIT */
/* One Engine.IO connection, whatever carries it: packets in, messages up, messages out, one
 * deadline.
 *
 * Who calls what
 *     server         gw_eio_engine_open, _attach, _receive_text, _receive_binary,
 *                    _transport_closed, _tick; at the end of the turn eio/engine.h
 *     layer above    _set_handlers, _begin and _commit, _send, _close, _discard, _is_writable
 *     eio/polling.c  _receive, _receive_error, _peer_closed, _transport_closed, _flush
 *
 * Sending never calls a handler: a session that cannot be sent to any more (memory,
 * max_queued_bytes) is closed at the end of the turn. Handlers run inside the receive functions,
 * _transport_closed, _tick, _close, _discard and gw_eio_engine_end_turn. Everything may be called
 * inside them. A closed session stays valid until gw_eio_engine_reap; every call on it is harmless.
 */
#ifndef GW_EIO_SESSION_H
#define GW_EIO_SESSION_H

#include "base/ids.h"
#include "base/list.h"
#include "base/map.h"
#include "eio/heartbeat.h"
#include "eio/packet.h"
#include "eio/queue.h"
#include "eio/transport.h"
#include "eio/upgrade.h"

#include <godwit/cause.h>

struct gw_eio_engine;

enum gw_eio_reason {
    GW_EIO_TRANSPORT_CLOSE, /* the peer went: TCP end, close frame, `1` over polling */
    GW_EIO_TRANSPORT_ERROR, /* the transport's rules were broken, or it failed; detail says which */
    GW_EIO_PING_TIMEOUT,
    GW_EIO_PARSE_ERROR,
    GW_EIO_FORCED_CLOSE, /* _close or _discard */
};

enum gw_eio_session_state {
    GW_EIO_SESSION_OPEN,
    GW_EIO_SESSION_CLOSING, /* _close was called; what is queued still has to go. Takes and gives no
                               messages any more */
    GW_EIO_SESSION_CLOSED,
};

struct gw_eio_session_handlers {
    /* A message (type MESSAGE, text or binary), in order. Everything in it is borrowed until the
     * handler returns. */
    void (*on_message)(struct gw_eio_session *session, const struct gw_eio_packet *packet,
                       void *user);
    /* Exactly once, and last. The state is CLOSED. detail is a literal or NULL. */
    void (*on_close)(struct gw_eio_session *session, enum gw_eio_reason reason, const char *detail,
                     void *user);
    /* The transport, which could not take more, has sent what it had. Only sending is allowed
     * here. */
    void (*on_drain)(struct gw_eio_session *session, void *user);
    /* The session now has another transport. */
    void (*on_upgrade)(struct gw_eio_session *session, void *user);
};

/* Allocated by the engine. At most 200 bytes: there is one for every idle connection. */
struct gw_eio_session {
    char sid[GW_ID_LEN]; /* no NUL. A secret between the peer and us */
    uint8_t revision;    /* enum gw_eio_revision */
    uint8_t state;       /* enum gw_eio_session_state */
    int8_t failure; /* private: enum gw_err that ends the session at the end of the turn, or 0 */
    uint8_t cause;  /* enum gw_cause: what will have been the cause when it closes. See _blame */
    struct gw_eio_engine *engine;
    struct gw_eio_transport *transport; /* never NULL until CLOSED */
    /* private */
    struct gw_eio_transport *candidate; /* while an upgrade is running */
    struct gw_map_node by_sid;
    struct gw_list turn; /* in the engine's list of sessions with work at the end of the turn, or in
                            its graveyard */
    const struct gw_eio_session_handlers *handlers;
    void *user;
    struct gw_eio_heartbeat heartbeat;
    struct gw_eio_upgrade upgrade;
    struct gw_eio_queue queue; /* empty while the transport is a stream */
    /* CLOSING and all sent: how long we wait for a GET that can carry the `1`; else UINT64_MAX. */
    uint64_t drain_deadline_ms;
    uint64_t told_deadline_ms; /* what the hook on_deadline heard last */
};

/* Whoever sees first why the session will end says so. */
static inline void gw_eio_session_blame(struct gw_eio_session *session, enum gw_cause cause)
{
    if (session->cause == GW_CAUSE_NONE)
        session->cause = (uint8_t)cause;
}

/* NULL entries mean "don't care". handlers must outlive the session. Without handlers messages are
 * dropped. */
void gw_eio_session_set_handlers(struct gw_eio_session *session,
                                 const struct gw_eio_session_handlers *handlers, void *user);

/* Sending: messages of one session go out in the order of the calls, whichever of the two ways is
 * used. */

/* The way without allocation, for one receiver. Place for the len payload bytes of one message (the
 * `4` is already there). The caller fills all of it and then calls _commit, with no other eio call
 * in between. NULL: the session is not OPEN, or it failed and will close at the end of the turn. */
uint8_t *gw_eio_session_begin(struct gw_eio_session *session, bool is_binary, size_t len);
void gw_eio_session_commit(struct gw_eio_session *session);
/* The way for many receivers: takes references of its own where it must keep the message. 0;
 * GW_E_CLOSED: not OPEN; GW_E_NOMEM or GW_E_LIMIT: the session failed and will close at the end of
 * the turn. */
int gw_eio_session_send(struct gw_eio_session *session, struct gw_eio_message *message);

/* For peers that wait for one message at a time, and lose what comes in one read with it. True:
 * what has been sent so far has left; false, also where it cannot be said (polling): nothing has
 * changed. */
bool gw_eio_session_send_now(struct gw_eio_session *session);
/* After that: what has been sent since leaves a moment later. Harmless when there is nothing. */
void gw_eio_session_postpone(struct gw_eio_session *session);

/* Orderly: what is queued goes out first, then the transport is closed; on_close with FORCED_CLOSE
 * comes inside this call where nothing has to be waited for (always with a stream), else later. No
 * effect unless OPEN. */
void gw_eio_session_close(struct gw_eio_session *session);
/* At once, inside this call: what is queued goes along only if a GET happens to wait. No effect on
 * a closed session. */
void gw_eio_session_discard(struct gw_eio_session *session);

/* Receiving, for stream transports. transport must be the session's own or its candidate. Text has
 * been checked to be UTF-8. Check transport->session before each call: it is NULL once the session
 * has let go. */
void gw_eio_session_receive_text(struct gw_eio_session *session, struct gw_eio_transport *transport,
                                 struct gw_slice text, uint64_t now_ms);
void gw_eio_session_receive_binary(struct gw_eio_session *session,
                                   struct gw_eio_transport *transport, struct gw_slice bytes,
                                   uint64_t now_ms);
/* One decoded packet. */
void gw_eio_session_receive(struct gw_eio_session *session, struct gw_eio_transport *transport,
                            const struct gw_eio_packet *packet, uint64_t now_ms);
/* What arrived is no packet: PARSE_ERROR, or an abandoned upgrade when it came on the candidate. */
void gw_eio_session_receive_error(struct gw_eio_session *session,
                                  struct gw_eio_transport *transport);

/* The transport is gone or has broken its own rules (WebSocket: after its decoder's error, with
 * TRANSPORT_ERROR and the literal why; after a close frame or the end of TCP, with
 * TRANSPORT_CLOSE): the session ends with that reason, or only the upgrade when it is the
 * candidate. ops->close is not called: what is still to be said, the transport says. */
void gw_eio_session_transport_closed(struct gw_eio_session *session,
                                     struct gw_eio_transport *transport, enum gw_eio_reason reason,
                                     const char *detail);
/* The peer sent `1` where that counts (polling): TRANSPORT_CLOSE, ops->close with
 * GW_EIO_CLOSE_BY_PEER. */
void gw_eio_session_peer_closed(struct gw_eio_session *session, const char *detail);
/* The engine ends it: ops->close with GW_EIO_CLOSE_BY_SERVER, on_close with reason and detail. */
void gw_eio_session_fail(struct gw_eio_session *session, enum gw_eio_reason reason,
                         const char *detail);

/* A second transport asks to take over (a WebSocket upgrade request that carries our sid, after its
 * 101). 0: it is the candidate, feed it like any transport. GW_E_REFUSED: another candidate is
 * there, or an upgrade was made, or the transport is a stream already; GW_E_CLOSED. After an error
 * the caller closes it (empty close frame); the session is not affected. */
int gw_eio_session_attach(struct gw_eio_session *session, struct gw_eio_transport *candidate,
                          uint64_t now_ms);
/* Whether _attach would take a candidate now. */
bool gw_eio_session_can_attach(const struct gw_eio_session *session);

/* Does what is due. Call it when the deadline has come; earlier is harmless. */
void gw_eio_session_tick(struct gw_eio_session *session, uint64_t now_ms);
/* When to call _tick; UINT64_MAX: never. The engine's hook on_deadline tells of every change. */
uint64_t gw_eio_session_deadline_ms(const struct gw_eio_session *session);

/* Sends what can be sent now; the engine calls it at the end of the turn, polling when a GET
 * arrives. */
void gw_eio_session_flush(struct gw_eio_session *session, uint64_t now_ms);

/* For engine.c: sends the open packet and starts the heartbeat. 0, GW_E_NOMEM or GW_E_LIMIT. */
int gw_eio_session_start(struct gw_eio_session *session, uint64_t now_ms);

/* Whether a volatile message would leave soon: OPEN, and the transport can take one now. */
bool gw_eio_session_is_writable(const struct gw_eio_session *session);
/* What has been sent but not left yet; streams that cannot say so have 0. */
uint64_t gw_eio_session_queued_bytes(const struct gw_eio_session *session);
/* What should have been sent found no place: the session ends with the turn. */
void gw_eio_session_out_of_memory(struct gw_eio_session *session);
/* Too much waits for the layer above's taste: the session ends with the turn. */
void gw_eio_session_overload(struct gw_eio_session *session);
/* For stream transports: what would not go before has gone. Tells the handlers and the engine's
 * hook. */
void gw_eio_session_drained(struct gw_eio_session *session);
/* The bytes that the layer in charge of sessions has behind each one
 * (gw_eio_options.session_extra_bytes), zeroed at birth. */
void *gw_eio_session_extra(struct gw_eio_session *session);
/* And back. */
struct gw_eio_session *gw_eio_session_of_extra(void *extra);
/* "transport close", "ping timeout", ...: the genuine words. */
const char *gw_eio_reason_text(enum gw_eio_reason reason);

#endif
