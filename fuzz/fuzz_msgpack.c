/* SPDX-License-Identifier: MIT */
/* Untrusted MessagePack: what is accepted gives valid JSON, and is the same value when it is written
 * and read again; and a packet's decoder never points outside. */
#include "codec/json.h"
#include "codec/msgpack.h"
#include "codec/utf8.h"
#include "sio/parser.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_again(struct gw_slice json, const struct gw_msgpack_binaries *binaries)
{
    struct gw_slice slices[GW_ATTACHMENTS_MAX];
    struct gw_msgpack_binaries found = {.slices = slices, .cap = GW_ATTACHMENTS_MAX};
    struct gw_buf bytes, again, bytes_again;
    struct gw_slice in;

    gw_buf_init(&bytes, 1 << 24);
    gw_buf_init(&again, 1 << 24);
    gw_buf_init(&bytes_again, 1 << 24);
    assert(gw_msgpack_from_json(json, binaries, &bytes) == 0);
    in = gw_buf_slice(&bytes);
    /* A map that looked like a placeholder is bytes now, maybe once more than there is room for. */
    if (gw_msgpack_to_json(&in, &found, &again) == 0) {
        assert(in.len == 0);
        assert(gw_msgpack_from_json(gw_buf_slice(&again), &found, &bytes_again) == 0);
        assert(gw_slice_equal(gw_buf_slice(&bytes), gw_buf_slice(&bytes_again)));
    }
    gw_buf_dispose(&bytes);
    gw_buf_dispose(&again);
    gw_buf_dispose(&bytes_again);
}

static void try_value(struct gw_slice all)
{
    struct gw_slice slices[GW_ATTACHMENTS_MAX];
    struct gw_msgpack_binaries binaries = {.slices = slices, .cap = GW_ATTACHMENTS_MAX};
    struct gw_slice in = all, skipped = all, json;
    struct gw_buf out;

    gw_buf_init(&out, 1 << 24);
    if (gw_msgpack_to_json(&in, &binaries, &out) == 0) {
        assert(gw_msgpack_skip(&skipped) == 0 && skipped.ptr == in.ptr);
        json = gw_buf_slice(&out);
        assert(gw_utf8_is_valid(json));
        if (gw_json_check(json) == 0)
            read_again(json, &binaries);
    }
    gw_buf_dispose(&out);
}

static void try_packet(struct gw_slice message, uint32_t max_attachments)
{
    struct gw_buf text, slices;
    struct gw_sio_parsed parsed = {.text = &text, .slices = &slices};

    gw_buf_init(&text, 1 << 24);
    gw_buf_init(&slices, 1 << 24);
    if (gw_sio_parser_msgpack.decode(message, max_attachments, &parsed) < 0) {
        assert(parsed.why);
        assert(parsed.cause != GW_CAUSE_NONE);
    } else {
        const struct gw_sio_packet *packet = &parsed.packet;

        assert(packet->type <= GW_SIO_CONNECT_ERROR && packet->nsp.len > 0);
        assert(gw_json_values_check(packet->args, NULL) != GW_E_PROTO);
        assert(packet->attachment_count <= max_attachments);
        for (size_t i = 0; i < packet->attachment_count; i++)
            assert(parsed.attachments[i].ptr >= message.ptr &&
                   parsed.attachments[i].ptr + parsed.attachments[i].len <=
                       message.ptr + message.len);
    }
    gw_buf_dispose(&text);
    gw_buf_dispose(&slices);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    try_value((struct gw_slice){data, size});
    try_packet((struct gw_slice){data, size}, 2);
    try_packet((struct gw_slice){data, size}, UINT32_MAX);
    return 0;
}
