/* SPDX-License-Identifier: MIT */
#include "codec/gzip.h"

#include "base/mem.h"
#include "codec/inflate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { TEXT_BYTES = 200 * 1000, GZIP_HEAD = 10, GZIP_FOOT = 8, ZLIB_HEAD = 2, ZLIB_FOOT = 4 };

static uint8_t *make_text(void)
{
    uint8_t *text = gw_mem_alloc(TEXT_BYTES);
    uint32_t seed = 1;

    assert_non_null(text);
    for (size_t i = 0; i < TEXT_BYTES; i++) {
        seed = seed * 1664525 + 1013904223;
        text[i] = (uint8_t)('a' + (seed >> 29));
    }
    return text;
}

static void check_inside(struct gw_slice deflated, struct gw_slice text)
{
    struct gw_inflate *inflate = gw_inflate_create(15);
    uint8_t *out = gw_mem_alloc(text.len + 1);
    size_t made;

    assert_non_null(inflate);
    assert_int_equal(gw_inflate_next(inflate, &deflated, out, text.len + 1, &made), 0);
    assert_true(gw_slice_equal((struct gw_slice){out, made}, text));
    gw_mem_free(out);
    gw_inflate_destroy(inflate);
}

static void round_trip(enum gw_gzip_wrapping wrapping, size_t head, size_t foot)
{
    struct gw_gzip *gzip = gw_gzip_create(wrapping, 6);
    uint8_t *text = make_text();
    size_t lens[] = {0, 1, 1000, TEXT_BYTES, 5};
    struct gw_buf out;

    gw_buf_init(&out, SIZE_MAX);
    for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
        gw_buf_reset(&out);
        assert_int_equal(gw_gzip_append(gzip, (struct gw_slice){text, lens[i]}, &out), 0);
        check_inside((struct gw_slice){out.ptr + head, out.len - head - foot},
                     (struct gw_slice){text, lens[i]});
    }
    gw_buf_dispose(&out);
    gw_mem_free(text);
    gw_gzip_destroy(gzip);
}

static void one_compressor_wraps_many_texts_as_gzip(void **state)
{
    (void)state;
    round_trip(GW_GZIP_GZIP, GZIP_HEAD, GZIP_FOOT);
}

static void one_compressor_wraps_many_texts_as_zlib(void **state)
{
    (void)state;
    round_trip(GW_GZIP_ZLIB, ZLIB_HEAD, ZLIB_FOOT);
}

static void the_first_bytes_say_which_wrapping_it_is(void **state)
{
    struct gw_gzip *gzip = gw_gzip_create(GW_GZIP_GZIP, 6);
    struct gw_gzip *zlib = gw_gzip_create(GW_GZIP_ZLIB, 6);
    struct gw_buf out;

    (void)state;
    gw_buf_init(&out, 1000);
    assert_int_equal(gw_gzip_append(gzip, GW_LIT("x"), &out), 0);
    assert_memory_equal(out.ptr, "\x1f\x8b\x08", 3);
    gw_buf_reset(&out);
    assert_int_equal(gw_gzip_append(zlib, GW_LIT("x"), &out), 0);
    assert_memory_equal(out.ptr, "\x78\x9c", 2);
    gw_buf_dispose(&out);
    gw_gzip_destroy(gzip);
    gw_gzip_destroy(zlib);
}

static void a_full_buffer_is_left_as_it_was(void **state)
{
    struct gw_gzip *gzip = gw_gzip_create(GW_GZIP_GZIP, 1);
    uint8_t *text = make_text();
    struct gw_buf out;

    (void)state;
    gw_buf_init(&out, 1000);
    assert_int_equal(gw_buf_append(&out, GW_LIT("kept")), 0);
    assert_int_equal(gw_gzip_append(gzip, (struct gw_slice){text, TEXT_BYTES}, &out), GW_E_LIMIT);
    assert_int_equal(out.len, 4);
    assert_int_equal(gw_gzip_append(gzip, (struct gw_slice){text, 10}, &out), 0);
    check_inside((struct gw_slice){out.ptr + 4 + GZIP_HEAD, out.len - 4 - GZIP_HEAD - GZIP_FOOT},
                 (struct gw_slice){text, 10});
    gw_buf_dispose(&out);
    gw_mem_free(text);
    gw_gzip_destroy(gzip);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_compressor_wraps_many_texts_as_gzip),
        cmocka_unit_test(one_compressor_wraps_many_texts_as_zlib),
        cmocka_unit_test(the_first_bytes_say_which_wrapping_it_is),
        cmocka_unit_test(a_full_buffer_is_left_as_it_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
