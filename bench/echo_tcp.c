/* SPDX-License-Identifier: MIT */
/* The floor of every echo: epoll, recv, send, and not one instruction about what the bytes mean.
 * usage: echo_tcp [--everybody] PORT. With --everybody each chunk goes to all connections, the floor of a broadcast.
 * Closes a connection whose peer does not read. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 1024, BUFFER_BYTES = 64 * 1024, DESCRIPTORS = 65536 };

static bool is_open[DESCRIPTORS];
static int highest;

static int listen_on(uint16_t port)
{
    struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
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
    int fd, one = 1;

    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0 &&
           fd < DESCRIPTORS) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        watch(epoll, fd);
        is_open[fd] = true;
        highest = fd > highest ? fd : highest;
    }
}

static void end(int fd)
{
    is_open[fd] = false;
    close(fd);
}

static void echo(int fd, bool to_everybody)
{
    static char buffer[BUFFER_BYTES];
    ssize_t got = recv(fd, buffer, sizeof buffer, 0);

    if (got <= 0) {
        end(fd);
        return;
    }
    for (int to = to_everybody ? 0 : fd; to <= (to_everybody ? highest : fd); to++) {
        if (is_open[to] && send(to, buffer, (size_t)got, MSG_NOSIGNAL) != got)
            end(to);
    }
}

int main(int argc, char **argv)
{
    bool to_everybody = argc == 3 && strcmp(argv[1], "--everybody") == 0;
    int port = argc == 2 || to_everybody ? (int)strtol(argv[argc - 1], NULL, 10) : 0;
    int listener = port > 0 && port < 65536 ? listen_on((uint16_t)port) : -1;
    int epoll = epoll_create1(EPOLL_CLOEXEC);

    if (listener < 0 || epoll < 0) {
        fprintf(stderr, "echo_tcp: cannot listen on port %d\n", port);
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
                echo(events[i].data.fd, to_everybody);
        }
    }
}
