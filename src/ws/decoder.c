/* SPDX-License-Identifier: MIT */
#include "ws/decoder.h"

#include "ws/close.h"
#include "ws/mask.h"

#include <assert.h>

enum state {
    STATE_IDLE,    /* between messages, nothing is kept: the only state the fast path knows */
    STATE_HEAD,    /* in a head, or between the frames of a message */
    STATE_PAYLOAD, /* in a payload, frame_left bytes of it are to come */
    STATE_GIVEN,   /* between messages, but the last one lies in partial: release it first */
    STATE_CLOSED,  /* a close frame has come: nothing behind it counts (1.4) */
    STATE_FAILED,
};

/* First byte of a frame that is a whole message. */
enum { TEXT_WHOLE = 0x80 | GW_WS_TEXT, BINARY_WHOLE = 0x80 | GW_WS_BINARY };

enum { MESSAGE_IS_COMPRESSED = 0x80 }; /* in .message, beside the opcode */

enum fault {
    FAULT_NONE,
    FAULT_RESERVED_BIT,
    FAULT_OPCODE,
    FAULT_CONTROL_FRAGMENTED,
    FAULT_CONTROL_LONG,
    FAULT_CONTINUATION,
    FAULT_INTERLEAVED,
    FAULT_UNMASKED,
    FAULT_MASKED,
    FAULT_LENGTH,
    FAULT_CLOSE_SHORT,
    FAULT_CLOSE_CODE,
    FAULT_CLOSE_UTF8,
    FAULT_TEXT_UTF8,
    FAULT_DEFLATE,
    FAULT_FRAGMENTS,
    FAULT_MESSAGE_LONG,
    FAULT_MEMORY,
};

static const struct {
    const char *why;
    uint16_t close_code;
    int8_t err;
} faults[] = {
    [FAULT_NONE] = {"", 0, 0},
    [FAULT_RESERVED_BIT] = {"reserved bit set", GW_WS_CLOSE_PROTOCOL, GW_E_PROTO},
    [FAULT_OPCODE] = {"reserved opcode", GW_WS_CLOSE_PROTOCOL, GW_E_PROTO},
    [FAULT_CONTROL_FRAGMENTED] = {"control frame fragmented", GW_WS_CLOSE_PROTOCOL, GW_E_PROTO},
    [FAULT_CONTROL_LONG] = {"control frame longer than 125", GW_WS_CLOSE_PROTOCOL, GW_E_PROTO},
    [FAULT_CONTINUATION] = {"continuation of no message", GW_WS_CLOSE_PROTOCOL, GW_E_PROTO},
    [FAULT_INTERLEAVED] = {"message begun inside a message", GW_WS_CLOSE_PROTOCOL, GW_E_PROTO},
    [FAULT_UNMASKED] = {"frame of a client not masked", GW_WS_CLOSE_PROTOCOL, GW_E_PROTO},
    [FAULT_MASKED] = {"frame of a server masked", GW_WS_CLOSE_PROTOCOL, GW_E_PROTO},
    [FAULT_LENGTH] = {"length not in its shortest form", GW_WS_CLOSE_PROTOCOL, GW_E_PROTO},
    [FAULT_CLOSE_SHORT] = {"close frame of one byte", GW_WS_CLOSE_PROTOCOL, GW_E_PROTO},
    [FAULT_CLOSE_CODE] = {"close code not allowed", GW_WS_CLOSE_PROTOCOL, GW_E_PROTO},
    [FAULT_CLOSE_UTF8] = {"close reason not UTF-8", GW_WS_CLOSE_BAD_DATA, GW_E_PROTO},
    [FAULT_TEXT_UTF8] = {"text not UTF-8", GW_WS_CLOSE_BAD_DATA, GW_E_PROTO},
    [FAULT_DEFLATE] = {"compressed data broken", GW_WS_CLOSE_BAD_DATA, GW_E_PROTO},
    [FAULT_FRAGMENTS] = {"too many fragments", GW_WS_CLOSE_POLICY, GW_E_LIMIT},
    [FAULT_MESSAGE_LONG] = {"message too long", GW_WS_CLOSE_TOO_BIG, GW_E_LIMIT},
    [FAULT_MEMORY] = {"out of memory", GW_WS_CLOSE_INTERNAL, GW_E_NOMEM},
};

/* What a step has come to. Errors are negative. */
enum { STEP_MORE, STEP_EVENT, STEP_ON };

/* The input as the caller hands it in: moved forward as it is used up. */
struct input {
    uint8_t *ptr;
    size_t len;
};

