/* SPDX-License-Identifier: MIT */
#include "ws/mask.h"

#include <string.h>

/* One SSE2 or NEON register; compilers make plain code of it where there is none. Wider kernels that are chosen at run
 * time get files of their own and are called from here. */
typedef uint8_t vector __attribute__((vector_size(16)));
typedef uint32_t vector_of_words __attribute__((vector_size(16)));

void gw_ws_mask_plain(uint8_t *bytes, size_t len, const uint8_t key[static 4], size_t phase)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] ^= key[(phase + i) & 3];
}

static uint32_t turned_key(const uint8_t key[static 4], size_t phase)
{
    const uint8_t turned[4] = {key[phase & 3], key[(phase + 1) & 3], key[(phase + 2) & 3],
                               key[(phase + 3) & 3]};
    uint32_t word;

    memcpy(&word, turned, sizeof word);
    return word;
}

static void mask_8(uint8_t *bytes, uint32_t key)
{
    uint64_t word;

    memcpy(&word, bytes, sizeof word);
    word ^= (uint64_t)key << 32 | key;
    memcpy(bytes, &word, sizeof word);
}

static void mask_4(uint8_t *bytes, uint32_t key)
{
    uint32_t word;

    memcpy(&word, bytes, sizeof word);
    word ^= key;
    memcpy(bytes, &word, sizeof word);
}

/* Fewer than 16 bytes. Word by word in falling sizes: no loop, and never past the end. */
static void mask_tail(uint8_t *bytes, size_t len, uint32_t key)
{
    uint8_t key_bytes[4];

    if (len & 8) {
        mask_8(bytes, key);
        bytes += 8;
    }
    if (len & 4) {
        mask_4(bytes, key);
        bytes += 4;
    }
    memcpy(key_bytes, &key, sizeof key);
    for (size_t i = 0; i < (len & 3); i++)
        bytes[i] ^= key_bytes[i];
}

void gw_ws_mask(uint8_t *bytes, size_t len, const uint8_t key[static 4], size_t phase)
{
    uint32_t word;

    if (phase & 3)
        word = turned_key(key, phase);
    else
        memcpy(&word, key, sizeof word);

    if (len >= sizeof(vector)) {
        const vector keys = (vector)(vector_of_words){word, word, word, word};

        do {
            vector v;

            memcpy(&v, bytes, sizeof v);
            v ^= keys;
            memcpy(bytes, &v, sizeof v);
            bytes += sizeof v;
            len -= sizeof v;
        } while (len >= sizeof(vector));
    }
    if (len > 0)
        mask_tail(bytes, len, word);
}
