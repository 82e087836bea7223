/* SPDX-License-Identifier: MIT */
/* Both ends of a TLS connection in one loop, with notes of what each was told; and a peer made of bare OpenSSL, which can
 * do what ours never does. Nothing waits longer than some seconds. */
#ifndef TESTS_SUPPORT_TLS_PAIR_H
#define TESTS_SUPPORT_TLS_PAIR_H

#include "net/tls_client.h"
#include "net/tls_server.h"
#include "support/certs.h"
#include "support/sockets.h"

#include <errno.h>
#include <openssl/ssl.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { END_HEARD_MAX = 8 << 20, END_TURNS_MAX = 20000 };

struct end {
    struct gw_stream stream;
    bool is_open;
    uint8_t *heard; /* END_HEARD_MAX bytes */
    size_t heard_len;
    int ready_count, end_count, drain_count, error_count, closed_count;
    int last_errno;
    bool closes_when_ready, echoes;
    char why[GW_TLS_WHY_MAX];
};

static inline struct end *end_of(struct gw_stream *stream)
{
    return container_of(stream, struct end, stream);
}

static inline void end_on_read(struct gw_stream *stream, uint8_t *bytes, size_t len)
{
    struct end *end = end_of(stream);

    assert_true(len > 0 && len <= GW_LOOP_READ_BYTES && len <= END_HEARD_MAX - end->heard_len);
    memcpy(end->heard + end->heard_len, bytes, len);
    end->heard_len += len;
    if (end->echoes)
        gw_stream_write(stream, (struct gw_slice){bytes, len});
    memset(bytes, 0xee, len);
}

static inline void end_on_end(struct gw_stream *stream)
{
    end_of(stream)->end_count++;
}

static inline void end_on_drain(struct gw_stream *stream)
{
    end_of(stream)->drain_count++;
}

static inline void end_on_error(struct gw_stream *stream, int errno_value)
{
    struct end *end = end_of(stream);

    end->error_count++;
    end->last_errno = errno_value;
    if (gw_tls_why(stream))
        snprintf(end->why, sizeof(end->why), "%s", gw_tls_why(stream));
}

static inline void end_on_closed(struct gw_stream *stream)
{
    end_of(stream)->closed_count++;
    end_of(stream)->is_open = false;
}

static inline void end_on_ready(struct gw_stream *stream)
{
    end_of(stream)->ready_count++;
    assert_true(gw_tls_is_ready(stream));
    if (end_of(stream)->closes_when_ready)
        gw_stream_close(stream);
}

static const struct gw_stream_handlers end_handlers = {
    .on_read = end_on_read,
    .on_end = end_on_end,
    .on_drain = end_on_drain,
    .on_error = end_on_error,
    .on_closed = end_on_closed,
};

static inline void end_open(struct end *end, gw_loop *loop, int fd)
{
    *end = (struct end){.heard = malloc(END_HEARD_MAX), .is_open = true};
    assert_non_null(end->heard);
    set_nonblocking(fd);
    assert_int_equal(gw_stream_open(&end->stream, loop, fd, &end_handlers), 0);
}

static inline void end_close(struct end *end, gw_loop *loop)
{
    if (end->is_open)
        gw_stream_close(&end->stream);
    while (end->is_open)
        gw_loop_step(loop, 0);
    free(end->heard);
    *end = (struct end){0};
}

/* Turns until *count is no longer 0. */
static inline void await(gw_loop *loop, const int *count)
{
    for (int i = 0; i < END_TURNS_MAX && *count == 0; i++)
        gw_loop_step(loop, 1);
    assert_int_not_equal(*count, 0);
}

static inline void await_bytes(gw_loop *loop, struct end *end, size_t len)
{
    for (int i = 0; i < END_TURNS_MAX && end->heard_len < len; i++)
        gw_loop_step(loop, 1);
    assert_int_equal(end->heard_len, len);
}

static inline void end_say(struct end *end, const char *text)
{
    assert_int_equal(gw_stream_write(&end->stream, gw_slice_of(text)), 0);
}

static inline void end_hears(gw_loop *loop, struct end *end, const char *text)
{
    await_bytes(loop, end, strlen(text));
    assert_memory_equal(end->heard, text, strlen(text));
    end->heard_len = 0;
}

/* ---- a peer of bare OpenSSL, at the other end of a socket ---- */

struct hand {
    gw_loop *loop;
    SSL_CTX *context;
    SSL *ssl;
    int fd;
    size_t piece; /* bytes written between two turns; 0: all */
};

static inline void hand_open(struct hand *hand, gw_loop *loop, int fd)
{
    *hand = (struct hand){.loop = loop, .fd = fd, .context = SSL_CTX_new(TLS_client_method())};
    set_nonblocking(fd);
    hand->ssl = SSL_new(hand->context);
    SSL_set_bio(hand->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    BIO_set_mem_eof_return(SSL_get_rbio(hand->ssl), -1);
    SSL_set_connect_state(hand->ssl);
}

static inline void hand_close(struct hand *hand)
{
    SSL_free(hand->ssl);
    SSL_CTX_free(hand->context);
    if (hand->fd >= 0)
        close(hand->fd);
    *hand = (struct hand){.fd = -1};
}

/* Brings what OpenSSL has written to the socket and what has come to OpenSSL, and turns the loop. */
static inline void hand_pump(struct hand *hand)
{
    uint8_t bytes[32 * 1024];
    int len = BIO_read(SSL_get_wbio(hand->ssl), bytes, sizeof(bytes));
    ssize_t n;

    for (int at = 0; at < len;) {
        size_t piece =
            hand->piece > 0 && hand->piece < (size_t)(len - at) ? hand->piece : (size_t)(len - at);
        ssize_t put = send(hand->fd, bytes + at, piece, MSG_NOSIGNAL);

        if (put < 0 && errno != EAGAIN)
            break;
        if (put > 0)
            at += (int)put;
        gw_loop_step(hand->loop, 0);
    }
    gw_loop_step(hand->loop, 1);
    while ((n = recv(hand->fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0)
        BIO_write(SSL_get_rbio(hand->ssl), bytes, (int)n);
}

static inline void hand_shake(struct hand *hand)
{
    int result = 0;

    for (int i = 0; i < END_TURNS_MAX && result != 1; i++) {
        result = SSL_do_handshake(hand->ssl);
        hand_pump(hand);
    }
    assert_int_equal(result, 1);
}

static inline void hand_say(struct hand *hand, const void *bytes, size_t len)
{
    assert_int_equal(SSL_write(hand->ssl, bytes, (int)len), len);
    hand_pump(hand);
}

/* The next bytes, at least one; 0 at the end. */
static inline int hand_hear(struct hand *hand, void *out, size_t size)
{
    for (int i = 0; i < END_TURNS_MAX; i++) {
        int n = SSL_read(hand->ssl, out, (int)size);

        if (n > 0)
            return n;
        if (SSL_get_error(hand->ssl, n) != SSL_ERROR_WANT_READ)
            return 0;
        hand_pump(hand);
    }
    fail_msg("nothing came");
    return -1;
}

#endif
