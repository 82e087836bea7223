/* SPDX-License-Identifier: MIT */
#include "eio/message.h"

#include "base/mem.h"
#include "codec/base64.h"
#include "eio/packet.h"

#include <assert.h>

static struct gw_eio_message *create(uint8_t type, bool is_binary, size_t payload_len)
{
    struct gw_eio_message *message;

    if (payload_len > SIZE_MAX / 2)
        return NULL;
    message = gw_mem_alloc(sizeof(*message));
    if (!message)
        return NULL;
    *message = (struct gw_eio_message){
        .refs = 1,
        .type = type,
        .is_binary = is_binary,
        .is_compress_wanted = true,
        .blob = gw_blob_create((is_binary ? GW_EIO_HEADROOM : GW_EIO_HEADROOM + 1) + payload_len),
    };
    if (!message->blob) {
        gw_mem_free(message);
        return NULL;
    }
    if (!is_binary)
        message->blob->bytes[GW_EIO_HEADROOM] = (uint8_t)('0' + type);
    return message;
}

struct gw_eio_message *gw_eio_message_create(bool is_binary, size_t payload_len)
{
    return create(GW_EIO_PACKET_MESSAGE, is_binary, payload_len);
}

struct gw_eio_message *gw_eio_message_create_control(uint8_t type, struct gw_slice data)
{
    struct gw_eio_message *message = create(type, false, data.len);

    if (message && data.len > 0)
        memcpy(gw_eio_message_payload(message), data.ptr, data.len);
    return message;
}

struct gw_eio_message *gw_eio_message_ref(struct gw_eio_message *message)
{
    message->refs++;
    return message;
}

void gw_eio_message_unref(struct gw_eio_message *message)
{
    if (!message)
        return;
    assert(message->refs > 0);
    if (--message->refs > 0)
        return;
    gw_blob_unref(message->blob);
    gw_blob_unref(message->base64);
    gw_blob_unref(message->deflated);
    gw_mem_free(message);
}

uint8_t *gw_eio_message_payload(struct gw_eio_message *message)
{
    return message->blob->bytes + GW_EIO_HEADROOM + (message->is_binary ? 0 : 1);
}

struct gw_slice gw_eio_message_frame_body(const struct gw_eio_message *message)
{
    return (struct gw_slice){message->blob->bytes + GW_EIO_HEADROOM,
                             message->blob->len - GW_EIO_HEADROOM};
}

static struct gw_blob *make_base64(struct gw_slice bytes)
{
    struct gw_blob *blob = gw_blob_create(1 + gw_base64_encoded_len(bytes.len));

    if (!blob)
        return NULL;
    blob->bytes[0] = 'b';
    gw_base64_encode(blob->bytes + 1, bytes);
    return blob;
}

struct gw_slice gw_eio_message_text(struct gw_eio_message *message)
{
    if (!message->is_binary)
        return gw_eio_message_frame_body(message);
    if (!message->base64)
        message->base64 = make_base64(gw_eio_message_frame_body(message));
    if (!message->base64)
        return (struct gw_slice){NULL, 0};
    return (struct gw_slice){message->base64->bytes, message->base64->len};
}
