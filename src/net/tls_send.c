/* SPDX-License-Identifier: MIT */
/* The sending half of a TLS stream. */
#include "net/tls_parts.h"
#include "net/tls_shared.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    BATCH_BYTES = 4 * GW_TLS_RECORD_BYTES, /* plain text sealed for one send */
    CALL_BYTES = 1024 * 1024,              /* and for one call: then others get their turn */
    OUTPUT_KEEP_BYTES = 2 * BATCH_BYTES,
};

_Static_assert((int)GW_TLS_RECORD_BYTES == SSL3_RT_MAX_PLAIN_LENGTH, "the records of OpenSSL");

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

int gw_tls_send_output(struct gw_stream *stream, struct gw_tls *tls, int flags)
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

int gw_tls_send_own(struct gw_stream *stream, struct gw_tls *tls)
{
    int result;

    if (stream->loop->tls->out.len == 0)
        return 1;
    result = gw_tls_send_output(stream, tls, 0);
    if (result == 0)
        gw_stream_block(stream, false);
    return result;
}

int gw_tls_flush(struct gw_stream *stream)
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
    gw_tls_break_as_openssl_says(tls);
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

/* Sends the batch that was sealed after sent bytes of the same call: true while the next may
 * follow. Otherwise *result is what the call returns. */
static bool send_batch(struct gw_stream *stream, size_t sent, size_t batch_len, bool has_more,
                       ssize_t *result)
{
    struct gw_tls *tls = stream->io_state;
    int sent_all = gw_tls_send_output(stream, tls, has_more ? MSG_MORE : 0);

    if (sent_all > 0)
        return true;
    if (sent_all == 0) {
        tls->promised = batch_len;
        *result = sent > 0 ? (ssize_t)sent : gw_tls_fail_with(EAGAIN);
    } else {
        *result = gw_tls_fail_with(-sent_all);
    }
    return false;
}

/* True when the call has to end before anything is sealed, with *result. */
static bool is_answered_before(struct gw_tls *tls, ssize_t *result)
{
    if (!tls->is_ready || tls->unsent.len > 0) {
        *result = gw_tls_fail_with(EAGAIN);
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

ssize_t gw_tls_send_many(struct gw_stream *stream, const struct gw_slice *slices, size_t count,
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
                return gw_tls_fail_with(EPROTO);
            batch_len += record.len;
        }
        if (!send_batch(stream, sent, batch_len, has_more || at.count > 0, &result))
            return result;
        sent += batch_len;
    }
    return (ssize_t)sent;
}

ssize_t gw_tls_send_one(struct gw_stream *stream, const uint8_t *bytes, size_t len)
{
    return gw_tls_send_many(stream, &(struct gw_slice){bytes, len}, 1, false);
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
ssize_t gw_tls_send_file(struct gw_stream *stream, int fd, uint64_t offset, size_t len)
{
    size_t sent = 0;
    ssize_t result;

    if (is_answered_before(stream->io_state, &result))
        return result;
    while (sent < len && sent < CALL_BYTES) {
        ssize_t n = seal_file(stream, fd, offset + sent, len - sent);

        if (n < 0)
            return gw_tls_fail_with((int)-n);
        if (n == 0)
            break;
        if (!send_batch(stream, sent, (size_t)n, sent + (size_t)n < len, &result))
            return result;
        sent += (size_t)n;
    }
    return (ssize_t)sent;
}
