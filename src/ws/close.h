/* SPDX-License-Identifier: MIT */
/* Close codes and the closing handshake as a value: who said what, and what may still be said
 * (RFC 6455 7).
 *
 * Which code we send for which fault of the peer (gw_ws_decoder_close_code):
 *   1002  framing: reserved bit or opcode, wrong masking, length not in its shortest form, control
 *         frame fragmented or longer than 125, continuation of nothing, new message inside a
 *         message, close frame of one byte or with a code that must not be sent
 *   1007  text or the reason of a close frame is not UTF-8
 *   1008  more fragments in a message than allowed
 *   1009  message longer than allowed
 *   1011  our memory has run out
 * An empty close frame (no code) is sent by Engine.IO when it closes a session. */
#ifndef GW_WS_CLOSE_H
#define GW_WS_CLOSE_H

#include <godwit/base.h>

enum gw_ws_close_code {
    GW_WS_CLOSE_NORMAL = 1000,
    GW_WS_CLOSE_GOING_AWAY = 1001,
    GW_WS_CLOSE_PROTOCOL = 1002,
    GW_WS_CLOSE_UNSUPPORTED = 1003,
    GW_WS_CLOSE_NONE = 1005,     /* never on the wire: the close frame had no code */
    GW_WS_CLOSE_ABNORMAL = 1006, /* never on the wire: the connection ended without a close frame */
    GW_WS_CLOSE_BAD_DATA = 1007,
    GW_WS_CLOSE_POLICY = 1008,
    GW_WS_CLOSE_TOO_BIG = 1009,
    GW_WS_CLOSE_EXTENSION = 1010,
    GW_WS_CLOSE_INTERNAL = 1011,
    GW_WS_CLOSE_RESTART = 1012,
    GW_WS_CLOSE_TRY_LATER = 1013,
    GW_WS_CLOSE_BAD_GATEWAY = 1014,
    GW_WS_CLOSE_TLS = 1015, /* never on the wire: the TLS handshake failed */
};

/* Longest reason of a close frame: its payload less the two bytes of the code. */
enum { GW_WS_REASON_MAX = 123 };

/* May this code stand in a close frame? 1000 to 1014 without 1004 (reserved), 1005 and 1006 (7.4.1,
 * and 1012 to 1014 of the IANA registry), 3000 to 4999 (7.4.2). */
bool gw_ws_close_code_is_valid(uint16_t code);

/* 6 bytes; all zero is an open connection. */
struct gw_ws_closing {
    /* private */
    uint16_t sent_code;     /* 0: we have sent no close frame; GW_WS_CLOSE_NONE: an empty one */
    uint16_t received_code; /* the same for the peer */
    bool is_failed;
};

void gw_ws_closing_init(struct gw_ws_closing *closing);

/* We want to close with code (GW_WS_CLOSE_NONE: an empty frame). true: send that close frame now,
 * then wait for the peer's. false: ours is out already. */
bool gw_ws_closing_start(struct gw_ws_closing *closing, uint16_t code);

/* The peer's close frame has come; code as in gw_ws_event.close_code. true: answer it with
 * a close frame of *reply_code (its own code echoed, 5.5.1). false: it was the answer to
 * ours, nothing is to be sent. */
bool gw_ws_closing_receive(struct gw_ws_closing *closing, uint16_t code, uint16_t *reply_code);

/* The connection fails (7.1.7) with code, gw_ws_decoder_close_code() mostly. true: send a close
 * frame with code. Either way nothing that comes in is read any more, and the connection ends when
 * what is queued has been sent. */
bool gw_ws_closing_fail(struct gw_ws_closing *closing, uint16_t code);

/* May messages and pings still be sent? Not after our close frame (5.5.1). */
bool gw_ws_closing_can_send(const struct gw_ws_closing *closing);
/* Must a ping be answered? Yes until the peer's close frame has come, even after ours (5.5.2). */
bool gw_ws_closing_can_pong(const struct gw_ws_closing *closing);
/* Are messages that come in still given to the application? Not once
 * either side has begun to close. */
bool gw_ws_closing_can_receive(const struct gw_ws_closing *closing);
/* Close frames went both ways, or the connection failed: a server ends the TCP connection now; a
 * client gives the server a while to do so (7.1.1). */
bool gw_ws_closing_is_done(const struct gw_ws_closing *closing);
/* What `wasClean` is to a browser: close frames went both ways. */
bool gw_ws_closing_is_clean(const struct gw_ws_closing *closing);
/* What `code` is to a browser: the code of the peer's close frame, GW_WS_CLOSE_NONE when it had
 * none, GW_WS_CLOSE_ABNORMAL when there was no such frame (7.1.5). */
uint16_t gw_ws_closing_code(const struct gw_ws_closing *closing);

#endif
