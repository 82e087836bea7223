/* SPDX-License-Identifier: MIT */
/* Most cases are written as frames and run for both roles: masked towards a server, bare towards a client. Each is fed
 * in every cutting, and what the decoder says is compared as a text. */
#include "base/mem.h"
#include "support/feed.h"
#include "support/ws_trace.h"
#include "ws/decoder.h"
#include "ws/mask.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { LIMIT = 1 << 20 };

static const uint8_t key[4] = {0x37, 0xfa, 0x21, 0x3d};

struct frame {
    uint8_t first; /* FIN, RSV, opcode */
    struct gw_slice payload;
};

static bool accepts_rsv1; /* in the test that runs */

/* One run of one input. */
struct run {
    struct gw_ws_decoder_options options;
    struct gw_ws_decoder decoder;
    struct gw_trace trace;
    const char *expected;
    int result; /* of the last call */
};

static void add_data(struct gw_trace *trace, struct gw_slice data)
{
    uint32_t sum = 0;

    if (data.len <= 64) {
        gw_trace_add_bytes(trace, data);
        return;
    }
    for (size_t i = 0; i < data.len; i++)
        sum = sum * 31 + data.ptr[i];
    gw_trace_add(trace, "%zu bytes, sum %08x", data.len, (unsigned int)sum);
}

static void add_event(struct gw_trace *trace, const struct gw_ws_event *ev)
{
    gw_trace_add_ws_event(trace, ev);
    add_data(trace, ev->data);
    gw_trace_add(trace, "\n");
}

static void begin(void *user)
{
    struct run *run = user;

    gw_trace_reset(&run->trace);
    gw_ws_decoder_init(&run->decoder, &run->options);
    if (accepts_rsv1)
        gw_ws_decoder_accept_rsv1(&run->decoder);
    run->result = 0;
}

static void feed(void *user, uint8_t *bytes, size_t len)
{
    struct run *run = user;
    struct gw_ws_event ev;
    int earlier = run->result;

    while ((run->result = gw_ws_decoder_next(&run->decoder, &bytes, &len, &ev)) == 1)
        add_event(&run->trace, &ev);
    if (run->result == 0)
        assert_int_equal(len, 0);
    else if (earlier == 0)
        gw_trace_add(&run->trace, "error %u %s\n",
                     (unsigned int)gw_ws_decoder_close_code(&run->decoder),
                     gw_ws_decoder_why(&run->decoder));
    else
        assert_int_equal(run->result, earlier);
}

static void finish(void *user, const char *how)
{
    struct run *run = user;

    if (strcmp(gw_trace_text(&run->trace), run->expected) != 0)
        print_error("%s\n", how);
    assert_string_equal(gw_trace_text(&run->trace), run->expected);
    gw_ws_decoder_dispose(&run->decoder);
}

static void check_bytes(const struct gw_ws_decoder_options *options, struct gw_slice input,
                        const char *expected)
{
    static const struct gw_feed way = {begin, feed, finish};
    struct run run = {.options = *options, .expected = expected};

    gw_feed_all_ways(&way, input, &run);
    gw_trace_reset(&run.trace);
}

static void add_frame(struct gw_buf *out, const struct frame *frame, enum gw_ws_role reader)
{
    struct gw_ws_frame_head head = {.payload_len = frame->payload.len,
                                    .opcode = frame->first & 0xf,
                                    .rsv = frame->first >> 4 & 7,
                                    .is_final = frame->first >> 7,
                                    .is_masked = reader == GW_WS_SERVER};
    uint8_t bytes[GW_WS_HEAD_MAX];

    memcpy(head.mask, key, head.is_masked ? sizeof key : 0);
    assert_int_equal(
        gw_buf_append(out, (struct gw_slice){bytes, gw_ws_frame_head_encode(bytes, &head)}), 0);
    assert_int_equal(gw_buf_append(out, frame->payload), 0);
    gw_ws_mask(out->ptr + out->len - frame->payload.len, frame->payload.len, head.mask, 0);
}

