/* SPDX-License-Identifier: MIT */
#include "net/timer.h"

#include "base/mem.h"
#include "net/loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { LOG_MAX = 16 };

struct world {
    gw_loop *loop;
    gw_timer *a, *b;
    int fired[LOG_MAX]; /* numbers in the order in which they fired */
    size_t count;
    uint64_t at_ms;
};

struct numbered {
    struct gw_timer timer;
    int number;
};

static struct world world;

static int set_up(void **state)
{
    (void)state;
    world = (struct world){.loop = gw_loop_create()};
    return world.loop ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    gw_timer_destroy(world.a);
    gw_timer_destroy(world.b);
    gw_loop_destroy(world.loop);
    return 0;
}

static void note(int number)
{
    assert_true(world.count < LOG_MAX);
    world.fired[world.count++] = number;
    world.at_ms = gw_loop_now_ms(world.loop);
}

static void on_numbered(struct gw_timer *timer)
{
    note(container_of(timer, struct numbered, timer)->number);
}

/* Takes as long as it takes; no test knows how long that is. */
static void run_until(size_t count)
{
    while (world.count < count)
        assert_int_equal(gw_loop_step(world.loop, -1), 0);
}

static void timers_fire_in_the_order_of_their_deadlines(void **state)
{
    static const uint64_t delays[] = {30, 0, 12, 1, 5, 12};
    static const int order[] = {1, 3, 4, 2, 5, 0};
    struct numbered timers[6];
    uint64_t now_ms = gw_loop_now_ms(world.loop);

    (void)state;
    for (int i = 0; i < 6; i++) {
        timers[i].number = i;
        gw_timer_init(&timers[i].timer, world.loop, on_numbered);
        gw_timer_start_at(&timers[i].timer, now_ms + delays[i]);
        assert_true(gw_timer_is_running(&timers[i].timer));
    }
    run_until(6);
    assert_memory_equal(world.fired, order, sizeof(order));
    assert_true(world.at_ms >= now_ms + 30);
    for (int i = 0; i < 6; i++)
        assert_false(gw_timer_is_running(&timers[i].timer));
}

static void stopped_timer_does_not_fire(void **state)
{
    struct numbered stopped = {.number = 1}, never = {.number = 2}, last = {.number = 3};

    (void)state;
    gw_timer_init(&stopped.timer, world.loop, on_numbered);
    gw_timer_init(&never.timer, world.loop, on_numbered);
    gw_timer_init(&last.timer, world.loop, on_numbered);
    gw_timer_stop(&never.timer);
    gw_timer_start(&stopped.timer, 1);
    gw_timer_start(&never.timer, 1);
    gw_timer_start_at(&never.timer, UINT64_MAX);
    gw_timer_start(&last.timer, 5);
    gw_timer_stop(&stopped.timer);
    run_until(1);
    assert_int_equal(world.fired[0], 3);
}

static void timer_started_again_fires_once_at_the_later_time(void **state)
{
    struct numbered one = {.number = 1}, two = {.number = 2};

    (void)state;
    gw_timer_init(&one.timer, world.loop, on_numbered);
    gw_timer_init(&two.timer, world.loop, on_numbered);
    gw_timer_start(&one.timer, 1);
    gw_timer_start(&two.timer, 3);
    gw_timer_start(&one.timer, 8);
    run_until(2);
    assert_int_equal(world.fired[0], 2);
    assert_int_equal(world.fired[1], 1);
}

static void far_away_delay_holds_nothing_up(void **state)
{
    struct numbered far = {.number = 1};

    (void)state;
    gw_timer_init(&far.timer, world.loop, on_numbered);
    gw_timer_start(&far.timer, UINT64_MAX - 1);
    gw_timer_start(&far.timer, UINT64_MAX);
    gw_timer_start(&far.timer, 1000 * 1000);
    gw_loop_step(world.loop, 1); /* is not held by it */
    assert_int_equal(world.count, 0);
    gw_timer_stop(&far.timer);
}

static void on_first_kills_second(gw_timer *timer, void *user)
{
    (void)timer;
    (void)user;
    note(1);
    gw_timer_destroy(world.b);
    world.b = NULL;
}

static void on_second(gw_timer *timer, void *user)
{
    (void)timer;
    note(*(const int *)user);
}

static void timer_may_destroy_another_of_the_same_moment(void **state)
{
    int number = 2;
    uint64_t now_ms = gw_loop_now_ms(world.loop);

    (void)state;
    world.a = gw_timer_create(world.loop, on_first_kills_second, NULL);
    world.b = gw_timer_create(world.loop, on_second, &number);
    gw_timer_start_at(world.a, now_ms);
    gw_timer_start_at(world.b, now_ms);
    run_until(1);
    gw_loop_step(world.loop, 0);
    assert_int_equal(world.count, 1);
}

static void on_kill_self(gw_timer *timer, void *user)
{
    (void)user;
    note(1);
    gw_timer_destroy(timer);
    world.a = NULL;
}

static void timer_may_destroy_itself(void **state)
{
    (void)state;
    world.a = gw_timer_create(world.loop, on_kill_self, NULL);
    gw_timer_start(world.a, 0);
    run_until(1);
}

static void on_again(gw_timer *timer, void *user)
{
    (void)user;
    note(1);
    gw_timer_start(timer, 0);
}

/* Otherwise it would keep the loop from ever reading again. */
static void timer_that_starts_itself_at_once_waits_for_the_next_turn(void **state)
{
    (void)state;
    world.a = gw_timer_create(world.loop, on_again, NULL);
    gw_timer_start(world.a, 0);
    for (size_t turns = 1; turns <= 3; turns++) {
        gw_loop_step(world.loop, -1);
        assert_int_equal(world.count, turns);
    }
}

static void lack_of_memory_makes_no_timer(void **state)
{
    (void)state;
    gw_mem_fail_at(1);
    assert_null(gw_timer_create(world.loop, on_again, NULL));
    gw_mem_fail_at(0);
    gw_timer_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(timers_fire_in_the_order_of_their_deadlines, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(stopped_timer_does_not_fire, set_up, tear_down),
        cmocka_unit_test_setup_teardown(timer_started_again_fires_once_at_the_later_time, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(far_away_delay_holds_nothing_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(timer_may_destroy_another_of_the_same_moment, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(timer_may_destroy_itself, set_up, tear_down),
        cmocka_unit_test_setup_teardown(timer_that_starts_itself_at_once_waits_for_the_next_turn,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(lack_of_memory_makes_no_timer, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
