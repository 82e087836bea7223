/* SPDX-License-Identifier: MIT */
#include "codec/json.h"
#include "codec/number.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { DIGITS_MAX = 17, SCIENTIFIC_FROM = 21, SCIENTIFIC_BELOW = -6 };

/* 0.d1d2d3... * 10^point, d1 and the last one not 0. */
struct digits {
    int count;
    int point;
    char digit[DIGITS_MAX + 1]; /* NUL-terminated */
};

/* The nearest decimal of that many digits. printf() writes the decimal point of the locale,
 * whatever that is and however long, so only digits are taken out of what it gives. */
static void round_to(struct digits *d, double value, int count)
{
    char text[DIGITS_MAX + 32];
    const char *at = text;

    snprintf(text, sizeof(text), "%.*e", count - 1, value);
    d->count = 0;
    for (; *at != 'e'; at++) {
        if (*at >= '0' && *at <= '9')
            d->digit[d->count++] = *at;
    }
    d->point = (int)strtol(at + 1, NULL, 10) + 1;
    d->digit[d->count] = '\0';
}

static bool is_exact(const struct digits *d, double value)
{
    char text[DIGITS_MAX + 16];

    snprintf(text, sizeof(text), "%se%d", d->digit, d->point - d->count);
    return strtod(text, NULL) == value;
}

/* The next decimal of as many digits; 9...9 has none that is of use here. */
static void step_up(struct digits *d)
{
    int at = d->count - 1;

    while (at > 0 && d->digit[at] == '9')
        d->digit[at--] = '0';
    if (d->digit[at] != '9')
        d->digit[at]++;
}

static void strip_zeros(struct digits *d)
{
    while (d->count > 1 && d->digit[d->count - 1] == '0')
        d->count--;
}

/* As few digits as tell value (above 0) from its neighbours. Up to 15 digits come back from any
 * normal double, so fewer than 15 are 15 with zeros behind them, and need no search. */
static void find_shortest(struct digits *d, double value)
{
    for (int count = value < DBL_MIN ? 1 : DBL_DIG; count < DIGITS_MAX; count++) {
        round_to(d, value, count);
        if (is_exact(d, value))
            return;
        /* Below a power of two the neighbour is nearer than above it: the nearest decimal may
         * belong to that one, while the second nearest is ours (2^-44). */
        step_up(d);
        if (is_exact(d, value))
            return;
    }
    round_to(d, value, DIGITS_MAX);
}

static size_t put(uint8_t *out, const char *text, int count)
{
    memcpy(out, text, (size_t)count);
    return (size_t)count;
}

static size_t put_zeros(uint8_t *out, int count)
{
    memset(out, '0', (size_t)count);
    return (size_t)count;
}

static size_t write_scientific(uint8_t *out, const struct digits *d)
{
    int exponent = d->point - 1;
    size_t len = put(out, d->digit, 1);

    if (d->count > 1) {
        out[len++] = '.';
        len += put(out + len, d->digit + 1, d->count - 1);
    }
    out[len++] = 'e';
    out[len++] = exponent < 0 ? '-' : '+';
    return len + gw_u64_format(out + len, (uint64_t)abs(exponent));
}

/* ECMA-262 6.1.6.1.20, Number::toString. */
static size_t write_digits(uint8_t *out, const struct digits *d)
{
    size_t len = 0;

    if (d->point > SCIENTIFIC_FROM || d->point <= SCIENTIFIC_BELOW)
        return write_scientific(out, d);
    if (d->point >= d->count) {
        len = put(out, d->digit, d->count);
        return len + put_zeros(out + len, d->point - d->count);
    }
    if (d->point > 0) {
        len = put(out, d->digit, d->point);
        out[len++] = '.';
        return len + put(out + len, d->digit + d->point, d->count - d->point);
    }
    len = put(out, "0.", 2);
    len += put_zeros(out + len, -d->point);
    return len + put(out + len, d->digit, d->count);
}

size_t gw_json_double_format(uint8_t out[static GW_JSON_DOUBLE_MAX], double value)
{
    const double exact_max = 9007199254740992; /* 2^53 */
    struct digits d;
    size_t len = 0;

    if (isnan(value) || isinf(value))
        return put(out, "null", 4);
    if (value < 0) {
        out[len++] = '-';
        value = -value;
    }
    if (value < exact_max && (double)(uint64_t)value == value)
        return len + gw_u64_format(out + len, (uint64_t)value);
    find_shortest(&d, value);
    strip_zeros(&d);
    return len + write_digits(out + len, &d);
}
