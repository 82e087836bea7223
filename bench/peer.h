/* SPDX-License-Identifier: MIT */
/* One connection of the load generator: bare TCP, WebSocket (RFC 6455), or Socket.IO over WebSocket or polling. Written apart from
 * the library, so that a fault of the one does not hide in the other, and without its comforts. */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum peer_kind { PEER_TCP, PEER_WEBSOCKET, PEER_SOCKETIO, PEER_POLLING };

enum peer_state { PEER_CONNECTING, PEER_UPGRADING, PEER_OPENING, PEER_READY };

/* What every peer says and hears back, prepared once. */
struct peer_script {
    enum peer_kind kind;
    bool is_secure;     /* over TLS; set it behind peer_script_init */
    bool is_compressed; /* permessage-deflate without context takeover: peer_script_compress */
    uint16_t port;
    uint32_t depth; /* messages sent together */
    uint8_t *batch; /* depth frames, masked */
    size_t batch_len;
    size_t frame_len; /* of one of them */
    uint8_t *reply;   /* the payload that must come back */
    size_t reply_len;
    char *request; /* the upgrade request */
};

struct peer {
    int fd;
    struct ssl_st *ssl;     /* NULL: no TLS */
    struct peer_poll *poll; /* of PEER_POLLING once connected, else NULL */
    int epoll;
    enum peer_state state;
    uint32_t received; /* messages of the batch that have come back */
    uint64_t total;    /* messages that have come back since it was opened */
    uint64_t
        skip; /* bytes of the running frame still to come; PEER_TCP: bytes of the running message seen */
    size_t unsent; /* bytes at the end of the batch that the kernel did not take yet */
    uint8_t
        head[16]; /* a frame's head while it is incomplete, or the first bytes of the HTTP answer */
    uint8_t head_len;
    uint8_t blank; /* how much of the CR LF CR LF has been seen */
    uint8_t opcode;
    uint8_t lead[2]; /* the first bytes of the running frame's payload */
    uint8_t lead_len;
    bool is_checked; /* one message was compared byte for byte */
};

/* event is the Socket.IO event's name; size counts the bytes of the WebSocket payload or of the event's one string argument.
 * Ends the program when memory has run out. */
void peer_script_init(struct peer_script *script, enum peer_kind kind, uint16_t port,
                      const char *event, size_t size, uint32_t depth);

/* For PEER_WEBSOCKET, behind peer_script_init: messages are JSON of the same size, deflated once, and answers must come
 * deflated, too. */
void peer_script_compress(struct peer_script *script);

void peer_script_dispose(struct peer_script *script);

/* Begins to connect, from a source address chosen by number, so that no address runs out of ports. False: errno says why. */
bool peer_open(struct peer *peer, const struct peer_script *script, int epoll, uint32_t number);
/* Takes what epoll reported. NULL, or a sentence that says what went wrong. */
const char *peer_on_event(struct peer *peer, const struct peer_script *script, uint32_t events);
/* Sends the batch. NULL, or what went wrong. */
const char *peer_send_batch(struct peer *peer, const struct peer_script *script);
void peer_close(struct peer *peer);

#endif
