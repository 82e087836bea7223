/* SPDX-License-Identifier: MIT */
/* What the processor can do that the build could not count on. Kernels that need it
 * stand in files of their own. */
#ifndef GW_CODEC_CPU_H
#define GW_CODEC_CPU_H

#include <stdbool.h>

/* Both from the compiler's own record, which is read once at the start of the
 * program: a load and a test. */
static inline bool gw_cpu_has_avx2(void)
{
    return __builtin_cpu_supports("avx2") != 0;
}

#endif
