/* SPDX-License-Identifier: MIT */
/* What a handler gets: an event's name and arguments as slices, and whether the client waits for
 * an answer. */
#ifndef GW_SIO_EVENT_H
#define GW_SIO_EVENT_H

#include <godwit/sio.h>

struct gw_sio_server_event;

/* On the stack of the dispatch; all slices point into the received packet. */
struct gw_event {
    gw_socket *socket; /* NULL: it comes from another server */
    const struct gw_sio_server_event *from_server;
    struct gw_slice name;   /* decoded; ptr NULL: none */
    struct gw_slice args;   /* checked values parted by commas */
    struct gw_slice ack_id; /* digits; ptr NULL: no answer wanted */
    const struct gw_slice *attachments;
    size_t attachment_count;
    bool *is_answered; /* of the dispatch: handlers see the event itself as const */
};

#endif
