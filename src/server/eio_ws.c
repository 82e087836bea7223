/* SPDX-License-Identifier: MIT */
#include "server/eio_ws.h"

#include "base/mem.h"
#include "codec/base64.h"
#include "net/postponed.h"
#include "server/ws_accept.h"
#include "ws/encoder.h"

enum { APART_KEEP_BYTES = 64 * 1024 /* of the buffer for those, between messages */ };

struct eio_ws {
    gw_ws ws;
    struct gw_eio_transport transport;
    struct gw_engine *engine;
    size_t begun_len; /* between begin and commit */
};

static struct eio_ws *eio_ws_of(struct gw_eio_transport *transport)
{
    return container_of(transport, struct eio_ws, transport);
}

static enum gw_ws_opcode opcode_of(bool is_binary)
{
    return is_binary ? GW_WS_BINARY : GW_WS_TEXT;
}

/* ---- packets out ---- */

static bool has_room(const struct eio_ws *ew, size_t len)
{
    uint64_t limit = ew->engine->eio.options.max_queued_bytes;
    uint64_t queued = gw_stream_queued_bytes(&ew->ws.wire->stream);

    return len <= limit && queued <= limit - len;
}

/* What begin_error will say. Whoever gives NULL without it has no memory. */
static __attribute__((cold, noinline)) uint8_t *refuse(const struct eio_ws *ew, int err)
{
    ew->engine->begin_error = err;
    return NULL;
}

static uint8_t *begin(struct gw_eio_transport *transport, bool is_binary, size_t len)
{
    struct eio_ws *ew = eio_ws_of(transport);

    if (!has_room(ew, len))
        return refuse(ew, GW_E_LIMIT);
    ew->begun_len = len;
    if (!gw_ws_can_send(&ew->ws))
        return refuse(ew, GW_E_CLOSED);
    return gw_ws_reserve(&ew->ws, opcode_of(is_binary), len);
}

static int begin_error(const struct gw_eio_transport *transport)
{
    struct gw_engine *engine = container_of(transport, const struct eio_ws, transport)->engine;
    int err = engine->begin_error ? engine->begin_error : GW_E_NOMEM;

    engine->begin_error = 0;
    return err;
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
        message->ws_head_len =
            (uint8_t)gw_ws_encode_head(head, opcode_of(message->is_binary), body.len, NULL);
        memcpy(place - message->ws_head_len, head, message->ws_head_len);
    }
    return gw_ws_send_blob(
        &ew->ws, message->blob,
        (struct gw_slice){place - message->ws_head_len, message->ws_head_len + body.len});
}

static bool is_writable(const struct gw_eio_transport *transport)
{
    const struct eio_ws *ew = container_of(transport, const struct eio_ws, transport);

    return gw_ws_can_send(&ew->ws) && !gw_stream_is_blocked(&ew->ws.wire->stream);
}

static uint64_t queued_bytes(const struct gw_eio_transport *transport)
{
    const struct eio_ws *ew = container_of(transport, const struct eio_ws, transport);

    return gw_stream_queued_bytes(&ew->ws.wire->stream);
}

static bool send_now(struct gw_eio_transport *transport)
{
    return gw_stream_send_now(&eio_ws_of(transport)->ws.wire->stream);
}

static void postpone(struct gw_eio_transport *transport)
{
    gw_postponed_add(&eio_ws_of(transport)->ws.wire->stream);
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
    .begin_error = begin_error,
    .send = send_message,
    .send_now = send_now,
    .postpone = postpone,
    .is_writable = is_writable,
    .queued_bytes = queued_bytes,
    .close = close_transport,
};

/* ---- compressed packets out ---- */

/* A message that will be compressed is written apart first. Also an empty one has a place. */
static uint8_t *begin_apart(struct eio_ws *ew, bool is_binary, size_t len)
{
    struct gw_buf *apart = &ew->engine->apart;
    uint8_t *place;

    gw_buf_reset(apart);
    if (!gw_ws_can_send(&ew->ws))
        return refuse(ew, GW_E_CLOSED);
    if (gw_buf_reserve(apart, len + 1, &place) < 0)
        return NULL;
    gw_buf_commit(apart, len);
    ew->engine->apart_opcode = opcode_of(is_binary);
    return place;
}

