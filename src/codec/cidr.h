/* SPDX-License-Identifier: MIT */
/* Networks as people write them, "10.0.0.0/8", "2001:db8::/32", "192.0.2.1" (RFC 4632
 * 3.1, RFC 4291 2.3). IPv4 addresses are those mapped into IPv6 (RFC 4291 2.5.5.2), so
 * that one comparison serves both. */
#ifndef GW_CODEC_CIDR_H
#define GW_CODEC_CIDR_H

#include "codec/ip.h"

struct gw_cidr {
    uint8_t ip[GW_IPV6_LEN];
    uint8_t bits; /* of ip that count, 0 to 128 */
};

/* A numeric address of either family; an IPv4 one is mapped. */
bool gw_ip_parse(struct gw_slice text, uint8_t out[static GW_IPV6_LEN]);
/* The text of gw_ip_parse's result: mapped ones as IPv4. Returns its length; no NUL. */
size_t gw_ip_format(uint8_t out[static GW_IPV6_TEXT_MAX], const uint8_t ip[static GW_IPV6_LEN]);

/* An address alone is a network of one. Bits behind the prefix are not looked at. */
bool gw_cidr_parse(struct gw_slice text, struct gw_cidr *out);
bool gw_cidr_has(const struct gw_cidr *cidr, const uint8_t ip[static GW_IPV6_LEN]);

#endif
