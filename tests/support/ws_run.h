/* SPDX-License-Identifier: MIT */
/* Raw WebSocket clients of a server in the same thread (server_run.h): frames go out as bytes, and come back as frames. */
#ifndef TESTS_SUPPORT_WS_RUN_H
#define TESTS_SUPPORT_WS_RUN_H

#include "support/server_run.h"

#include <stdio.h>

enum { WS_PEER_BYTES = 1 << 20, WS_EOF = -1 };

struct ws_peer {
    struct run *run;
    int fd;
    char head[4096]; /* of the answer to the handshake */
    uint8_t *bytes;  /* received and not looked at yet */
    size_t len;
    size_t used; /* of them by the frame that was given last */
    bool has_ended;
};

struct ws_frame {
    int opcode; /* WS_EOF: the connection has ended */
    bool is_final;
    uint8_t rsv;
    const uint8_t *data; /* good until the next call */
    size_t len;
};

static inline void ws_turn(struct run *run, int turns)
{
    for (int i = 0; i < turns; i++)
        gw_loop_step(gw_server_loop(run->server), 1);
}

/* The request for a WebSocket; fields are whole lines. */
static inline size_t ws_request(char *out, size_t size, const char *target, const char *fields)
{
    int len =
        snprintf(out, size,
                 "GET %s HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                 "%s\r\n",
                 target, fields);

    assert(len > 0 && (size_t)len < size);
    return (size_t)len;
}

/* Connects and sends the request, and no more. */
static inline void ws_knock(struct ws_peer *peer, struct run *run, const char *target,
                            const char *fields)
{
    char request[4096];
    size_t len = ws_request(request, sizeof(request), target, fields);

    *peer = (struct ws_peer){.run = run, .fd = run_connect(run)};
    peer->bytes = malloc(WS_PEER_BYTES + 1);
    assert(peer->bytes);
    run_write(peer->fd, request, len);
}

static inline void ws_leave(struct ws_peer *peer)
{
    if (peer->fd >= 0)
        close(peer->fd);
    free(peer->bytes);
    *peer = (struct ws_peer){.fd = -1};
}

/* One turn of the loop, and what has come. */
static inline void ws_fill(struct ws_peer *peer)
{
    ssize_t n;

    gw_loop_step(gw_server_loop(peer->run->server), 1);
    n = recv(peer->fd, peer->bytes + peer->len, WS_PEER_BYTES - peer->len, MSG_DONTWAIT);
    if (n > 0)
        peer->len += (size_t)n;
    else if (n == 0 || errno != EAGAIN)
        peer->has_ended = true;
    peer->bytes[peer->len] = '\0';
}

static inline void ws_drop_used(struct ws_peer *peer)
{
    memmove(peer->bytes, peer->bytes + peer->used, peer->len + 1 - peer->used);
    peer->len -= peer->used;
    peer->used = 0;
}

/* Waits for the answer to the handshake; gives its status. A body stays in bytes. */
static inline int ws_answer(struct ws_peer *peer)
{
    char *end = NULL;

    while (!peer->has_ended && !end) {
        ws_fill(peer);
        end = strstr((char *)peer->bytes, "\r\n\r\n");
    }
    if (!end)
        return 0;
    peer->used = (size_t)(end - (char *)peer->bytes) + 4;
    assert(peer->used < sizeof(peer->head));
    memcpy(peer->head, peer->bytes, peer->used);
    peer->head[peer->used] = '\0';
    ws_drop_used(peer);
    return (peer->head[9] - '0') * 100 + (peer->head[10] - '0') * 10 + peer->head[11] - '0';
}

static inline void ws_open(struct ws_peer *peer, struct run *run, const char *target,
                           const char *fields)
{
    int status;

    ws_knock(peer, run, target, fields);
    status = ws_answer(peer);
    assert(status == 101);
}

/* A masked frame whose mask is zero, so that the payload is seen as it is. first: FIN, RSV and opcode. */
static inline size_t ws_encode(uint8_t *out, uint8_t first, const void *data, size_t len)
{
    size_t at = 2;

    out[0] = first;
    if (len < 126) {
        out[1] = (uint8_t)(0x80 | len);
    } else if (len < 65536) {
        out[1] = 0x80 | 126;
        out[2] = (uint8_t)(len >> 8);
        out[3] = (uint8_t)len;
        at = 4;
    } else {
        out[1] = 0x80 | 127;
        for (int i = 0; i < 8; i++)
            out[2 + i] = (uint8_t)((uint64_t)len >> (56 - 8 * i));
        at = 10;
    }
    memset(out + at, 0, 4);
    if (len > 0)
        memcpy(out + at + 4, data, len);
    return at + 4 + len;
}

static inline void ws_say(struct ws_peer *peer, uint8_t first, const char *data, size_t len)
{
    uint8_t *frame = malloc(len + 14);

    assert(frame);
    run_write(peer->fd, frame, ws_encode(frame, first, data, len));
    free(frame);
}

static inline void ws_say_text(struct ws_peer *peer, const char *text)
{
    ws_say(peer, 0x81, text, strlen(text));
}

static inline bool ws_decode(struct ws_peer *peer, struct ws_frame *frame)
{
    const uint8_t *bytes = peer->bytes;
    size_t head = 2, len;

    if (peer->len < 2)
        return false;
    len = bytes[1] & 0x7f;
    if (len >= 126) {
        size_t width = len == 126 ? 2 : 8;

        head += width;
        if (peer->len < head)
            return false;
        len = 0;
        for (size_t i = 0; i < width; i++)
            len = len << 8 | bytes[2 + i];
    }
    if (peer->len - head < len)
        return false;
    *frame = (struct ws_frame){bytes[0] & 15, bytes[0] >> 7, bytes[0] >> 4 & 7, bytes + head, len};
    peer->used = head + len;
    return true;
}

/* The next frame of the server, or its end. */
static inline struct ws_frame ws_next(struct ws_peer *peer)
{
    struct ws_frame frame = {.opcode = WS_EOF};
    gw_loop *loop = gw_server_loop(peer->run->server);
    uint64_t limit_ms = gw_loop_now_ms(loop) + RUN_LIMIT_MS;

    ws_drop_used(peer);
    while (!ws_decode(peer, &frame) && !peer->has_ended) {
        ws_fill(peer);
        assert(gw_loop_now_ms(loop) < limit_ms);
    }
    return frame;
}

/* Whether the next frame is a text message of just this. */
static inline bool ws_next_is(struct ws_peer *peer, const char *text)
{
    struct ws_frame frame = ws_next(peer);

    return frame.opcode == 1 && frame.len == strlen(text) &&
           memcmp(frame.data, text, frame.len) == 0;
}

/* The code of the close frame that comes next: 1005 when it has none, 0 when something else comes. */
static inline int ws_next_close(struct ws_peer *peer)
{
    struct ws_frame frame = ws_next(peer);

    if (frame.opcode != 8)
        return 0;
    return frame.len < 2 ? 1005 : frame.data[0] << 8 | frame.data[1];
}

#endif
