/* SPDX-License-Identifier: MIT */
#include "sio/date.h"

#include "codec/calendar.h"

#include <assert.h>
#include <godwit/args.h>

enum { DAY_S = 86400 };

static const uint64_t last_s = 253402300799; /* of the year 9999 */

static uint8_t *put_text(uint8_t *at, const char *text, size_t len)
{
    memcpy(at, text, len);
    return at + len;
}

static uint8_t *put_digits(uint8_t *at, uint64_t value, size_t count)
{
    for (size_t i = count; i-- > 0; value /= 10)
        at[i] = (uint8_t)('0' + value % 10);
    return at + count;
}

/* "02:40:06" */
static uint8_t *put_clock(uint8_t *at, uint64_t s)
{
    at = put_digits(at, s / 3600 % 24, 2);
    *at++ = ':';
    at = put_digits(at, s / 60 % 60, 2);
    *at++ = ':';
    return put_digits(at, s % 60, 2);
}

void gw_sio_date_format(uint8_t out[static GW_SIO_DATE_LEN], uint64_t unix_ms)
{
    static const char weekdays[] = "ThuFriSatSunMonTueWed"; /* 1970 began with a Thursday */
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    uint64_t s = unix_ms / 1000 < last_s ? unix_ms / 1000 : last_s;
    struct gw_calendar_day day = gw_calendar_day_of((int64_t)(s / DAY_S));
    uint8_t *at = out;

    at = put_text(at, weekdays + s / DAY_S % 7 * 3, 3);
    *at++ = ' ';
    at = put_text(at, months + (day.month - 1) * 3, 3);
    *at++ = ' ';
    at = put_digits(at, day.day, 2);
    *at++ = ' ';
    at = put_digits(at, (uint64_t)day.year, 4);
    *at++ = ' ';
    at = put_clock(at, s);
    at = put_text(at, " GMT+0000 (Coordinated Universal Time)", 38);
    assert(at == out + GW_SIO_DATE_LEN);
}

void gw_args_date(gw_args *args, uint64_t unix_ms)
{
    const uint64_t last_ms = last_s * 1000 + 999;
    uint8_t text[GW_CALENDAR_ISO_MAX];
    size_t len = gw_calendar_format_iso(text, (int64_t)(unix_ms < last_ms ? unix_ms : last_ms));

    gw_args_string_slice(args, (struct gw_slice){text, len});
}
