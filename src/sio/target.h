/* SPDX-License-Identifier: MIT */
/* Who gets it: filters of a target, and the sockets that a target means at this moment. */
#ifndef GW_SIO_TARGET_H
#define GW_SIO_TARGET_H

#include <godwit/sio.h>

enum gw_target_flags {
    GW_TARGET_ONLY = 1,     /* socket is the only one; else it is left out */
    GW_TARGET_VOLATILE = 2, /* may be dropped */
    GW_TARGET_MISUSED = 4,  /* a room was asked for with gw_only */
    GW_TARGET_NOMEM = 8,    /* a filter could not be kept */
};

/* In the arena of the gw_io; points to the one that was added before it, so a target can be the
 * start of several others. */
struct gw_target_filter {
    const struct gw_target_filter *next;
    bool is_except;
    uint32_t len;
    uint8_t room[];
};

/* Memory that is given back all at once at the end of the turn. */
struct gw_sio_arena {
    struct gw_sio_arena_chunk *chunks; /* newest first */
};

void gw_sio_arena_reset(struct gw_sio_arena *arena);
void gw_sio_arena_dispose(struct gw_sio_arena *arena);

/* Sockets that a target means. They are collected before the first of them is touched, because
 * what is done to one may close, join or leave others; sockets live until the reaping, so the
 * pointers stay good. */
struct gw_sio_picked {
    gw_socket **sockets;
    size_t count, cap;
};

/* Each connected socket of the target once: members of its rooms in the order of joining, room
 * after room in the order of gw_to. 0 or GW_E_ARG, GW_E_NOMEM; give *out back with
 * gw_sio_picked_release in any case. */
int gw_sio_target_pick(struct gw_target target, struct gw_sio_picked *out);
void gw_sio_picked_release(gw_io *io, struct gw_sio_picked *picked);

#endif
