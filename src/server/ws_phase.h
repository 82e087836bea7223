/* SPDX-License-Identifier: MIT */
/* A connection that speaks WebSocket: frames in and out, pings, the closing handshake. Who gets the messages is a sink:
 * an endpoint of the application's (ws_endpoint.c) or an Engine.IO transport (eio_ws.c). */
#ifndef GW_SERVER_WS_PHASE_H
#define GW_SERVER_WS_PHASE_H

#include "base/buf.h"
#include "server/conn.h"
#include "ws/close.h"
#include "ws/decoder.h"

#include <godwit/ws.h>

/* Any entry may be NULL. All but on_closed may do anything. */
struct gw_ws_sink {
    void (*on_message)(gw_ws *ws, struct gw_slice data, bool is_binary);
    void (*on_drain)(gw_ws *ws);
    /* The connection is over for both sides; exactly once. code and was_clean as a browser shows them. After a failure
     * (gw_ws_why) reason tells the rule that the peer broke. */
    void (*on_close)(gw_ws *ws, uint16_t code, struct gw_slice reason, bool was_clean);
    /* The server stops. NULL: close with 1001. */
    void (*on_stop)(gw_ws *ws);
};

/* A pong that the kernel would not take: only the latest is owed (RFC 6455 5.5.3). */
struct gw_ws_owed_pong {
    uint8_t len;
    uint8_t bytes[GW_WS_CONTROL_MAX];
};

/* Stands first in the object of whoever owns the sink, which the phase frees as one block. */
struct gw_ws {
    struct gw_conn *conn;
    const struct gw_ws_sink *sink;
    struct gw_ws_decoder decoder;
    struct gw_ws_closing closing;
    bool is_closed;  /* on_close has been called */
    bool is_failing; /* by the peer's fault */
    struct gw_ws_owed_pong *pong;
    uint32_t close_timeout_ms;
};

/* Prepares ws, zeroed, for the phase. options outlive it. */
void gw_ws_init(gw_ws *ws, struct gw_conn *conn, const struct gw_ws_sink *sink,
                const struct gw_ws_decoder_options *options, uint64_t close_timeout_ms);
/* The phase whose state is a gw_ws. */
extern const struct gw_phase gw_ws_phase;

/* Place for one message of len bytes, its frame head written in front; gw_ws_commit follows at once. NULL: closing, or no
 * memory (the connection is cut then). */
uint8_t *gw_ws_reserve(gw_ws *ws, enum gw_ws_opcode opcode, size_t len);
void gw_ws_commit(gw_ws *ws, size_t len);
/* Sends frame, a whole frame that lies in blob. 0, GW_E_CLOSED, GW_E_NOMEM. */
int gw_ws_send_blob(gw_ws *ws, struct gw_blob *blob, struct gw_slice frame);

/* Sends a close frame (GW_WS_CLOSE_NONE: an empty one) and waits for the peer's. 0, GW_E_ARG, GW_E_CLOSED. */
int gw_ws_start_close(gw_ws *ws, uint16_t code, struct gw_slice reason);
/* The rule that the peer broke, a literal; NULL: none. */
const char *gw_ws_why(const gw_ws *ws);

static inline bool gw_ws_can_send(const gw_ws *ws)
{
    return gw_ws_closing_can_send(&ws->closing) && gw_conn_is_open(ws->conn);
}

#endif
