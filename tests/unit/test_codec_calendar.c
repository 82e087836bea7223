/* SPDX-License-Identifier: MIT */
#include "codec/calendar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* From new Date(ms).toISOString() of Node.js. */
static void times_read_as_javascript_writes_them(void **state)
{
    static const struct {
        int64_t unix_ms;
        const char *text;
    } table[] = {
        {0, "1970-01-01T00:00:00.000Z"},
        {-1, "1969-12-31T23:59:59.999Z"},
        {951782399999, "2000-02-28T23:59:59.999Z"},
        {951782400000, "2000-02-29T00:00:00.000Z"},
        {951868800000, "2000-03-01T00:00:00.000Z"},
        {1795228806123, "2026-11-21T02:40:06.123Z"},
        {4107542400000, "2100-03-01T00:00:00.000Z"},
        {253402300799999, "9999-12-31T23:59:59.999Z"},
        {253402300800000, "+010000-01-01T00:00:00.000Z"},
        {-62167219200000, "0000-01-01T00:00:00.000Z"},
        {-62167219200001, "-000001-12-31T23:59:59.999Z"},
        {8640000000000000, "+275760-09-13T00:00:00.000Z"},
        {-8640000000000000, "-271821-04-20T00:00:00.000Z"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        char out[GW_CALENDAR_ISO_MAX + 1] = {0};

        assert_int_equal(gw_calendar_format_iso((uint8_t *)out, table[i].unix_ms),
                         strlen(table[i].text));
        assert_string_equal(out, table[i].text);
    }
}

static bool is_next_day(struct gw_calendar_day day, struct gw_calendar_day next)
{
    if (next.day == day.day + 1)
        return next.month == day.month && next.year == day.year;
    if (next.day != 1 || day.day < 28)
        return false;
    return next.month == day.month + 1
               ? next.year == day.year
               : day.month == 12 && next.month == 1 && next.year == day.year + 1;
}

static void days_follow_each_other_and_lead_back(void **state)
{
    const int64_t era_days = 146097;
    struct gw_calendar_day day = gw_calendar_day_of(-era_days - 1);

    (void)state;
    for (int64_t days = -era_days; days <= era_days; days++) {
        struct gw_calendar_day next = gw_calendar_day_of(days);

        assert_true(is_next_day(day, next));
        assert_int_equal(gw_calendar_days_until(next), days);
        day = next;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_read_as_javascript_writes_them),
        cmocka_unit_test(days_follow_each_other_and_lead_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
