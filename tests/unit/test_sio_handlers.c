/* SPDX-License-Identifier: MIT */
#include "sio/handlers.h"

#include "base/mem.h"

#include <stdio.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const uint64_t seed[2] = {5, 6};

static void nothing(void)
{
}

static size_t count(const struct gw_sio_listeners *listeners)
{
    size_t n = 0;

    for (const struct gw_sio_listener *at = listeners ? listeners->first : NULL; at; at = at->next)
        n++;
    return n;
}

static void every_name_finds_its_own_list(void **state)
{
    struct gw_sio_handlers handlers;
    char name[64];

    (void)state;
    gw_sio_handlers_init(&handlers, seed);
    assert_null(gw_sio_events_find(&handlers.by_event, GW_LIT("x")));
    for (size_t len = 0; len < 40; len++) { /* every path through the hash */
        for (char c = 'a'; c <= 'c'; c++) {
            memset(name, c, len);
            name[len] = '\0';
            for (char i = 'a'; i <= c; i++)
                assert_int_equal(
                    gw_sio_events_push(&handlers.by_event, gw_slice_of(name), nothing, NULL, 0), 0);
        }
    }
    for (size_t len = 1; len < 40; len++) {
        for (char c = 'a'; c <= 'c'; c++) {
            memset(name, c, len);
            name[len] = '\0';
            assert_int_equal(count(gw_sio_events_find(&handlers.by_event, gw_slice_of(name))),
                             (size_t)(c - 'a' + 1));
        }
    }
    assert_int_equal(count(gw_sio_events_find(&handlers.by_event, GW_LIT(""))), 6);
    assert_null(gw_sio_events_find(&handlers.by_event, GW_LIT("ab")));
    gw_sio_handlers_dispose(&handlers);
}

static void lists_keep_their_order(void **state)
{
    struct gw_sio_handlers handlers;
    struct gw_sio_listeners *any = &handlers.lists[GW_SIO_LIST_ANY];
    int users[3];

    (void)state;
    gw_sio_handlers_init(&handlers, seed);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(gw_sio_listeners_push(any, nothing, &users[i], 0), 0);
    assert_ptr_equal(any->first->user, &users[0]);
    assert_ptr_equal(any->first->next->user, &users[1]);
    assert_ptr_equal(any->last->user, &users[2]);
    gw_sio_handlers_dispose(&handlers);
}

static void a_failed_registration_is_none(void **state)
{
    (void)state;
    for (uint64_t nth = 1; nth <= 3; nth++) {
        struct gw_sio_handlers handlers;

        gw_sio_handlers_init(&handlers, seed);
        gw_mem_fail_at(nth);
        assert_int_equal(gw_sio_events_push(&handlers.by_event, GW_LIT("e"), nothing, NULL, 0),
                         GW_E_NOMEM);
        gw_mem_fail_at(0);
        assert_int_equal(count(gw_sio_events_find(&handlers.by_event, GW_LIT("e"))), 0);
        gw_sio_handlers_dispose(&handlers);
    }
}

static void the_last_of_several_equal_ones_is_taken_out(void **state)
{
    struct gw_sio_dead_listeners dead = {0};
    struct gw_sio_listeners list = {0};
    int users[2];

    (void)state;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(gw_sio_listeners_push(&list, nothing, &users[i % 2], 0), 0);
    assert_int_equal(gw_sio_listeners_remove(&list, nothing, &users[0], &dead), 1);
    assert_int_equal(gw_sio_listeners_count(&list), 3);
    assert_ptr_equal(list.first->user, &users[0]);
    assert_ptr_equal(list.first->next->user, &users[1]);
    assert_ptr_equal(list.last->user, &users[1]);
    assert_int_equal(gw_sio_listeners_remove(&list, nothing, &users[1], &dead), 1);
    assert_ptr_equal(list.last->user, &users[1]);
    assert_int_equal(gw_sio_listeners_remove(&list, nothing, NULL, &dead), 0);
    assert_int_equal(gw_sio_listeners_remove(&list, NULL, NULL, &dead), 2);
    assert_null(list.first);
    assert_null(list.last);
    assert_int_equal(gw_sio_listeners_push(&list, nothing, NULL, GW_SIO_LISTENER_FIRST), 0);
    assert_ptr_equal(list.last, list.first);
    gw_sio_dead_listeners_free(&dead);
    gw_sio_listeners_dispose(&list);
}

