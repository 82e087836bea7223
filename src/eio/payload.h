/* SPDX-License-Identifier: MIT */
/* A polling body: packets in text form with 0x1E between them (revision 4). Serves both roles. */
#ifndef GW_EIO_PAYLOAD_H
#define GW_EIO_PAYLOAD_H

#include "eio/message.h"
#include "eio/packet.h"

/* Reads a body that is wholly there. */
struct gw_eio_payload {
    /* private */
    struct gw_slice rest;
    struct gw_buf *scratch;
    uint32_t packets_left;
    uint8_t revision;
    bool has_more;
};

/* body and scratch (for base64) must outlive the reading. max_packets bounds the work that one body
 * can cause. */
void gw_eio_payload_init(struct gw_eio_payload *payload, enum gw_eio_revision revision,
                         struct gw_slice body, struct gw_buf *scratch, uint32_t max_packets);
/* Pulls the next packet; its data is good until the next call. 1: out is filled; 0: the body is at
 * its end; GW_E_PROTO: this element is no packet (an empty body and a separator at the end count as
 * an empty element); GW_E_LIMIT: too many packets; GW_E_NOMEM. After an error there is nothing more
 * to pull. */
int gw_eio_payload_next(struct gw_eio_payload *payload, struct gw_eio_packet *out);

/* Appends one message, or one packet without data, behind what is in body, with a separator where
 * one is due. 0, GW_E_NOMEM or GW_E_LIMIT (body unchanged). */
int gw_eio_payload_push(struct gw_buf *body, enum gw_eio_revision revision,
                        struct gw_eio_message *message);
int gw_eio_payload_push_bare(struct gw_buf *body, enum gw_eio_revision revision,
                             enum gw_eio_packet_type type);

#endif
