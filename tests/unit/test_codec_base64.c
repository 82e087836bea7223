/* SPDX-License-Identifier: MIT */
#include "codec/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* From and into blocks of exact size. */
static void check_encode(struct gw_slice bytes, struct gw_slice expected)
{
    size_t len = gw_base64_encoded_len(bytes.len);
    uint8_t *out = malloc(len ? len : 1);

    assert_non_null(out);
    assert_int_equal(gw_base64_encode(out, bytes), len);
    assert_true(gw_slice_equal((struct gw_slice){out, len}, expected));
    free(out);
}

static void check_decode(struct gw_slice text, struct gw_slice expected)
{
    uint8_t *copy = malloc(text.len ? text.len : 1);
    uint8_t *out = malloc(gw_base64_decoded_max_len(text.len) + 1);
    size_t len;

    assert_non_null(copy);
    assert_non_null(out);
    if (text.len)
        memcpy(copy, text.ptr, text.len);
    len = gw_base64_decode(out, (struct gw_slice){copy, text.len});
    assert_true(len <= gw_base64_decoded_max_len(text.len));
    assert_true(gw_slice_equal((struct gw_slice){out, len}, expected));

    len = gw_base64_decode(copy, (struct gw_slice){copy, text.len});
    assert_true(gw_slice_equal((struct gw_slice){copy, len}, expected));
    free(copy);
    free(out);
}

static void vectors_of_the_rfc(void **state)
{
    static const struct {
        struct gw_slice bytes, text;
    } cases[] = {
        {{NULL, 0}, {NULL, 0}},
        {{(const uint8_t *)"f", 1}, {(const uint8_t *)"Zg==", 4}},
        {{(const uint8_t *)"fo", 2}, {(const uint8_t *)"Zm8=", 4}},
        {{(const uint8_t *)"foo", 3}, {(const uint8_t *)"Zm9v", 4}},
        {{(const uint8_t *)"foob", 4}, {(const uint8_t *)"Zm9vYg==", 8}},
        {{(const uint8_t *)"fooba", 5}, {(const uint8_t *)"Zm9vYmE=", 8}},
        {{(const uint8_t *)"foobar", 6}, {(const uint8_t *)"Zm9vYmFy", 8}},
        {{(const uint8_t *)"\xfb\xff\xbf", 3}, {(const uint8_t *)"+/+/", 4}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        check_encode(cases[i].bytes, cases[i].text);
        check_decode(cases[i].text, cases[i].bytes);
    }
}

/* What Buffer.from(text, 'base64') of Node.js gives. */
static void decode_is_as_lenient_as_node(void **state)
{
    static const struct {
        const char *text, *bytes;
    } cases[] = {
        {"YQ==YQ==", "a"},
        {"YWJj=ZGVm", "abc"},
        {"YQ=", "a"},
        {"Y", ""},
        {"YQ", "a"},
        {"YWI", "ab"},
        {"YW Jj", "abc"},
        {"YW\nJj", "abc"},
        {"Y Q = =", "a"},
        {"-_-_", "\xfb\xff\xbf"},
        {"YQ==\n", "a"},
        {"=YQ==", ""},
        {"YWJj*ZGVm", "abcdef"},
        {"YWJj**ZGVm", "abcdef"},
        {"YW=Jj", "a"},
        {"Y=WJj", ""},
        {"YWJ=j", "ab"},
        {"YQ== YWJj", "a"},
        {"YWJjZ", "abc"},
        {"YWJj\xc3\xa9ZGVm", "abcdef"},
        {"YWJj====ZGVm", "abc"},
        {"YR==", "a"},
        {"YW==ZGVmZGVmZGVm", "a"},
        {"\xc3\xa9", ""},
        {"YWJjY=WJjZGVm", "abc"},
        {"YWJjZGVmZ2hpams=YWJj", "abcdefghijk"},
        {"  YWJj  ZGVm  Zw ", "abcdefg"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_decode(gw_slice_of(cases[i].text), gw_slice_of(cases[i].bytes));
}

static void every_length_survives_the_way_out_and_back(void **state)
{
    uint8_t bytes[100], text[200];

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i * 167 + 13);
    for (size_t len = 0; len <= sizeof(bytes); len++) {
        struct gw_slice in = {bytes, len};
        size_t n = gw_base64_encode(text, in);

        check_decode((struct gw_slice){text, n}, in);
        while (n > 0 && text[n - 1] == '=')
            n--;
        assert_int_equal(gw_base64_decoded_max_len(n), len);
        check_decode((struct gw_slice){text, n}, in);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_of_the_rfc),
        cmocka_unit_test(decode_is_as_lenient_as_node),
        cmocka_unit_test(every_length_survives_the_way_out_and_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
