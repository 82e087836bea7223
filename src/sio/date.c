/* SPDX-License-Identifier: MIT */
#include "sio/date.h"

#include <assert.h>
#include <godwit/args.h>

enum { DAY_S = 86400 };

static const uint64_t last_s = 253402300799; /* of the year 9999 */

struct day {
    uint32_t year, month, day; /* month and day from 1 */
};

/* Counted in eras of 400 years that begin with 1 March, so that the leap day comes last. */
static struct day day_of(uint64_t days)
{
    uint64_t shifted = days + 719468; /* since 1 March of the year 0 */
    uint64_t in_era = shifted % 146097;
    uint64_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    uint64_t in_year = in_era - (365 * year + year / 4 - year / 100);
    uint64_t march = (5 * in_year + 2) / 153; /* months since March */
    struct day out;

    out.day = (uint32_t)(in_year - (153 * march + 2) / 5 + 1);
    out.month = (uint32_t)(march < 10 ? march + 3 : march - 9);
    out.year = (uint32_t)(year + shifted / 146097 * 400 + (out.month <= 2 ? 1 : 0));
    return out;
}

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
    struct day day = day_of(s / DAY_S);
    uint8_t *at = out;

    at = put_text(at, weekdays + s / DAY_S % 7 * 3, 3);
    *at++ = ' ';
    at = put_text(at, months + (day.month - 1) * 3, 3);
    *at++ = ' ';
    at = put_digits(at, day.day, 2);
    *at++ = ' ';
    at = put_digits(at, day.year, 4);
    *at++ = ' ';
    at = put_clock(at, s);
    at = put_text(at, " GMT+0000 (Coordinated Universal Time)", 38);
    assert(at == out + GW_SIO_DATE_LEN);
}

void gw_sio_date_format_iso(uint8_t out[static GW_SIO_DATE_ISO_LEN], uint64_t unix_ms)
{
    uint64_t ms = unix_ms / 1000 <= last_s ? unix_ms : last_s * 1000 + 999;
    struct day day = day_of(ms / 1000 / DAY_S);
    uint8_t *at = out;

    at = put_digits(at, day.year, 4);
    *at++ = '-';
    at = put_digits(at, day.month, 2);
    *at++ = '-';
    at = put_digits(at, day.day, 2);
    *at++ = 'T';
    at = put_clock(at, ms / 1000);
    *at++ = '.';
    at = put_digits(at, ms % 1000, 3);
    *at++ = 'Z';
    assert(at == out + GW_SIO_DATE_ISO_LEN);
}

void gw_args_date(gw_args *args, uint64_t unix_ms)
{
    uint8_t text[GW_SIO_DATE_ISO_LEN];

    gw_sio_date_format_iso(text, unix_ms);
    gw_args_string_slice(args, (struct gw_slice){text, sizeof(text)});
}
