/* SPDX-License-Identifier: MIT */
/* Writes what we send: heads of whole messages, control frames, the payload of
 * a close frame (RFC 6455 5). */
#ifndef GW_WS_ENCODER_H
#define GW_WS_ENCODER_H

#include "ws/frame.h"

/* The head of a frame that is a whole message or a control frame: final, no reserved bits. mask
 * NULL (server): it is gw_ws_head_len(payload_len) bytes long, the return value. With a mask
 * (client) it is 4 longer, and the payload is the caller's to mask. For fragments and reserved bits
 * there is gw_ws_frame_head_encode(). */
size_t gw_ws_encode_head(uint8_t out[static GW_WS_HEAD_MAX], enum gw_ws_opcode opcode,
                         uint64_t payload_len, const uint8_t *mask);

/* A ping, pong or close frame with its payload, masked when mask is not NULL. Returns its length,
 * or GW_E_ARG when the opcode is none of them or the payload is longer than GW_WS_CONTROL_MAX.
 * payload must not overlap out. */
int gw_ws_encode_control(uint8_t out[static GW_WS_HEAD_MAX + GW_WS_CONTROL_MAX],
                         enum gw_ws_opcode opcode, struct gw_slice payload, const uint8_t *mask);

/* The payload of a close frame: code and reason. GW_WS_CLOSE_NONE gives the empty payload and must
 * have no reason. Returns its length (0 to 125), or GW_E_ARG when the code may not be sent, the
 * reason is longer than GW_WS_REASON_MAX or is not UTF-8. reason must not overlap out. */
int gw_ws_encode_close(uint8_t out[static GW_WS_CONTROL_MAX], uint16_t code,
                       struct gw_slice reason);

#endif
