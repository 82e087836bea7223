/* SPDX-License-Identifier: MIT */
/* Compressed messages. The first byte chooses: either the rest is what a peer sends, and however it is cut, the decoder and
 * the decompressor behind it say the same; or the rest is messages of ours, which must come through unchanged. */
#include "support/feed.h"
#include "support/ws_trace.h"
#include "ws/close.h"
#include "ws/decoder.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct gw_ws_deflate options_of(uint8_t byte, uint8_t other)
{
    const struct gw_ws_deflate options = {
        .has_own_compressor = byte & 1,
        .has_own_decompressor = byte & 1,
        .level = (uint8_t)(1 + (byte >> 1) % 9),
        .mem_level = (uint8_t)(1 + other % 9),
        .window_bits = (uint8_t)(9 + (other >> 4) % 7),
        .threshold_bytes = 1,
    };
    struct gw_ws_deflate filled;

    if (gw_ws_deflate_fill(&filled, &options) < 0)
        abort();
    return filled;
}

static struct gw_ws_deflate_params params_of(const struct gw_ws_deflate *options)
{
    return (struct gw_ws_deflate_params){
        .server_no_context_takeover = !options->has_own_compressor,
        .client_no_context_takeover = !options->has_own_compressor,
        .server_max_window_bits = options->window_bits,
    };
}

/* ---- what a peer sends ---- */

struct run {
    struct gw_ws_decoder_options options;
    struct gw_ws_deflate deflate;
    struct gw_ws_decoder decoder;
    struct gw_ws_compression_pool pool;
    struct gw_ws_compression *compression;
    struct gw_trace trace;
    char *expected; /* NULL in the first run */
    int result;
};

static void begin(void *user)
{
    struct run *run = user;
    struct gw_ws_deflate_params params = params_of(&run->deflate);

    gw_trace_reset(&run->trace);
    gw_ws_decoder_init(&run->decoder, &run->options);
    gw_ws_decoder_accept_rsv1(&run->decoder);
    gw_ws_compression_pool_init(&run->pool);
    run->compression =
        gw_ws_compression_create(&run->pool, run->options.role, &run->deflate, &params);
    run->result = 0;
}

static void trace_event(struct run *run, const struct gw_ws_event *ev)
{
    if (ev->type == GW_WS_EVENT_MESSAGE) {
        assert(!ev->is_compressed);
        assert(ev->data.ptr && ev->data.len <= run->options.max_message_bytes);
        assert(ev->is_binary || gw_utf8_is_valid(ev->data));
    }
    gw_trace_add_ws_event(&run->trace, ev);
    gw_trace_add_bytes(&run->trace, ev->data);
    gw_trace_add(&run->trace, "\n");
}

static void feed(void *user, uint8_t *bytes, size_t len)
{
    struct run *run = user;
    struct gw_ws_event ev;

    while (run->result >= 0 &&
           (run->result = gw_ws_decoder_next(&run->decoder, &bytes, &len, &ev)) == 1) {
        struct gw_buf out;

        gw_ws_compression_borrow(run->compression, &out);
        if (ev.is_compressed)
            run->result = gw_ws_decoder_unpack(&run->decoder, run->compression, &ev, &out);
        if (run->result >= 0)
            trace_event(run, &ev);
        gw_ws_compression_give_back(run->compression, &out);
    }
}

static void finish(void *user, const char *how)
{
    struct run *run = user;

    if (run->result < 0) {
        assert(gw_ws_close_code_is_valid(gw_ws_decoder_close_code(&run->decoder)));
        gw_trace_add(&run->trace, "error %d %s\n", run->result, gw_ws_decoder_why(&run->decoder));
    }
    gw_trace_add(&run->trace, "end\n");
    if (!run->expected) {
        run->expected = run->trace.text;
        run->trace = (struct gw_trace){0};
    } else if (strcmp(gw_trace_text(&run->trace), run->expected) != 0) {
        fprintf(stderr, "%s:\n%swhole:\n%s", how, gw_trace_text(&run->trace), run->expected);
        abort();
    }
    gw_ws_decoder_dispose(&run->decoder);
    gw_ws_compression_destroy(run->compression);
    gw_ws_compression_pool_dispose(&run->pool);
}

static void receive(uint8_t choice, struct gw_slice input)
{
    static const struct gw_feed way = {begin, feed, finish};
    struct run run = {
        .options = {.role = GW_WS_CLIENT, .max_message_bytes = choice & 2 ? 20 : 1 << 16},
        .deflate = options_of(choice >> 2, 0xff),
    };

    gw_feed_whole(&way, input, &run);
    gw_feed_in_pieces(&way, input, 1, &run);
    gw_feed_split_at(&way, input, input.len / 2, &run);
    gw_feed_at_random(&way, input, 1, &run);
    gw_trace_reset(&run.trace);
    free(run.expected);
}

/* ---- what we send ---- */

static void pass(struct gw_ws_compression *from, struct gw_ws_compression *to,
                 struct gw_slice message, bool is_for_all)
{
    struct gw_slice packed;
    struct gw_buf out;
    int err = is_for_all ? gw_ws_compression_pack_for_all(from, message, &packed)
                         : gw_ws_compression_pack(from, message, &packed);

    assert(err == GW_OK || err == GW_E_LIMIT);
    if (err == GW_OK) {
        gw_ws_compression_borrow(to, &out);
        if (gw_ws_compression_unpack(to, packed, false, message.len, &out) != GW_WS_UNPACK_OK)
            abort();
        assert(out.len == message.len);
        assert(out.len == 0 || memcmp(out.ptr, message.ptr, out.len) == 0);
        gw_ws_compression_give_back(to, &out);
        if (is_for_all)
            gw_ws_compression_learn(from, message);
    }
    gw_ws_compression_release(from);
}

/* Each message: a byte of length, repeated as often as another byte says, so that there is something to compress. */
static void converse(uint8_t choice, uint8_t other, struct gw_slice input)
{
    struct gw_ws_deflate options = options_of(choice, other);
    struct gw_ws_deflate_params params = params_of(&options);
    struct gw_ws_compression_pool pool;
    struct gw_ws_compression *one, *two;
    struct gw_buf message;

    gw_ws_compression_pool_init(&pool);
    gw_buf_init(&message, SIZE_MAX);
    one = gw_ws_compression_create(&pool, GW_WS_SERVER, &options, &params);
    two = gw_ws_compression_create(&pool, GW_WS_CLIENT, &options, &params);
    while (input.len > 2) {
        size_t times = input.ptr[0], len = input.ptr[1];
        bool is_for_all = input.ptr[1] & 1;

        input = (struct gw_slice){input.ptr + 2, input.len - 2};
        len = len < input.len ? len : input.len;
        gw_buf_reset(&message);
        for (size_t i = 0; i < times; i++)
            if (gw_buf_append(&message, (struct gw_slice){input.ptr, len}) < 0)
                abort();
        pass(one, two, gw_buf_slice(&message), is_for_all);
        pass(two, one, gw_buf_slice(&message), false);
        input = (struct gw_slice){input.ptr + len, input.len - len};
    }
    gw_buf_dispose(&message);
    gw_ws_compression_destroy(one);
    gw_ws_compression_destroy(two);
    gw_ws_compression_pool_dispose(&pool);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    if (data[0] & 1)
        converse(data[0] >> 1, data[1], (struct gw_slice){data + 2, size - 2});
    else
        receive(data[0], (struct gw_slice){data + 1, size - 1});
    return 0;
}
