/* SPDX-License-Identifier: MIT */
#include "wire/ws.h"

#include "base/mem.h"
#include "net/random.h"
#include "wire/ws_pause.h"
#include "wire/ws_pool.h"
#include "ws/encoder.h"
#include "ws/mask.h"

#include <assert.h>

enum {
    MASK_LEN = 4,
    LINGER_MS = 2000, /* for the peer's FIN once both close frames are out (RFC 6455 7.1.1) */
};

static void tell_close(gw_ws *ws, struct gw_slice reason)
{
    if (ws->is_closed)
        return;
    ws->is_closed = true;
    if (ws->setup->sink->on_close)
        ws->setup->sink->on_close(ws, gw_ws_closing_code(&ws->closing), reason,
                                  gw_ws_closing_is_clean(&ws->closing));
}

void gw_ws_init(gw_ws *ws, struct gw_wire *wire, const struct gw_ws_setup *setup)
{
    ws->wire = wire;
    ws->setup = setup;
    gw_ws_decoder_init(&ws->decoder, &setup->decoder);
    gw_ws_closing_init(&ws->closing);
    ws->heard_ms = (uint32_t)gw_loop_now_ms(wire->stream.loop);
}

int gw_ws_start_deflate(gw_ws *ws, const struct gw_ws_deflate_params *params)
{
    struct gw_ws_compression_pool *pool = gw_ws_pool_of(ws->wire->stream.loop);

    if (pool)
        ws->compression =
            gw_ws_compression_create(pool, ws->setup->decoder.role, ws->setup->deflate, params);
    if (!ws->compression)
        return GW_E_NOMEM;
    gw_ws_decoder_accept_rsv1(&ws->decoder);
    return GW_OK;
}

void gw_ws_stop_deflate(gw_ws *ws)
{
    gw_ws_compression_destroy(ws->compression);
    ws->compression = NULL;
}

/* ---- output ---- */

static bool is_client(const gw_ws *ws)
{
    return ws->setup->decoder.role == GW_WS_CLIENT;
}

/* A client masks each frame with a key that nobody can foresee (RFC 6455 5.3); a
 * server's frames are bare: NULL. */
static const uint8_t *fresh_mask(const gw_ws *ws, uint8_t key[static MASK_LEN])
{
    if (!is_client(ws))
        return NULL;
    gw_random_fill(key, MASK_LEN);
    return key;
}

/* Apart: a function with a key on its stack is guarded, which a
 * server's messages need not pay for. */
static __attribute__((noinline)) size_t put_masked_head(const gw_ws *ws, uint8_t *place,
                                                        enum gw_ws_opcode opcode, size_t len)
{
    uint8_t key[MASK_LEN];

    return gw_ws_encode_head(place, opcode, len, fresh_mask(ws, key));
}

/* Once it is known that we can send. */
static inline uint8_t *reserve(gw_ws *ws, enum gw_ws_opcode opcode, size_t len)
{
    uint8_t *place = gw_stream_reserve(&ws->wire->stream, GW_WS_HEAD_MAX + len);

    if (!place) {
        gw_wire_close(ws->wire);
        return NULL;
    }
    if (is_client(ws))
        return place + put_masked_head(ws, place, opcode, len);
    return place + gw_ws_encode_head(place, opcode, len, NULL);
}

uint8_t *gw_ws_reserve(gw_ws *ws, enum gw_ws_opcode opcode, size_t len)
{
    return reserve(ws, opcode, len);
}

static __attribute__((noinline)) void commit_masked(gw_ws *ws, size_t len)
{
    size_t head_len = gw_ws_head_len(len) + MASK_LEN;
    uint8_t *payload = gw_stream_reserved(&ws->wire->stream) + head_len;

    gw_ws_mask(payload, len, payload - MASK_LEN, 0);
    gw_stream_commit(&ws->wire->stream, head_len + len);
}

static inline void commit(gw_ws *ws, size_t len)
{
    if (is_client(ws))
        commit_masked(ws, len);
    else
        gw_stream_commit(&ws->wire->stream, gw_ws_head_len(len) + len);
}

