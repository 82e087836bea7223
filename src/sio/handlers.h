/* SPDX-License-Identifier: MIT */
/* What the application has registered for a namespace: lists of functions, and one list for each
 * event name. */
#ifndef GW_SIO_HANDLERS_H
#define GW_SIO_HANDLERS_H

#include "base/map.h"

/* Cast back to the type that belongs to the list it is in. */
typedef void gw_sio_any_fn(void);

struct gw_sio_listener {
    struct gw_sio_listener *next;
    gw_sio_any_fn *fn;
    void *user;
};

/* In the order of registration; nothing is taken out before the end. Whoever runs a list stops
 * at what was `last` when he began: a handler that is added meanwhile has its first turn next
 * time. */
struct gw_sio_listeners {
    struct gw_sio_listener *first, *last;
};

struct gw_sio_handlers {
    struct gw_sio_listeners middlewares;   /* gw_use_fn */
    struct gw_sio_listeners connection;    /* gw_on_socket_fn */
    struct gw_sio_listeners disconnecting; /* gw_on_disconnect_fn */
    struct gw_sio_listeners disconnect;    /* gw_on_disconnect_fn */
    struct gw_sio_listeners any;           /* gw_on_event_fn */
    struct gw_sio_listeners error;         /* gw_on_error_fn */
    struct gw_map by_event;                /* lists of gw_on_event_fn */
};

void gw_sio_handlers_init(struct gw_sio_handlers *handlers, const uint64_t seed[static 2]);
void gw_sio_handlers_dispose(struct gw_sio_handlers *handlers);

/* 0 or GW_E_NOMEM. */
int gw_sio_listeners_push(struct gw_sio_listeners *listeners, gw_sio_any_fn *fn, void *user);
int gw_sio_handlers_push_event(struct gw_sio_handlers *handlers, struct gw_slice event,
                               gw_sio_any_fn *fn, void *user);
/* NULL: nobody listens to that event. */
const struct gw_sio_listeners *gw_sio_handlers_find(const struct gw_sio_handlers *handlers,
                                                    struct gw_slice event);

#endif
