/* SPDX-License-Identifier: MIT */
#include "codec/number.h"

size_t gw_u64_format(uint8_t out[static GW_U64_DIGITS_MAX], uint64_t value)
{
    uint8_t digits[GW_U64_DIGITS_MAX];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (uint8_t)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    memcpy(out, digits + at, sizeof(digits) - at);
    return sizeof(digits) - at;
}

int gw_u64_parse(struct gw_slice digits, uint64_t *out)
{
    uint64_t value = 0;

    if (digits.len == 0)
        return GW_E_PROTO;
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.ptr[i] < '0' || digits.ptr[i] > '9')
            return GW_E_PROTO;
    }
    for (size_t i = 0; i < digits.len; i++) {
        uint8_t digit = (uint8_t)(digits.ptr[i] - '0');

        if (value > (UINT64_MAX - digit) / 10)
            return GW_E_LIMIT;
        value = value * 10 + digit;
    }
    *out = value;
    return 0;
}
