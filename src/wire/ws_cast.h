/* SPDX-License-Identifier: MIT */
/* One message for many WebSockets: each form that it takes on the wire, bare or compressed with one
 * set of parameters, is made once, when the first needs it, and shared by all.
 *
 *     gw_ws_cast_init(&cast, GW_WS_TEXT, text);
 *     each: gw_ws_cast_send(&cast, ws);
 *     gw_ws_cast_dispose(&cast); */
#ifndef GW_WIRE_WS_CAST_H
#define GW_WIRE_WS_CAST_H

#include "wire/ws.h"

/* Windows that clients have demanded, from 9 to 15 bits, of one endpoint; what is
 * more is compressed for each. */
enum { GW_WS_CAST_FORMS_MAX = 7 };

struct gw_ws_cast_form {
    struct gw_deflate_options options;
    struct gw_blob *frame; /* NULL: the message does not become shorter like this */
};

struct gw_ws_cast {
    /* private */
    enum gw_ws_opcode opcode;
    struct gw_slice data;
    struct gw_blob *bare; /* a whole frame; NULL: not made yet */
    size_t form_count;
    struct gw_ws_cast_form forms[GW_WS_CAST_FORMS_MAX];
};

/* data is borrowed until gw_ws_cast_dispose. */
void gw_ws_cast_init(struct gw_ws_cast *cast, enum gw_ws_opcode opcode, struct gw_slice data);
/* 0; GW_E_CLOSED; GW_E_NOMEM: no memory for the message (then it is for ws alone to do without it)
 * or for its place in the queue (the connection is cut). */
int gw_ws_cast_send(struct gw_ws_cast *cast, gw_ws *ws);
void gw_ws_cast_dispose(struct gw_ws_cast *cast);

#endif
