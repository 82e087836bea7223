/* SPDX-License-Identifier: MIT */
#include "net/tls.h"

#include "base/buf.h"
#include "base/mem.h"
#include "net/tls_shared.h"
#include "net/tls_why.h"

#include <assert.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    BATCH_BYTES = 4 * GW_TLS_RECORD_BYTES, /* plain text sealed for one send */
    CALL_BYTES = 1024 * 1024,              /* and for one call: then others get their turn */
    OUTPUT_KEEP_BYTES = 2 * BATCH_BYTES,
    RECORD_ALERT = 0x15,
    RECORD_HANDSHAKE = 0x16,
};

_Static_assert((int)GW_TLS_RECORD_BYTES == SSL3_RT_MAX_PLAIN_LENGTH, "the records of OpenSSL");

struct gw_tls {
    SSL *ssl;
    gw_tls_ready_fn *on_ready;
    struct gw_buf unsent; /* cipher text that the kernel has refused */
    /* Plain text whose cipher text is in unsent. It stays in the stream's queue, and counts as sent once that has left. */
    size_t promised;
    char *why; /* NULL: nothing has failed */
    bool is_ready;
    bool has_begun; /* a byte of the peer has come */
    bool has_ended; /* the peer's close_notify was read */
    bool is_broken;
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

static void break_off(struct gw_tls *tls, const char *why)
{
    tls->is_broken = true;
    set_why(tls, why);
}

static void break_as_openssl_says(struct gw_tls *tls)
{
    char text[GW_TLS_WHY_MAX];

    if (!tls->why) {
        gw_tls_explain(tls->ssl, text);
        set_why(tls, text);
    }
    ERR_clear_error();
    tls->is_broken = true;
}

/* ---- cipher text to the kernel ---- */

static bool is_not_now(int errno_value)
{
    return errno_value == EAGAIN || errno_value == EINTR;
}

/* How many of the bytes have left, 0 for none; or -errno. */
static ssize_t push(struct gw_stream *stream, struct gw_slice bytes, int flags)
{
    ssize_t n = send(stream->watch.fd, bytes.ptr, bytes.len, MSG_NOSIGNAL | flags);

    if (n < 0)
        return is_not_now(errno) ? 0 : -errno;
    return n;
}

static void empty_output(struct gw_tls_shared *shared)
{
    if (shared->out.cap > OUTPUT_KEEP_BYTES)
        gw_buf_dispose(&shared->out);
    else
        gw_buf_reset(&shared->out);
}

/* Sends what OpenSSL has made, behind what could not be sent before. 1: all has left; 0: the rest is kept; or -errno. */
static int send_output(struct gw_stream *stream, struct gw_tls *tls, int flags)
{
    struct gw_tls_shared *shared = stream->loop->tls;
    struct gw_slice rest = gw_buf_slice(&shared->out);
    int result = tls->unsent.len == 0;

    if (rest.len > 0 && result == 1) {
        ssize_t n = push(stream, rest, flags);

        if (n < 0)
            result = (int)n;
        else
            rest = (struct gw_slice){rest.ptr + n, rest.len - (size_t)n};
    }
    if (rest.len > 0 && result >= 0)
        result = gw_buf_append(&tls->unsent, rest) < 0 ? -ENOBUFS : 0;
    empty_output(shared);
    return result;
}

/* The same for what OpenSSL says by itself: a flight, a ticket, the answer to a key update, an alert. */
static int send_own(struct gw_stream *stream, struct gw_tls *tls)
{
    int result;

    if (stream->loop->tls->out.len == 0)
        return 1;
    result = send_output(stream, tls, 0);
    if (result == 0)
        gw_stream_block(stream, false);
    return result;
}

static int flush(struct gw_stream *stream)
{
    struct gw_tls *tls = stream->io_state;

    if (tls->unsent.len > 0) {
        ssize_t n = push(stream, gw_buf_slice(&tls->unsent), 0);

        if (n < 0)
            return (int)n;
        gw_buf_consume(&tls->unsent, (size_t)n);
        if (tls->unsent.len > 0)
            return 0;
    }
    if (!tls->is_ready) {
        gw_stream_block(stream, true);
        return 0;
    }
    return 1;
}

/* ---- sending ---- */

static bool seal(struct gw_tls *tls, const uint8_t *bytes, size_t len)
{
    size_t written;

    if (len == 0 || SSL_write_ex(tls->ssl, bytes, len, &written) == 1)
        return true;
    break_as_openssl_says(tls);
    return false;
}

/* Where a walk over slices stands. */
struct cursor {
    const struct gw_slice *slices;
    size_t count;
    size_t offset; /* into the first */
};

static void skip(struct cursor *at, size_t n)
{
    at->offset += n;
    while (at->count > 0 && at->offset == at->slices->len) {
        at->slices++;
        at->count--;
        at->offset = 0;
    }
}

/* The next bytes for one record: where they lie when there are enough of them, else gathered. */
static struct gw_slice next_record(struct cursor *at, uint8_t *record)
{
    struct gw_slice first = {at->slices->ptr + at->offset, at->slices->len - at->offset};
    size_t len = 0;

