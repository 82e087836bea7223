/* SPDX-License-Identifier: MIT */
#include "server/poll_compression.h"

enum { KEEP_BYTES = 64 * 1024 /* of the buffer, between answers */ };

void gw_poll_compression_init(struct gw_poll_compression *compression, uint64_t threshold_bytes,
                              int level)
{
    *compression = (struct gw_poll_compression){.threshold_bytes = threshold_bytes, .level = level};
    gw_buf_init(&compression->packed, SIZE_MAX);
}

void gw_poll_compression_dispose(struct gw_poll_compression *compression)
{
    gw_gzip_destroy(compression->gzip);
    gw_gzip_destroy(compression->zlib);
    gw_buf_dispose(&compression->packed);
}

enum gw_http_encoding gw_poll_compression_choose(const struct gw_poll_compression *compression,
                                                 const struct gw_http_request *request)
{
    if (compression->threshold_bytes == UINT64_MAX)
        return GW_HTTP_IDENTITY;
    return gw_http_accept_encoding(gw_http_request_field(request, GW_LIT("Accept-Encoding")),
                                   GW_HTTP_GZIP | GW_HTTP_DEFLATE);
}

static struct gw_gzip *take_compressor(struct gw_poll_compression *compression,
                                       enum gw_http_encoding encoding)
{
    bool is_gzip = encoding == GW_HTTP_GZIP;
    struct gw_gzip **place = is_gzip ? &compression->gzip : &compression->zlib;

    if (!*place)
        *place = gw_gzip_create(is_gzip ? GW_GZIP_GZIP : GW_GZIP_ZLIB, compression->level);
    return *place;
}

bool gw_poll_compression_pack(struct gw_poll_compression *compression,
                              enum gw_http_encoding encoding, struct gw_slice body,
                              struct gw_slice *packed)
{
    struct gw_gzip *gzip;

    if (encoding == GW_HTTP_IDENTITY || body.len < compression->threshold_bytes)
        return false;
    gzip = take_compressor(compression, encoding);
    if (!gzip)
        return false;
    gw_buf_reset(&compression->packed);
    if (gw_gzip_append(gzip, body, &compression->packed) < 0)
        return false;
    *packed = gw_buf_slice(&compression->packed);
    return true;
}

void gw_poll_compression_release(struct gw_poll_compression *compression)
{
    if (compression->packed.cap > KEEP_BYTES)
        gw_buf_dispose(&compression->packed);
}
