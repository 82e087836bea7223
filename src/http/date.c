/* SPDX-License-Identifier: MIT */
#include "http/date.h"

#include "codec/calendar.h"
#include "http/field.h"

enum { SECONDS_A_DAY = 86400 };

static const uint64_t last_second = 253402300799; /* of the year 9999 */

static const char day_names[] = "SunMonTueWedThuFriSat";
static const char month_names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

static uint8_t *put_text(uint8_t *at, const char *text, size_t len)
{
    memcpy(at, text, len);
    return at + len;
}

static uint8_t *put_two(uint8_t *at, uint64_t number)
{
    at[0] = (uint8_t)('0' + number / 10);
    at[1] = (uint8_t)('0' + number % 10);
    return at + 2;
}

void gw_http_date(uint8_t out[static GW_HTTP_DATE_LEN], uint64_t unix_seconds)
{
    uint64_t seconds = unix_seconds < last_second ? unix_seconds : last_second;
    uint64_t days = seconds / SECONDS_A_DAY;
    uint64_t of_day = seconds % SECONDS_A_DAY;
    struct gw_calendar_day date = gw_calendar_day_of((int64_t)days);
    uint8_t *at = out;

    at = put_text(at, day_names + (days + 4) % 7 * 3, 3); /* 1970 began on a Thursday */
    at = put_text(at, ", ", 2);
    at = put_two(at, date.day);
    *at++ = ' ';
    at = put_text(at, month_names + (size_t)(date.month - 1) * 3, 3);
    *at++ = ' ';
    at = put_two(at, (uint64_t)date.year / 100);
    at = put_two(at, (uint64_t)date.year % 100);
    *at++ = ' ';
    at = put_two(at, of_day / 3600);
    *at++ = ':';
    at = put_two(at, of_day / 60 % 60);
    *at++ = ':';
    at = put_two(at, of_day % 60);
    put_text(at, " GMT", 4);
}

/* A reader that remembers that something did not fit, so that a form is a list of steps. */
struct scan {
    struct gw_slice rest;
    bool is_wrong;
};

static void skip(struct scan *scan, size_t n)
{
    scan->rest.ptr += n;
    scan->rest.len -= n;
}

static void expect(struct scan *scan, struct gw_slice text)
{
    if (scan->rest.len < text.len || memcmp(scan->rest.ptr, text.ptr, text.len) != 0)
        scan->is_wrong = true;
    else
        skip(scan, text.len);
}

static uint32_t digits(struct scan *scan, size_t count)
{
    uint32_t number = 0;

    if (scan->rest.len < count) {
        scan->is_wrong = true;
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        uint8_t byte = scan->rest.ptr[i];

        scan->is_wrong |= byte < '0' || byte > '9';
        number = number * 10 + (uint32_t)(byte - '0');
    }
    skip(scan, count);
    return number;
}

/* The place of a three-letter name in a row of them, from 0. */
static uint32_t name(struct scan *scan, const char *names)
{
    size_t len = strlen(names);

    for (size_t at = 0; scan->rest.len >= 3 && at < len; at += 3) {
        if (memcmp(scan->rest.ptr, names + at, 3) == 0) {
            skip(scan, 3);
            return (uint32_t)(at / 3);
        }
    }
    scan->is_wrong = true;
    return 0;
}

static uint32_t clock_time(struct scan *scan)
{
    uint32_t hour = digits(scan, 2), minute, second;

    expect(scan, GW_LIT(":"));
    minute = digits(scan, 2);
    expect(scan, GW_LIT(":"));
    second = digits(scan, 2);
    if (hour > 23 || minute > 59 || second > 60) /* 60: a leap second */
        scan->is_wrong = true;
    return hour * 3600 + minute * 60 + second;
}

/* "Sun, 06 Nov 1994 08:49:37 GMT" behind "Sun, " */
static uint32_t fixdate(struct scan *scan, struct gw_calendar_day *date)
{
    uint32_t seconds;

    date->day = digits(scan, 2);
    expect(scan, GW_LIT(" "));
    date->month = name(scan, month_names) + 1;
    expect(scan, GW_LIT(" "));
    date->year = digits(scan, 4);
    expect(scan, GW_LIT(" "));
    seconds = clock_time(scan);
    expect(scan, GW_LIT(" GMT"));
    return seconds;
}

/* "Sunday, 06-Nov-94 08:49:37 GMT" behind "Sunday, " */
static uint32_t rfc850(struct scan *scan, struct gw_calendar_day *date)
{
    uint32_t seconds;

    date->day = digits(scan, 2);
    expect(scan, GW_LIT("-"));
    date->month = name(scan, month_names) + 1;
    expect(scan, GW_LIT("-"));
    date->year = digits(scan, 2);
    date->year += date->year < 70 ? 2000 : 1900;
    expect(scan, GW_LIT(" "));
    seconds = clock_time(scan);
    expect(scan, GW_LIT(" GMT"));
    return seconds;
}

/* "Sun Nov  6 08:49:37 1994" behind "Sun " */
static uint32_t asctime_form(struct scan *scan, struct gw_calendar_day *date)
{
    uint32_t seconds;

    date->month = name(scan, month_names) + 1;
    expect(scan, GW_LIT(" "));
    if (scan->rest.len > 0 && *scan->rest.ptr == ' ') {
        skip(scan, 1);
        date->day = digits(scan, 1);
    } else {
        date->day = digits(scan, 2);
    }
    expect(scan, GW_LIT(" "));
    seconds = clock_time(scan);
    expect(scan, GW_LIT(" "));
    date->year = digits(scan, 4);
    return seconds;
}

/* Which form it is shows behind the first three letters. */
static uint32_t any_form(struct scan *scan, struct gw_calendar_day *date)
{
    name(scan, day_names);
    if (scan->is_wrong || scan->rest.len == 0)
        return 0;
    if (*scan->rest.ptr == ' ') {
        skip(scan, 1);
        return asctime_form(scan, date);
    }
    if (*scan->rest.ptr == ',') {
        expect(scan, GW_LIT(", "));
        return fixdate(scan, date);
    }
    while (scan->rest.len > 0 && *scan->rest.ptr >= 'a' && *scan->rest.ptr <= 'z')
        skip(scan, 1);
    expect(scan, GW_LIT(", "));
    return rfc850(scan, date);
}

static bool is_day_of(struct gw_calendar_day date)
{
    static const uint8_t lens[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = date.year % 4 == 0 && (date.year % 100 != 0 || date.year % 400 == 0);

    return date.month >= 1 && date.month <= 12 && date.day >= 1 &&
           date.day <= lens[date.month - 1] + (uint32_t)(date.month == 2 && is_leap);
}

int gw_http_date_parse(struct gw_slice text, uint64_t *unix_seconds)
{
    struct scan scan = {.rest = gw_http_trim(text)};
    struct gw_calendar_day date = {0};
    uint32_t of_day = any_form(&scan, &date);

    if (scan.is_wrong || scan.rest.len > 0 || !is_day_of(date))
        return GW_E_PROTO;
    *unix_seconds =
        date.year < 1970 ? 0 : (uint64_t)gw_calendar_days_until(date) * SECONDS_A_DAY + of_day;
    return 0;
}
