/* SPDX-License-Identifier: MIT */
/* UTF-8 by 32 bytes at a time, after Keiser and Lemire, "Validating UTF-8 In Less Than One
 * Instruction Per Byte" (2021).
 *
 * Whether a byte may follow the one before it depends on the high and low half of the first and the
 * high half of the second. Three tables of 16 entries give, for each half, a bit for every fault
 * that is still possible; a fault that all three agree on is one. What that cannot see is whether a
 * third and fourth byte are there: it is compared with where lead bytes ask for them. */
#include "codec/cpu.h"
#include "codec/utf8_kernel.h"

#include <immintrin.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2")))

enum fault {
    TOO_SHORT = 1 << 0,  /* a lead without its continuation */
    TOO_LONG = 1 << 1,   /* a continuation behind ASCII */
    OVERLONG_3 = 1 << 2, /* e0 80..9f */
    TOO_LARGE = 1 << 3,  /* f4 90..bf, f5.. */
    SURROGATE = 1 << 4,  /* ed a0..bf */
    OVERLONG_2 = 1 << 5, /* c0, c1 */
    FAR_OFF = 1 << 6,    /* f0 80..8f, which is overlong, and f5.. 80..8f, which is too large */
    TWO_CONTS = 1 << 7,  /* two continuations in a row: right if a lead asks for them */
    ANY_LOW = TOO_SHORT | TOO_LONG | TWO_CONTS,
    ABOVE_4 = ANY_LOW | TOO_LARGE | FAR_OFF,
    CONTINUES = TOO_LONG | OVERLONG_2 | TWO_CONTS,
};

/* The 16 entries twice: vpshufb looks things up in each half by itself. */
#define TABLE(...)                                                                                 \
    {                                                                                              \
        __VA_ARGS__, __VA_ARGS__                                                                   \
    }

static const uint8_t first_high[32] =
    TABLE(TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, /* 0x */
          TWO_CONTS, TWO_CONTS, TWO_CONTS, TWO_CONTS,                                     /* 8x */
          TOO_SHORT | OVERLONG_2, TOO_SHORT, TOO_SHORT | OVERLONG_3 | SURROGATE,          /* cx */
          TOO_SHORT | TOO_LARGE | FAR_OFF);                                               /* fx */
static const uint8_t first_low[32] =
    TABLE(ANY_LOW | OVERLONG_2 | OVERLONG_3 | FAR_OFF, ANY_LOW | OVERLONG_2, ANY_LOW, ANY_LOW,
          ANY_LOW | TOO_LARGE, ABOVE_4, ABOVE_4, ABOVE_4, ABOVE_4, ABOVE_4, ABOVE_4, ABOVE_4,
          ABOVE_4, ABOVE_4 | SURROGATE, ABOVE_4, ABOVE_4);
static const uint8_t second_high[32] =
    TABLE(TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT,
          CONTINUES | OVERLONG_3 | FAR_OFF, CONTINUES | OVERLONG_3 | TOO_LARGE,
          CONTINUES | SURROGATE | TOO_LARGE, CONTINUES | SURROGATE | TOO_LARGE, TOO_SHORT,
          TOO_SHORT, TOO_SHORT, TOO_SHORT);

static AVX2 inline __m256i load(const uint8_t *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

static AVX2 inline __m256i look_up(const uint8_t table[static 32], __m256i halves)
{
    return _mm256_shuffle_epi8(load(table), halves);
}

static AVX2 inline __m256i high_halves(__m256i bytes)
{
    return _mm256_and_si256(_mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(0x0f));
}

/* Not zero where block, which follows the three bytes at block - 3, breaks a rule. */
static AVX2 inline __m256i faults(const uint8_t *block, __m256i bytes)
{
    __m256i before1 = load(block - 1), before2 = load(block - 2), before3 = load(block - 3);
    __m256i pair = _mm256_and_si256(
        look_up(first_high, high_halves(before1)),
        _mm256_and_si256(look_up(first_low, _mm256_and_si256(before1, _mm256_set1_epi8(0x0f))),
                         look_up(second_high, high_halves(bytes))));
    /* The top bit is set where a lead two or three bytes back wants a continuation here. */
    __m256i third = _mm256_subs_epu8(before2, _mm256_set1_epi8((char)(0xe0 - 0x80)));
    __m256i fourth = _mm256_subs_epu8(before3, _mm256_set1_epi8((char)(0xf0 - 0x80)));
    __m256i wanted = _mm256_and_si256(_mm256_or_si256(third, fourth), _mm256_set1_epi8((char)0x80));

    return _mm256_xor_si256(wanted, pair);
}

/* The end of the last whole character before end; the bytes up to there
 * are known to follow the rules. */
static size_t last_boundary(const uint8_t *text, size_t end)
{
    const uint8_t *bytes = text + end; /* end may be 0 where text has bytes before it */

    if (bytes[-1] >= 0xc0)
        return end - 1;
    if (bytes[-2] >= 0xe0)
        return end - 2;
    return bytes[-3] >= 0xf0 ? end - 3 : end;
}

/* How far whole blocks follow the rules. A block looks at the three bytes before it, so text[-3]
 * must be there. is_between: text starts between two characters. */
static AVX2 size_t scan(const uint8_t *text, size_t len, bool is_between)
{
    bool was_ascii = is_between;
    size_t i = 0;

    while (len - i >= 32) {
        __m256i bytes = load(text + i);

        if (_mm256_movemask_epi8(bytes) == 0) {
            if (!was_ascii && last_boundary(text, i) != i)
                break;
            was_ascii = true;
        } else {
            __m256i wrong = faults(text + i, bytes);

            if (!_mm256_testz_si256(wrong, wrong))
                break;
            was_ascii = false;
        }
        i += 32;
    }
    return i;
}

size_t gw_utf8_kernel(const uint8_t *text, size_t len)
{
    uint8_t start[3 + 32] = {0}; /* the first block has nothing before it */
    size_t n;

    if (len < GW_UTF8_KERNEL_BYTES || !gw_cpu_has_avx2())
        return 0;
    memcpy(start + 3, text, 32);
    if (scan(start + 3, 32, true) == 0)
        return 0;
    n = 32 + scan(text + 32, len - 32, false);
    return last_boundary(text, n);
}
