/* SPDX-License-Identifier: MIT */
/* The session under a socket, as the application sees it: socket.conn. */
#include "eio/session.h"
#include "sio/link.h"
#include "sio/socket.h"

#include <godwit/engine.h>

gw_session *gw_socket_session(const gw_socket *socket)
{
    return socket->link->session;
}

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
