/* SPDX-License-Identifier: MIT */
/* One Socket.IO packet in its text form (protocol 5): type, attachments, namespace, ack id,
 * JSON. */
#ifndef GW_SIO_PACKET_H
#define GW_SIO_PACKET_H

#include <godwit/base.h>

/* The values are the digits on the wire. */
enum gw_sio_type {
    GW_SIO_CONNECT,
    GW_SIO_DISCONNECT,
    GW_SIO_EVENT,
    GW_SIO_ACK,
    GW_SIO_CONNECT_ERROR,
    GW_SIO_BINARY_EVENT,
    GW_SIO_BINARY_ACK,
};

enum {
    /* Ids are the client's own and go back digit by digit, so their size is not our business;
     * but a packet is no place for a megabyte of them. */
    GW_SIO_ID_DIGITS_MAX = 32,
};

/* A received packet; all slices point into its text. */
struct gw_sio_packet {
    uint8_t type;         /* enum gw_sio_type, binary ones included */
    struct gw_slice nsp;  /* "/" when it was left out */
    struct gw_slice id;   /* decimal digits without leading zeros; ptr NULL: none */
    struct gw_slice data; /* checked JSON; ptr NULL: none */
    /* Events: the first element, a string or number that is no reserved name, and what stands
     * behind it. Acks: all elements are args. ptr NULL: none. */
    struct gw_slice name;
    struct gw_slice args;
    bool has_plain_name; /* a string without escapes: what stands between its quotes is the name */
    uint32_t attachment_count; /* 0 unless binary */
};

/* text is UTF-8. 0; GW_E_PROTO or GW_E_LIMIT (attachments, depth of JSON, digits of an id) with
 * *why naming the rule that was broken; out->attachment_count is above max_attachments if it was
 * that, and nothing else of *out is to be read then. */
int gw_sio_packet_decode(struct gw_slice text, uint32_t max_attachments, struct gw_sio_packet *out,
                         const char **why);

enum { GW_SIO_RESERVED_MIN = 7, GW_SIO_RESERVED_MAX = 14 }; /* bytes of the reserved names */

/* The slow half of gw_sio_name_is_reserved. */
bool gw_sio_name_is_listed(struct gw_slice name);

/* Whether an event of this (decoded) name may not be sent, in either direction. */
static inline bool gw_sio_name_is_reserved(struct gw_slice name)
{
    return name.len >= GW_SIO_RESERVED_MIN && name.len <= GW_SIO_RESERVED_MAX &&
           gw_sio_name_is_listed(name);
}

#endif
