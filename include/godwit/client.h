/* SPDX-License-Identifier: MIT */
/* WebSocket clients (RFC 6455), with the life of the browser's object:
 *
 *     gw_ws *ws = gw_ws_connect(loop, "wss://example.org/chat", NULL, &handlers, NULL);
 *
 * readyState, send, close, bufferedAmount, protocol, extensions and url are the calls on gw_ws of
 * ws.h; open, message, error and close are the handlers. A client belongs to its loop's thread.
 * Example: examples/wsclient.c. */
#ifndef GODWIT_CLIENT_H
#define GODWIT_CLIENT_H

#include <godwit/base.h>
#include <godwit/loop.h>
#include <godwit/ws.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a client trusts and shows in TLS, for many connections: reading the authorities of the
 * system takes milliseconds, and a later connection to the same host resumes the session of an
 * earlier one. */
typedef struct gw_tls_client_context gw_client_tls;

/* NULL or false means what the comment names. */
struct gw_client_tls_options {
    const char *ca_file;   /* PEM; trusted instead of the system's authorities */
    const char *cert_file; /* PEM, the client's own certificate and chain; none */
    const char *key_file;  /* its private key; cert_file holds it too */
    bool is_insecure;      /* takes every certificate, whoever it is for: for tests only */
};

/* options may be NULL. NULL: why, of why_size bytes, says what is wrong. The caller's. */
GW_API gw_client_tls *gw_client_tls_create(const struct gw_client_tls_options *options, char *why,
                                           size_t why_size);
/* Connections that use it go on, but new ones must not. NULL is fine. */
GW_API void gw_client_tls_destroy(gw_client_tls *tls);

/* Zero or NULL anywhere means what the comment names. Everything is copied but tls. */
struct gw_ws_client_options {
    const char *const *subprotocols; /* NULL-terminated, most wanted first; none. The server need
                                        not choose one: see gw_ws_protocol() */
    const char *origin;              /* of the page that connects; none */
    const char *const *headers;      /* NULL-terminated, each "Name: value"; none. Those of the
                                        handshake itself cannot be set */
    const char *proxy; /* "http://user:password@host:port": asked to CONNECT; none. No variable of
                          the environment is looked at */
    const char *unix_path;   /* a Unix-domain socket to connect to, whatever host the URL names */
    const char *dns_servers; /* "192.0.2.53,[2001:db8::53]:5353"; those of the system */
    uint64_t connect_timeout_ms;   /* name resolution and TCP; 10,000 */
    uint64_t handshake_timeout_ms; /* proxy, TLS and WebSocket handshake together; 10,000 */
    uint32_t max_redirects; /* followed; 0: none. Never from wss to ws; Authorization, Cookie and
                               the URL's password stay at their origin */
    gw_client_tls *tls;     /* for wss; outlives the handshake. NULL: one for this connection alone,
                           with the options below */
    const struct gw_client_tls_options *tls_options;

    uint64_t max_message_bytes;   /* of a received message, else close 1009; 1,048,576 */
    uint32_t max_fragments;       /* of one message, else close 1008; 131,072 */
    uint64_t max_queued_bytes;    /* unsent output, what overflow is about; 16 MiB */
    enum gw_ws_overflow overflow; /* GW_WS_OVERFLOW_CLOSE */
    uint64_t close_timeout_ms;    /* waiting for the peer's close frame, then TCP is cut; 10,000 */
    uint64_t idle_timeout_ms;     /* as in struct gw_ws_options; 120,000; UINT64_MAX: never */
    /* Offered to the server; what is received counts towards max_message_bytes as what it becomes.
     * NULL: no compression. */
    const struct gw_ws_deflate *deflate;
};

/* Connects to a "ws://" or "wss://" URL ("http://" and "https://" mean the same). The user and
 * password in it go out as Basic credentials. Names are resolved without blocking the loop, IPv6
 * and IPv4 raced (RFC 8305).
 *
 * Returns a gw_ws that is CONNECTING, or NULL when memory has run out: nothing else is told by the
 * result. No callback runs before the loop does. Then comes on_open, or, whatever was wrong (the
 * URL and the options too), exactly one on_error and exactly one on_close with 1006. gw_ws_close()
 * and gw_ws_terminate() give up a connection that is not open yet, with on_error (GW_E_CLOSED) and
 * on_close. After the close handshake on_close comes when the server has ended TCP, or two seconds
 * later. When on_close returns the handle is gone; before the loop is destroyed, every client must
 * have had its on_close, or have been ended by gw_ws_terminate().
 *
 * handlers must outlive the connection (make them static const); options may be NULL. */
GW_API gw_ws *gw_ws_connect(gw_loop *loop, const char *url,
                            const struct gw_ws_client_options *options,
                            const struct gw_ws_handlers *handlers, void *user);

#ifdef __cplusplus
}
#endif
#endif
