/* SPDX-License-Identifier: MIT */
/* How many connections each address has, and how fast it brings new ones. Who has none costs
 * nothing, or, while he would be too fast with the next one, a small record of bounded number. */
#ifndef GW_SERVER_ORIGINS_H
#define GW_SERVER_ORIGINS_H

#include "base/list.h"
#include "base/map.h"
#include "base/rate.h"

enum {
    GW_ORIGIN_BYTES = 8, /* of an address that count: a whole IPv4 one, the /64 of an IPv6 one */
    GW_ORIGINS_IDLE_MAX = 65536, /* records of addresses without a connection; the oldest go */
};

struct gw_origin {
    struct gw_map_node by_key;
    struct gw_list idle; /* gw_origins.idle while it has no connection */
    struct gw_rate rate;
    uint32_t connection_count;
    uint8_t key_len;
    uint8_t key[GW_ORIGIN_BYTES];
};

struct gw_origins {
    uint32_t max_connections; /* of one; 0: no limit */
    struct gw_rate_limit rate;
    /* private */
    struct gw_map map;
    struct gw_list idle; /* the oldest first */
    uint32_t idle_count;
};

enum gw_origin_verdict {
    GW_ORIGIN_IN,
    GW_ORIGIN_CROWDED,  /* has max_connections already */
    GW_ORIGIN_TOO_FAST, /* brings more a second than it may */
    GW_ORIGIN_NO_MEMORY,
};

/* rate is only asked about the first. */
enum gw_origin_entry { GW_ORIGIN_BY_ITSELF, GW_ORIGIN_BY_PROXY };

void gw_origins_init(struct gw_origins *origins, uint32_t max_connections,
                     const struct gw_rate_limit *rate, const uint64_t seed[static 2]);
/* All must have left. */
void gw_origins_dispose(struct gw_origins *origins);

/* One more connection of the address whose bytes are key (1 to GW_ORIGIN_BYTES of them). IN: it
 * counts until gw_origins_leave(*out). */
enum gw_origin_verdict gw_origins_enter(struct gw_origins *origins, struct gw_slice key,
                                        enum gw_origin_entry entry, uint64_t now_ms,
                                        struct gw_origin **out);
void gw_origins_leave(struct gw_origins *origins, struct gw_origin *origin, uint64_t now_ms);

#endif
