/* SPDX-License-Identifier: MIT */
/* Pulls messages, pings, pongs and the close out of the bytes of a connection (RFC
 * 6455 5 to 8), for both roles. */
#ifndef GW_WS_DECODER_H
#define GW_WS_DECODER_H

#include "base/buf.h"
#include "codec/utf8.h"
#include "ws/compression.h"
#include "ws/frame.h"

/* Default of max_fragments: 8 MiB in fragments of 64 bytes still pass. */
enum { GW_WS_MAX_FRAGMENTS = 131072 };

enum gw_ws_event_type {
    GW_WS_EVENT_MESSAGE,
    GW_WS_EVENT_PING,
    GW_WS_EVENT_PONG,
    GW_WS_EVENT_CLOSE
};

struct gw_ws_event {
    enum gw_ws_event_type type;
    bool is_binary;      /* MESSAGE */
    bool is_compressed;  /* MESSAGE: RSV1 was set; data is as it came: gw_ws_decoder_unpack() */
    uint16_t close_code; /* CLOSE: a valid code, or GW_WS_CLOSE_NONE */
    /* The payload; of CLOSE the reason. It lies in the input or in the
     * decoder: good until the next call. */
    struct gw_slice data;
};

/* Shared by all connections of an endpoint: decoders keep the pointer. */
struct gw_ws_decoder_options {
    enum gw_ws_role role;       /* ours */
    uint64_t max_message_bytes; /* payload of a message, over all of its fragments */
    uint32_t max_fragments;     /* frames of a message, empty ones too; 0: GW_WS_MAX_FRAGMENTS */
};

/* 80 bytes, and no more memory than that while no frame or message is incomplete. */
struct gw_ws_decoder {
    /* private */
    const struct gw_ws_decoder_options *options;
    struct gw_buf partial;   /* unfinished message, and behind it an unfinished control frame */
    uint64_t frame_left;     /* payload bytes of the current frame still to come */
    struct gw_utf8 utf8;     /* of the unfinished text message */
    uint32_t fragment_count; /* frames of the unfinished message */
    uint8_t mask[4];         /* turned so that mask[0] belongs to the next byte */
    uint8_t head[GW_WS_HEAD_MAX]; /* of the current frame, until it ends */
    uint8_t head_len;
    uint8_t state;
    uint8_t message; /* opcode of the unfinished one, and a bit when it is compressed; 0: none */
    uint8_t fault;
    bool accepts_rsv1;
};

/* options is kept, not copied; it must outlive the decoder. */
void gw_ws_decoder_init(struct gw_ws_decoder *decoder, const struct gw_ws_decoder_options *options);

/* permessage-deflate was agreed on: from now on the first frame of a message may
 * have RSV1. Before any bytes. */
void gw_ws_decoder_accept_rsv1(struct gw_ws_decoder *decoder);

/* Pulls the next event. *bytes and *len are moved behind what was used; the input is unmasked in
 * place.
 *   1  *event is filled. Call again, also when *len has become 0: that call gives the event's
 *      memory back.
 *   0  all input is used and more is needed. After a close frame everything is swallowed like that
 *      (1.4).
 * < 0  GW_E_PROTO, GW_E_LIMIT (too long, too many fragments) or GW_E_NOMEM; final, every later call
 *      says the same. gw_ws_decoder_close_code() is what to send, gw_ws_decoder_why() names the
 *      rule.
 *
 * The same bytes give the same events and the same error however they are cut. A bad head is
 * refused by its first two bytes, a length as soon as it has come and before anything is allocated,
 * bad UTF-8 in the middle of a frame. A message in one frame that is whole in the input is not
 * copied. Memory follows what has arrived, not what was announced. */
int gw_ws_decoder_next(struct gw_ws_decoder *decoder, uint8_t **bytes, size_t *len,
                       struct gw_ws_event *event);

/* Decompresses the message that was just pulled to out, of gw_ws_compression_borrow(): event->data
 * is what it says, checked like any other against UTF-8 and max_message_bytes. 0, or an error as
 * above. Deflate data that is none is answered with 1007, data that does not fit the message's type
 * (RFC 6455 7.4.1), because RFC 7692 names no code. */
int gw_ws_decoder_unpack(struct gw_ws_decoder *decoder, struct gw_ws_compression *compression,
                         struct gw_ws_event *event, struct gw_buf *out);

/* After an error: 1002, 1007, 1008, 1009 or 1011 (see close.h), and the rule that was broken,
 * a literal. 0 and "" before. */
uint16_t gw_ws_decoder_close_code(const struct gw_ws_decoder *decoder);
const char *gw_ws_decoder_why(const struct gw_ws_decoder *decoder);

/* Frees what is kept of an unfinished message. */
void gw_ws_decoder_dispose(struct gw_ws_decoder *decoder);

#endif
