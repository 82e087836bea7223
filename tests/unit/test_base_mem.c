/* SPDX-License-Identifier: MIT */
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void nothing_is_a_block_too(void **state)
{
    void *a = gw_mem_alloc(0), *b = gw_mem_zalloc(0);

    (void)state;
    assert_non_null(a);
    assert_non_null(b);
    a = gw_mem_realloc(a, 0);
    assert_non_null(a);
    assert_ptr_not_equal(a, b);
    gw_mem_free(a);
    gw_mem_free(b);
    gw_mem_free(NULL);
}

static void the_nth_allocation_fails_once(void **state)
{
    uint64_t before = gw_mem_alloc_count();
    uint8_t *a, *b;

    (void)state;
    gw_mem_fail_at(2);
    a = gw_mem_alloc(8);
    assert_non_null(a);
    a[0] = 42;
    assert_null(gw_mem_realloc(a, 16));
    assert_int_equal(a[0], 42);
    b = gw_mem_zalloc(8);
    assert_non_null(b);
    assert_int_equal(b[7], 0);
    gw_mem_fail_at(1);
    gw_mem_fail_at(0);
    a = gw_mem_realloc(a, 16);
    assert_non_null(a);
    assert_int_equal(gw_mem_alloc_count() - before, 4);
    gw_mem_free(a);
    gw_mem_free(b);
}

static void a_zeroed_block_is_clean_at_every_size(void **state)
{
    (void)state;
    for (size_t size = 1; size <= 4096; size += size < 64 ? 1 : 61) {
        uint8_t *block = gw_mem_alloc(size);

        assert_non_null(block);
        memset(block, 0xa5, size);
        gw_mem_free(block);
        block = gw_mem_zalloc(size); /* likely the same one */
        assert_non_null(block);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(block[i], 0);
        gw_mem_free(block);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_a_block_too),
        cmocka_unit_test(the_nth_allocation_fails_once),
        cmocka_unit_test(a_zeroed_block_is_clean_at_every_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
