/* SPDX-License-Identifier: MIT */
#include "base/map.h"

#include "base/list.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct item {
    struct gw_map_node node;
    uint32_t key;
    bool is_seen;
};

enum { ITEM_COUNT = 5000 };

static const uint64_t seed[2] = {1, 2};

static bool holds(const struct gw_map_node *node, const void *key)
{
    return container_of(node, const struct item, node)->key == *(const uint32_t *)key;
}

static uint64_t hash_of(const struct gw_map *map, uint32_t key)
{
    return gw_map_hash(map, (struct gw_slice){(const uint8_t *)&key, sizeof(key)});
}

static struct item *find(const struct gw_map *map, uint32_t key)
{
    struct gw_map_node *node = gw_map_find(map, hash_of(map, key), holds, &key);

    return node ? container_of(node, struct item, node) : NULL;
}

static struct item *fill(struct gw_map *map)
{
    struct item *items = calloc(ITEM_COUNT, sizeof(*items));

    assert_non_null(items);
    gw_map_init(map, seed);
    for (uint32_t i = 0; i < ITEM_COUNT; i++) {
        items[i].key = i;
        assert_int_equal(gw_map_insert(map, &items[i].node, hash_of(map, i)), 0);
    }
    return items;
}

/* Vectors of SipHash-1-3: key 00..0f, texts of the bytes 0, 1, 2 ...; by a second implementation,
 * which as SipHash-2-4 gives the value that its authors printed. */
static void hash_is_siphash_1_3(void **state)
{
    static const uint64_t key[2] = {0x0706050403020100U, 0x0f0e0d0c0b0a0908U};
    static const uint64_t expected[] = {
        0xabac0158050fc4dcU, 0xc9f49bf37d57ca93U, 0x82cb9b024dc7d44dU, 0x8bf80ab8e7ddf7fbU,
        0xcf75576088d38328U, 0xdef9d52f49533b67U, 0xc50d2b50c59f22a7U, 0xd3927d989bb11140U,
        0x369095118d299a8eU, 0x25a48eb36c063de4U, 0x79de85ee92ff097fU, 0x70c118c1f94dc352U,
        0x78a384b157b4d9a2U, 0x306f760c1229ffa7U, 0x605aa111c0f95d34U, 0xd320d86d2a519956U,
        0xcc4fdd1a7d908b66U};
    uint8_t text[64];
    struct gw_map map;

    (void)state;
    gw_map_init(&map, key);
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        text[i] = (uint8_t)i;
        assert_true(gw_map_hash(&map, (struct gw_slice){text, i}) == expected[i]);
    }
    assert_true(gw_map_hash(&map, (struct gw_slice){0}) == expected[0]);
}

static void what_went_in_is_found_until_removed(void **state)
{
    struct gw_map map;
    struct item *items = fill(&map);

    (void)state;
    assert_int_equal(map.count, ITEM_COUNT);
    assert_null(find(&map, ITEM_COUNT));
    for (uint32_t i = 0; i < ITEM_COUNT; i++) {
        assert_ptr_equal(find(&map, i), &items[i]);
        if (i % 2)
            gw_map_remove(&map, &items[i].node);
    }
    for (uint32_t i = 0; i < ITEM_COUNT; i++)
        assert_ptr_equal(find(&map, i), i % 2 ? NULL : &items[i]);
    gw_map_dispose(&map);
    assert_null(find(&map, 0));
    free(items);
}

static void iteration_meets_each_once(void **state)
{
    struct gw_map map;
    struct item *items = fill(&map);
    struct gw_map_node *node = NULL, *next;
    size_t cursor = 0;
    size_t count = 0;

    (void)state;
    while ((node = gw_map_next(&map, &cursor, node)) != NULL) {
        struct item *item = container_of(node, struct item, node);

        assert_false(item->is_seen);
        item->is_seen = true;
        count++;
    }
    assert_int_equal(count, ITEM_COUNT);

    cursor = 0;
    for (node = gw_map_next(&map, &cursor, NULL); node; node = next) {
        next = gw_map_next(&map, &cursor, node);
        gw_map_remove(&map, node);
    }
    assert_int_equal(map.count, 0);
    assert_null(map.buckets);
    gw_map_dispose(&map);
    free(items);
}

static void drain_empties_the_map(void **state)
{
    struct gw_map map;
    struct item *items = fill(&map);
    size_t count = 0;

    (void)state;
    while (gw_map_drain(&map))
        count++;
    assert_int_equal(count, ITEM_COUNT);
    assert_int_equal(map.count, 0);
    assert_null(gw_map_drain(&map));
    gw_map_dispose(&map);
    free(items);
}

static void a_map_that_cannot_grow_still_works(void **state)
{
    struct item items[100];
    struct gw_map map;

    (void)state;
    gw_map_init(&map, seed);
    gw_mem_fail_at(1);
    assert_int_equal(gw_map_insert(&map, &items[0].node, 0), GW_E_NOMEM);
    assert_int_equal(map.count, 0);
    for (uint32_t i = 0; i < 100; i++) {
        items[i].key = i;
        if (i > 0)
            gw_mem_fail_at(1);
        assert_int_equal(gw_map_insert(&map, &items[i].node, hash_of(&map, i)), 0);
    }
    gw_mem_fail_at(0);
    for (uint32_t i = 0; i < 100; i++)
        assert_ptr_equal(find(&map, i), &items[i]);
    gw_map_dispose(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hash_is_siphash_1_3),
        cmocka_unit_test(what_went_in_is_found_until_removed),
        cmocka_unit_test(iteration_meets_each_once),
        cmocka_unit_test(drain_empties_the_map),
        cmocka_unit_test(a_map_that_cannot_grow_still_works),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
