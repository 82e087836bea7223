/* SPDX-License-Identifier: MIT */
/* The comma lists of the opening handshake: subprotocols and extensions with parameters (RFC
 * 6455 4.3, 9.1). A list may be spread over several fields of one name. Works on the fields of
 * a request and of a response. */
#ifndef GW_WS_OFFER_H
#define GW_WS_OFFER_H

#include "http/field.h"

#include <godwit/base.h>

/* Walks the elements of all fields with one name, in order. A value of its own, no memory. */
struct gw_ws_offers {
    /* private */
    const struct gw_http_field *field, *end;
    struct gw_slice name;
    struct gw_slice rest; /* of the current field */
};

/* One element of Sec-WebSocket-Extensions, found to be well-formed: its
 * name and "; a=1; b" behind it. */
struct gw_ws_extension {
    struct gw_slice name;
    struct gw_slice params; /* for gw_ws_extension_param_next() */
};

struct gw_ws_param {
    struct gw_slice name;
    struct gw_slice value; /* without quotes; ptr NULL: the parameter has no value */
    bool is_escaped;       /* value has backslashes: gw_ws_param_unescape() */
};

/* fields must outlive the walk. name: "Sec-WebSocket-Protocol" or
 * "Sec-WebSocket-Extensions", a literal. */
void gw_ws_offers_init(struct gw_ws_offers *offers, const struct gw_http_field *fields,
                       size_t field_count, struct gw_slice name);

/* The next element of a list of tokens. 1: *token is filled; 0: no more; GW_E_PROTO: not a token.
 * Empty elements are passed over (the list rule of RFC 2616 2.1, which RFC 6455 builds on). */
int gw_ws_offers_next_token(struct gw_ws_offers *offers, struct gw_slice *token);

/* The next element of a list of extensions; results as above. */
int gw_ws_offers_next_extension(struct gw_ws_offers *offers, struct gw_ws_extension *extension);

/* The next parameter; false: no more. */
bool gw_ws_extension_param_next(struct gw_ws_extension *extension, struct gw_ws_param *param);

/* Writes the value without its backslashes and returns its length; out
 * has room for value.len bytes. */
size_t gw_ws_param_unescape(const struct gw_ws_param *param, uint8_t *out);

#endif
