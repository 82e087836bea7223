/* SPDX-License-Identifier: MIT */
#include "net/loop.h"

#include "base/mem.h"
#include "net/clock.h"
#include "net/stream.h"
#include "net/timer.h"
#include "net/tls.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* The turn. Its order is a promise that all other code builds on:
 *
 *   1  now      the clock is read; until the next turn this is the time
 *   2  events   every descriptor that was ready is handled once. A stream reads once, so that a
 *               fast peer cannot starve the rest, and what it answers is only collected
 *   3  timers   those whose time had come at the start of this step; what they start anew waits
 *               for another turn
 *   4  mailbox  what other threads had posted by then
 *   5  flush    end hooks that were started put their last words on the streams, then each stream
 *               with output sends it in one call, however many messages the steps before have given
 *               it. Callbacks of this step may cause more of both, so it goes round until all is
 *               quiet, but not for ever. Afterwards the output arena is empty for the next turn
 *   6  reap     what was closed in any step before gets its last callback and may be freed, then
 *               the reap hooks run. Up to here every object is there, open or not: no event, timer,
 *               message or hook can meet a freed one
 *   7  sleep    until a descriptor is ready or the next timer is due; not at all when a step left
 *               work behind
 */

enum {
    NEAR_MS = 1000, /* a deadline so near is worth another look at the clock */
    /* To a farther one we wake up early, because the turn may have taken this long. */
    FAR_MARGIN_MS = 500,
};

int gw_loop_watch(gw_loop *loop, struct gw_watch *watch, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = watch};

    watch->events = events;
    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, watch->fd, &event) == 0)
        return 0;
    return errno == ENOMEM || errno == ENOSPC ? GW_E_NOMEM : GW_E_SYSTEM;
}

/* To change events takes the kernel no memory, so it fails only for a
 * descriptor that is not watched. */
void gw_loop_rewatch(gw_loop *loop, struct gw_watch *watch, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = watch};
    int result;

    if (watch->events == events)
        return;
    watch->events = events;
    result = epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, watch->fd, &event);
    assert(result == 0);
    (void)result;
}

void gw_loop_unwatch(gw_loop *loop, struct gw_watch *watch)
{
    epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
    for (struct epoll_event *event = loop->event_next; event != loop->event_end; event++) {
        if (event->data.ptr == watch)
            event->data.ptr = NULL;
    }
}

void gw_loop_hook_init(struct gw_loop_hook *hook, gw_loop_hook_fn *fn)
{
    hook->fn = fn;
    gw_list_init(&hook->node);
}

static __attribute__((noinline)) void arm(gw_loop *loop, uint64_t at_ms)
{
    struct itimerspec when = {0}; /* all zero: off */

    loop->alarm_ms = at_ms;
    if (at_ms / 1000 < INT_MAX) { /* later than 68 years after the boot is never */
        when.it_value.tv_sec = (time_t)(at_ms / 1000);
        when.it_value.tv_nsec = (int)(at_ms % 1000) * 1000000;
        if (at_ms == 0)
            when.it_value.tv_nsec = 1; /* at once */
    }
    timerfd_settime(loop->alarm_watch.fd, TFD_TIMER_ABSTIME, &when, NULL);
}

static void set_alarm(gw_loop *loop, uint64_t at_ms)
{
    if (loop->alarm_watch.fd >= 0 && loop->alarm_ms != at_ms)
        arm(loop, at_ms);
}

void gw_loop_wake_at(gw_loop *loop, uint64_t at_ms)
{
    if (at_ms >= loop->wheel_next_ms)
        return;
    loop->wheel_next_ms = at_ms;
    if (!loop->is_in_turn && !loop->is_restless)
        set_alarm(loop, at_ms);
}

void gw_loop_nudge(gw_loop *loop)
{
    if (loop->is_in_turn)
        return;
    loop->is_restless = true;
    set_alarm(loop, 0);
}

