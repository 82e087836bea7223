/* SPDX-License-Identifier: MIT */
/* From what the client sends to the application's handlers. Each stops where a handler has
 * disconnected the socket. */
#ifndef GW_SIO_DISPATCH_H
#define GW_SIO_DISPATCH_H

#include "sio/packet.h"

#include <godwit/sio.h>

/* A packet of the client for this CONNECTED socket: EVENT or ACK, with its attachments. */
void gw_sio_dispatch_packet(gw_socket *socket, const struct gw_sio_packet *packet,
                            const struct gw_slice *attachments);
/* The connection has another transport: tells gw_on_upgrade handlers. */
void gw_sio_dispatch_upgrade(gw_socket *socket);
/* Tells gw_on_error handlers. */
void gw_sio_dispatch_error(gw_socket *socket, const char *why);

#endif
