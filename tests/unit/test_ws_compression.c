/* SPDX-License-Identifier: MIT */
/* Compressed messages both ways, and through the decoder as they come from a network (RFC 7692 6 and 7.2). */
#include "ws/compression.h"

#include "base/mem.h"
#include "support/feed.h"
#include "support/trace.h"
#include "ws/decoder.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { LIMIT = 1 << 20 };

/* Two ends that agreed on params; `one` is the server. */
struct ends {
    struct gw_ws_compression_pool pool;
    struct gw_ws_compression *one, *other;
};

static const struct gw_ws_deflate own = {
    .has_own_compressor = true, .has_own_decompressor = true, .threshold_bytes = 1};
static const struct gw_ws_deflate shared = {.threshold_bytes = 1};
static const struct gw_ws_deflate_params takeover;
static const struct gw_ws_deflate_params no_takeover = {.server_no_context_takeover = true,
                                                        .client_no_context_takeover = true};

static void open_ends(struct ends *ends, const struct gw_ws_deflate *options,
                      const struct gw_ws_deflate_params *params)
{
    struct gw_ws_deflate filled;

    assert_int_equal(gw_ws_deflate_fill(&filled, options), 0);
    gw_ws_compression_pool_init(&ends->pool);
    ends->one = gw_ws_compression_create(&ends->pool, GW_WS_SERVER, &filled, params);
    ends->other = gw_ws_compression_create(&ends->pool, GW_WS_CLIENT, &filled, params);
    assert_non_null(ends->one);
    assert_non_null(ends->other);
}

static void close_ends(struct ends *ends)
{
    gw_ws_compression_destroy(ends->one);
    gw_ws_compression_destroy(ends->other);
    gw_ws_compression_pool_dispose(&ends->pool);
}

static void unpack_to(struct gw_ws_compression *c, struct gw_slice packed, struct gw_slice expected)
{
    struct gw_buf out;

    gw_ws_compression_borrow(c, &out);
    assert_int_equal(gw_ws_compression_unpack(c, packed, false, LIMIT, &out), GW_WS_UNPACK_OK);
    assert_int_equal(out.len, expected.len);
    if (expected.len > 0)
        assert_memory_equal(out.ptr, expected.ptr, expected.len);
    gw_ws_compression_give_back(c, &out);
}

/* Sends message and gives the length that it had on its way. */
static size_t pass(struct gw_ws_compression *from, struct gw_ws_compression *to,
                   struct gw_slice message)
{
    struct gw_slice packed;
    int err = gw_ws_compression_pack(from, message, &packed);

    if (err == GW_OK)
        unpack_to(to, packed, message);
    else
        assert_int_equal(err, GW_E_LIMIT);
    gw_ws_compression_release(from);
    return err == GW_OK ? packed.len : message.len;
}

/* JSON-like, digits, or noise. */
static uint8_t *make_message(size_t len, int kind)
{
    static const char words[] = "{\"id\":12345,\"name\":\"godwit\",\"tags\":[\"a\",\"b\"]},";
    uint64_t state = len + 77;
    uint8_t *bytes = malloc(len + 1);

    assert_non_null(bytes);
    for (size_t i = 0; i < len; i++) {
        uint64_t noise = gw_feed_random(&state);

        bytes[i] = kind == 0   ? (uint8_t)words[i % (sizeof words - 1)]
                   : kind == 1 ? (uint8_t)('0' + noise % 10)
                               : (uint8_t)(noise >> 24);
    }
    return bytes;
}

static void pass_all_sizes(struct ends *ends)
{
    static const size_t lens[] = {0,    1,    2,    125,   126,   1023,  1024,  4095,
                                  4096, 4097, 8192, 16384, 32768, 65535, 65536, 131072};

    for (int kind = 0; kind < 3; kind++) {
        for (size_t i = 0; i < sizeof lens / sizeof *lens; i++) {
            uint8_t *bytes = make_message(lens[i], kind);

            pass(ends->one, ends->other, (struct gw_slice){bytes, lens[i]});
            pass(ends->other, ends->one, (struct gw_slice){bytes, lens[i]});
            free(bytes);
        }
    }
}

