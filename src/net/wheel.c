/* SPDX-License-Identifier: MIT */
#include "net/wheel.h"

#include <assert.h>
#include <stddef.h>

/* Think of time as a number with digits of six bits. A deadline waits at the level of the highest
 * digit in which it differs from now, in the slot that this digit names. Two things follow. All
 * slots in use lie ahead of now's own digit, so nothing wraps around; and whatever waits at a lower
 * level comes before all that waits higher up, so the next deadline is in the lowest level's first
 * slot. When now gets to a slot of a higher level, the slot's deadlines have one digit more in
 * common with it and move down. */

static size_t shift_of(size_t level)
{
    return level * GW_WHEEL_SLOT_BITS;
}

static size_t digit_of(uint64_t time_ms, size_t level)
{
    return (time_ms >> shift_of(level)) & (GW_WHEEL_SLOTS - 1);
}

/* When now gets to a slot ahead of it: the digits above are now's, those below are 0. */
static uint64_t slot_time(const struct gw_wheel *wheel, size_t level, size_t slot)
{
    uint64_t above = 0;

    if (level + 1 < GW_WHEEL_LEVELS) /* the last digit has nothing above it */
        above = wheel->now_ms >> shift_of(level + 1) << shift_of(level + 1);
    return above | (uint64_t)slot << shift_of(level);
}

static bool is_somewhere(const struct gw_wheel *wheel, size_t *level, size_t *slot)
{
    for (size_t i = 0; i < GW_WHEEL_LEVELS; i++) {
        if (wheel->used[i] != 0) {
            *level = i;
            *slot = (size_t)__builtin_ctzll(wheel->used[i]);
            return true;
        }
    }
    return false;
}

/* Only for deadlines ahead of now. */
static void put(struct gw_wheel *wheel, struct gw_wheel_node *node)
{
    uint64_t difference = node->at_ms ^ wheel->now_ms;
    size_t level = (size_t)(63 - __builtin_clzll(difference)) / GW_WHEEL_SLOT_BITS;
    size_t slot = digit_of(node->at_ms, level);

    gw_list_push(&wheel->slots[level * GW_WHEEL_SLOTS + slot], &node->link);
    wheel->used[level] |= UINT64_C(1) << slot;
}

static void enter_slot(struct gw_wheel *wheel, size_t level, size_t slot, struct gw_list *expired)
{
    struct gw_list reached;
    struct gw_list *link;

    gw_list_init(&reached);
    gw_list_move_all(&reached, &wheel->slots[level * GW_WHEEL_SLOTS + slot]);
    wheel->used[level] &= ~(UINT64_C(1) << slot);
    while ((link = gw_list_pop(&reached))) {
        struct gw_wheel_node *node = container_of(link, struct gw_wheel_node, link);

        if (node->at_ms <= wheel->now_ms)
            gw_list_push(expired, link);
        else
            put(wheel, node);
    }
}

void gw_wheel_init(struct gw_wheel *wheel, uint64_t now_ms)
{
    wheel->now_ms = now_ms;
    gw_list_init(&wheel->due);
    for (size_t i = 0; i < GW_WHEEL_LEVELS; i++)
        wheel->used[i] = 0;
    for (size_t i = 0; i < GW_WHEEL_LEVELS * GW_WHEEL_SLOTS; i++)
        gw_list_init(&wheel->slots[i]);
}

void gw_wheel_node_init(struct gw_wheel_node *node)
{
    gw_list_init(&node->link);
    node->at_ms = 0;
}

void gw_wheel_start(struct gw_wheel *wheel, struct gw_wheel_node *node, uint64_t at_ms)
{
    assert(!gw_list_is_linked(&node->link));
    node->at_ms = at_ms;
    if (at_ms <= wheel->now_ms)
        gw_list_push(&wheel->due, &node->link);
    else
        put(wheel, node);
}

/* A neighbour on both sides is the list's head, and when that is one of our slots, the slot becomes
 * empty: without clearing its bit each stopped deadline would still wake the loop once. */
void gw_wheel_stop(struct gw_wheel *wheel, struct gw_wheel_node *node)
{
    struct gw_list *neighbour = node->link.next;
    bool is_alone = neighbour == node->link.prev;
    uintptr_t distance = (uintptr_t)neighbour - (uintptr_t)wheel->slots;

    gw_list_remove(&node->link);
    if (is_alone && distance < sizeof(wheel->slots)) {
        size_t index = distance / sizeof(wheel->slots[0]);

        wheel->used[index / GW_WHEEL_SLOTS] &= ~(UINT64_C(1) << index % GW_WHEEL_SLOTS);
    }
}

void gw_wheel_advance(struct gw_wheel *wheel, uint64_t now_ms, struct gw_list *expired)
{
    size_t level, slot;

    gw_list_move_all(expired, &wheel->due);
    while (is_somewhere(wheel, &level, &slot)) {
        uint64_t at_ms = slot_time(wheel, level, slot);

        if (at_ms > now_ms)
            break;
        wheel->now_ms = at_ms;
        enter_slot(wheel, level, slot, expired);
    }
    if (now_ms > wheel->now_ms)
        wheel->now_ms = now_ms;
}

uint64_t gw_wheel_next_ms(const struct gw_wheel *wheel)
{
    size_t level, slot;

    if (!gw_list_is_empty(&wheel->due))
        return wheel->now_ms;
    return is_somewhere(wheel, &level, &slot) ? slot_time(wheel, level, slot) : UINT64_MAX;
}
