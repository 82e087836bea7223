/* SPDX-License-Identifier: MIT */
/* One Socket.IO packet: what has been accepted is accepted again, part by part the same, when it
 * is written anew; and the walk over its placeholders stays inside. */
#include "codec/json.h"
#include "codec/utf8.h"
#include "sio/draft.h"
#include "sio/packet.h"
#include "sio/placeholder.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct gw_sio_draft draft_of(const struct gw_sio_packet *packet)
{
    struct gw_sio_draft draft = {.type = packet->type,
                                 .attachment_count = packet->attachment_count,
                                 .nsp = packet->nsp,
                                 .id = packet->id,
                                 .args = packet->args,
                                 .data = packet->data};

    if (packet->type >= GW_SIO_BINARY_EVENT)
        draft.type = (uint8_t)(packet->type - GW_SIO_BINARY_EVENT + GW_SIO_EVENT);
    if (packet->name.ptr) /* fuzzed names are strings here: without their quotes */
        draft.name = (struct gw_slice){packet->name.ptr + 1, packet->name.len - 2};
    return draft;
}

static void write_again(const struct gw_sio_packet *packet)
{
    struct gw_sio_draft draft = draft_of(packet);
    struct gw_sio_packet again;
    const char *why = NULL;
    size_t len = gw_sio_draft_len(&draft);
    uint8_t *text = malloc(len);

    if (!text)
        abort();
    gw_sio_draft_write(&draft, text);
    assert(gw_sio_packet_decode((struct gw_slice){text, len}, 10, &again, &why) == 0);
    assert(again.type == packet->type && again.attachment_count == packet->attachment_count);
    assert(gw_slice_equal(again.nsp, packet->nsp) && gw_slice_equal(again.id, packet->id));
    assert(gw_slice_equal(again.name, packet->name) && gw_slice_equal(again.args, packet->args));
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gw_slice text = {data, size};
    struct gw_sio_packet packet;
    const char *why = NULL;

    if (!gw_utf8_is_valid(text))
        return 0;
    if (gw_sio_packet_decode(text, 10, &packet, &why) < 0) {
        assert(why);
        return 0;
    }
    assert(gw_json_values_check(packet.args, NULL) == 0);
    gw_sio_placeholder_check(packet.args, packet.attachment_count);
    gw_sio_placeholder_index(packet.args, packet.attachment_count);
    /* A number as name, or no list at all, is not what a draft writes. */
    if (!packet.data.ptr || (packet.name.ptr && packet.name.ptr[0] != '"'))
        return 0;
    write_again(&packet);
    return 0;
}
