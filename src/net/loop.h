/* SPDX-License-Identifier: MIT */
/* Inside of the event loop: what streams, listeners and the server hang into its turn. */
#ifndef GW_NET_LOOP_H
#define GW_NET_LOOP_H

#include "base/list.h"
#include "base/outq.h"
#include "net/mailbox.h"
#include "net/wheel.h"

#include <godwit/loop.h>
#include <sys/epoll.h>

enum {
    GW_LOOP_READ_BYTES = 64 * 1024, /* what one connection may read in one turn */
    GW_LOOP_EVENTS = 256,           /* taken from the kernel at once */
    GW_LOOP_ROUNDS = 8,             /* of hooks and flushes in one turn */
};

struct gw_watch;
/* events are those of epoll_wait. Anything may be called inside. */
typedef void gw_watch_fn(struct gw_watch *watch, uint32_t events);

/* One descriptor in the loop. Lives in its owner's object; the owner
 * opens and closes the descriptor. */
struct gw_watch {
    gw_watch_fn *on_events;
    int fd;
    uint32_t events; /* asked for now; private to the calls below */
};

/* Something to do once in this turn, later: before the flush (may write to streams, close anything)
 * or at the reap (frees what was closed). Lives in its owner's object, who starts it whenever he
 * hangs work on a list for it: a turn without such work pays nothing. */
struct gw_loop_hook;
typedef void gw_loop_hook_fn(struct gw_loop_hook *hook);

struct gw_loop_hook {
    gw_loop_hook_fn *fn;
    struct gw_list node; /* private; linked while it is started */
};

/* What a room above shares among all it does on one loop: found again by its
 * key, destroyed with the loop. */
struct gw_loop_guest {
    const void *key; /* the address of something of that room */
    void (*destroy)(struct gw_loop_guest *guest);
    struct gw_loop_guest *next; /* private */
};

struct gw_loop {
    /* private to net; others use the calls */
    uint64_t now_ms;
    uint64_t wheel_next_ms; /* not before this the wheel has to turn */
    int epoll_fd;
    bool is_in_turn;
    bool is_stopping;
    bool has_failed;  /* to wait for events, in this turn */
    bool is_restless; /* work was left over: the next turn must not sleep */
    bool has_mail;
    uint8_t *read_bytes; /* GW_LOOP_READ_BYTES, shared by all streams; NULL before the first */
    struct gw_tls_shared *tls; /* what the TLS streams share; NULL before the first */
    size_t stream_count;
    struct gw_list dirty;                 /* streams with something to flush */
    struct gw_list closing;               /* streams whose on_closed is due */
    struct gw_list end_hooks, reap_hooks; /* those that were started */
    struct gw_outq_pool pool;
    struct gw_loop_guest *guests;
    struct gw_watch mail_watch;
    struct gw_watch alarm_watch; /* timerfd; fd -1 until gw_loop_fd */
    uint64_t alarm_ms;           /* what the timerfd is set to; UINT64_MAX: off */
    struct gw_mailbox mailbox;
    struct gw_wheel wheel;
    struct epoll_event *event_next, *event_end; /* those of events that are still to be handled */
    struct epoll_event events[GW_LOOP_EVENTS];
};

/* Starts watching watch->fd for events (EPOLLIN ...; errors are always told).
 * 0, GW_E_NOMEM or GW_E_SYSTEM. */
int gw_loop_watch(gw_loop *loop, struct gw_watch *watch, uint32_t events);
/* Changes what is watched; costs nothing when it is that already. */
void gw_loop_rewatch(gw_loop *loop, struct gw_watch *watch, uint32_t events);
/* After this on_events is not called any more, not even for events already taken from the kernel:
 * the owner may free the watch. Before the descriptor is closed. */
void gw_loop_unwatch(gw_loop *loop, struct gw_watch *watch);

/* Start and stop are idempotent; all of them may be called at any time, outside a turn too: the
 * next turn comes at once then. A hook that starts itself or another anew inside its function has
 * that one called again in the same turn, GW_LOOP_ROUNDS times at most; the rest comes in the next
 * turn, which follows without sleep. */
void gw_loop_hook_init(struct gw_loop_hook *hook, gw_loop_hook_fn *fn);
void gw_loop_hook_start_end(gw_loop *loop, struct gw_loop_hook *hook);
void gw_loop_hook_start_reap(gw_loop *loop, struct gw_loop_hook *hook);
void gw_loop_hook_stop(struct gw_loop_hook *hook);

/* Something was left for the turn: the next one comes at once, also in a program that waits for
 * gw_loop_fd. Needed because the application may have called from outside a turn; inside one it
 * does nothing. Streams, timers and hooks do it by themselves. */
void gw_loop_nudge(gw_loop *loop);

/* The guest with this key; NULL: none yet. Not for every message: it is looked for among all. */
struct gw_loop_guest *gw_loop_find_guest(const gw_loop *loop, const void *key);
/* key and destroy are filled in; the guest is the loop's from now on. */
void gw_loop_add_guest_take(gw_loop *loop, struct gw_loop_guest *guest);

/* For timers: a deadline was set, the loop must be awake then. */
void gw_loop_wake_at(gw_loop *loop, uint64_t at_ms);

#endif
