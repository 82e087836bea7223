/* SPDX-License-Identifier: MIT */
/* Who the client of a request is, when reverse proxies stand in
 * between: gw_server_trust_proxies. */
#ifndef GW_SERVER_PROXIES_H
#define GW_SERVER_PROXIES_H

#include "http/forwarded.h"
#include "net/address.h"
#include "server/exchange.h"

struct gw_proxies {
    struct gw_http_proxies http;
    struct gw_cidr *networks; /* http.networks, owned */
    bool trusts_unix;
};

struct gw_client {
    char address[GW_ADDRESS_TEXT_MAX]; /* without a port; NUL-terminated */
    bool is_secure;
};

void gw_proxies_dispose(struct gw_proxies *proxies);
/* Whether what it says of its clients is believed. */
bool gw_proxies_have(const struct gw_proxies *proxies, const struct gw_address *peer);

/* While the request can be read; later, only the peer is known. */
void gw_client_find(const struct gw_exchange *exchange, struct gw_client *client);

#endif