static void check_frames(const struct gw_ws_decoder_options *options, const struct frame *frames,
                         size_t count, const char *expected)
{
    struct gw_ws_decoder_options both = *options;
    struct gw_buf input;

    for (int role = GW_WS_SERVER; role <= GW_WS_CLIENT; role++) {
        both.role = (enum gw_ws_role)role;
        gw_buf_init(&input, SIZE_MAX);
        for (size_t i = 0; i < count; i++)
            add_frame(&input, &frames[i], both.role);
        check_bytes(&both, gw_buf_slice(&input), expected);
        gw_buf_dispose(&input);
    }
}

static const struct gw_ws_decoder_options usual = {.max_message_bytes = LIMIT};
static const struct gw_ws_decoder_options as_server = {.role = GW_WS_SERVER,
                                                       .max_message_bytes = LIMIT};
static const struct gw_ws_decoder_options as_client = {.role = GW_WS_CLIENT,
                                                       .max_message_bytes = LIMIT};

#define FRAMES(...)                                                                                \
    (const struct frame[]){__VA_ARGS__},                                                           \
        sizeof((const struct frame[]){__VA_ARGS__}) / sizeof(struct frame)

/* RFC 6455 5.7, byte for byte */
static void examples_of_the_standard(void **state)
{
    (void)state;
    check_bytes(&as_client, GW_LIT("\x81\x05\x48\x65\x6c\x6c\x6f"), "text Hello\n");
    check_bytes(&as_server, GW_LIT("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"), "text Hello\n");
    check_bytes(&as_client, GW_LIT("\x01\x03\x48\x65\x6c\x80\x02\x6c\x6f"), "text Hello\n");
    check_bytes(&as_client, GW_LIT("\x89\x05\x48\x65\x6c\x6c\x6f"), "ping Hello\n");
    check_bytes(&as_server, GW_LIT("\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"), "pong Hello\n");
}

static void check_binary_of(size_t len)
{
    struct gw_trace expected = {0};
    uint8_t *payload = malloc(len + 1);

    assert_non_null(payload);
    for (size_t i = 0; i < len; i++)
        payload[i] = (uint8_t)(i * 13);
    gw_trace_add(&expected, "binary ");
    add_data(&expected, (struct gw_slice){payload, len});
    gw_trace_add(&expected, "\ntext next\n");
    check_frames(&usual, FRAMES({0x82, {payload, len}}, {0x81, GW_LIT("next")}),
                 gw_trace_text(&expected));
    gw_trace_reset(&expected);
    free(payload);
}

/* 5.7: 256 bytes and 64 KiB, and what lies on either side of each form of the length */
static void every_size_class_is_read(void **state)
{
    static const size_t lens[] = {0, 1, 125, 126, 127, 128, 256, 1000, 65535, 65536, 65537};

    (void)state;
    for (size_t i = 0; i < sizeof lens / sizeof *lens; i++)
        check_binary_of(lens[i]);
}

static void messages_follow_each_other(void **state)
{
    (void)state;
    check_frames(&usual,
                 FRAMES({0x81, GW_LIT("a")}, {0x82, GW_LIT("\x00\xff")}, {0x81, GW_LIT("")},
                        {0x82, GW_LIT("")}, {0x81, GW_LIT("bcd")}),
                 "text a\nbinary \\x00\\xff\ntext \nbinary \ntext bcd\n");
}

/* 5.4 */
static void fragments_are_put_together(void **state)
{
    (void)state;
    check_frames(&usual,
                 FRAMES({0x01, GW_LIT("Hel")}, {0x00, GW_LIT("lo")}, {0x80, GW_LIT(" you")},
                        {0x02, GW_LIT("\x01")}, {0x80, GW_LIT("\x02")}),
                 "text Hello you\nbinary \\x01\\x02\n");
    check_frames(&usual,
                 FRAMES({0x01, GW_LIT("")}, {0x00, GW_LIT("")}, {0x80, GW_LIT("")},
                        {0x01, GW_LIT("")}, {0x00, GW_LIT("mid")}, {0x80, GW_LIT("")}),
                 "text \ntext mid\n");
}

