/* SPDX-License-Identifier: MIT */
#include "codec/gzip.h"

#include "codec/zlib_stream.h"

enum {
    WINDOW_BITS = 15,
    GZIP_BITS = 16, /* zlib's sign for the wrapping of gzip, added to the window's */
    MEM_LEVEL = 8,
    ROOM_STEP = 32 * 1024,
};

struct gw_gzip {
    z_stream z;
};

struct gw_gzip *gw_gzip_create(enum gw_gzip_wrapping wrapping, int level)
{
    int bits = wrapping == GW_GZIP_GZIP ? WINDOW_BITS + GZIP_BITS : WINDOW_BITS;
    struct gw_gzip *gzip = gw_mem_alloc(sizeof(*gzip));

    assert(level >= 1 && level <= 9);
    if (!gzip)
        return NULL;
    gw_zlib_stream_init(&gzip->z);
    if (deflateInit2(&gzip->z, level, Z_DEFLATED, bits, MEM_LEVEL, Z_DEFAULT_STRATEGY) == Z_OK)
        return gzip;
    gw_mem_free(gzip);
    return NULL;
}

void gw_gzip_destroy(struct gw_gzip *gzip)
{
    if (!gzip)
        return;
    deflateEnd(&gzip->z);
    gw_mem_free(gzip);
}

/* Gives zlib the room that is there, growing it step by step up to out's limit. */
static int make_room(z_stream *z, struct gw_buf *out)
{
    size_t left = out->limit_bytes - out->len;
    int err;

    if (left == 0)
        return GW_E_LIMIT;
    err = gw_buf_reserve(out, left < ROOM_STEP ? left : ROOM_STEP, &z->next_out);
    if (err == GW_OK)
        z->avail_out = gw_zlib_len(left < out->cap - out->len ? left : out->cap - out->len);
    return err;
}

int gw_gzip_append(struct gw_gzip *gzip, struct gw_slice text, struct gw_buf *out)
{
    z_stream *z = &gzip->z;
    size_t start = out->len;
    int status = Z_OK;

    deflateReset(z);
    while (status != Z_STREAM_END) {
        int err = make_room(z, out);

        if (err < 0) {
            out->len = start;
            return err;
        }
        z->next_in = text.ptr;
        z->avail_in = gw_zlib_len(text.len);
        status = deflate(z, z->avail_in == text.len ? Z_FINISH : Z_NO_FLUSH);
        text.len -= (size_t)(z->next_in - text.ptr);
        text.ptr = z->next_in;
        gw_buf_commit(out, (size_t)(z->next_out - (out->ptr + out->len)));
    }
    return GW_OK;
}
