/* SPDX-License-Identifier: MIT */
#include "codec/deflate.h"

#include "base/mem.h"
#include "codec/inflate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct gw_deflate_options usual = {6, 15, 8};

static void check_inflates_to(struct gw_slice packed, struct gw_slice expected)
{
    struct gw_inflate *inflater = gw_inflate_create(15);
    uint8_t *out = malloc(expected.len + 1);
    size_t made;

    assert_non_null(inflater);
    assert_int_equal(gw_inflate_next(inflater, &packed, out, expected.len + 1, &made), 0);
    assert_int_equal(packed.len, 0);
    assert_int_equal(made, expected.len);
    assert_memory_equal(out, expected.ptr, expected.len);
    assert_true(gw_inflate_is_between_blocks(inflater));
    gw_inflate_destroy(inflater);
    free(out);
}

static void output_is_flushed_and_ends_with_the_tail(void **state)
{
    struct gw_deflate *deflater = gw_deflate_create(&usual);
    struct gw_buf out;

    (void)state;
    gw_buf_init(&out, 1000);
    assert_int_equal(gw_deflate_append(deflater, GW_LIT("Hello"), &out), 0);
    assert_int_equal(out.len, 11); /* RFC 7692 7.2.3.1 */
    assert_memory_equal(out.ptr, "\xf2\x48\xcd\xc9\xc9\x07\x00\x00\x00\xff\xff", 11);
    check_inflates_to(gw_buf_slice(&out), GW_LIT("Hello"));
    gw_buf_reset(&out);
    assert_int_equal(gw_deflate_append(deflater, GW_LIT("Hello"), &out), 0);
    assert_memory_equal(out.ptr, "\xf2\x00\x11\x00\x00\x00\x00\xff\xff", 9); /* 7.2.3.2 */
    gw_deflate_reset(deflater);
    gw_buf_reset(&out);
    assert_int_equal(gw_deflate_append(deflater, GW_LIT("Hello"), &out), 0);
    assert_int_equal(out.len, 11);
    gw_buf_dispose(&out);
    gw_deflate_destroy(deflater);
}

static void nothing_is_an_empty_block(void **state)
{
    struct gw_deflate *deflater = gw_deflate_create(&usual);
    struct gw_buf out;

    (void)state;
    gw_buf_init(&out, 1000);
    assert_int_equal(gw_deflate_append(deflater, GW_LIT(""), &out), 0);
    assert_int_equal(gw_deflate_append(deflater, GW_LIT("a"), &out), 0);
    assert_int_equal(gw_deflate_append(deflater, GW_LIT(""), &out), 0);
    assert_int_equal(gw_deflate_append(deflater, GW_LIT(""), &out), 0);
    assert_memory_equal(out.ptr, "\x00\x00\x00\xff\xff", 5);
    check_inflates_to(gw_buf_slice(&out), GW_LIT("a"));
    gw_buf_dispose(&out);
    gw_deflate_destroy(deflater);
}

/* Whatever the limit, either all is there or GW_E_LIMIT. */
static void limit_of_the_buffer_holds(void **state)
{
    static const char text[] = "one two three four five six seven eight nine ten";
    struct gw_slice in = {(const uint8_t *)text, sizeof text - 1};
    struct gw_deflate *deflater = gw_deflate_create(&usual);
    size_t fits = 0;

    (void)state;
    for (size_t limit = 0; limit < 200; limit++) {
        struct gw_buf out;
        int err;

        gw_buf_init(&out, limit);
        gw_deflate_reset(deflater);
        err = gw_deflate_append(deflater, in, &out);
        assert_true(out.len <= limit);
        if (err == 0) {
            check_inflates_to(gw_buf_slice(&out), in);
            fits++;
        } else {
            assert_int_equal(err, GW_E_LIMIT);
            assert_int_equal(fits, 0);
        }
        gw_buf_dispose(&out);
    }
    assert_true(fits > 100);
    gw_deflate_destroy(deflater);
}

static void past_that_was_learned_is_referred_to(void **state)
{
    const struct gw_slice past = GW_LIT("what both ends have got from elsewhere");
    struct gw_deflate *deflater = gw_deflate_create(&usual);
    struct gw_buf out;

    (void)state;
    gw_buf_init(&out, 1000);
    gw_deflate_learn(deflater, past);
    assert_int_equal(gw_deflate_append(deflater, past, &out), 0);
    assert_true(out.len < 20);
    gw_buf_dispose(&out);
    gw_deflate_destroy(deflater);
}

static void memory_that_runs_out_is_told(void **state)
{
    struct gw_deflate *deflater = NULL;
    uint64_t nth = 0;

    (void)state;
    while (!deflater) {
        gw_mem_fail_at(++nth);
        deflater = gw_deflate_create(&usual);
        gw_mem_fail_at(0);
    }
    assert_true(nth > 4);
    gw_deflate_destroy(deflater);
    gw_deflate_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(output_is_flushed_and_ends_with_the_tail),
        cmocka_unit_test(nothing_is_an_empty_block),
        cmocka_unit_test(limit_of_the_buffer_holds),
        cmocka_unit_test(past_that_was_learned_is_referred_to),
        cmocka_unit_test(memory_that_runs_out_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
