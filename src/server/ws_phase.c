/* SPDX-License-Identifier: MIT */
#include "server/ws_phase.h"

#include "base/mem.h"
#include "server/server.h"
#include "ws/encoder.h"

enum {
    LINGER_MS = 2000, /* for the peer's FIN once both close frames are out (RFC 6455 7.1.1) */
};

static void tell_close(gw_ws *ws, struct gw_slice reason)
{
    if (ws->is_closed)
        return;
    ws->is_closed = true;
    if (ws->sink->on_close)
        ws->sink->on_close(ws, gw_ws_closing_code(&ws->closing), reason,
                           gw_ws_closing_is_clean(&ws->closing));
}

void gw_ws_init(gw_ws *ws, struct gw_conn *conn, const struct gw_ws_sink *sink,
                const struct gw_ws_decoder_options *options, uint64_t close_timeout_ms)
{
    ws->conn = conn;
    ws->sink = sink;
    ws->close_timeout_ms = close_timeout_ms < UINT32_MAX ? (uint32_t)close_timeout_ms : UINT32_MAX;
    gw_ws_decoder_init(&ws->decoder, options);
    gw_ws_closing_init(&ws->closing);
}

/* ---- output ---- */

uint8_t *gw_ws_reserve(gw_ws *ws, enum gw_ws_opcode opcode, size_t len)
{
    uint8_t *place;

    if (!gw_ws_can_send(ws))
        return NULL;
    place = gw_stream_reserve(&ws->conn->stream, GW_WS_HEAD_MAX + len);
    if (!place) {
        gw_conn_close(ws->conn);
        return NULL;
    }
    return place + gw_ws_encode_head(place, opcode, len, NULL);
}

void gw_ws_commit(gw_ws *ws, size_t len)
{
    gw_stream_commit(&ws->conn->stream, gw_ws_head_len(len) + len);
}

int gw_ws_send_blob(gw_ws *ws, struct gw_blob *blob, struct gw_slice frame)
{
    int err;

    if (!gw_ws_can_send(ws))
        return GW_E_CLOSED;
    err = gw_stream_write_blob(&ws->conn->stream, blob, frame);
    if (err == GW_E_NOMEM)
        gw_conn_close(ws->conn);
    return err;
}

static int send_control(gw_ws *ws, enum gw_ws_opcode opcode, struct gw_slice payload)
{
    uint8_t frame[GW_WS_HEAD_MAX + GW_WS_CONTROL_MAX];
    int len = gw_ws_encode_control(frame, opcode, payload, NULL);
    int err = len;

    if (len > 0)
        err = gw_stream_write(&ws->conn->stream, (struct gw_slice){frame, (size_t)len});
    if (err == GW_E_NOMEM)
        gw_conn_close(ws->conn);
    return err < 0 ? err : GW_OK;
}

static int send_close(gw_ws *ws, uint16_t code, struct gw_slice reason)
{
    uint8_t payload[GW_WS_CONTROL_MAX];
    int len = gw_ws_encode_close(payload, code, reason);

    if (len < 0)
        return len;
    return send_control(ws, GW_WS_CLOSE, (struct gw_slice){payload, (size_t)len});
}

int gw_ws_start_close(gw_ws *ws, uint16_t code, struct gw_slice reason)
{
    uint8_t unused[GW_WS_CONTROL_MAX];

    if (gw_ws_encode_close(unused, code, reason) < 0)
        return GW_E_ARG;
    if (!gw_conn_is_open(ws->conn) || !gw_ws_closing_start(&ws->closing, code))
        return GW_E_CLOSED;
    send_close(ws, code, reason);
    gw_conn_set_deadline(ws->conn, ws->close_timeout_ms);
    return GW_OK;
}

const char *gw_ws_why(const gw_ws *ws)
{
    return ws->is_failing ? gw_ws_decoder_why(&ws->decoder) : NULL;
}

/* ---- input ---- */

