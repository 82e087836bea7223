/* SPDX-License-Identifier: MIT */
#include "codec/json.h"

#include "codec/number.h"

#include <stdlib.h>

enum {
    DIGITS_MAX = 780,         /* 767 significant ones decide how any double is rounded */
    EXACT_POWER_MAX = 22,     /* 10^22 is the last power of ten that a double holds exactly */
    EXPONENT_MAX = 100000000, /* beyond, everything is 0 or infinite, however long the digits are */
};

/* digits * 10^exponent, without leading zeros; no digits at all: zero. */
struct decimal {
    bool is_negative;
    size_t count;
    int64_t exponent;
    uint8_t digits[DIGITS_MAX];
};

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* What does not fit anymore only moves the exponent; if it was not zero, the last digit kept must
 * say so, because a number exactly between two doubles rounds otherwise than one just above. */
static void add_digit(struct decimal *d, uint8_t digit)
{
    if (d->count == 0 && digit == '0')
        return;
    if (d->count < DIGITS_MAX) {
        d->digits[d->count++] = digit;
        return;
    }
    d->exponent++;
    if (digit != '0')
        d->digits[DIGITS_MAX - 1] = '1';
}

static void read_exponent(struct gw_slice text, struct decimal *d)
{
    size_t at = 1;
    int64_t exponent = 0;
    bool is_negative = text.len > 1 && text.ptr[1] == '-';

    if (is_negative || (text.len > 1 && text.ptr[1] == '+'))
        at++;
    for (; at < text.len && is_digit(text.ptr[at]); at++) {
        if (exponent < EXPONENT_MAX)
            exponent = exponent * 10 + (text.ptr[at] - '0');
    }
    d->exponent += is_negative ? -exponent : exponent;
}

/* text is a number by the grammar. */
static void read_decimal(struct gw_slice text, struct decimal *d)
{
    bool is_fraction = false;
    size_t at;

    d->is_negative = text.ptr[0] == '-';
    d->count = 0;
    d->exponent = 0;
    for (at = d->is_negative; at < text.len; at++) {
        uint8_t c = text.ptr[at];

        if (is_digit(c)) {
            d->exponent -= is_fraction;
            add_digit(d, c);
        } else if (c == '.') {
            is_fraction = true;
        } else {
            read_exponent((struct gw_slice){text.ptr + at, text.len - at}, d);
            return;
        }
    }
}

/* Both factors are exact, so the one rounding of the product is the right one (Clinger 1990). */
static bool convert_exactly(const struct decimal *d, double *out)
{
    static const double powers[EXACT_POWER_MAX + 1] = {
        1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    uint64_t integer = 0;

    if (d->count > 15 || d->exponent > EXACT_POWER_MAX || d->exponent < -EXACT_POWER_MAX)
        return false;
    for (size_t i = 0; i < d->count; i++)
        integer = integer * 10 + (d->digits[i] - '0');
    *out = d->exponent < 0 ? (double)integer / powers[-d->exponent]
                           : (double)integer * powers[d->exponent];
    return true;
}

/* strtod() reads the decimal point of the locale, whatever that is: so it gets none. */
static double convert_by_library(const struct decimal *d)
{
    char text[DIGITS_MAX + 2 + GW_U64_DIGITS_MAX + 1];
    uint64_t size = (uint64_t)(d->exponent < 0 ? -d->exponent : d->exponent);
    size_t len = d->count;

    memcpy(text, d->digits, len);
    text[len++] = 'e';
    text[len++] = d->exponent < 0 ? '-' : '+';
    len += gw_u64_format((uint8_t *)text + len, size);
    text[len] = '\0';
    return strtod(text, NULL);
}

int gw_json_number(struct gw_slice value, double *out)
{
    struct gw_slice text;
    struct decimal d;
    double number;

    if (gw_json_type(value) != GW_JSON_NUMBER || gw_json_check(value) < 0 ||
        !gw_json_next(&value, &text))
        return GW_E_ARG;
    read_decimal(text, &d);
    if (d.count == 0)
        number = 0;
    else if (!convert_exactly(&d, &number))
        number = convert_by_library(&d);
    *out = d.is_negative ? -number : number;
    return 0;
}
