/* SPDX-License-Identifier: MIT */
/* The head of a WebSocket frame, as a value and as 2 to 14 bytes (RFC 6455 5.2). */
#ifndef GW_WS_FRAME_H
#define GW_WS_FRAME_H

#include <godwit/base.h>

/* Which end we are: a server gets masked frames and sends bare ones, a
 * client the other way round (5.1). */
enum gw_ws_role { GW_WS_SERVER, GW_WS_CLIENT };

enum gw_ws_opcode {
    GW_WS_CONTINUATION = 0x0,
    GW_WS_TEXT = 0x1,
    GW_WS_BINARY = 0x2,
    GW_WS_CLOSE = 0x8,
    GW_WS_PING = 0x9,
    GW_WS_PONG = 0xA,
};

/* The reserved bits as they stand in gw_ws_frame_head.rsv. */
enum { GW_WS_RSV1 = 4, GW_WS_RSV2 = 2, GW_WS_RSV3 = 1 };

enum {
    GW_WS_HEAD_MAX = 14,     /* bytes: 2, extended length 8, mask 4 */
    GW_WS_CONTROL_MAX = 125, /* payload bytes of close, ping and pong (5.5) */
};

struct gw_ws_frame_head {
    uint64_t payload_len; /* < 2^63 */
    uint8_t opcode;       /* 0 to 15, also those that mean nothing */
    uint8_t rsv;          /* GW_WS_RSV1 | ... */
    uint8_t mask[4];      /* zero unless is_masked */
    bool is_final;
    bool is_masked;
};

/* Reads a head from the start of in. > 0: its length, *out is filled; 0: needs more bytes;
 * GW_E_PROTO: the length has its highest bit set or is not in its shortest form. Whether opcode,
 * reserved bits and masking make sense is not judged here. When nothing but the mask is missing the
 * result is 0 and all the rest of *out is filled already. */
int gw_ws_frame_head_decode(struct gw_slice in, struct gw_ws_frame_head *out);

/* Writes head with the shortest form of its length and returns how many bytes that took. */
size_t gw_ws_frame_head_encode(uint8_t out[static GW_WS_HEAD_MAX],
                               const struct gw_ws_frame_head *head);

/* Length of an unmasked head in front of payload_len bytes; a masked one takes 4 more. */
static inline size_t gw_ws_head_len(uint64_t payload_len)
{
    return payload_len <= 125 ? 2 : payload_len <= UINT16_MAX ? 4 : 10;
}

static inline bool gw_ws_opcode_is_control(uint8_t opcode)
{
    return (opcode & 0x8) != 0;
}

#endif