static void on_ping(gw_ws *ws, struct gw_slice data)
{
    if (!gw_ws_closing_can_pong(&ws->closing))
        return;
    if (!gw_stream_is_blocked(&ws->conn->stream)) {
        send_control(ws, GW_WS_PONG, data);
        return;
    }
    if (!ws->pong)
        ws->pong = gw_mem_alloc(sizeof(*ws->pong));
    if (!ws->pong)
        return; /* the peer pings again */
    ws->pong->len = (uint8_t)data.len;
    memcpy(ws->pong->bytes, data.ptr, data.len);
}

static void on_close_frame(gw_ws *ws, const struct gw_ws_event *event)
{
    uint16_t reply;

    if (gw_ws_closing_receive(&ws->closing, event->close_code, &reply))
        send_close(ws, reply, event->data);
    tell_close(ws, event->data);
    gw_conn_finish(ws->conn, LINGER_MS);
}

static void on_fault(gw_ws *ws)
{
    uint16_t code = gw_ws_decoder_close_code(&ws->decoder);

    ws->is_failing = true;
    gw_log_write(&ws->conn->server->log, GW_LOG_DEBUG, "websocket_failed code=%u why=\"%s\"", code,
                 gw_ws_decoder_why(&ws->decoder));
    if (gw_ws_closing_fail(&ws->closing, code))
        send_close(ws, code, (struct gw_slice){0});
    tell_close(ws, gw_slice_of(gw_ws_decoder_why(&ws->decoder)));
    gw_conn_finish(ws->conn, LINGER_MS);
}

static void on_event(gw_ws *ws, const struct gw_ws_event *event)
{
    switch (event->type) {
    case GW_WS_EVENT_MESSAGE:
        if (gw_ws_closing_can_receive(&ws->closing) && ws->sink->on_message)
            ws->sink->on_message(ws, event->data, event->is_binary);
        break;
    case GW_WS_EVENT_PING:
        on_ping(ws, event->data);
        break;
    case GW_WS_EVENT_PONG:
        break;
    case GW_WS_EVENT_CLOSE:
        on_close_frame(ws, event);
        break;
    }
}

static void on_bytes(struct gw_conn *conn, uint8_t *bytes, size_t len)
{
    gw_ws *ws = conn->state;
    struct gw_ws_event event;
    int result;

    while ((result = gw_ws_decoder_next(&ws->decoder, &bytes, &len, &event)) > 0) {
        on_event(ws, &event);
        if (!gw_conn_is_open(conn))
            return;
    }
    if (result < 0)
        on_fault(ws);
}

/* ---- the rest of its life ---- */

static void on_drain(struct gw_conn *conn)
{
    gw_ws *ws = conn->state;

    if (ws->pong && gw_ws_closing_can_pong(&ws->closing))
        send_control(ws, GW_WS_PONG, (struct gw_slice){ws->pong->bytes, ws->pong->len});
    gw_mem_free(ws->pong);
    ws->pong = NULL;
    if (ws->sink->on_drain)
        ws->sink->on_drain(ws);
}

/* TCP ended without a close frame: nothing that we could still send would be understood. */
static void on_end(struct gw_conn *conn)
{
    tell_close(conn->state, (struct gw_slice){0});
    gw_conn_close(conn);
}

static void on_stop(struct gw_conn *conn)
{
    gw_ws *ws = conn->state;

    if (ws->sink->on_stop)
        ws->sink->on_stop(ws);
    else
        gw_ws_start_close(ws, GW_WS_CLOSE_GOING_AWAY, (struct gw_slice){0});
}

static void on_closed(struct gw_conn *conn)
{
    gw_ws *ws = conn->state;

    tell_close(ws, (struct gw_slice){0});
    gw_ws_decoder_dispose(&ws->decoder);
    gw_mem_free(ws->pong);
    gw_mem_free(ws);
}

const struct gw_phase gw_ws_phase = {
    .on_bytes = on_bytes,
    .on_end = on_end,
    .on_drain = on_drain,
    .on_stop = on_stop,
    .on_closed = on_closed,
};
