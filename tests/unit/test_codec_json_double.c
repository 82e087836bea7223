/* SPDX-License-Identifier: MIT */
/* What JSON.stringify of Node 20 gives for each. */
#include "codec/json.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void check(double value, const char *expected)
{
    uint8_t out[GW_JSON_DOUBLE_MAX + 1];
    size_t len = gw_json_double_format(out, value);

    assert_true(len <= GW_JSON_DOUBLE_MAX);
    out[len] = '\0';
    assert_string_equal((char *)out, expected);
}

static void numbers_are_written_as_javascript_does(void **state)
{
    static const struct {
        double value;
        const char *text;
    } rows[] = {
        {0, "0"},
        {-0.0, "0"},
        {1, "1"},
        {-1, "-1"},
        {0.1, "0.1"},
        {0.1 + 0.2, "0.30000000000000004"},
        {100, "100"},
        {1e20, "100000000000000000000"},
        {1e21, "1e+21"},
        {123456789012345680000.0, "123456789012345680000"},
        {1.5e300, "1.5e+300"},
        {0.000001, "0.000001"},
        {0.0000001, "1e-7"},
        {0.00000123, "0.00000123"},
        {-1.234e-10, "-1.234e-10"},
        {9007199254740991.0, "9007199254740991"},
        {9007199254740992.0, "9007199254740992"},
        {-9007199254740994.0, "-9007199254740994"},
        {18446744073709551616.0, "18446744073709552000"},
        {1234.5678, "1234.5678"},
        {DBL_MAX, "1.7976931348623157e+308"},
        {DBL_MIN, "2.2250738585072014e-308"},
        {5e-324, "5e-324"},
        {-5e-324, "-5e-324"},
        {0x1p-44, "5.684341886080802e-14"},
        {6.256509672447191e-148, "6.256509672447191e-148"},
        {1.0 / 3, "0.3333333333333333"},
        {2.0 / 3, "0.6666666666666666"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check(rows[i].value, rows[i].text);
}

static void what_is_no_number_is_null(void **state)
{
    (void)state;
    check((double)NAN, "null");
    check((double)INFINITY, "null");
    check(-(double)INFINITY, "null");
}

static void what_is_written_is_read_back(void **state)
{
    uint64_t random = 88172645463325252U;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        uint8_t out[GW_JSON_DOUBLE_MAX];
        double value, back;
        size_t len;

        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        memcpy(&value, &random, sizeof(value));
        if (isnan(value) || isinf(value))
            continue;
        len = gw_json_double_format(out, value);
        assert_int_equal(gw_json_number((struct gw_slice){out, len}, &back), 0);
        assert_true(back == value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_written_as_javascript_does),
        cmocka_unit_test(what_is_no_number_is_null),
        cmocka_unit_test(what_is_written_is_read_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
