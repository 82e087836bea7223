/* SPDX-License-Identifier: MIT */
/* One packet on its way out, shared by all that receive it: each wire form is made once, at first
 * need.
 *
 * Layout of blob: GW_EIO_HEADROOM free bytes, then the text form (`4` and the payload) or, for a
 * binary message, the bare payload. A WebSocket transport writes its frame header right in front of
 * that, once for all receivers: the last ws_head_len bytes of the headroom and everything behind it
 * go out as one piece. */
#ifndef GW_EIO_MESSAGE_H
#define GW_EIO_MESSAGE_H

#include "base/blob.h"

#include <godwit/base.h>

enum {
    GW_EIO_HEADROOM = 16, /* a server's WebSocket header has at most 10 bytes */
};

struct gw_eio_message {
    uint32_t refs;
    uint8_t type; /* enum gw_eio_packet_type; MESSAGE but from gw_eio_message_create_control */
    bool is_binary;
    bool is_compress_wanted; /* true at birth; false: no transport should compress it */
    uint8_t ws_head_len; /* of the WebSocket transport's frame header in the headroom; 0: none */
    struct gw_blob *blob;
    struct gw_blob *base64;   /* `b...`, NULL until a text-only transport asks */
    struct gw_blob *deflated; /* the compressed WebSocket form, NULL until made */
};

/* A message packet with room for payload_len bytes, which the caller writes to
 * gw_eio_message_payload() before the first send. One reference, the caller's. NULL when memory has
 * run out. */
struct gw_eio_message *gw_eio_message_create(bool is_binary, size_t payload_len);
/* A text packet of another type (ping, open, ...) with a copy of data. NULL when memory has run
 * out. */
struct gw_eio_message *gw_eio_message_create_control(uint8_t type, struct gw_slice data);
struct gw_eio_message *gw_eio_message_ref(struct gw_eio_message *message);
/* NULL is fine. */
void gw_eio_message_unref(struct gw_eio_message *message);

/* Bytes of its payload. */
static inline size_t gw_eio_message_len(const struct gw_eio_message *message)
{
    return message->blob->len - (message->is_binary ? GW_EIO_HEADROOM : GW_EIO_HEADROOM + 1);
}

/* Where the payload goes: behind the `4`, or at the start of a binary message. */
uint8_t *gw_eio_message_payload(struct gw_eio_message *message);
/* What a WebSocket frame carries: `4...`, or the bare bytes of a binary message. Borrowed from the
 * message. */
struct gw_slice gw_eio_message_frame_body(const struct gw_eio_message *message);
/* The text form, for polling: `4...` or `b<base64>`; the latter is made at the first call and kept.
 * Borrowed from the message. The absent slice when memory has run out. */
struct gw_slice gw_eio_message_text(struct gw_eio_message *message);

#endif
