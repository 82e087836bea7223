/* SPDX-License-Identifier: MIT */
#include "codec/cpu.h"
#include "ws/mask_kernel.h"

#include <immintrin.h>

static __attribute__((target("avx2"))) size_t mask(uint8_t *bytes, size_t len, uint32_t key)
{
    const __m256i keys = _mm256_set1_epi32((int)key);
    size_t i = 0;

    for (; len - i >= 64; i += 64) {
        __m256i *low = (__m256i *)(void *)(bytes + i);
        __m256i *high = low + 1;

        _mm256_storeu_si256(low, _mm256_xor_si256(_mm256_loadu_si256(low), keys));
        _mm256_storeu_si256(high, _mm256_xor_si256(_mm256_loadu_si256(high), keys));
    }
    return i;
}

size_t gw_ws_mask_kernel(uint8_t *bytes, size_t len, uint32_t key)
{
    return gw_cpu_has_avx2() ? mask(bytes, len, key) : 0;
}
