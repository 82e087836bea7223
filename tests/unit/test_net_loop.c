/* SPDX-License-Identifier: MIT */
#include "net/loop.h"

#include "base/mem.h"
#include "net/stream.h"
#include "support/sockets.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

#include <cmocka.h>

enum { THREADS = 4, POSTS = 2000, ORDER_MAX = 64 };

static gw_loop *loop;
static char order[ORDER_MAX]; /* one letter for each thing that happened */
static size_t order_len;

static int set_up(void **state)
{
    (void)state;
    order_len = 0;
    memset(order, 0, sizeof(order));
    loop = gw_loop_create();
    return loop ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    gw_loop_destroy(loop);
    return 0;
}

static void note(char letter)
{
    assert_true(order_len < ORDER_MAX - 1);
    order[order_len++] = letter;
}

static bool is_readable(int fd)
{
    struct pollfd item = {.fd = fd, .events = POLLIN};

    return poll(&item, 1, 0) == 1;
}

static void settle(void)
{
    for (int i = 0; i < 4; i++)
        gw_loop_step(loop, 0);
}

/* Watches */

static struct gw_watch watches[2];

static void on_first_unwatches_all(struct gw_watch *watch, uint32_t events)
{
    (void)watch;
    assert_true(events & EPOLLIN);
    note('e');
    gw_loop_unwatch(loop, &watches[0]);
    gw_loop_unwatch(loop, &watches[1]);
}

static void event_of_a_watch_that_was_taken_out_in_the_same_turn_is_dropped(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        watches[i].on_events = on_first_unwatches_all;
        watches[i].fd = eventfd(1, EFD_CLOEXEC);
        assert_int_equal(gw_loop_watch(loop, &watches[i], EPOLLIN), 0);
    }
    settle();
    assert_string_equal(order, "e");
    close(watches[0].fd);
    close(watches[1].fd);
}

static void descriptor_that_cannot_be_watched_is_an_error(void **state)
{
    struct gw_watch watch = {.on_events = on_first_unwatches_all, .fd = -1};

    (void)state;
    assert_int_equal(gw_loop_watch(loop, &watch, EPOLLIN), GW_E_SYSTEM);
}

/* The order of a turn */

struct turn_parts {
    struct gw_loop_hook end, reap;
    struct gw_watch watch;
    struct gw_stream stream;
    gw_timer *timer;
};

static struct turn_parts parts;

static void on_end_hook(struct gw_loop_hook *hook)
{
    (void)hook;
    note('h');
}

static void on_reap_hook(struct gw_loop_hook *hook)
{
    (void)hook;
    note('r');
}

static void on_event(struct gw_watch *watch, uint32_t events)
{
    (void)events;
    note('e');
    gw_loop_unwatch(loop, watch);
    gw_stream_close(&parts.stream);
}

static void on_timer(gw_timer *timer, void *user)
{
    (void)timer;
    (void)user;
    note('t');
}

static void on_post(gw_loop *at, void *bytes, size_t len)
{
    (void)bytes;
    (void)len;
    assert_ptr_equal(at, loop);
    note('m');
}

static void on_closed(struct gw_stream *stream)
{
    (void)stream;
    note('c');
}

static const struct gw_stream_handlers closing_handlers = {.on_closed = on_closed};

static void turn_keeps_its_order(void **state)
{
    struct socket_pair pair = unix_pair();

    (void)state;
    assert_int_equal(gw_stream_open(&parts.stream, loop, pair.ours, &closing_handlers), 0);
    settle();
    parts.timer = gw_timer_create(loop, on_timer, NULL);
    gw_timer_start(parts.timer, 0);
    gw_loop_hook_init(&parts.end, on_end_hook);
    gw_loop_hook_init(&parts.reap, on_reap_hook);
    gw_loop_hook_start_end(loop, &parts.end);
    gw_loop_hook_start_end(loop, &parts.end);
    gw_loop_hook_start_reap(loop, &parts.reap);
    assert_int_equal(gw_loop_post(loop, on_post, NULL, 0), 0);
    parts.watch = (struct gw_watch){.on_events = on_event, .fd = eventfd(1, EFD_CLOEXEC)};
    assert_int_equal(gw_loop_watch(loop, &parts.watch, EPOLLIN), 0);
    gw_loop_step(loop, 0);
    assert_string_equal(order, "etmhcr");
    gw_timer_destroy(parts.timer);
    close(parts.watch.fd);
    close(pair.theirs);
}

