/* SPDX-License-Identifier: MIT */
/* Messages compressed and decompressed as two ends have agreed (RFC 7692 7.2). What keeps no
 * context from message to message is shared by all connections of a pool; what does belongs to its
 * connection, and is made when first needed. */
#ifndef GW_WS_COMPRESSION_H
#define GW_WS_COMPRESSION_H

#include "base/list.h"
#include "codec/deflate.h"
#include "codec/inflate.h"
#include "ws/deflate.h"
#include "ws/frame.h"

/* What the connections of a loop share. */
struct gw_ws_compression_pool {
    /* private */
    struct gw_list compressors;  /* one for each set of options that was needed */
    struct gw_inflate *inflater; /* NULL: not needed yet */
    struct gw_buf packed;        /* what gw_ws_compression_pack gave */
    struct gw_buf spare;         /* for gw_ws_compression_borrow */
};

void gw_ws_compression_pool_init(struct gw_ws_compression_pool *pool);
void gw_ws_compression_pool_dispose(struct gw_ws_compression_pool *pool);

/* Of a connection. */
struct gw_ws_compression {
    /* private */
    struct gw_ws_compression_pool *pool;
    uint64_t threshold_bytes;
    struct gw_deflate *own_deflater; /* NULL: shared, or not needed yet */
    struct gw_inflate *own_inflater;
    struct gw_deflate_options deflate; /* window_bits 8: what we send cannot be compressed */
    uint8_t inflate_window_bits;
    bool keeps_deflate; /* the context of what we send */
    bool keeps_inflate;
};

/* options come from gw_ws_deflate_fill and are copied; pool outlives it.
 * NULL when memory has run out. */
struct gw_ws_compression *gw_ws_compression_create(struct gw_ws_compression_pool *pool,
                                                   enum gw_ws_role role,
                                                   const struct gw_ws_deflate *options,
                                                   const struct gw_ws_deflate_params *params);
void gw_ws_compression_destroy(struct gw_ws_compression *compression);

/* ---- out ---- */

/* Whether a message of this length is to be compressed. */
static inline bool gw_ws_compression_wants(const struct gw_ws_compression *compression, size_t len)
{
    return len >= compression->threshold_bytes &&
           compression->deflate.window_bits >= GW_DEFLATE_WINDOW_BITS_MIN;
}

/* Compresses message to what frames with RSV1 carry; *packed is good until
 * gw_ws_compression_release, which must follow. GW_E_LIMIT: it would not become shorter,
 * GW_E_NOMEM: no memory to try; either way it can be sent as it is. */
int gw_ws_compression_pack(struct gw_ws_compression *compression, struct gw_slice message,
                           struct gw_slice *packed);
/* The same without context, for all connections with the same
 * parameters (gw_ws_compression_is_alike). Those that get it and keep
 * their context have to learn the message. */
int gw_ws_compression_pack_for_all(struct gw_ws_compression *compression, struct gw_slice message,
                                   struct gw_slice *packed);
void gw_ws_compression_release(struct gw_ws_compression *compression);

/* This message was sent compressed by another connection's compressor. */
void gw_ws_compression_learn(struct gw_ws_compression *compression, struct gw_slice message);

static inline bool gw_ws_compression_is_alike(const struct gw_ws_compression *compression,
                                              const struct gw_deflate_options *options)
{
    return gw_deflate_options_equal(&compression->deflate, options);
}

/* ---- in ---- */

enum gw_ws_unpack_result {
    GW_WS_UNPACK_OK,
    GW_WS_UNPACK_DATA,   /* not DEFLATE, or cut off */
    GW_WS_UNPACK_UTF8,   /* text that is none */
    GW_WS_UNPACK_LONG,   /* longer than allowed */
    GW_WS_UNPACK_MEMORY, /* ours has run out */
};

/* A buffer to decompress to, empty, with memory of earlier messages when
 * there is any. Give it back. */
void gw_ws_compression_borrow(struct gw_ws_compression *compression, struct gw_buf *out);
void gw_ws_compression_give_back(struct gw_ws_compression *compression, struct gw_buf *out);

/* Decompresses a whole message. out never holds more than max_bytes, and work ends with the
 * first byte that is too much or is not UTF-8, however much would still come. After a failure
 * the connection must fail too. */
enum gw_ws_unpack_result gw_ws_compression_unpack(struct gw_ws_compression *compression,
                                                  struct gw_slice packed, bool is_text,
                                                  uint64_t max_bytes, struct gw_buf *out);

#endif
