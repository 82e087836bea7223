/* SPDX-License-Identifier: MIT */
#include "peer.h"

#include "peer_link.h"
#include "peer_poll.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif

enum {
    BUFFER_BYTES = 256 * 1024,
    SOURCE_ADDRESSES = 100, /* 127.0.0.1 to 127.0.0.100 */
    OPCODE_TEXT = 1,
    RSV1 = 0x40,
    OPCODE_CLOSE = 8,
    OPCODE_PING = 9,
    OPCODE_PONG = 10,
};

static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};

/* A frame of a client with a payload of any length. Returns its length; out may be NULL to ask for it. */
static size_t encode_frame(uint8_t *out, uint8_t opcode, const void *payload, size_t len)
{
    uint8_t head[14] = {(uint8_t)(0x80 | opcode)};
    size_t head_len = 2;

    if (len < 126) {
        head[1] = (uint8_t)(0x80 | len);
    } else if (len < 65536) {
        head[1] = 0x80 | 126;
        head[2] = (uint8_t)(len >> 8);
        head[3] = (uint8_t)len;
        head_len = 4;
    } else {
        head[1] = 0x80 | 127;
        for (size_t i = 0; i < 8; i++)
            head[2 + i] = (uint8_t)((uint64_t)len >> (56 - 8 * i));
        head_len = 10;
    }
    if (!out)
        return head_len + 4 + len;

    memcpy(head + head_len, mask, 4);
    memcpy(out, head, head_len + 4);
    for (size_t i = 0; i < len; i++)
        out[head_len + 4 + i] = ((const uint8_t *)payload)[i] ^ mask[i & 3];
    return head_len + 4 + len;
}

static void *need(void *memory)
{
    if (!memory) {
        fputs("load: out of memory\n", stderr);
        exit(1);
    }
    return memory;
}

/* What a message says: letters for a WebSocket, an event with one string for Socket.IO. */
static void make_payload(struct peer_script *script, const char *event, size_t size)
{
    char *text = need(malloc(size + 1));

    memset(text, 'x', size);
    text[size] = '\0';
    if (script->kind >= PEER_SOCKETIO) {
        char *packet = NULL;

        if (asprintf(&packet, "42[\"%s\",\"%s\"]", event, text) < 0)
            need(NULL);
        free(text);
        text = packet;
    }
    script->reply = (uint8_t *)text;
    script->reply_len = strlen(text);
}

static void make_batch(struct peer_script *script, uint8_t opcode, const void *payload, size_t len)
{
    script->frame_len = encode_frame(NULL, opcode, payload, len);
    script->batch_len = script->frame_len * script->depth;
    free(script->batch);
    script->batch = need(malloc(script->batch_len));
    for (uint32_t i = 0; i < script->depth; i++)
        encode_frame(script->batch + i * script->frame_len, opcode, payload, len);
}

static void make_request(struct peer_script *script)
{
    const char *path =
        script->kind == PEER_SOCKETIO ? "/socket.io/?EIO=4&transport=websocket" : "/echo";
    const char *extension = script->is_compressed
                                ? "Sec-WebSocket-Extensions: permessage-deflate; "
                                  "server_no_context_takeover; client_no_context_takeover\r\n"
                                : "";

    free(script->request);
    if (asprintf(
            &script->request,
            "GET %s HTTP/1.1\r\nHost: localhost:%u\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\nSec-WebSocket-Version: 13\r\n%s\r\n",
            path, script->port, extension) < 0)
        need(NULL);
}

void peer_script_init(struct peer_script *script, enum peer_kind kind, uint16_t port,
                      const char *event, size_t size, uint32_t depth)
{
    *script = (struct peer_script){.kind = kind, .port = port, .depth = depth};
    make_payload(script, event, size);
    make_batch(script, OPCODE_TEXT, script->reply, script->reply_len);
    make_request(script);
}

