/* SPDX-License-Identifier: MIT */
/* A stream of zlib that gets its memory where we do. */
#ifndef GW_CODEC_ZLIB_STREAM_H
#define GW_CODEC_ZLIB_STREAM_H

#include "base/mem.h"

#define ZLIB_CONST
#include <zlib.h>

static inline void *gw_zlib_alloc(void *opaque, uInt count, uInt size)
{
    (void)opaque;
    return gw_mem_alloc((size_t)count * size);
}

static inline void gw_zlib_free(void *opaque, void *ptr)
{
    (void)opaque;
    gw_mem_free(ptr);
}

/* Ready for deflateInit2 and inflateInit2. */
static inline void gw_zlib_stream_init(z_stream *z)
{
    *z = (z_stream){.zalloc = gw_zlib_alloc, .zfree = gw_zlib_free};
}

/* zlib counts in 32 bits. */
static inline uInt gw_zlib_len(size_t len)
{
    return len < UINT32_MAX ? (uInt)len : UINT32_MAX;
}

#endif
