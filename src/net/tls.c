/* SPDX-License-Identifier: MIT */
#include "net/tls.h"

#include "base/mem.h"
#include "net/tls_parts.h"
#include "net/tls_shared.h"
#include "net/tls_why.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <sys/socket.h>

/* The types of the records that a connection may begin with (RFC 8446 5.1). */
enum {
    RECORD_ALERT = 0x15,
    RECORD_HANDSHAKE = 0x16,
};

/* ---- failures ---- */

static const char out_of_memory[] = "out of memory";

static void set_why(struct gw_tls *tls, const char *text)
{
    if (tls->why)
        return; /* the first reason is the one that explains the others */
    tls->why = gw_mem_alloc(GW_TLS_WHY_MAX);
    if (tls->why)
        snprintf(tls->why, GW_TLS_WHY_MAX, "%s", text);
}

void gw_tls_set_why(struct ssl_st *ssl, const char *text)
{
    set_why(SSL_get_app_data(ssl), text);
}

void gw_tls_break_off(struct gw_tls *tls, const char *why)
{
    tls->is_broken = true;
    set_why(tls, why);
}

void gw_tls_break_as_openssl_says(struct gw_tls *tls)
{
    char text[GW_TLS_WHY_MAX];

    if (!tls->why) {
        gw_tls_explain(tls->ssl, text);
        set_why(tls, text);
    }
    ERR_clear_error();
    tls->is_broken = true;
}

/* ---- receiving ---- */

/* What recv says once there is nothing more to decrypt. */
static ssize_t tell_state(const struct gw_tls *tls)
{
    if (tls->is_broken)
        return gw_tls_fail_with(EPROTO);
    return tls->has_ended ? 0 : gw_tls_fail_with(EAGAIN);
}

/* An SSL call has given nothing: whether it waits, has seen the end, or has failed. */
static void on_nothing_read(struct gw_tls *tls, int result)
{
    switch (SSL_get_error(tls->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        break;
    case SSL_ERROR_ZERO_RETURN:
        tls->has_ended = true;
        break;
    default:
        gw_tls_break_as_openssl_says(tls);
    }
}

static ssize_t decrypt(struct gw_stream *stream, uint8_t *bytes, size_t len)
{
    struct gw_tls *tls = stream->io_state;
    const struct gw_tls_shared *shared = stream->loop->tls;
    size_t got = 0;
    int own;

    while (shared->in.len > 0 && !tls->has_ended && !tls->is_broken) {
        size_t n;
        int result = SSL_read_ex(tls->ssl, bytes + got, len - got, &n);

        if (result > 0)
            got += n;
        else
            on_nothing_read(tls, result);
    }
    assert(tls->is_broken || SSL_pending(tls->ssl) == 0); /* see GW_TLS_INPUT_BYTES */
    own = gw_tls_send_own(stream, tls);
    if (own < 0 && !tls->is_broken)
        gw_tls_break_off(tls, own == -ENOBUFS ? "the peer does not read what TLS answers"
                                              : "the connection broke");
    if (got == 0)
        return tell_state(tls);
    if (tls->has_ended || tls->is_broken)
        gw_stream_recall(stream);
    return (ssize_t)got;
}

/* False: the handshake goes on, has failed, or on_ready has closed the stream. */
static bool shake_hands(struct gw_stream *stream)
{
    struct gw_tls *tls = stream->io_state;
    struct gw_tls_shared *shared = stream->loop->tls;
    int result = SSL_do_handshake(tls->ssl);
    struct gw_slice rest;

    if (result != 1)
        on_nothing_read(tls, result);
    if (gw_tls_send_own(stream, tls) < 0 && !tls->is_broken)
        gw_tls_break_off(tls, "the connection broke during the TLS handshake");
    if (result != 1 || tls->is_broken)
        return false;
    tls->is_ready = true;
    if (tls->unsent.len == 0)
        gw_stream_unblock(stream);
    rest = shared->in; /* on_ready may start TLS on another stream */
    if (tls->on_ready)
        tls->on_ready(stream);
    shared->in = rest;
    return !stream->is_closing;
}

/* Whether the first bytes are the beginning of a request in plain HTTP. */
static bool is_http(struct gw_slice bytes)
{
    static const char *const methods[] = {"GET ",    "HEAD ",    "POST ",    "PUT ",  "PATCH ",
                                          "DELETE ", "OPTIONS ", "CONNECT ", "TRACE "};

    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        size_t len = strlen(methods[i]);

        if (memcmp(bytes.ptr, methods[i], bytes.len < len ? bytes.len : len) == 0)
            return true;
    }
    return false;
}

