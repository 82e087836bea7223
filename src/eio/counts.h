/* SPDX-License-Identifier: MIT */
/* What an engine has seen so far: plain numbers that only grow (but open), for whoever watches. One
 * addition where the thing happens, and nothing else. */
#ifndef GW_EIO_COUNTS_H
#define GW_EIO_COUNTS_H

#include "eio/packet.h"
#include "eio/transport.h"

enum {
    GW_EIO_KINDS = GW_EIO_WEBSOCKET + 1, /* of enum gw_eio_transport_kind */
    GW_EIO_REVISIONS = 2,                /* GW_EIO_V3, GW_EIO_V4 */
    GW_EIO_REASONS = 5,                  /* of enum gw_eio_reason */
};

struct gw_eio_counts {
    /* Packets with data: messages and, on the way out, the open packet. Bytes are those of the
     * data, without the type. */
    uint64_t packets_in, packets_out, bytes_in, bytes_out;
    /* Sessions by the transport that they began with, and by the one that they have now. */
    uint64_t opened[GW_EIO_KINDS][GW_EIO_REVISIONS];
    uint64_t open[GW_EIO_KINDS][GW_EIO_REVISIONS];
    uint64_t closed[GW_EIO_REASONS];
    uint64_t refused; /* handshakes, because of max_sessions or for want of memory */
    uint64_t upgrades_done, upgrades_failed;
};

static inline size_t gw_eio_revision_index(enum gw_eio_revision revision)
{
    return revision == GW_EIO_V3 ? 0 : 1;
}

#endif
