/* SPDX-License-Identifier: MIT */
#include "http/accept.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { ALL = GW_HTTP_GZIP | GW_HTTP_DEFLATE | GW_HTTP_BR };

struct vector {
    const char *value;
    uint32_t offered;
    enum gw_http_encoding expected;
};

static void check_all(const struct vector *vectors, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_int_equal(gw_http_accept_encoding(gw_slice_of(vectors[i].value), vectors[i].offered),
                         vectors[i].expected);
}

#define CHECK_ALL(vectors) check_all(vectors, sizeof(vectors) / sizeof((vectors)[0]))

static void first_of_the_best_is_chosen(void **state)
{
    static const struct vector vectors[] = {
        {"gzip, deflate, br", ALL, GW_HTTP_GZIP},
        {"br, gzip", ALL, GW_HTTP_BR},
        {"br, gzip", GW_HTTP_GZIP, GW_HTTP_GZIP},
        {"gzip;q=0.5, br;q=0.8", ALL, GW_HTTP_BR},
        {"gzip;q=0.5, br;q=0.501", ALL, GW_HTTP_BR},
        {"GZIP ; Q=1.000", ALL, GW_HTTP_GZIP},
        {"x-gzip", ALL, GW_HTTP_GZIP},
        {"zstd, deflate", ALL, GW_HTTP_DEFLATE},
        {"identity, gzip;q=0.5", ALL, GW_HTTP_IDENTITY},
        {"identity;q=0.5, gzip", ALL, GW_HTTP_GZIP},
    };

    (void)state;
    CHECK_ALL(vectors);
}

static void star_is_what_is_not_named(void **state)
{
    static const struct vector vectors[] = {
        {"*", ALL, GW_HTTP_GZIP},
        {"*", GW_HTTP_BR, GW_HTTP_BR},
        {"gzip;q=0, *", ALL, GW_HTTP_DEFLATE},
        {"gzip;q=0.1, *;q=0.5", ALL, GW_HTTP_DEFLATE},
        {"*;q=0", ALL, GW_HTTP_IDENTITY},
        {"*", 0, GW_HTTP_IDENTITY},
    };

    (void)state;
    CHECK_ALL(vectors);
}

static void without_consent_nothing_is_encoded(void **state)
{
    static const struct vector vectors[] = {
        {NULL, ALL, GW_HTTP_IDENTITY},        {"", ALL, GW_HTTP_IDENTITY},
        {"gzip;q=0", ALL, GW_HTTP_IDENTITY},  {"gzip;q=0.000", ALL, GW_HTTP_IDENTITY},
        {"gzip;q=2", ALL, GW_HTTP_IDENTITY},  {"gzip;q=1.001", ALL, GW_HTTP_IDENTITY},
        {"gzip;q=", ALL, GW_HTTP_IDENTITY},   {"gzip;q", ALL, GW_HTTP_IDENTITY},
        {"gzip;q=-1", ALL, GW_HTTP_IDENTITY}, {"gzip;q=0.1234", ALL, GW_HTTP_IDENTITY},
        {"gzipped", ALL, GW_HTTP_IDENTITY},   {"gzip", 0, GW_HTTP_IDENTITY},
        {";q=1", ALL, GW_HTTP_IDENTITY},
    };

    (void)state;
    CHECK_ALL(vectors);
}

static void encodings_have_names(void **state)
{
    (void)state;
    assert_true(gw_slice_equal(gw_http_encoding_name(GW_HTTP_GZIP), GW_LIT("gzip")));
    assert_true(gw_slice_equal(gw_http_encoding_name(GW_HTTP_BR), GW_LIT("br")));
    assert_true(gw_slice_equal(gw_http_encoding_name(GW_HTTP_IDENTITY), GW_LIT("identity")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_of_the_best_is_chosen),
        cmocka_unit_test(star_is_what_is_not_named),
        cmocka_unit_test(without_consent_nothing_is_encoded),
        cmocka_unit_test(encodings_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
