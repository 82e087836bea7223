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

static int encode_base64(struct gw_slice data, struct gw_buf *out)
{
    size_t len = 1 + gw_base64_encoded_len(data.len);
    uint8_t *place;
    int err = gw_buf_reserve(out, len, &place);

    if (err < 0)
        return err;
    place[0] = 'b';
    gw_base64_encode(place + 1, data);
    gw_buf_commit(out, len);
    return 0;
}

int gw_eio_packet_encode(enum gw_eio_revision revision, const struct gw_eio_packet *packet,
                         struct gw_buf *out)
{
    uint8_t *place;
    int err;

    assert(revision == GW_EIO_V4);
    assert(packet->type <= GW_EIO_PACKET_NOOP);
    if (packet->is_binary)
        return encode_base64(packet->data, out);
    err = gw_buf_reserve(out, 1 + packet->data.len, &place);
    if (err < 0)
        return err;
    place[0] = (uint8_t)('0' + packet->type);
    if (packet->data.len > 0)
        memcpy(place + 1, packet->data.ptr, packet->data.len);
    gw_buf_commit(out, 1 + packet->data.len);
    return 0;
}
