/* SPDX-License-Identifier: MIT */
/* The decompressor of DEFLATE (RFC 1951), bare blocks without a wrapping; zlib does the
 * work. Output is made as far as the caller gives room for it, so a small input that would
 * become very large does no harm. */
#ifndef GW_CODEC_INFLATE_H
#define GW_CODEC_INFLATE_H

#include <godwit/base.h>

struct gw_inflate;

/* window_bits: 8 to 15, log2 of how far back a match may reach; what lies farther is not
 * kept. Takes about 7 kB, and from the first output on (1 << window_bits) bytes more.
 * NULL when memory has run out. */
struct gw_inflate *gw_inflate_create(uint8_t window_bits);
void gw_inflate_destroy(struct gw_inflate *inflater);

/* Forgets what went before, errors too. */
void gw_inflate_reset(struct gw_inflate *inflater);

/* Decompresses from *in, which it moves forward, and writes up to room > 0 bytes to out; *made is
 * their number. All that the input can give has been given when *made < room. A final block ends
 * nothing: whatever stands behind it, from the next whole byte on, goes on with the same window. 0;
 * GW_E_PROTO: this is not DEFLATE; GW_E_NOMEM. After an error it may only be reset. */
int gw_inflate_next(struct gw_inflate *inflater, struct gw_slice *in, uint8_t *out, size_t room,
                    size_t *made);

/* Whether the input so far ends exactly where a block does, on a whole byte (or there was none). */
bool gw_inflate_is_between_blocks(const struct gw_inflate *inflater);

#endif
