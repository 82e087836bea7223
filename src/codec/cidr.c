/* SPDX-License-Identifier: MIT */
#include "codec/cidr.h"

#include "codec/number.h"

static const uint8_t mapped_prefix[GW_IPV6_LEN - GW_IPV4_LEN] = {0, 0, 0, 0, 0,    0,
                                                                 0, 0, 0, 0, 0xff, 0xff};

enum { MAPPED_BITS = 8 * sizeof(mapped_prefix), IPV4_BITS = 32, IPV6_BITS = 128 };

static bool is_mapped(const uint8_t ip[static GW_IPV6_LEN])
{
    return memcmp(ip, mapped_prefix, sizeof(mapped_prefix)) == 0;
}

bool gw_ip_parse(struct gw_slice text, uint8_t out[static GW_IPV6_LEN])
{
    if (gw_ipv6_parse(text, out))
        return true;
    memcpy(out, mapped_prefix, sizeof(mapped_prefix));
    return gw_ipv4_parse(text, out + sizeof(mapped_prefix));
}

size_t gw_ip_format(uint8_t out[static GW_IPV6_TEXT_MAX], const uint8_t ip[static GW_IPV6_LEN])
{
    size_t len = 0;

    if (!is_mapped(ip))
        return gw_ipv6_format(out, ip);
    for (size_t i = sizeof(mapped_prefix); i < GW_IPV6_LEN; i++) {
        uint8_t digits[GW_U64_DIGITS_MAX];
        size_t count = gw_u64_format(digits, ip[i]);

        if (len > 0)
            out[len++] = '.';
        memcpy(out + len, digits, count);
        len += count;
    }
    return len;
}

bool gw_cidr_parse(struct gw_slice text, struct gw_cidr *out)
{
    const uint8_t *slash = text.len > 0 ? memchr(text.ptr, '/', text.len) : NULL;
    size_t ip_len = slash ? (size_t)(slash - text.ptr) : text.len;
    struct gw_slice ip = {text.ptr, ip_len};
    uint64_t bits = IPV6_BITS;
    bool is_ipv4;

    if (!gw_ip_parse(ip, out->ip))
        return false;
    is_ipv4 = !memchr(ip.ptr, ':', ip.len);
    if (slash) {
        struct gw_slice digits = {slash + 1, text.len - ip_len - 1};

        if (gw_u64_parse(digits, &bits) < 0 || bits > (is_ipv4 ? IPV4_BITS : IPV6_BITS))
            return false;
        bits += is_ipv4 ? MAPPED_BITS : 0;
    }
    out->bits = (uint8_t)bits;
    return true;
}

bool gw_cidr_has(const struct gw_cidr *cidr, const uint8_t ip[static GW_IPV6_LEN])
{
    size_t whole = cidr->bits / 8;
    unsigned rest = cidr->bits % 8;

    if (memcmp(cidr->ip, ip, whole) != 0)
        return false;
    return rest == 0 || (cidr->ip[whole] ^ ip[whole]) >> (8 - rest) == 0;
}