static void dispose(struct gw_stream *stream)
{
    struct gw_tls *tls = stream->io_state;

    /* Otherwise OpenSSL would forget the session of a connection that
     * was not closed by its rules. */
    if (!tls->is_broken)
        SSL_set_shutdown(tls->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(tls->ssl);
    gw_buf_dispose(&tls->unsent);
    gw_mem_free(tls->why);
    gw_mem_free(tls);
    gw_stream_set_io(stream, NULL, NULL);
}

/* Somebody typed http:// for https://. That is worth an answer that can be read, in the clear. */
static ssize_t answer_http(struct gw_stream *stream)
{
    static const char answer[] = "HTTP/1.1 400 Bad Request\r\n"
                                 "Connection: close\r\n"
                                 "Content-Type: text/plain; charset=utf-8\r\n"
                                 "Content-Length: 45\r\n"
                                 "\r\n"
                                 "this port speaks TLS: use https:// or wss://\n";

    dispose(stream);
    gw_stream_unblock(stream);
    if (gw_stream_write(stream, (struct gw_slice){(const uint8_t *)answer, sizeof(answer) - 1}) < 0)
        return gw_tls_fail_with(ENOMEM);
    gw_stream_finish(stream);
    return gw_tls_fail_with(EAGAIN);
}

/* The first byte decides: every TLS peer begins with a handshake record. */
static bool is_tls(struct gw_tls *tls, struct gw_slice bytes)
{
    tls->has_begun = true;
    if (bytes.ptr[0] == RECORD_HANDSHAKE)
        return true;
    if (!SSL_is_server(tls->ssl) && bytes.ptr[0] == RECORD_ALERT)
        return true; /* an alert may be all that a server has to say */
    gw_tls_break_off(tls, SSL_is_server(tls->ssl) ? "the client does not speak TLS"
                                                  : "the server does not speak TLS on this port");
    return false;
}

static ssize_t recv_first(struct gw_stream *stream, uint8_t *bytes, size_t len)
{
    struct gw_tls *tls = stream->io_state;
    struct gw_slice in = stream->loop->tls->in;

    if (!tls->has_begun && !is_tls(tls, in)) {
        if (SSL_is_server(tls->ssl) && is_http(in))
            return answer_http(stream);
        return tell_state(tls);
    }
    if (!shake_hands(stream))
        return stream->is_closing ? gw_tls_fail_with(EAGAIN) : tell_state(tls);
    return decrypt(stream, bytes, len);
}

static __attribute__((cold)) ssize_t recv_nothing(struct gw_tls *tls, ssize_t n)
{
    if (n < 0 || tls->is_ready)
        return n;
    gw_tls_break_off(tls, SSL_is_server(tls->ssl)
                              ? "the client closed the connection during the TLS handshake"
                              : "the server closed the connection during the TLS handshake");
    return gw_tls_fail_with(EPROTO);
}

static ssize_t receive(struct gw_stream *stream, uint8_t *bytes, size_t len)
{
    struct gw_tls *tls = stream->io_state;
    struct gw_tls_shared *shared = stream->loop->tls;
    ssize_t n;

    if (tls->has_ended || tls->is_broken)
        return tell_state(tls);
    n = recv(stream->watch.fd, shared->input, sizeof(shared->input), 0);
    if (n <= 0)
        return recv_nothing(tls, n);
    shared->in = (struct gw_slice){shared->input, (size_t)n};
    ERR_clear_error();
    n = tls->is_ready ? decrypt(stream, bytes, len) : recv_first(stream, bytes, len);
    shared->in = (struct gw_slice){0}; /* of a broken connection something may be left */
    return n;
}

/* ---- the ends ---- */

/* The close_notify may get lost when the kernel takes no more: then the peer sees the FIN alone. */
static void finish(struct gw_stream *stream)
{
    struct gw_tls *tls = stream->io_state;

    if (tls->is_ready && !tls->is_broken) {
        ERR_clear_error();
        SSL_shutdown(tls->ssl);
        ERR_clear_error();
        gw_tls_send_output(stream, tls, 0);
    }
    shutdown(stream->watch.fd, SHUT_WR);
}

static const struct gw_stream_io tls_io = {
    .recv = receive,
    .send = gw_tls_send_one,
    .send_many = gw_tls_send_many,
    .send_file = gw_tls_send_file,
    .flush = gw_tls_flush,
    .finish = finish,
    .dispose = dispose,
};

int gw_tls_start_take(struct gw_stream *stream, struct ssl_st *ssl, gw_tls_ready_fn *on_ready)
{
    struct gw_tls_shared *shared = gw_tls_shared_of(stream->loop);
    struct gw_tls *tls = shared ? gw_mem_zalloc(sizeof(*tls)) : NULL;

    if (!tls) {
        SSL_free(ssl);
        return GW_E_NOMEM;
    }
    tls->ssl = ssl;
    tls->on_ready = on_ready;
    gw_buf_init(&tls->unsent, GW_TLS_UNSENT_MAX);
    SSL_set_app_data(ssl, tls);
    BIO_up_ref(shared->bio);
    SSL_set_bio(ssl, shared->bio, shared->bio);
    gw_stream_set_io(stream, &tls_io, tls);
    gw_stream_block(stream, true);
    if (SSL_is_server(ssl))
        return GW_OK;
    ERR_clear_error();
    shared->in = (struct gw_slice){0};
    shake_hands(stream);
    if (tls->is_broken)
        gw_stream_recall(stream);
    return GW_OK;
}

/* ---- questions ---- */

static const struct gw_tls *tls_of(const struct gw_stream *stream)
{
    return stream->io == &tls_io ? stream->io_state : NULL;
}

bool gw_tls_is_on(const struct gw_stream *stream)
{
    return tls_of(stream);
}

bool gw_tls_is_ready(const struct gw_stream *stream)
{
    const struct gw_tls *tls = tls_of(stream);

    return tls && tls->is_ready;
}

const char *gw_tls_why(const struct gw_stream *stream)
{
    const struct gw_tls *tls = tls_of(stream);

    if (!tls || !tls->is_broken)
        return NULL;
    return tls->why ? tls->why : out_of_memory;
}

struct gw_slice gw_tls_alpn(const struct gw_stream *stream)
{
    const struct gw_tls *tls = tls_of(stream);
    const unsigned char *name = NULL;
    unsigned int len = 0;

    if (tls)
        SSL_get0_alpn_selected(tls->ssl, &name, &len);
    return (struct gw_slice){name, len};
}

const char *gw_tls_version(const struct gw_stream *stream)
{
    const struct gw_tls *tls = tls_of(stream);

    return tls ? SSL_get_version(tls->ssl) : NULL;
}

const char *gw_tls_cipher(const struct gw_stream *stream)
{
    const struct gw_tls *tls = tls_of(stream);

    return tls ? SSL_get_cipher_name(tls->ssl) : NULL;
}

bool gw_tls_is_resumed(const struct gw_stream *stream)
{
    const struct gw_tls *tls = tls_of(stream);

    return tls && SSL_session_reused(tls->ssl);
}
