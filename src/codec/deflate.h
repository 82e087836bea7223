/* SPDX-License-Identifier: MIT */
/* The compressor of DEFLATE (RFC 1951), bare blocks without a wrapping; zlib does the work. */
#ifndef GW_CODEC_DEFLATE_H
#define GW_CODEC_DEFLATE_H

#include "base/buf.h"

enum {
    /* log2 of how far back a match may reach. zlib does not compress bare blocks with 8. */
    GW_DEFLATE_WINDOW_BITS_MIN = 9,
    GW_DEFLATE_WINDOW_BITS_MAX = 15,
    GW_DEFLATE_TAIL_LEN = 4, /* 00 00 ff ff: how everything that was flushed ends */
};

struct gw_deflate;

struct gw_deflate_options {
    uint8_t level;       /* 1 (fast) to 9 (small) */
    uint8_t window_bits; /* 9 to 15 */
    uint8_t mem_level;   /* 1 to 9 */
};

static inline bool gw_deflate_options_equal(const struct gw_deflate_options *a,
                                            const struct gw_deflate_options *b)
{
    return a->level == b->level && a->window_bits == b->window_bits && a->mem_level == b->mem_level;
}

/* Takes about 6 kB + (1 << (window_bits + 2)) + (1 << (mem_level + 9)) bytes: 268 kB for 15 and 8.
 * NULL when memory has run out. */
struct gw_deflate *gw_deflate_create(const struct gw_deflate_options *options);
void gw_deflate_destroy(struct gw_deflate *deflater);

/* Forgets what went before. Nothing that comes later refers to it. */
void gw_deflate_reset(struct gw_deflate *deflater);

/* Appends in, compressed and flushed: the blocks end on a whole byte, the last of them is empty and
 * its last bytes are the tail. 0; GW_E_LIMIT or GW_E_NOMEM of out: what has been appended is of no
 * use, and the compressor must be reset. */
int gw_deflate_append(struct gw_deflate *deflater, struct gw_slice in, struct gw_buf *out);

/* Whoever will decompress has got past from somewhere else: from now on matches may refer to it. */
void gw_deflate_learn(struct gw_deflate *deflater, struct gw_slice past);

#endif
