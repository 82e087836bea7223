/* SPDX-License-Identifier: MIT */
/* Short texts by the word: 4 to 16 bytes are two words, the last of which overlaps
 * the first. A name is like that, and to call memcpy or memcmp takes longer than its
 * bytes do. Others get the call. */
#ifndef GW_BASE_WORD_H
#define GW_BASE_WORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint32_t gw_word_load4(const uint8_t *bytes)
{
    uint32_t word;

    memcpy(&word, bytes, sizeof word);
    return word;
}

static inline uint64_t gw_word_load8(const uint8_t *bytes)
{
    uint64_t word;

    memcpy(&word, bytes, sizeof word);
    return word;
}

/* Copies len bytes to where the next may go. */
static inline uint8_t *gw_word_copy(uint8_t *to, const uint8_t *from, size_t len)
{
    if (len < 4 || len > 16) {
        if (len > 0)
            memcpy(to, from, len);
    } else if (len < 8) {
        memcpy(to, from, 4);
        memcpy(to + len - 4, from + len - 4, 4);
    } else {
        memcpy(to, from, 8);
        memcpy(to + len - 8, from + len - 8, 8);
    }
    return to + len;
}

static inline bool gw_word_equal(const uint8_t *a, const uint8_t *b, size_t len)
{
    if (len < 4 || len > 16)
        return len == 0 || memcmp(a, b, len) == 0;
    if (len < 8)
        return gw_word_load4(a) == gw_word_load4(b) &&
               gw_word_load4(a + len - 4) == gw_word_load4(b + len - 4);
    return gw_word_load8(a) == gw_word_load8(b) &&
           gw_word_load8(a + len - 8) == gw_word_load8(b + len - 8);
}

#endif
