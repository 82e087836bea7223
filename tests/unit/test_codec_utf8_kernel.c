/* SPDX-License-Identifier: MIT */
/* The vector kernel against the state machine, which is fed byte by byte and so never takes the kernel. */
#include "codec/utf8_kernel.h"

#include "codec/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static uint64_t seed = 0x9e3779b97f4a7c15U;

static uint32_t random_below(uint32_t limit)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 16) % limit;
}

static bool is_valid_by_bytes(const uint8_t *text, size_t len)
{
    struct gw_utf8 u;

    gw_utf8_init(&u);
    for (size_t i = 0; i < len; i++) {
        if (!gw_utf8_feed(&u, (struct gw_slice){text + i, 1}))
            return false;
    }
    return gw_utf8_is_complete(&u);
}

/* Exactly as long as it is, so that the sanitizer sees a read over the end. */
static void check(const uint8_t *text, size_t len)
{
    uint8_t *exact = malloc(len ? len : 1);
    size_t start;

    assert_non_null(exact);
    memcpy(exact, text, len);
    start = gw_utf8_kernel(exact, len);
    assert_true(start <= len);
    assert_true(is_valid_by_bytes(exact, start));
    assert_int_equal(gw_utf8_is_valid((struct gw_slice){exact, len}),
                     is_valid_by_bytes(exact, len));
    free(exact);
}

static size_t random_text(uint8_t *out, size_t at_least)
{
    static const uint32_t limits[] = {0x80, 0x800, 0x10000, 0x110000};
    uint32_t limit = limits[random_below(4)];
    size_t len = 0;

    while (len < at_least)
        len += gw_utf8_encode(out + len, random_below(3) ? random_below(limit) : 'a');
    return len;
}

static void random_texts_and_damaged_ones_get_the_same_verdict(void **state)
{
    uint8_t text[256];

    (void)state;
    for (int i = 0; i < 50000; i++) {
        size_t len = random_text(text, GW_UTF8_KERNEL_BYTES + random_below(120));

        for (uint32_t damage = random_below(4); damage > 0; damage--)
            text[random_below((uint32_t)len)] = (uint8_t)random_below(256);
        check(text, len - (random_below(4) ? 0 : random_below(5)));
    }
}

/* Each pair of bytes at each place of a block: all rules but those of long characters show in pairs. */
static void every_pair_of_bytes_is_judged_right_wherever_it_stands(void **state)
{
    uint8_t text[GW_UTF8_KERNEL_BYTES + 32];

    (void)state;
    for (uint32_t pair = 0; pair < 0x10000; pair++) {
        size_t at = 30 + pair % 5;

        memset(text, 'a', sizeof(text));
        text[at] = (uint8_t)(pair >> 8);
        text[at + 1] = (uint8_t)pair;
        check(text, sizeof(text));
        text[at + 2] = 0x80;
        text[at + 3] = 0xbf;
        check(text, sizeof(text));
    }
}

static void character_that_a_block_cuts_is_seen_whole(void **state)
{
    static const char character[] = "\xf0\x9f\x98\x80";
    uint8_t text[GW_UTF8_KERNEL_BYTES + 32];

    (void)state;
    for (size_t at = 24; at <= 64; at++) {
        memset(text, 'a', sizeof(text));
        memcpy(text + at, character, 4);
        check(text, sizeof(text));
        for (size_t cut = 1; cut < 4; cut++) {
            memset(text + at + cut, 'a', 4 - cut);
            check(text, sizeof(text));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_texts_and_damaged_ones_get_the_same_verdict),
        cmocka_unit_test(every_pair_of_bytes_is_judged_right_wherever_it_stands),
        cmocka_unit_test(character_that_a_block_cuts_is_seen_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
