/* SPDX-License-Identifier: MIT */
/* The server: listeners, HTTP/1.1 (RFC 9110, RFC 9112), a router and static files. WebSocket
 * endpoints (ws.h) and Socket.IO (sio.h) hang on it.
 *
 * A server belongs to one loop and its thread; every call here is for that thread. From another
 * thread use gw_loop_post(). Any call may be made inside any callback. */
#ifndef GODWIT_SERVER_H
#define GODWIT_SERVER_H

#include <godwit/base.h>
#include <godwit/loop.h>
#include <godwit/tls.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gw_server gw_server;
typedef struct gw_request gw_request;

/* Gets one line without a newline, borrowed for the call: "event key=value key=\"a value\"". */
typedef void gw_log_fn(void *user, enum gw_log_level level, const char *line);

/* Zero (or NULL) anywhere means the default that the comment names. */
struct gw_server_options {
    gw_loop *loop;            /* a loop of the application; the server makes its own */
    uint32_t max_connections; /* open at once; a further one is answered 503 and closed; 100,000 */
    /* Connections whose first request has not come yet, with its fields (nor, with TLS, the
     * handshake before). One more cuts the one that has waited longest; 10,000. */
    uint32_t max_half_open;
    /* Open at once from one address; of IPv6 from one /64, which is the least that anybody gets. A
     * further one is answered 429 and closed. No limit: behind one address may be a whole town. The
     * other end of a Unix-domain socket has none; a client behind a proxy has that of
     * gw_server_trust_proxies(). */
    uint32_t max_connections_per_address;
    /* New ones from one address: so many a second, and so many at once when there were none before
     * (as many as in a second). More are answered 429 and closed. No limit. */
    uint32_t connection_rate_per_address, connection_burst_per_address;
    /* From the first moment of a connection or the end of the request before until a whole head and
     * body are in, else 408. Also without reading anything of an answer, however long the whole
     * takes; 15,000. */
    uint64_t request_timeout_ms;
    uint64_t idle_timeout_ms;    /* a kept-alive connection without a request; 6,000. Longer than
                                    that of clients, or their next request meets the close */
    uint64_t stop_timeout_ms;    /* what gw_server_stop gives connections to finish; 5,000 */
    size_t max_head_bytes;       /* request line and fields, else 431; 16,384 */
    size_t max_body_bytes;       /* of requests to gw_server_route handlers, else 413; 1,048,576 */
    enum gw_log_level log_level; /* what is louder is dropped; GW_LOG_ERROR */
    gw_log_fn *log;              /* standard error, with a time stamp */
    void *log_user;
};

/* A server without listeners; options may be NULL and are copied. NULL when memory or descriptors
 * have run out. */
GW_API gw_server *gw_server_create(const struct gw_server_options *options);
/* Closes every connection at once (their close callbacks run), then frees the server and all that
 * hangs on it. Not inside a callback of the server. NULL is fine. */
GW_API void gw_server_destroy(gw_server *server);

/* Listens on a TCP address: "0.0.0.0", "::" (both IPv4 and IPv6), "127.0.0.1", "::1", "localhost";
 * NULL means "::", or "0.0.0.0" where the machine has no IPv6. port 0 lets the kernel choose one.
 * Returns the port, or GW_E_ADDRESS, GW_E_IN_USE, GW_E_SYSTEM, GW_E_NOMEM: gw_server_error() then
 * says what and why. May be called several times. */
GW_API int gw_server_listen(gw_server *server, const char *host, uint16_t port);
/* Listens on a Unix-domain socket; a stale socket file without a listener behind it is replaced
 * (any other file is not: GW_E_IN_USE, "File exists"), and the file is removed at the end. Its mode
 * is what the umask of the process leaves: who connects must be able to write to it. 0 or the
 * errors of gw_server_listen. */
GW_API int gw_server_listen_unix(gw_server *server, const char *path);
/* Like gw_server_listen, and speaks TLS there: https:// and wss:// (tls.h). Who speaks plain HTTP
 * to it gets a 400 that says so. options and their texts are copied. Returns the port, the errors
 * of gw_server_listen, or GW_E_ARG (options that do not fit together, a file that is no
 * certificate, a key of another certificate); gw_server_error() says it. */
