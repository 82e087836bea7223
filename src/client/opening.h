/* SPDX-License-Identifier: MIT */
/* What a client needs only until it is open: where it goes, what it asks for and
 * how the server is to answer. */
#ifndef GW_CLIENT_OPENING_H
#define GW_CLIENT_OPENING_H

#include "client/dial.h"
#include "ws/client_handshake.h"

#include <godwit/client.h>

struct gw_ws_opening {
    struct gw_uri uri; /* of this attempt */
    struct gw_http_response_parser *parser;
    struct gw_ws_client_request request; /* what was sent last; its slices are the opening's */
    /* private */
    struct gw_uri proxy; /* host.ptr NULL: none */
    struct gw_buf lines, subprotocols;
    char *origin, *unix_path, *dns_servers;
    gw_client_tls *tls;
    bool owns_tls;
    uint64_t connect_timeout_ms, handshake_timeout_ms;
    uint32_t redirects_left;
    struct gw_http_limits limits;
};

/* NULL when memory has run out. */
struct gw_ws_opening *gw_ws_opening_create(void);
void gw_ws_opening_destroy(struct gw_ws_opening *opening);

/* Copies and checks. 0, GW_E_NOMEM, or GW_E_ARG: why tells what is
 * wrong with which argument. Once. */
int gw_ws_opening_fill(struct gw_ws_opening *opening, const char *url,
                       const struct gw_ws_client_options *options,
                       char why[static GW_DIAL_WHY_MAX]);
/* Borrows from opening. */
void gw_ws_opening_target(const struct gw_ws_opening *opening, struct gw_dial_target *target);
/* Writes the request, with a fresh key; deflate: what to offer, NULL: nothing. 0,
 * GW_E_NOMEM, GW_E_LIMIT (headers). */
int gw_ws_opening_ask(struct gw_ws_opening *opening, const struct gw_ws_deflate *deflate,
                      struct gw_buf *out);

/* Whether this answer sends us elsewhere. */
bool gw_ws_opening_is_redirect(const struct gw_http_response_head *head);
/* Goes there next. 0, GW_E_NOMEM, or GW_E_REFUSED, GW_E_LIMIT, GW_E_PROTO with why: none allowed
 * (any more), to a place that is not for us, or a Location that is none. */
int gw_ws_opening_redirect(struct gw_ws_opening *opening, const struct gw_http_response_head *head,
                           char why[static GW_DIAL_WHY_MAX]);

#endif
