/* SPDX-License-Identifier: MIT */
/* What an HTTP request wants of the engine, or why it gets nothing: the checks in the genuine
 * order. */
#ifndef GW_EIO_CHECK_H
#define GW_EIO_CHECK_H

#include "eio/engine.h"

/* The values are the codes on the wire. */
enum gw_eio_error {
    GW_EIO_UNKNOWN_TRANSPORT,
    GW_EIO_UNKNOWN_SID,
    GW_EIO_BAD_HANDSHAKE_METHOD,
    GW_EIO_BAD_REQUEST,
    GW_EIO_FORBIDDEN, /* the application's refusal; never found here */
    GW_EIO_UNSUPPORTED_PROTOCOL_VERSION,
};

enum gw_eio_action {
    GW_EIO_ACTION_REFUSE,     /* answer the error: see gw_eio_error_json and gw_eio_error_text */
    GW_EIO_ACTION_HANDSHAKE,  /* a new session; first ask the application, then
                                 gw_eio_check_handshake */
    GW_EIO_ACTION_POLL,       /* GET of session */
    GW_EIO_ACTION_POST,       /* POST of session */
    GW_EIO_ACTION_BAD_METHOD, /* a session, but another method: 500 with an empty body */
    GW_EIO_ACTION_UPGRADE,    /* WebSocket: 101, then gw_eio_session_attach */
    GW_EIO_ACTION_TURN_AWAY,  /* WebSocket: 101, then an empty close frame; no session is touched */
};

struct gw_eio_request {
    struct gw_slice method;
    struct gw_slice query;  /* raw, without the `?`; may be absent */
    struct gw_slice origin; /* the header; absent when there is none */
    bool is_upgrade;        /* asks for a WebSocket */
};

struct gw_eio_check {
    enum gw_eio_action action;
    enum gw_eio_error error; /* REFUSE */
    /* REFUSE with GW_EIO_BAD_REQUEST: "INVALID_ORIGIN", "TRANSPORT_MISMATCH", "PROTOCOL_MISMATCH"
     * or "TRANSPORT_HANDSHAKE_ERROR"; "MIDDLEWARE_FAILURE" and "ID_GENERATION_ERROR" are found
     * elsewhere. Else NULL. */
    const char *context;
    /* HANDSHAKE: the value of EIO. REFUSE: what was wrong (transport, sid, method, origin, EIO), as
     * it came: raw, and a slice of the request. */
    struct gw_slice culprit;
    enum gw_eio_transport_kind transport;
    enum gw_eio_revision revision;  /* anything but "4" counts as 3 */
    struct gw_eio_session *session; /* POLL, POST, BAD_METHOD, UPGRADE */
    bool wants_base64;              /* `b64`: this transport cannot carry binary */
};

/* Fills out. Cannot fail: a refusal is a result. */
void gw_eio_check_request(const struct gw_eio_engine *engine, const struct gw_eio_request *request,
                          struct gw_eio_check *out);
/* The last check of a handshake, after the application has agreed: turns *check into a REFUSE when
 * the revision is not spoken here. Whether there is room is another question:
 * gw_eio_engine_has_room (no: 503). */
void gw_eio_check_handshake(const struct gw_eio_engine *engine, struct gw_eio_check *check);

/* Turns *check into a REFUSE with what was found elsewhere. culprit is what the application says of
 * FORBIDDEN. */
void gw_eio_check_refuse(struct gw_eio_check *check, enum gw_eio_error error, const char *context,
                         struct gw_slice culprit);
/* Appends what the genuine server gives as context of a REFUSE: a JSON object like
 * {"name":"TRANSPORT_MISMATCH","transport":"polling","previousTransport":"websocket"}. 0,
 * GW_E_LIMIT or GW_E_NOMEM: then out is as it was. */
int gw_eio_check_context(const struct gw_eio_check *check, struct gw_buf *out);

/* "Session ID unknown", and the JSON body {"code":1,"message":"Session ID unknown"}: static
 * bytes. */
struct gw_slice gw_eio_error_text(enum gw_eio_error error);
struct gw_slice gw_eio_error_json(enum gw_eio_error error);
/* For plain requests: 400, or 403 for FORBIDDEN. A refused upgrade is always 400 with the text. */
int gw_eio_error_status(enum gw_eio_error error);

#endif
