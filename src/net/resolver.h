/* SPDX-License-Identifier: MIT */
/* Names to addresses without a wait, by c-ares in our loop: the hosts file, then DNS (RFC
 * 1035), both families at once. */
#ifndef GW_NET_RESOLVER_H
#define GW_NET_RESOLVER_H

#include "net/address.h"
#include "net/loop.h"

enum { GW_RESOLVER_ADDRESSES_MAX = 16 }; /* of one family; more are dropped */

struct gw_resolver;

/* Of one family, AF_INET or AF_INET6. Borrowed for the call. */
struct gw_resolver_answer {
    int family;
    int err;         /* 0; GW_E_NOT_FOUND, GW_E_TIMEOUT, GW_E_REFUSED, GW_E_NOMEM, GW_E_SYSTEM */
    const char *why; /* with err: what the resolver says, "Domain name not found"; static */
    size_t count;    /* 0 with err, else 1 at least */
    struct gw_address addresses[GW_RESOLVER_ADDRESSES_MAX]; /* best first (RFC 6724) */
};

/* Exactly once for each family, in the order in which they come, never inside gw_resolver_start.
 * Must not destroy the resolver. */
typedef void gw_resolver_answer_fn(void *user, const struct gw_resolver_answer *answer);

/* Asks for both families. host: an ASCII name; borrowed. servers: "192.0.2.53,[::1]:5353"
 * in place of those of the system; NULL: those. c-ares asks each of them several times
 * and gives up in the end; the owner's deadline is earlier. NULL: *err is GW_E_NOMEM,
 * GW_E_ARG (servers) or GW_E_SYSTEM. */
struct gw_resolver *gw_resolver_start(gw_loop *loop, const char *host, uint16_t port,
                                      const char *servers, gw_resolver_answer_fn *on_answer,
                                      void *user, int *err);
/* What was not answered is never told. NULL is fine. */
void gw_resolver_destroy(struct gw_resolver *resolver);

#endif
