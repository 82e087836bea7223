/* SPDX-License-Identifier: MIT */
/* How many events a second one connection may bring: max_events_per_second. Asked only where that
 * is set. */
#ifndef GW_SIO_EVENT_RATE_H
#define GW_SIO_EVENT_RATE_H

#include <godwit/sio.h>

struct gw_sio_link;

/* One event more of socket's connection. false: it is one too many, which has been told and dealt
 * with; the socket may be GONE. */
bool gw_sio_event_rate_take(gw_socket *socket);
/* The same for a CONNECT to the namespace of that name: without a socket as yet. */
bool gw_sio_event_rate_take_connect(struct gw_sio_link *link, struct gw_slice nsp);

#endif
