/* SPDX-License-Identifier: MIT */
#include "base/ids.h"

enum { RANDOM_BYTES = 12, ID_BYTES = 15 };

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void gw_ids_init(struct gw_ids *ids, gw_entropy_fn *entropy)
{
    *ids = (struct gw_ids){.entropy = entropy, .pool_used = sizeof(ids->pool)};
}

/* Used bytes are wiped: who reads this memory later must not learn ids that are still alive. */
static void take_random(struct gw_ids *ids, uint8_t out[static RANDOM_BYTES])
{
    if (sizeof(ids->pool) - ids->pool_used < RANDOM_BYTES) {
        ids->entropy(ids->pool, sizeof(ids->pool));
        ids->pool_used = 0;
    }
    memcpy(out, ids->pool + ids->pool_used, RANDOM_BYTES);
    memset(ids->pool + ids->pool_used, 0, RANDOM_BYTES);
    ids->pool_used += RANDOM_BYTES;
}

void gw_ids_next(struct gw_ids *ids, char out[static GW_ID_LEN])
{
    uint8_t raw[ID_BYTES];
    uint32_t counter = ids->counter++;

    take_random(ids, raw);
    raw[12] = (uint8_t)(counter >> 16);
    raw[13] = (uint8_t)(counter >> 8);
    raw[14] = (uint8_t)counter;
    for (size_t i = 0; i < ID_BYTES / 3; i++) {
        uint32_t bits = (uint32_t)raw[3 * i] << 16 | (uint32_t)raw[3 * i + 1] << 8 | raw[3 * i + 2];

        out[4 * i] = alphabet[bits >> 18];
        out[4 * i + 1] = alphabet[bits >> 12 & 63];
        out[4 * i + 2] = alphabet[bits >> 6 & 63];
        out[4 * i + 3] = alphabet[bits & 63];
    }
}
