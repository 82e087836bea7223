/* SPDX-License-Identifier: MIT */
/* Intrusive hash map with a secret seed (SipHash-1-3, as in the maps of Rust and Ruby), so that a
 * peer who chooses keys cannot make them collide. The map owns its bucket array only; nodes live in
 * the objects, and objects stay where they are. */
#ifndef GW_BASE_MAP_H
#define GW_BASE_MAP_H

#include <godwit/base.h>

struct gw_map_node {
    struct gw_map_node *next;
    uint64_t hash;
};

struct gw_map {
    struct gw_map_node **buckets; /* NULL while empty from birth */
    size_t bucket_count;          /* a power of two */
    size_t count;
    /* Buckets before this one are empty, or drain would look at them again for each node. */
    size_t drained;
    uint64_t seed[2];
};

/* Whether node holds key. Called only for equal hashes. */
typedef bool gw_map_match_fn(const struct gw_map_node *node, const void *key);

void gw_map_init(struct gw_map *map, const uint64_t seed[static 2]);
/* Frees the buckets; the nodes are the caller's affair. */
void gw_map_dispose(struct gw_map *map);

uint64_t gw_map_hash(const struct gw_map *map, struct gw_slice key);
struct gw_map_node *gw_map_find(const struct gw_map *map, uint64_t hash, gw_map_match_fn *matches,
                                const void *key);
/* The caller has made sure that no equal key is in. 0 or GW_E_NOMEM (only for the very first bucket
 * array: a map that cannot grow gets slower, not wrong). */
int gw_map_insert(struct gw_map *map, struct gw_map_node *node, uint64_t hash);
/* node must be in the map. A large map that becomes empty gives its buckets back. */
void gw_map_remove(struct gw_map *map, struct gw_map_node *node);

/* Iteration in no order: start with *cursor = 0 and node = NULL. Adding a node ends the
 * iteration. A node may be removed once the one behind it has been asked for; who
 * removes all takes gw_map_drain. */
struct gw_map_node *gw_map_next(const struct gw_map *map, size_t *cursor, struct gw_map_node *node);
/* Takes any one node out; NULL when empty. */
struct gw_map_node *gw_map_drain(struct gw_map *map);

#endif
