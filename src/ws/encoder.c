/* SPDX-License-Identifier: MIT */
#include "ws/encoder.h"

#include "codec/utf8.h"
#include "ws/close.h"
#include "ws/mask.h"

static __attribute__((noinline)) size_t encode_any_head(uint8_t out[static GW_WS_HEAD_MAX],
                                                        enum gw_ws_opcode opcode,
                                                        uint64_t payload_len, const uint8_t *mask)
{
    struct gw_ws_frame_head head = {
        .payload_len = payload_len, .opcode = (uint8_t)opcode, .is_final = true};

    if (mask) {
        head.is_masked = true;
        memcpy(head.mask, mask, sizeof head.mask);
    }
    return gw_ws_frame_head_encode(out, &head);
}

/* Most of what a server sends is short. */
size_t gw_ws_encode_head(uint8_t out[static GW_WS_HEAD_MAX], enum gw_ws_opcode opcode,
                         uint64_t payload_len, const uint8_t *mask)
{
    if (payload_len > GW_WS_CONTROL_MAX || mask)
        return encode_any_head(out, opcode, payload_len, mask);
    out[0] = (uint8_t)(0x80 | opcode);
    out[1] = (uint8_t)payload_len;
    return 2;
}

int gw_ws_encode_control(uint8_t out[static GW_WS_HEAD_MAX + GW_WS_CONTROL_MAX],
                         enum gw_ws_opcode opcode, struct gw_slice payload, const uint8_t *mask)
{
    size_t head_len;

    if (payload.len > GW_WS_CONTROL_MAX ||
        (opcode != GW_WS_CLOSE && opcode != GW_WS_PING && opcode != GW_WS_PONG))
        return GW_E_ARG;
    head_len = gw_ws_encode_head(out, opcode, payload.len, mask);
    if (payload.len > 0)
        memcpy(out + head_len, payload.ptr, payload.len);
    if (mask)
        gw_ws_mask(out + head_len, payload.len, mask, 0);
    return (int)(head_len + payload.len);
}

int gw_ws_encode_close(uint8_t out[static GW_WS_CONTROL_MAX], uint16_t code, struct gw_slice reason)
{
    if (code == GW_WS_CLOSE_NONE)
        return reason.len == 0 ? 0 : GW_E_ARG;
    if (!gw_ws_close_code_is_valid(code) || reason.len > GW_WS_REASON_MAX ||
        !gw_utf8_is_valid(reason))
        return GW_E_ARG;
    out[0] = (uint8_t)(code >> 8);
    out[1] = (uint8_t)code;
    if (reason.len > 0)
        memcpy(out + 2, reason.ptr, reason.len);
    return (int)(2 + reason.len);
}