/* 5.4: control frames MAY be injected in the middle of a fragmented message */
static void ping_during_fragments_is_delivered_first(void **state)
{
    (void)state;
    check_frames(&usual,
                 FRAMES({0x01, GW_LIT("one")}, {0x89, GW_LIT("ping one")}, {0x00, GW_LIT("two")},
                        {0x8a, GW_LIT("")}, {0x89, GW_LIT("")}, {0x80, GW_LIT("three")},
                        {0x89, GW_LIT("last")}),
                 "ping ping one\npong \nping \ntext onetwothree\nping last\n");
}

static void close_during_fragments_ends_everything(void **state)
{
    (void)state;
    check_frames(&usual,
                 FRAMES({0x01, GW_LIT("one")}, {0x88, GW_LIT("\x03\xe8")}, {0x80, GW_LIT("two")}),
                 "close 1000 \n");
}

/* 5.2: MUST be 0 unless an extension is negotiated that defines meanings */
static void reserved_bits_are_refused(void **state)
{
    static const uint8_t opcodes[] = {0x81, 0x82, 0x88, 0x89, 0x8a, 0x01};

    (void)state;
    for (uint8_t rsv = 1; rsv < 8; rsv++) {
        for (size_t i = 0; i < sizeof opcodes; i++)
            check_frames(
                &usual,
                FRAMES({0x81, GW_LIT("fine")}, {(uint8_t)(opcodes[i] | rsv << 4), GW_LIT("a")}),
                "text fine\nerror 1002 reserved bit set\n");
    }
    check_frames(&usual, FRAMES({0x01, GW_LIT("a")}, {0xc0, GW_LIT("b")}),
                 "error 1002 reserved bit set\n");
}

static void agreed_rsv1_marks_a_compressed_message(void **state)
{
    (void)state;
    accepts_rsv1 = true;
    check_frames(&usual, FRAMES({0xc1, GW_LIT("\xf2")}, {0x81, GW_LIT("bare")}),
                 "compressed text \\xf2\ntext bare\n");
    check_frames(&usual, FRAMES({0x42, GW_LIT("a")}, {0x89, GW_LIT("p")}, {0x80, GW_LIT("\xff")}),
                 "ping p\ncompressed binary a\\xff\n");
    check_frames(&usual, FRAMES({0x41, GW_LIT("a")}, {0xc0, GW_LIT("b")}),
                 "error 1002 reserved bit set\n");
    check_frames(&usual, FRAMES({0xc9, GW_LIT("a")}), "error 1002 reserved bit set\n");
    check_frames(&usual, FRAMES({0xa1, GW_LIT("a")}), "error 1002 reserved bit set\n");
    check_frames(&usual, FRAMES({0xe1, GW_LIT("a")}), "error 1002 reserved bit set\n");
    accepts_rsv1 = false;
}

/* 5.2: "If an unknown opcode is received, the receiving endpoint MUST Fail the WebSocket Connection" */
static void reserved_opcodes_are_refused(void **state)
{
    static const uint8_t opcodes[] = {3, 4, 5, 6, 7, 0xb, 0xc, 0xd, 0xe, 0xf};

    (void)state;
    for (size_t i = 0; i < sizeof opcodes; i++) {
        check_frames(&usual, FRAMES({0x80 | opcodes[i], GW_LIT("")}),
                     "error 1002 reserved opcode\n");
        check_frames(&usual, FRAMES({0x01, GW_LIT("a")}, {opcodes[i], GW_LIT("")}),
                     "error 1002 reserved opcode\n");
    }
}

