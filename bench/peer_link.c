/* SPDX-License-Identifier: MIT */
#include "peer_link.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

static SSL_CTX *context(void)
{
    static SSL_CTX *made;

    if (!made) {
        made = SSL_CTX_new(TLS_client_method());
        SSL_CTX_set_read_ahead(made, 1);
        SSL_CTX_set_mode(made, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_RELEASE_BUFFERS);
    }
    return made;
}

bool peer_link_open(struct ssl_st **ssl, int fd, bool is_secure)
{
    int flags = fcntl(fd, F_GETFL);
    bool is_done;

    *ssl = NULL;
    if (!is_secure)
        return true;
    *ssl = SSL_new(context());
    fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
    is_done = *ssl && SSL_set_fd(*ssl, fd) == 1 && SSL_connect(*ssl) == 1;
    fcntl(fd, F_SETFL, flags);
    return is_done;
}

/* -1 with errno, as the kernel does it. */
static ssize_t result_of(SSL *ssl, int n)
{
    switch (SSL_get_error(ssl, n)) {
    case SSL_ERROR_ZERO_RETURN:
        return 0;
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        errno = EAGAIN;
        return -1;
    default:
        ERR_clear_error();
        errno = EPROTO;
        return -1;
    }
}

ssize_t peer_link_send(struct ssl_st *ssl, int fd, const void *bytes, size_t len)
{
    int n;

    if (!ssl)
        return send(fd, bytes, len, MSG_NOSIGNAL);
    n = SSL_write(ssl, bytes, (int)len);
    return n > 0 ? n : result_of(ssl, n);
}

ssize_t peer_link_recv(struct ssl_st *ssl, int fd, void *bytes, size_t size)
{
    size_t got = 0;
    int n;

    if (!ssl)
        return recv(fd, bytes, size, 0);
    do {
        n = SSL_read(ssl, (char *)bytes + got, (int)(size - got));
        got += n > 0 ? (size_t)n : 0;
    } while (n > 0 && SSL_has_pending(ssl) && got < size);
    return got > 0 ? (ssize_t)got : result_of(ssl, n);
}

void peer_link_close(struct ssl_st *ssl)
{
    SSL_free(ssl);
}
