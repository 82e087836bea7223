/* SPDX-License-Identifier: MIT */
#include "codec/inflate.h"

#include "codec/zlib_stream.h"

#include <assert.h>

struct gw_inflate {
    z_stream z;
    bool is_between_blocks;
};

/* What zlib says in data_type beside the number of bits it holds back. */
enum { BITS_LEFT = 63, IS_BEHIND_BLOCK = 128 };

struct gw_inflate *gw_inflate_create(uint8_t window_bits)
{
    struct gw_inflate *inflater = gw_mem_alloc(sizeof(*inflater));

    assert(window_bits >= 8 && window_bits <= MAX_WBITS);
    if (!inflater)
        return NULL;
    inflater->is_between_blocks = true;
    gw_zlib_stream_init(&inflater->z);
    if (inflateInit2(&inflater->z, -window_bits) == Z_OK)
        return inflater;
    gw_mem_free(inflater);
    return NULL;
}

void gw_inflate_destroy(struct gw_inflate *inflater)
{
    if (!inflater)
        return;
    inflateEnd(&inflater->z);
    gw_mem_free(inflater);
}

void gw_inflate_reset(struct gw_inflate *inflater)
{
    inflateReset(&inflater->z);
    inflater->is_between_blocks = true;
}

/* One call of zlib. A final block is the end of the stream to it; to us another one begins there
 * with the same window. (A message may be made of nothing but final blocks, so copying the window
 * to and fro would be an attack's dream.) */
static int run(struct gw_inflate *inflater)
{
    z_stream *z = &inflater->z;
    uInt in_len = z->avail_in, out_len = z->avail_out;
    int result = inflate(z, Z_SYNC_FLUSH);

    /* zlib forgets where it stands when it is called with nothing to do. */
    if (result == Z_STREAM_END)
        inflater->is_between_blocks = true;
    else if (z->avail_in != in_len || z->avail_out != out_len)
        inflater->is_between_blocks =
            (z->data_type & (IS_BEHIND_BLOCK | BITS_LEFT)) == IS_BEHIND_BLOCK;
    if (result == Z_STREAM_END)
        result = inflateResetKeep(z);
    if (result == Z_OK || result == Z_BUF_ERROR)
        return GW_OK;
    return result == Z_MEM_ERROR ? GW_E_NOMEM : GW_E_PROTO;
}

int gw_inflate_next(struct gw_inflate *inflater, struct gw_slice *in, uint8_t *out, size_t room,
                    size_t *made)
{
    z_stream *z = &inflater->z;
    int err;

    *made = 0;
    do {
        uInt in_len = gw_zlib_len(in->len);

        z->next_in = in->ptr;
        z->avail_in = in_len;
        z->next_out = out + *made;
        z->avail_out = gw_zlib_len(room - *made);
        err = run(inflater);
        in->ptr += in_len - z->avail_in;
        in->len -= in_len - z->avail_in;
        *made = (size_t)(z->next_out - out);
    } while (!err && in->len > 0 && *made < room);
    return err;
}

bool gw_inflate_is_between_blocks(const struct gw_inflate *inflater)
{
    return inflater->is_between_blocks;
}