/* Hooks */

static struct gw_loop_hook hooks[3];

static void on_first_stops_all(struct gw_loop_hook *hook)
{
    (void)hook;
    note('1');
    for (size_t i = 0; i < 3; i++)
        gw_loop_hook_stop(&hooks[i]);
}

static void hook_may_stop_itself_and_the_next(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        gw_loop_hook_init(&hooks[i], on_first_stops_all);
        gw_loop_hook_start_end(loop, &hooks[i]);
    }
    settle();
    assert_string_equal(order, "1");
}

static void hook_runs_once_for_each_start(void **state)
{
    (void)state;
    gw_loop_hook_init(&parts.end, on_end_hook);
    gw_loop_hook_init(&parts.reap, on_reap_hook);
    settle();
    assert_string_equal(order, "");
    gw_loop_hook_start_end(loop, &parts.end);
    gw_loop_hook_start_reap(loop, &parts.reap);
    settle();
    assert_string_equal(order, "hr");
    gw_loop_hook_start_end(loop, &parts.end);
    gw_loop_hook_stop(&parts.end);
    gw_loop_hook_stop(&parts.end);
    settle();
    assert_string_equal(order, "hr");
}

static void on_reap_starts_end(struct gw_loop_hook *hook)
{
    (void)hook;
    note('r');
    gw_loop_hook_start_end(loop, &parts.end);
}

static void end_hook_started_at_the_reap_runs_in_the_next_turn_at_once(void **state)
{
    (void)state;
    gw_loop_hook_init(&parts.end, on_end_hook);
    gw_loop_hook_init(&parts.reap, on_reap_starts_end);
    gw_loop_hook_start_reap(loop, &parts.reap);
    gw_loop_step(loop, -1);
    assert_string_equal(order, "r");
    gw_loop_step(loop, -1); /* does not sleep */
    assert_string_equal(order, "rh");
}

static void on_restless_hook(struct gw_loop_hook *hook)
{
    note('h');
    gw_loop_hook_start_end(loop, hook);
}

static void hook_that_is_never_done_does_not_hold_the_turn(void **state)
{
    struct gw_loop_hook hook;

    (void)state;
    gw_loop_hook_init(&hook, on_restless_hook);
    gw_loop_hook_start_end(loop, &hook);
    gw_loop_step(loop, 0);
    assert_int_equal(order_len, GW_LOOP_ROUNDS);
    gw_loop_step(loop, -1); /* does not sleep */
    assert_int_equal(order_len, 2 * GW_LOOP_ROUNDS);
    gw_loop_hook_stop(&hook);
}

/* Run, stop, post */

static void on_post_stop(gw_loop *at, void *bytes, size_t len)
{
    (void)bytes;
    (void)len;
    note('s');
    gw_loop_stop(at);
}

static void run_ends_with_the_turn_that_stopped_it(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(gw_loop_post(loop, on_post_stop, NULL, 0), 0);
        assert_int_equal(gw_loop_post(loop, on_post, NULL, 0), 0);
        assert_int_equal(gw_loop_run(loop), 0);
    }
    assert_string_equal(order, "smsm");
    gw_loop_stop(loop);
    assert_int_equal(gw_loop_run(loop), 0); /* one turn, without sleep */
}

static uint32_t arrived[THREADS];
static uint32_t arrived_count;

struct note_of_thread {
    uint32_t thread, number;
};

static void on_note(gw_loop *at, void *bytes, size_t len)
{
    const struct note_of_thread *it = bytes;

    assert_int_equal(len, sizeof(*it));
    assert_int_equal(it->number, arrived[it->thread]++);
    if (++arrived_count == THREADS * POSTS)
        gw_loop_stop(at);
}

