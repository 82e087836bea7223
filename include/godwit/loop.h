/* SPDX-License-Identifier: MIT */
/* The event loop: one thread waits for the network, timers and messages of other threads, and calls
 * back.
 *
 * A server makes a loop of its own unless it is given one. Use these calls to share a loop between
 * several objects, to run timers beside them, to reach them from another thread, or to drive them
 * from a loop that is already there. */
#ifndef GODWIT_LOOP_H
#define GODWIT_LOOP_H

#include <godwit/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gw_loop gw_loop;
typedef struct gw_timer gw_timer;

/* Runs in the loop's thread. bytes is the loop's copy, aligned for any type, and gone when the call
 * returns. */
typedef void gw_loop_post_fn(gw_loop *loop, void *bytes, size_t len);

/* Runs in the loop's thread, once for each start. Everything may be called inside, gw_timer_start
 * and gw_timer_destroy of this very timer included. */
typedef void gw_timer_fn(gw_timer *timer, void *user);

/* Makes an empty loop. It costs about 15 kB and two descriptors; its read buffer (64 KiB) comes
 * with the first connection. Returns NULL when memory or descriptors have run out. The loop is the
 * caller's until gw_loop_destroy. Thread: any; from then on it belongs to the thread that runs
 * it. */
GW_API gw_loop *gw_loop_create(void);

/* Frees the loop; NULL is fine. Everything that uses it must be closed before: connections whose
 * close was asked for get their last callback now; messages posted and not yet delivered are
 * dropped. Thread: the loop's, never inside one of its callbacks. */
GW_API void gw_loop_destroy(gw_loop *loop);

/* Serves until gw_loop_stop. Returns 0, or GW_E_SYSTEM when the kernel refuses to wait for events.
 * Thread: the loop's, never inside one of its callbacks. */
GW_API int gw_loop_run(gw_loop *loop);

/* Makes gw_loop_run return at the end of the current turn, or after one turn when it is called
 * before gw_loop_run. Connections stay as they are. Thread: the loop's; another thread posts a
 * function that calls it. */
GW_API void gw_loop_stop(gw_loop *loop);

/* One turn for loops that are driven from outside: waits up to timeout_ms milliseconds (0: not at
 * all, -1: as long as it takes) for the first event or timer, then handles everything that is ready
 * and sends everything that was written. Returns 0, or GW_E_SYSTEM as gw_loop_run does: then it has
 * done what needs no events, as closing does. Thread: the loop's, never inside one of its
 * callbacks. */
GW_API int gw_loop_step(gw_loop *loop, int timeout_ms);

/* A descriptor that becomes readable when gw_loop_step(loop, 0) has something to do, timers and
 * unsent output included: put it into poll, select, epoll, GLib, Qt or whatever rules the program,
 * level-triggered (not EPOLLET: where very much is ready, a step leaves some to the next one). What
 * is called between two steps, gw_emit or gw_timer_start say, makes it readable too. The first call
 * switches this mode on: from then on each turn also sets a kernel timer, which a loop under
 * gw_loop_run can do without. Returns the descriptor, which stays the loop's (never read or close
 * it), or GW_E_SYSTEM. Thread: the loop's. Example: tests/programs/embedded.c. */
GW_API int gw_loop_fd(gw_loop *loop);

/* Milliseconds of a clock that never jumps, since no particular moment. Inside callbacks it is the
 * time at which the turn began: the clock is read once a turn. Thread: the loop's. */
GW_API uint64_t gw_loop_now_ms(gw_loop *loop);

/* Calls fn in the loop's thread with a copy of the len bytes (bytes may be NULL when len is 0).
 * This is the one call that any thread may make. Messages of one thread arrive in the order in
 * which they were posted. Returns 0, GW_E_ARG without fn, or GW_E_NOMEM. The caller sees to it that
 * the loop outlives the call. A pointer travels as bytes too: gw_loop_post(loop, fn, &ptr,
 * sizeof(ptr)). */
GW_API int gw_loop_post(gw_loop *loop, gw_loop_post_fn *fn, const void *bytes, size_t len);

/* Makes a timer that is not running. Returns NULL when memory has run out. The timer is the
 * caller's and must be destroyed before the loop. Thread: the loop's. */
GW_API gw_timer *gw_timer_create(gw_loop *loop, gw_timer_fn *fn, void *user);

/* Stops and frees the timer; NULL is fine. Only for timers of gw_timer_create. Thread: the
 * loop's. */
GW_API void gw_timer_destroy(gw_timer *timer);

/* Lets fn run once, delay_ms milliseconds after gw_loop_now_ms; 0 means in the next turn. A running
 * timer is started anew, and a periodic one starts itself again inside fn. Constant cost, however
 * many run. Thread: the loop's. */
GW_API void gw_timer_start(gw_timer *timer, uint64_t delay_ms);

/* fn will not run. Harmless on a timer that is not running. Thread: the loop's. */
GW_API void gw_timer_stop(gw_timer *timer);

/* Whether fn is still to run. Thread: the loop's. */
GW_API bool gw_timer_is_running(const gw_timer *timer);

#ifdef __cplusplus
}
#endif
#endif
