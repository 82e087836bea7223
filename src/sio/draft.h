/* SPDX-License-Identifier: MIT */
/* A packet to be sent, in its parts: measured first, so that it can be written straight into the
 * place it goes to. */
#ifndef GW_SIO_DRAFT_H
#define GW_SIO_DRAFT_H

#include "sio/packet.h"

/* All slices are borrowed until it has been written. */
struct gw_sio_draft {
    uint8_t type; /* enum gw_sio_type; the binary ones come by themselves with attachments */
    uint32_t attachment_count;
    struct gw_slice nsp;  /* ptr NULL or "/": the main one */
    struct gw_slice id;   /* digits; ptr NULL: none */
    struct gw_slice name; /* events: between its quotes, escaped as JSON wants it */
    struct gw_slice args; /* events and acks: values parted by commas */
    struct gw_slice data; /* the others: one JSON value; ptr NULL: none */
    const struct gw_slice *attachments;
};

/* Bytes of its text. */
size_t gw_sio_draft_len(const struct gw_sio_draft *draft);
/* Writes exactly that many. */
void gw_sio_draft_write(const struct gw_sio_draft *draft, uint8_t *out);

#endif
