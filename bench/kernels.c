/* SPDX-License-Identifier: MIT */
/* How fast the vector kernels are in cache: bytes a second of one core, the best of several rounds. */
#include "codec/utf8.h"
#include "ws/mask.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { TEXT_BYTES = 16 * 1024, ROUNDS = 9 };

static double now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static uint8_t text[TEXT_BYTES + 4];

static size_t fill(const uint32_t *characters, size_t count)
{
    size_t len = 0;

    for (size_t i = 0; len < TEXT_BYTES; i++)
        len += gw_utf8_encode(text + len, characters[i % count]);
    return len;
}

typedef void work_fn(size_t len);

static void validate(size_t len)
{
    if (!gw_utf8_is_valid((struct gw_slice){text, len}))
        abort();
}

static void mask(size_t len)
{
    static const uint8_t key[4] = {0x37, 0xfa, 0x21, 0x3d};

    gw_ws_mask(text, len, key, 0);
}

static void measure(const char *name, work_fn *work, size_t len, double least)
{
    double best = 0;

    for (int round = 0; round < ROUNDS; round++) {
        double start = now_s(), rate;
        int times = 0;

        do {
            for (int i = 0; i < 256; i++)
                work(len);
            times += 256;
        } while (now_s() - start < 0.05);
        rate = (double)len * times / (now_s() - start) / 1e9;
        best = rate > best ? rate : best;
    }
    printf("  %-36s %8.1f  (%s: at least %.0f)\n", name, best, best >= least ? "reached" : "MISSED",
           least);
}

int main(void)
{
    static const uint32_t ascii[] = {'G', 'o', 'd', 'w', 'i', 't', ' '};
    static const uint32_t mixed[] = {'a', 0xe9,   ' ',    0x43f, 0x440,
                                     ' ', 0x4e2d, 0x6587, '.',   0x1f600};

    printf("Kernels in cache, 16 KiB, GB a second of one core\n");
    measure("UTF-8 validation, ASCII", validate, fill(ascii, 7), 4);
    measure("UTF-8 validation, mixed", validate, fill(mixed, 10), 4);
    measure("masking", mask, TEXT_BYTES, 10);
    return 0;
}
