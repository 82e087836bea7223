/* SPDX-License-Identifier: MIT */
#include "http/condition.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Changed at Sun, 06 Nov 1994 08:49:37 GMT. */
static const struct gw_http_validators strong = {
    .etag = {(const uint8_t *)"\"v1\"", 4},
    .has_modified = true,
    .modified_s = 784111777,
};
static const struct gw_http_validators weak = {
    .etag = {(const uint8_t *)"W/\"v1\"", 6},
    .has_modified = true,
    .modified_s = 784111777,
};

static const char same_time[] = "Sun, 06 Nov 1994 08:49:37 GMT";
static const char before[] = "Sun, 06 Nov 1994 08:49:36 GMT";

enum {
    GET = GW_HTTP_METHOD_GET,
    HEAD = GW_HTTP_METHOD_HEAD,
    POST = GW_HTTP_METHOD_POST,
    PASSED = GW_HTTP_CONDITION_PASSED,
    NOT_MODIFIED = GW_HTTP_CONDITION_NOT_MODIFIED,
    FAILED = GW_HTTP_CONDITION_FAILED,
};

struct vector {
    int verb; /* enum gw_http_method, by its short name */
    const char *name, *value;
    int expected;
};

static void check(const struct vector *vector, const struct gw_http_validators *current)
{
    struct gw_http_field field = {gw_slice_of(vector->name), gw_slice_of(vector->value)};
    struct gw_http_request request = {
        .verb = (enum gw_http_method)vector->verb,
        .fields = &field,
        .field_count = 1,
    };

    assert_int_equal(gw_http_condition_check(&request, current), vector->expected);
}

static void each_condition_alone(void **state)
{
    static const struct vector vectors[] = {
        {GET, "X", "y", PASSED},
        {GET, "If-None-Match", "\"v1\"", NOT_MODIFIED},
        {HEAD, "If-None-Match", "W/\"v1\"", NOT_MODIFIED},
        {GET, "If-None-Match", "\"v0\", \"a,b\",W/\"v1\"", NOT_MODIFIED},
        {GET, "If-None-Match", "*", NOT_MODIFIED},
        {POST, "If-None-Match", "*", FAILED},
        {GET, "If-None-Match", "\"v2\"", PASSED},
        {GET, "If-None-Match", "v1", PASSED},
        {GET, "If-None-Match", "", PASSED},
        {GET, "If-Match", "\"v1\"", PASSED},
        {GET, "If-Match", "*", PASSED},
        {GET, "If-Match", "W/\"v1\"", FAILED},
        {GET, "If-Match", "\"v2\"", FAILED},
        {GET, "If-Modified-Since", same_time, NOT_MODIFIED},
        {GET, "If-Modified-Since", before, PASSED},
        {GET, "If-Modified-Since", "yesterday", PASSED},
        {POST, "If-Modified-Since", same_time, PASSED},
        {GET, "If-Unmodified-Since", same_time, PASSED},
        {GET, "If-Unmodified-Since", before, FAILED},
        {GET, "If-Unmodified-Since", "yesterday", PASSED},
    };
    static const struct vector never_strong = {GET, "If-Match", "W/\"v1\"", FAILED};
    static const struct vector weakly_equal = {GET, "If-None-Match", "\"v1\"", NOT_MODIFIED};

    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
        check(&vectors[i], &strong);
    check(&never_strong, &weak);
    check(&weakly_equal, &weak);
}

static void without_validators_nothing_is_known(void **state)
{
    static const struct gw_http_validators none = {0};
    static const struct vector vectors[] = {
        {GET, "If-None-Match", "\"v1\"", PASSED},     {GET, "If-None-Match", "*", NOT_MODIFIED},
        {GET, "If-Match", "\"v1\"", FAILED},          {GET, "If-Modified-Since", same_time, PASSED},
        {GET, "If-Unmodified-Since", before, PASSED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
        check(&vectors[i], &none);
}

static void tag_goes_before_date(void **state)
{
    struct gw_http_field fields[] = {
        {GW_LIT("If-Modified-Since"), gw_slice_of(same_time)},
        {GW_LIT("If-None-Match"), GW_LIT("\"v2\"")},
    };
    struct gw_http_request request = {
        .verb = GW_HTTP_METHOD_GET,
        .fields = fields,
        .field_count = 2,
    };

    (void)state;
    assert_int_equal(gw_http_condition_check(&request, &strong), GW_HTTP_CONDITION_PASSED);
}

static bool allows(const char *value, const struct gw_http_validators *current)
{
    struct gw_http_field field = {GW_LIT("If-Range"), gw_slice_of(value)};
    struct gw_http_request request = {.fields = &field, .field_count = 1};

    return gw_http_condition_allows_range(&request, current);
}

static void if_range_wants_exactly_the_same_bytes(void **state)
{
    struct gw_http_request request = {0};

    (void)state;
    assert_true(gw_http_condition_allows_range(&request, &strong));
    assert_true(allows("\"v1\"", &strong));
    assert_false(allows("\"v1\"", &weak));
    assert_false(allows("W/\"v1\"", &weak));
    assert_false(allows("\"v2\"", &strong));
    assert_true(allows(same_time, &strong));
    assert_false(allows(before, &strong));
    assert_false(allows("", &strong));
}

static void tag_of_a_file_changes_with_size_and_time(void **state)
{
    uint8_t out[GW_HTTP_ETAG_MAX];

    (void)state;
    assert_int_equal(gw_http_etag_make(out, 0x1f, 0), 8);
    assert_memory_equal(out, "W/\"1f-0\"", 8);
    assert_int_equal(gw_http_etag_make(out, UINT64_MAX, UINT64_MAX), 37);
    assert_memory_equal(out, "W/\"ffffffffffffffff-ffffffffffffffff\"", 37);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_condition_alone),
        cmocka_unit_test(without_validators_nothing_is_known),
        cmocka_unit_test(tag_goes_before_date),
        cmocka_unit_test(if_range_wants_exactly_the_same_bytes),
        cmocka_unit_test(tag_of_a_file_changes_with_size_and_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
