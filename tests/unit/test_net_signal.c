/* SPDX-License-Identifier: MIT */
#include "net/signal.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static gw_loop *loop;
static int last_number, count;

static int set_up(void **state)
{
    (void)state;
    last_number = count = 0;
    loop = gw_loop_create();
    return loop ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    gw_signal_stop();
    gw_loop_destroy(loop);
    return 0;
}

static void on_signal(int number, void *user)
{
    assert_ptr_equal(user, &count);
    last_number = number;
    count++;
    gw_loop_stop(loop);
}

static void each_watched_signal_is_called_in_the_loop(void **state)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};

    (void)state;
    assert_int_equal(gw_signal_start(loop, on_signal, &count), 0);
    for (int i = 0; i < 3; i++) {
        raise(numbers[i]);
        assert_int_equal(count, i); /* not in the handler */
        assert_int_equal(gw_loop_run(loop), 0);
        assert_int_equal(count, i + 1);
        assert_int_equal(last_number, numbers[i]);
    }
}

static void stop_puts_back_what_was_before(void **state)
{
    struct sigaction before, during, after;

    (void)state;
    sigaction(SIGTERM, NULL, &before);
    assert_int_equal(gw_signal_start(loop, on_signal, &count), 0);
    sigaction(SIGTERM, NULL, &during);
    assert_true(during.sa_handler != before.sa_handler);
    gw_signal_stop();
    gw_signal_stop();
    sigaction(SIGTERM, NULL, &after);
    assert_true(after.sa_handler == before.sa_handler);
}

static void ignored_signal_stays_ignored(void **state)
{
    struct sigaction during;

    (void)state;
    signal(SIGHUP, SIG_IGN);
    assert_int_equal(gw_signal_start(loop, on_signal, &count), 0);
    sigaction(SIGHUP, NULL, &during);
    gw_signal_stop();
    signal(SIGHUP, SIG_DFL);
    assert_true(during.sa_handler == SIG_IGN);
}

static void second_watcher_is_refused(void **state)
{
    (void)state;
    assert_int_equal(gw_signal_start(loop, on_signal, &count), 0);
    assert_int_equal(gw_signal_start(loop, on_signal, &count), GW_E_IN_USE);
}

static void signal_for_an_earlier_watcher_is_not_told_to_a_later_one(void **state)
{
    (void)state;
    assert_int_equal(gw_signal_start(loop, on_signal, &count), 0);
    raise(SIGTERM);
    gw_signal_stop();
    assert_int_equal(gw_signal_start(loop, on_signal, &count), 0);
    gw_loop_step(loop, 0);
    assert_int_equal(count, 0);
}

static void on_signal_stop(int number, void *user)
{
    (void)number;
    (void)user;
    count++;
    gw_signal_stop();
}

static void watcher_may_stop_itself(void **state)
{
    (void)state;
    assert_int_equal(gw_signal_start(loop, on_signal_stop, NULL), 0);
    raise(SIGTERM);
    raise(SIGINT);
    gw_loop_step(loop, 0);
    assert_int_equal(count, 1);
}

/* A handler and its pipe are inherited by a fork; SIGTERM for the child must not stop the server. */
static void signal_of_a_forked_child_ends_the_child_alone(void **state)
{
    int status = 0;
    pid_t child;

    (void)state;
    assert_int_equal(gw_signal_start(loop, on_signal, &count), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        raise(SIGTERM);
        _exit(1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    gw_loop_step(loop, 0);
    assert_int_equal(count, 0);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGTERM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_watched_signal_is_called_in_the_loop, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(stop_puts_back_what_was_before, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ignored_signal_stays_ignored, set_up, tear_down),
        cmocka_unit_test_setup_teardown(second_watcher_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(signal_for_an_earlier_watcher_is_not_told_to_a_later_one,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(watcher_may_stop_itself, set_up, tear_down),
        cmocka_unit_test_setup_teardown(signal_of_a_forked_child_ends_the_child_alone, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
