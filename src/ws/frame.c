/* SPDX-License-Identifier: MIT */
#include "ws/frame.h"

enum { LEN_IS_16_BIT = 126, LEN_IS_64_BIT = 127, LEN_SHORT_MAX = 125 };

static uint64_t load_be(const uint8_t *bytes, size_t n)
{
    uint64_t v = 0;

    for (size_t i = 0; i < n; i++)
        v = v << 8 | bytes[i];
    return v;
}

static void store_be(uint8_t *out, size_t n, uint64_t v)
{
    while (n > 0) {
        out[--n] = (uint8_t)v;
        v >>= 8;
    }
}

static size_t extended_len(uint8_t len7)
{
    return len7 == LEN_IS_64_BIT ? 8 : len7 == LEN_IS_16_BIT ? 2 : 0;
}

/* 5.2: "the minimal number of bytes MUST be used", "the most significant bit MUST be 0". */
static bool is_shortest(uint64_t payload_len, size_t extended)
{
    if (extended == 8)
        return payload_len > UINT16_MAX && payload_len <= INT64_MAX;
    return extended == 0 || payload_len > LEN_SHORT_MAX;
}

int gw_ws_frame_head_decode(struct gw_slice in, struct gw_ws_frame_head *out)
{
    size_t extended, len;
    uint8_t len7;

    if (in.len < 2)
        return 0;
    len7 = in.ptr[1] & 0x7f;
    extended = extended_len(len7);
    if (in.len < 2 + extended)
        return 0;

    *out = (struct gw_ws_frame_head){
        .payload_len = extended ? load_be(in.ptr + 2, extended) : len7,
        .opcode = in.ptr[0] & 0xf,
        .rsv = in.ptr[0] >> 4 & 7,
        .is_final = in.ptr[0] >> 7,
        .is_masked = in.ptr[1] >> 7,
    };
    if (!is_shortest(out->payload_len, extended))
        return GW_E_PROTO;
    len = 2 + extended + (out->is_masked ? sizeof out->mask : 0);
    if (in.len < len)
        return 0;
    if (out->is_masked)
        memcpy(out->mask, in.ptr + 2 + extended, sizeof out->mask);
    return (int)len;
}

size_t gw_ws_frame_head_encode(uint8_t out[static GW_WS_HEAD_MAX],
                               const struct gw_ws_frame_head *head)
{
    size_t len = gw_ws_head_len(head->payload_len);

    out[0] = (uint8_t)((head->is_final ? 0x80 : 0) | head->rsv << 4 | head->opcode);
    if (len == 2)
        out[1] = (uint8_t)head->payload_len;
    else
        out[1] = len == 4 ? LEN_IS_16_BIT : LEN_IS_64_BIT;
    store_be(out + 2, len - 2, head->payload_len);
    if (!head->is_masked)
        return len;

    out[1] |= 0x80;
    memcpy(out + len, head->mask, sizeof head->mask);
    return len + sizeof head->mask;
}
