/* SPDX-License-Identifier: MIT */
/* One packet for many receivers: encoded once, at the first of them, or not at all where the first
 * may wait to see whether there is a second. */
#ifndef GW_SIO_FAN_OUT_H
#define GW_SIO_FAN_OUT_H

#include "eio/message.h"
#include "sio/draft.h"

#include <godwit/sio.h>

struct gw_sio_fan_out {
    const struct gw_sio_draft *draft;
    int err;     /* of the encoding */
    int reached; /* receivers that took it */
    /* private */
    gw_io *io;
    uint32_t flags; /* of the target */
    const struct gw_target_filter *filters;
    gw_socket *first; /* who waits for a second; NULL: nobody */
    bool may_wait;
    bool is_settled; /* dropped for the last receiver, which is no trouble */
    uint8_t message_count;
    struct gw_eio_message *messages[1 + GW_ATTACHMENTS_MAX];
};

/* draft must have all its parts by the first send. */
void gw_sio_fan_out_init(struct gw_sio_fan_out *out, struct gw_target target,
                         const struct gw_sio_draft *draft);
void gw_sio_fan_out_dispose(struct gw_sio_fan_out *out);

/* Before the first send: a first receiver is held back, until there is a second who shares the
 * message with it. To one alone the packet can be written straight into its output, which is the
 * caller's then: the first who is left in out->first. */
void gw_sio_fan_out_let_first_wait(struct gw_sio_fan_out *out);

/* Makes the messages now, because the draft will not stay as it is. 0 or GW_E_NOMEM. */
int gw_sio_fan_out_encode(struct gw_sio_fan_out *out);
/* A gw_sio_visit_fn, user is the gw_sio_fan_out: sends to one more. */
void gw_sio_fan_out_send(gw_socket *socket, void *user);

#endif