/* 7.1.1 and 7.1.2: all of it, both ways */
static void messages_of_all_sizes_come_through_all_parameters(void **state)
{
    (void)state;
    for (uint8_t bits = 9; bits <= 16; bits++) {
        for (int contexts = 0; contexts < 4; contexts++) {
            struct gw_ws_deflate_params params = {
                .server_no_context_takeover = contexts & 1,
                .client_no_context_takeover = contexts & 2,
                .server_max_window_bits = bits == 16 ? 0 : bits,
                .client_max_window_bits = bits == 16 ? 0 : (uint8_t)(24 - bits),
            };
            struct ends ends;

            open_ends(&ends, &own, &params);
            pass_all_sizes(&ends);
            close_ends(&ends);
        }
    }
}

static void every_level_and_table_size_works(void **state)
{
    (void)state;
    for (uint8_t level = 1; level <= 9; level++) {
        struct gw_ws_deflate options = {
            .level = level, .mem_level = level, .window_bits = 9, .threshold_bytes = 1};
        struct ends ends;

        open_ends(&ends, &options, &no_takeover);
        pass_all_sizes(&ends);
        close_ends(&ends);
        options.has_own_compressor = options.has_own_decompressor = true;
        open_ends(&ends, &options, &takeover);
        pass_all_sizes(&ends);
        close_ends(&ends);
    }
}

static void context_makes_the_second_message_shorter(void **state)
{
    const struct gw_slice text = GW_LIT("The bar-tailed godwit makes the longest flight of all.");
    struct ends ends;
    size_t first;

    (void)state;
    open_ends(&ends, &own, &takeover);
    first = pass(ends.one, ends.other, text);
    assert_true(pass(ends.one, ends.other, text) < first / 4);
    close_ends(&ends);
    open_ends(&ends, &shared, &no_takeover);
    first = pass(ends.one, ends.other, text);
    assert_int_equal(pass(ends.one, ends.other, text), first);
    close_ends(&ends);
}

static void message_that_does_not_shrink_is_left_alone(void **state)
{
    uint8_t *noise = make_message(100000, 2);
    struct ends ends;
    struct gw_slice packed;

    (void)state;
    open_ends(&ends, &shared, &no_takeover);
    assert_int_equal(gw_ws_compression_pack(ends.one, (struct gw_slice){noise, 100000}, &packed),
                     GW_E_LIMIT);
    gw_ws_compression_release(ends.one);
    assert_int_equal(gw_ws_compression_pack(ends.one, GW_LIT("abc"), &packed), GW_E_LIMIT);
    gw_ws_compression_release(ends.one);
    assert_true(pass(ends.one, ends.other, GW_LIT("aaaaaaaaaaaaaaaaaaaaa")) < 10);
    close_ends(&ends);
    free(noise);
}

/* A server that demands the window that zlib cannot make gets its messages as they are. */
static void window_of_8_bits_means_never_compressed(void **state)
{
    const struct gw_ws_deflate_params params = {.client_max_window_bits = 8};
    struct ends ends;

    (void)state;
    open_ends(&ends, &own, &params);
    assert_false(gw_ws_compression_wants(ends.other, 100000));
    assert_true(gw_ws_compression_wants(ends.one, 1));
    close_ends(&ends);
}

static void short_messages_are_not_compressed(void **state)
{
    static const struct gw_ws_deflate defaults;
    struct ends ends;

    (void)state;
    open_ends(&ends, &defaults, &no_takeover);
    assert_false(gw_ws_compression_wants(ends.one, 1023));
    assert_true(gw_ws_compression_wants(ends.one, 1024));
    close_ends(&ends);
}

