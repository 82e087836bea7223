/* SPDX-License-Identifier: MIT */
/* 20-character ids that nobody can guess: 12 random bytes and a 24-bit counter in URL-safe base64,
 * the form that Socket.IO tools know. */
#ifndef GW_BASE_IDS_H
#define GW_BASE_IDS_H

#include <godwit/base.h>

enum { GW_ID_LEN = 20 };

/* Fills out with len bytes fit for secrets; cannot fail. Given by net/random.c, or by a test. */
typedef void gw_entropy_fn(uint8_t *out, size_t len);

struct gw_ids {
    gw_entropy_fn *entropy;
    uint32_t counter;
    size_t pool_used;
    uint8_t pool[240]; /* one call of the entropy source serves 20 ids */
};

void gw_ids_init(struct gw_ids *ids, gw_entropy_fn *entropy);
/* Writes exactly GW_ID_LEN characters, no NUL. */
void gw_ids_next(struct gw_ids *ids, char out[static GW_ID_LEN]);

#endif