static void end_apart(struct gw_engine *engine)
{
    engine->apart_opcode = GW_WS_CONTINUATION;
    if (engine->apart.cap > APART_KEEP_BYTES)
        gw_buf_dispose(&engine->apart);
}

static uint8_t *begin_packed(struct gw_eio_transport *transport, bool is_binary, size_t len)
{
    struct eio_ws *ew = eio_ws_of(transport);

    if (!gw_ws_compression_wants(ew->ws.compression, len))
        return begin(transport, is_binary, len);
    return has_room(ew, len) ? begin_apart(ew, is_binary, len) : refuse(ew, GW_E_LIMIT);
}

static void commit_packed(struct gw_eio_transport *transport)
{
    struct eio_ws *ew = eio_ws_of(transport);
    struct gw_engine *engine = ew->engine;

    if (engine->apart_opcode == GW_WS_CONTINUATION) {
        commit(transport);
        return;
    }
    gw_ws_send_message(&ew->ws, engine->apart_opcode, gw_buf_slice(&engine->apart));
    end_apart(engine);
}

/* A whole frame. NULL: it would not be shorter, or there is no memory for it. */
static struct gw_blob *deflate(struct eio_ws *ew, const struct gw_eio_message *message)
{
    struct gw_slice packed;
    uint8_t head[GW_WS_HEAD_MAX];
    size_t head_len;
    struct gw_blob *frame;

    if (gw_ws_compression_pack_for_all(ew->ws.compression, gw_eio_message_frame_body(message),
                                       &packed) != GW_OK)
        return NULL;
    head_len = gw_ws_encode_head(head, opcode_of(message->is_binary), packed.len, NULL);
    head[0] |= GW_WS_RSV1 << 4;
    frame = gw_blob_create(head_len + packed.len);
    if (!frame)
        return NULL;
    memcpy(frame->bytes, head, head_len);
    memcpy(frame->bytes + head_len, packed.ptr, packed.len);
    return frame;
}

/* The compressed form is made for the first who needs it. Where there is none, the message goes
 * bare to all. */
static void make_deflated(struct eio_ws *ew, struct gw_eio_message *message)
{
    message->deflated = deflate(ew, message);
    message->is_compress_wanted = message->deflated != NULL;
    gw_ws_compression_release(ew->ws.compression);
}

static int send_packed(struct gw_eio_transport *transport, struct gw_eio_message *message)
{
    struct eio_ws *ew = eio_ws_of(transport);
    struct gw_slice body = gw_eio_message_frame_body(message);
    int err;

    if (!message->is_compress_wanted || !gw_ws_compression_wants(ew->ws.compression, body.len))
        return send_message(transport, message);
    if (!has_room(ew, body.len))
        return GW_E_LIMIT;
    /* A client that has asked for another window gets a form of its own. */
    if (!gw_ws_compression_is_alike(ew->ws.compression, &ew->engine->deflate_form))
        return gw_ws_send_message(&ew->ws, opcode_of(message->is_binary), body);
    if (!message->deflated)
        make_deflated(ew, message);
    if (!message->deflated)
        return send_message(transport, message);
    err = gw_ws_send_blob(&ew->ws, message->deflated,
                          (struct gw_slice){message->deflated->bytes, message->deflated->len});
    if (err == GW_OK)
        gw_ws_compression_learn(ew->ws.compression, body);
    return err;
}

/* Those of a connection that has agreed on compression; the others do not even ask. */
static const struct gw_eio_transport_ops packed_ops = {
    .kind = GW_EIO_WEBSOCKET,
    .is_stream = true,
    .begin = begin_packed,
    .commit = commit_packed,
    .begin_error = begin_error,
    .send = send_packed,
    .send_now = send_now,
    .postpone = postpone,
    .is_writable = is_writable,
    .queued_bytes = queued_bytes,
    .close = close_transport,
};

