/* SPDX-License-Identifier: MIT */
/* SIGTERM, SIGINT and SIGHUP as calls in a loop. One watcher a process; for
 * programs that own their signals. */
#ifndef GW_NET_SIGNAL_H
#define GW_NET_SIGNAL_H

#include "net/loop.h"

/* Runs in the loop's thread, some time after the signal; anything may be called. */
typedef void gw_signal_fn(int number, void *user);

/* From now on the three signals do not end the process but call fn, except those that were ignored
 * (nohup). 0, GW_E_IN_USE when signals are watched already, or GW_E_SYSTEM. */
int gw_signal_start(gw_loop *loop, gw_signal_fn *fn, void *user);
/* Puts back what was before. Harmless when nothing is watched. Loop thread,
 * before the loop is destroyed. */
void gw_signal_stop(void);

#endif