static_assert(sizeof(struct gw_ws_decoder) <= 80, "every connection carries one");

static void init_partial(struct gw_ws_decoder *d, uint64_t limit)
{
    limit = limit <= SIZE_MAX - GW_WS_CONTROL_MAX ? limit + GW_WS_CONTROL_MAX : SIZE_MAX;
    gw_buf_init(&d->partial, (size_t)limit);
}

void gw_ws_decoder_init(struct gw_ws_decoder *decoder, const struct gw_ws_decoder_options *options)
{
    *decoder = (struct gw_ws_decoder){.options = options};
    init_partial(decoder, options->max_message_bytes);
}

/* Compressors make what cannot be compressed longer, by 9/64 at the very worst. */
static uint64_t max_packed_bytes(const struct gw_ws_decoder *d)
{
    uint64_t max = d->options->max_message_bytes;

    return max < UINT64_MAX / 2 ? max + max / 7 + 64 : max;
}

void gw_ws_decoder_accept_rsv1(struct gw_ws_decoder *decoder)
{
    decoder->accepts_rsv1 = true;
    init_partial(decoder, max_packed_bytes(decoder));
}

void gw_ws_decoder_dispose(struct gw_ws_decoder *decoder)
{
    gw_buf_dispose(&decoder->partial);
}

static int fail(struct gw_ws_decoder *d, enum fault fault)
{
    d->state = STATE_FAILED;
    d->fault = (uint8_t)fault;
    gw_buf_dispose(&d->partial);
    return faults[fault].err;
}

static uint8_t opcode_of(const struct gw_ws_decoder *d)
{
    return d->head[0] & 0xf;
}

static bool is_final(const struct gw_ws_decoder *d)
{
    return d->head[0] >> 7;
}

static enum fault check_data_frame(const struct gw_ws_decoder *d)
{
    uint32_t max = d->options->max_fragments ? d->options->max_fragments : GW_WS_MAX_FRAGMENTS;

    if (opcode_of(d) != GW_WS_CONTINUATION)
        return d->message ? FAULT_INTERLEAVED : FAULT_NONE;
    if (!d->message)
        return FAULT_CONTINUATION;
    /* Empty frames count as well: they cost as much time as others (CPU,
     * not memory, is what they eat). */
    return d->fragment_count < max ? FAULT_NONE : FAULT_FRAGMENTS;
}

static enum fault check_first_byte(const struct gw_ws_decoder *d)
{
    uint8_t rsv = d->head[0] >> 4 & 7;
    uint8_t opcode = opcode_of(d);
    bool is_start = opcode == GW_WS_TEXT || opcode == GW_WS_BINARY;

    if (rsv && !(rsv == GW_WS_RSV1 && d->accepts_rsv1 && is_start))
        return FAULT_RESERVED_BIT;
    if (opcode > GW_WS_PONG || (opcode > GW_WS_BINARY && opcode < GW_WS_CLOSE))
        return FAULT_OPCODE;
    if (!gw_ws_opcode_is_control(opcode))
        return check_data_frame(d);
    return is_final(d) ? FAULT_NONE : FAULT_CONTROL_FRAGMENTED;
}

static enum fault check_second_byte(const struct gw_ws_decoder *d)
{
    bool is_masked = d->head[1] >> 7;
    uint8_t len7 = d->head[1] & 0x7f;

    if (is_masked != (d->options->role == GW_WS_SERVER))
        return is_masked ? FAULT_MASKED : FAULT_UNMASKED;
    if (gw_ws_opcode_is_control(opcode_of(d)) && len7 > GW_WS_CONTROL_MAX)
        return FAULT_CONTROL_LONG;
    return opcode_of(d) == GW_WS_CLOSE && len7 == 1 ? FAULT_CLOSE_SHORT : FAULT_NONE;
}

/* The mask need not have come yet. */
static enum fault check_length(const struct gw_ws_decoder *d, struct gw_ws_frame_head *head)
{
    uint64_t max = d->options->max_message_bytes;

    if (gw_ws_frame_head_decode((struct gw_slice){d->head, d->head_len}, head) < 0)
        return FAULT_LENGTH;
    if (head->rsv || (d->message & MESSAGE_IS_COMPRESSED))
        max = max_packed_bytes(d);
    if (!gw_ws_opcode_is_control(head->opcode) && head->payload_len > max - d->partial.len)
        return FAULT_MESSAGE_LONG;
    return FAULT_NONE;
}

/* Where the mask begins. */
static size_t length_end(const struct gw_ws_decoder *d)
{
    uint8_t len7 = d->head[1] & 0x7f;

    return len7 == 127 ? 10 : len7 == 126 ? 4 : 2;
}