static void start_hook(gw_loop *loop, struct gw_list *hooks, struct gw_loop_hook *hook)
{
    if (gw_list_is_linked(&hook->node))
        return;
    gw_list_push(hooks, &hook->node);
    gw_loop_nudge(loop);
}

void gw_loop_hook_start_end(gw_loop *loop, struct gw_loop_hook *hook)
{
    start_hook(loop, &loop->end_hooks, hook);
}

void gw_loop_hook_start_reap(gw_loop *loop, struct gw_loop_hook *hook)
{
    start_hook(loop, &loop->reap_hooks, hook);
}

void gw_loop_hook_stop(struct gw_loop_hook *hook)
{
    gw_list_remove(&hook->node);
}

/* Those that are started meanwhile wait for another call. */
static __attribute__((noinline)) void run_hooks(struct gw_list *hooks)
{
    struct gw_list started;
    struct gw_list *node;

    gw_list_init(&started);
    gw_list_move_all(&started, hooks);
    while ((node = gw_list_pop(&started))) {
        struct gw_loop_hook *hook = container_of(node, struct gw_loop_hook, node);

        hook->fn(hook);
    }
}

/* The step that delivers comes later in the turn; the mailbox stays readable until then. */
static void on_mail(struct gw_watch *watch, uint32_t events)
{
    (void)events;
    container_of(watch, struct gw_loop, mail_watch)->has_mail = true;
}

/* The timerfd is only there to make the epoll descriptor readable; every turn sets
 * it anew and that quiets it. */
static void on_alarm(struct gw_watch *watch, uint32_t events)
{
    (void)watch;
    (void)events;
}

gw_loop *gw_loop_create(void)
{
    gw_loop *loop = gw_mem_zalloc(sizeof(*loop));

    if (!loop)
        return NULL;
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll_fd < 0)
        goto fail;
    if (gw_mailbox_init(&loop->mailbox) < 0)
        goto fail_epoll;
    loop->now_ms = gw_clock_now_ms();
    loop->is_restless = true; /* for what is written before the first turn */
    gw_wheel_init(&loop->wheel, loop->now_ms);
    loop->wheel_next_ms = UINT64_MAX;
    loop->alarm_ms = UINT64_MAX;
    gw_list_init(&loop->dirty);
    gw_list_init(&loop->closing);
    gw_list_init(&loop->end_hooks);
    gw_list_init(&loop->reap_hooks);
    gw_outq_pool_init(&loop->pool);
    loop->alarm_watch = (struct gw_watch){.on_events = on_alarm, .fd = -1};
    loop->mail_watch = (struct gw_watch){.on_events = on_mail, .fd = loop->mailbox.event_fd};
    if (gw_loop_watch(loop, &loop->mail_watch, EPOLLIN) < 0)
        goto fail_mailbox;
    return loop;

fail_mailbox:
    gw_mailbox_dispose(&loop->mailbox);
fail_epoll:
    close(loop->epoll_fd);
fail:
    gw_mem_free(loop);
    return NULL;
}

static void handle_events(gw_loop *loop)
{
    while (loop->event_next != loop->event_end) {
        const struct epoll_event *event = loop->event_next++;
        struct gw_watch *watch = event->data.ptr;

        if (watch) /* else it was taken out by one that came before */
            watch->on_events(watch, event->events);
    }
}

/* Not inlined, like deliver_mail: most turns have neither, and the turn itself stays small. */
static __attribute__((noinline)) void fire_timers(gw_loop *loop)
{
    struct gw_list expired;
    struct gw_list *link;

    gw_list_init(&expired);
    gw_wheel_advance(&loop->wheel, loop->now_ms, &expired);
    loop->wheel_next_ms = gw_wheel_next_ms(&loop->wheel);
    while ((link = gw_list_pop(&expired))) {
        struct gw_timer *timer = container_of(link, struct gw_timer, node.link);

        timer->fire(timer);
    }
}

