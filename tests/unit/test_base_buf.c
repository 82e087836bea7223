/* SPDX-License-Identifier: MIT */
#include "base/buf.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void an_empty_buffer_owns_no_memory(void **state)
{
    uint64_t before = gw_mem_alloc_count();
    struct gw_buf buf;
    uint8_t *place;

    (void)state;
    gw_buf_init(&buf, 10);
    assert_int_equal(gw_buf_append(&buf, (struct gw_slice){0}), 0);
    assert_int_equal(gw_buf_reserve(&buf, 0, &place), 0);
    gw_buf_commit(&buf, 0);
    gw_buf_consume(&buf, 0);
    assert_null(buf.ptr);
    gw_buf_dispose(&buf);
    assert_int_equal(gw_mem_alloc_count(), before);
}

static void bytes_come_out_as_they_went_in(void **state)
{
    struct gw_buf buf;

    (void)state;
    gw_buf_init(&buf, 100000);
    for (int i = 0; i < 30000; i++) {
        uint8_t bytes[3] = {(uint8_t)i, (uint8_t)(i >> 8), 7};

        assert_int_equal(gw_buf_append(&buf, (struct gw_slice){bytes, 2}), 0);
        assert_int_equal(gw_buf_append_byte(&buf, 7), 0);
    }
    gw_buf_consume(&buf, 3 * 1000);
    for (int i = 1000; i < 30000; i++) {
        uint8_t bytes[3] = {(uint8_t)i, (uint8_t)(i >> 8), 7};

        assert_memory_equal(buf.ptr + 3 * (i - 1000), bytes, 3);
    }
    gw_buf_consume(&buf, buf.len);
    assert_null(buf.ptr);
    assert_int_equal(gw_buf_append(&buf, GW_LIT("again")), 0);
    gw_buf_reset(&buf);
    assert_int_equal(buf.len, 0);
    assert_true(buf.cap >= 5);
    gw_buf_dispose(&buf);
}

static void growth_is_geometric(void **state)
{
    uint64_t before = gw_mem_alloc_count();
    struct gw_buf buf;

    (void)state;
    gw_buf_init(&buf, SIZE_MAX);
    for (int i = 0; i < 1 << 20; i++)
        assert_int_equal(gw_buf_append_byte(&buf, 'x'), 0);
    assert_true(gw_mem_alloc_count() - before <= 20);
    gw_buf_dispose(&buf);
}

static void the_limit_holds_to_the_byte(void **state)
{
    struct gw_buf buf;
    uint8_t *place;

    (void)state;
    gw_buf_init(&buf, 100);
    assert_int_equal(gw_buf_reserve(&buf, 100, &place), 0);
    gw_buf_commit(&buf, 99);
    assert_int_equal(gw_buf_append(&buf, GW_LIT("ab")), GW_E_LIMIT);
    assert_int_equal(buf.len, 99);
    assert_int_equal(gw_buf_append(&buf, GW_LIT("a")), 0);
    assert_int_equal(gw_buf_append_byte(&buf, 'a'), GW_E_LIMIT);
    assert_int_equal(gw_buf_reserve(&buf, SIZE_MAX, &place), GW_E_LIMIT);
    assert_int_equal(buf.len, 100);
    assert_true(buf.cap <= 100);
    gw_buf_dispose(&buf);
}

static void failing_memory_leaves_the_content(void **state)
{
    struct gw_buf buf;

    (void)state;
    gw_buf_init(&buf, 1000);
    gw_mem_fail_at(1);
    assert_int_equal(gw_buf_append(&buf, GW_LIT("a")), GW_E_NOMEM);
    assert_int_equal(gw_buf_append(&buf, GW_LIT("a")), 0);
    gw_mem_fail_at(1);
    assert_int_equal(gw_buf_grow(&buf, 500), GW_E_NOMEM);
    assert_true(gw_slice_equal(gw_buf_slice(&buf), GW_LIT("a")));
    gw_buf_dispose(&buf);
    assert_int_equal(buf.limit_bytes, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_buffer_owns_no_memory),
        cmocka_unit_test(bytes_come_out_as_they_went_in),
        cmocka_unit_test(growth_is_geometric),
        cmocka_unit_test(the_limit_holds_to_the_byte),
        cmocka_unit_test(failing_memory_leaves_the_content),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
