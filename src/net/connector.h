/* SPDX-License-Identifier: MIT */
/* From a name to a connected socket: both families are resolved at once and their addresses raced
 * (RFC 8305), so that a family that leads nowhere costs a quarter of a second and not a minute. */
#ifndef GW_NET_CONNECTOR_H
#define GW_NET_CONNECTOR_H

#include "net/resolver.h"

enum {
    GW_CONNECTOR_STAGGER_MS = 250,         /* Connection Attempt Delay (RFC 8305 5) */
    GW_CONNECTOR_RESOLUTION_DELAY_MS = 50, /* A has come: so long we wait for AAAA (RFC 8305 3) */
    GW_CONNECTOR_WHY_MAX = 512,
};

struct gw_connector;

/* Borrowed for the call. */
struct gw_connector_target {
    const char *host; /* an ASCII name or a numeric address, "::1" without brackets */
    uint16_t port;
    const char *path;    /* not NULL: a Unix-domain socket, in place of host and port */
    const char *servers; /* as for gw_resolver_start */
};

/* Exactly one of them is called, once, never inside gw_connector_start. */
struct gw_connector_handlers {
    /* fd is the callee's: connected, non-blocking, close-on-exec, TCP_NODELAY. The
     * connector may be destroyed inside. */
    void (*on_connected)(void *user, int fd);
    /* GW_E_NOT_FOUND, GW_E_REFUSED, GW_E_TIMEOUT, GW_E_SYSTEM, GW_E_NOMEM ...; why,
     * borrowed, names the host or each address and what became of it. The connector
     * must not be destroyed inside. */
    void (*on_failed)(void *user, int err, const char *why);
};

/* handlers is kept. NULL when memory has run out; everything else comes by on_failed. */
struct gw_connector *gw_connector_start(gw_loop *loop, const struct gw_connector_target *target,
                                        const struct gw_connector_handlers *handlers, void *user);
/* Gives up whatever is under way. NULL is fine. */
void gw_connector_destroy(struct gw_connector *connector);

/* No address is known yet. */
bool gw_connector_is_resolving(const struct gw_connector *connector);
/* What it waits for, for who gives up: "example.org" or "192.0.2.1:80, [2001:db8::1]:80". */
void gw_connector_describe(const struct gw_connector *connector,
                           char out[static GW_CONNECTOR_WHY_MAX]);

#endif
