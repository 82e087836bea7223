/* SPDX-License-Identifier: MIT */
#include "server/eio_ws.h"

#include "base/mem.h"

#include "server/ws_accept.h"
#include "ws/encoder.h"

struct eio_ws {
    gw_ws ws;
    struct gw_eio_transport transport;
    struct gw_io_host *host;
    size_t begun_len; /* between begin and commit */
};

static struct eio_ws *eio_ws_of(struct gw_eio_transport *transport)
{
    return container_of(transport, struct eio_ws, transport);
}

/* ---- packets out ---- */

static bool has_room(const struct eio_ws *ew, size_t len)
{
    uint64_t limit = ew->host->engine.options.max_queued_bytes;
    uint64_t queued = gw_stream_queued_bytes(&ew->ws.wire->stream);

    return len <= limit && queued <= limit - len;
}

static uint8_t *begin(struct gw_eio_transport *transport, bool is_binary, size_t len)
{
    struct eio_ws *ew = eio_ws_of(transport);

    if (!has_room(ew, len))
        return NULL;
    ew->begun_len = len;
    return gw_ws_reserve(&ew->ws, is_binary ? GW_WS_BINARY : GW_WS_TEXT, len);
}

static void commit(struct gw_eio_transport *transport)
{
    struct eio_ws *ew = eio_ws_of(transport);

    gw_ws_commit(&ew->ws, ew->begun_len);
}

/* The head goes into the message's headroom once, for all who receive it. */
static int send_message(struct gw_eio_transport *transport, struct gw_eio_message *message)
{
    struct eio_ws *ew = eio_ws_of(transport);
    struct gw_slice body = gw_eio_message_frame_body(message);
    uint8_t *place = message->blob->bytes + GW_EIO_HEADROOM;
    uint8_t head[GW_WS_HEAD_MAX];

    if (!has_room(ew, body.len))
        return GW_E_LIMIT;
    if (message->ws_head_len == 0) {
        message->ws_head_len = (uint8_t)gw_ws_encode_head(
            head, message->is_binary ? GW_WS_BINARY : GW_WS_TEXT, body.len, NULL);
        memcpy(place - message->ws_head_len, head, message->ws_head_len);
    }
    return gw_ws_send_blob(
        &ew->ws, message->blob,
        (struct gw_slice){place - message->ws_head_len, message->ws_head_len + body.len});
}

static bool is_writable(const struct gw_eio_transport *transport)
{
    const struct gw_ws *ws =
        &((const struct eio_ws *)(const void *)((const char *)transport -
                                                offsetof(struct eio_ws, transport)))
             ->ws;

    return gw_ws_can_send(ws) && !gw_stream_is_blocked(&ws->wire->stream);
}

static void close_transport(struct gw_eio_transport *transport, enum gw_eio_close_how how,
                            struct gw_eio_queue *queue)
{
    (void)how;
    (void)queue;
    gw_ws_start_close(&eio_ws_of(transport)->ws, GW_WS_CLOSE_NONE, (struct gw_slice){0});
}

static const struct gw_eio_transport_ops ops = {
    .kind = GW_EIO_WEBSOCKET,
    .is_stream = true,
    .begin = begin,
    .commit = commit,
    .send = send_message,
    .is_writable = is_writable,
    .close = close_transport,
};

/* ---- messages in ---- */

static void on_message(gw_ws *ws, struct gw_slice data, bool is_binary)
{
    struct eio_ws *ew = container_of(ws, struct eio_ws, ws);
    struct gw_eio_session *session = ew->transport.session;
    uint64_t now_ms = gw_io_host_now_ms(ew->host);

    if (!session)
        return;
    if (is_binary)
        gw_eio_session_receive_binary(session, &ew->transport, data, now_ms);
    else
        gw_eio_session_receive_text(session, &ew->transport, data, now_ms);
}

static void on_close(gw_ws *ws, uint16_t code, struct gw_slice reason, bool was_clean)
{
    struct eio_ws *ew = container_of(ws, struct eio_ws, ws);
    const char *why = gw_ws_why(ws);

    (void)code;
    (void)reason;
    (void)was_clean;
    if (!ew->transport.session)
        return;
    gw_eio_session_transport_closed(ew->transport.session, &ew->transport,
                                    why ? GW_EIO_TRANSPORT_ERROR : GW_EIO_TRANSPORT_CLOSE, why);
}

const struct gw_ws_sink gw_eio_ws_sink = {
    .on_message = on_message,
    .on_close = on_close,
};

/* ---- the handshake ---- */

static void open_session(struct eio_ws *ew, const struct gw_exchange *exchange,
                         enum gw_eio_revision revision)
{
    struct gw_io_host *host = ew->host;
    struct gw_eio_session *session =
        gw_eio_engine_open(&host->engine, revision, &ew->transport, gw_io_host_now_ms(host));

    if (session)
        gw_io_host_welcome(host, session, exchange);
    else
        close_transport(&ew->transport, GW_EIO_CLOSE_BY_SERVER, NULL);
}

static void join_session(struct eio_ws *ew, struct gw_eio_session *session)
{
    if (gw_eio_session_attach(session, &ew->transport, gw_io_host_now_ms(ew->host)) < 0)
        close_transport(&ew->transport, GW_EIO_CLOSE_BY_SERVER, NULL);
}

/* The genuine server takes whatever the client offers first. */
static struct gw_slice first_protocol(const struct gw_exchange *exchange)
{
    struct gw_ws_offers offers;
    struct gw_slice protocol = {0};

    gw_ws_handshake_subprotocols(exchange->request, &offers);
    if (gw_ws_offers_next_token(&offers, &protocol) <= 0)
        return (struct gw_slice){0};
    return protocol;
}

void gw_eio_ws_serve(struct gw_io_host *host, struct gw_exchange *exchange,
                     const struct gw_eio_check *check)
{
    struct gw_ws_handshake handshake;
    struct eio_ws *ew;

    if (!gw_ws_check(exchange, &handshake))
        return;
    ew = gw_mem_zalloc(sizeof(*ew));
    if (!ew) {
        gw_exchange_drop(exchange);
        return;
    }
    gw_ws_init(&ew->ws, &exchange->conn->wire, &host->ws_setup);
    ew->transport.ops = &ops;
    ew->host = host;
    if (gw_ws_accept(exchange, &handshake, first_protocol(exchange), &ew->ws) < 0)
        gw_mem_free(ew);
    else if (check->action == GW_EIO_ACTION_HANDSHAKE)
        open_session(ew, exchange, check->revision);
    else if (check->action == GW_EIO_ACTION_UPGRADE)
        join_session(ew, check->session);
    else
        close_transport(&ew->transport, GW_EIO_CLOSE_BY_SERVER, NULL);
}
