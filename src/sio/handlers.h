/* SPDX-License-Identifier: MIT */
/* What the application has registered, for a namespace or for one socket: lists of functions, and
 * one list for each event name. */
#ifndef GW_SIO_HANDLERS_H
#define GW_SIO_HANDLERS_H

#include "base/map.h"

/* Cast back to the type that belongs to the list it is in. */
typedef void gw_sio_any_fn(void);

/* One that is taken out keeps its `next`, and is freed by gw_io_reap: a walk may stand on it. */
struct gw_sio_listener {
    struct gw_sio_listener *next;
    uint64_t number; /* in the list's order of registration, from 1; 0: taken out */
    gw_sio_any_fn *fn;
    union {
        void *user;
        struct gw_sio_listener *next_dead;
    };
    bool is_once;
};

struct gw_sio_listeners {
    struct gw_sio_listener *first, *last;
    uint64_t number; /* of the newest one */
};

/* A walk calls list->first, then the first from at->next on that was there when the walk began and
 * still is: `newest` is the list's number of that moment. What was added since has its first turn
 * next time, what was taken out has none any more. NULL: the end. A walk never looks at the list
 * again, which may have gone. */
static inline const struct gw_sio_listener *gw_sio_listener_from(const struct gw_sio_listener *at,
                                                                 uint64_t newest)
{
    while (at && at->number - 1 >= newest)
        at = at->next;
    return at;
}

/* Listeners that were taken out; newest first. */
struct gw_sio_dead_listeners {
    struct gw_sio_listener *first;
};

enum gw_sio_list {
    GW_SIO_LIST_USE,           /* gw_use_fn; namespaces only */
    GW_SIO_LIST_CONNECTION,    /* gw_on_socket_fn; namespaces only */
    GW_SIO_LIST_ROOM,          /* gw_on_room_fn; namespaces only */
    GW_SIO_LIST_DISCONNECTING, /* gw_on_disconnect_fn */
    GW_SIO_LIST_DISCONNECT,    /* gw_on_disconnect_fn */
    GW_SIO_LIST_ANY,           /* gw_on_event_fn */
    GW_SIO_LIST_ANY_OUTGOING,  /* gw_on_event_fn */
    GW_SIO_LIST_USE_EVENT,     /* gw_use_event_fn */
    GW_SIO_LIST_ERROR,         /* gw_on_error_fn */
    GW_SIO_LIST_UPGRADE,       /* gw_on_socket_fn */
    GW_SIO_LIST_COUNT
};

struct gw_sio_handlers {
    struct gw_sio_listeners lists[GW_SIO_LIST_COUNT];
    struct gw_map by_event; /* lists of gw_on_event_fn */
};

enum gw_sio_listener_flags {
    GW_SIO_LISTENER_ONCE = 1,  /* whoever calls it takes it out first */
    GW_SIO_LISTENER_FIRST = 2, /* in front of the others */
};

void gw_sio_handlers_init(struct gw_sio_handlers *handlers, const uint64_t seed[static 2]);
void gw_sio_handlers_dispose(struct gw_sio_handlers *handlers);
/* Adds all that is in `from` at this moment. 0 or GW_E_NOMEM (some of them are in). */
int gw_sio_handlers_copy(struct gw_sio_handlers *to, const struct gw_sio_handlers *from);

/* 0 or GW_E_NOMEM. */
int gw_sio_listeners_push(struct gw_sio_listeners *listeners, gw_sio_any_fn *fn, void *user,
                          uint32_t flags);
/* Takes out the one behind all others with that fn and user; fn NULL: all. Returns how many. */
int gw_sio_listeners_remove(struct gw_sio_listeners *listeners, gw_sio_any_fn *fn, const void *user,
                            struct gw_sio_dead_listeners *dead);
/* Takes out this one, which is in the list. */
void gw_sio_listeners_take(struct gw_sio_listeners *listeners,
                           const struct gw_sio_listener *listener,
                           struct gw_sio_dead_listeners *dead);
size_t gw_sio_listeners_count(const struct gw_sio_listeners *listeners);
void gw_sio_listeners_dispose(struct gw_sio_listeners *listeners);
/* No walk may be under way. */
void gw_sio_dead_listeners_free(struct gw_sio_dead_listeners *dead);

/* The same for the lists by event, of which none stays that is empty. */
int gw_sio_events_push(struct gw_map *by_event, struct gw_slice event, gw_sio_any_fn *fn,
                       void *user, uint32_t flags);
int gw_sio_events_remove(struct gw_map *by_event, struct gw_slice event, gw_sio_any_fn *fn,
                         const void *user, struct gw_sio_dead_listeners *dead);
/* listeners comes from gw_sio_events_find; it may be gone afterwards. */
void gw_sio_events_take(struct gw_map *by_event, struct gw_sio_listeners *listeners,
                        const struct gw_sio_listener *listener, struct gw_sio_dead_listeners *dead);
/* NULL: nobody listens to that event. */
struct gw_sio_listeners *gw_sio_events_find(const struct gw_map *by_event, struct gw_slice event);
int gw_sio_events_copy(struct gw_map *to, const struct gw_map *from);
void gw_sio_events_dispose(struct gw_map *by_event);

#endif
