/* SPDX-License-Identifier: MIT */
#include "sio/date.h"

#include <godwit/args.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void times_read_as_javascript_writes_them(void **state)
{
    /* From new Date(ms).toString() of Node.js with TZ=UTC. */
    static const struct {
        uint64_t unix_ms;
        const char *text;
    } table[] = {
        {0, "Thu Jan 01 1970 00:00:00"},
        {951782399999, "Mon Feb 28 2000 23:59:59"},
        {951782400000, "Tue Feb 29 2000 00:00:00"},
        {951868800000, "Wed Mar 01 2000 00:00:00"},
        {1709164800000, "Thu Feb 29 2024 00:00:00"},
        {1795228806123, "Sat Nov 21 2026 02:40:06"},
        {4107542400000, "Mon Mar 01 2100 00:00:00"},
        {253402300799999, "Fri Dec 31 9999 23:59:59"},
        {UINT64_MAX, "Fri Dec 31 9999 23:59:59"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        char out[GW_SIO_DATE_LEN + 1] = {0};

        gw_sio_date_format((uint8_t *)out, table[i].unix_ms);
        assert_memory_equal(out, table[i].text, 24);
        assert_string_equal(out + 24, " GMT+0000 (Coordinated Universal Time)");
    }
}

static void dates_in_json_are_what_stringify_makes_of_them(void **state)
{
    /* From JSON.stringify(new Date(ms)) of Node.js. */
    static const struct {
        uint64_t unix_ms;
        const char *text;
    } table[] = {
        {0, "\"1970-01-01T00:00:00.000Z\""},
        {951782399999, "\"2000-02-28T23:59:59.999Z\""},
        {951782400000, "\"2000-02-29T00:00:00.000Z\""},
        {1795228806123, "\"2026-11-21T02:40:06.123Z\""},
        {253402300799999, "\"9999-12-31T23:59:59.999Z\""},
        {UINT64_MAX, "\"9999-12-31T23:59:59.999Z\""},
    };
    gw_args args;

    (void)state;
    gw_args_init(&args);
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        gw_args_reset(&args);
        gw_args_date(&args, table[i].unix_ms);
        assert_true(gw_slice_equal(gw_args_json_text(&args), gw_slice_of(table[i].text)));
    }
    gw_args_dispose(&args);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_read_as_javascript_writes_them),
        cmocka_unit_test(dates_in_json_are_what_stringify_makes_of_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
