/* SPDX-License-Identifier: MIT */
/* The opening handshake, client side: writes the request and judges the answer (RFC 6455 4.1). */
#ifndef GW_WS_CLIENT_HANDSHAKE_H
#define GW_WS_CLIENT_HANDSHAKE_H

#include "http/response_parser.h"
#include "ws/deflate.h"
#include "ws/handshake.h"

enum { GW_WS_NONCE_LEN = 16 };

/* base64 of 16 random bytes, fresh for each handshake. */
void gw_ws_key_encode(uint8_t out[static GW_WS_KEY_LEN],
                      const uint8_t nonce[static GW_WS_NONCE_LEN]);

/* Appends one of the application's own fields, "Name: value", as a line. GW_E_ARG: it is no field,
 * or one of those that the handshake writes itself (Host, Upgrade, Connection, Origin,
 * Sec-WebSocket-*) or that would give the request a body; *why is a literal. GW_E_LIMIT,
 * GW_E_NOMEM: of lines. On failure lines is as it was. */
int gw_ws_client_field_append(struct gw_buf *lines, struct gw_slice field, const char **why);
/* Appends a subprotocol to "a, b". GW_E_ARG: not a token, or there already; *why as above. */
int gw_ws_client_subprotocol_append(struct gw_buf *list, struct gw_slice subprotocol,
                                    const char **why);
/* Appends to out the lines but those of fields that are for one origin only (Authorization,
 * Cookie), for a redirect to another. 0, GW_E_LIMIT, GW_E_NOMEM. */
int gw_ws_client_fields_copy_public(struct gw_buf *out, struct gw_slice lines);

/* Absent or empty slices are left out. */
struct gw_ws_client_request {
    struct gw_slice target;    /* "/path?query" */
    struct gw_slice authority; /* of Host */
    struct gw_slice origin;
    struct gw_slice subprotocols; /* from gw_ws_client_subprotocol_append */
    struct gw_slice extensions;   /* what is offered */
    struct gw_slice lines;        /* from gw_ws_client_field_append */
    uint8_t key[GW_WS_KEY_LEN];
};

/* Appends the whole request. GW_E_ARG: a control character in target, authority or origin;
 * GW_E_LIMIT, GW_E_NOMEM. On failure out is as it was. */
int gw_ws_client_request_encode(const struct gw_ws_client_request *request, struct gw_buf *out);

/* Appends "Authorization: Basic ..." or the like as a line (RFC 7617). GW_E_LIMIT, GW_E_NOMEM. */
int gw_ws_client_basic_append(struct gw_buf *out, struct gw_slice name, struct gw_slice user,
                              struct gw_slice password);

/* What the server agreed to; slices of the answer. */
struct gw_ws_client_answer {
    struct gw_slice subprotocol; /* absent: none */
    struct gw_slice extensions;  /* value of the field; absent: none */
    bool is_deflated;
    struct gw_ws_deflate_params deflate; /* when is_deflated */
};

/* Holds every MUST of 4.1 against the answer to request. deflate: what was offered, from
 * gw_ws_deflate_fill; NULL: nothing. 0, or GW_E_PROTO or GW_E_NOMEM, and *why names the rule
 * that was broken, a literal. */
int gw_ws_client_answer_check(const struct gw_ws_client_request *request,
                              const struct gw_ws_deflate *deflate,
                              const struct gw_http_response_head *head,
                              struct gw_ws_client_answer *answer, const char **why);

#endif
