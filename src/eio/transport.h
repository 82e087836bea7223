/* SPDX-License-Identifier: MIT */
/* What a session knows of its carrier: something that takes packets and can be closed.
 *
 * The other direction are plain calls: a stream transport (WebSocket) gives what arrives to
 * gw_eio_session_receive_text and _binary and its end to gw_eio_session_transport_closed; polling
 * does so inside eio/polling.c.
 *
 * Lifetime. The transport belongs to the server (WebSocket: to its connection) or, polling, to the
 * engine. A session holds it from gw_eio_engine_open or gw_eio_session_attach until one of two
 * things, whichever comes first; then transport->session is NULL and eio never touches the
 * transport again:
 *   - the transport tells its end (gw_eio_session_transport_closed): ops->close is not called;
 *   - the session lets go (end of session, switch, abandoned candidate): ops->close is called,
 *     once.
 *
 * All functions are called with transport->session set. None may call into the session. */
#ifndef GW_EIO_TRANSPORT_H
#define GW_EIO_TRANSPORT_H

#include "eio/message.h"
#include "eio/queue.h"

struct gw_eio_session;
struct gw_eio_transport;

enum gw_eio_transport_kind { GW_EIO_POLLING, GW_EIO_WEBSOCKET };

enum gw_eio_close_how {
    GW_EIO_CLOSE_BY_SERVER, /* WebSocket: close frame without a status code; polling: a waiting GET
                               gets `1` */
    GW_EIO_CLOSE_BY_PEER,   /* the peer sent `1`, so polling only: a waiting GET gets `6` */
};

struct gw_eio_transport_ops {
    enum gw_eio_transport_kind kind;
    /* A stream takes a packet at any time; the others (polling) only now and then, by flush. */
    bool is_stream;

    /* Streams only. A place for one message of len bytes (`4` included), its frame header already
     * written in front; the session fills it and calls commit at once, nothing in between. Sent at
     * the end of the turn. NULL: no memory, or more than max_queued_bytes would wait; the session
     * then closes at the end of the turn. */
    uint8_t *(*begin)(struct gw_eio_transport *transport, bool is_binary, size_t len);
    void (*commit)(struct gw_eio_transport *transport);
    /* Streams only. Why the call to begin that has just been gave NULL: GW_E_NOMEM, GW_E_LIMIT, or
     * GW_E_CLOSED (its end is about to be told). NULL: it is always the limit. */
    int (*begin_error)(const struct gw_eio_transport *transport);
    /* Streams only. One shared message; takes references of its own. 0, or what begin_error
     * says. */
    int (*send)(struct gw_eio_transport *transport, struct gw_eio_message *message);

    /* Streams only; NULL, both: it cannot. What was sent leaves at once and calls nobody back: true
     * when all of it has. What is sent in this turn leaves a moment later, or with what is sent
     * next. */
    bool (*send_now)(struct gw_eio_transport *transport);
    void (*postpone)(struct gw_eio_transport *transport);

    /* Streams only. What was sent and has not left yet; NULL: it cannot say. */
    uint64_t (*queued_bytes)(const struct gw_eio_transport *transport);

    /* Not for streams. Takes what goes together out of queue when is_writable; called at the end of
     * the turn. 0 or GW_E_NOMEM. */
    int (*flush)(struct gw_eio_transport *transport, struct gw_eio_queue *queue);
    /* Not for streams. Lets the peer's waiting request go with a noop; harmless when none waits. */
    void (*nudge)(struct gw_eio_transport *transport);

    /* Polling: a GET waits. Stream: what was sent before has left, so a volatile message would not
     * pile up. */
    bool (*is_writable)(const struct gw_eio_transport *transport);
    /* The session lets go. A stream sends what it has taken so far, then its close, and ignores
     * queue. Polling puts queue, what the session still had to send, in front of its last word. */
    void (*close)(struct gw_eio_transport *transport, enum gw_eio_close_how how,
                  struct gw_eio_queue *queue);
};

/* Embedded in the carrier's own object; container_of leads back. */
struct gw_eio_transport {
    const struct gw_eio_transport_ops *ops;
    struct gw_eio_session *session; /* eio's: NULL before it is attached and after it was let go */
};

/* "polling" or "websocket". */
const char *gw_eio_transport_name(enum gw_eio_transport_kind kind);

#endif
