/* SPDX-License-Identifier: MIT */
/* A packet that waits for its attachments: a copy of its text and of the attachments so far. */
#ifndef GW_SIO_BINARY_H
#define GW_SIO_BINARY_H

#include "base/blob.h"
#include "base/list.h"
#include "sio/packet.h"

#include <godwit/sio.h>

struct gw_sio_link;

struct gw_sio_binary {
    struct gw_sio_packet packet; /* its slices point into text */
    /* private */
    struct gw_list node; /* gw_io.receiving */
    uint64_t deadline_ms;
    struct gw_sio_link *link;
    uint64_t total_bytes; /* of text and attachments */
    uint32_t count;       /* attachments here */
    struct gw_blob *blobs[GW_ATTACHMENTS_MAX];
    uint8_t text[];
};

/* packet was decoded from text and has attachments. NULL when memory has run out. */
struct gw_sio_binary *gw_sio_binary_create(const struct gw_sio_packet *packet,
                                           struct gw_slice text);
/* Takes it out of its list too. NULL is fine. */
void gw_sio_binary_destroy(struct gw_sio_binary *binary);

/* The next attachment. 1: it was the last, and out[0 .. attachment_count) are all of them: the
 * last one is `bytes` itself, the others are good as long as binary. 0: more are to come (bytes
 * were copied). GW_E_LIMIT: more than max_bytes in all. GW_E_NOMEM. */
int gw_sio_binary_push(struct gw_sio_binary *binary, struct gw_slice bytes, uint64_t max_bytes,
                       struct gw_slice out[static GW_ATTACHMENTS_MAX]);

#endif
