/* SPDX-License-Identifier: MIT */
#include "server/admin_stats.h"

#include "eio/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void expect(struct gw_admin_stats *stats, const char *expected)
{
    struct gw_slice text;
    gw_args args;

    gw_args_init(&args);
    gw_admin_stats_write(stats, &args);
    text = gw_args_json_text(&args);
    assert_int_equal(text.len, strlen(expected));
    assert_memory_equal(text.ptr, expected, text.len);
    gw_args_dispose(&args);
}

static void differences_belong_to_their_second(void **state)
{
    struct gw_eio_counts counts = {.packets_in = 7, .opened[GW_EIO_POLLING][1] = 3};
    struct gw_admin_stats stats;

    (void)state;
    gw_admin_stats_start(&stats, &counts, 0, 5400);
    counts.packets_in += 2;
    counts.bytes_in += 30;
    counts.opened[GW_EIO_WEBSOCKET][1]++;
    counts.opened[GW_EIO_POLLING][1]++;
    gw_admin_stats_take(&stats, &counts, 6001);
    counts.packets_in++;
    counts.closed[GW_EIO_PING_TIMEOUT]++;
    gw_admin_stats_take(&stats, &counts, 7000);
    expect(&stats, "[{\"timestamp\":5000,\"type\":\"rawConnection\",\"count\":2},"
                   "{\"timestamp\":5000,\"type\":\"packetsIn\",\"count\":2},"
                   "{\"timestamp\":5000,\"type\":\"bytesIn\",\"count\":30},"
                   "{\"timestamp\":6000,\"type\":\"packetsIn\",\"count\":1},"
                   "{\"timestamp\":6000,\"type\":\"rawDisconnection\",\"subType\":\"ping timeout\","
                   "\"count\":1}]");
    expect(&stats, "[]");
}

static void the_same_second_adds_up(void **state)
{
    struct gw_eio_counts counts = {0};
    struct gw_admin_stats stats;

    (void)state;
    gw_admin_stats_start(&stats, &counts, 0, 1000);
    counts.packets_out++;
    gw_admin_stats_take(&stats, &counts, 1500);
    counts.packets_out += 4;
    gw_admin_stats_take(&stats, &counts, 2000);
    expect(&stats, "[{\"timestamp\":1000,\"type\":\"packetsOut\",\"count\":5}]");
}

static void who_begins_to_look_counts(void **state)
{
    struct gw_eio_counts counts = {.opened[GW_EIO_POLLING][1] = 3};
    struct gw_admin_stats stats;

    (void)state;
    gw_admin_stats_start(&stats, &counts, 1, 1900);
    counts.opened[GW_EIO_POLLING][1]++;
    gw_admin_stats_take(&stats, &counts, 2000);
    expect(&stats, "[{\"timestamp\":1000,\"type\":\"rawConnection\",\"count\":2}]");
}

static void nobody_asks_and_nothing_grows(void **state)
{
    struct gw_eio_counts counts = {0};
    struct gw_admin_stats stats;

    (void)state;
    gw_admin_stats_start(&stats, &counts, 0, 0);
    for (uint64_t second = 1; second < 1000; second++) {
        counts.packets_in++;
        gw_admin_stats_take(&stats, &counts, second * 1000);
    }
    assert_int_equal(stats.count, GW_ADMIN_STATS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(differences_belong_to_their_second),
        cmocka_unit_test(the_same_second_adds_up),
        cmocka_unit_test(who_begins_to_look_counts),
        cmocka_unit_test(nobody_asks_and_nothing_grows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
