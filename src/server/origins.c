/* SPDX-License-Identifier: MIT */
#include "server/origins.h"

#include "base/mem.h"

#include <assert.h>
#include <string.h>

/* Old records looked at for each new one: more than one, so that they get fewer. */
enum { SWEEP = 2 };

void gw_origins_init(struct gw_origins *origins, uint32_t max_connections,
                     const struct gw_rate_limit *rate, const uint64_t seed[static 2])
{
    *origins = (struct gw_origins){.max_connections = max_connections, .rate = *rate};
    gw_map_init(&origins->map, seed);
    gw_list_init(&origins->idle);
}

static void forget(struct gw_origins *origins, struct gw_origin *origin)
{
    if (gw_list_is_linked(&origin->idle))
        origins->idle_count--;
    gw_list_remove(&origin->idle);
    gw_map_remove(&origins->map, &origin->by_key);
    gw_mem_free(origin);
}

static struct gw_origin *oldest_idle(const struct gw_origins *origins)
{
    if (gw_list_is_empty(&origins->idle))
        return NULL;
    return container_of(origins->idle.next, struct gw_origin, idle);
}

void gw_origins_dispose(struct gw_origins *origins)
{
    struct gw_origin *origin;

    while ((origin = oldest_idle(origins)) != NULL)
        forget(origins, origin);
    assert(origins->map.count == 0);
    gw_map_dispose(&origins->map);
}

/* Those that could bring a whole burst again are as good as unknown. */
static void sweep(struct gw_origins *origins, uint64_t now_ms)
{
    for (int i = 0; i < SWEEP; i++) {
        struct gw_origin *origin = oldest_idle(origins);

        if (!origin || !gw_rate_is_full(&origin->rate, now_ms))
            return;
        forget(origins, origin);
    }
}

static bool has_key(const struct gw_map_node *node, const void *key)
{
    const struct gw_origin *origin = container_of(node, const struct gw_origin, by_key);

    return gw_slice_equal((struct gw_slice){origin->key, origin->key_len},
                          *(const struct gw_slice *)key);
}

static struct gw_origin *add(struct gw_origins *origins, struct gw_slice key, uint64_t hash)
{
    struct gw_origin *origin = gw_mem_zalloc(sizeof(*origin));

    if (!origin)
        return NULL;
    origin->key_len = (uint8_t)key.len;
    memcpy(origin->key, key.ptr, key.len);
    gw_list_init(&origin->idle);
    if (gw_map_insert(&origins->map, &origin->by_key, hash) == GW_OK)
        return origin;
    gw_mem_free(origin);
    return NULL;
}

static enum gw_origin_verdict judge(const struct gw_origins *origins, struct gw_origin *origin,
                                    enum gw_origin_entry entry, uint64_t now_ms)
{
    if (origins->max_connections > 0 && origin->connection_count >= origins->max_connections)
        return GW_ORIGIN_CROWDED;
    if (entry == GW_ORIGIN_BY_ITSELF && gw_rate_limit_is_on(&origins->rate) &&
        !gw_rate_take(&origin->rate, &origins->rate, now_ms))
        return GW_ORIGIN_TOO_FAST;
    return GW_ORIGIN_IN;
}

enum gw_origin_verdict gw_origins_enter(struct gw_origins *origins, struct gw_slice key,
                                        enum gw_origin_entry entry, uint64_t now_ms,
                                        struct gw_origin **out)
{
    uint64_t hash = gw_map_hash(&origins->map, key);
    struct gw_map_node *node = gw_map_find(&origins->map, hash, has_key, &key);
    struct gw_origin *origin;
    enum gw_origin_verdict verdict;

    assert(key.len > 0 && key.len <= GW_ORIGIN_BYTES);
    if (!node)
        sweep(origins, now_ms);
    origin = node ? container_of(node, struct gw_origin, by_key) : add(origins, key, hash);
    if (!origin)
        return GW_ORIGIN_NO_MEMORY;
    verdict = judge(origins, origin, entry, now_ms); /* of one who is new: IN */
    if (verdict != GW_ORIGIN_IN)
        return verdict;
    if (gw_list_is_linked(&origin->idle))
        origins->idle_count--;
    gw_list_remove(&origin->idle);
    origin->connection_count++;
    *out = origin;
    return GW_ORIGIN_IN;
}

void gw_origins_leave(struct gw_origins *origins, struct gw_origin *origin, uint64_t now_ms)
{
    assert(origin->connection_count > 0);
    if (--origin->connection_count > 0)
        return;
    if (gw_rate_is_full(&origin->rate, now_ms)) {
        forget(origins, origin);
        return;
    }
    gw_list_push(&origins->idle, &origin->idle);
    if (++origins->idle_count > GW_ORIGINS_IDLE_MAX)
        forget(origins, oldest_idle(origins));
}
