/* SPDX-License-Identifier: MIT */
#include "server/ws_accept.h"

#include "server/server.h"

bool gw_ws_check(struct gw_exchange *exchange, struct gw_ws_handshake *handshake)
{
    if (gw_ws_handshake_check(exchange->request, handshake) == GW_OK)
        return true;
    for (size_t i = 0; i < handshake->refusal_field_count; i++)
        gw_exchange_field(exchange, handshake->refusal_fields[i].name,
                          handshake->refusal_fields[i].value);
    /* What follows a refused handshake may be frames: it must not be read as requests. */
    gw_exchange_close_after(exchange);
    gw_exchange_refuse(exchange, handshake->status, handshake->why);
    return false;
}

/* The empty line comes last, behind what others want to say in the answer. */
static int append_lines(struct gw_buf *head, struct gw_slice lines)
{
    head->len -= 2;
    if (gw_buf_append(head, lines) < 0)
        return GW_E_NOMEM;
    return gw_buf_append(head, GW_LIT("\r\n"));
}

/* Agrees on compression when both ends want it. Without memory for it the connection goes
 * uncompressed. Returns the length of the answer. */
static size_t agree_on_deflate(const struct gw_exchange *exchange, gw_ws *ws,
                               uint8_t answer[static GW_WS_DEFLATE_TEXT_MAX])
{
    struct gw_ws_deflate_params params;

    if (!ws->setup->deflate ||
        !gw_ws_deflate_accept(ws->setup->deflate, exchange->request, &params) ||
        gw_ws_start_deflate(ws, &params) < 0)
        return 0;
    return gw_ws_deflate_encode_answer(answer, &params);
}

int gw_ws_send_acceptance(struct gw_exchange *exchange, const struct gw_ws_handshake *handshake,
                          struct gw_slice subprotocol, gw_ws *ws)
{
    struct gw_ws_acceptance acceptance = {.subprotocol = subprotocol};
    struct gw_buf *head = &exchange->conn->server->scratch;
    uint8_t deflate[GW_WS_DEFLATE_TEXT_MAX];
    int err;

    if (exchange->is_answered || !gw_conn_is_open(exchange->conn))
        return GW_E_CLOSED;
    acceptance.extensions = (struct gw_slice){deflate, agree_on_deflate(exchange, ws, deflate)};
    gw_buf_reset(head);
    err = gw_ws_handshake_accept(handshake, &acceptance, head);
    if (err == GW_OK)
        err = append_lines(head, gw_buf_slice(&exchange->lines));
    if (err == GW_OK)
        err = gw_stream_write(&exchange->conn->wire.stream, gw_buf_slice(head));
    if (err == GW_OK)
        return GW_OK;
    gw_exchange_drop(exchange);
    gw_ws_stop_deflate(ws);
    return err;
}

int gw_ws_accept(struct gw_exchange *exchange, const struct gw_ws_handshake *handshake,
                 struct gw_slice subprotocol, gw_ws *ws)
{
    int err = gw_ws_send_acceptance(exchange, handshake, subprotocol, ws);

    if (err < 0)
        return err;
    err = gw_exchange_upgrade(exchange, (struct gw_slice){0}, &gw_ws_phase, ws);
    if (err < 0)
        gw_ws_stop_deflate(ws);
    return err;
}
