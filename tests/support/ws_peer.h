/* SPDX-License-Identifier: MIT */
/* A WebSocket server for tests of the client, on the loopback interface and in the test's own thread: peer_serve does what
 * can be done at once. What it does depends on the path of the request:
 *
 *     /open       101, then the text "hi"; a close frame is answered
 *     /end        101, then the end of TCP
 *     /silent     nothing
 *     /refuse     403
 *     /moved      302 to /open
 *
 * CONNECT is answered with 200, and the next request is read. */
#ifndef TEST_SUPPORT_WS_PEER_H
#define TEST_SUPPORT_WS_PEER_H

#include "ws/handshake.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PEER_CONNECTIONS_MAX = 8, PEER_BYTES_MAX = 8192 };

struct peer_connection {
    int fd; /* -1: none */
    size_t len;
    char bytes[PEER_BYTES_MAX];
    bool is_open; /* frames come */
};

struct peer {
    int listener;
    uint16_t port;
    int request_count;
    char request[PEER_BYTES_MAX]; /* the last one */
    struct peer_connection connections[PEER_CONNECTIONS_MAX];
};

static inline bool peer_start(struct peer *peer)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof(address);

    *peer = (struct peer){0};
    for (size_t i = 0; i < PEER_CONNECTIONS_MAX; i++)
        peer->connections[i].fd = -1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    peer->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (peer->listener < 0 ||
        bind(peer->listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
        listen(peer->listener, 16) < 0 ||
        getsockname(peer->listener, (struct sockaddr *)&address, &len) < 0)
        return false;
    peer->port = ntohs(address.sin_port);
    return true;
}

static inline void peer_close(struct peer_connection *connection)
{
    if (connection->fd >= 0)
        close(connection->fd);
    *connection = (struct peer_connection){.fd = -1};
}

static inline void peer_stop(struct peer *peer)
{
    for (size_t i = 0; i < PEER_CONNECTIONS_MAX; i++)
        peer_close(&peer->connections[i]);
    close(peer->listener);
}

static inline void peer_send(struct peer_connection *connection, const void *bytes, size_t len)
{
    if (send(connection->fd, bytes, len, MSG_NOSIGNAL) < 0)
        peer_close(connection);
}

static inline void peer_say(struct peer_connection *connection, const char *text)
{
    peer_send(connection, text, strlen(text));
}

static inline void peer_accept_handshake(struct peer_connection *connection)
{
    static const char name[] = "Sec-WebSocket-Key: ";
    const char *key = strstr(connection->bytes, name);
    uint8_t accept[GW_WS_ACCEPT_LEN];
    char answer[256];

    if (!key || gw_ws_accept_encode(accept, (const uint8_t *)key + sizeof(name) - 1) != 0)
        return;
    snprintf(answer, sizeof(answer),
             "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Accept: %.*s\r\n\r\n",
             GW_WS_ACCEPT_LEN, (const char *)accept);
    peer_say(connection, answer);
    connection->is_open = true;
}

static inline void peer_answer(struct peer *peer, struct peer_connection *connection)
{
    const char *text = connection->bytes;

    peer->request_count++;
    memcpy(peer->request, text, sizeof(peer->request));
    if (strncmp(text, "CONNECT ", 8) == 0) {
        peer_say(connection, "HTTP/1.1 200 Connected\r\n\r\n");
    } else if (strncmp(text, "GET /open ", 10) == 0) {
        peer_accept_handshake(connection);
        peer_send(connection, "\x81\x02hi", 4);
    } else if (strncmp(text, "GET /end ", 9) == 0) {
        peer_accept_handshake(connection);
        peer_close(connection);
    } else if (strncmp(text, "GET /refuse ", 12) == 0) {
        peer_say(connection, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    } else if (strncmp(text, "GET /moved ", 11) == 0) {
        peer_say(connection, "HTTP/1.1 302 Found\r\nLocation: /open\r\n\r\n");
    }
    connection->len = 0;
}

/* A close frame may follow others; what they say does not matter here. */
static inline void peer_take_frames(struct peer_connection *connection)
{
    for (size_t at = 0; at + 6 <= connection->len;
         at += 6U + ((uint8_t)connection->bytes[at + 1] & 0x7f)) {
        if (((uint8_t)connection->bytes[at] & 15) != 8)
            continue;
        peer_send(connection, "\x88\x02\x03\xe8", 4);
        peer_close(connection);
        return;
    }
}

static inline void peer_read(struct peer *peer, struct peer_connection *connection)
{
    ssize_t n = recv(connection->fd, connection->bytes + connection->len,
                     sizeof(connection->bytes) - 1 - connection->len, MSG_DONTWAIT);

    if (n == 0)
        peer_close(connection);
    if (n <= 0)
        return;
    connection->len += (size_t)n;
    connection->bytes[connection->len] = '\0';
    if (connection->is_open)
        peer_take_frames(connection);
    else if (strstr(connection->bytes, "\r\n\r\n"))
        peer_answer(peer, connection);
}

static inline void peer_serve(struct peer *peer)
{
    for (size_t i = 0; i < PEER_CONNECTIONS_MAX; i++) {
        struct peer_connection *connection = &peer->connections[i];

        if (connection->fd < 0)
            connection->fd = accept(peer->listener, NULL, NULL);
        if (connection->fd >= 0)
            peer_read(peer, connection);
    }
}

#endif
