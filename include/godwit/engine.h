/* SPDX-License-Identifier: MIT */
/* Engine.IO: one message channel between a client and a server, whichever way its packets travel
 * (polling, WebSocket, or the change from one to the other). Socket.IO runs on it; a program can
 * use it bare:
 *
 *     static void on_message(gw_session *session, struct gw_slice data, bool is_binary, void *user)
 *     {
 *         gw_session_send(session, data, is_binary);
 *     }
 *
 *     static const struct gw_session_handlers echo = {.on_message = on_message};
 *
 *     gw_engine_on_session(gw_engine_attach(server, NULL), &echo, NULL);
 *
 * In the words of the JavaScript library, engine being what gw_engine_attach or gw_io_engine gives:
 *
 *     new Server(); engine.attach(http)              gw_engine_attach(server, NULL)
 *     io.engine                                      gw_io_engine(io)
 *     engine.use((req, res, next) => ...)            gw_engine_use(engine, fn, user)
 *     allowRequest: (req, callback) => ...           gw_io_options.allow_request
 *     engine.on('initial_headers', ...)              gw_engine_on_initial_headers(engine, fn, user)
 *     engine.on('headers', (headers, req) => ...)    gw_engine_on_headers(engine, fn, user)
 *     engine.on('connection_error', (err) => ...)    gw_engine_on_connection_error(engine, fn, user)
 *     engine.on('connection', (socket) => ...)       gw_engine_on_session(engine, &handlers, user)
 *     socket.on('message', ...), 'drain', 'close'    the other entries of gw_session_handlers
 *     socket.send(data)                              gw_session_send(session, data, GW_SESSION_TEXT)
 *     engine.clientsCount                            gw_engine_client_count(engine)
 *     engine.close(), io.close()                     gw_engine_close(engine), gw_io_close(io)
 *     socket.conn, of a socket of Socket.IO          gw_socket_session(socket)
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

/* The sessions at one path of a server, and what their requests go through. */
typedef struct gw_engine gw_engine;

/* Serves bare Engine.IO; several by different paths are possible, beside Socket.IO. options may be
 * NULL and are copied, strings included. They are those of Socket.IO (sio/io.h), of which an engine
 * has: path ("/engine.io/"), omits_trailing_slash, cors, transports, hides_upgrades, cookie,
 * allow_request, generate_id, initial_packet, the compression, the upgrades that nobody serves, the
 * ping and upgrade times, max_payload_bytes, max_queued_bytes and max_sessions; the others are not
 * looked at. The engine belongs to the server and ends with it. NULL: memory has run out, the path
 * is taken, or an option cannot be done; gw_server_error() says it. Example: examples/interop.c. */
GW_API gw_engine *gw_engine_attach(gw_server *server, const struct gw_io_options *options);
/* The engine under a Socket.IO server; never NULL. */
GW_API gw_engine *gw_io_engine(gw_io *io);

/* ---- requests ---- */

/* Asks fn about every request to the engine and every upgrade, in the order of the calls, before
 * anything else looks at it; preflights and the files of client_directory excepted. fn reads the
 * request with the gw_request calls of server.h, adds fields to whatever answer there will be with
 * gw_respond_field(), and ends with exactly one of the three calls below, at once or later. Until
 * then the request can be read; it has no body yet, and gw_respond() on it returns GW_E_ARG. Who
 * answers nothing for 30 s leaves the client with 503. gw_server_destroy() takes back what has not
 * been ended. 0 or GW_E_NOMEM. */
GW_API int gw_engine_use(gw_engine *engine, gw_engine_use_fn *fn, void *user);

/* Each of the three ends next, whatever has become of the client: that next must not be used again.
 *
 * Goes on: to the next function, then to the engine. */
GW_API void gw_engine_next_ok(gw_engine_next *next);
/* Refuses as the genuine server does. In gw_engine_use: code 3, "Bad request", and message is only
 * told to gw_engine_on_connection_error, in the context. In allow_request: code 4, and message is
 * what the client reads, "Forbidden" when it is NULL. */
