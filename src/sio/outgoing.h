/* SPDX-License-Identifier: MIT */
/* Any-outgoing handlers: told of an event before it is written to a socket. */
#ifndef GW_SIO_OUTGOING_H
#define GW_SIO_OUTGOING_H

#include "sio/draft.h"

#include <godwit/sio.h>

/* The one question that a server without such handlers pays for is nsp->outgoing_count. Handlers
 * may do anything, emitting included: where the draft's name lies in scratch memory it is moved to
 * the io's arena, so that it can be written afterwards. 0, GW_E_CLOSED (a handler has sent the
 * socket away) or GW_E_NOMEM. */
int gw_sio_outgoing_tell(gw_socket *socket, struct gw_sio_draft *draft);

#endif