/* 5.5 */
static void control_frames_are_neither_long_nor_fragmented(void **state)
{
    static const uint8_t opcodes[] = {8, 9, 10};
    uint8_t payload[126];

    (void)state;
    memset(payload, 'p', sizeof payload);
    for (size_t i = 0; i < sizeof opcodes; i++) {
        check_frames(&usual, FRAMES({0x80 | opcodes[i], {payload, 126}}),
                     "error 1002 control frame longer than 125\n");
        check_frames(&usual, FRAMES({opcodes[i], GW_LIT("")}),
                     "error 1002 control frame fragmented\n");
    }
    check_frames(&usual, FRAMES({0x89, {payload, 125}}), "ping 125 bytes, sum 69cb9c70\n");
}

/* 5.4 */
static void fragments_out_of_order_are_refused(void **state)
{
    (void)state;
    check_frames(&usual, FRAMES({0x80, GW_LIT("a")}), "error 1002 continuation of no message\n");
    check_frames(&usual, FRAMES({0x00, GW_LIT("a")}), "error 1002 continuation of no message\n");
    check_frames(&usual, FRAMES({0x01, GW_LIT("a")}, {0x80, GW_LIT("b")}, {0x80, GW_LIT("c")}),
                 "text ab\nerror 1002 continuation of no message\n");
    check_frames(&usual, FRAMES({0x01, GW_LIT("a")}, {0x81, GW_LIT("b")}),
                 "error 1002 message begun inside a message\n");
    check_frames(&usual, FRAMES({0x02, GW_LIT("")}, {0x02, GW_LIT("")}),
                 "error 1002 message begun inside a message\n");
}

/* 5.1 */
static void masking_is_for_clients_only(void **state)
{
    (void)state;
    check_bytes(&as_server, GW_LIT("\x81\x05Hello"), "error 1002 frame of a client not masked\n");
    check_bytes(&as_server, GW_LIT("\x89\x00"), "error 1002 frame of a client not masked\n");
    check_bytes(&as_client, GW_LIT("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"),
                "error 1002 frame of a server masked\n");
}

static void length_has_to_be_in_its_shortest_form(void **state)
{
    (void)state;
    check_bytes(&as_client, GW_LIT("\x82\x7e\x00\x7d"),
                "error 1002 length not in its shortest form\n");
    check_bytes(&as_client, GW_LIT("\x82\x7f\x00\x00\x00\x00\x00\x00\xff\xff"),
                "error 1002 length not in its shortest form\n");
    check_bytes(&as_server, GW_LIT("\x82\xff\x80\x00\x00\x00\x00\x01\x00\x00"),
                "error 1002 length not in its shortest form\n");
}

/* 5.6, 8.1 */
static void text_has_to_be_utf8(void **state)
{
    static const char *bad[] = {
        "\x80",
        "a\xc0\xaf",
        "\xe0\x80\x80",
        "\xed\xa0\x80",
        "\xed\xbf\xbf",
        "\xf0\x80\x80\x80",
        "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80",
        "\xfe",
        "\xff",
        "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce",
        "\xf8\x88\x80\x80\x80",
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        check_frames(&usual, FRAMES({0x81, gw_slice_of(bad[i])}), "error 1007 text not UTF-8\n");
        check_frames(
            &usual,
            FRAMES({0x01, GW_LIT("good ")}, {0x89, GW_LIT("p")}, {0x80, gw_slice_of(bad[i])}),
            "ping p\nerror 1007 text not UTF-8\n");
    }
    check_frames(&usual, FRAMES({0x82, GW_LIT("\xff\xfe")}), "binary \\xff\\xfe\n");
}

