/* SPDX-License-Identifier: MIT */
/* Writing to what may be a pipe or socket that nobody reads any more, without the SIGPIPE: what the
 * application does with that signal is its own affair, so it is held back and taken off here. */
#ifndef GW_BASE_PIPE_SIGNAL_H
#define GW_BASE_PIPE_SIGNAL_H

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <time.h>

struct gw_pipe_signal {
    sigset_t before;
};

static inline sigset_t gw_pipe_signal_set(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    return set;
}

static inline void gw_pipe_signal_hold(struct gw_pipe_signal *held)
{
    sigset_t set = gw_pipe_signal_set();

    pthread_sigmask(SIG_BLOCK, &set, &held->before);
}

/* Leaves errno as it was. */
static inline void gw_pipe_signal_release(const struct gw_pipe_signal *held, bool is_broken)
{
    const struct timespec at_once = {0};
    sigset_t set = gw_pipe_signal_set();
    int errno_before = errno;

    if (is_broken)
        sigtimedwait(&set, NULL, &at_once);
    pthread_sigmask(SIG_SETMASK, &held->before, NULL);
    errno = errno_before;
}

#endif