/* Records as a feed sends them: the keys repeat, the values do not. */
static void make_json(uint8_t *text, size_t size)
{
    char record[128];
    size_t len = 0;

    for (uint32_t i = 0; len < size; i++) {
        uint32_t noise = i * 2654435761u;
        size_t n =
            (size_t)snprintf(record, sizeof record,
                             "{\"id\":%u,\"symbol\":\"%c%c%c\",\"price\":%u.%02u,\"open\":%s},", i,
                             'A' + noise % 26, 'A' + noise / 26 % 26, 'A' + noise / 676 % 26,
                             noise % 9973, noise % 100, noise & 64 ? "true" : "false");

        n = n < size - len ? n : size - len;
        memcpy(text + len, record, n);
        len += n;
    }
}

void peer_script_compress(struct peer_script *script)
{
    z_stream z = {0};
    size_t room = script->reply_len + 1024;
    uint8_t *bytes = need(malloc(room));

    make_json(script->reply, script->reply_len);
    if (deflateInit2(&z, 1, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        need(NULL);
    z.next_in = script->reply;
    z.avail_in = (uInt)script->reply_len;
    z.next_out = bytes;
    z.avail_out = (uInt)room;
    deflate(&z, Z_SYNC_FLUSH);
    script->is_compressed = true;
    make_batch(script, RSV1 | OPCODE_TEXT, bytes, z.total_out - 4); /* RFC 7692 7.2.1 */
    make_request(script);
    deflateEnd(&z);
    free(bytes);
}

static bool inflates_to(const uint8_t *bytes, size_t len, const uint8_t *text, size_t text_len)
{
    uint8_t *out = need(malloc(text_len + 64));
    z_stream z = {.next_in = (uint8_t *)(uintptr_t)bytes,
                  .avail_in = (uInt)len,
                  .next_out = out,
                  .avail_out = (uInt)(text_len + 64)};
    bool is_same;

    if (inflateInit2(&z, -15) != Z_OK)
        need(NULL);
    inflate(&z, Z_SYNC_FLUSH);
    is_same = z.total_out == text_len && memcmp(out, text, text_len) == 0;
    inflateEnd(&z);
    free(out);
    return is_same;
}

void peer_script_dispose(struct peer_script *script)
{
    free(script->batch);
    free(script->reply);
    free(script->request);
}

static void watch(struct peer *peer, int operation, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = peer};

    epoll_ctl(peer->epoll, operation, peer->fd, &event);
}

bool peer_open(struct peer *peer, const struct peer_script *script, int epoll, uint32_t number)
{
    struct sockaddr_in from = {.sin_family = AF_INET,
                               .sin_addr.s_addr =
                                   htonl(INADDR_LOOPBACK + number % SOURCE_ADDRESSES)};
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(script->port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1;

    *peer = (struct peer){.epoll = epoll, .state = PEER_CONNECTING};
    peer->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (peer->fd < 0)
        return false;
    setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(peer->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    if (bind(peer->fd, (struct sockaddr *)&from, sizeof from) != 0 ||
        (connect(peer->fd, (struct sockaddr *)&to, sizeof to) != 0 && errno != EINPROGRESS)) {
        peer_close(peer);
        return false;
    }
    watch(peer, EPOLL_CTL_ADD, EPOLLIN | EPOLLOUT);
    return true;
}

void peer_close(struct peer *peer)
{
    peer_link_close(peer->ssl);
    peer->ssl = NULL;
    peer_poll_close(peer);
    if (peer->fd >= 0)
        close(peer->fd);
    peer->fd = -1;
}

/* For the few bytes of a handshake or a pong, which the kernel always takes whole. */
static const char *send_small(struct peer *peer, const void *bytes, size_t len)
{
    return peer_link_send(peer->ssl, peer->fd, bytes, len) == (ssize_t)len
               ? NULL
               : "a short message could not be sent";
}

static const char *send_text(struct peer *peer, uint8_t opcode, const char *text)
{
    uint8_t frame[64];

    return send_small(peer, frame, encode_frame(frame, opcode, text, strlen(text)));
}

static const char *send_rest(struct peer *peer, const struct peer_script *script)
{
    bool was_short = peer->unsent < script->batch_len;
    ssize_t sent = peer_link_send(peer->ssl, peer->fd,
                                  script->batch + (script->batch_len - peer->unsent), peer->unsent);

    if (sent < 0 && errno != EAGAIN)
        return "the batch could not be sent";
    peer->unsent -= sent > 0 ? (size_t)sent : 0;
    if (peer->unsent > 0 && !was_short)
        watch(peer, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
    if (peer->unsent == 0 && was_short)
        watch(peer, EPOLL_CTL_MOD, EPOLLIN);
    return NULL;
}

const char *peer_send_batch(struct peer *peer, const struct peer_script *script)
{
    peer->received = 0;
    if (script->kind == PEER_POLLING)
        return peer_poll_send(peer, script);
    peer->unsent = script->batch_len;
    return send_rest(peer, script);
}

static void count_message(struct peer *peer)
{
    peer->received++;
    peer->total++;
}

/* A packet of Engine.IO 4: its type, and for a message the Socket.IO type behind it. */
static const char *take_packet(struct peer *peer)
{
    switch (peer->lead_len ? peer->lead[0] : 0) {
    case '0':
        return send_text(peer, OPCODE_TEXT, "40");
    case '2':
        return send_text(peer, OPCODE_TEXT, "3");
    case '4':
        if (peer->lead[1] == '0')
            peer->state = PEER_READY;
        else if (peer->lead[1] == '2')
            count_message(peer);
        else
            return "a Socket.IO packet that is neither CONNECT nor EVENT";
        return NULL;
    default:
        return "an unexpected Engine.IO packet";
    }
}

static const char *take_frame(struct peer *peer, const struct peer_script *script)
{
    switch (peer->opcode) {
    case OPCODE_CLOSE:
        return "the server closed the WebSocket";
    case OPCODE_PING:
        return send_text(peer, OPCODE_PONG, "");
    case OPCODE_PONG:
        return NULL;
    default:
        if (script->kind == PEER_SOCKETIO)
            return take_packet(peer);
        count_message(peer);
        return NULL;
    }
}

/* The length of a server's frame head, as far as its first two bytes tell; 2 while there are fewer. */
static size_t head_len_of(const uint8_t *head, size_t len)
{
    if (len < 2)
        return 2;
    return head[1] < 126 ? 2 : head[1] == 126 ? 4 : 10;
}

static uint64_t payload_len_of(const uint8_t *head)
{
    uint64_t len = 0;

    if (head[1] < 126)
        return head[1];
    for (size_t i = 2; i < head_len_of(head, 2); i++)
        len = len << 8 | head[i];
    return len;
}

/* The first message that arrives in one piece must be what was sent. */
static bool is_expected(struct peer *peer, const struct peer_script *script, const uint8_t *payload,
                        uint64_t len)
{
    if (peer->is_checked || peer->state != PEER_READY || peer->opcode != OPCODE_TEXT)
        return true;
    if (script->kind == PEER_SOCKETIO && (len < 2 || memcmp(payload, "42", 2) != 0))
        return true;
    peer->is_checked = true;
    if (script->is_compressed)
        return (peer->head[0] & RSV1) &&
               inflates_to(payload, (size_t)len, script->reply, script->reply_len);
    return len == script->reply_len && memcmp(payload, script->reply, len) == 0;
}

/* Puts a frame's head together from pieces. Returns how many bytes it took. */
static size_t gather_head(struct peer *peer, const uint8_t *bytes, size_t len)
{
    size_t used = 0;

    while (used < len && peer->head_len < head_len_of(peer->head, peer->head_len))
        peer->head[peer->head_len++] = bytes[used++];
    if (peer->head_len >= 2 && peer->head_len == head_len_of(peer->head, peer->head_len)) {
        peer->opcode = peer->head[0] & 15;
        peer->skip = payload_len_of(peer->head);
        peer->lead_len = 0;
    }
    return used;
}

static const char *take_frames(struct peer *peer, const struct peer_script *script,
                               const uint8_t *bytes, size_t len)
{
    const char *why;

    while (len > 0) {
        bool has_head =
            peer->head_len >= 2 && peer->head_len == head_len_of(peer->head, peer->head_len);

        if (!has_head) {
            size_t used = gather_head(peer, bytes, len);

            bytes += used;
            len -= used;
            if (peer->head_len < head_len_of(peer->head, peer->head_len))
                return NULL;
            if (peer->skip <= len && !is_expected(peer, script, bytes, peer->skip))
                return "the answer is not what was sent";
        }

        size_t part = peer->skip < len ? (size_t)peer->skip : len;

        for (size_t i = 0; i < part && peer->lead_len < 2; i++)
            peer->lead[peer->lead_len++] = bytes[i];
        bytes += part;
        len -= part;
        peer->skip -= part;
        if (peer->skip > 0)
            return NULL;
        peer->head_len = 0;
        why = take_frame(peer, script);
        if (why)
            return why;
    }
    return NULL;
}

/* Skips the answer to the upgrade; what follows it in the same bytes is frames. */
static const char *take_answer(struct peer *peer, const struct peer_script *script,
                               const uint8_t *bytes, size_t len)
{
    static const char blank_line[] = "\r\n\r\n";
    size_t used = 0;

    while (used < len && peer->blank < 4) {
        uint8_t byte = bytes[used++];

        if (peer->head_len < 12)
            peer->head[peer->head_len++] = byte;
        peer->blank = byte == blank_line[peer->blank] ? (uint8_t)(peer->blank + 1) : byte == '\r';
    }
    if (peer->head_len == 12 && memcmp(peer->head, "HTTP/1.1 101", 12) != 0)
        return "the upgrade was refused";
    if (peer->blank < 4)
        return NULL;
    peer->head_len = 0;
    peer->state = script->kind == PEER_SOCKETIO ? PEER_OPENING : PEER_READY;
    return take_frames(peer, script, bytes + used, len - used);
}

static void take_bytes(struct peer *peer, const struct peer_script *script, size_t len)
{
    peer->skip += len;
    for (; peer->skip >= script->frame_len; peer->skip -= script->frame_len)
        count_message(peer);
}

static const char *on_readable(struct peer *peer, const struct peer_script *script)
{
    static uint8_t buffer[BUFFER_BYTES];
    ssize_t got = peer_link_recv(peer->ssl, peer->fd, buffer, sizeof buffer);

    if (got < 0)
        return errno == EAGAIN ? NULL : "the connection broke";
    if (got == 0)
        return "the server ended the connection";
    if (peer->poll)
        return peer_poll_take(peer, script, (const char *)buffer, (size_t)got);
    if (peer->state == PEER_UPGRADING)
        return take_answer(peer, script, buffer, (size_t)got);
    if (script->kind != PEER_TCP)
        return take_frames(peer, script, buffer, (size_t)got);
    take_bytes(peer, script, (size_t)got);
    return NULL;
}

static const char *on_connected(struct peer *peer, const struct peer_script *script)
{
    int err = 0;
    socklen_t len = sizeof err;

    getsockopt(peer->fd, SOL_SOCKET, SO_ERROR, &err, &len);
    if (err != 0)
        return strerror(err);
    if (!peer_link_open(&peer->ssl, peer->fd, script->is_secure))
        return "the TLS handshake failed";
    watch(peer, EPOLL_CTL_MOD, EPOLLIN);
    if (script->kind == PEER_POLLING)
        return peer_poll_begin(peer, script);
    peer->state = script->kind == PEER_TCP ? PEER_READY : PEER_UPGRADING;
    return script->kind == PEER_TCP ? NULL
                                    : send_small(peer, script->request, strlen(script->request));
}

const char *peer_on_event(struct peer *peer, const struct peer_script *script, uint32_t events)
{
    const char *why = NULL;

    if (peer->state == PEER_CONNECTING)
        return events & (EPOLLOUT | EPOLLERR | EPOLLHUP) ? on_connected(peer, script) : NULL;
    if (events & EPOLLOUT)
        why = send_rest(peer, script);
    if (!why && events & (EPOLLIN | EPOLLERR | EPOLLHUP))
        why = on_readable(peer, script);
    return why;
}