/* ---- packets out to a client that asked for text alone (`b64`) ---- */

static uint8_t *begin_base64(struct gw_eio_transport *transport, bool is_binary, size_t len)
{
    struct eio_ws *ew = eio_ws_of(transport);

    if (!is_binary)
        return ew->ws.compression ? begin_packed(transport, false, len)
                                  : begin(transport, false, len);
    return has_room(ew, 1 + gw_base64_encoded_len(len)) ? begin_apart(ew, true, len)
                                                        : refuse(ew, GW_E_LIMIT);
}

static void commit_base64(struct gw_eio_transport *transport)
{
    struct eio_ws *ew = eio_ws_of(transport);
    struct gw_engine *engine = ew->engine;
    struct gw_slice bytes = gw_buf_slice(&engine->apart);
    size_t len = 1 + gw_base64_encoded_len(bytes.len);
    struct gw_buf text;
    uint8_t *place;

    if (engine->apart_opcode != GW_WS_BINARY) {
        commit_packed(transport);
        return;
    }
    gw_buf_init(&text, len);
    if (gw_buf_reserve(&text, len, &place) == GW_OK) {
        place[0] = 'b';
        gw_base64_encode(place + 1, bytes);
        gw_ws_send_message(&ew->ws, GW_WS_TEXT, (struct gw_slice){place, len});
    } else {
        gw_wire_close(ew->ws.wire);
    }
    gw_buf_dispose(&text);
    end_apart(engine);
}

static int send_base64(struct gw_eio_transport *transport, struct gw_eio_message *message)
{
    struct eio_ws *ew = eio_ws_of(transport);
    struct gw_slice text;

    if (!message->is_binary)
        return ew->ws.compression ? send_packed(transport, message)
                                  : send_message(transport, message);
    text = gw_eio_message_text(message);
    if (!text.ptr)
        return GW_E_NOMEM;
    return has_room(ew, text.len) ? gw_ws_send_message(&ew->ws, GW_WS_TEXT, text) : GW_E_LIMIT;
}

static const struct gw_eio_transport_ops base64_ops = {
    .kind = GW_EIO_WEBSOCKET,
    .is_stream = true,
    .begin = begin_base64,
    .commit = commit_base64,
    .begin_error = begin_error,
    .send = send_base64,
    .send_now = send_now,
    .postpone = postpone,
    .is_writable = is_writable,
    .queued_bytes = queued_bytes,
    .close = close_transport,
};

/* ---- messages in ---- */

static void on_message(gw_ws *ws, struct gw_slice data, bool is_binary)
{
    struct eio_ws *ew = container_of(ws, struct eio_ws, ws);
    struct gw_eio_session *session = ew->transport.session;
    uint64_t now_ms = gw_engine_now_ms(ew->engine);

    if (!session)
        return;
    if (is_binary)
        gw_eio_session_receive_binary(session, &ew->transport, data, now_ms);
    else
        gw_eio_session_receive_text(session, &ew->transport, data, now_ms);
}

static enum gw_cause cause_of(const gw_ws *ws, bool was_clean)
{
    if (!gw_ws_why(ws))
        return was_clean ? GW_CAUSE_CLIENT_CLOSED : GW_CAUSE_CONNECTION_BROKE;
    return gw_ws_decoder_close_code(&ws->decoder) == GW_WS_CLOSE_TOO_BIG ? GW_CAUSE_MESSAGE_TOO_LONG
                                                                         : GW_CAUSE_BAD_FRAME;
}