/* Users of the listeners that a walk calls, when `change` happens under its first one. */
static void walk(struct gw_sio_listeners *list, struct gw_sio_dead_listeners *dead, char change,
                 char *out)
{
    static char x = 'x';
    const uint64_t newest = list->number;
    size_t n = 0;

    for (const struct gw_sio_listener *at = list->first; at;
         at = gw_sio_listener_from(at->next, newest)) {
        out[n++] = *(const char *)at->user;
        if (n > 1)
            continue;
        if (change == '+')
            gw_sio_listeners_push(list, nothing, &x, 0);
        else if (change == '^')
            gw_sio_listeners_push(list, nothing, &x, GW_SIO_LISTENER_FIRST);
        else if (change == '1')
            gw_sio_listeners_take(list, list->first, dead);
        else if (change == '2')
            gw_sio_listeners_take(list, list->first->next, dead);
        else if (change == '*')
            gw_sio_listeners_remove(list, NULL, NULL, dead);
        if (change == '*')
            gw_sio_listeners_push(list, nothing, &x, 0);
    }
    out[n] = '\0';
}

static void a_walk_sees_what_was_there_and_still_is(void **state)
{
    static const struct {
        char change;
        const char *called, *left;
    } table[] = {
        {'+', "abc", "abcx"}, {'^', "abc", "xabc"}, {'1', "abc", "bc"},
        {'2', "ac", "ac"},    {'*', "a", "x"},
    };
    static char users[] = "abc";

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct gw_sio_dead_listeners dead = {0};
        struct gw_sio_listeners list = {0};
        char called[8], left[8];

        for (size_t k = 0; k < 3; k++)
            assert_int_equal(gw_sio_listeners_push(&list, nothing, &users[k], 0), 0);
        walk(&list, &dead, table[i].change, called);
        assert_string_equal(called, table[i].called);
        walk(&list, &dead, ' ', left);
        assert_string_equal(left, table[i].left);
        gw_sio_dead_listeners_free(&dead);
        gw_sio_listeners_dispose(&list);
    }
}

static void a_name_without_listeners_leaves_nothing(void **state)
{
    struct gw_sio_dead_listeners dead = {0};
    struct gw_sio_handlers handlers;
    struct gw_sio_listeners *found;

    (void)state;
    gw_sio_handlers_init(&handlers, seed);
    assert_int_equal(gw_sio_events_push(&handlers.by_event, GW_LIT("e"), nothing, NULL, 0), 0);
    assert_int_equal(gw_sio_events_remove(&handlers.by_event, GW_LIT("e"), NULL, NULL, &dead), 1);
    assert_int_equal(gw_sio_events_remove(&handlers.by_event, GW_LIT("e"), NULL, NULL, &dead), 0);
    assert_int_equal(handlers.by_event.count, 0);
    assert_int_equal(gw_sio_events_push(&handlers.by_event, GW_LIT("e"), nothing, NULL, 0), 0);
    found = gw_sio_events_find(&handlers.by_event, GW_LIT("e"));
    gw_sio_events_take(&handlers.by_event, found, found->first, &dead);
    assert_int_equal(handlers.by_event.count, 0);
    gw_sio_dead_listeners_free(&dead);
    gw_sio_handlers_dispose(&handlers);
}

static void a_copy_is_what_was_there_at_that_moment(void **state)
{
    struct gw_sio_dead_listeners dead = {0};
    struct gw_sio_handlers from, to;
    int users[2];

    (void)state;
    gw_sio_handlers_init(&from, seed);
    gw_sio_handlers_init(&to, seed);
    assert_int_equal(
        gw_sio_events_push(&from.by_event, GW_LIT("e"), nothing, &users[0], GW_SIO_LISTENER_ONCE),
        0);
    assert_int_equal(gw_sio_listeners_push(&from.lists[GW_SIO_LIST_USE], nothing, &users[1], 0), 0);
    assert_int_equal(gw_sio_handlers_copy(&to, &from), 0);
    assert_int_equal(gw_sio_events_remove(&from.by_event, GW_LIT("e"), NULL, NULL, &dead), 1);
    assert_int_equal(count(gw_sio_events_find(&to.by_event, GW_LIT("e"))), 1);
    assert_true(gw_sio_events_find(&to.by_event, GW_LIT("e"))->first->is_once);
    assert_ptr_equal(to.lists[GW_SIO_LIST_USE].first->user, &users[1]);
    gw_sio_dead_listeners_free(&dead);
    gw_sio_handlers_dispose(&from);
    gw_sio_handlers_dispose(&to);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_finds_its_own_list),
        cmocka_unit_test(lists_keep_their_order),
        cmocka_unit_test(a_failed_registration_is_none),
        cmocka_unit_test(the_last_of_several_equal_ones_is_taken_out),
        cmocka_unit_test(a_walk_sees_what_was_there_and_still_is),
        cmocka_unit_test(a_name_without_listeners_leaves_nothing),
        cmocka_unit_test(a_copy_is_what_was_there_at_that_moment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