static void character_may_be_cut_by_a_fragment(void **state)
{
    (void)state;
    check_frames(&usual,
                 FRAMES({0x01, GW_LIT("\xf0\x9f")}, {0x00, GW_LIT("")}, {0x00, GW_LIT("\x98")},
                        {0x89, GW_LIT("\xff")}, {0x80, GW_LIT("\x80.")}),
                 "ping \\xff\ntext \\xf0\\x9f\\x98\\x80.\n");
    check_frames(&usual, FRAMES({0x01, GW_LIT("\xf0\x9f")}, {0x80, GW_LIT("")}),
                 "error 1007 text not UTF-8\n");
}

/* 5.5.1, 7.4 */
static void close_carries_code_and_reason(void **state)
{
    uint8_t longest[125];

    (void)state;
    memset(longest, 'r', sizeof longest);
    memcpy(longest, "\x03\xe9", 2);
    check_frames(&usual, FRAMES({0x88, GW_LIT("")}), "close 1005 \n");
    check_frames(&usual, FRAMES({0x88, GW_LIT("\x03\xe8")}), "close 1000 \n");
    check_frames(&usual,
                 FRAMES({0x88, GW_LIT("\x0b\xb9"
                                      "foo")}),
                 "close 3001 foo\n");
    check_frames(&usual, FRAMES({0x88, {longest, 125}}), "close 1001 123 bytes, sum d1a6a332\n");
}

static void close_that_breaks_the_rules_is_refused(void **state)
{
    static const uint16_t codes[] = {0,    999,  1004, 1005, 1006, 1015,
                                     1016, 1100, 2000, 2999, 5000, 65535};

    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        uint8_t payload[] = {(uint8_t)(codes[i] >> 8), (uint8_t)codes[i], 'x'};

        check_frames(&usual, FRAMES({0x88, {payload, 2}}), "error 1002 close code not allowed\n");
        check_frames(&usual, FRAMES({0x88, {payload, 3}}), "error 1002 close code not allowed\n");
    }
    check_frames(&usual, FRAMES({0x88, GW_LIT("\x03")}), "error 1002 close frame of one byte\n");
    check_frames(&usual, FRAMES({0x88, GW_LIT("\x03\xe8\xce\xba\xe1")}),
                 "error 1007 close reason not UTF-8\n");
}

/* 1.4, 5.5.1 */
static void what_follows_a_close_is_swallowed(void **state)
{
    (void)state;
    check_frames(&usual,
                 FRAMES({0x88, GW_LIT("\x03\xe8")}, {0x89, GW_LIT("ping")}, {0xff, GW_LIT("junk")},
                        {0x88, GW_LIT("")}),
                 "close 1000 \n");
}

static void message_over_the_limit_is_refused(void **state)
{
    const struct gw_ws_decoder_options eight = {.max_message_bytes = 8};

    (void)state;
    check_frames(&eight, FRAMES({0x81, GW_LIT("12345678")}), "text 12345678\n");
    check_frames(&eight, FRAMES({0x81, GW_LIT("123456789")}), "error 1009 message too long\n");
    check_frames(
        &eight,
        FRAMES({0x01, GW_LIT("12345")}, {0x89, GW_LIT("0123456789")}, {0x80, GW_LIT("678")}),
        "ping 0123456789\ntext 12345678\n");
    check_frames(&eight, FRAMES({0x01, GW_LIT("12345")}, {0x80, GW_LIT("6789")}),
                 "error 1009 message too long\n");
    check_frames(&eight,
                 FRAMES({0x02, GW_LIT("12345678")}, {0x00, GW_LIT("")}, {0x80, GW_LIT("9")}),
                 "error 1009 message too long\n");
}

