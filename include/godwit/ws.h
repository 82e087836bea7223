/* SPDX-License-Identifier: MIT */
/* WebSocket (RFC 6455): endpoints of a server, and what a gw_ws can do at both ends (client.h makes
 * a client's). The words are the browser's: readyState, open, message, close with wasClean, code
 * and reason, send, bufferedAmount.
 *
 * A gw_ws belongs to one loop and its thread. The handle is good from on_open (a client's: from
 * gw_ws_connect) until on_close returns. Any call may be made inside any callback, gw_ws_close()
 * included; calls on a closing one are harmless and return GW_E_CLOSED. */
#ifndef GODWIT_WS_H
#define GODWIT_WS_H

#include <godwit/base.h>
#include <godwit/server.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gw_ws gw_ws;
typedef struct gw_ws_upgrade gw_ws_upgrade;

/* As in the browser's object. A server's gw_ws starts OPEN. */
enum gw_ws_ready_state { GW_WS_CONNECTING, GW_WS_OPEN, GW_WS_CLOSING, GW_WS_CLOSED };

/* Where a connection failed. Those before MESSAGES are for clients. */
enum gw_ws_step {
    GW_WS_STEP_ARGUMENT,  /* the URL or an option is not usable; nothing was sent */
    GW_WS_STEP_RESOLVE,   /* name to addresses */
    GW_WS_STEP_CONNECT,   /* TCP, or the Unix-domain socket */
    GW_WS_STEP_PROXY,     /* the proxy's answer to CONNECT */
    GW_WS_STEP_TLS,       /* the TLS handshake, certificates included */
    GW_WS_STEP_HANDSHAKE, /* the server's answer to the WebSocket handshake */
    GW_WS_STEP_MESSAGES,  /* it was open: the peer broke a rule, or the connection broke */
};

/* Borrowed until on_error returns. */
struct gw_ws_error {
    enum gw_ws_step step;
    int err;         /* enum gw_err: GW_E_TIMEOUT, GW_E_REFUSED, GW_E_PROTO, ... */
    int status;      /* of an HTTP answer that was not the one hoped for, else 0 */
    const char *why; /* for people, with the host, address or line in question */
};

/* "resolve", "tls" ...; static. */
GW_API const char *gw_ws_step_name(enum gw_ws_step step);

/* Any entry may be NULL. user is what was given to gw_ws_endpoint() or gw_ws_connect(). */
struct gw_ws_handlers {
    /* A server's: somebody asks for a WebSocket, and the handshake is well-formed. Look at
     * gw_ws_upgrade_request(), then answer with gw_ws_upgrade_accept() or gw_ws_upgrade_refuse(),
     * now or later. NULL: everybody is let in. */
    void (*on_upgrade)(gw_ws_upgrade *upgrade, void *user);
    /* The client of an upgrade that is not answered yet has gone, or upgrade_timeout_ms have passed
     * and it got 503. The upgrade stays yours until you answer it, here or later; the answer will
     * return GW_E_CLOSED. */
    void (*on_upgrade_gone)(gw_ws_upgrade *upgrade, void *user);
    /* The handshake is done; first call for this ws. */
    void (*on_open)(gw_ws *ws, void *user);
    /* One whole message, however it was fragmented; text is valid UTF-8. data is borrowed until the
     * callback returns. */
    void (*on_message)(gw_ws *ws, struct gw_slice data, bool is_binary, void *user);
    /* All that was queued has reached the kernel, after a time when it did not take everything: who
     * stopped sending at some gw_ws_buffered_amount(), or at GW_E_LIMIT with GW_WS_OVERFLOW_SKIP,
     * goes on here. */
    void (*on_drain)(gw_ws *ws, void *user);
    /* The connection failed, or was never made; once at most, and on_close follows. */
    void (*on_error)(gw_ws *ws, const struct gw_ws_error *error, void *user);
    /* Exactly once and last. code is the peer's close code, 1005 when it gave none, 1006 when the
     * connection broke without a close frame; was_clean: close frames went both ways (RFC 6455
     * 7.1.4). reason is borrowed, UTF-8. */
    void (*on_close)(gw_ws *ws, uint16_t code, struct gw_slice reason, bool was_clean, void *user);
};

