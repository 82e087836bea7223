/* SPDX-License-Identifier: MIT */
#include "wire/ws_socket.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void what_is_not_chosen_has_a_default_at_both_ends(void **state)
{
    static const enum gw_ws_role roles[] = {GW_WS_SERVER, GW_WS_CLIENT};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct gw_ws_class class = {0};

        gw_ws_class_init(&class, roles[i], &(struct gw_ws_class_options){0});
        assert_int_equal(class.setup.decoder.role, roles[i]);
        assert_int_equal(class.setup.decoder.max_message_bytes, 1 << 20);
        assert_int_equal(class.setup.decoder.max_fragments, 131072);
        assert_int_equal(class.max_queued_bytes, 16 << 20);
        assert_int_equal(class.setup.close_timeout_ms, 10000);
        assert_int_equal(class.idle_timeout_ms, 120000);
        assert_null(class.setup.deflate);
    }
}

/* The clock that it is held against turns round after 49 days. */
static void an_idle_timeout_that_the_clock_cannot_hold_is_none(void **state)
{
    static const struct {
        uint64_t wanted_ms, is_ms;
    } cases[] = {
        {1, 1},
        {GW_WS_IDLE_TIMEOUT_MAX_MS - 1, GW_WS_IDLE_TIMEOUT_MAX_MS - 1},
        {GW_WS_IDLE_TIMEOUT_MAX_MS, 0},
        {UINT64_C(1) << 33, 0},
        {UINT64_MAX, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct gw_ws_class class = {0};

        gw_ws_class_init(&class, GW_WS_CLIENT,
                         &(struct gw_ws_class_options){.idle_timeout_ms = cases[i].wanted_ms});
        assert_int_equal(class.idle_timeout_ms, cases[i].is_ms);
    }
}

static void compression_is_taken_or_refused(void **state)
{
    struct gw_ws_class class = {0};

    (void)state;
    gw_ws_class_init(&class, GW_WS_SERVER, &(struct gw_ws_class_options){0});
    assert_int_equal(gw_ws_class_set_deflate(&class, NULL), 0);
    assert_null(class.setup.deflate);
    assert_int_equal(gw_ws_class_set_deflate(&class, &(struct gw_ws_deflate){0}), 0);
    assert_ptr_equal(class.setup.deflate, &class.deflate);
    assert_int_equal(gw_ws_class_set_deflate(&class, &(struct gw_ws_deflate){.level = 99}),
                     GW_E_ARG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_chosen_has_a_default_at_both_ends),
        cmocka_unit_test(an_idle_timeout_that_the_clock_cannot_hold_is_none),
        cmocka_unit_test(compression_is_taken_or_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
