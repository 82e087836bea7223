/* SPDX-License-Identifier: MIT */
/* WebSocket (RFC 6455): endpoints of a server, and what a gw_ws can do at both ends (client.h makes a client's). The words are the browser's: readyState, open, message, close with wasClean,
 * code and reason, send, bufferedAmount.
 *
 * A gw_ws belongs to one loop and its thread. The handle is good from on_open (a client's: from gw_ws_connect) until
 * on_close returns. Any call may be
 * made inside any callback, gw_ws_close() included; calls on a closing one are harmless and return GW_E_CLOSED. */
#ifndef GODWIT_WS_H
#define GODWIT_WS_H

#include <godwit/base.h>
#include <godwit/server.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gw_ws gw_ws;

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
    /* The handshake is done; first call for this ws. */
    void (*on_open)(gw_ws *ws, void *user);
    /* One whole message, however it was fragmented; text is valid UTF-8. data is borrowed until the callback returns. */
    void (*on_message)(gw_ws *ws, struct gw_slice data, bool is_binary, void *user);
    /* All that was queued has reached the kernel, after a time when it did not take everything. */
    void (*on_drain)(gw_ws *ws, void *user);
    /* The connection failed, or was never made; once at most, and on_close follows. */
    void (*on_error)(gw_ws *ws, const struct gw_ws_error *error, void *user);
    /* Exactly once and last. code is the peer's close code, 1005 when it gave none, 1006 when the connection broke without a
     * close frame; was_clean: close frames went both ways (RFC 6455 7.1.4). reason is borrowed, UTF-8. */
    void (*on_close)(gw_ws *ws, uint16_t code, struct gw_slice reason, bool was_clean, void *user);
};

/* How messages are compressed (permessage-deflate, RFC 7692). Zero means the default that the comment names; all zero is right
 * for most: one compressor and one decompressor serve all connections of a loop, which costs an idle connection no
 * memory; each message is compressed for itself.
 *
 * A connection with an own one keeps the context from message to message: many small messages that are alike become a lot
 * smaller, and each such connection pays for it in memory once it has sent or received its first compressed message:
 *     compressor    6 kB + (1 << (window_bits + 2)) + (1 << (mem_level + 9)) bytes: 268 kB, or 24 kB with 11 and 4
 *     decompressor  7 kB + (1 << peer_window_bits) bytes: 40 kB
 * peer_window_bits is a wish at a server, because not every client can be asked; such a one costs 40 kB. A client demands
 * it: a server that cannot do it answers without compression. */
struct gw_ws_deflate {
    bool has_own_compressor;   /* context takeover for what we send */
    bool has_own_decompressor; /* for what we receive */
    uint8_t level;             /* 1 (fast) to 9 (small); 1 */
    uint8_t mem_level;         /* 1 to 9; 8 */
    uint8_t window_bits;       /* of what we send, 9 to 15; 15. The peer may demand less */
    uint8_t peer_window_bits;  /* of what we receive, 9 to 15; 15 */
    /* Shorter messages are sent as they are; 1,024: what fits into one TCP segment anyway gains nothing on its way, but costs
     * several times the processor time of sending it. With own compressors less is worth a try. */
    uint64_t threshold_bytes;
};

/* Zero or NULL means the default that the comment names. */
struct gw_ws_options {
    const char *const *
        subprotocols; /* NULL-terminated, in order of preference; the first one that the client offers
                                        too is chosen. None: no subprotocol is agreed. Kept, not copied. */
    uint64_t max_message_bytes; /* of a received message, else close 1009; 1,048,576 */
    uint32_t max_fragments;     /* of one message, else close 1008; 65,536 */
    uint64_t
        max_queued_bytes; /* unsent output; gw_ws_send returns GW_E_LIMIT beyond it and the peer is closed with
                                        1013; 16 MiB */
    uint64_t close_timeout_ms; /* waiting for the peer's close frame, then TCP is cut; 10,000 */
    /* What is received compressed counts towards max_message_bytes as what it becomes. Copied. NULL: no compression. */
    const struct gw_ws_deflate *deflate;
};

/* Serves WebSocket at path (exact). handlers and options must outlive the server (make them static const); options may be NULL. A plain request
 * there is answered 426. 0, GW_E_ARG or GW_E_NOMEM. Example: examples/echo.c. */
GW_API int gw_ws_endpoint(gw_server *server, const char *path,
                          const struct gw_ws_handlers *handlers,
                          const struct gw_ws_options *options, void *user);

/* Queues one message as one frame; the bytes are copied. Text must be valid UTF-8: the peer would close with 1007, it
 * is not checked here. It goes out at the end of the loop's turn, together with what else was queued. 0; GW_E_CLOSED;
 * GW_E_LIMIT: max_queued_bytes is reached and the connection is being closed with 1013; GW_E_NOMEM: it is cut. */
GW_API int gw_ws_send_text(gw_ws *ws, struct gw_slice text);
GW_API int gw_ws_send_binary(gw_ws *ws, struct gw_slice data);
/* Sends a ping (RFC 6455 5.5.2) with up to 125 bytes. 0, GW_E_ARG, GW_E_CLOSED, GW_E_NOMEM. */
GW_API int gw_ws_ping(gw_ws *ws, struct gw_slice data);
/* Starts the close handshake: code 1000, 3000 to 4999 or one of those that RFC 6455 7.4.1 lets an endpoint send; 0 sends a close
 * frame without a code. reason up to 123 bytes of UTF-8 or NULL. on_close follows. 0, GW_E_ARG, GW_E_CLOSED. */
GW_API int gw_ws_close(gw_ws *ws, uint16_t code, const char *reason);
/* Cuts the connection without a close frame; on_close follows with 1006. */
GW_API void gw_ws_terminate(gw_ws *ws);

GW_API enum gw_ws_ready_state gw_ws_ready_state(const gw_ws *ws);
/* Bytes queued here that the kernel has not taken yet, frame headers included. */
GW_API uint64_t gw_ws_buffered_amount(const gw_ws *ws);
/* The agreed subprotocol, "" when none. */
GW_API const char *gw_ws_protocol(const gw_ws *ws);
/* The agreed extensions as the server's answer said them, "" when none. */
GW_API const char *gw_ws_extensions(const gw_ws *ws);
/* A client's URL, after redirects the last one, in its normal form; "" at a server. */
GW_API const char *gw_ws_url(const gw_ws *ws);
/* A pointer of the application's for this connection; NULL at first. */
GW_API void *gw_ws_user(const gw_ws *ws);
GW_API void gw_ws_set_user(gw_ws *ws, void *user);

#ifdef __cplusplus
}
#endif
#endif
