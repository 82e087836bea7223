/* SPDX-License-Identifier: MIT */
/* The Gregorian calendar in UTC: arithmetic only, no time zone data. */
#ifndef GW_CODEC_CALENDAR_H
#define GW_CODEC_CALENDAR_H

#include <godwit/base.h>

struct gw_calendar_day {
    int64_t year;        /* 0 is the one before the year 1 */
    uint32_t month, day; /* from 1 */
};

/* days since 1970-01-01; negative before it. */
struct gw_calendar_day gw_calendar_day_of(int64_t days);
/* And back. */
int64_t gw_calendar_days_until(struct gw_calendar_day day);

enum { GW_CALENDAR_ISO_MAX = 27 };

/* Writes "2026-11-21T02:40:06.123Z", or "+012026-..." and "-000001-..." for years of other than
 * four digits (ECMA-262 21.4.4.36), and returns the length. unix_ms is within 8,640,000,000,000,000
 * of 1970, as all dates of JavaScript are. */
size_t gw_calendar_format_iso(uint8_t out[static GW_CALENDAR_ISO_MAX], int64_t unix_ms);

#endif
