/* SPDX-License-Identifier: MIT */
#include "codec/calendar.h"

#include <assert.h>

enum { DAYS_AN_ERA = 146097, DAYS_TO_1970 = 719468 };

static const int64_t day_ms = 86400000, last_ms = 8640000000000000;

static int64_t divide_down(int64_t number, int64_t by)
{
    return (number >= 0 ? number : number - (by - 1)) / by;
}

/* The calendar repeats every 400 years (an era). Counting years from March puts the leap day last,
 * and then months have a regular length: 153 days for each five. */
struct gw_calendar_day gw_calendar_day_of(int64_t days)
{
    int64_t shifted = days + DAYS_TO_1970; /* since 1 March of the year 0 */
    int64_t era = divide_down(shifted, DAYS_AN_ERA);
    uint32_t of_era = (uint32_t)(shifted - era * DAYS_AN_ERA);
    uint32_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    uint32_t of_year = of_era - (365 * year + year / 4 - year / 100);
    uint32_t month = (5 * of_year + 2) / 153;

    return (struct gw_calendar_day){
        .year = era * 400 + year + (month >= 10),
        .month = month < 10 ? month + 3 : month - 9,
        .day = of_year - (153 * month + 2) / 5 + 1,
    };
}

int64_t gw_calendar_days_until(struct gw_calendar_day day)
{
    int64_t year = day.month > 2 ? day.year : day.year - 1;
    int64_t era = divide_down(year, 400);
    uint32_t of_era = (uint32_t)(year - era * 400);
    uint32_t month = day.month > 2 ? day.month - 3 : day.month + 9;
    uint32_t of_year = (153 * month + 2) / 5 + day.day - 1;

    return era * DAYS_AN_ERA + of_era * 365 + of_era / 4 - of_era / 100 + of_year - DAYS_TO_1970;
}

static uint8_t *put_digits(uint8_t *at, uint64_t value, size_t count)
{
    for (size_t i = count; i-- > 0; value /= 10)
        at[i] = (uint8_t)('0' + value % 10);
    return at + count;
}

static uint8_t *put_year(uint8_t *at, int64_t year)
{
    if (year >= 0 && year <= 9999)
        return put_digits(at, (uint64_t)year, 4);
    *at++ = year < 0 ? '-' : '+';
    return put_digits(at, (uint64_t)(year < 0 ? -year : year), 6);
}

size_t gw_calendar_format_iso(uint8_t out[static GW_CALENDAR_ISO_MAX], int64_t unix_ms)
{
    int64_t days = divide_down(unix_ms, day_ms);
    uint64_t of_day_ms = (uint64_t)(unix_ms - days * day_ms);
    struct gw_calendar_day day = gw_calendar_day_of(days);
    uint8_t *at;

    assert(unix_ms <= last_ms && unix_ms >= -last_ms);
    at = put_year(out, day.year);
    *at++ = '-';
    at = put_digits(at, day.month, 2);
    *at++ = '-';
    at = put_digits(at, day.day, 2);
    *at++ = 'T';
    at = put_digits(at, of_day_ms / 3600000, 2);
    *at++ = ':';
    at = put_digits(at, of_day_ms / 60000 % 60, 2);
    *at++ = ':';
    at = put_digits(at, of_day_ms / 1000 % 60, 2);
    *at++ = '.';
    at = put_digits(at, of_day_ms % 1000, 3);
    *at++ = 'Z';
    return (size_t)(at - out);
}
