/* SPDX-License-Identifier: MIT */
/* The only place that asks what time it is. Any thread. */
#ifndef GW_NET_CLOCK_H
#define GW_NET_CLOCK_H

#include <godwit/base.h>

/* Milliseconds of a clock that never jumps or goes back (CLOCK_MONOTONIC): for deadlines. */
uint64_t gw_clock_now_ms(void);

/* The same clock in nanoseconds, to measure how long something takes. */
uint64_t gw_clock_now_ns(void);

/* Milliseconds since 1970 (CLOCK_REALTIME), which an administrator may set:
 * for dates on the wire only. */
uint64_t gw_clock_unix_ms(void);

#endif
