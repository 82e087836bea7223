/* SPDX-License-Identifier: MIT */
/* Connected sockets for tests: one end for the code under test, the other plain and blocking. No fixed ports. */
#ifndef TEST_SUPPORT_SOCKETS_H
#define TEST_SUPPORT_SOCKETS_H

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ours is non-blocking, as streams want it. */
struct socket_pair {
    int ours, theirs;
};

static inline void set_nonblocking(int fd)
{
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

static inline struct socket_pair unix_pair(void)
{
    int fds[2] = {-1, -1};

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0)
        set_nonblocking(fds[0]);
    return (struct socket_pair){fds[0], fds[1]};
}

/* Both ends -1 where the machine does not know the family. */
static inline struct socket_pair tcp_pair(int family)
{
    struct socket_pair pair = {-1, -1};
    struct sockaddr_storage storage = {.ss_family = (sa_family_t)family};
    struct sockaddr *address = (struct sockaddr *)&storage;
    socklen_t len = family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
    int listener = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (family == AF_INET6)
        ((struct sockaddr_in6 *)(void *)&storage)->sin6_addr = in6addr_loopback;
    else
        ((struct sockaddr_in *)(void *)&storage)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (listener >= 0 && bind(listener, address, len) == 0 && listen(listener, 1) == 0 &&
        getsockname(listener, address, &len) == 0) {
        pair.theirs = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(pair.theirs, address, len) == 0)
            pair.ours = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    }
    if (listener >= 0)
        close(listener);
    return pair;
}

/* Closing it sends a reset instead of FIN. */
static inline void reset_on_close(int fd)
{
    struct linger hard = {.l_onoff = 1, .l_linger = 0};

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
}

/* Waits for all of them. */
static inline bool read_exactly(int fd, uint8_t *out, size_t len)
{
    for (size_t got = 0; got < len;) {
        ssize_t n = read(fd, out + got, len - got);

        if (n <= 0)
            return false;
        got += (size_t)n;
    }
    return true;
}

static inline bool write_exactly(int fd, const uint8_t *bytes, size_t len)
{
    for (size_t put = 0; put < len;) {
        ssize_t n = write(fd, bytes + put, len - put);

        if (n <= 0)
            return false;
        put += (size_t)n;
    }
    return true;
}

#endif
