/* SPDX-License-Identifier: MIT */
/* One received Engine.IO packet and its text form: a digit and data, or `b` and base64. Those on
 * their way out are messages (message.h). */
#ifndef GW_EIO_PACKET_H
#define GW_EIO_PACKET_H

#include "base/buf.h"

#include <godwit/base.h>

/* The protocol revision, the EIO key of the query. Every session has its own; only 4 is accepted so
 * far. */
enum gw_eio_revision { GW_EIO_V3 = 3, GW_EIO_V4 = 4 };

/* The values are the digits on the wire. */
enum gw_eio_packet_type {
    GW_EIO_PACKET_OPEN,
    GW_EIO_PACKET_CLOSE,
    GW_EIO_PACKET_PING,
    GW_EIO_PACKET_PONG,
    GW_EIO_PACKET_MESSAGE,
    GW_EIO_PACKET_UPGRADE,
    GW_EIO_PACKET_NOOP,
};

struct gw_eio_packet {
    uint8_t type;   /* enum gw_eio_packet_type */
    bool is_binary; /* data is bytes rather than UTF-8; messages only */
    /* A text packet without data has the absent slice (ptr NULL): on the wire it cannot be told
     * from empty data. An empty binary message has len 0 and a ptr that is not NULL. */
    struct gw_slice data;
};

/* Decodes the text form: one element of a polling payload, or one WebSocket text message (which may
 * be `b...` too). out->data points into text, or into scratch for base64 (scratch is reset first;
 * it may be NULL when the caller knows that text does not start with `b`). Base64 is read as
 * leniently as Node's Buffer does. UTF-8 is not checked. 0; GW_E_PROTO (empty, or an unknown type);
 * GW_E_NOMEM or GW_E_LIMIT (scratch). */
int gw_eio_packet_decode(enum gw_eio_revision revision, struct gw_slice text,
                         struct gw_buf *scratch, struct gw_eio_packet *out);

/* Whether a ping or pong carries the word of the upgrade dance. */
static inline bool gw_eio_packet_is_probe(const struct gw_eio_packet *packet)
{
    return gw_slice_equal(packet->data, GW_LIT("probe"));
}

#endif
