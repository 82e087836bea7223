/* SPDX-License-Identifier: MIT */
#include "codec/scan.h"

#include <emmintrin.h>

/* The last 16 bytes or fewer are looked at with the bytes before it, which
 * are known to be clean by then. */

static __m128i load(const uint8_t *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

static size_t first(int mask)
{
    return (size_t)__builtin_ctz((unsigned int)mask);
}

size_t gw_scan_ascii(const uint8_t *text, size_t len)
{
    int mask;

    if (len < 16)
        return gw_scan_ascii_plain(text, len);
    for (size_t i = 0; len - i > 16; i += 16) {
        mask = _mm_movemask_epi8(load(text + i));
        if (mask)
            return i + first(mask);
    }
    mask = _mm_movemask_epi8(load(text + len - 16));
    return mask ? len - 16 + first(mask) : len;
}

/* A bit for each byte that is no plain text. SSE2 compares signed bytes only, hence the maximum. */
static int quoted_mask(__m128i bytes)
{
    __m128i last_control = _mm_set1_epi8(0x1f);
    __m128i control = _mm_cmpeq_epi8(_mm_max_epu8(bytes, last_control), last_control);
    __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    __m128i backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));

    return _mm_movemask_epi8(_mm_or_si128(control, _mm_or_si128(quote, backslash)));
}

size_t gw_scan_unquoted(const uint8_t *text, size_t len)
{
    int mask;

    if (len < 16)
        return gw_scan_unquoted_plain(text, len);
    for (size_t i = 0; len - i > 16; i += 16) {
        mask = quoted_mask(load(text + i));
        if (mask)
            return i + first(mask);
    }
    mask = quoted_mask(load(text + len - 16));
    return mask ? len - 16 + first(mask) : len;
}