static __attribute__((noinline)) void deliver_mail(gw_loop *loop)
{
    loop->has_mail = false;
    gw_mailbox_deliver(&loop->mailbox, loop);
}

/* Comes to an end although callbacks may write more: on_drain runs once for an EPOLLOUT, which
 * comes in the events step, and on_error once for a stream. */
static void flush_streams(gw_loop *loop)
{
    struct gw_list *node;

    while ((node = gw_list_pop(&loop->dirty)))
        gw_stream_flush(container_of(node, struct gw_stream, node));
}

static bool has_output(const gw_loop *loop)
{
    return !gw_list_is_empty(&loop->dirty) || !gw_list_is_empty(&loop->end_hooks);
}

static void flush(gw_loop *loop)
{
    int round = 0;

    do {
        if (!gw_list_is_empty(&loop->end_hooks))
            run_hooks(&loop->end_hooks);
        flush_streams(loop); /* leaves none that is dirty */
    } while (!gw_list_is_empty(&loop->end_hooks) && ++round < GW_LOOP_ROUNDS);
    if (round == GW_LOOP_ROUNDS)
        loop->is_restless = true;
    gw_outq_pool_reset(&loop->pool);
}

static bool has_closed(const gw_loop *loop)
{
    return !gw_list_is_empty(&loop->closing) || !gw_list_is_empty(&loop->reap_hooks);
}

/* Not inlined: few turns have anything to reap. What the callbacks leave for others, who have had
 * their step in this turn, is the next turn's. */
static __attribute__((noinline)) void reap(gw_loop *loop)
{
    struct gw_list *node;

    while ((node = gw_list_pop(&loop->closing)))
        gw_stream_reap(container_of(node, struct gw_stream, node));
    run_hooks(&loop->reap_hooks);
    if (has_output(loop) || has_closed(loop))
        loop->is_restless = true;
}

static void turn(gw_loop *loop)
{
    loop->is_in_turn = true;
    loop->is_restless = false;
    loop->now_ms = gw_clock_now_ms();
    handle_events(loop);
    if (loop->now_ms >= loop->wheel_next_ms)
        fire_timers(loop);
    if (loop->has_mail)
        deliver_mail(loop);
    flush(loop);
    if (has_closed(loop))
        reap(loop);
    loop->is_in_turn = false;
    set_alarm(loop, loop->is_restless ? 0 : loop->wheel_next_ms);
}

/* How long the kernel may let us sleep. The time at hand is that of the last turn's
 * begin; only when the next deadline is near does the difference matter enough to
 * ask the clock a second time. */
static int sleep_ms(gw_loop *loop, int timeout_ms)
{
    uint64_t gap_ms;

    if (loop->is_restless)
        return 0;
    if (loop->wheel_next_ms == UINT64_MAX || timeout_ms == 0)
        return timeout_ms;
    gap_ms = loop->wheel_next_ms > loop->now_ms ? loop->wheel_next_ms - loop->now_ms : 0;
    if (gap_ms > NEAR_MS) {
        gap_ms -= FAR_MARGIN_MS;
    } else if (gap_ms > 0) {
        loop->now_ms = gw_clock_now_ms();
        gap_ms = loop->wheel_next_ms > loop->now_ms ? loop->wheel_next_ms - loop->now_ms : 0;
    }
    if (timeout_ms >= 0 && gap_ms > (uint64_t)timeout_ms)
        return timeout_ms;
    return gap_ms < INT_MAX ? (int)gap_ms : INT_MAX;
}

/* No events. When the kernel refuses to wait, the turn does the rest all the same, so that who
 * closes everything gets to the end of it; then no other follows. */
static __attribute__((cold, noinline)) int no_events(gw_loop *loop)
{
    if (errno != EINTR)
        loop->has_failed = loop->is_stopping = true;
    return 0;
}

