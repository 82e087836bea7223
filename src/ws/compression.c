/* SPDX-License-Identifier: MIT */
#include "ws/compression.h"

#include "base/mem.h"
#include "codec/utf8.h"

enum {
    KEPT_BYTES = 64 * 1024, /* larger buffers are not kept for the next message */
    STEP_BYTES = 64 * 1024, /* made between two looks at the text */
    FIRST_BYTES = 1024,     /* room for a message that is short or hardly compressed */
    SMALL_BYTES = 4096,     /* a message of up to this many */
    SMALL_WINDOW_BITS = 12, /* never looks back further, */
    SMALL_MEM_LEVEL = 5,  /* and a table of 4 kB in place of 64 kB is sooner cleared for the next */
    MEM_ABOVE_WINDOW = 5, /* a table may be this much larger than a small window */
    GUESS_FACTOR = 4,     /* how much shorter JSON becomes */
    SHARED_WINDOW_BITS = 15, /* takes what was made with any smaller one */
};

/* What every message ends with on its way through the decompressor (7.2.2). */
static const uint8_t tail[GW_DEFLATE_TAIL_LEN] = {0x00, 0x00, 0xff, 0xff};

/* ---- the pool ---- */

struct compressor {
    struct gw_list node;
    struct gw_deflate_options options;
    struct gw_deflate *deflater;
};

void gw_ws_compression_pool_init(struct gw_ws_compression_pool *pool)
{
    *pool = (struct gw_ws_compression_pool){0};
    gw_list_init(&pool->compressors);
    gw_buf_init(&pool->packed, SIZE_MAX);
    gw_buf_init(&pool->spare, SIZE_MAX);
}

void gw_ws_compression_pool_dispose(struct gw_ws_compression_pool *pool)
{
    struct gw_list *node;

    while ((node = gw_list_pop(&pool->compressors))) {
        struct compressor *compressor = container_of(node, struct compressor, node);

        gw_deflate_destroy(compressor->deflater);
        gw_mem_free(compressor);
    }
    gw_inflate_destroy(pool->inflater);
    gw_buf_dispose(&pool->packed);
    gw_buf_dispose(&pool->spare);
}

static struct gw_deflate *add_compressor(struct gw_ws_compression_pool *pool,
                                         const struct gw_deflate_options *options)
{
    struct compressor *compressor = gw_mem_alloc(sizeof(*compressor));

    if (!compressor)
        return NULL;
    compressor->options = *options;
    compressor->deflater = gw_deflate_create(options);
    if (!compressor->deflater) {
        gw_mem_free(compressor);
        return NULL;
    }
    gw_list_push(&pool->compressors, &compressor->node);
    return compressor->deflater;
}

/* A server has a few kinds at most: windows that clients demand, times
 * endpoints with options of their own. */
static struct gw_deflate *find_compressor(struct gw_ws_compression_pool *pool,
                                          const struct gw_deflate_options *options)
{
    for (struct gw_list *node = pool->compressors.next; node != &pool->compressors;
         node = node->next) {
        struct compressor *compressor = container_of(node, struct compressor, node);

        if (gw_deflate_options_equal(&compressor->options, options))
            return compressor->deflater;
    }
    return add_compressor(pool, options);
}

/* ---- a connection ---- */

static uint8_t agreed_bits(uint8_t said, uint8_t ours)
{
    return said && said < ours ? said : ours;
}

/* zlib goes over its whole table each time that it moves the window on. A client that
 * demands 512 bytes would make it do little else: 2.0 ms for 64 KiB in place of 0.3
 * ms, to save 4 of 100 bytes. */
static uint8_t fitting_mem_level(uint8_t mem_level, uint8_t window_bits)
{
    uint8_t most = (uint8_t)(window_bits - MEM_ABOVE_WINDOW);

    return mem_level < most ? mem_level : most;
}

