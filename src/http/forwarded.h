/* SPDX-License-Identifier: MIT */
/* Who a client behind reverse proxies is: X-Forwarded-For and X-Forwarded-Proto, or
 * Forwarded (RFC 7239). Anybody can send these fields, so each hop is believed only if the
 * hop that told of it is on a list. */
#ifndef GW_HTTP_FORWARDED_H
#define GW_HTTP_FORWARDED_H

#include "codec/cidr.h"
#include "http/request.h"

struct gw_http_proxies {
    const struct gw_cidr *networks; /* that are believed */
    size_t network_count;
    /* Which field the proxies write. Only one is looked at: the other one
     * would come from the client. */
    bool writes_forwarded;
};

struct gw_http_client {
    uint8_t ip[GW_IPV6_LEN];
    bool is_secure; /* came to the outermost proxy over TLS */
};

/* Whether ip lies in one of the networks. */
bool gw_http_proxies_have(const struct gw_http_proxies *proxies,
                          const uint8_t ip[static GW_IPV6_LEN]);

/* For a request whose peer is believed: goes through the hops from the nearest one
 * on, and gives the first that is not believed, or the last that is an address.
 * false: the proxy says nothing of use. */
bool gw_http_forwarded_find(const struct gw_http_proxies *proxies,
                            const struct gw_http_request *request, struct gw_http_client *client);

#endif
