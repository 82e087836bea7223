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
    assert_null(gw_sio_handlers_find(&handlers, GW_LIT("x")));
    for (size_t len = 0; len < 40; len++) { /* every path through the hash */
        for (char c = 'a'; c <= 'c'; c++) {
            memset(name, c, len);
            name[len] = '\0';
            for (char i = 'a'; i <= c; i++)
                assert_int_equal(
                    gw_sio_handlers_push_event(&handlers, gw_slice_of(name), nothing, NULL), 0);
        }
    }
    for (size_t len = 1; len < 40; len++) {
        for (char c = 'a'; c <= 'c'; c++) {
            memset(name, c, len);
            name[len] = '\0';
            assert_int_equal(count(gw_sio_handlers_find(&handlers, gw_slice_of(name))),
                             (size_t)(c - 'a' + 1));
        }
    }
    assert_int_equal(count(gw_sio_handlers_find(&handlers, GW_LIT(""))), 6);
    assert_null(gw_sio_handlers_find(&handlers, GW_LIT("ab")));
    gw_sio_handlers_dispose(&handlers);
}

static void lists_keep_their_order(void **state)
{
    struct gw_sio_handlers handlers;
    int users[3];

    (void)state;
    gw_sio_handlers_init(&handlers, seed);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(gw_sio_listeners_push(&handlers.any, nothing, &users[i]), 0);
    assert_ptr_equal(handlers.any.first->user, &users[0]);
    assert_ptr_equal(handlers.any.first->next->user, &users[1]);
    assert_ptr_equal(handlers.any.last->user, &users[2]);
    gw_sio_handlers_dispose(&handlers);
}

static void a_failed_registration_is_none(void **state)
{
    (void)state;
    for (uint64_t nth = 1; nth <= 3; nth++) {
        struct gw_sio_handlers handlers;

        gw_sio_handlers_init(&handlers, seed);
        gw_mem_fail_at(nth);
        assert_int_equal(gw_sio_handlers_push_event(&handlers, GW_LIT("e"), nothing, NULL),
                         GW_E_NOMEM);
        gw_mem_fail_at(0);
        assert_int_equal(count(gw_sio_handlers_find(&handlers, GW_LIT("e"))), 0);
        gw_sio_handlers_dispose(&handlers);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_finds_its_own_list),
        cmocka_unit_test(lists_keep_their_order),
        cmocka_unit_test(a_failed_registration_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