struct gw_ws_compression *gw_ws_compression_create(struct gw_ws_compression_pool *pool,
                                                   enum gw_ws_role role,
                                                   const struct gw_ws_deflate *options,
                                                   const struct gw_ws_deflate_params *params)
{
    struct gw_ws_compression *c = gw_mem_zalloc(sizeof(*c));
    bool is_server = role == GW_WS_SERVER;
    uint8_t server_bits = params->server_max_window_bits;
    uint8_t client_bits = params->client_max_window_bits;

    if (!c)
        return NULL;
    c->pool = pool;
    c->threshold_bytes = options->threshold_bytes;
    c->deflate.level = options->level;
    c->deflate.window_bits =
        agreed_bits(is_server ? server_bits : client_bits, options->window_bits);
    c->deflate.mem_level = fitting_mem_level(options->mem_level, c->deflate.window_bits);
    c->inflate_window_bits =
        agreed_bits(is_server ? client_bits : server_bits, GW_DEFLATE_WINDOW_BITS_MAX);
    c->keeps_deflate =
        options->has_own_compressor &&
        !(is_server ? params->server_no_context_takeover : params->client_no_context_takeover);
    c->keeps_inflate =
        !(is_server ? params->client_no_context_takeover : params->server_no_context_takeover);
    return c;
}

void gw_ws_compression_destroy(struct gw_ws_compression *c)
{
    if (!c)
        return;
    gw_deflate_destroy(c->own_deflater);
    gw_inflate_destroy(c->own_inflater);
    gw_mem_free(c);
}

/* ---- out ---- */

static struct gw_deflate *shared_deflater(struct gw_ws_compression *c, size_t len)
{
    struct gw_deflate_options options = c->deflate;
    struct gw_deflate *deflater;

    if (len <= SMALL_BYTES && options.window_bits > SMALL_WINDOW_BITS)
        options.window_bits = SMALL_WINDOW_BITS;
    if (len <= SMALL_BYTES && options.mem_level > SMALL_MEM_LEVEL)
        options.mem_level = SMALL_MEM_LEVEL;
    deflater = find_compressor(c->pool, &options);
    if (deflater)
        gw_deflate_reset(deflater);
    return deflater;
}

/* Appends to the pool's buffer and takes the tail off (7.2.1). */
static int pack(struct gw_ws_compression *c, struct gw_deflate *deflater, struct gw_slice message,
                struct gw_slice *packed)
{
    struct gw_buf *out = &c->pool->packed;
    int err = gw_deflate_append(deflater, message, out);

    if (err)
        return err;
    assert(out->len > GW_DEFLATE_TAIL_LEN);
    *packed = (struct gw_slice){out->ptr, out->len - GW_DEFLATE_TAIL_LEN};
    return GW_OK;
}

int gw_ws_compression_pack_for_all(struct gw_ws_compression *c, struct gw_slice message,
                                   struct gw_slice *packed)
{
    struct gw_deflate *deflater = shared_deflater(c, message.len);

    /* Work that does not pay is given up as soon as that is clear. */
    c->pool->packed.limit_bytes = message.len + GW_DEFLATE_TAIL_LEN - 1;
    return deflater ? pack(c, deflater, message, packed) : GW_E_NOMEM;
}

static int pack_with_context(struct gw_ws_compression *c, struct gw_slice message,
                             struct gw_slice *packed)
{
    int err;

    if (!c->own_deflater)
        c->own_deflater = gw_deflate_create(&c->deflate);
    if (!c->own_deflater)
        return GW_E_NOMEM;
    /* Longer or not, it goes out: the context is worth more than those few bytes. */
    c->pool->packed.limit_bytes = SIZE_MAX;
    err = pack(c, c->own_deflater, message, packed);
    if (err)
        gw_deflate_reset(c->own_deflater);
    return err;
}

int gw_ws_compression_pack(struct gw_ws_compression *c, struct gw_slice message,
                           struct gw_slice *packed)
{
    if (c->keeps_deflate)
        return pack_with_context(c, message, packed);
    return gw_ws_compression_pack_for_all(c, message, packed);
}

void gw_ws_compression_release(struct gw_ws_compression *c)
{
    if (c->pool->packed.cap > KEPT_BYTES)
        gw_buf_dispose(&c->pool->packed);
    gw_buf_reset(&c->pool->packed);
}

/* While it has no compressor of its own, nothing that it sends refers to anything. */
void gw_ws_compression_learn(struct gw_ws_compression *c, struct gw_slice message)
{
    if (c->own_deflater)
        gw_deflate_learn(c->own_deflater, message);
}

/* ---- in ---- */

/* A handler may well make another connection decompress: each message in
 * work has a buffer of its own. */
void gw_ws_compression_borrow(struct gw_ws_compression *c, struct gw_buf *out)
{
    *out = c->pool->spare;
    gw_buf_init(&c->pool->spare, SIZE_MAX);
}