/* How messages are compressed (permessage-deflate, RFC 7692). Zero means the default that the
 * comment names; all zero is right for most: one compressor and one decompressor serve all
 * connections of a loop, which costs an idle connection no memory; each message is compressed for
 * itself.
 *
 * A connection with an own one keeps the context from message to message: many small messages that
 * are alike become a lot smaller, and each such connection pays for it in memory once it has sent
 * or received its first compressed message:
 *     compressor    6 kB + (1 << (window_bits + 2)) + (1 << (mem_level + 9)) bytes:
 *                   268 kB, or 24 kB with 11 and 4
 *     decompressor  7 kB + (1 << peer_window_bits) bytes: 40 kB
 * peer_window_bits is a wish at a server, because not every client can be asked; such a one costs
 * 40 kB. A client demands it: a server that cannot do it answers without compression. */
struct gw_ws_deflate {
    bool has_own_compressor;   /* context takeover for what we send */
    bool has_own_decompressor; /* for what we receive */
    uint8_t level;             /* 1 (fast) to 9 (small); 1 */
    uint8_t mem_level;         /* 1 to 9; 8 */
    uint8_t window_bits;       /* of what we send, 9 to 15; 15. The peer may demand less */
    uint8_t peer_window_bits;  /* of what we receive, 9 to 15; 15 */
    /* Shorter messages are sent as they are; 1,024: what fits into one TCP segment anyway gains
     * nothing on its way, but costs several times the processor time of sending it. With own
     * compressors less is worth a try. */
    uint64_t threshold_bytes;
};

/* What becomes of a message that would make the unsent output of a connection longer than
 * max_queued_bytes, because its peer reads too slowly. Whichever it is, the call that sent it
 * returns GW_E_LIMIT, and the output counts only once the kernel has refused to take more. */
enum gw_ws_overflow {
    GW_WS_OVERFLOW_CLOSE,        /* the connection is closed with 1013 (try again later) */
    GW_WS_OVERFLOW_CLOSE_POLICY, /* it is closed with 1008 (policy violation) */
    GW_WS_OVERFLOW_SKIP, /* this peer does not get the message; gw_ws_skipped_count() grows */
};

/* Zero or NULL means the default that the comment names. */
struct gw_ws_options {
    /* NULL-terminated, in order of preference; the first one that the client offers too is chosen.
     * None: no subprotocol is agreed. Kept, not copied. */
    const char *const *subprotocols;
    uint64_t max_message_bytes;   /* of a received message, else close 1009; 1,048,576 */
    uint32_t max_fragments;       /* of one message, else close 1008; 131,072 */
    uint64_t max_queued_bytes;    /* unsent output, what overflow is about; 16 MiB */
    enum gw_ws_overflow overflow; /* GW_WS_OVERFLOW_CLOSE */
    uint64_t close_timeout_ms;    /* waiting for the peer's close frame, then TCP is cut; 10,000 */
    /* A peer from which nothing has come for so long is given up: on_error with GW_E_TIMEOUT, then
     * on_close with 1006. After half of it a ping is sent, which every WebSocket answers by itself,
     * so only those are cut that are gone, or whose output is so far behind that the ping does not
     * reach them in time. Does not run while reading is paused. 120,000; UINT64_MAX, and all above
     * 24 days: never */
    uint64_t idle_timeout_ms;
    uint64_t upgrade_timeout_ms; /* for the answer to on_upgrade, else 503; 10,000 */
    uint32_t max_topics;         /* that one connection may subscribe to; 1,000 */
    uint32_t max_topic_bytes;    /* of a topic's name; 256 */
    /* What is received compressed counts towards max_message_bytes as what it becomes. Copied.
     * NULL: no compression. */
    const struct gw_ws_deflate *deflate;
};