/* Empty ones too: a flood of them costs no memory but time. */
static void fragments_over_the_limit_are_refused(void **state)
{
    const struct gw_ws_decoder_options three = {.max_message_bytes = LIMIT, .max_fragments = 3};

    (void)state;
    check_frames(&three,
                 FRAMES({0x01, GW_LIT("a")}, {0x00, GW_LIT("")}, {0x89, GW_LIT("")},
                        {0x80, GW_LIT("b")}, {0x01, GW_LIT("c")}, {0x80, GW_LIT("d")}),
                 "ping \ntext ab\ntext cd\n");
    check_frames(
        &three,
        FRAMES({0x01, GW_LIT("")}, {0x00, GW_LIT("")}, {0x00, GW_LIT("")}, {0x80, GW_LIT("")}),
        "error 1008 too many fragments\n");
}

/* What the decoder makes of bytes that are only the beginning of a frame. */
static int decode_part(const struct gw_ws_decoder_options *options, struct gw_slice part,
                       struct gw_ws_decoder *decoder)
{
    struct gw_ws_event ev;
    uint8_t bytes[64], *at = bytes;
    size_t len = part.len;

    assert_true(part.len <= sizeof bytes);
    memcpy(bytes, part.ptr, part.len);
    gw_ws_decoder_init(decoder, options);
    return gw_ws_decoder_next(decoder, &at, &len, &ev);
}

static void fault_is_found_at_the_first_byte_that_shows_it(void **state)
{
    static const struct {
        struct gw_slice part;
        uint16_t close_code;
    } cases[] = {
        {{(const uint8_t *)"\x91", 1}, 1002},
        {{(const uint8_t *)"\x83", 1}, 1002},
        {{(const uint8_t *)"\x09", 1}, 1002},
        {{(const uint8_t *)"\x80", 1}, 1002},
        {{(const uint8_t *)"\x81\x05", 2}, 1002},
        {{(const uint8_t *)"\x89\xfe", 2}, 1002},
        {{(const uint8_t *)"\x88\x81", 2}, 1002},
        {{(const uint8_t *)"\x81\xfe\x00\x05", 4}, 1002},
        {{(const uint8_t *)"\x81\xff\x00\x00\x00\x00\x00\x10\x00\x01", 10}, 1009},
        {{(const uint8_t *)"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff", 10}, 1009},
        {{(const uint8_t *)"\x81\x94\x00\x00\x00\x00okay\xf4\x90", 12}, 1007},
    };
    struct gw_ws_decoder decoder;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct gw_slice before = {cases[i].part.ptr, cases[i].part.len - 1};

        assert_int_equal(decode_part(&as_server, before, &decoder), 0);
        gw_ws_decoder_dispose(&decoder);
        assert_true(decode_part(&as_server, cases[i].part, &decoder) < 0);
        assert_int_equal(gw_ws_decoder_close_code(&decoder), cases[i].close_code);
        gw_ws_decoder_dispose(&decoder);
    }
}

static void announced_length_allocates_nothing(void **state)
{
    uint64_t before = gw_mem_alloc_count();
    struct gw_ws_decoder decoder;

    (void)state;
    assert_int_equal(
        decode_part(&as_server, GW_LIT("\x82\xff\0\0\0\0\0\x10\0\0\1\2\3\4"), &decoder), 0);
    assert_int_equal(gw_mem_alloc_count(), before);
    gw_ws_decoder_dispose(&decoder);

    assert_int_equal(
        decode_part(&as_server, GW_LIT("\x82\xff\0\0\0\0\0\x10\0\0\1\2\3\4some"), &decoder), 0);
    assert_true(decoder.partial.cap <= 256);
    gw_ws_decoder_dispose(&decoder);
}

