/* SPDX-License-Identifier: MIT */
/* The session's first request, kept behind its link for as long as that lives: the genuine server
 * keeps it too, and applications look up cookies and addresses at any time. */
#ifndef GW_SIO_HANDSHAKE_H
#define GW_SIO_HANDSHAKE_H

#include <godwit/sio.h>

struct gw_sio_request;

struct gw_sio_handshake {
    /* private */
    uint32_t url_len, query_len, address_len; /* the query is the end of the url */
    uint32_t fields_len; /* each: name_len (2 bytes), value_len (4), name in lower case, value */
    bool is_secure;
    uint8_t bytes[]; /* url, address, fields */
};

/* Bytes that the handshake of this request takes. */
size_t gw_sio_handshake_size(const struct gw_sio_request *request);
/* handshake has that many. */
void gw_sio_handshake_init(struct gw_sio_handshake *handshake,
                           const struct gw_sio_request *request);

struct gw_slice gw_sio_handshake_url(const struct gw_sio_handshake *handshake);
struct gw_slice gw_sio_handshake_query(const struct gw_sio_handshake *handshake);
struct gw_slice gw_sio_handshake_address(const struct gw_sio_handshake *handshake);
/* Takes the next field off; start with *cursor = 0. False when none is left. */
bool gw_sio_handshake_next(const struct gw_sio_handshake *handshake, size_t *cursor,
                           struct gw_header *out);
/* name in any case; the first of that name, ptr NULL: none. */
struct gw_slice gw_sio_handshake_find(const struct gw_sio_handshake *handshake,
                                      struct gw_slice name);

#endif