/* Takes input until len bytes of the head are there. */
static bool collect(struct gw_ws_decoder *d, struct input *in, size_t len)
{
    while (d->head_len < len && in->len > 0) {
        d->head[d->head_len++] = *in->ptr++;
        in->len--;
    }
    return d->head_len >= len;
}

static void begin_frame(struct gw_ws_decoder *d, const struct gw_ws_frame_head *head)
{
    d->frame_left = head->payload_len;
    memcpy(d->mask, head->mask, sizeof d->mask);
    d->state = STATE_PAYLOAD;
    if (gw_ws_opcode_is_control(head->opcode))
        return;
    if (head->opcode != GW_WS_CONTINUATION) {
        d->message = (uint8_t)(head->opcode | (head->rsv ? MESSAGE_IS_COMPRESSED : 0));
        d->fragment_count = 0;
        gw_utf8_init(&d->utf8);
    }
    d->fragment_count++;
}

/* A bad head is refused by the first of its bytes that shows it, and before anything is allocated.
 * When the head comes in pieces the checks of its first bytes are simply made again. */
static int take_head(struct gw_ws_decoder *d, struct input *in)
{
    struct gw_ws_frame_head head;
    enum fault fault;

    if (!collect(d, in, 1))
        return STEP_MORE;
    fault = check_first_byte(d);
    if (fault)
        return fail(d, fault);

    if (!collect(d, in, 2))
        return STEP_MORE;
    fault = check_second_byte(d);
    if (fault)
        return fail(d, fault);

    if (!collect(d, in, length_end(d)))
        return STEP_MORE;
    fault = check_length(d, &head);
    if (fault)
        return fail(d, fault);

    if (!collect(d, in, length_end(d) + (head.is_masked ? 4 : 0)))
        return STEP_MORE;
    gw_ws_frame_head_decode((struct gw_slice){d->head, d->head_len}, &head);
    begin_frame(d, &head);
    return STEP_ON;
}

/* Takes what the input has of the frame's payload, unmasked. */
static struct gw_slice take_piece(struct gw_ws_decoder *d, struct input *in)
{
    size_t len = d->frame_left < in->len ? (size_t)d->frame_left : in->len;
    struct gw_slice piece = {in->ptr, len};

    if (d->options->role == GW_WS_SERVER && len > 0) {
        const uint8_t key[4] = {d->mask[0], d->mask[1], d->mask[2], d->mask[3]};

        gw_ws_mask(in->ptr, len, key, 0);
        for (size_t i = 0; i < sizeof key; i++)
            d->mask[i] = key[(i + len) & 3];
    }
    in->ptr += len;
    in->len -= len;
    d->frame_left -= len;
    return piece;
}

static void end_frame(struct gw_ws_decoder *d)
{
    d->head_len = 0;
    if (d->message)
        d->state = STATE_HEAD;
    else
        d->state = d->partial.ptr ? STATE_GIVEN : STATE_IDLE;
}

static int give_message(struct gw_ws_decoder *d, struct gw_slice data, struct gw_ws_event *ev)
{
    *ev = (struct gw_ws_event){
        .type = GW_WS_EVENT_MESSAGE,
        .is_binary = (d->message & 0xf) == GW_WS_BINARY,
        .is_compressed = (d->message & MESSAGE_IS_COMPRESSED) != 0,
        .data = data.ptr ? data : GW_LIT(""), /* of empty fragments: empty, not absent */
    };
    d->message = 0;
    end_frame(d);
    return STEP_EVENT;
}

static bool is_text_good(struct gw_ws_decoder *d, struct gw_slice piece, bool is_whole,
                         bool is_last)
{
    if (d->message != GW_WS_TEXT)
        return true;
    if (is_whole)
        return gw_utf8_is_valid(piece);
    return gw_utf8_feed(&d->utf8, piece) && (!is_last || gw_utf8_is_complete(&d->utf8));
}

static int take_data(struct gw_ws_decoder *d, struct input *in, struct gw_ws_event *ev)
{
    struct gw_slice piece = take_piece(d, in);
    bool is_last = d->frame_left == 0 && is_final(d);
    bool is_whole = is_last && d->fragment_count == 1 && d->partial.len == 0;

    if (!is_text_good(d, piece, is_whole, is_last))
        return fail(d, FAULT_TEXT_UTF8);
    if (is_whole)
        return give_message(d, piece, ev);
    if (gw_buf_append(&d->partial, piece) != 0)
        return fail(d, FAULT_MEMORY);
    if (is_last)
        return give_message(d, gw_buf_slice(&d->partial), ev);
    if (d->frame_left > 0)
        return STEP_MORE;
    end_frame(d);
    return STEP_ON;
}

