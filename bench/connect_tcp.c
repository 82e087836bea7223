/* SPDX-License-Identifier: MIT */
/* The floor of opening a connection: accept, and an answer to each thing that the generator says, the same bytes to
 * everybody and without a look at what was asked. No system call is made that could be left out.
 * usage: connect_tcp [--socketio] PORT. Speaks as much of a WebSocket server, or of a Socket.IO server, as `load rate`
 * needs to hear. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define ACCEPTANCE                                                                                 \
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"            \
    "Sec-WebSocket-Accept: HSmrc0sMlYUkAGmm5OPpG2HaGWk=\r\n\r\n"
#define OPEN                                                                                       \
    "\x81\x6b"                                                                                     \
    "0{\"sid\":\"AAAAAAAAAAAAAAAAAAAA\",\"upgrades\":[],\"pingInterval\":25000,"                   \
    "\"pingTimeout\":20000,\"maxPayload\":1000000}"
#define CONNECT                                                                                    \
    "\x81\x20"                                                                                     \
    "40{\"sid\":\"AAAAAAAAAAAAAAAAAAAB\"}"

enum { EVENTS = 1024, BUFFER_BYTES = 64 * 1024, DESCRIPTORS = 65536, ANSWERS_MAX = 2 };

struct answer {
    const char *bytes;
    size_t len;
};

static const struct answer websocket[ANSWERS_MAX] = {{ACCEPTANCE, sizeof ACCEPTANCE - 1}};
static const struct answer socketio[ANSWERS_MAX] = {
    {ACCEPTANCE OPEN, sizeof ACCEPTANCE OPEN - 1},
    {CONNECT, sizeof CONNECT - 1},
};
static uint8_t answered[DESCRIPTORS]; /* answers that each connection has had */

/* What is accepted inherits TCP_NODELAY. */
static int listen_on(uint16_t port)
{
    struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(fd, 4096) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static void watch(int epoll, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        close(fd);
}

static void accept_all(int epoll, int listener)
{
    int fd;

    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0 &&
           fd < DESCRIPTORS) {
        answered[fd] = 0;
        watch(epoll, fd);
    }
}

static void answer(int fd, const struct answer answers[static ANSWERS_MAX])
{
    static char buffer[BUFFER_BYTES];
    const struct answer *next = &answers[answered[fd]];

    if (recv(fd, buffer, sizeof buffer, 0) <= 0) {
        close(fd);
    } else if (answered[fd] < ANSWERS_MAX && next->len > 0) {
        answered[fd]++;
        if (send(fd, next->bytes, next->len, MSG_NOSIGNAL) != (ssize_t)next->len)
            close(fd);
    }
}

int main(int argc, char **argv)
{
    bool is_socketio = argc == 3 && strcmp(argv[1], "--socketio") == 0;
    int port = argc == 2 || is_socketio ? (int)strtol(argv[argc - 1], NULL, 10) : 0;
    int listener = port > 0 && port < 65536 ? listen_on((uint16_t)port) : -1;
    int epoll = epoll_create1(EPOLL_CLOEXEC);

    if (listener < 0 || epoll < 0) {
        fprintf(stderr, "connect_tcp: cannot listen on port %d\n", port);
        return 1;
    }
    watch(epoll, listener);
    printf("listening on %d\n", port);
    fflush(stdout);

    for (;;) {
        struct epoll_event events[EVENTS];
        int count = epoll_wait(epoll, events, EVENTS, -1);

        for (int i = 0; i < count; i++) {
            if (events[i].data.fd == listener)
                accept_all(epoll, listener);
            else
                answer(events[i].data.fd, is_socketio ? socketio : websocket);
        }
    }
}