/* Serves WebSocket at path; one that ends in '*' stands for all that begin with what is before it.
 * There may be any number of endpoints on a server, beside files, routes and Socket.IO: the longest
 * matching path wins. handlers and options must outlive the server (make them static const);
 * options may be NULL. A plain request there is answered 426. 0, GW_E_ARG or GW_E_NOMEM. Example:
 * examples/echo.c. */
GW_API int gw_ws_endpoint(gw_server *server, const char *path,
                          const struct gw_ws_handlers *handlers,
                          const struct gw_ws_options *options, void *user);

/* ---- before the handshake is answered ---- */

/* What the client asks: path, query, parameters, fields, cookies, address, by the gw_request calls
 * of server.h. To be read only: a gw_respond() on it returns GW_E_ARG. Good until the upgrade is
 * answered; everything in it is absent once the client has gone. */
GW_API gw_request *gw_ws_upgrade_request(gw_ws_upgrade *upgrade);
/* The subprotocols that the client offers, most wanted first: index 0, 1 ... until ptr is NULL.
 * Good like the request. */
GW_API struct gw_slice gw_ws_upgrade_subprotocol(const gw_ws_upgrade *upgrade, size_t index);
/* Adds a field to the answer, whichever it will be. Copies. 0, GW_E_ARG (a CR, LF or NUL in it, or
 * one that the handshake writes itself: Connection, Upgrade, Sec-WebSocket-*, Content-Length,
 * Transfer-Encoding), GW_E_LIMIT (8 KiB of fields), GW_E_CLOSED, GW_E_NOMEM. */
GW_API int gw_ws_upgrade_field(gw_ws_upgrade *upgrade, const char *name, const char *value);

/* One of these two must be called once for each upgrade, in on_upgrade or at any time after it,
 * whatever has become of the client: the upgrade is gone then, unless GW_E_ARG is returned. What
 * the client sends meanwhile waits: 64 KiB here, more in its kernel. gw_server_destroy() takes back
 * what has not been answered.
 *
 * Accepts: on_open runs inside the call, and gw_ws_user() is user from there on. subprotocol is
 * copied and must be one of those offered; "": none; NULL: what options->subprotocols say. 0;
 * GW_E_ARG: not offered; GW_E_CLOSED: the client has gone, or the server is stopping; GW_E_NOMEM:
 * the connection is cut. */
GW_API int gw_ws_upgrade_accept(gw_ws_upgrade *upgrade, const char *subprotocol, void *user);
/* Refuses with any status from 200 to 599 and a body, which is copied; content_type may be NULL
 * when it is empty. The connection is closed behind it. 0, GW_E_ARG, GW_E_CLOSED, GW_E_NOMEM (the
 * connection is cut). */
GW_API int gw_ws_upgrade_refuse(gw_ws_upgrade *upgrade, int status, const char *content_type,
                                struct gw_slice body);

/* ---- an open one ---- */

/* Queues one message as one frame; the bytes are copied. Text must be valid UTF-8: the peer would
 * close with 1007, it is not checked here. It goes out at the end of the loop's turn, together with
 * what else was queued. 0; GW_E_CLOSED; GW_E_LIMIT: max_queued_bytes would be passed, and
 * options->overflow says what happens; GW_E_NOMEM: the connection is cut. */
GW_API int gw_ws_send_text(gw_ws *ws, struct gw_slice text);
GW_API int gw_ws_send_binary(gw_ws *ws, struct gw_slice data);
/* Sends a ping (RFC 6455 5.5.2) with up to 125 bytes. 0, GW_E_ARG, GW_E_CLOSED, GW_E_LIMIT and
 * GW_E_NOMEM as above. */
GW_API int gw_ws_ping(gw_ws *ws, struct gw_slice data);
/* Starts the close handshake: code 1000, 3000 to 4999 or one of those that RFC 6455 7.4.1 lets an
 * endpoint send; 0 sends a close frame without a code. reason up to 123 bytes of UTF-8 or NULL.
 * on_close follows. 0, GW_E_ARG, GW_E_CLOSED. */
