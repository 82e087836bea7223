/* SPDX-License-Identifier: MIT */
#include "base/map.h"

#include "base/mem.h"

#include <assert.h>

enum {
    FIRST_BUCKETS = 8,
    KEEP_BUCKETS = 64, /* an emptied map with more gives them back */
};

struct sip {
    uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotate(uint64_t x, int bits)
{
    return (x << bits) | (x >> (64 - bits));
}

static inline void sip_round(struct sip *s)
{
    s->v0 += s->v1;
    s->v1 = rotate(s->v1, 13) ^ s->v0;
    s->v0 = rotate(s->v0, 32);
    s->v2 += s->v3;
    s->v3 = rotate(s->v3, 16) ^ s->v2;
    s->v0 += s->v3;
    s->v3 = rotate(s->v3, 21) ^ s->v0;
    s->v2 += s->v1;
    s->v1 = rotate(s->v1, 17) ^ s->v2;
    s->v2 = rotate(s->v2, 32);
}

static inline void sip_word(struct sip *s, uint64_t word)
{
    s->v3 ^= word;
    sip_round(s);
    s->v0 ^= word;
}

/* The last 0 to 7 bytes, little-endian, below the length in the top byte. */
static inline uint64_t sip_tail(struct gw_slice key)
{
    size_t whole = key.len & ~(size_t)7;
    uint64_t word = (uint64_t)key.len << 56;

    for (size_t i = whole; i < key.len; i++)
        word |= (uint64_t)key.ptr[i] << (8 * (i - whole));
    return word;
}

uint64_t gw_map_hash(const struct gw_map *map, struct gw_slice key)
{
    struct sip s = {
        map->seed[0] ^ 0x736f6d6570736575U,
        map->seed[1] ^ 0x646f72616e646f6dU,
        map->seed[0] ^ 0x6c7967656e657261U,
        map->seed[1] ^ 0x7465646279746573U,
    };

    for (size_t i = 0; i + 8 <= key.len; i += 8) {
        uint64_t word;

        memcpy(&word, key.ptr + i, 8);
        sip_word(&s, word);
    }
    sip_word(&s, sip_tail(key));
    s.v2 ^= 0xff;
    sip_round(&s);
    sip_round(&s);
    sip_round(&s);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

void gw_map_init(struct gw_map *map, const uint64_t seed[static 2])
{
    *map = (struct gw_map){.seed = {seed[0], seed[1]}};
}

void gw_map_dispose(struct gw_map *map)
{
    gw_mem_free(map->buckets);
    map->buckets = NULL;
    map->bucket_count = 0;
    map->count = 0;
    map->drained = 0;
}

static struct gw_map_node **bucket_of(const struct gw_map *map, uint64_t hash)
{
    return &map->buckets[hash & (map->bucket_count - 1)];
}

struct gw_map_node *gw_map_find(const struct gw_map *map, uint64_t hash, gw_map_match_fn *matches,
                                const void *key)
{
    if (map->count == 0)
        return NULL;
    for (struct gw_map_node *node = *bucket_of(map, hash); node; node = node->next) {
        if (node->hash == hash && matches(node, key))
            return node;
    }
    return NULL;
}

static void push(struct gw_map *map, struct gw_map_node *node)
{
    size_t index = node->hash & (map->bucket_count - 1);

    node->next = map->buckets[index];
    map->buckets[index] = node;
    if (index < map->drained)
        map->drained = index;
}

static int grow(struct gw_map *map)
{
    struct gw_map old = *map;
    size_t count = old.bucket_count ? old.bucket_count * 2 : FIRST_BUCKETS;
    struct gw_map_node **buckets = gw_mem_zalloc(count * sizeof(struct gw_map_node *));

    if (!buckets)
        return GW_E_NOMEM;
    map->buckets = buckets;
    map->bucket_count = count;
    for (size_t i = 0; i < old.bucket_count; i++) {
        while (old.buckets[i]) {
            struct gw_map_node *node = old.buckets[i];

            old.buckets[i] = node->next;
            push(map, node);
        }
    }
    gw_mem_free(old.buckets);
    return 0;
}

int gw_map_insert(struct gw_map *map, struct gw_map_node *node, uint64_t hash)
{
    if (map->count >= map->bucket_count && grow(map) < 0 && map->bucket_count == 0)
        return GW_E_NOMEM;
    node->hash = hash;
    push(map, node);
    map->count++;
    return 0;
}

void gw_map_remove(struct gw_map *map, struct gw_map_node *node)
{
    struct gw_map_node **at = bucket_of(map, node->hash);

    while (*at != node) {
        assert(*at);
        at = &(*at)->next;
    }
    *at = node->next;
    map->count--;
    if (map->count == 0 && map->bucket_count > KEEP_BUCKETS)
        gw_map_dispose(map);
}

struct gw_map_node *gw_map_next(const struct gw_map *map, size_t *cursor, struct gw_map_node *node)
{
    if (node && node->next)
        return node->next;
    while (*cursor < map->bucket_count) {
        struct gw_map_node *first = map->buckets[(*cursor)++];

        if (first)
            return first;
    }
    return NULL;
}

struct gw_map_node *gw_map_drain(struct gw_map *map)
{
    struct gw_map_node *node;

    if (map->count == 0)
        return NULL;
    while (!map->buckets[map->drained])
        map->drained++;
    node = map->buckets[map->drained];
    gw_map_remove(map, node);
    return node;
}