static int give_close(struct gw_ws_decoder *d, struct gw_slice data, struct gw_ws_event *ev)
{
    uint16_t code = GW_WS_CLOSE_NONE;

    if (data.len >= 2) {
        code = (uint16_t)(data.ptr[0] << 8 | data.ptr[1]);
        data = (struct gw_slice){data.ptr + 2, data.len - 2};
        if (!gw_ws_close_code_is_valid(code))
            return fail(d, FAULT_CLOSE_CODE);
        if (!gw_utf8_is_valid(data))
            return fail(d, FAULT_CLOSE_UTF8);
    }
    *ev = (struct gw_ws_event){.type = GW_WS_EVENT_CLOSE, .close_code = code, .data = data};
    d->state = STATE_CLOSED;
    return STEP_EVENT;
}

static int give_control(struct gw_ws_decoder *d, struct gw_slice data, struct gw_ws_event *ev)
{
    if (opcode_of(d) == GW_WS_CLOSE)
        return give_close(d, data, ev);
    *ev = (struct gw_ws_event){
        .type = opcode_of(d) == GW_WS_PING ? GW_WS_EVENT_PING : GW_WS_EVENT_PONG, .data = data};
    end_frame(d);
    return STEP_EVENT;
}

/* A control frame that comes in pieces is gathered behind the unfinished message
 * that it interrupts, and cut off again as soon as it is whole: its bytes stay where
 * they are until the next call. */
static int take_control(struct gw_ws_decoder *d, struct input *in, struct gw_ws_event *ev)
{
    struct gw_slice piece = take_piece(d, in);
    size_t frame_len = d->head[1] & 0x7f;

    if (piece.len == frame_len)
        return give_control(d, piece, ev);
    if (gw_buf_append(&d->partial, piece) != 0)
        return fail(d, FAULT_MEMORY);
    if (d->frame_left > 0)
        return STEP_MORE;
    d->partial.len -= frame_len;
    return give_control(d, (struct gw_slice){d->partial.ptr + d->partial.len, frame_len}, ev);
}

static int take_payload(struct gw_ws_decoder *d, struct input *in, struct gw_ws_event *ev)
{
    if (gw_ws_opcode_is_control(opcode_of(d)))
        return take_control(d, in, ev);
    return take_data(d, in, ev);
}

static int leave_idle(struct gw_ws_decoder *d, const struct input *in)
{
    if (in->len == 0)
        return STEP_MORE;
    d->state = STATE_HEAD;
    return STEP_ON;
}

static int release(struct gw_ws_decoder *d)
{
    gw_buf_dispose(&d->partial);
    d->state = STATE_IDLE;
    return STEP_ON;
}

static int swallow(struct gw_ws_decoder *d, struct input *in)
{
    gw_buf_dispose(&d->partial);
    in->ptr += in->len;
    in->len = 0;
    return STEP_MORE;
}

static int take_step(struct gw_ws_decoder *d, struct input *in, struct gw_ws_event *ev)
{
    switch ((enum state)d->state) {
    case STATE_IDLE:
        return leave_idle(d, in);
    case STATE_HEAD:
        return take_head(d, in);
    case STATE_PAYLOAD:
        return take_payload(d, in, ev);
    case STATE_GIVEN:
        return release(d);
    case STATE_CLOSED:
        return swallow(d, in);
    case STATE_FAILED:
        break;
    }
    return faults[d->fault].err;
}

/* Not inlined: its locals would make the fast path set up a guarded stack frame. */
__attribute__((noinline)) static int take_by_states(struct gw_ws_decoder *d, uint8_t **bytes,
                                                    size_t *len, struct gw_ws_event *ev)
{
    struct input in = {*bytes, *len};
    int step;

    do
        step = take_step(d, &in, ev);
    while (step == STEP_ON);
    *bytes = in.ptr;
    *len = in.len;
    return step;
}

/* Gives a message that lay whole in the input, and the first byte of whose frame
 * this is; it is unmasked by now. */
__attribute__((always_inline)) static inline int give_whole(struct gw_ws_decoder *d, uint8_t first,
                                                            struct gw_slice data, bool is_ascii,
                                                            struct gw_ws_event *ev)
{
    ev->type = GW_WS_EVENT_MESSAGE;
    ev->is_binary = first == BINARY_WHOLE;
    ev->is_compressed = false;
    ev->data = data;
    if (!is_ascii && !ev->is_binary && !gw_utf8_is_valid(data))
        return fail(d, FAULT_TEXT_UTF8);
    return STEP_EVENT;
}

