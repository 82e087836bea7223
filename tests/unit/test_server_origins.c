/* SPDX-License-Identifier: MIT */
#include "server/origins.h"

#include "support/failing.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const uint64_t seed[2] = {1, 2};

static void begin(struct gw_origins *origins, uint32_t max_connections, uint32_t per_second,
                  uint32_t burst)
{
    struct gw_rate_limit rate;

    gw_rate_limit_init(&rate, per_second, burst);
    gw_origins_init(origins, max_connections, &rate, seed);
}

static struct gw_slice key_of(const uint64_t *number)
{
    return (struct gw_slice){(const uint8_t *)number, sizeof(*number)};
}

static enum gw_origin_verdict enter(struct gw_origins *origins, uint64_t number, uint64_t now_ms,
                                    struct gw_origin **out)
{
    return gw_origins_enter(origins, key_of(&number), GW_ORIGIN_BY_ITSELF, now_ms, out);
}

static void one_address_has_so_many_and_the_others_do_not_mind(void **state)
{
    struct gw_origins origins;
    struct gw_origin *a[2], *b, *none;

    (void)state;
    begin(&origins, 2, 0, 0);
    assert_int_equal(enter(&origins, 1, 0, &a[0]), GW_ORIGIN_IN);
    assert_int_equal(enter(&origins, 1, 0, &a[1]), GW_ORIGIN_IN);
    assert_ptr_equal(a[0], a[1]);
    assert_int_equal(enter(&origins, 1, 0, &none), GW_ORIGIN_CROWDED);
    assert_int_equal(enter(&origins, 2, 0, &b), GW_ORIGIN_IN);
    gw_origins_leave(&origins, a[0], 0);
    assert_int_equal(enter(&origins, 1, 0, &a[0]), GW_ORIGIN_IN);
    gw_origins_leave(&origins, a[0], 0);
    gw_origins_leave(&origins, a[1], 0);
    gw_origins_leave(&origins, b, 0);
    assert_int_equal(origins.map.count, 0);
    gw_origins_dispose(&origins);
}

/* An IPv4 address and the beginning of an IPv6 one are not the same. */
static void keys_of_other_length_are_others(void **state)
{
    struct gw_origins origins;
    struct gw_origin *v4, *v6;
    uint64_t number = 7;

    (void)state;
    begin(&origins, 1, 0, 0);
    assert_int_equal(gw_origins_enter(&origins, (struct gw_slice){key_of(&number).ptr, 4},
                                      GW_ORIGIN_BY_ITSELF, 0, &v4),
                     GW_ORIGIN_IN);
    assert_int_equal(enter(&origins, number, 0, &v6), GW_ORIGIN_IN);
    gw_origins_leave(&origins, v4, 0);
    gw_origins_leave(&origins, v6, 0);
    gw_origins_dispose(&origins);
}

static void who_leaves_and_comes_again_is_remembered_while_too_fast(void **state)
{
    struct gw_origins origins;
    struct gw_origin *origin;

    (void)state;
    begin(&origins, 0, 1, 2);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(enter(&origins, 1, 100, &origin), GW_ORIGIN_IN);
        gw_origins_leave(&origins, origin, 100);
    }
    assert_int_equal(enter(&origins, 1, 100, &origin), GW_ORIGIN_TOO_FAST);
    assert_int_equal(enter(&origins, 1, 1099, &origin), GW_ORIGIN_TOO_FAST);
    assert_int_equal(origins.idle_count, 1);
    assert_int_equal(enter(&origins, 1, 1100, &origin), GW_ORIGIN_IN);
    assert_int_equal(origins.idle_count, 0);
    gw_origins_leave(&origins, origin, 60000);
    assert_int_equal(origins.map.count, 0);
    gw_origins_dispose(&origins);
}

static void proxies_are_not_asked_for_their_pace(void **state)
{
    struct gw_origins origins;
    struct gw_origin *origin;
    uint64_t number = 1;

    (void)state;
    begin(&origins, 1, 1, 1);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(
            gw_origins_enter(&origins, key_of(&number), GW_ORIGIN_BY_PROXY, 5, &origin),
            GW_ORIGIN_IN);
        gw_origins_leave(&origins, origin, 5);
    }
    assert_int_equal(enter(&origins, 1, 5, &origin), GW_ORIGIN_IN);
    assert_int_equal(gw_origins_enter(&origins, key_of(&number), GW_ORIGIN_BY_PROXY, 5, &origin),
                     GW_ORIGIN_CROWDED);
    gw_origins_leave(&origins, origin, 5000);
    gw_origins_dispose(&origins);
}

static void newcomers_sweep_out_who_may_come_again_anyway(void **state)
{
    struct gw_origins origins;
    struct gw_origin *origin;

    (void)state;
    begin(&origins, 0, 1, 1);
    for (uint64_t i = 0; i < 100; i++) {
        assert_int_equal(enter(&origins, i, 0, &origin), GW_ORIGIN_IN);
        gw_origins_leave(&origins, origin, 0);
    }
    assert_int_equal(origins.map.count, 100);
    for (uint64_t i = 100; i < 200; i++) {
        assert_int_equal(enter(&origins, i, 1000, &origin), GW_ORIGIN_IN);
        gw_origins_leave(&origins, origin, 2000);
    }
    assert_int_equal(origins.map.count, 0);
    gw_origins_dispose(&origins);
}

static void a_crowd_of_addresses_is_remembered_up_to_the_cap(void **state)
{
    struct gw_origins origins;
    struct gw_origin *origin;

    (void)state;
    begin(&origins, 0, 1, 1000);
    for (uint64_t i = 0; i < GW_ORIGINS_IDLE_MAX + 1000; i++) {
        assert_int_equal(enter(&origins, i, 0, &origin), GW_ORIGIN_IN);
        gw_origins_leave(&origins, origin, 0);
    }
    assert_int_equal(origins.map.count, GW_ORIGINS_IDLE_MAX);
    assert_int_equal(origins.idle_count, GW_ORIGINS_IDLE_MAX);
    gw_origins_dispose(&origins);
}

static void try_to_enter(struct failing *failing, void *user)
{
    struct gw_origins origins;
    struct gw_origin *origin;
    enum gw_origin_verdict verdict;

    (void)user;
    begin(&origins, 1, 0, 0);
    failing_begin(failing);
    verdict = enter(&origins, 1, 0, &origin);
    failing_end(failing);
    assert_int_equal(verdict, failing->is_reached ? GW_ORIGIN_NO_MEMORY : GW_ORIGIN_IN);
    if (failing->is_reached)
        assert_int_equal(enter(&origins, 1, 0, &origin), GW_ORIGIN_IN);
    gw_origins_leave(&origins, origin, 0);
    gw_origins_dispose(&origins);
}

static void without_memory_nothing_is_counted(void **state)
{
    (void)state;
    assert_int_equal(fail_each(try_to_enter, NULL), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_address_has_so_many_and_the_others_do_not_mind),
        cmocka_unit_test(keys_of_other_length_are_others),
        cmocka_unit_test(who_leaves_and_comes_again_is_remembered_while_too_fast),
        cmocka_unit_test(proxies_are_not_asked_for_their_pace),
        cmocka_unit_test(newcomers_sweep_out_who_may_come_again_anyway),
        cmocka_unit_test(a_crowd_of_addresses_is_remembered_up_to_the_cap),
        cmocka_unit_test(without_memory_nothing_is_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