static void *post_many(void *user)
{
    struct note_of_thread it = {.thread = *(const uint32_t *)user};

    for (it.number = 0; it.number < POSTS; it.number++) {
        if (gw_loop_post(loop, on_note, &it, sizeof(it)) < 0)
            abort();
    }
    return NULL;
}

static void four_threads_post_and_nothing_is_lost(void **state)
{
    pthread_t threads[THREADS];
    uint32_t ids[THREADS];

    (void)state;
    for (uint32_t i = 0; i < THREADS; i++) {
        ids[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, post_many, &ids[i]), 0);
    }
    assert_int_equal(gw_loop_run(loop), 0);
    for (uint32_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(arrived[i], POSTS);
    }
}

static void post_needs_a_function_and_drops_what_comes_too_late(void **state)
{
    (void)state;
    assert_int_equal(gw_loop_post(loop, NULL, NULL, 0), GW_E_ARG);
    assert_int_equal(gw_loop_post(loop, on_post, "abc", 3), 0);
}

/* Driven by a foreign loop */

static void descriptor_is_readable_only_when_there_is_something_to_do(void **state)
{
    int fd = gw_loop_fd(loop);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(gw_loop_fd(loop), fd);
    settle();
    assert_false(is_readable(fd));
    gw_loop_post(loop, on_post, NULL, 0);
    assert_true(is_readable(fd));
    settle();
    assert_false(is_readable(fd));
    assert_string_equal(order, "m");
}

static void foreign_loop_is_woken_for_timers(void **state)
{
    struct pollfd item = {.fd = gw_loop_fd(loop), .events = POLLIN};
    gw_timer *near = gw_timer_create(loop, on_timer, NULL);
    gw_timer *far = gw_timer_create(loop, on_timer, NULL);

    (void)state;
    settle();
    gw_timer_start(far, 1000 * 1000); /* from outside a turn */
    assert_false(is_readable(item.fd));
    gw_timer_start(near, 2);
    while (order_len == 0) {
        assert_int_equal(poll(&item, 1, -1), 1);
        gw_loop_step(loop, 0);
    }
    settle();
    assert_false(is_readable(item.fd));
    assert_string_equal(order, "t");
    gw_timer_start(near, 0);
    assert_true(is_readable(item.fd));
    gw_timer_destroy(near);
    gw_timer_destroy(far);
}

static void foreign_loop_is_woken_for_what_is_written_outside_a_turn(void **state)
{
    struct socket_pair pair = unix_pair();
    struct gw_stream stream;
    uint8_t bytes[5];
    int fd = gw_loop_fd(loop);

    (void)state;
    assert_int_equal(gw_stream_open(&stream, loop, pair.ours, &closing_handlers), 0);
    settle();
    assert_false(is_readable(fd));
    assert_int_equal(gw_stream_write(&stream, GW_LIT("hello")), 0);
    assert_true(is_readable(fd));
    gw_loop_step(loop, 0);
    assert_true(read_exactly(pair.theirs, bytes, 5));
    assert_memory_equal(bytes, "hello", 5);
    assert_false(is_readable(fd));
    gw_stream_close(&stream);
    assert_true(is_readable(fd));
    settle();
    assert_string_equal(order, "c");
    assert_false(is_readable(fd));
    close(pair.theirs);
}

static void hook_brings_a_turn_to_a_foreign_loop(void **state)
{
    struct gw_loop_hook hook;
    int fd = gw_loop_fd(loop);

    (void)state;
    settle();
    gw_loop_hook_init(&hook, on_end_hook);
    gw_loop_hook_start_end(loop, &hook);
    assert_true(is_readable(fd));
    gw_loop_step(loop, 0);
    assert_string_equal(order, "h");
    assert_false(is_readable(fd));
}

/* Ends */

static void destroying_tells_the_streams_that_were_closed(void **state)
{
    struct socket_pair pair = unix_pair();
    struct gw_stream stream;
    gw_loop *other = gw_loop_create();

    (void)state;
    assert_int_equal(gw_stream_open(&stream, other, pair.ours, &closing_handlers), 0);
    gw_stream_close(&stream);
    gw_loop_destroy(other);
    assert_string_equal(order, "c");
    gw_loop_destroy(NULL);
    close(pair.theirs);
}

