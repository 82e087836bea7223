/* SPDX-License-Identifier: MIT */
/* A polling body: whatever is read from it is the same when it has been written and read again. */
#include "eio/payload.h"

#include <assert.h>

enum { MAX_PACKETS = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Writes one packet as a server does. */
static void write_packet(struct gw_buf *body, const struct gw_eio_packet *packet)
{
    struct gw_eio_message *message =
        packet->is_binary ? gw_eio_message_create(true, packet->data.len)
                          : gw_eio_message_create_control(packet->type, packet->data);

    assert(message);
    if (packet->is_binary && packet->data.len > 0)
        memcpy(gw_eio_message_payload(message), packet->data.ptr, packet->data.len);
    assert(gw_eio_payload_push(body, GW_EIO_V4, message) == 0);
    gw_eio_message_unref(message);
}

/* Reads body to its end or first error and writes all its packets to out. The last result. */
static int rewrite(struct gw_slice body, struct gw_buf *out)
{
    struct gw_eio_payload payload;
    struct gw_eio_packet packet;
    struct gw_buf scratch;
    int got;

    gw_buf_init(&scratch, SIZE_MAX);
    gw_eio_payload_init(&payload, GW_EIO_V4, body, &scratch, MAX_PACKETS);
    while ((got = gw_eio_payload_next(&payload, &packet)) > 0) {
        assert(packet.type <= GW_EIO_PACKET_NOOP);
        assert(!packet.is_binary || packet.data.ptr);
        write_packet(out, &packet);
    }
    gw_buf_dispose(&scratch);
    return got;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gw_buf once, twice;

    gw_buf_init(&once, SIZE_MAX);
    gw_buf_init(&twice, SIZE_MAX);
    rewrite((struct gw_slice){data, size}, &once);
    if (once.len > 0) {
        assert(rewrite(gw_buf_slice(&once), &twice) == 0);
        assert(gw_slice_equal(gw_buf_slice(&once), gw_buf_slice(&twice)));
    }
    gw_buf_dispose(&once);
    gw_buf_dispose(&twice);
    return 0;
}
