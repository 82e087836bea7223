/* SPDX-License-Identifier: MIT */
#include "sio/binary.h"

#include "base/mem.h"

#include <assert.h>

/* The same range in the copy. */
static struct gw_slice rebase(struct gw_slice slice, const uint8_t *from, const uint8_t *to)
{
    if (slice.ptr)
        slice.ptr = to + (slice.ptr - from);
    return slice;
}

struct gw_sio_binary *gw_sio_binary_create(const struct gw_sio_packet *packet, struct gw_slice text)
{
    struct gw_sio_binary *binary = gw_mem_alloc(sizeof(*binary) + text.len);
    struct gw_sio_packet *own;

    assert(packet->attachment_count > 0 && packet->attachment_count <= GW_ATTACHMENTS_MAX);
    if (!binary)
        return NULL;
    *binary = (struct gw_sio_binary){.packet = *packet, .total_bytes = text.len};
    gw_list_init(&binary->node);
    memcpy(binary->text, text.ptr, text.len);
    own = &binary->packet;
    if (own->nsp.ptr >= text.ptr && own->nsp.ptr < text.ptr + text.len) /* "/" may be a literal */
        own->nsp = rebase(own->nsp, text.ptr, binary->text);
    own->id = rebase(own->id, text.ptr, binary->text);
    own->data = rebase(own->data, text.ptr, binary->text);
    own->name = rebase(own->name, text.ptr, binary->text);
    own->args = rebase(own->args, text.ptr, binary->text);
    return binary;
}

void gw_sio_binary_destroy(struct gw_sio_binary *binary)
{
    if (!binary)
        return;
    for (uint32_t i = 0; i < binary->count; i++)
        gw_blob_unref(binary->blobs[i]);
    gw_list_remove(&binary->node);
    gw_mem_free(binary);
}

static struct gw_slice blob_slice(const struct gw_blob *blob)
{
    return (struct gw_slice){blob->bytes, blob->len};
}

int gw_sio_binary_push(struct gw_sio_binary *binary, struct gw_slice bytes, uint64_t max_bytes,
                       struct gw_slice out[static GW_ATTACHMENTS_MAX])
{
    struct gw_blob *blob;

    if (binary->total_bytes > max_bytes || bytes.len > max_bytes - binary->total_bytes)
        return GW_E_LIMIT;
    binary->total_bytes += bytes.len;
    if (binary->count + 1 == binary->packet.attachment_count) {
        for (uint32_t i = 0; i < binary->count; i++)
            out[i] = blob_slice(binary->blobs[i]);
        out[binary->count] = bytes;
        return 1;
    }
    blob = gw_blob_create(bytes.len);
    if (!blob)
        return GW_E_NOMEM;
    if (bytes.len > 0)
        memcpy(blob->bytes, bytes.ptr, bytes.len);
    binary->blobs[binary->count++] = blob;
    return 0;
}
