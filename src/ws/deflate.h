/* SPDX-License-Identifier: MIT */
/* How two ends agree on permessage-deflate (RFC 7692 5 to 7.1): the server's choice
 * among offers, the client's offer and its judgement of the answer. What they agreed on
 * is then done by ws/compression.h. */
#ifndef GW_WS_DEFLATE_H
#define GW_WS_DEFLATE_H

#include "http/request.h"
#include "ws/offer.h"

#include <godwit/ws.h>

/* The four parameters of an answer (7.1). */
struct gw_ws_deflate_params {
    bool server_no_context_takeover;
    bool client_no_context_takeover;
    uint8_t server_max_window_bits; /* 8 to 15; 0: not said, which allows 15 */
    uint8_t client_max_window_bits;
};

/* Longest text of an offer or answer, and more. */
enum { GW_WS_DEFLATE_TEXT_MAX = 160 };

/* Copies options with defaults in place of zeros. GW_E_ARG: a number is out of its range. */
int gw_ws_deflate_fill(struct gw_ws_deflate *filled, const struct gw_ws_deflate *options);

/* ---- the server ---- */

/* Takes the first offer for this extension that can be met. An offer that is malformed by 7.1, or
 * asks for what we cannot do (server_max_window_bits=8), is passed over. false: none was taken, the
 * connection goes without. options come from gw_ws_deflate_fill; request's extensions are
 * well-formed by gw_ws_handshake_check(). */
bool gw_ws_deflate_accept(const struct gw_ws_deflate *options,
                          const struct gw_http_request *request,
                          struct gw_ws_deflate_params *params);

/* The value of Sec-WebSocket-Extensions that says so. Returns its length. */
size_t gw_ws_deflate_encode_answer(uint8_t out[static GW_WS_DEFLATE_TEXT_MAX],
                                   const struct gw_ws_deflate_params *params);

/* ---- the client ---- */

/* The value of Sec-WebSocket-Extensions of a request. Returns its length. */
size_t gw_ws_deflate_encode_offer(uint8_t out[static GW_WS_DEFLATE_TEXT_MAX],
                                  const struct gw_ws_deflate *options);

/* Holds the extensions of the server's answer against what was offered; options NULL: nothing was.
 * 1: agreed, *params is filled; 0: the server went without; GW_E_PROTO: the connection must fail
 * (RFC 6455 9.1, RFC 7692 7.1), and *why, a literal, says for which rule. */
int gw_ws_deflate_check_answer(const struct gw_ws_deflate *options,
                               const struct gw_http_field *fields, size_t field_count,
                               struct gw_ws_deflate_params *params, const char **why);

#endif