    if (first.len >= GW_TLS_RECORD_BYTES || at->count == 1) {
        if (first.len > GW_TLS_RECORD_BYTES)
            first.len = GW_TLS_RECORD_BYTES;
        skip(at, first.len);
        return first;
    }
    while (at->count > 0 && len < GW_TLS_RECORD_BYTES) {
        size_t n = at->slices->len - at->offset;

        if (n > GW_TLS_RECORD_BYTES - len)
            n = GW_TLS_RECORD_BYTES - len;
        memcpy(record + len, at->slices->ptr + at->offset, n);
        len += n;
        skip(at, n);
    }
    return (struct gw_slice){record, len};
}

static ssize_t fail_with(int errno_value)
{
    errno = errno_value;
    return -1;
}

/* Sends the batch that was sealed after sent bytes of the same call: true while the next may follow. Otherwise *result is what the
 * call returns. */
static bool send_batch(struct gw_stream *stream, size_t sent, size_t batch_len, bool has_more,
                       ssize_t *result)
{
    struct gw_tls *tls = stream->io_state;
    int sent_all = send_output(stream, tls, has_more ? MSG_MORE : 0);

    if (sent_all > 0)
        return true;
    if (sent_all == 0) {
        tls->promised = batch_len;
        *result = sent > 0 ? (ssize_t)sent : fail_with(EAGAIN);
    } else {
        *result = fail_with(-sent_all);
    }
    return false;
}

/* True when the call has to end before anything is sealed, with *result. */
static bool is_answered_before(struct gw_tls *tls, ssize_t *result)
{
    if (!tls->is_ready || tls->unsent.len > 0) {
        *result = fail_with(EAGAIN);
        return true;
    }
    if (tls->promised > 0) {
        *result = (ssize_t)tls->promised;
        tls->promised = 0;
        return true;
    }
    ERR_clear_error();
    return false;
}

static ssize_t send_many(struct gw_stream *stream, const struct gw_slice *slices, size_t count,
                         bool has_more)
{
    struct gw_tls *tls = stream->io_state;
    struct cursor at = {slices, count, 0};
    size_t sent = 0;
    ssize_t result;

    if (is_answered_before(tls, &result))
        return result;
    skip(&at, 0); /* over empty slices */
    while (at.count > 0 && sent < CALL_BYTES) {
        size_t batch_len = 0;

        while (at.count > 0 && batch_len < BATCH_BYTES) {
            struct gw_slice record = next_record(&at, stream->loop->tls->record);

            if (!seal(tls, record.ptr, record.len))
                return fail_with(EPROTO);
            batch_len += record.len;
        }
        if (!send_batch(stream, sent, batch_len, has_more || at.count > 0, &result))
            return result;
        sent += batch_len;
    }
    return (ssize_t)sent;
}

static ssize_t send_one(struct gw_stream *stream, const uint8_t *bytes, size_t len)
{
    return send_many(stream, &(struct gw_slice){bytes, len}, 1, false);
}

/* Seals up to a batch of the file. How much; 0: the file ends here; or -errno. */
static ssize_t seal_file(struct gw_stream *stream, int fd, uint64_t offset, size_t len)
{
    uint8_t *record = stream->loop->tls->record;
    size_t batch_len = 0;

    while (batch_len < len && batch_len < BATCH_BYTES) {
        size_t wanted = len - batch_len;
        ssize_t n = pread(fd, record, wanted < GW_TLS_RECORD_BYTES ? wanted : GW_TLS_RECORD_BYTES,
                          (off_t)(offset + batch_len));

        if (n < 0 && batch_len == 0)
            return -errno;
        if (n <= 0)
            break;
        if (!seal(stream->io_state, record, (size_t)n))
            return -EPROTO;
        batch_len += (size_t)n;
    }
    return (ssize_t)batch_len;
}

/* The kernel cannot encrypt, so the file passes through us. */
static ssize_t send_file(struct gw_stream *stream, int fd, uint64_t offset, size_t len)
{
    size_t sent = 0;
    ssize_t result;

    if (is_answered_before(stream->io_state, &result))
        return result;
    while (sent < len && sent < CALL_BYTES) {
        ssize_t n = seal_file(stream, fd, offset + sent, len - sent);

        if (n < 0)
            return fail_with((int)-n);
        if (n == 0)
            break;
        if (!send_batch(stream, sent, (size_t)n, sent + (size_t)n < len, &result))
            return result;
        sent += (size_t)n;
    }
    return (ssize_t)sent;
}

/* ---- receiving ---- */

/* What recv says once there is nothing more to decrypt. */
static ssize_t tell_state(const struct gw_tls *tls)
{
    if (tls->is_broken)
        return fail_with(EPROTO);
    return tls->has_ended ? 0 : fail_with(EAGAIN);
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
        break_as_openssl_says(tls);
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
    own = send_own(stream, tls);
    if (own < 0 && !tls->is_broken)
        break_off(tls, own == -ENOBUFS ? "the peer does not read what TLS answers"
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
    if (send_own(stream, tls) < 0 && !tls->is_broken)
        break_off(tls, "the connection broke during the TLS handshake");
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

    /* Otherwise OpenSSL would forget the session of a connection that was not closed by its rules. */
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
        return fail_with(ENOMEM);
    gw_stream_finish(stream);
    return fail_with(EAGAIN);
}

/* The first byte decides: every TLS peer begins with a handshake record. */
static bool is_tls(struct gw_tls *tls, struct gw_slice bytes)
{
    tls->has_begun = true;
    if (bytes.ptr[0] == RECORD_HANDSHAKE)
        return true;
    if (!SSL_is_server(tls->ssl) && bytes.ptr[0] == RECORD_ALERT)
        return true; /* an alert may be all that a server has to say */
    break_off(tls, SSL_is_server(tls->ssl) ? "the client does not speak TLS"
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
        return stream->is_closing ? fail_with(EAGAIN) : tell_state(tls);
    return decrypt(stream, bytes, len);
}

static __attribute__((cold)) ssize_t recv_nothing(struct gw_tls *tls, ssize_t n)
{
    if (n < 0 || tls->is_ready)
        return n;
    break_off(tls, SSL_is_server(tls->ssl)
                       ? "the client closed the connection during the TLS handshake"
                       : "the server closed the connection during the TLS handshake");
    return fail_with(EPROTO);
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
        send_output(stream, tls, 0);
    }
    shutdown(stream->watch.fd, SHUT_WR);
}

static const struct gw_stream_io tls_io = {
    .recv = receive,
    .send = send_one,
    .send_many = send_many,
    .send_file = send_file,
    .flush = flush,
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