/* epoll_wait fails from here on. */
static void break_loop(void)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

    assert_int_not_equal(fd, -1);
    assert_int_equal(dup2(fd, loop->epoll_fd), loop->epoll_fd);
    close(fd);
}

static void closing_needs_no_events(void **state)
{
    struct socket_pair pair = unix_pair();
    struct gw_stream stream;

    (void)state;
    assert_int_equal(gw_stream_open(&stream, loop, pair.ours, &closing_handlers), 0);
    break_loop();
    gw_stream_close(&stream);
    assert_int_equal(gw_loop_step(loop, -1), GW_E_SYSTEM);
    assert_string_equal(order, "c");
    assert_int_equal(gw_loop_run(loop), GW_E_SYSTEM);
    close(pair.theirs);
}

static void lack_of_memory_makes_no_loop(void **state)
{
    (void)state;
    gw_mem_fail_at(1);
    assert_null(gw_loop_create());
    gw_mem_fail_at(0);
}

/* With each number of descriptors left: no loop, or one that gives no descriptor for a foreign loop, and no leak. */
static void lack_of_descriptors_makes_no_loop(void **state)
{
    struct rlimit before, limit;
    int first = dup(0);

    (void)state;
    assert_true(first >= 0);
    close(first);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    for (int left = 0; left < 3; left++) {
        gw_loop *made;

        limit = before;
        limit.rlim_cur = (rlim_t)(first + left);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
        made = gw_loop_create();
        if (left < 2)
            assert_null(made);
        else
            assert_int_equal(gw_loop_fd(made), GW_E_SYSTEM);
        gw_loop_destroy(made);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
        assert_int_equal(fcntl(first, F_GETFD), -1);
    }
}

static int guests_gone;

static void on_guest_gone(struct gw_loop_guest *guest)
{
    (void)guest;
    guests_gone++;
}

static void guests_are_found_and_go_with_the_loop(void **state)
{
    static const char one, two;
    struct gw_loop_guest first = {.key = &one, .destroy = on_guest_gone};
    struct gw_loop_guest second = {.key = &two, .destroy = on_guest_gone};
    gw_loop *host = gw_loop_create();

    (void)state;
    guests_gone = 0;
    assert_null(gw_loop_find_guest(host, &one));
    gw_loop_add_guest_take(host, &first);
    gw_loop_add_guest_take(host, &second);
    assert_ptr_equal(gw_loop_find_guest(host, &one), &first);
    assert_ptr_equal(gw_loop_find_guest(host, &two), &second);
    gw_loop_destroy(host);
    assert_int_equal(guests_gone, 2);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(guests_are_found_and_go_with_the_loop),
        CASE(event_of_a_watch_that_was_taken_out_in_the_same_turn_is_dropped),
        CASE(descriptor_that_cannot_be_watched_is_an_error),
        CASE(turn_keeps_its_order),
        CASE(hook_may_stop_itself_and_the_next),
        CASE(hook_runs_once_for_each_start),
        CASE(end_hook_started_at_the_reap_runs_in_the_next_turn_at_once),
        CASE(hook_that_is_never_done_does_not_hold_the_turn),
        CASE(run_ends_with_the_turn_that_stopped_it),
        CASE(four_threads_post_and_nothing_is_lost),
        CASE(post_needs_a_function_and_drops_what_comes_too_late),
        CASE(descriptor_is_readable_only_when_there_is_something_to_do),
        CASE(foreign_loop_is_woken_for_timers),
        CASE(foreign_loop_is_woken_for_what_is_written_outside_a_turn),
        CASE(hook_brings_a_turn_to_a_foreign_loop),
        CASE(destroying_tells_the_streams_that_were_closed),
        CASE(closing_needs_no_events),
        CASE(lack_of_memory_makes_no_loop),
        CASE(lack_of_descriptors_makes_no_loop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