GW_API int gw_server_listen_tls(gw_server *server, const char *host, uint16_t port,
                                const struct gw_tls_options *options);
/* Reads the certificates, keys and CA files of all TLS listeners again; gw_server_run() does so on
 * SIGHUP. Open connections go on, new ones get what was read. A listener whose files are not good
 * keeps what it had: a log line and gw_server_error() say why. 0, GW_E_ARG, GW_E_SYSTEM,
 * GW_E_NOMEM. */
GW_API int gw_server_reload_tls(gw_server *server);
/* One line about the last call on this server that failed, "cannot listen on 0.0.0.0:80: Permission
 * denied"; "" when none did. Good until the next call that fails. */
GW_API const char *gw_server_error(const gw_server *server);

/* In which field reverse proxies say for whom they speak. */
enum gw_proxy_field {
    GW_PROXY_X_FORWARDED_FOR, /* and X-Forwarded-Proto */
    GW_PROXY_FORWARDED,       /* RFC 7239 */
};

/* Believes reverse proxies at these addresses: networks is a NULL-terminated list of addresses,
 * networks ("10.0.0.0/8", "::1") and "unix" for peers on a Unix-domain socket. The address of a
 * client is then the last one in the field that is not a listed proxy's own, and it came over TLS
 * if the proxy says so. From anybody else, and by default, the fields are not looked at, because
 * everybody can send them; the other one of the two fields is never. A second call replaces the
 * list.
 *
 * A proxy's own connections are not held against max_connections_per_address; each request is, with
 * its client's address, until it is answered (a further one gets 429), and a WebSocket until it
 * closes. How fast clients come is the proxy's business. Call it before gw_server_listen.
 *
 * 0, GW_E_ARG (see gw_server_error), GW_E_NOMEM. */
GW_API int gw_server_trust_proxies(gw_server *server, const char *const *networks,
                                   enum gw_proxy_field field);

/* From now on SIGTERM and SIGINT stop the server cleanly in place of ending the process; one that
 * the process ignores (nohup, a shell's background) stays ignored.
 * gw_server_run() does it by itself; a program that says "ready" before that calls it first, or a
 * signal in between would still end it. One server of a process. 0, GW_E_IN_USE or GW_E_SYSTEM. */
GW_API int gw_server_watch_signals(gw_server *server);
/* Runs the loop until SIGTERM, SIGINT or gw_server_stop(), then stops cleanly and returns 0: made
 * for `return gw_server_run(server)`. A second signal ends the waiting. Negative: enum gw_err,
 * with a line in the log; also that of a gw_server_listen that failed, where no other has
 * succeeded. */
GW_API int gw_server_run(gw_server *server);
/* Stops accepting, tells every session (WebSocket close 1001, Socket.IO "server shutting down"),
 * lets answers under way finish within stop_timeout_ms, then closes the rest. gw_server_run()
 * returns after it; who drives the loop himself asks gw_server_is_stopped() after each step.
 * Idempotent. */
GW_API void gw_server_stop(gw_server *server);
/* Whether that is over: no connection is left. */
GW_API bool gw_server_is_stopped(const gw_server *server);

/* The loop that it runs on: that of its options, or its own, which ends with it. Never NULL. */
GW_API gw_loop *gw_server_loop(gw_server *server);
/* Connections open now, of every kind. */
GW_API size_t gw_server_connection_count(const gw_server *server);

/* Runs with the whole request in memory. It must answer with gw_respond() before it returns, or
 * hold the request to answer later (gw_request_hold); else the client gets 500. */
typedef void gw_request_fn(gw_request *request, void *user);

/* Calls fn for requests of that method (NULL: any; HEAD is served by a GET route) and path. A path
 * that ends in '*' matches everything that starts with what stands before it. The longest matching
 * path wins, whatever the order of the calls; a known path with another method is answered 405, an
 * unknown path 404. 0, GW_E_ARG (path without a leading '/') or GW_E_NOMEM. */
