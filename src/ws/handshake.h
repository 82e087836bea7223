/* SPDX-License-Identifier: MIT */
/* The opening handshake, server side: judges a request and writes the 101 (RFC 6455 4.2). The key
 * and its answer are for both roles. */
#ifndef GW_WS_HANDSHAKE_H
#define GW_WS_HANDSHAKE_H

#include "base/buf.h"
#include "http/request.h"
#include "ws/offer.h"

enum {
    GW_WS_KEY_LEN = 24,    /* base64 of 16 bytes */
    GW_WS_ACCEPT_LEN = 28, /* base64 of a SHA-1 */
    GW_WS_OFFERS_MAX = 64, /* subprotocols, and extensions, of one request */
};

/* What gw_ws_handshake_check() found. */
struct gw_ws_handshake {
    uint16_t status; /* 101, or what to refuse with: 400, 405, 426 (500: out of memory) */
    const char *why; /* literal, plain text, fit for the body of the refusal; "" with 101 */
    /* What the refusal has to carry besides, as Allow or Sec-WebSocket-Version. Static. */
    const struct gw_http_field *refusal_fields;
    size_t refusal_field_count;
    uint8_t accept[GW_WS_ACCEPT_LEN]; /* with 101: the value of Sec-WebSocket-Accept */
};

/* How a handshake is accepted. All zero: no subprotocol, no extension, no fields. */
struct gw_ws_acceptance {
    struct gw_slice subprotocol; /* one of those offered; absent or empty: none */
    struct gw_slice extensions;  /* value of Sec-WebSocket-Extensions; absent or empty: none */
    const struct gw_http_field *fields;
    size_t field_count;
};

/* Holds every MUST of 4.2.1 against request: GET, HTTP/1.1 or later, Host, Upgrade and Connection,
 * one key of 16 bytes, version 13, subprotocols and extensions well-formed (more than
 * GW_WS_OFFERS_MAX of either are refused), no body. 0, or GW_E_PROTO, or GW_E_NOMEM; *out is filled
 * in any case and borrows nothing from request. After a refusal the connection is to be closed:
 * what the client has sent behind its request is not for us to interpret. */
int gw_ws_handshake_check(const struct gw_http_request *request, struct gw_ws_handshake *out);

/* Walks over what the client offers, most wanted first; with gw_ws_offers_next_token()
 * and gw_ws_offers_next_extension(), which after a successful check do not fail.
 * request must outlive the walk. */
void gw_ws_handshake_subprotocols(const struct gw_http_request *request,
                                  struct gw_ws_offers *offers);
void gw_ws_handshake_extensions(const struct gw_http_request *request, struct gw_ws_offers *offers);

/* Does the client offer this subprotocol? Compared with case (4.1). */
bool gw_ws_handshake_offers(const struct gw_http_request *request, struct gw_slice subprotocol);

/* Appends the 101 with everything up to the empty line. acceptance NULL: nothing but the bare
 * minimum. GW_E_ARG: subprotocol or a field's name is not a token, or CR, LF or NUL in a value.
 * GW_E_LIMIT, GW_E_NOMEM: of out. On failure out is as it was. */
int gw_ws_handshake_accept(const struct gw_ws_handshake *handshake,
                           const struct gw_ws_acceptance *acceptance, struct gw_buf *out);

/* The answer to a key: base64(SHA-1(key + GUID)) (4.2.2). 0 or GW_E_NOMEM. */
int gw_ws_accept_encode(uint8_t out[static GW_WS_ACCEPT_LEN],
                        const uint8_t key[static GW_WS_KEY_LEN]);

#endif