void gw_ws_commit(gw_ws *ws, size_t len)
{
    commit(ws, len);
}

/* RSV1 marks the first frame of a compressed message (RFC 7692 6). */
static int send_packed(gw_ws *ws, enum gw_ws_opcode opcode, struct gw_slice packed)
{
    size_t head_len = gw_ws_head_len(packed.len) + (is_client(ws) ? MASK_LEN : 0);
    uint8_t *place = reserve(ws, opcode, packed.len);

    if (!place)
        return GW_E_NOMEM;
    *(place - head_len) |= GW_WS_RSV1 << 4;
    memcpy(place, packed.ptr, packed.len);
    gw_ws_commit(ws, packed.len);
    return GW_OK;
}

static int send_plain(gw_ws *ws, enum gw_ws_opcode opcode, struct gw_slice data)
{
    uint8_t *place = reserve(ws, opcode, data.len);

    if (!place)
        return GW_E_NOMEM;
    if (data.len > 0)
        memcpy(place, data.ptr, data.len);
    commit(ws, data.len);
    return GW_OK;
}

__attribute__((noinline)) static int try_packed(gw_ws *ws, enum gw_ws_opcode opcode,
                                                struct gw_slice data)
{
    struct gw_slice packed;
    int err;

    if (gw_ws_compression_pack(ws->compression, data, &packed) == GW_OK)
        err = send_packed(ws, opcode, packed);
    else
        err = send_plain(ws, opcode, data);
    gw_ws_compression_release(ws->compression);
    return err;
}

int gw_ws_put_message(gw_ws *ws, enum gw_ws_opcode opcode, struct gw_slice data)
{
    if (ws->compression && !gw_ws_opcode_is_control((uint8_t)opcode) &&
        gw_ws_compression_wants(ws->compression, data.len))
        return try_packed(ws, opcode, data);
    return send_plain(ws, opcode, data);
}

int gw_ws_send_message(gw_ws *ws, enum gw_ws_opcode opcode, struct gw_slice data)
{
    return gw_ws_can_send(ws) ? gw_ws_put_message(ws, opcode, data) : GW_E_CLOSED;
}

int gw_ws_send_blob(gw_ws *ws, struct gw_blob *blob, struct gw_slice frame)
{
    int err;

    assert(!is_client(ws)); /* who shares a frame cannot mask it */
    if (!gw_ws_can_send(ws))
        return GW_E_CLOSED;
    err = gw_stream_write_blob(&ws->wire->stream, blob, frame);
    if (err == GW_E_NOMEM)
        gw_wire_close(ws->wire);
    return err;
}

static int send_control(gw_ws *ws, enum gw_ws_opcode opcode, struct gw_slice payload)
{
    uint8_t frame[GW_WS_HEAD_MAX + GW_WS_CONTROL_MAX];
    uint8_t key[MASK_LEN];
    int len = gw_ws_encode_control(frame, opcode, payload, fresh_mask(ws, key));
    int err = len;

    if (len > 0)
        err = gw_stream_write(&ws->wire->stream, (struct gw_slice){frame, (size_t)len});
    if (err == GW_E_NOMEM)
        gw_wire_close(ws->wire);
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
    if (!gw_wire_is_open(ws->wire) || !gw_ws_closing_start(&ws->closing, code))
        return GW_E_CLOSED;
    send_close(ws, code, reason);
    gw_ws_resume_reading(ws); /* or the peer's close frame would not be seen */
    gw_wire_set_deadline(ws->wire, ws->setup->close_timeout_ms);
    return GW_OK;
}

const char *gw_ws_why(const gw_ws *ws)
{
    return ws->is_failed ? gw_ws_decoder_why(&ws->decoder) : NULL;
}

/* ---- input ---- */

