/* SPDX-License-Identifier: MIT */
#include "codec/number.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void check_both_ways(uint64_t value)
{
    uint8_t out[GW_U64_DIGITS_MAX];
    char expected[32];
    size_t len = gw_u64_format(out, value);
    uint64_t back = ~value;

    snprintf(expected, sizeof(expected), "%" PRIu64, value);
    assert_true(gw_slice_equal((struct gw_slice){out, len}, gw_slice_of(expected)));
    assert_int_equal(gw_u64_parse((struct gw_slice){out, len}, &back), 0);
    assert_true(back == value);
}

static void numbers_survive_the_way_out_and_back(void **state)
{
    uint64_t power = 1;

    (void)state;
    for (uint64_t value = 0; value < 1000; value++)
        check_both_ways(value);
    for (int digits = 1; digits < 20; digits++) {
        power *= 10;
        check_both_ways(power - 1);
        check_both_ways(power);
        check_both_ways(power + 1);
    }
    check_both_ways(UINT64_MAX);
    check_both_ways(UINT64_MAX - 1);
}

static void parse_refuses_what_is_not_digits_only(void **state)
{
    static const char *const texts[] = {
        "", " 1", "1 ", "+1", "-1", "1.0", "0x10", "1e3", "12a", "a", "99999999999999999999999x"};
    uint64_t value = 7;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_int_equal(gw_u64_parse(gw_slice_of(texts[i]), &value), GW_E_PROTO);
    assert_int_equal(value, 7);
}

static void parse_sees_overflow(void **state)
{
    uint64_t value = 7;

    (void)state;
    assert_int_equal(gw_u64_parse(GW_LIT("18446744073709551616"), &value), GW_E_LIMIT);
    assert_int_equal(gw_u64_parse(GW_LIT("18446744073709551620"), &value), GW_E_LIMIT);
    assert_int_equal(gw_u64_parse(GW_LIT("99999999999999999999999"), &value), GW_E_LIMIT);
    assert_int_equal(value, 7);
    assert_int_equal(
        gw_u64_parse(GW_LIT("000000000000000000000000000018446744073709551615"), &value), 0);
    assert_true(value == UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_survive_the_way_out_and_back),
        cmocka_unit_test(parse_refuses_what_is_not_digits_only),
        cmocka_unit_test(parse_sees_overflow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