GW_API void gw_engine_next_refuse(gw_engine_next *next, const char *message);
/* Answers the request itself: status 200 to 599; content_type may be NULL when body is empty. The
 * body is copied. The connection of an upgrade is closed behind it. 0; GW_E_ARG (status: next is
 * still to be ended); GW_E_CLOSED: the client has gone; GW_E_NOMEM: the connection is cut. */
GW_API int gw_engine_next_answer(gw_engine_next *next, int status, const char *content_type,
                                 struct gw_slice body);

/* ---- headers ---- */

/* The request can be read until fn returns, and gw_respond_field() adds to its answer. */
typedef void gw_engine_headers_fn(gw_request *request, void *user);

/* Calls fn for each successful handshake, whose answer (to the GET, or 101) is about to be made.
 * The cookie is set before, and fn can take it back with gw_respond_drop_field(). 0 or
 * GW_E_NOMEM. */
GW_API int gw_engine_on_initial_headers(gw_engine *engine, gw_engine_headers_fn *fn, void *user);
/* Calls fn for each poll (when it comes, not when it is answered), each POST and each 101; for a
 * handshake after the functions above. 0 or GW_E_NOMEM. */
GW_API int gw_engine_on_headers(gw_engine *engine, gw_engine_headers_fn *fn, void *user);

/* ---- refusals ---- */

/* Why a request was refused; borrowed until the callback returns. */
struct gw_engine_error {
    gw_request *request;
    /* 0 Transport unknown, 1 Session ID unknown, 2 Bad handshake method, 3 Bad request,
     * 4 Forbidden, 5 Unsupported protocol version */
    int code;
    const char *message;      /* those words */
    const char *context_json; /* {"name":"TRANSPORT_MISMATCH",...}, with the genuine keys */
};

typedef void gw_engine_error_fn(const struct gw_engine_error *error, void *user);

/* Calls fn for each of them, before the answer is sent. The log says the same at GW_LOG_DEBUG. 0 or
 * GW_E_NOMEM. */
GW_API int gw_engine_on_connection_error(gw_engine *engine, gw_engine_error_fn *fn, void *user);

/* ---- sessions ---- */

/* One client. Good from on_open until on_close returns. */
typedef struct gw_eio_session gw_session;

/* Any entry may be NULL. */
struct gw_session_handlers {
    /* A handshake has succeeded; under Socket.IO the client has not joined a namespace yet. request
     * (address, query, fields, cookies) can be read until it returns: whoever needs something of it
     * later copies it. Messages may be sent from here on. */
    void (*on_open)(gw_session *session, gw_request *request, void *user);
    /* A message, whole and in order; text is valid UTF-8. data is borrowed until it returns. Of a
     * bare engine only: under Socket.IO messages are its packets, and gw_on_any() sees events. */
    void (*on_message)(gw_session *session, struct gw_slice data, bool is_binary, void *user);
    /* The client tries a WebSocket (it has been probed) while the session still polls. */
    void (*on_upgrading)(gw_session *session, void *user);
    /* It has changed over. */
    void (*on_upgrade)(gw_session *session, void *user);
    /* What had to wait has been handed on: a poll has taken all that was queued for it, or the
     * kernel takes a WebSocket's output again. */
    void (*on_drain)(gw_session *session, void *user);
    /* Once and last; sockets of Socket.IO have been told. detail as in gw_on_disconnect_fn. A bare
     * engine tells it of every session that it told on_open of, gw_server_destroy() included. */
    void (*on_close)(gw_session *session, enum gw_reason reason, const char *detail, void *user);
};

/* Watches all sessions that are opened from now on; several may, in the order of the calls. One
 * that a watcher ends in on_open is none to those behind him. handlers must outlive the server
 * (make it static const). 0 or GW_E_NOMEM. */