static void sleep_then_turn(gw_loop *loop, int timeout_ms)
{
    int count =
        epoll_wait(loop->epoll_fd, loop->events, GW_LOOP_EVENTS, sleep_ms(loop, timeout_ms));

    if (count < 0)
        count = no_events(loop);
    loop->event_next = loop->events;
    loop->event_end = loop->events + count;
    turn(loop);
}

/* One turn, or all until a stop. Both in one function, because then the compiler unfolds the turn
 * in this loop and sets up its frame once for all turns. */
static void run_turns(gw_loop *loop, int timeout_ms, bool is_once)
{
    assert(!loop->is_in_turn);
    loop->now_ms = gw_clock_now_ms(); /* the program may have been elsewhere for long */
    do
        sleep_then_turn(loop, timeout_ms);
    while (!is_once && !loop->is_stopping);
}

static int end_of_turns(gw_loop *loop)
{
    if (!loop->has_failed)
        return 0;
    loop->has_failed = loop->is_stopping = false;
    return GW_E_SYSTEM;
}

int gw_loop_step(gw_loop *loop, int timeout_ms)
{
    run_turns(loop, timeout_ms, true);
    return end_of_turns(loop);
}

int gw_loop_run(gw_loop *loop)
{
    int err;

    run_turns(loop, loop->is_stopping ? 0 : -1, false);
    err = end_of_turns(loop);
    loop->is_stopping = false;
    return err;
}

void gw_loop_stop(gw_loop *loop)
{
    loop->is_stopping = true;
}

int gw_loop_fd(gw_loop *loop)
{
    if (loop->alarm_watch.fd >= 0)
        return loop->epoll_fd;
    loop->alarm_watch.fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (loop->alarm_watch.fd < 0)
        return GW_E_SYSTEM;
    if (gw_loop_watch(loop, &loop->alarm_watch, EPOLLIN) < 0) {
        close(loop->alarm_watch.fd);
        loop->alarm_watch.fd = -1;
        return GW_E_SYSTEM;
    }
    set_alarm(loop, loop->is_restless ? 0 : loop->wheel_next_ms);
    return loop->epoll_fd;
}

uint64_t gw_loop_now_ms(gw_loop *loop)
{
    if (!loop->is_in_turn)
        loop->now_ms = gw_clock_now_ms();
    return loop->now_ms;
}

int gw_loop_post(gw_loop *loop, gw_loop_post_fn *fn, const void *bytes, size_t len)
{
    if (!fn)
        return GW_E_ARG;
    return gw_mailbox_post(&loop->mailbox, fn, bytes, len);
}

struct gw_loop_guest *gw_loop_find_guest(const gw_loop *loop, const void *key)
{
    struct gw_loop_guest *guest = loop->guests;

    while (guest && guest->key != key)
        guest = guest->next;
    return guest;
}

void gw_loop_add_guest_take(gw_loop *loop, struct gw_loop_guest *guest)
{
    guest->next = loop->guests;
    loop->guests = guest;
}

static void drop_guests(gw_loop *loop)
{
    while (loop->guests) {
        struct gw_loop_guest *guest = loop->guests;

        loop->guests = guest->next;
        guest->destroy(guest);
    }
}

void gw_loop_destroy(gw_loop *loop)
{
    if (!loop)
        return;
    assert(!loop->is_in_turn);
    loop->is_in_turn = true;
    do
        reap(loop);
    while (has_closed(loop));
    assert(loop->stream_count == 0);
    drop_guests(loop);
    gw_mailbox_dispose(&loop->mailbox);
    gw_outq_pool_dispose(&loop->pool);
    if (loop->alarm_watch.fd >= 0)
        close(loop->alarm_watch.fd);
    close(loop->epoll_fd);
    gw_tls_shared_destroy(loop->tls);
    gw_mem_free(loop->read_bytes);
    gw_mem_free(loop);
}
