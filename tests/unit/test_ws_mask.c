/* SPDX-License-Identifier: MIT */
#include "ws/mask.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LONGEST = 300 };

static const uint8_t key[4] = {0x37, 0xfa, 0x21, 0x3d};

/* RFC 6455 5.7 */
static void hello_of_the_standard(void **state)
{
    uint8_t bytes[] = {0x7f, 0x9f, 0x4d, 0x51, 0x58};

    (void)state;
    gw_ws_mask(bytes, sizeof bytes, key, 0);
    assert_memory_equal(bytes, "Hello", 5);
}

/* The block has exactly the size of the payload, so that the sanitizer sees a kernel that reaches over its ends. */
static void compare(size_t len, size_t phase, size_t align)
{
    uint8_t *fast = malloc(align + len + 1), *slow = malloc(len + 1);

    assert_true(fast && slow);
    for (size_t i = 0; i < len; i++)
        fast[align + i] = slow[i] = (uint8_t)(i * 7 + len);
    fast = realloc(fast, align + len ? align + len : 1);
    assert_non_null(fast);
    gw_ws_mask(fast + align, len, key, phase);
    gw_ws_mask_plain(slow, len, key, phase);
    assert_memory_equal(fast + align, slow, len);
    free(fast);
    free(slow);
}

static void every_length_phase_and_alignment_is_as_byte_by_byte(void **state)
{
    (void)state;
    for (size_t len = 0; len <= LONGEST; len++) {
        for (size_t phase = 0; phase < 5; phase++) {
            for (size_t align = 0; align < 17; align += 1 + len / 64)
                compare(len, phase, align);
        }
    }
}

static void cut_payload_is_masked_as_a_whole_one(void **state)
{
    uint8_t whole[LONGEST], cut[LONGEST];

    (void)state;
    for (size_t at = 0; at <= LONGEST; at++) {
        memset(whole, 0x55, sizeof whole);
        memset(cut, 0x55, sizeof cut);
        gw_ws_mask(whole, LONGEST, key, 0);
        gw_ws_mask(cut, at, key, 0);
        gw_ws_mask(cut + at, LONGEST - at, key, at);
        assert_memory_equal(whole, cut, LONGEST);
    }
}

static void masking_twice_changes_nothing(void **state)
{
    uint8_t bytes[LONGEST] = {1, 2, 3}, before[LONGEST];

    (void)state;
    memcpy(before, bytes, sizeof bytes);
    gw_ws_mask(bytes, sizeof bytes, key, 3);
    assert_memory_not_equal(bytes, before, sizeof bytes);
    gw_ws_mask(bytes, sizeof bytes, key, 3);
    assert_memory_equal(bytes, before, sizeof bytes);
}

/* gap: the place of the one byte that is not ASCII; len: there is none. */
static void compare_ascii(size_t len, size_t gap)
{
    uint8_t *fast = malloc(len ? len : 1), slow[LONGEST];

    assert_non_null(fast);
    for (size_t i = 0; i < len; i++)
        slow[i] = (uint8_t)(i == gap ? 0x80 : i & 0x7f);
    memcpy(fast, slow, len);
    gw_ws_mask_plain(fast, len, key, 0);
    assert_int_equal(gw_ws_mask_to_ascii(fast, len, key), gap == len);
    assert_memory_equal(fast, slow, len);
    free(fast);
}

static void other_than_ascii_is_seen_wherever_it_is(void **state)
{
    (void)state;
    for (size_t len = 0; len <= LONGEST; len += 1 + len / 80) {
        for (size_t gap = 0; gap <= len; gap++)
            compare_ascii(len, gap);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hello_of_the_standard),
        cmocka_unit_test(every_length_phase_and_alignment_is_as_byte_by_byte),
        cmocka_unit_test(cut_payload_is_masked_as_a_whole_one),
        cmocka_unit_test(masking_twice_changes_nothing),
        cmocka_unit_test(other_than_ascii_is_seen_wherever_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
