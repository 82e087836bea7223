/* SPDX-License-Identifier: MIT */
/* A session as the application sees it. */
#include "eio/engine.h"
#include "eio/message.h"

#include <godwit/engine.h>

/* ---- what it is ---- */

struct gw_slice gw_session_id(const gw_session *session)
{
    return (struct gw_slice){(const uint8_t *)session->sid, GW_ID_LEN};
}

const char *gw_session_transport(const gw_session *session)
{
    return session->transport ? gw_eio_transport_name(session->transport->ops->kind) : "";
}

int gw_session_protocol(const gw_session *session)
{
    return session->revision;
}

bool gw_session_is_open(const gw_session *session)
{
    return session->state == GW_EIO_SESSION_OPEN;
}

bool gw_session_is_upgrading(const gw_session *session)
{
    return gw_eio_upgrade_is_running(&session->upgrade);
}

bool gw_session_is_upgraded(const gw_session *session)
{
    return session->upgrade.state == GW_EIO_UPGRADE_DONE;
}

bool gw_session_is_writable(const gw_session *session)
{
    return gw_eio_session_is_writable(session);
}

uint64_t gw_session_queued_bytes(const gw_session *session)
{
    return gw_eio_session_queued_bytes(session);
}

enum gw_cause gw_session_cause(const gw_session *session)
{
    return (enum gw_cause)session->cause;
}

/* ---- sending ---- */

/* Why a session takes nothing, or will not after this turn. */
static int state_of(const gw_session *session)
{
    if (session->state != GW_EIO_SESSION_OPEN)
        return GW_E_CLOSED;
    return session->failure;
}

static void copy(uint8_t *place, struct gw_slice data)
{
    if (data.len > 0)
        memcpy(place, data.ptr, data.len);
}

/* Whether a message is compressed is written on it, so this one must be a message of its own. */
static int send_plain(gw_session *session, struct gw_slice data, bool is_binary)
{
    struct gw_eio_message *message = gw_eio_message_create(is_binary, data.len);
    int err;

    if (!message) {
        gw_eio_session_out_of_memory(session);
        return state_of(session);
    }
    copy(gw_eio_message_payload(message), data);
    message->is_compress_wanted = false;
    err = gw_eio_session_send(session, message);
    gw_eio_message_unref(message);
    return err;
}

int gw_session_send(gw_session *session, struct gw_slice data, uint32_t how)
{
    bool is_binary = how & GW_SESSION_BINARY;
    uint8_t *place;

    if (how & GW_SESSION_PLAIN)
        return send_plain(session, data, is_binary);
    place = gw_eio_session_begin(session, is_binary, data.len);
    if (place) {
        copy(place, data);
        gw_eio_session_commit(session);
    }
    return state_of(session);
}

/* ---- the end ---- */

void gw_session_close(gw_session *session)
{
    gw_eio_session_blame(session, GW_CAUSE_SESSION_CLOSED);
    gw_eio_session_close(session);
}

void gw_session_discard(gw_session *session)
{
    gw_eio_session_blame(session, GW_CAUSE_SESSION_CLOSED);
    gw_eio_session_discard(session);
}
