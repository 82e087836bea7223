/* SPDX-License-Identifier: MIT */
/* Another form of packets on the wire than the text that packet.h and draft.h know, where all of a
 * packet, bytes included, is one binary message. The protocol's own form needs no table: it is
 * written straight into the output. */
#ifndef GW_SIO_PARSER_H
#define GW_SIO_PARSER_H

#include "base/buf.h"
#include "sio/draft.h"
#include "sio/packet.h"

#include <godwit/sio.h>

/* What a message becomes; the buffers are its owner's, and bounded by it. */
struct gw_sio_parsed {
    struct gw_sio_packet packet;
    const struct gw_slice *attachments; /* packet.attachment_count of them */
    struct gw_buf *text;                /* empty before */
    struct gw_buf *slices;              /* the same */
    /* What was wrong with it. */
    const char *why;
    enum gw_cause cause;
};

struct gw_sio_parser {
    /* Appends the message. 0, GW_E_ARG, GW_E_LIMIT, GW_E_NOMEM. */
    int (*encode)(const struct gw_sio_draft *draft, struct gw_buf *out);
    /* The packet's slices point into message, or into text; attachments point into message. 0;
     * GW_E_PROTO or GW_E_LIMIT with the rule that was broken in why and cause; GW_E_NOMEM. */
    int (*decode)(struct gw_slice message, uint32_t max_attachments, struct gw_sio_parsed *out);
};

/* socket.io-msgpack-parser: a map of type, data, nsp and id. Decoding is as lenient as that one:
 * keys in any order, unknown ones ignored, reserved names of events let through (no handler can be
 * registered for them). */
extern const struct gw_sio_parser gw_sio_parser_msgpack;

/* NULL: the protocol's own. */
const struct gw_sio_parser *gw_sio_parser_of(enum gw_parser parser);

#endif
