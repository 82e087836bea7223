/* SPDX-License-Identifier: MIT */
/* Why a socket was disconnected: a gw_reason says it in the few words of the JavaScript server, a
 * gw_cause says which limit, which time-out, and on which side. */
#ifndef GODWIT_CAUSE_H
#define GODWIT_CAUSE_H

#include <godwit/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* name, text as the JavaScript server gives it */
#define GW_REASON_LIST(X)                                                                          \
    X(TRANSPORT_CLOSE, "transport close")                                                          \
    X(TRANSPORT_ERROR, "transport error")                                                          \
    X(PING_TIMEOUT, "ping timeout")                                                                \
    X(PARSE_ERROR, "parse error")                                                                  \
    X(FORCED_CLOSE, "forced close")                                                                \
    X(FORCED_SERVER_CLOSE, "forced server close")                                                  \
    X(CLIENT_NAMESPACE_DISCONNECT, "client namespace disconnect")                                  \
    X(SERVER_NAMESPACE_DISCONNECT, "server namespace disconnect")                                  \
    X(SERVER_SHUTTING_DOWN, "server shutting down")

enum gw_reason {
#define GW_REASON_ENUM(name, text) GW_REASON_##name,
    GW_REASON_LIST(GW_REASON_ENUM)
#undef GW_REASON_ENUM
};

/* "transport close" and so on; "unknown" for other numbers. Static string. */
GW_API const char *gw_reason_text(enum gw_reason reason);

/* name, side, the option of gw_io_options that set the limit or the time (or NULL), text */
#define GW_CAUSE_LIST(X)                                                                           \
    X(NONE, NOBODY, NULL, "it is not disconnected")                                                \
    X(CLIENT_LEFT, CLIENT, NULL, "the client left the namespace")                                  \
    X(CLIENT_CLOSED, CLIENT, NULL, "the client closed the connection")                             \
    X(CONNECTION_BROKE, NETWORK, NULL, "the connection broke")                                     \
    X(PING_TIMEOUT, NETWORK, "ping_timeout_ms", "a ping was not answered in time")                 \
    X(CONNECT_TIMEOUT, CLIENT, "connect_timeout_ms", "no namespace was joined in time")            \
    X(CROWDED_OUT, CLIENT, "max_joining_sessions", "others came, and no namespace was joined yet") \
    X(ATTACHMENT_TIMEOUT, CLIENT, "attachment_timeout_ms", "an attachment did not come in time")   \
    X(MESSAGE_TOO_LONG, CLIENT, "max_payload_bytes", "a message was too long")                     \
    X(PACKET_TOO_LONG, CLIENT, "max_packet_bytes", "the attachments of a packet were too long")    \
    X(TOO_MANY_ATTACHMENTS, CLIENT, "max_attachments", "a packet had too many attachments")        \
    X(TOO_MANY_EVENTS, CLIENT, "max_events_per_second", "the client sent too many events")         \
    X(QUEUE_FULL, CLIENT, "max_queued_bytes", "the client took its messages too slowly")           \
    X(OVERLOADED, SERVER, NULL, "the application had set a limit to what may wait for the client") \
    X(BAD_FRAME, CLIENT, NULL, "the client broke the WebSocket protocol")                          \
    X(BAD_REQUEST, CLIENT, NULL, "the client broke the rules of HTTP polling")                     \
    X(BAD_ENGINE_PACKET, CLIENT, NULL, "the client broke the Engine.IO protocol")                  \
    X(BAD_PACKET, CLIENT, NULL, "the client sent what is no Socket.IO packet")                     \
    X(OUT_OF_PLACE, CLIENT, NULL, "the client sent a packet that had no place there")              \
    X(SUPERSEDED, CLIENT, NULL, "the client came back by another connection")                      \
    X(DISCONNECTED, SERVER, NULL, "the application disconnected the socket")                       \
    X(SESSION_CLOSED, SERVER, NULL, "the application closed the connection")                       \
    X(SHUTDOWN, SERVER, NULL, "the server was shut down")                                          \
    X(NO_MEMORY, SERVER, NULL, "the server was out of memory")

enum gw_cause {
#define GW_CAUSE_ENUM(name, side, option, text) GW_CAUSE_##name,
    GW_CAUSE_LIST(GW_CAUSE_ENUM)
#undef GW_CAUSE_ENUM
};

enum gw_cause_side { GW_SIDE_NOBODY, GW_SIDE_CLIENT, GW_SIDE_SERVER, GW_SIDE_NETWORK };

/* "ping_timeout", for logs and metrics. Static strings, all of them; "unknown" for other
 * numbers. */
GW_API const char *gw_cause_name(enum gw_cause cause);
/* A sentence without its end. */
GW_API const char *gw_cause_text(enum gw_cause cause);
/* Whose doing it was. */
GW_API enum gw_cause_side gw_cause_side(enum gw_cause cause);
/* Which option of gw_io_options set the limit or the time that ran out; NULL: none. */
GW_API const char *gw_cause_option(enum gw_cause cause);
/* "client", "server", "network", "nobody". */
GW_API const char *gw_side_text(enum gw_cause_side side);

#ifdef __cplusplus
}
#endif
#endif