static void on_close(gw_ws *ws, uint16_t code, struct gw_slice reason, bool was_clean)
{
    struct eio_ws *ew = container_of(ws, struct eio_ws, ws);
    const char *why = gw_ws_why(ws);

    (void)code;
    (void)reason;
    if (!ew->transport.session)
        return;
    if (ew->transport.session->transport == &ew->transport)
        gw_eio_session_blame(ew->transport.session, cause_of(ws, was_clean));
    gw_eio_session_transport_closed(ew->transport.session, &ew->transport,
                                    why ? GW_EIO_TRANSPORT_ERROR : GW_EIO_TRANSPORT_CLOSE, why);
}

static void on_drain(gw_ws *ws)
{
    struct eio_ws *ew = container_of(ws, struct eio_ws, ws);

    if (ew->transport.session && ew->transport.session->transport == &ew->transport)
        gw_eio_session_drained(ew->transport.session);
}

const struct gw_ws_sink gw_eio_ws_sink = {
    .on_message = on_message,
    .on_drain = on_drain,
    .on_close = on_close,
};

/* ---- the handshake ---- */

static void refuse_session(struct eio_ws *ew)
{
    gw_engine_log_refusal(ew->engine);
    close_transport(&ew->transport, GW_EIO_CLOSE_BY_SERVER, NULL);
}

static void open_session(struct eio_ws *ew, struct gw_exchange *exchange,
                         enum gw_eio_revision revision, const char sid[static GW_ID_LEN])
{
    struct gw_engine *engine = ew->engine;
    struct gw_eio_session *session = gw_eio_engine_open_as(&engine->eio, revision, &ew->transport,
                                                           sid, gw_engine_now_ms(engine));

    if (session)
        gw_engine_welcome(engine, session, exchange);
    else
        refuse_session(ew);
}

static void join_session(struct eio_ws *ew, struct gw_eio_session *session)
{
    if (gw_eio_session_attach(session, &ew->transport, gw_engine_now_ms(ew->engine)) < 0)
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

/* The 101 is queued, the peer not heard yet. */
static void begin_transport(struct eio_ws *ew, struct gw_exchange *exchange,
                            const struct gw_eio_check *check, const char *sid)
{
    if (check->wants_base64)
        ew->transport.ops = &base64_ops;
    else if (ew->ws.compression)
        ew->transport.ops = &packed_ops;
    if (check->action == GW_EIO_ACTION_HANDSHAKE)
        open_session(ew, exchange, check->revision, sid);
    else if (check->action == GW_EIO_ACTION_UPGRADE)
        join_session(ew, check->session);
    else
        close_transport(&ew->transport, GW_EIO_CLOSE_BY_SERVER, NULL);
}

static void destroy(struct eio_ws *ew)
{
    gw_ws_dispose(&ew->ws);
    gw_mem_free(ew);
}

/* The session begins before the phase changes, because the request is gone after that
 * if it had to wait for a hook. */
static void start(struct eio_ws *ew, struct gw_exchange *exchange, const struct gw_eio_check *check,
                  const struct gw_ws_handshake *handshake, const char *sid)
{
    struct gw_wire *wire = &exchange->conn->wire;
    bool is_closing;

    if (gw_ws_send_acceptance(exchange, handshake, first_protocol(exchange), &ew->ws) < 0) {
        gw_mem_free(ew);
        return;
    }
    begin_transport(ew, exchange, check, sid);
    is_closing = !gw_ws_can_send(&ew->ws);
    if (gw_exchange_upgrade(exchange, (struct gw_slice){0}, &gw_ws_phase, &ew->ws) < 0)
        destroy(ew);
    else if (is_closing) /* the new phase has stopped the clock of the close handshake */
        gw_wire_set_deadline(wire, ew->engine->ws_setup.close_timeout_ms);
}

void gw_eio_ws_serve(struct gw_engine *engine, struct gw_exchange *exchange,
                     const struct gw_eio_check *check, const char *sid)
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
    gw_ws_init(&ew->ws, &exchange->conn->wire, &engine->ws_setup);
    ew->transport.ops = &ops;
    ew->engine = engine;
    gw_engine_tell_headers(engine, exchange, check->action == GW_EIO_ACTION_HANDSHAKE);
    start(ew, exchange, check, &handshake, sid);
}
