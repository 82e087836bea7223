/* SPDX-License-Identifier: MIT */
/* The engine under a gw_io: requests, headers, refusals and sessions, in the words of the JavaScript
 * library.
 *
 *     io.engine.use((req, res, next) => ...)            gw_engine_use(io, fn, user)
 *     allowRequest: (req, callback) => ...              gw_io_options.allow_request
 *     io.engine.on('initial_headers', (headers, req))   gw_engine_on_initial_headers(io, fn, user)
 *     io.engine.on('headers', (headers, req))           gw_engine_on_headers(io, fn, user)
 *     io.engine.on('connection_error', (err) => ...)    gw_engine_on_connection_error(io, fn, user)
 *     io.engine.on('connection', (conn) => ...)         gw_engine_on_session(io, &handlers, user)
 *     conn.on('upgrade', ...), 'drain', 'close'         the other entries of gw_session_handlers
 *     io.engine.clientsCount                            gw_io_client_count(io)
 *     socket.conn                                       gw_socket_session(socket)
 *     io.close()                                        gw_io_close(io)
 *
 * A program that registers nothing here pays nothing for it. Everything belongs to the thread of
 * the server's loop, and any call may be made inside any callback. */
#ifndef GODWIT_ENGINE_H
#define GODWIT_ENGINE_H

#include <godwit/server.h>
#include <godwit/sio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- requests ---- */

/* Asks fn about every request to io and every upgrade, in the order of the calls, before anything
 * else looks at it; preflights and the files of client_directory excepted. fn reads the request with
 * the gw_request calls of server.h, adds fields to whatever answer there will be with
 * gw_respond_field(), and ends with exactly one of the three calls below, at once or later. Until
 * then the request can be read; it has no body yet, and gw_respond() on it returns GW_E_ARG. Who
 * answers nothing for 30 s leaves the client with 503. gw_server_destroy() takes back what has not
 * been ended. 0 or GW_E_NOMEM. */
GW_API int gw_engine_use(gw_io *io, gw_engine_use_fn *fn, void *user);

/* Each of the three ends next, whatever has become of the client: that next must not be used again.
 *
 * Goes on: to the next function, then to the engine. */
GW_API void gw_engine_next_ok(gw_engine_next *next);
/* Refuses as the genuine server does. In gw_engine_use: code 3, "Bad request", and message is only
 * told to gw_engine_on_connection_error, in the context. In allow_request: code 4, and message is what the client
 * reads, "Forbidden" when it is NULL. */
GW_API void gw_engine_next_refuse(gw_engine_next *next, const char *message);
/* Answers the request itself: status 200 to 599; content_type may be NULL when body is empty. The
 * body is copied. The connection of an upgrade is closed behind it. 0; GW_E_ARG (status: next is
 * still to be ended); GW_E_CLOSED: the client has gone; GW_E_NOMEM: the connection is cut. */
GW_API int gw_engine_next_answer(gw_engine_next *next, int status, const char *content_type,
                                 struct gw_slice body);

/* ---- headers ---- */

/* The request can be read until fn returns, and gw_respond_field() adds to its answer. */
typedef void gw_engine_headers_fn(gw_request *request, void *user);

/* Calls fn for each successful handshake, whose answer (to the GET, or 101) is about to be made. The
 * cookie is set before, and fn can take it back with gw_respond_drop_field(). 0 or GW_E_NOMEM. */
GW_API int gw_engine_on_initial_headers(gw_io *io, gw_engine_headers_fn *fn, void *user);
/* Calls fn for each poll (when it comes, not when it is answered), each POST and each 101; for a
 * handshake after the functions above. 0 or GW_E_NOMEM. */
GW_API int gw_engine_on_headers(gw_io *io, gw_engine_headers_fn *fn, void *user);

/* ---- refusals ---- */

/* Why a request was refused; borrowed until the callback returns. */
struct gw_engine_error {
    gw_request *request;
    /* 0 Transport unknown, 1 Session ID unknown, 2 Bad handshake method, 3 Bad request, 4 Forbidden,
     * 5 Unsupported protocol version */
    int code;
    const char *message;      /* those words */
    const char *context_json; /* {"name":"TRANSPORT_MISMATCH",...}, with the genuine keys */
};

typedef void gw_engine_error_fn(const struct gw_engine_error *error, void *user);

/* Calls fn for each of them, before the answer is sent. The log says the same at GW_LOG_DEBUG. 0 or
 * GW_E_NOMEM. */
GW_API int gw_engine_on_connection_error(gw_io *io, gw_engine_error_fn *fn, void *user);

/* ---- sessions ---- */

/* What Socket.IO runs on: one client, whichever way its packets travel. Good from on_open until
 * on_close returns. */
typedef struct gw_eio_session gw_session;

/* Any entry may be NULL. */
struct gw_session_handlers {
    /* A handshake has succeeded; the client has not joined a namespace yet. request can be read until
     * it returns. */
    void (*on_open)(gw_session *session, gw_request *request, void *user);
    /* The client tries a WebSocket (it has been probed) while the session still polls. */
    void (*on_upgrading)(gw_session *session, void *user);
    /* It has changed over. */
    void (*on_upgrade)(gw_session *session, void *user);
    /* What had to wait has been handed on: a poll has taken all that was queued for it, or the kernel
     * takes a WebSocket's output again. */
    void (*on_drain)(gw_session *session, void *user);
    /* Once and last; its sockets have been told. detail as in gw_on_disconnect_fn. */
    void (*on_close)(gw_session *session, enum gw_reason reason, const char *detail, void *user);
};

/* Watches all sessions from now on. handlers must outlive the server (make it static const). 0 or
 * GW_E_NOMEM. */
GW_API int gw_engine_on_session(gw_io *io, const struct gw_session_handlers *handlers, void *user);

/* The session of a socket; NULL once it has closed. */
GW_API gw_session *gw_socket_session(const gw_socket *socket);
/* 20 characters, no NUL. A secret between the client and the server: who knows it can speak for the
 * client. */
GW_API struct gw_slice gw_session_id(const gw_session *session);
/* "polling" or "websocket"; "" in on_close. */
GW_API const char *gw_session_transport(const gw_session *session);
/* The revision of Engine.IO: 4. */
GW_API int gw_session_protocol(const gw_session *session);
/* Takes and gives messages: false from gw_session_close() on. */
GW_API bool gw_session_is_open(const gw_session *session);
GW_API bool gw_session_is_upgrading(const gw_session *session);
/* It began with polling and has changed over. */
GW_API bool gw_session_is_upgraded(const gw_session *session);
/* A poll waits, or the output of the WebSocket is empty. */
GW_API bool gw_session_is_writable(const gw_session *session);
/* Ends it once what is queued has gone out, with GW_REASON_FORCED_CLOSE. Idempotent. */
GW_API void gw_session_close(gw_session *session);
/* Ends it at once. Idempotent. */
GW_API void gw_session_discard(gw_session *session);

/* ---- the end ---- */

/* Ends one Socket.IO server of a gw_server that goes on: every socket is told ("server shutting
 * down"), every session closed, whoever comes later gets 503. gw_server_stop() does it for all.
 * Idempotent; the gw_io stays until the server is destroyed. */
GW_API void gw_io_close(gw_io *io);

#ifdef __cplusplus
}
#endif
#endif
