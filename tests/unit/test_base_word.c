/* SPDX-License-Identifier: MIT */
#include "base/word.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { LEN_MAX = 40 };

/* In a place of exactly so many bytes, so that the sanitizer sees one too many. */
static uint8_t *create_text(size_t len)
{
    uint8_t *text = gw_mem_alloc(len + 1);

    for (size_t i = 0; i < len; i++)
        text[i] = (uint8_t)('a' + i % 26);
    return text;
}

static void a_copy_has_all_bytes_and_no_more(void **state)
{
    (void)state;
    for (size_t len = 0; len <= LEN_MAX; len++) {
        uint8_t *text = create_text(len), *copy = gw_mem_alloc(len + 1);

        copy[len] = 0x55;
        assert_ptr_equal(gw_word_copy(copy, text, len), copy + len);
        assert_memory_equal(copy, text, len);
        assert_int_equal(copy[len], 0x55);
        gw_mem_free(copy);
        gw_mem_free(text);
    }
}

static void texts_are_equal_when_no_byte_differs(void **state)
{
    (void)state;
    for (size_t len = 0; len <= LEN_MAX; len++) {
        uint8_t *a = create_text(len), *b = create_text(len);

        a[len] = 1;
        b[len] = 2;
        assert_true(gw_word_equal(a, b, len));
        for (size_t i = 0; i < len; i++) {
            b[i] ^= 0x80;
            assert_false(gw_word_equal(a, b, len));
            b[i] ^= 0x80;
        }
        gw_mem_free(b);
        gw_mem_free(a);
    }
}

static void words_are_loaded_from_anywhere(void **state)
{
    const uint8_t bytes[] = {9, 1, 2, 3, 4, 5, 6, 7, 8};
    uint32_t four = gw_word_load4(bytes + 1);
    uint64_t eight = gw_word_load8(bytes + 1);

    (void)state;
    assert_memory_equal(&four, bytes + 1, 4);
    assert_memory_equal(&eight, bytes + 1, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_copy_has_all_bytes_and_no_more),
        cmocka_unit_test(texts_are_equal_when_no_byte_differs),
        cmocka_unit_test(words_are_loaded_from_anywhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
