/* SPDX-License-Identifier: MIT */
/* Events between servers: checked on their way out, and told to handlers on their way in. */
#ifndef GW_SIO_SERVER_SIDE_H
#define GW_SIO_SERVER_SIDE_H

#include <godwit/sio.h>

/* What an adapter has received from another server; borrowed for the call. */
struct gw_sio_server_event {
    gw_namespace *nsp;
    struct gw_slice name; /* decoded */
    struct gw_slice args; /* checked values parted by commas */
    const struct gw_slice *attachments;
    size_t attachment_count;
    /* Takes the values of the one answer, inside the call; NULL: none is wanted. The results of
     * gw_ack. */
    int (*answer)(const struct gw_sio_server_event *event, struct gw_slice args);
    void *user;
};

void gw_sio_server_side_receive(const struct gw_sio_server_event *received);

#endif
