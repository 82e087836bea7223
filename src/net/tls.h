/* SPDX-License-Identifier: MIT */
/* TLS 1.2 and 1.3 on a stream, by OpenSSL: a gw_stream_io that both roles share. The handshake
 * happens by itself while the stream reads; until it is done, output waits in the stream's queue.
 *
 * OpenSSL never sees the socket. One recv takes what has come into a buffer of the loop, and all
 * of it is decrypted into the loop's read buffer before the owner hears of it: nothing decrypted
 * is ever left over that epoll would not tell of. Output is gathered into records of up to 16
 * KiB, which leave in one send. */
#ifndef GW_NET_TLS_H
#define GW_NET_TLS_H

#include "net/stream.h"

enum {
    GW_TLS_WHY_MAX = 256,        /* longest text of a failure, its NUL included */
    GW_TLS_RECORD_BYTES = 16384, /* of plain text in one record (RFC 8446 5.1) */
};

struct ssl_st; /* OpenSSL's SSL */
struct gw_tls_shared;

/* The handshake is done. Runs inside the events step, before the first
 * on_read; anything may be called. */
typedef void gw_tls_ready_fn(struct gw_stream *stream);

/* Makes an open stream a TLS stream; ssl has its role already (connect or accept state) and is the
 * stream's from now on, also on failure. 0 or GW_E_NOMEM. */
int gw_tls_start_take(struct gw_stream *stream, struct ssl_st *ssl, gw_tls_ready_fn *on_ready);

/* Whether TLS was started on the stream, handshake done or not. False once it is closed. */
bool gw_tls_is_on(const struct gw_stream *stream);
/* Whether the handshake is done. */
bool gw_tls_is_ready(const struct gw_stream *stream);
/* Inside on_error: what broke, in words; NULL when it was not TLS (errno says it then) or the
 * stream has no TLS. Borrowed until the stream closes. */
const char *gw_tls_why(const struct gw_stream *stream);
/* What ALPN has chosen, "http/1.1"; empty when nothing. Borrowed until the stream closes. */
struct gw_slice gw_tls_alpn(const struct gw_stream *stream);
/* "TLSv1.3" and "TLS_AES_128_GCM_SHA256". Static strings; NULL without TLS. */
const char *gw_tls_version(const struct gw_stream *stream);
const char *gw_tls_cipher(const struct gw_stream *stream);
/* Whether an earlier session was resumed. */
bool gw_tls_is_resumed(const struct gw_stream *stream);

/* For the rest of TLS in this room: the reason that gw_tls_why gives, if it is the first. */
void gw_tls_set_why(struct ssl_st *ssl, const char *text);
/* For the loop's end: what its TLS streams have shared. NULL is fine. */
void gw_tls_shared_destroy(struct gw_tls_shared *shared);

#endif
