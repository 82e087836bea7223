/* SPDX-License-Identifier: MIT */
/* Who gets it: the filters of a target, and the sockets that it means at this moment. */
#ifndef GW_SIO_TARGET_H
#define GW_SIO_TARGET_H

#include <godwit/pressure.h>
#include <godwit/sio.h>

enum gw_sio_target_flags {
    GW_SIO_TARGET_ONLY = 1,     /* socket is the only one; else it is left out */
    GW_SIO_TARGET_VOLATILE = 2, /* may be dropped */
    GW_SIO_TARGET_MISUSED = 4,  /* a room was asked for together with gw_only */
    GW_SIO_TARGET_NOMEM = 8,    /* a filter could not be kept */
    GW_SIO_TARGET_UNCOMPRESSED = 16,
    GW_SIO_TARGET_LOCAL = 32, /* adapters: sockets of this server only */
};

enum {
    GW_SIO_TARGET_PRESSURE_SHIFT = 8,
    GW_SIO_TARGET_PRESSURE = 7 << GW_SIO_TARGET_PRESSURE_SHIFT, /* enum gw_pressure */
};

static inline enum gw_pressure gw_sio_target_pressure(uint32_t flags)
{
    return (enum gw_pressure)((flags & GW_SIO_TARGET_PRESSURE) >> GW_SIO_TARGET_PRESSURE_SHIFT);
}

static inline uint32_t gw_sio_target_with_pressure(uint32_t flags, enum gw_pressure policy)
{
    return (flags & ~(uint32_t)GW_SIO_TARGET_PRESSURE) | (uint32_t)policy
                                                             << GW_SIO_TARGET_PRESSURE_SHIFT;
}

enum gw_sio_filter_kind {
    GW_SIO_FILTER_ROOM,
    GW_SIO_FILTER_EXCEPT,
    GW_SIO_FILTER_KEY, /* no room: gw_latest's key */
};

/* In the arena of the gw_io; points to the one that was added before it, so that a target can be
 * the start of several others. */
struct gw_target_filter {
    const struct gw_target_filter *next;
    enum gw_sio_filter_kind kind;
    size_t len;
    uint8_t room[];
};

/* gw_to, gw_except, gw_latest. */
struct gw_target gw_sio_target_add(struct gw_target target, enum gw_sio_filter_kind kind,
                                   struct gw_slice room);

/* Memory that is given back all at once at the end of the turn. */
struct gw_sio_arena {
    struct gw_sio_arena_chunk *chunks; /* newest first */
};

/* Aligned for a filter. NULL when memory has run out; else the io has work (gw_io_tell_work). */
void *gw_sio_arena_alloc(struct gw_sio_arena *arena, size_t size);
/* One chunk of the usual size is kept for the next turn. */
void gw_sio_arena_reset(struct gw_sio_arena *arena);
void gw_sio_arena_dispose(struct gw_sio_arena *arena);

/* May not connect or close sockets, join or leave. Sending is fine: it never calls back
 * (eio/session.h). */
typedef void gw_sio_visit_fn(gw_socket *socket, void *user);

/* Calls visit once for each connected socket of the target, members of a room in the order of
 * joining. 0, GW_E_ARG or GW_E_NOMEM (nobody was visited). */
int gw_sio_target_visit(struct gw_target target, gw_sio_visit_fn *visit, void *user);

/* The sockets of a target at this moment, in one block that the caller frees with gw_mem_free.
 * They live until the end of the turn, connected or not. */
struct gw_sio_picked {
    gw_socket **sockets; /* NULL: there are none */
    size_t count;
};

/* 0, GW_E_ARG or GW_E_NOMEM. */
int gw_sio_target_pick(struct gw_target target, struct gw_sio_picked *out);

#endif
