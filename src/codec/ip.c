/* SPDX-License-Identifier: MIT */
#include "codec/ip.h"

enum { GROUPS = 8, GROUP_DIGITS = 4 };

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static int hex_value(uint8_t c)
{
    if (is_digit(c))
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void advance(struct gw_slice *rest, size_t n)
{
    rest->ptr += n;
    rest->len -= n;
}

/* A decimal number up to 255 off the start of *rest. */
static bool take_decimal(struct gw_slice *rest, uint8_t *out)
{
    int value = 0;
    size_t len = 0;

    while (len < rest->len && len < 4 && is_digit(rest->ptr[len]))
        value = value * 10 + (rest->ptr[len++] - '0');
    if (len == 0 || len > 3 || value > UINT8_MAX || (len > 1 && rest->ptr[0] == '0'))
        return false;
    *out = (uint8_t)value;
    advance(rest, len);
    return true;
}

bool gw_ipv4_parse(struct gw_slice text, uint8_t out[static GW_IPV4_LEN])
{
    for (size_t i = 0; i < GW_IPV4_LEN; i++) {
        if (i > 0) {
            if (text.len == 0 || text.ptr[0] != '.')
                return false;
            advance(&text, 1);
        }
        if (!take_decimal(&text, &out[i]))
            return false;
    }
    return text.len == 0;
}

/* One group off the start of *rest: 1 to 4 hexadecimal digits. */
static bool take_group(struct gw_slice *rest, uint8_t out[static 2])
{
    int value = 0;
    size_t len = 0;

    while (len < rest->len && len < GROUP_DIGITS && hex_value(rest->ptr[len]) >= 0)
        value = value << 4 | hex_value(rest->ptr[len++]);
    if (len == 0)
        return false;
    out[0] = (uint8_t)(value >> 8);
    out[1] = (uint8_t)value;
    advance(rest, len);
    return true;
}

/* Groups with colons between them, up to "::" or the end; the last two may be an
 * IPv4 address. -1: malformed. */
static int take_groups(struct gw_slice *rest, uint8_t out[static GW_IPV6_LEN])
{
    int count = 0;

    while (rest->len > 0 && rest->ptr[0] != ':') {
        if (count <= GROUPS - 2 && gw_ipv4_parse(*rest, out + (ptrdiff_t)count * 2)) {
            advance(rest, rest->len);
            return count + 2;
        }
        if (count == GROUPS || !take_group(rest, out + (ptrdiff_t)count * 2))
            return -1;
        count++;
        if (rest->len == 0 || (rest->len > 1 && rest->ptr[0] == ':' && rest->ptr[1] == ':'))
            return count;
        if (rest->ptr[0] != ':' || rest->len == 1)
            return -1;
        advance(rest, 1);
    }
    return count;
}

bool gw_ipv6_parse(struct gw_slice text, uint8_t out[static GW_IPV6_LEN])
{
    uint8_t tail[GW_IPV6_LEN] = {0};
    int before, after;

    memset(out, 0, GW_IPV6_LEN);
    before = take_groups(&text, out);
    if (before < 0 || text.len == 0)
        return before == GROUPS;
    if (text.len < 2 || text.ptr[1] != ':')
        return false;
    advance(&text, 2);
    after = take_groups(&text, tail);
    /* "::" stands for one group at least. */
    if (after < 0 || text.len > 0 || before + after >= GROUPS)
        return false;
    memcpy(out + GW_IPV6_LEN - (ptrdiff_t)after * 2, tail, (size_t)after * 2);
    return true;
}

static unsigned int group_at(const uint8_t *ip, size_t index)
{
    return (unsigned int)(ip[index * 2] << 8 | ip[index * 2 + 1]);
}

/* The first of the longest runs of two or more zero groups, which "::" stands for. */
static size_t find_zeros(const uint8_t *ip, size_t *start)
{
    size_t best = 1, run = 0;

    *start = GROUPS;
    for (size_t i = 0; i < GROUPS; i++) {
        run = group_at(ip, i) == 0 ? run + 1 : 0;
        if (run > best) {
            best = run;
            *start = i + 1 - run;
        }
    }
    return best;
}

static size_t put_group(uint8_t *out, unsigned int group)
{
    static const char digits[] = "0123456789abcdef";
    size_t len = 0;

    for (int shift = 12; shift >= 0; shift -= 4)
        if (group >> shift || shift == 0)
            out[len++] = (uint8_t)digits[group >> shift & 15];
    return len;
}

size_t gw_ipv6_format(uint8_t out[static GW_IPV6_TEXT_MAX], const uint8_t ip[static GW_IPV6_LEN])
{
    size_t start, zeros = find_zeros(ip, &start), len = 0;

    for (size_t i = 0; i < GROUPS; i++) {
        if (i == start) {
            out[len++] = ':';
            i += zeros - 1;
            if (i == GROUPS - 1)
                out[len++] = ':';
            continue;
        }
        if (i > 0)
            out[len++] = ':';
        len += put_group(out + len, group_at(ip, i));
    }
    return len;
}
