/* SPDX-License-Identifier: MIT */
/* The floor of every echo over TLS: epoll, SSL_read, SSL_write, as lean as OpenSSL on a socket gets: read ahead, so that a record
 * takes one recv and not two, and buffers that stay. Closes a connection whose peer does not read.
 * usage: echo_tls CERT KEY PORT */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 1024, BUFFER_BYTES = 64 * 1024 };

static SSL_CTX *make_context(const char *cert, const char *key)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());

    if (!context || SSL_CTX_use_certificate_chain_file(context, cert) != 1 ||
        SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)
        return NULL;
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_read_ahead(context, 1);
    return context;
}

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

static void hang_up(SSL *ssl)
{
    int fd = SSL_get_fd(ssl);

    SSL_free(ssl);
    close(fd);
}

static void accept_all(int epoll, int listener, SSL_CTX *context)
{
    int fd, one = 1;

    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        SSL *ssl = SSL_new(context);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = ssl};

        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        SSL_set_fd(ssl, fd);
        SSL_set_accept_state(ssl);
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
            hang_up(ssl);
    }
}

static void echo(SSL *ssl)
{
    static char buffer[BUFFER_BYTES];

    do {
        int got = SSL_read(ssl, buffer, sizeof buffer);

        if (got <= 0) {
            if (SSL_get_error(ssl, got) != SSL_ERROR_WANT_READ)
                hang_up(ssl);
            ERR_clear_error();
            return;
        }
        if (SSL_write(ssl, buffer, got) != got) {
            hang_up(ssl);
            ERR_clear_error();
            return;
        }
    } while (SSL_has_pending(ssl));
}

int main(int argc, char **argv)
{
    SSL_CTX *context = argc == 4 ? make_context(argv[1], argv[2]) : NULL;
    int port = argc == 4 ? (int)strtol(argv[3], NULL, 10) : 0;
    int listener = port > 0 && port < 65536 ? listen_on((uint16_t)port) : -1;
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event listening = {.events = EPOLLIN, .data.ptr = NULL};

    if (!context || listener < 0 || epoll < 0) {
        fprintf(stderr, "echo_tls: no certificate, or cannot listen on port %d\n", port);
        return 1;
    }
    signal(SIGPIPE, SIG_IGN);
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &listening);
    printf("listening on %d\n", port);
    fflush(stdout);

    for (;;) {
        struct epoll_event events[EVENTS];
        int count = epoll_wait(epoll, events, EVENTS, -1);

        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr)
                echo(events[i].data.ptr);
            else
                accept_all(epoll, listener, context);
        }
    }
}
