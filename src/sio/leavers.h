/* SPDX-License-Identifier: MIT */
/* Sockets that have left in this turn, by the connection and the namespace that they were in. Who
 * never asks pays nothing: they are sorted in at the first question. */
#ifndef GW_SIO_LEAVERS_H
#define GW_SIO_LEAVERS_H

#include "base/list.h"
#include "base/map.h"

#include <godwit/sio.h>

struct gw_sio_link;

struct gw_sio_leavers {
    /* private */
    struct gw_map by_place;       /* gw_socket.by_id, which is free for it by then */
    const struct gw_list *sorted; /* the newest of gw_io.dead_sockets that has been looked at */
};

void gw_sio_leavers_init(struct gw_sio_leavers *leavers, const uint64_t seed[static 2]);
/* Forgets all of them, before gw_io_reap frees them. */
void gw_sio_leavers_reset(struct gw_sio_leavers *leavers);

/* Whether a socket of link that was connected to nsp has left since the last reset. False too when
 * memory has run out. */
bool gw_sio_leavers_has(gw_io *io, const struct gw_sio_link *link, const gw_namespace *nsp);

#endif