static void whole_message_lies_in_the_input_and_costs_no_memory(void **state)
{
    uint8_t bytes[] = "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58\x89\x80\x01\x02\x03\x04";
    uint64_t before = gw_mem_alloc_count();
    struct gw_ws_decoder decoder;
    struct gw_ws_event ev;
    uint8_t *at = bytes;
    size_t len = sizeof bytes - 1;

    (void)state;
    gw_ws_decoder_init(&decoder, &as_server);
    assert_int_equal(gw_ws_decoder_next(&decoder, &at, &len, &ev), 1);
    assert_ptr_equal(ev.data.ptr, bytes + 6);
    assert_memory_equal(bytes + 6, "Hello", 5);
    assert_ptr_equal(at, bytes + 11);
    assert_int_equal(gw_ws_decoder_next(&decoder, &at, &len, &ev), 1);
    assert_int_equal(ev.type, GW_WS_EVENT_PING);
    assert_int_equal(gw_ws_decoder_next(&decoder, &at, &len, &ev), 0);
    assert_int_equal(gw_mem_alloc_count(), before);
}

static void memory_is_given_back_after_the_message(void **state)
{
    uint8_t bytes[] = "\x01\x01"
                      "a\x80\x01"
                      "b";
    struct gw_ws_decoder decoder;
    struct gw_ws_event ev;
    uint8_t *at = bytes;
    size_t len = sizeof bytes - 1;

    (void)state;
    gw_ws_decoder_init(&decoder, &as_client);
    assert_int_equal(gw_ws_decoder_next(&decoder, &at, &len, &ev), 1);
    assert_non_null(decoder.partial.ptr);
    assert_int_equal(gw_ws_decoder_next(&decoder, &at, &len, &ev), 0);
    assert_null(decoder.partial.ptr);
}

static void memory_that_runs_out_fails_the_connection(void **state)
{
    struct gw_ws_decoder decoder;

    (void)state;
    gw_mem_fail_at(1);
    assert_int_equal(decode_part(&as_client,
                                 GW_LIT("\x81\x05"
                                        "a"),
                                 &decoder),
                     GW_E_NOMEM);
    assert_int_equal(gw_ws_decoder_close_code(&decoder), 1011);
    assert_string_equal(gw_ws_decoder_why(&decoder), "out of memory");
    gw_mem_fail_at(1);
    assert_int_equal(decode_part(&as_client,
                                 GW_LIT("\x89\x05"
                                        "a"),
                                 &decoder),
                     GW_E_NOMEM);
    gw_mem_fail_at(0);
}

static void decoder_is_small(void **state)
{
    (void)state;
    assert_true(sizeof(struct gw_ws_decoder) <= 80);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_of_the_standard),
        cmocka_unit_test(every_size_class_is_read),
        cmocka_unit_test(messages_follow_each_other),
        cmocka_unit_test(fragments_are_put_together),
        cmocka_unit_test(ping_during_fragments_is_delivered_first),
        cmocka_unit_test(close_during_fragments_ends_everything),
        cmocka_unit_test(reserved_bits_are_refused),
        cmocka_unit_test(agreed_rsv1_marks_a_compressed_message),
        cmocka_unit_test(reserved_opcodes_are_refused),
        cmocka_unit_test(control_frames_are_neither_long_nor_fragmented),
        cmocka_unit_test(fragments_out_of_order_are_refused),
        cmocka_unit_test(masking_is_for_clients_only),
        cmocka_unit_test(length_has_to_be_in_its_shortest_form),
        cmocka_unit_test(text_has_to_be_utf8),
        cmocka_unit_test(character_may_be_cut_by_a_fragment),
        cmocka_unit_test(close_carries_code_and_reason),
        cmocka_unit_test(close_that_breaks_the_rules_is_refused),
        cmocka_unit_test(what_follows_a_close_is_swallowed),
        cmocka_unit_test(message_over_the_limit_is_refused),
        cmocka_unit_test(fragments_over_the_limit_are_refused),
        cmocka_unit_test(fault_is_found_at_the_first_byte_that_shows_it),
        cmocka_unit_test(announced_length_allocates_nothing),
        cmocka_unit_test(whole_message_lies_in_the_input_and_costs_no_memory),
        cmocka_unit_test(memory_is_given_back_after_the_message),
        cmocka_unit_test(memory_that_runs_out_fails_the_connection),
        cmocka_unit_test(decoder_is_small),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