GW_API int gw_engine_on_session(gw_engine *engine, const struct gw_session_handlers *handlers,
                                void *user);

/* Sessions open now, those included that are closing. */
GW_API size_t gw_engine_client_count(const gw_engine *engine);
/* The session of that id (any bytes), or NULL. */
GW_API gw_session *gw_engine_find(const gw_engine *engine, struct gw_slice id);
/* The session of a socket; NULL once it has closed. */
GW_API gw_session *gw_socket_session(const gw_socket *socket);

/* How a message is sent; text without anything. */
enum gw_session_send {
    GW_SESSION_TEXT = 0,
    GW_SESSION_BINARY = 1, /* a bool of that meaning will do */
    GW_SESSION_PLAIN = 2,  /* not compressed, whatever the options of the engine say */
};

/* Sends one message; how is of enum gw_session_send. The bytes are copied. Text must be valid
 * UTF-8, which is not checked here, and is taken apart by a polling client where it holds U+001E:
 * the protocol has no escape for its separator. It goes out at the end of the loop's turn, or with
 * the next poll, together with what else was sent and in that order. No callback runs inside. A
 * message that is only good now is better not sent unless gw_session_is_writable(). 0; GW_E_CLOSED;
 * GW_E_LIMIT (max_queued_bytes) or GW_E_NOMEM: the session ends with this turn. Under Socket.IO the
 * client takes it for a packet. */
GW_API int gw_session_send(gw_session *session, struct gw_slice data, uint32_t how);

/* 20 characters, no NUL. A secret between the client and the server: who knows it can speak for the
 * client. */
GW_API struct gw_slice gw_session_id(const gw_session *session);
/* "polling" or "websocket"; "" in on_close. */
GW_API const char *gw_session_transport(const gw_session *session);
/* The revision of Engine.IO: 4. */
GW_API int gw_session_protocol(const gw_session *session);
/* Takes and gives messages: false from gw_session_close() on. */
GW_API bool gw_session_is_open(const gw_session *session);
/* A WebSocket has asked to take over, and has not yet. */
GW_API bool gw_session_is_upgrading(const gw_session *session);
/* It began with polling and has changed over. */
GW_API bool gw_session_is_upgraded(const gw_session *session);
/* A poll waits, or the output of the WebSocket is empty. */
GW_API bool gw_session_is_writable(const gw_session *session);
/* Bytes of messages that have not left yet. */
GW_API uint64_t gw_session_queued_bytes(const gw_session *session);
/* In on_close: what was really the cause (cause.h). GW_CAUSE_NONE while nothing has happened. */
GW_API enum gw_cause gw_session_cause(const gw_session *session);
/* The engine that it belongs to. */
GW_API gw_engine *gw_session_engine(const gw_session *session);
/* A pointer of the application's, NULL at first; what it points to is freed in on_close. Of a bare
 * engine only (elsewhere an assertion fails): under Socket.IO there is gw_socket_set_data(). */
GW_API void gw_session_set_user(gw_session *session, void *user);
GW_API void *gw_session_user(const gw_session *session);
/* Ends it once what is queued has gone out, with GW_REASON_FORCED_CLOSE. Idempotent. */
GW_API void gw_session_close(gw_session *session);
/* Ends it at once. Idempotent. */
GW_API void gw_session_discard(gw_session *session);

/* ---- the end ---- */

/* Ends every session at once; whoever comes later gets 503. Idempotent; the engine stays until the
 * server is destroyed. Of a bare engine gw_server_stop() does it too. */
GW_API void gw_engine_close(gw_engine *engine);
/* Ends one Socket.IO server of a gw_server that goes on: every socket is told ("server shutting
 * down"), every session closed, whoever comes later gets 503. gw_server_stop() does it for all.
 * Idempotent; the gw_io stays until the server is destroyed. */
GW_API void gw_io_close(gw_io *io);

#ifdef __cplusplus
}
#endif
#endif
