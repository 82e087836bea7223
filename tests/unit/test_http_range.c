/* SPDX-License-Identifier: MIT */
#include "http/range.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct vector {
    const char *value;
    uint64_t total_bytes;
    enum gw_http_range_kind kind;
    uint64_t first, len;
};

static void check_all(const struct vector *vectors, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct vector *vector = &vectors[i];
        struct gw_http_range range;

        assert_int_equal(
            gw_http_range_choose(gw_slice_of(vector->value), vector->total_bytes, &range),
            vector->kind);
        if (vector->kind == GW_HTTP_RANGE_UNSATISFIABLE)
            continue;
        assert_true(range.first == vector->first);
        assert_true(range.len == vector->len);
    }
}

#define CHECK_ALL(vectors) check_all(vectors, sizeof(vectors) / sizeof((vectors)[0]))

static void single_ranges_are_served(void **state)
{
    static const struct vector vectors[] = {
        {"bytes=0-0", 100, GW_HTTP_RANGE_PART, 0, 1},
        {"bytes=0-499", 100, GW_HTTP_RANGE_PART, 0, 100},
        {"bytes=10-19", 100, GW_HTTP_RANGE_PART, 10, 10},
        {"bytes=99-", 100, GW_HTTP_RANGE_PART, 99, 1},
        {"Bytes= 5 - 6 ", 100, GW_HTTP_RANGE_PART, 5, 2},
        {"bytes=-1", 100, GW_HTTP_RANGE_PART, 99, 1},
        {"bytes=-500", 100, GW_HTTP_RANGE_PART, 0, 100},
        {"bytes=1-99999999999999999999999", 100, GW_HTTP_RANGE_PART, 1, 99},
        {"bytes=0-", UINT64_MAX, GW_HTTP_RANGE_PART, 0, UINT64_MAX},
    };

    (void)state;
    CHECK_ALL(vectors);
}

static void range_beyond_the_end_is_unsatisfiable(void **state)
{
    static const struct vector vectors[] = {
        {"bytes=100-", 100, GW_HTTP_RANGE_UNSATISFIABLE, 0, 0},
        {"bytes=100-200", 100, GW_HTTP_RANGE_UNSATISFIABLE, 0, 0},
        {"bytes=-0", 100, GW_HTTP_RANGE_UNSATISFIABLE, 0, 0},
        {"bytes=0-0", 0, GW_HTTP_RANGE_UNSATISFIABLE, 0, 0},
        {"bytes=-1", 0, GW_HTTP_RANGE_UNSATISFIABLE, 0, 0},
        {"bytes=99999999999999999999999-", 100, GW_HTTP_RANGE_UNSATISFIABLE, 0, 0},
    };

    (void)state;
    CHECK_ALL(vectors);
}

static void what_is_not_understood_is_the_whole(void **state)
{
    static const struct vector vectors[] = {
        {NULL, 100, GW_HTTP_RANGE_WHOLE, 0, 100},
        {"", 100, GW_HTTP_RANGE_WHOLE, 0, 100},
        {"bytes=", 100, GW_HTTP_RANGE_WHOLE, 0, 100},
        {"bytes=-", 100, GW_HTTP_RANGE_WHOLE, 0, 100},
        {"bytes=5", 100, GW_HTTP_RANGE_WHOLE, 0, 100},
        {"bytes=6-5", 100, GW_HTTP_RANGE_WHOLE, 0, 100},
        {"bytes=a-b", 100, GW_HTTP_RANGE_WHOLE, 0, 100},
        {"bytes=--5", 100, GW_HTTP_RANGE_WHOLE, 0, 100},
        {"bytes=1-2-3", 100, GW_HTTP_RANGE_WHOLE, 0, 100},
        {"bytes=0-1,4-5", 100, GW_HTTP_RANGE_WHOLE, 0, 100},
        {"items=0-1", 100, GW_HTTP_RANGE_WHOLE, 0, 100},
    };

    (void)state;
    CHECK_ALL(vectors);
}

static void content_range_is_written(void **state)
{
    uint8_t out[GW_HTTP_CONTENT_RANGE_MAX];
    struct gw_http_range range = {.first = 5, .len = 10};
    struct gw_http_range longest = {.first = UINT64_MAX - 2, .len = 1};

    (void)state;
    assert_int_equal(gw_http_content_range(out, &range, 100), 14);
    assert_memory_equal(out, "bytes 5-14/100", 14);
    assert_int_equal(gw_http_content_range(out, NULL, 100), 11);
    assert_memory_equal(out, "bytes */100", 11);
    assert_int_equal(gw_http_content_range(out, &longest, UINT64_MAX), 6 + 20 + 1 + 20 + 1 + 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(single_ranges_are_served),
        cmocka_unit_test(range_beyond_the_end_is_unsatisfiable),
        cmocka_unit_test(what_is_not_understood_is_the_whole),
        cmocka_unit_test(content_range_is_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
