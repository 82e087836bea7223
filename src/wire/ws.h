/* SPDX-License-Identifier: MIT */
/* WebSocket on a wire, for both roles: frames in and out, pings, the closing handshake. Who gets
 * the messages is a sink: the application (wire/ws_socket.c) or an Engine.IO transport. */
#ifndef GW_WIRE_WS_H
#define GW_WIRE_WS_H

#include "base/blob.h"
#include "wire/wire.h"
#include "ws/close.h"
#include "ws/decoder.h"

#include <godwit/ws.h>

/* Any entry may be NULL, and any may do anything. */
struct gw_ws_sink {
    void (*on_message)(gw_ws *ws, struct gw_slice data, bool is_binary);
    void (*on_drain)(gw_ws *ws);
    /* The wire's deadline has come while messages may be sent: it is the sink's own. */
    void (*on_deadline)(gw_ws *ws);
    /* The connection is over for both sides; exactly once. code and was_clean as a browser shows
     * them. After a failure (gw_ws_why) reason tells the rule that the peer broke. */
    void (*on_close)(gw_ws *ws, uint16_t code, struct gw_slice reason, bool was_clean);
};

/* A pong that the kernel would not take: only the latest is owed (RFC 6455 5.5.3). */
struct gw_ws_owed_pong {
    uint8_t len;
    uint8_t bytes[GW_WS_CONTROL_MAX];
};

/* Shared by all connections of an endpoint. */
struct gw_ws_setup {
    const struct gw_ws_sink *sink;
    struct gw_ws_decoder_options decoder;
    uint64_t close_timeout_ms; /* waiting for the peer's close frame */
    /* What to agree on, from gw_ws_deflate_fill; NULL: no compression. */
    const struct gw_ws_deflate *deflate;
};

/* Stands first in the object of whoever owns it. */
struct gw_ws {
    struct gw_wire *wire;
    const struct gw_ws_setup *setup;
    struct gw_ws_decoder decoder;
    struct gw_ws_closing closing;
    bool is_closed; /* on_close has been called */
    bool is_failed; /* by the peer's fault */
    bool is_paused; /* reading is: ws_pause.h */
    bool is_held;   /* bytes are not to be looked at: paused, or earlier ones still wait */
    /* When bytes came last, or since when we listen; the low half of the loop's clock. */
    uint32_t heard_ms;
    struct gw_ws_owed_pong *pong;
    struct gw_ws_compression *compression; /* NULL: permessage-deflate was not agreed on */
    struct gw_ws_unread *unread;           /* read, but not looked at; NULL: none */
};

/* ws is zeroed, setup outlives it. From now on the wire's events are told with the calls below. */
void gw_ws_init(gw_ws *ws, struct gw_wire *wire, const struct gw_ws_setup *setup);
/* permessage-deflate was agreed on: right after gw_ws_init, with
 * setup->deflate. 0 or GW_E_NOMEM. */
int gw_ws_start_deflate(gw_ws *ws, const struct gw_ws_deflate_params *params);
/* Takes it back, where gw_ws_dispose would be too much: the handshake came to nothing. */
void gw_ws_stop_deflate(gw_ws *ws);
/* Gives back what ws holds, telling on_close if that has not been: once the stream has closed. */
void gw_ws_dispose(gw_ws *ws);

void gw_ws_on_bytes(gw_ws *ws, uint8_t *bytes, size_t len);
void gw_ws_on_end(gw_ws *ws);
void gw_ws_on_drain(gw_ws *ws);
void gw_ws_on_deadline(gw_ws *ws);

/* Sends one message (or ping), compressed where that was agreed on and makes it shorter. 0,
 * GW_E_CLOSED, GW_E_NOMEM (the connection is cut then). */
int gw_ws_send_message(gw_ws *ws, enum gw_ws_opcode opcode, struct gw_slice data);
/* The same for who has asked gw_ws_can_send already. 0 or GW_E_NOMEM. */
int gw_ws_put_message(gw_ws *ws, enum gw_ws_opcode opcode, struct gw_slice data);
/* For who has asked, too: place for one message of len bytes, never compressed, its frame head
 * written in front; gw_ws_commit follows at once. NULL: no memory (the connection is cut then). */
uint8_t *gw_ws_reserve(gw_ws *ws, enum gw_ws_opcode opcode, size_t len);
void gw_ws_commit(gw_ws *ws, size_t len);
/* Sends frame, a whole frame that lies in blob; servers only. 0, GW_E_CLOSED, GW_E_NOMEM. */
int gw_ws_send_blob(gw_ws *ws, struct gw_blob *blob, struct gw_slice frame);

/* Sends a close frame (GW_WS_CLOSE_NONE: an empty one) and waits for the
 * peer's. 0, GW_E_ARG, GW_E_CLOSED. */
int gw_ws_start_close(gw_ws *ws, uint16_t code, struct gw_slice reason);
/* The rule that the peer broke, a literal; NULL: none. */
const char *gw_ws_why(const gw_ws *ws);

/* Whether messages may still be sent: no close frame was, and the wire takes output. */
static inline bool gw_ws_can_send(const gw_ws *ws)
{
    return gw_ws_closing_can_send(&ws->closing) && gw_wire_is_open(ws->wire);
}

#endif
