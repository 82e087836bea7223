/* SPDX-License-Identifier: MIT */
/* An event on its way through the functions of gw_use_event and gw_socket_use, which may put other
 * contents into it. */
#ifndef GW_SIO_PASSAGE_H
#define GW_SIO_PASSAGE_H

#include <godwit/sio.h>

struct gw_sio_replacement;

/* On the stack of the dispatch. */
struct gw_sio_passage {
    /* private */
    gw_io *io;
    gw_event *event;
    struct gw_sio_passage *outer;    /* who was under way when this one began */
    struct gw_sio_replacement *kept; /* what the event has been given; newest first */
};

/* From here on gw_event_replace may be called for event. */
void gw_sio_passage_begin(struct gw_sio_passage *passage, gw_io *io, gw_event *event);
/* From here on it may not; the event keeps what it has. */
void gw_sio_passage_end(const struct gw_sio_passage *passage);
/* Behind the event's last handler: frees what it was given. */
void gw_sio_passage_dispose(struct gw_sio_passage *passage);

#endif