static void on_ping(gw_ws *ws, struct gw_slice data)
{
    if (!gw_ws_closing_can_pong(&ws->closing))
        return;
    if (!gw_stream_is_blocked(&ws->wire->stream)) {
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
    /* The server ends TCP, so that the waiting of TIME_WAIT is its own; a client only
     * cuts one that does not (7.1.1). */
    if (is_client(ws))
        gw_wire_set_deadline(ws->wire, LINGER_MS);
    else
        gw_wire_finish(ws->wire, LINGER_MS);
}

static void on_fault(gw_ws *ws)
{
    uint16_t code = gw_ws_decoder_close_code(&ws->decoder);

    ws->is_failed = true;
    if (gw_ws_closing_fail(&ws->closing, code))
        send_close(ws, code, (struct gw_slice){0});
    tell_close(ws, gw_slice_of(gw_ws_decoder_why(&ws->decoder)));
    gw_wire_finish(ws->wire, LINGER_MS);
}

static inline void on_message(gw_ws *ws, const struct gw_ws_event *event)
{
    if (gw_ws_closing_can_receive(&ws->closing) && ws->setup->sink->on_message)
        ws->setup->sink->on_message(ws, event->data, event->is_binary);
}

/* Who closes hears no messages any more, so they are not looked into either. */
__attribute__((noinline)) static void on_packed_message(gw_ws *ws, struct gw_ws_event *event)
{
    struct gw_buf plain;

    if (!gw_ws_closing_can_receive(&ws->closing))
        return;
    gw_ws_compression_borrow(ws->compression, &plain);
    if (gw_ws_decoder_unpack(&ws->decoder, ws->compression, event, &plain) == GW_OK)
        on_message(ws, event);
    else
        on_fault(ws);
    gw_ws_compression_give_back(ws->compression, &plain);
}

static void on_event(gw_ws *ws, struct gw_ws_event *event)
{
    switch (event->type) {
    case GW_WS_EVENT_MESSAGE:
        if (event->is_compressed)
            on_packed_message(ws, event);
        else
            on_message(ws, event);
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

void gw_ws_on_bytes(gw_ws *ws, uint8_t *bytes, size_t len)
{
    struct gw_ws_event event;
    int result;

    ws->heard_ms = (uint32_t)ws->wire->stream.loop->now_ms;
    if (ws->is_held) {
        gw_ws_keep_unread(ws, bytes, len);
        return;
    }
    while ((result = gw_ws_decoder_next(&ws->decoder, &bytes, &len, &event)) > 0) {
        on_event(ws, &event);
        if (!gw_wire_is_open(ws->wire))
            return;
        if (ws->is_held && len > 0) {
            gw_ws_keep_unread(ws, bytes, len);
            return;
        }
    }
    if (result < 0)
        on_fault(ws);
}

/* ---- the rest of its life ---- */

void gw_ws_on_drain(gw_ws *ws)
{
    if (ws->pong && gw_ws_closing_can_pong(&ws->closing))
        send_control(ws, GW_WS_PONG, (struct gw_slice){ws->pong->bytes, ws->pong->len});
    gw_mem_free(ws->pong);
    ws->pong = NULL;
    if (!ws->is_closed && ws->setup->sink->on_drain)
        ws->setup->sink->on_drain(ws);
}

/* TCP ended without a close frame: nothing that we could still send would be understood. */
void gw_ws_on_end(gw_ws *ws)
{
    if (gw_ws_keep_end(ws))
        return;
    gw_wire_close(ws->wire);
    tell_close(ws, (struct gw_slice){0});
}

void gw_ws_on_deadline(gw_ws *ws)
{
    if (gw_ws_can_send(ws) && ws->setup->sink->on_deadline)
        ws->setup->sink->on_deadline(ws);
    else
        gw_wire_close(ws->wire);
}

void gw_ws_dispose(gw_ws *ws)
{
    gw_ws_drop_unread(ws);
    tell_close(ws, (struct gw_slice){0});
    gw_ws_decoder_dispose(&ws->decoder);
    gw_ws_stop_deflate(ws);
    gw_mem_free(ws->pong);
    ws->pong = NULL;
}