void gw_ws_compression_give_back(struct gw_ws_compression *c, struct gw_buf *out)
{
    if (out->cap > KEPT_BYTES || c->pool->spare.ptr) {
        gw_buf_dispose(out);
        return;
    }
    gw_buf_reset(out);
    c->pool->spare = *out;
}

static struct gw_inflate *inflater_of(struct gw_ws_compression *c)
{
    struct gw_inflate **inflater = c->keeps_inflate ? &c->own_inflater : &c->pool->inflater;

    if (!*inflater)
        *inflater = gw_inflate_create(c->keeps_inflate ? c->inflate_window_bits
                                                       : (uint8_t)SHARED_WINDOW_BITS);
    else if (!c->keeps_inflate)
        gw_inflate_reset(*inflater);
    return *inflater;
}

/* A message in work. */
struct unpacking {
    struct gw_inflate *inflater;
    struct gw_buf *out;
    struct gw_utf8 utf8;
    size_t max_bytes;
    bool is_text;
    uint8_t excess; /* a byte here is one too many */
};

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Room for the next piece. At the limit there is just enough to see whether more would come. */
static int make_room(struct unpacking *u, size_t guess, uint8_t **place, size_t *room)
{
    struct gw_buf *out = u->out;
    size_t left = u->max_bytes - out->len;

    if (left == 0) {
        *place = &u->excess;
        *room = 1;
        return GW_OK;
    }
    if (guess < FIRST_BYTES)
        guess = FIRST_BYTES;
    if (out->cap == out->len) {
        int err = gw_buf_grow(out, least(least(guess, STEP_BYTES), left));

        if (err)
            return err;
    }
    *place = out->ptr + out->len;
    *room = least(least(out->cap - out->len, left), STEP_BYTES);
    return GW_OK;
}

static enum gw_ws_unpack_result take_made(struct unpacking *u, const uint8_t *place, size_t made)
{
    if (made == 0)
        return GW_WS_UNPACK_OK;
    if (place == &u->excess)
        return GW_WS_UNPACK_LONG;
    gw_buf_commit(u->out, made);
    if (u->is_text && !gw_utf8_feed(&u->utf8, (struct gw_slice){place, made}))
        return GW_WS_UNPACK_UTF8;
    return GW_WS_UNPACK_OK;
}

static enum gw_ws_unpack_result unpack_piece(struct unpacking *u, struct gw_slice in)
{
    enum gw_ws_unpack_result result;
    size_t room, made;

    do {
        uint8_t *place;
        int err = make_room(u, in.len * GUESS_FACTOR, &place, &room);

        if (err)
            return GW_WS_UNPACK_MEMORY;
        err = gw_inflate_next(u->inflater, &in, place, room, &made);
        /* What came before an error may be a fault of its own, and then that is the one. */
        result = take_made(u, place, made);
        if (!result && err)
            result = err == GW_E_NOMEM ? GW_WS_UNPACK_MEMORY : GW_WS_UNPACK_DATA;
    } while (!result && made == room);
    return result;
}

enum gw_ws_unpack_result gw_ws_compression_unpack(struct gw_ws_compression *c,
                                                  struct gw_slice packed, bool is_text,
                                                  uint64_t max_bytes, struct gw_buf *out)
{
    struct unpacking u = {.inflater = inflater_of(c),
                          .out = out,
                          .max_bytes = max_bytes < SIZE_MAX ? (size_t)max_bytes : SIZE_MAX,
                          .is_text = is_text};
    enum gw_ws_unpack_result result = GW_WS_UNPACK_OK;

    if (!u.inflater)
        return GW_WS_UNPACK_MEMORY;
    out->limit_bytes = u.max_bytes > out->cap ? u.max_bytes : out->cap;
    gw_utf8_init(&u.utf8);
    if (packed.len > 0)
        result = unpack_piece(&u, packed);
    /* What ends where a block ends, as after a final one, is whole already; to
     * the tail it would be a stump. */
    if (!result && !gw_inflate_is_between_blocks(u.inflater))
        result = unpack_piece(&u, (struct gw_slice){tail, sizeof tail});
    if (!result && !gw_inflate_is_between_blocks(u.inflater))
        result = GW_WS_UNPACK_DATA;
    if (!result && is_text && !gw_utf8_is_complete(&u.utf8))
        result = GW_WS_UNPACK_UTF8;
    return result;
}
