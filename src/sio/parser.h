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

struct gw_sio_parser {
    /* Appends the message. 0, GW_E_ARG, GW_E_LIMIT, GW_E_NOMEM. */
    int (*encode)(const struct gw_sio_draft *draft, struct gw_buf *out);
    /* The packet's slices point into message, or into text, which is empty; attachments point into
     * message. 0; GW_E_PROTO or GW_E_LIMIT with *why naming the rule that was broken; GW_E_NOMEM. */
    int (*decode)(struct gw_slice message, uint32_t max_attachments, struct gw_buf *text,
                  struct gw_sio_packet *out, struct gw_slice attachments[static GW_ATTACHMENTS_MAX],
                  const char **why);
};

/* socket.io-msgpack-parser: a map of type, data, nsp and id. Decoding is as lenient as that one:
 * keys in any order, unknown ones ignored, reserved names of events let through (no handler can be
 * registered for them). */
extern const struct gw_sio_parser gw_sio_parser_msgpack;

/* NULL: the protocol's own. */
const struct gw_sio_parser *gw_sio_parser_of(enum gw_parser parser);

#endif
