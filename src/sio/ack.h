/* SPDX-License-Identifier: MIT */
/* Answers that we wait for: gw_emit_ack's function, found again by the id that the client sends
 * back. */
#ifndef GW_SIO_ACK_H
#define GW_SIO_ACK_H

#include "base/list.h"
#include "base/map.h"
#include "sio/packet.h"
#include "sio/timeouts.h"

#include <godwit/sio.h>

struct gw_sio_ack {
    /* private */
    struct gw_map_node by_id; /* gw_namespace.acks: ids are the namespace's */
    struct gw_list in_socket; /* gw_socket.acks */
    struct gw_sio_timeout timeout;
    uint64_t id;
    gw_socket *socket;
    gw_on_ack_fn *fn;
    void *user;
    struct gw_answers *survey; /* NULL: a question to this socket alone */
};

/* With its socket and id: its answer is waited for from now on. 0 or GW_E_NOMEM. */
int gw_sio_ack_register(struct gw_sio_ack *ack);
/* Harmless for one that is not registered. */
void gw_sio_ack_detach(struct gw_sio_ack *ack);

/* An ACK packet has come for socket; an id that is not waited for is ignored. */
void gw_sio_ack_receive(gw_socket *socket, const struct gw_sio_packet *packet,
                        const struct gw_slice *attachments);
/* Calls those whose time is over. */
void gw_sio_ack_tick(gw_io *io);
/* Whether the socket has as many questions pending, in one direction, as it may; tells of the limit
 * if so. */
bool gw_sio_ack_is_full(const gw_socket *socket, uint32_t count);
/* The socket has gone: calls all with GW_E_CLOSED. */
void gw_sio_ack_fail_all(gw_socket *socket);
/* Frees all without a call. */
void gw_sio_ack_drop_all(gw_socket *socket);
/* The same for questions that nobody was there to hear. */
void gw_sio_ack_drop_rest(gw_io *io);

#endif