GW_API int gw_server_route(gw_server *server, const char *method, const char *path,
                           gw_request_fn *fn, void *user);

/* Serves the files below directory under the path prefix (GET and HEAD): index.html for a folder,
 * types by extension, ETag and Last-Modified with conditional requests, single ranges (RFC 9110
 * 14), sendfile. Dot files, "..", and links that lead outside are not found. 0, GW_E_ARG,
 * GW_E_NOMEM, or GW_E_SYSTEM when the directory cannot be read (see gw_server_error). */
GW_API int gw_serve_files(gw_server *server, const char *prefix, const char *directory);

/* In a handler: the answer comes later. Returns the request in a form that stays until gw_respond()
 * is called on it, which must happen once, whatever becomes of the client: that call gives it back.
 * NULL: out of memory, or answered already. The slices of a held request are good until it is
 * answered or its client has gone; then they are absent and gw_respond() returns GW_E_CLOSED. After
 * timeout_ms (0: 30,000) without an answer the client gets 503. Requests that the client sends
 * meanwhile wait for their turn. gw_server_destroy() takes back what is still held. */
GW_API gw_request *gw_request_hold(gw_request *request, uint64_t timeout_ms);
/* Whether the client of a held request still waits for the answer. */
GW_API bool gw_request_is_open(const gw_request *request);

/* What the client asked. Slices are good until the handler returns. A field or parameter that is
 * absent has ptr NULL. */
GW_API struct gw_slice gw_request_method(const gw_request *request);
/* As it came, percent-encoded, without the query. */
GW_API struct gw_slice gw_request_path(const gw_request *request);
/* Behind the '?', raw. */
GW_API struct gw_slice gw_request_query(const gw_request *request);
/* A parameter of the query, decoded ('+' is a space), NUL-terminated; of several with this name the
 * last. Returns its length; GW_E_NOT_FOUND; GW_E_LIMIT: does not fit into size bytes; GW_E_ARG: it
 * holds a NUL. */
GW_API int gw_request_parameter(const gw_request *request, const char *name, char *out,
                                size_t size);
/* name in any case; the first field of that name. */
GW_API struct gw_slice gw_request_field(const gw_request *request, const char *name);
/* The index-th field, in the order of arrival, its name as it was spelled. False behind the
 * last. */
GW_API bool gw_request_field_at(const gw_request *request, size_t index, struct gw_slice *name,
                                struct gw_slice *value);
/* The value of a cookie as it came, without quotes (RFC 6265 4.2); names are compared with case. */
GW_API struct gw_slice gw_request_cookie(const gw_request *request, const char *name);
/* All of it; empty where there is none. */
GW_API struct gw_slice gw_request_body(const gw_request *request);
/* The client's IP address as text, "unix" for a Unix-domain peer; of one behind a proxy:
 * gw_server_trust_proxies(). NUL-terminated; good like the slices, of a held request until it is
 * answered. */
GW_API const char *gw_request_address(gw_request *request);
/* Whether it came over TLS. */
GW_API bool gw_request_is_secure(const gw_request *request);

/* Adds a field to the answer; call it before gw_respond(). Copies. 0, GW_E_ARG (a CR, LF or NUL in
 * it, or the connection's own fields Content-Length, Transfer-Encoding, Connection), GW_E_LIMIT (8
 * KiB of fields), GW_E_NOMEM. */
GW_API int gw_respond_field(gw_request *request, const char *name, const char *value);
/* Takes all fields of that name back which have been added so far. */
GW_API void gw_respond_drop_field(gw_request *request, const char *name);
/* Answers, once. content_type may be NULL when body is empty. The body is copied; with 204 and 304,
 * which have none, it is left out. A held request is gone afterwards, unless it is GW_E_ARG. 0,
 * GW_E_ARG (status outside 200..599), GW_E_CLOSED (answered already, or the client of a held
 * request has gone), GW_E_NOMEM (the connection is closed). */
GW_API int gw_respond(gw_request *request, int status, const char *content_type,
                      struct gw_slice body);

#ifdef __cplusplus
}
#endif
#endif
