/* SPDX-License-Identifier: MIT */
/* A server and its clients in one thread: the client writes, the loop turns, the client reads. No port is fixed, and
 * nothing waits longer than RUN_LIMIT_MS. */
#ifndef TESTS_SUPPORT_SERVER_RUN_H
#define TESTS_SUPPORT_SERVER_RUN_H

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <godwit/godwit.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RUN_LIMIT_MS = 60000, RUN_BYTES_MAX = 1 << 20 };

struct run {
    gw_server *server;
    uint16_t port;
};

static inline void run_start(struct run *run, const struct gw_server_options *options)
{
    struct gw_server_options quiet = options ? *options : (struct gw_server_options){0};
    int port;

    run->server = gw_server_create(&quiet);
    assert(run->server);
    port = gw_server_listen(run->server, "127.0.0.1", 0);
    assert(port > 0);
    run->port = (uint16_t)port;
}

static inline void run_end(struct run *run)
{
    gw_server_destroy(run->server);
}

/* receive_bytes: how much the kernel takes for the client that it has not read; 0: what it likes. */
static inline int run_connect_with(const struct run *run, int receive_bytes)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(run->port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int err;

    if (receive_bytes > 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof(receive_bytes));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    err = connect(fd, (struct sockaddr *)&address, sizeof(address));
    assert(err == 0);
    return fd;
}

static inline int run_connect(const struct run *run)
{
    return run_connect_with(run, 0);
}

static inline int run_connect_narrow(const struct run *run)
{
    return run_connect_with(run, 8192);
}

static inline void run_write(int fd, const void *bytes, size_t len)
{
    ssize_t sent = send(fd, bytes, len, MSG_NOSIGNAL);

    assert(sent == (ssize_t)len);
}

static inline void run_say(int fd, const char *text)
{
    run_write(fd, text, strlen(text));
}

/* Turns the loop and appends to out what the client receives, until its text holds `until` (NULL: until the server has
 * closed). Returns the length; out is NUL-terminated. */
static inline size_t run_read(struct run *run, int fd, char *out, size_t size, const char *until)
{
    gw_loop *loop = gw_server_loop(run->server);
    uint64_t limit_ms = gw_loop_now_ms(loop) + RUN_LIMIT_MS;
    size_t len = 0;

    out[0] = '\0';
    while (!until || !strstr(out, until)) {
        ssize_t n;

        gw_loop_step(loop, 5);
        assert(gw_loop_now_ms(loop) < limit_ms);
        n = recv(fd, out + len, size - 1 - len, MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno == ECONNRESET))
            break;
        if (n > 0)
            len += (size_t)n;
        out[len] = '\0';
    }
    return len;
}

/* One request on a connection of its own; the request must ask for the connection to be closed. Gives the whole answer, the
 * caller's to free. */
static inline char *run_ask(struct run *run, const char *request)
{
    char *answer = malloc(RUN_BYTES_MAX);
    int fd = run_connect(run);

    assert(answer);
    run_say(fd, request);
    run_read(run, fd, answer, RUN_BYTES_MAX, NULL);
    close(fd);
    return answer;
}

#endif
