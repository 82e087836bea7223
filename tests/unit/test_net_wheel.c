/* SPDX-License-Identifier: MIT */
#include "net/wheel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { NODES = 300, STEPS = 4000, MANY = 1000000 };

static uint64_t seed;

/* xorshift64: the same numbers in every run. */
static uint64_t draw(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

/* Delays of every magnitude: milliseconds as likely as years. */
static uint64_t draw_delay(unsigned int bits_max)
{
    return draw() >> (64 - draw() % bits_max - 1);
}

struct model {
    struct gw_wheel wheel;
    uint64_t now_ms;
    struct gw_wheel_node nodes[NODES];
    bool is_pending[NODES];
    uint64_t at_ms[NODES];
};

static uint64_t earliest(const struct model *m)
{
    uint64_t found = UINT64_MAX;

    for (size_t i = 0; i < NODES; i++) {
        if (m->is_pending[i] && m->at_ms[i] < found)
            found = m->at_ms[i];
    }
    return found;
}

static void check_expired(struct model *m, struct gw_list *expired, uint64_t before_ms)
{
    struct gw_list *link;
    uint64_t last_ms = 0;

    while ((link = gw_list_pop(expired))) {
        struct gw_wheel_node *node = container_of(link, struct gw_wheel_node, link);
        size_t i = (size_t)(node - m->nodes);

        assert_true(m->is_pending[i]);
        assert_true(node->at_ms == m->at_ms[i]);
        if (node->at_ms > before_ms) { /* was not late when it was started */
            assert_true(node->at_ms >= last_ms);
            last_ms = node->at_ms;
        }
        m->is_pending[i] = false;
    }
    assert_true(earliest(m) > m->now_ms);
}

static void advance(struct model *m, uint64_t now_ms)
{
    struct gw_list expired;
    uint64_t before_ms = m->now_ms;

    gw_list_init(&expired);
    gw_wheel_advance(&m->wheel, now_ms, &expired);
    m->now_ms = now_ms;
    check_expired(m, &expired, before_ms);
}

static void check_next(const struct model *m)
{
    uint64_t next_ms = gw_wheel_next_ms(&m->wheel);

    if (earliest(m) == UINT64_MAX)
        assert_true(next_ms == UINT64_MAX);
    else
        assert_true(next_ms <= earliest(m) || next_ms <= m->now_ms);
    /* Who sleeps until then does not turn for nothing for ever. */
    if (earliest(m) > m->now_ms)
        assert_true(next_ms > m->now_ms);
}

static void act(struct model *m, unsigned int bits_max)
{
    size_t i = draw() % NODES;
    uint64_t delay_ms = draw_delay(bits_max);

    if (m->is_pending[i]) {
        gw_wheel_stop(&m->wheel, &m->nodes[i]);
        m->is_pending[i] = false;
        if (draw() % 2)
            return;
    }
    if (delay_ms > UINT64_MAX - m->now_ms)
        delay_ms = UINT64_MAX - m->now_ms;
    m->at_ms[i] = draw() % 16 ? m->now_ms + delay_ms : m->now_ms - m->now_ms % 1000;
    m->is_pending[i] = true;
    gw_wheel_start(&m->wheel, &m->nodes[i], m->at_ms[i]);
}

static void move(struct model *m, unsigned int bits_max)
{
    uint64_t next_ms = gw_wheel_next_ms(&m->wheel);
    uint64_t jump_ms = draw_delay(bits_max);

    if (draw() % 2 && next_ms != UINT64_MAX && next_ms > m->now_ms)
        advance(m, next_ms); /* as a loop does */
    else if (jump_ms < UINT64_MAX - m->now_ms)
        advance(m, m->now_ms + jump_ms);
}

static void compare_with_model(uint64_t start_ms, unsigned int bits_max)
{
    struct model *m = calloc(1, sizeof(*m));

    assert_non_null(m);
    m->now_ms = start_ms;
    gw_wheel_init(&m->wheel, start_ms);
    for (size_t i = 0; i < NODES; i++)
        gw_wheel_node_init(&m->nodes[i]);
    for (int i = 0; i < STEPS; i++) {
        for (uint64_t n = draw() % 8; n > 0; n--)
            act(m, bits_max);
        check_next(m);
        move(m, bits_max);
    }
    free(m);
}

static void wheel_does_what_a_plain_list_of_deadlines_does(void **state)
{
    static const uint64_t starts[] = {
        0, 1, 63, 64, 4095, 123456789, (UINT64_C(1) << 36) - 100, (UINT64_C(1) << 60) - 100};

    (void)state;
    seed = UINT64_C(0x9e3779b97f4a7c15);
    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        compare_with_model(starts[i], 10);
        compare_with_model(starts[i], 24);
        compare_with_model(starts[i], 50);
    }
}

