/* SPDX-License-Identifier: MIT */
/* Numeric addresses as text (RFC 3986 3.2.2, RFC 4291 2.2, RFC 5952). */
#ifndef GW_CODEC_IP_H
#define GW_CODEC_IP_H

#include <godwit/base.h>

enum {
    GW_IPV4_LEN = 4,
    GW_IPV6_LEN = 16,
    GW_IPV6_TEXT_MAX = 39, /* eight groups of four digits */
};

/* Exactly four decimal numbers up to 255 without zeros in front: whoever reads others as octal or
 * hexadecimal means a different machine. */
bool gw_ipv4_parse(struct gw_slice text, uint8_t out[static GW_IPV4_LEN]);
/* Without brackets and zone; the last 32 bits may be written as an IPv4 address. */
bool gw_ipv6_parse(struct gw_slice text, uint8_t out[static GW_IPV6_LEN]);
/* The shortest form in lower case, always in groups. Returns its length; no NUL. */
size_t gw_ipv6_format(uint8_t out[static GW_IPV6_TEXT_MAX], const uint8_t ip[static GW_IPV6_LEN]);

#endif