/* What gw_ws_decoder_next() does, for messages longer than 125; the first
 * two bytes are there and good. */
__attribute__((noinline)) static int take_long(struct gw_ws_decoder *d, uint8_t **bytes,
                                               size_t *len, struct gw_ws_event *ev)
{
    struct gw_ws_frame_head head;
    uint8_t *in = *bytes;
    int used = gw_ws_frame_head_decode((struct gw_slice){in, *len}, &head);
    size_t payload_len = (size_t)head.payload_len;

    if (used <= 0 || head.payload_len > *len - (size_t)used ||
        head.payload_len > d->options->max_message_bytes)
        return take_by_states(d, bytes, len, ev);
    *bytes += (size_t)used + payload_len;
    *len -= (size_t)used + payload_len;
    in += used;
    if (head.is_masked)
        gw_ws_mask(in, payload_len, head.mask, 0);
    return give_whole(d, in[-used], (struct gw_slice){in, payload_len}, false, ev);
}

/* Nearly every message is in one frame and wholly in the input. It is worth a path that touches no
 * state and keeps out of memory: 75 instructions for 32 bytes, unmasking included, and unfolded for
 * each role. Whatever else comes, and whatever is wrong with it, is left to the states. */
__attribute__((always_inline)) static inline int take_whole(struct gw_ws_decoder *d, bool is_masked,
                                                            uint8_t **bytes, size_t *len,
                                                            struct gw_ws_event *ev)
{
    const uint8_t mask_bit = is_masked ? 0x80 : 0;
    const size_t head_len = is_masked ? 6 : 2;
    uint8_t *in = *bytes;
    size_t left = *len, payload_len;
    bool is_ascii;

    if (left < head_len || (in[0] != TEXT_WHOLE && in[0] != BINARY_WHOLE))
        return take_by_states(d, bytes, len, ev);
    payload_len = in[1] ^ mask_bit; /* a wrong bit makes it longer than 127 */
    if (payload_len > GW_WS_CONTROL_MAX)
        return payload_len <= 127 ? take_long(d, bytes, len, ev)
                                  : take_by_states(d, bytes, len, ev);
    left -= head_len;
    if (payload_len > left || payload_len > d->options->max_message_bytes)
        return take_by_states(d, bytes, len, ev);
    *bytes = in + head_len + payload_len;
    *len = left - payload_len;
    in += head_len;
    is_ascii = is_masked && gw_ws_mask_to_ascii(in, payload_len, in - 4);
    return give_whole(d, in[-(ptrdiff_t)head_len], (struct gw_slice){in, payload_len}, is_ascii,
                      ev);
}

int gw_ws_decoder_next(struct gw_ws_decoder *decoder, uint8_t **bytes, size_t *len,
                       struct gw_ws_event *event)
{
    if (decoder->state != STATE_IDLE)
        return take_by_states(decoder, bytes, len, event);
    if (*len == 0)
        return STEP_MORE;
    if (decoder->options->role == GW_WS_SERVER)
        return take_whole(decoder, true, bytes, len, event);
    return take_whole(decoder, false, bytes, len, event);
}

int gw_ws_decoder_unpack(struct gw_ws_decoder *decoder, struct gw_ws_compression *compression,
                         struct gw_ws_event *event, struct gw_buf *out)
{
    static const enum fault faults_of[] = {
        [GW_WS_UNPACK_DATA] = FAULT_DEFLATE,
        [GW_WS_UNPACK_UTF8] = FAULT_TEXT_UTF8,
        [GW_WS_UNPACK_LONG] = FAULT_MESSAGE_LONG,
        [GW_WS_UNPACK_MEMORY] = FAULT_MEMORY,
    };
    enum gw_ws_unpack_result result = gw_ws_compression_unpack(
        compression, event->data, !event->is_binary, decoder->options->max_message_bytes, out);

    if (result)
        return fail(decoder, faults_of[result]);
    event->is_compressed = false;
    event->data = out->ptr ? gw_buf_slice(out) : GW_LIT("");
    return GW_OK;
}

uint16_t gw_ws_decoder_close_code(const struct gw_ws_decoder *decoder)
{
    return faults[decoder->fault].close_code;
}

const char *gw_ws_decoder_why(const struct gw_ws_decoder *decoder)
{
    return faults[decoder->fault].why;
}