static void deadline_is_met_to_the_millisecond(void **state)
{
    static const uint64_t delays[] = {1,    2,       63,       64,      65,        4095,
                                      4096, 1000000, 86400000, 1 << 30, 0xffffffff};
    struct gw_wheel wheel;
    struct gw_wheel_node node;
    struct gw_list expired;

    (void)state;
    gw_wheel_node_init(&node);
    gw_list_init(&expired);
    for (size_t i = 0; i < sizeof(delays) / sizeof(delays[0]); i++) {
        uint64_t now_ms = 777;

        gw_wheel_init(&wheel, now_ms);
        gw_wheel_start(&wheel, &node, now_ms + delays[i]);
        gw_wheel_advance(&wheel, now_ms + delays[i] - 1, &expired);
        assert_true(gw_list_is_empty(&expired));
        gw_wheel_advance(&wheel, now_ms + delays[i], &expired);
        assert_ptr_equal(gw_list_pop(&expired), &node.link);
    }
}

static void late_deadline_is_due_at_once(void **state)
{
    struct gw_wheel wheel;
    struct gw_wheel_node past, present;
    struct gw_list expired;

    (void)state;
    gw_list_init(&expired);
    gw_wheel_init(&wheel, 1000);
    gw_wheel_node_init(&past);
    gw_wheel_node_init(&present);
    gw_wheel_start(&wheel, &past, 1);
    gw_wheel_start(&wheel, &present, 1000);
    assert_true(gw_wheel_next_ms(&wheel) == 1000);
    gw_wheel_advance(&wheel, 1000, &expired);
    assert_ptr_equal(gw_list_pop(&expired), &past.link);
    assert_ptr_equal(gw_list_pop(&expired), &present.link);
}

static void clock_that_goes_back_counts_as_no_movement(void **state)
{
    struct gw_wheel wheel;
    struct gw_wheel_node node;
    struct gw_list expired;

    (void)state;
    gw_list_init(&expired);
    gw_wheel_init(&wheel, 1000);
    gw_wheel_node_init(&node);
    gw_wheel_start(&wheel, &node, 1010);
    gw_wheel_advance(&wheel, 1005, &expired);
    gw_wheel_advance(&wheel, 10, &expired);
    assert_true(gw_list_is_empty(&expired));
    gw_wheel_advance(&wheel, 1000 + 86400000, &expired);
    assert_ptr_equal(gw_list_pop(&expired), &node.link);
}

static void stopping_is_harmless_at_any_time(void **state)
{
    struct gw_wheel wheel;
    struct gw_wheel_node nodes[2];
    struct gw_list expired;

    (void)state;
    gw_list_init(&expired);
    gw_wheel_init(&wheel, 0);
    for (size_t i = 0; i < 2; i++) {
        gw_wheel_node_init(&nodes[i]);
        gw_wheel_stop(&wheel, &nodes[i]);
        gw_wheel_start(&wheel, &nodes[i], 5);
    }
    gw_wheel_advance(&wheel, 5, &expired);
    gw_wheel_stop(&wheel, &nodes[0]); /* given out, not yet handled */
    assert_ptr_equal(gw_list_pop(&expired), &nodes[1].link);
    assert_true(gw_list_is_empty(&expired));
    gw_wheel_stop(&wheel, &nodes[1]);
    assert_true(gw_wheel_next_ms(&wheel) == UINT64_MAX);
}

/* Each would otherwise wake the loop once more. */
static void million_stopped_deadlines_leave_nothing_behind(void **state)
{
    struct gw_wheel wheel;
    struct gw_wheel_node *nodes = calloc(MANY, sizeof(*nodes));

    (void)state;
    assert_non_null(nodes);
    seed = 42;
    gw_wheel_init(&wheel, 5);
    for (size_t i = 0; i < MANY; i++) {
        gw_wheel_node_init(&nodes[i]);
        gw_wheel_start(&wheel, &nodes[i], 6 + draw_delay(40));
    }
    for (size_t i = 0; i < MANY; i++)
        gw_wheel_stop(&wheel, &nodes[i]);
    assert_true(gw_wheel_next_ms(&wheel) == UINT64_MAX);
    free(nodes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wheel_does_what_a_plain_list_of_deadlines_does),
        cmocka_unit_test(deadline_is_met_to_the_millisecond),
        cmocka_unit_test(late_deadline_is_due_at_once),
        cmocka_unit_test(clock_that_goes_back_counts_as_no_movement),
        cmocka_unit_test(stopping_is_harmless_at_any_time),
        cmocka_unit_test(million_stopped_deadlines_leave_nothing_behind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
