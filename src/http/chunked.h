/* SPDX-License-Identifier: MIT */
/* The chunked transfer coding (RFC 9112 section 7.1), decoded strictly: every line ends in
 * CRLF, and what surrounds the data (extensions, zeros in front of a size, the trailer) is
 * bounded over the whole body. */
#ifndef GW_HTTP_CHUNKED_H
#define GW_HTTP_CHUNKED_H

#include <godwit/base.h>

enum gw_http_chunked_state {
    GW_HTTP_CHUNKED_SIZE,
    GW_HTTP_CHUNKED_EXTENSION,
    GW_HTTP_CHUNKED_SIZE_LF,
    GW_HTTP_CHUNKED_DATA,
    GW_HTTP_CHUNKED_DATA_CR,
    GW_HTTP_CHUNKED_DATA_LF,
    GW_HTTP_CHUNKED_TRAILER_START,
    GW_HTTP_CHUNKED_TRAILER_NAME,
    GW_HTTP_CHUNKED_TRAILER_VALUE,
    GW_HTTP_CHUNKED_TRAILER_LF,
    GW_HTTP_CHUNKED_END_LF,
    GW_HTTP_CHUNKED_DONE,
    GW_HTTP_CHUNKED_FAILED,
};

struct gw_http_chunked {
    uint64_t chunk_left; /* DATA: bytes still to come of this chunk; before that, its size so far */
    uint32_t extra_bytes; /* extensions and trailer, over the whole body */
    uint32_t extra_limit_bytes;
    uint8_t digit_count;
    enum gw_http_chunked_state state;
    const char *why;
};

void gw_http_chunked_init(struct gw_http_chunked *chunked, uint32_t extra_limit_bytes);

/* Pulls the next piece of data off *in. 1: *data is a non-empty part of the input. 0: needs more
 * bytes, or is done (gw_http_chunked_is_done); in that case *in begins behind the body.
 * GW_E_PROTO: why says what was wrong. */
int gw_http_chunked_next(struct gw_http_chunked *chunked, struct gw_slice *in,
                         struct gw_slice *data);
/* What the peer has announced and not sent: a caller refuses a chunk before it arrives. */
uint64_t gw_http_chunked_announced(const struct gw_http_chunked *chunked);
bool gw_http_chunked_is_done(const struct gw_http_chunked *chunked);

#endif
