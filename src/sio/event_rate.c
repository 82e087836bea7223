/* SPDX-License-Identifier: MIT */
#include "sio/event_rate.h"

#include "sio/dispatch.h"
#include "sio/io.h"
#include "sio/link.h"
#include "sio/namespace.h"
#include "sio/socket.h"

static const char why[] = "too many events";

static bool take(struct gw_sio_link *link, gw_socket *socket)
{
    gw_io *io = link->io;
    uint32_t max = io->options.max_events_per_second;

    if (gw_rate_take(&link->event_rate, &io->event_rate, gw_io_now_ms(io)))
        return true;
    gw_sio_limit_reached(io, &(struct gw_sio_limit_hit){GW_SIO_LIMIT_EVENTS_PER_SECOND,
                                                        max + UINT64_C(1), max,
                                                        socket ? socket->nsp : NULL, socket});
    return false;
}

static bool is_to_disconnect(const gw_io *io)
{
    return io->options.event_rate_policy == GW_EVENT_RATE_DISCONNECT;
}

/* DISCONNECT keeps a client of the genuine kind from coming back at once, with a fresh bucket, as
 * it does when its connection merely closes. */
static void disconnect(struct gw_sio_link *link)
{
    gw_sio_link_blame(link, GW_CAUSE_TOO_MANY_EVENTS);
    for (gw_socket *socket = link->sockets; socket; socket = socket->next_in_link)
        gw_sio_socket_blame(socket, GW_CAUSE_TOO_MANY_EVENTS);
    gw_sio_link_disconnect(link);
}

bool gw_sio_event_rate_take(gw_socket *socket)
{
    if (take(socket->link, socket))
        return true;
    if (is_to_disconnect(socket->nsp->io))
        disconnect(socket->link);
    else
        gw_sio_dispatch_error(socket, why);
    return false;
}

bool gw_sio_event_rate_take_connect(struct gw_sio_link *link, struct gw_slice nsp)
{
    if (take(link, NULL))
        return true;
    if (is_to_disconnect(link->io))
        disconnect(link);
    else
        gw_sio_link_refuse_connect(link, nsp, GW_LIT("{\"message\":\"Too many events\"}"));
    return false;
}