GW_API int gw_ws_close(gw_ws *ws, uint16_t code, const char *reason);
/* Cuts the connection without a close frame; on_close follows with 1006. */
GW_API void gw_ws_terminate(gw_ws *ws);

/* Stops reading: after this call no on_message comes, not even of what has been read already, and
 * TCP holds the peer back. Pings are not answered meanwhile, a peer that closes is noticed late,
 * and the idle timeout does not run. A close of ours goes on reading by itself. Both idempotent. 0,
 * GW_E_CLOSED. */
GW_API int gw_ws_pause(gw_ws *ws);
/* Goes on reading: messages come from the end of this turn on, never inside the call. 0,
 * GW_E_CLOSED. */
GW_API int gw_ws_resume(gw_ws *ws);

/* ---- topics ---- */

/* A server's gw_ws gets what is published on a topic that it subscribes to, a name of any bytes. A
 * topic comes into being with its first subscriber and goes with its last; all endpoints of a
 * server share the topics. A connection that ends leaves them by itself, before its on_close.
 *
 * 0, also when subscribed already; GW_E_LIMIT (max_topics, max_topic_bytes); GW_E_ARG (an empty
 * name, or a client's gw_ws); GW_E_CLOSED; GW_E_NOMEM. */
GW_API int gw_ws_subscribe(gw_ws *ws, struct gw_slice topic);
/* Harmless when not subscribed. */
GW_API void gw_ws_unsubscribe(gw_ws *ws, struct gw_slice topic);
/* Whether it gets what is published there. */
GW_API bool gw_ws_is_subscribed(const gw_ws *ws, struct gw_slice topic);
/* How many get what is published on the topic, those that are closing included. */
GW_API size_t gw_ws_subscriber_count(const gw_server *server, struct gw_slice topic);
/* Sends one message to all subscribers, in the order in which they came, behind what was sent to
 * each before. It is encoded, and compressed, once for all with the same parameters, and its bytes
 * are there once however many have still to be sent them. Each subscriber's max_queued_bytes and
 * overflow hold. No callback runs inside. Returns the number of those who got it into their output,
 * or GW_E_NOMEM when there was none because memory has run out. */
GW_API int gw_ws_publish(gw_server *server, struct gw_slice topic, struct gw_slice data,
                         bool is_binary);
/* The same for all but ws, which need not be a subscriber. GW_E_ARG: a client's gw_ws. */
GW_API int gw_ws_publish_from(gw_ws *ws, struct gw_slice topic, struct gw_slice data,
                              bool is_binary);

/* ---- what it is ---- */

/* CLOSING from gw_ws_close() or the peer's close frame on; CLOSED inside on_close. */
GW_API enum gw_ws_ready_state gw_ws_ready_state(const gw_ws *ws);
/* Bytes queued here that the kernel has not taken yet, frame headers included. */
GW_API uint64_t gw_ws_buffered_amount(const gw_ws *ws);
/* Messages that this peer did not get, with GW_WS_OVERFLOW_SKIP. */
GW_API uint64_t gw_ws_skipped_count(const gw_ws *ws);
/* The agreed subprotocol, "" when none. */
GW_API const char *gw_ws_protocol(const gw_ws *ws);
/* The agreed extensions as the server's answer said them, "" when none. */
GW_API const char *gw_ws_extensions(const gw_ws *ws);
/* A client's URL, after redirects the last one, in its normal form; "" at a server. */
GW_API const char *gw_ws_url(const gw_ws *ws);
/* A pointer of the application's for this connection; NULL at first, or what gw_ws_upgrade_accept()
 * was given. */
GW_API void *gw_ws_user(const gw_ws *ws);
GW_API void gw_ws_set_user(gw_ws *ws, void *user);

#ifdef __cplusplus
}
#endif
#endif
