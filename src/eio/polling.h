/* SPDX-License-Identifier: MIT */
/* HTTP long-polling without the HTTP: which GET waits, which POST is being read, and what each is
 * answered.
 *
 * The server gives a handle for each request (its connection) and gets it back exactly once:
 *   GET   _poll. TAKEN: the handle is ours until answer() or drop() gives it back (perhaps before
 *         _poll returns) or until the server says _poll_aborted. BAD_REQUEST: never ours; the
 *         server answers 400 with an empty body.
 *   POST  _post_begin, as soon as the head has been read. TAKEN: read the body; ours until
 *         _post_end, _post_cancel or _post_aborted by the server, or until drop(). BAD_REQUEST as
 *         above (do not read the body). After _post_end with the whole body the server answers 200
 *         `ok`, whatever became of the session. A body beyond max_http_buffer_bytes: the server
 *         answers 413 with an empty body and calls _post_cancel.
 * Other methods: 500 with an empty body; nothing is called. */
#ifndef GW_EIO_POLLING_H
#define GW_EIO_POLLING_H

#include "base/list.h"
#include "eio/transport.h"

struct gw_eio_engine;

struct gw_eio_answer {
    struct gw_slice body;    /* the payload; borrowed for the call */
    bool is_octet_stream;    /* revision 3 only: application/octet-stream, else
                                text/plain; charset=UTF-8 */
    bool is_compress_wanted; /* some packet in it may be compressed */
};

/* The server's side. Both may run inside any call that takes the polling or its session, and inside
 * gw_eio_engine_end_turn. They may not call into eio. */
struct gw_eio_polling_handlers {
    /* Answer this GET: 200, Cache-Control: no-store, the body. */
    void (*answer)(void *poll, const struct gw_eio_answer *answer);
    /* Close the TCP connection of this GET or POST without an answer. */
    void (*drop)(void *request);
};

enum gw_eio_polling_result {
    GW_EIO_POLLING_TAKEN,
    GW_EIO_POLLING_BAD_REQUEST, /* 400, empty body; the session has closed: TRANSPORT_ERROR */
};

/* Allocated by the engine, and freed by gw_eio_engine_reap once the session has let go: only while
 * a session polls. */
struct gw_eio_polling {
    struct gw_eio_transport transport;
    /* private */
    struct gw_eio_engine *engine;
    const struct gw_eio_polling_handlers *handlers;
    void *poll;          /* the GET that waits; NULL: none */
    void *post;          /* the POST whose body is being read; NULL: none */
    struct gw_list turn; /* in the engine's graveyard after the session let go */
};

/* To be given to gw_eio_engine_open as &polling->transport; if that fails, to
 * gw_eio_polling_destroy. NULL: no memory. */
struct gw_eio_polling *gw_eio_polling_create(struct gw_eio_engine *engine,
                                             const struct gw_eio_polling_handlers *handlers);
/* For the engine at reap, and for one that no session has got. NULL is fine. */
void gw_eio_polling_destroy(struct gw_eio_polling *polling);
/* The polling that carries session; NULL when something else does, or when it is closed. */
struct gw_eio_polling *gw_eio_polling_of(const struct gw_eio_session *session);

/* A GET arrived (the one of the handshake too, after gw_eio_engine_open and whatever the layer
 * above wants to send in the same payload). poll is not NULL. What is queued is answered at once;
 * else the GET is held. */
enum gw_eio_polling_result gw_eio_polling_poll(struct gw_eio_polling *polling, void *poll,
                                               uint64_t now_ms);
/* The connection of the waiting GET is gone: the session ends, TRANSPORT_ERROR. */
void gw_eio_polling_poll_aborted(struct gw_eio_polling *polling);

/* A POST arrived. post is not NULL. is_octet_stream: its Content-Type is exactly
 * application/octet-stream. */
enum gw_eio_polling_result gw_eio_polling_post_begin(struct gw_eio_polling *polling, void *post,
                                                     bool is_octet_stream);
/* Its whole body: the packets are delivered inside this call. The server then answers 200,
 * text/html, `ok`. */
void gw_eio_polling_post_end(struct gw_eio_polling *polling, struct gw_slice body, uint64_t now_ms);
/* The server has answered the POST with an error of its own (413): the session goes on as if it had
 * not come. */
void gw_eio_polling_post_cancel(struct gw_eio_polling *polling);
/* Its connection is gone before the body was: the session ends, TRANSPORT_ERROR. */
void gw_eio_polling_post_aborted(struct gw_eio_polling *polling);

#endif
