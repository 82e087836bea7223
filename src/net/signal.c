/* SPDX-License-Identifier: MIT */
#include "net/signal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

enum { WATCHED_COUNT = 3 };

static const int watched[WATCHED_COUNT] = {SIGTERM, SIGINT, SIGHUP};

/* A handler that writes to a pipe, and not signalfd: that one needs the signals blocked in every
 * thread, and programs that we start would inherit the block. The pipe is made once and never
 * closed, because a handler may be running in another thread while we stop, and its byte must not
 * get into somebody else's descriptor. */
static int pipe_fds[2] = {-1, -1};

static struct {
    struct gw_watch watch;
    gw_loop *loop; /* NULL: nothing is watched */
    pid_t process; /* whose signals they are */
    gw_signal_fn *fn;
    void *user;
    struct sigaction before[WATCHED_COUNT];
} watcher;

/* A child that was forked and runs no program of its own has our handler and our pipe. Its signals
 * are not its parent's: they do to it what they would have done without us. */
static void on_signal(int number)
{
    int errno_before = errno;
    uint8_t byte = (uint8_t)number;

    if (getpid() != watcher.process) {
        signal(number, SIG_DFL);
        raise(number);
        return;
    }
    if (write(pipe_fds[1], &byte, 1) < 0) {
        /* Full: as many signals wait already that one more says nothing new. */
    }
    errno = errno_before;
}

static void on_pipe(struct gw_watch *watch, uint32_t events)
{
    uint8_t numbers[16];
    ssize_t count = read(watch->fd, numbers, sizeof(numbers));

    (void)events;
    for (ssize_t i = 0; i < count && watcher.loop; i++)
        watcher.fn(numbers[i], watcher.user);
}

/* Signals of an earlier watcher that nobody has fetched are not for the new one. */
static void empty_pipe(void)
{
    uint8_t numbers[64];

    while (read(pipe_fds[0], numbers, sizeof(numbers)) > 0)
        ;
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};

    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < WATCHED_COUNT; i++) {
        sigaction(watched[i], NULL, &watcher.before[i]);
        if (watcher.before[i].sa_handler != SIG_IGN)
            sigaction(watched[i], &action, NULL);
    }
}

int gw_signal_start(gw_loop *loop, gw_signal_fn *fn, void *user)
{
    int err;

    if (watcher.loop)
        return GW_E_IN_USE;
    if (pipe_fds[0] < 0 && pipe2(pipe_fds, O_NONBLOCK | O_CLOEXEC) < 0)
        return GW_E_SYSTEM;
    empty_pipe();
    watcher.watch = (struct gw_watch){.on_events = on_pipe, .fd = pipe_fds[0]};
    err = gw_loop_watch(loop, &watcher.watch, EPOLLIN);
    if (err < 0)
        return err;
    watcher.loop = loop;
    watcher.process = getpid();
    watcher.fn = fn;
    watcher.user = user;
    catch_signals();
    return 0;
}

void gw_signal_stop(void)
{
    if (!watcher.loop)
        return;
    for (size_t i = 0; i < WATCHED_COUNT; i++)
        sigaction(watched[i], &watcher.before[i], NULL);
    gw_loop_unwatch(watcher.loop, &watcher.watch);
    watcher.loop = NULL;
}
