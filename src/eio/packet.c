/* SPDX-License-Identifier: MIT */
#include "eio/packet.h"

#include "codec/base64.h"

#include <assert.h>

static int decode_base64(struct gw_slice text, struct gw_buf *scratch, struct gw_eio_packet *out)
{
    uint8_t *place;
    size_t len;
    int err;

    assert(scratch);
    gw_buf_reset(scratch);
    /* One byte more: an empty message has a place too, and is not taken for an absent one. */
    err = gw_buf_reserve(scratch, gw_base64_decoded_max_len(text.len) + 1, &place);
    if (err < 0)
        return err;
    len = gw_base64_decode(place, text);
    gw_buf_commit(scratch, len);
    *out = (struct gw_eio_packet){GW_EIO_PACKET_MESSAGE, true, {place, len}};
    return 0;
}

int gw_eio_packet_decode(enum gw_eio_revision revision, struct gw_slice text,
                         struct gw_buf *scratch, struct gw_eio_packet *out)
{
    uint8_t first;

    assert(revision == GW_EIO_V4);
    if (text.len == 0)
        return GW_E_PROTO;
    first = text.ptr[0];
    if (first == 'b')
        return decode_base64((struct gw_slice){text.ptr + 1, text.len - 1}, scratch, out);
    if (first < '0' + GW_EIO_PACKET_OPEN || first > '0' + GW_EIO_PACKET_NOOP)
        return GW_E_PROTO;
    *out = (struct gw_eio_packet){.type = (uint8_t)(first - '0')};
    if (text.len > 1)
        out->data = (struct gw_slice){text.ptr + 1, text.len - 1};
    return 0;
}