/* An idle connection costs its own few bytes, and with shared compressors no more than that later. */
static void shared_compressors_cost_a_connection_nothing(void **state)
{
    const struct gw_slice text = GW_LIT("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    struct ends ends, more;
    uint64_t before;

    (void)state;
    before = gw_mem_alloc_count();
    open_ends(&ends, &shared, &no_takeover);
    assert_int_equal(gw_mem_alloc_count() - before, 2);
    assert_true(sizeof(*ends.one) <= 48);
    pass(ends.one, ends.other, text);
    open_ends(&more, &shared, &no_takeover);
    more.one->pool = more.other->pool = &ends.pool;
    before = gw_mem_alloc_count();
    pass(more.one, more.other, text);
    pass(more.other, more.one, text);
    assert_int_equal(gw_mem_alloc_count() - before, 0);
    close_ends(&more);
    close_ends(&ends);
}

/* One message of another compressor in between: the context follows it. */
static void context_learns_what_was_compressed_for_all(void **state)
{
    const struct gw_slice text =
        GW_LIT("godwit, bar-tailed godwit, black-tailed godwit, marbled godwit, godwit");
    uint8_t *long_text = make_message(100000, 1);
    struct gw_slice many = {long_text, 100000}, packed;
    struct ends ends;
    size_t alone;

    (void)state;
    open_ends(&ends, &own, &takeover);
    alone = pass(ends.one, ends.other, GW_LIT("Something else to begin with."));
    for (int i = 0; i < 3; i++) {
        assert_int_equal(gw_ws_compression_pack_for_all(ends.one, text, &packed), 0);
        alone = packed.len;
        unpack_to(ends.other, packed, text);
        gw_ws_compression_release(ends.one);
        gw_ws_compression_learn(ends.one, text);
        assert_true(pass(ends.one, ends.other, text) < alone / 3);
        assert_int_equal(gw_ws_compression_pack_for_all(ends.one, many, &packed), 0);
        unpack_to(ends.other, packed, many);
        gw_ws_compression_release(ends.one);
        gw_ws_compression_learn(ends.one, many);
        pass(ends.one, ends.other, (struct gw_slice){long_text + 50000, 40000});
    }
    close_ends(&ends);
    free(long_text);
}

/* ---- what comes from elsewhere ---- */

static enum gw_ws_unpack_result unpack(struct gw_slice packed, bool is_text, uint64_t max_bytes,
                                       struct gw_trace *trace)
{
    enum gw_ws_unpack_result result;
    struct ends ends;
    struct gw_buf out;

    open_ends(&ends, &shared, &no_takeover);
    gw_ws_compression_borrow(ends.one, &out);
    result = gw_ws_compression_unpack(ends.one, packed, is_text, max_bytes, &out);
    assert_true(out.len <= max_bytes);
    assert_true(out.cap <= max_bytes || max_bytes < 64);
    if (trace && result == GW_WS_UNPACK_OK)
        gw_trace_add_bytes(trace, gw_buf_slice(&out));
    gw_ws_compression_give_back(ends.one, &out);
    close_ends(&ends);
    return result;
}

static void check_unpacked(struct gw_slice packed, const char *expected)
{
    struct gw_trace trace = {0};

    assert_int_equal(unpack(packed, true, LIMIT, &trace), GW_WS_UNPACK_OK);
    assert_string_equal(gw_trace_text(&trace), expected);
    gw_trace_reset(&trace);
}

/* 7.2.3, byte for byte */
static void examples_of_the_standard_are_unpacked(void **state)
{
    (void)state;
    check_unpacked(GW_LIT("\xf2\x48\xcd\xc9\xc9\x07\x00"), "Hello");                 /* 7.2.3.1 */
    check_unpacked(GW_LIT("\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"), "Hello"); /* 7.2.3.3 */
    check_unpacked(GW_LIT("\xf3\x48\xcd\xc9\xc9\x07\x00\x00"), "Hello");             /* 7.2.3.4 */
    check_unpacked(GW_LIT("\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"),
                   "Hello");                /* 7.2.3.5 */
    check_unpacked(GW_LIT("\x00"), "");     /* 7.2.3.6 */
    check_unpacked(GW_LIT("\x02\x00"), ""); /* the same by a block with codes */
}

/* 7.2.3.2: the second Hello refers to the first */
static void example_with_context_is_unpacked(void **state)
{
    struct ends ends;

    (void)state;
    open_ends(&ends, &own, &takeover);
    unpack_to(ends.one, GW_LIT("\xf2\x48\xcd\xc9\xc9\x07\x00"), GW_LIT("Hello"));
    unpack_to(ends.one, GW_LIT("\xf2\x00\x11\x00\x00"), GW_LIT("Hello"));
    close_ends(&ends);
    /* without a context it refers to nothing */
    assert_int_equal(unpack(GW_LIT("\xf2\x00\x11\x00\x00"), true, LIMIT, NULL), GW_WS_UNPACK_DATA);
}

/* A final block ends nothing; and the context lives on behind it. */
static void final_blocks_may_stand_anywhere(void **state)
{
    struct ends ends;

    (void)state;
    check_unpacked(GW_LIT("\xf3\x48\xcd\xc9\xc9\x07\x00"), "Hello");
    check_unpacked(GW_LIT("\xf3\x48\xcd\xc9\xc9\x07\x00\xf3\x48\xcd\xc9\xc9\x07\x00"),
                   "HelloHello");
    check_unpacked(GW_LIT("\xf3\x48\xcd\xc9\xc9\x07\x00\xf2\x00\x11\x00\x00"), "HelloHello");
    check_unpacked(GW_LIT("\x01\x00\x00\xff\xff"), "");
    open_ends(&ends, &own, &takeover);
    unpack_to(ends.one, GW_LIT("\xf3\x48\xcd\xc9\xc9\x07\x00\x00"), GW_LIT("Hello"));
    unpack_to(ends.one, GW_LIT("\xf2\x00\x11\x00\x00"), GW_LIT("Hello"));
    close_ends(&ends);
}

/* Not as the standard has it, but whole: nothing at all, and a tail that was not taken off. */
static void messages_that_end_between_blocks_are_taken(void **state)
{
    (void)state;
    check_unpacked(GW_LIT(""), "");
    check_unpacked(GW_LIT("\xf2\x48\xcd\xc9\xc9\x07\x00\x00\x00\xff\xff"), "Hello");
}

static void broken_data_is_refused(void **state)
{
    const struct gw_slice broken[] = {
        GW_LIT("\xff"),                                     /* block of the reserved type */
        GW_LIT("\xf2\x48\xcd"),                             /* cut in a block with codes */
        GW_LIT("\x00\x09\x00\xf6\xff\x48"),                 /* cut in a stored block */
        GW_LIT("\x00\x05\x00\xfa\xfe\x48\x65\x6c\x6c\x6f"), /* its two lengths do not agree */
        GW_LIT("\x04\xff\xff\xff\xff\xff"),                 /* impossible codes */
        GW_LIT("\x00\x00\x00\xff"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        assert_int_equal(unpack(broken[i], false, LIMIT, NULL), GW_WS_UNPACK_DATA);
}

/* A match that reaches into an earlier message, farther than the window that was agreed on */
static void match_beyond_the_window_is_refused(void **state)
{
    const struct gw_ws_deflate_params wide = {.server_max_window_bits = 15};
    const struct gw_ws_deflate_params narrow = {.server_max_window_bits = 9};
    uint8_t *noise = make_message(3000, 2);
    struct gw_slice packed;
    struct ends from, to;
    struct gw_buf out;

    (void)state;
    open_ends(&from, &own, &wide);
    open_ends(&to, &own, &narrow);
    for (int i = 0; i < 2; i++) {
        const struct gw_slice message = {noise, i == 0 ? 3000 : 1000};

        assert_int_equal(gw_ws_compression_pack(from.one, message, &packed), 0);
        unpack_to(from.other, packed, message);
        gw_ws_compression_borrow(to.other, &out);
        assert_int_equal(gw_ws_compression_unpack(to.other, packed, false, LIMIT, &out),
                         i == 0 ? GW_WS_UNPACK_OK : GW_WS_UNPACK_DATA);
        gw_ws_compression_give_back(to.other, &out);
        gw_ws_compression_release(from.one);
    }
    close_ends(&from);
    close_ends(&to);
    free(noise);
}

/* 1 GiB of zeros */
static void bomb_stops_at_the_limit(void **state)
{
    static const struct gw_deflate_options options = {9, 15, 8};
    struct gw_deflate *deflater = gw_deflate_create(&options);
    uint8_t *zeros = calloc(1, LIMIT);
    struct gw_buf bomb;

    (void)state;
    gw_buf_init(&bomb, SIZE_MAX);
    for (int i = 0; i < 1024; i++)
        assert_int_equal(gw_deflate_append(deflater, (struct gw_slice){zeros, LIMIT}, &bomb), 0);
    assert_true(bomb.len < LIMIT + LIMIT / 8);
    assert_int_equal(unpack(gw_buf_slice(&bomb), false, LIMIT, NULL), GW_WS_UNPACK_LONG);
    assert_int_equal(unpack(gw_buf_slice(&bomb), true, 100000, NULL), GW_WS_UNPACK_LONG);
    assert_int_equal(unpack(gw_buf_slice(&bomb), false, 1, NULL), GW_WS_UNPACK_LONG);
    assert_int_equal(unpack(gw_buf_slice(&bomb), false, 0, NULL), GW_WS_UNPACK_LONG);
    gw_buf_dispose(&bomb);
    gw_deflate_destroy(deflater);
    free(zeros);
}

static void limit_is_exact(void **state)
{
    struct ends ends;
    struct gw_slice packed;

    (void)state;
    open_ends(&ends, &shared, &no_takeover);
    for (size_t len = 200; len < 5000; len = len * 2 + 1) {
        uint8_t *bytes = make_message(len, 0);

        assert_int_equal(gw_ws_compression_pack(ends.one, (struct gw_slice){bytes, len}, &packed),
                         0);
        assert_int_equal(unpack(packed, true, len, NULL), GW_WS_UNPACK_OK);
        assert_int_equal(unpack(packed, true, len - 1, NULL), GW_WS_UNPACK_LONG);
        gw_ws_compression_release(ends.one);
        free(bytes);
    }
    close_ends(&ends);
}

/* RFC 6455 8.1 holds for what comes out; found before the bomb behind it is looked at */
static void text_has_to_be_utf8(void **state)
{
    (void)state;
    assert_int_equal(unpack(GW_LIT("\x00\x02\x00\xfd\xff\xc3\x28\x00"), true, LIMIT, NULL),
                     GW_WS_UNPACK_UTF8);
    assert_int_equal(unpack(GW_LIT("\x00\x02\x00\xfd\xff\xc3\x28\x00"), false, LIMIT, NULL),
                     GW_WS_UNPACK_OK);
    assert_int_equal(unpack(GW_LIT("\x00\x01\x00\xfe\xff\xc3\x00"), true, LIMIT, NULL),
                     GW_WS_UNPACK_UTF8);
    /* a character over two blocks is one */
    assert_int_equal(
        unpack(GW_LIT("\x00\x01\x00\xfe\xff\xc3\x00\x01\x00\xfe\xff\xbc\x00"), true, LIMIT, NULL),
        GW_WS_UNPACK_OK);
    /* bad text before bad data */
    assert_int_equal(unpack(GW_LIT("\x00\x02\x00\xfd\xff\xc3\x28\xff"), true, LIMIT, NULL),
                     GW_WS_UNPACK_UTF8);
}

/* Every allocation of a conversation fails once: the message is refused or sent bare, and nothing leaks. */
static void memory_that_runs_out_costs_the_connection_only(void **state)
{
    uint8_t *bytes = make_message(20000, 0);
    bool is_done = false;

    (void)state;
    for (uint64_t nth = 1; !is_done; nth++) {
        struct gw_slice packed, message = {bytes, 20000};
        struct gw_buf out = {0};
        struct ends ends;

        open_ends(&ends, nth % 2 ? &own : &shared, nth % 2 ? &takeover : &no_takeover);
        gw_mem_fail_at((nth + 1) / 2);
        if (gw_ws_compression_pack(ends.one, message, &packed) == GW_OK) {
            enum gw_ws_unpack_result result;

            gw_ws_compression_borrow(ends.other, &out);
            result = gw_ws_compression_unpack(ends.other, packed, false, LIMIT, &out);
            assert_true(result == GW_WS_UNPACK_OK || result == GW_WS_UNPACK_MEMORY);
            gw_ws_compression_give_back(ends.other, &out);
            is_done = nth > 60 && result == GW_WS_UNPACK_OK;
        }
        gw_mem_fail_at(0);
        gw_ws_compression_release(ends.one);
        close_ends(&ends);
    }
    free(bytes);
}

/* ---- through the decoder ---- */

struct run {
    struct gw_ws_decoder_options options;
    struct gw_ws_decoder decoder;
    struct ends ends;
    struct gw_trace trace;
    const char *expected;
    bool is_failed;
};

static void begin(void *user)
{
    struct run *run = user;

    gw_trace_reset(&run->trace);
    open_ends(&run->ends, &own, &takeover);
    gw_ws_decoder_init(&run->decoder, &run->options);
    gw_ws_decoder_accept_rsv1(&run->decoder);
    run->is_failed = false;
}

static int unpack_event(struct run *run, struct gw_ws_event *ev)
{
    struct gw_buf out;
    int err;

    gw_ws_compression_borrow(run->ends.other, &out);
    err = gw_ws_decoder_unpack(&run->decoder, run->ends.other, ev, &out);
    if (!err) {
        gw_trace_add(&run->trace, "unpacked %s ", ev->is_binary ? "binary" : "text");
        gw_trace_add_bytes(&run->trace, ev->data);
        gw_trace_add(&run->trace, "\n");
    }
    gw_ws_compression_give_back(run->ends.other, &out);
    return err;
}

static void trace_event(struct run *run, const struct gw_ws_event *ev)
{
    gw_trace_add(&run->trace, "%s ",
                 ev->type == GW_WS_EVENT_MESSAGE ? "message"
                 : ev->type == GW_WS_EVENT_PING  ? "ping"
                                                 : "other");
    gw_trace_add_bytes(&run->trace, ev->data);
    gw_trace_add(&run->trace, "\n");
}

static void feed(void *user, uint8_t *bytes, size_t len)
{
    struct run *run = user;
    struct gw_ws_event ev;
    int result;

    if (run->is_failed)
        return;
    while ((result = gw_ws_decoder_next(&run->decoder, &bytes, &len, &ev)) == 1) {
        if (!ev.is_compressed)
            trace_event(run, &ev);
        else if ((result = unpack_event(run, &ev)) < 0)
            break;
    }
    if (result >= 0)
        return;
    run->is_failed = true;
    gw_trace_add(&run->trace, "error %u %s\n",
                 (unsigned int)gw_ws_decoder_close_code(&run->decoder),
                 gw_ws_decoder_why(&run->decoder));
}

static void finish(void *user, const char *how)
{
    struct run *run = user;

    if (strcmp(gw_trace_text(&run->trace), run->expected) != 0)
        print_error("%s\n", how);
    assert_string_equal(gw_trace_text(&run->trace), run->expected);
    gw_ws_decoder_dispose(&run->decoder);
    close_ends(&run->ends);
}

static void check_frames(struct gw_slice frames, uint64_t max_bytes, const char *expected)
{
    static const struct gw_feed way = {begin, feed, finish};
    struct run run = {.options = {.role = GW_WS_CLIENT, .max_message_bytes = max_bytes},
                      .expected = expected};

    gw_feed_all_ways(&way, frames, &run);
    gw_trace_reset(&run.trace);
}

static void compressed_frames_are_unpacked(void **state)
{
    (void)state;
    check_frames(GW_LIT("\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00"), LIMIT, "unpacked text Hello\n");
    check_frames(GW_LIT("\xc1\x01\x00\xc2\x00\x81\x01x"), LIMIT,
                 "unpacked text \nunpacked binary \nmessage x\n");
    /* 7.2.3.1, fragmented: 41 03 f2 48 cd 80 04 c9 c9 07 00 */
    check_frames(GW_LIT("\x41\x03\xf2\x48\xcd\x80\x04\xc9\xc9\x07\x00"), LIMIT,
                 "unpacked text Hello\n");
}

/* 6.1: control frames are not compressed, and may come between the fragments */
static void control_frames_come_between(void **state)
{
    (void)state;
    check_frames(
        GW_LIT("\x41\x03\xf2\x48\xcd\x89\x02hi\x00\x00\x00\x02\xc9\xc9\x8a\x00\x80\x02\x07\x00"
               "\xc1\x05\xf2\x00\x11\x00\x00"),
        LIMIT, "ping hi\nother \nunpacked text Hello\nunpacked text Hello\n");
}

/* 6.2: RSV1 is for the first frame */
static void rsv1_elsewhere_is_refused(void **state)
{
    (void)state;
    check_frames(GW_LIT("\x41\x03\xf2\x48\xcd\xc0\x04\xc9\xc9\x07\x00"), LIMIT,
                 "error 1002 reserved bit set\n");
    check_frames(GW_LIT("\xc9\x00"), LIMIT, "error 1002 reserved bit set\n");
    check_frames(GW_LIT("\x01\x01x\x40\x01x"), LIMIT, "error 1002 reserved bit set\n");
}

static void faults_have_their_codes(void **state)
{
    (void)state;
    check_frames(GW_LIT("\xc1\x01\xff"), LIMIT, "error 1007 compressed data broken\n");
    check_frames(GW_LIT("\xc1\x08\x00\x02\x00\xfd\xff\xc3\x28\x00"), LIMIT,
                 "error 1007 text not UTF-8\n");
    check_frames(GW_LIT("\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00"), 4,
                 "error 1009 message too long\n");
    check_frames(GW_LIT("\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00"), 5, "unpacked text Hello\n");
}

/* What cannot be compressed may be longer on its way than it is; but not endlessly. */
static void packed_length_has_a_limit_of_its_own(void **state)
{
    (void)state;
    check_frames(GW_LIT("\xc2\x7e\x00\x7e"), 100, "");
    check_frames(GW_LIT("\xc2\x7e\x01\x7e"), 100, "error 1009 message too long\n");
    check_frames(GW_LIT("\x42\x7d"), 100, "");
    check_frames(GW_LIT("\x82\x7d"), 100, "error 1009 message too long\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_of_all_sizes_come_through_all_parameters),
        cmocka_unit_test(every_level_and_table_size_works),
        cmocka_unit_test(context_makes_the_second_message_shorter),
        cmocka_unit_test(message_that_does_not_shrink_is_left_alone),
        cmocka_unit_test(window_of_8_bits_means_never_compressed),
        cmocka_unit_test(short_messages_are_not_compressed),
        cmocka_unit_test(shared_compressors_cost_a_connection_nothing),
        cmocka_unit_test(context_learns_what_was_compressed_for_all),
        cmocka_unit_test(examples_of_the_standard_are_unpacked),
        cmocka_unit_test(example_with_context_is_unpacked),
        cmocka_unit_test(final_blocks_may_stand_anywhere),
        cmocka_unit_test(messages_that_end_between_blocks_are_taken),
        cmocka_unit_test(broken_data_is_refused),
        cmocka_unit_test(match_beyond_the_window_is_refused),
        cmocka_unit_test(bomb_stops_at_the_limit),
        cmocka_unit_test(limit_is_exact),
        cmocka_unit_test(text_has_to_be_utf8),
        cmocka_unit_test(memory_that_runs_out_costs_the_connection_only),
        cmocka_unit_test(compressed_frames_are_unpacked),
        cmocka_unit_test(control_frames_come_between),
        cmocka_unit_test(rsv1_elsewhere_is_refused),
        cmocka_unit_test(faults_have_their_codes),
        cmocka_unit_test(packed_length_has_a_limit_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
