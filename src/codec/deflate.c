/* SPDX-License-Identifier: MIT */
#include "codec/deflate.h"

#include "codec/zlib_stream.h"

enum {
    ROOM_MIN = 64, /* zlib writes its flush marker twice into less than 7 bytes */
    ROOM_STEP = 32 * 1024,
};

struct gw_deflate {
    z_stream z;
};

struct gw_deflate *gw_deflate_create(const struct gw_deflate_options *options)
{
    struct gw_deflate *deflater;

    assert(options->window_bits >= GW_DEFLATE_WINDOW_BITS_MIN);
    assert(options->window_bits <= GW_DEFLATE_WINDOW_BITS_MAX);
    assert(options->level >= 1 && options->level <= 9);
    assert(options->mem_level >= 1 && options->mem_level <= 9);
    deflater = gw_mem_alloc(sizeof(*deflater));
    if (!deflater)
        return NULL;
    gw_zlib_stream_init(&deflater->z);
    if (deflateInit2(&deflater->z, options->level, Z_DEFLATED, -options->window_bits,
                     options->mem_level, Z_DEFAULT_STRATEGY) == Z_OK)
        return deflater;
    gw_mem_free(deflater);
    return NULL;
}

void gw_deflate_destroy(struct gw_deflate *deflater)
{
    if (!deflater)
        return;
    deflateEnd(&deflater->z);
    gw_mem_free(deflater);
}

void gw_deflate_reset(struct gw_deflate *deflater)
{
    deflateReset(&deflater->z);
}

/* A small message gets room for the worst case at once; a large one as it goes, because most of
 * them become a lot smaller. Never more than out's limit. */
static int make_room(z_stream *z, struct gw_buf *out)
{
    size_t want = (size_t)z->avail_in + z->avail_in / 8 + ROOM_MIN, room;
    int err;

    if (want > ROOM_STEP)
        want = ROOM_STEP;
    if (want > out->limit_bytes - out->len)
        want = out->limit_bytes - out->len;
    if (want == 0)
        return GW_E_LIMIT;
    err = gw_buf_reserve(out, want, &z->next_out);
    room = out->cap < out->limit_bytes ? out->cap : out->limit_bytes;
    z->avail_out = gw_zlib_len(room - out->len);
    return err;
}

static int run(z_stream *z, int flush, struct gw_buf *out)
{
    do {
        int err = make_room(z, out);

        if (err)
            return err;
        deflate(z, flush);
        gw_buf_commit(out, (size_t)(z->next_out - (out->ptr + out->len)));
    } while (z->avail_out == 0);
    return GW_OK;
}

int gw_deflate_append(struct gw_deflate *deflater, struct gw_slice in, struct gw_buf *out)
{
    static const uint8_t empty_block[] = {0, 0, 0, 0xff, 0xff};

    /* A second flush without bytes in between gives nothing. */
    if (in.len == 0)
        return gw_buf_append(out, (struct gw_slice){empty_block, sizeof empty_block});
    do {
        uInt len = gw_zlib_len(in.len);
        int err;

        deflater->z.next_in = in.ptr;
        deflater->z.avail_in = len;
        in.ptr += len;
        in.len -= len;
        err = run(&deflater->z, in.len > 0 ? Z_NO_FLUSH : Z_SYNC_FLUSH, out);
        if (err)
            return err;
    } while (in.len > 0);
    return GW_OK;
}

void gw_deflate_learn(struct gw_deflate *deflater, struct gw_slice past)
{
    enum { WINDOW = 1 << GW_DEFLATE_WINDOW_BITS_MAX };

    if (past.len > WINDOW)
        past = (struct gw_slice){past.ptr + past.len - WINDOW, WINDOW};
    if (past.len > 0)
        deflateSetDictionary(&deflater->z, past.ptr, (uInt)past.len);
}
