/* SPDX-License-Identifier: MIT */
/* The session under a socket: socket.conn. What can be done with it is in eio/session_api.c. */
#include "sio/link.h"
#include "sio/socket.h"

#include <godwit/engine.h>

gw_session *gw_socket_session(const gw_socket *socket)
{
    return socket->link->session;
}
