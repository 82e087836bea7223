/* SPDX-License-Identifier: MIT */
/* Answers that the client waits for: given inside the handler, or taken and given later. */
#ifndef GW_SIO_ANSWER_H
#define GW_SIO_ANSWER_H

#include "base/list.h"
#include "sio/packet.h"

#include <godwit/sio.h>

struct gw_pending_ack {
    /* private */
    struct gw_list node; /* gw_socket.answers, or gw_io.orphans */
    gw_socket *socket;   /* NULL once it has gone */
    size_t id_len;
    uint8_t id[GW_SIO_ID_DIGITS_MAX];
};

/* The socket has gone: what was taken can only be dropped. */
void gw_sio_answer_orphan_all(gw_socket *socket);
/* Frees what nobody has dropped. */
void gw_sio_answer_free_orphans(gw_io *io);

#endif
