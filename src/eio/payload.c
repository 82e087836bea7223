/* SPDX-License-Identifier: MIT */
#include "eio/payload.h"

#include <assert.h>

enum { SEPARATOR = 0x1e };

void gw_eio_payload_init(struct gw_eio_payload *payload, enum gw_eio_revision revision,
                         struct gw_slice body, struct gw_buf *scratch, uint32_t max_packets)
{
    *payload = (struct gw_eio_payload){
        .rest = body,
        .scratch = scratch,
        .packets_left = max_packets,
        .revision = (uint8_t)revision,
        .has_more = true,
    };
}

/* Takes the bytes up to the next separator off the rest. */
static struct gw_slice next_element(struct gw_eio_payload *payload)
{
    struct gw_slice element = payload->rest;
    const uint8_t *end = element.len > 0 ? memchr(element.ptr, SEPARATOR, element.len) : NULL;

    if (!end) {
        payload->has_more = false;
        return element;
    }
    element.len = (size_t)(end - element.ptr);
    payload->rest.ptr += element.len + 1;
    payload->rest.len -= element.len + 1;
    return element;
}

int gw_eio_payload_next(struct gw_eio_payload *payload, struct gw_eio_packet *out)
{
    int err;

    if (!payload->has_more)
        return 0;
    if (payload->packets_left == 0) {
        payload->has_more = false;
        return GW_E_LIMIT;
    }
    payload->packets_left--;
    err = gw_eio_packet_decode((enum gw_eio_revision)payload->revision, next_element(payload),
                               payload->scratch, out);
    if (err < 0) {
        payload->has_more = false;
        return err;
    }
    return 1;
}

static int push_text(struct gw_buf *body, struct gw_slice text)
{
    size_t separator_len = body->len > 0 ? 1 : 0;
    uint8_t *place;
    int err = gw_buf_reserve(body, separator_len + text.len, &place);

    if (err < 0)
        return err;
    if (separator_len > 0)
        *place = SEPARATOR;
    memcpy(place + separator_len, text.ptr, text.len);
    gw_buf_commit(body, separator_len + text.len);
    return 0;
}

int gw_eio_payload_push(struct gw_buf *body, enum gw_eio_revision revision,
                        struct gw_eio_message *message)
{
    struct gw_slice text = gw_eio_message_text(message);

    assert(revision == GW_EIO_V4);
    if (!text.ptr)
        return GW_E_NOMEM;
    return push_text(body, text);
}

int gw_eio_payload_push_bare(struct gw_buf *body, enum gw_eio_revision revision,
                             enum gw_eio_packet_type type)
{
    const uint8_t digit = (uint8_t)('0' + type);

    assert(revision == GW_EIO_V4);
    return push_text(body, (struct gw_slice){&digit, 1});
}
