/* SPDX-License-Identifier: MIT */
#include "ws/mask.h"

#include "ws/mask_kernel.h"

#include <string.h>

/* One SSE2 or NEON register; compilers make plain code of it where there is none. */
typedef uint8_t vector __attribute__((vector_size(16)));
typedef uint32_t vector_of_words __attribute__((vector_size(16)));

void gw_ws_mask_plain(uint8_t *bytes, size_t len, const uint8_t key[static 4], size_t phase)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] ^= key[(phase + i) & 3];
}

/* These return what they have written. */
static uint64_t mask_8(uint8_t *bytes, uint32_t key)
{
    uint64_t word;

    memcpy(&word, bytes, sizeof word);
    word ^= (uint64_t)key << 32 | key;
    memcpy(bytes, &word, sizeof word);
    return word;
}

static uint32_t mask_4(uint8_t *bytes, uint32_t key)
{
    uint32_t word;

    memcpy(&word, bytes, sizeof word);
    word ^= key;
    memcpy(bytes, &word, sizeof word);
    return word;
}

static vector mask_16(uint8_t *bytes, uint32_t key)
{
    vector v;

    memcpy(&v, bytes, sizeof v);
    v ^= (vector)(vector_of_words){key, key, key, key};
    memcpy(bytes, &v, sizeof v);
    return v;
}

/* Fewer than 16 bytes. Words in falling sizes: no loop over bytes but the last
 * three, and never past the end. */
static void mask_tail(uint8_t *bytes, size_t len, uint32_t word, const uint8_t key[static 4])
{
    if (len & 8) {
        mask_8(bytes, word);
        bytes += 8;
    }
    if (len & 4) {
        mask_4(bytes, word);
        bytes += 4;
    }
    gw_ws_mask_plain(bytes, len & 3, key, 0);
}

void gw_ws_mask(uint8_t *bytes, size_t len, const uint8_t key[static 4], size_t phase)
{
    uint32_t word;

    for (; (phase & 3) && len > 0; phase++, len--)
        *bytes++ ^= key[phase & 3];
    memcpy(&word, key, sizeof word);
    for (; len >= sizeof(vector); bytes += sizeof(vector), len -= sizeof(vector))
        mask_16(bytes, word);
    if (len > 0)
        mask_tail(bytes, len, word, key);
}

bool gw_ws_mask_to_ascii(uint8_t *bytes, size_t len, const uint8_t key[static 4])
{
    vector seen = {0};
    uint64_t halves[2];
    uint8_t *tail = bytes + len / sizeof(vector) * sizeof(vector);
    uint32_t word;

    memcpy(&word, key, sizeof word);
    for (; bytes != tail; bytes += sizeof(vector))
        seen |= mask_16(bytes, word);
    memcpy(halves, &seen, sizeof halves);
    if (len & 8) {
        halves[0] |= mask_8(bytes, word);
        bytes += 8;
    }
    if (len & 4) {
        halves[0] |= mask_4(bytes, word);
        bytes += 4;
    }
    for (size_t i = 0; i < (len & 3); i++)
        halves[0] |= bytes[i] ^= key[i];
    return ((halves[0] | halves[1]) & 0x8080808080808080U) == 0;
}
