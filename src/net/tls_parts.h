/* SPDX-License-Identifier: MIT */
/* A TLS stream as its two halves see it: tls.c (the handshake, receiving, the
 * end) and tls_send.c (sending). */
#ifndef GW_NET_TLS_PARTS_H
#define GW_NET_TLS_PARTS_H

#include "base/buf.h"
#include "net/tls.h"

#include <errno.h>
#include <sys/types.h>

struct gw_tls {
    struct ssl_st *ssl;
    gw_tls_ready_fn *on_ready;
    struct gw_buf unsent; /* cipher text that the kernel has refused */
    /* Plain text whose cipher text is in unsent. It stays in the stream's queue, and counts
     * as sent once that has left. */
    size_t promised;
    char *why; /* NULL: nothing has failed */
    bool is_ready;
    bool has_begun; /* a byte of the peer has come */
    bool has_ended; /* the peer's close_notify was read */
    bool is_broken;
};

/* What the functions of a gw_stream_io return when they fail. */
static inline ssize_t gw_tls_fail_with(int errno_value)
{
    errno = errno_value;
    return -1;
}

/* Nothing can be sent or received from now on. `why` stays the reason if it is the first. */
void gw_tls_break_off(struct gw_tls *tls, const char *why);
/* The same with the reason that OpenSSL has for the call that has just failed. */
void gw_tls_break_as_openssl_says(struct gw_tls *tls);

/* Sends what OpenSSL has made, behind what could not be sent before. 1: all has left; 0:
 * the rest is kept; or -errno. */
int gw_tls_send_output(struct gw_stream *stream, struct gw_tls *tls, int flags);
/* The same for what OpenSSL says by itself: a flight, a ticket, the
 * answer to a key update, an alert. */
int gw_tls_send_own(struct gw_stream *stream, struct gw_tls *tls);

/* Of gw_stream_io. */
ssize_t gw_tls_send_one(struct gw_stream *stream, const uint8_t *bytes, size_t len);
ssize_t gw_tls_send_many(struct gw_stream *stream, const struct gw_slice *slices, size_t count,
                         bool has_more);
ssize_t gw_tls_send_file(struct gw_stream *stream, int fd, uint64_t offset, size_t len);
int gw_tls_flush(struct gw_stream *stream);

#endif
