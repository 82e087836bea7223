/* SPDX-License-Identifier: MIT */
#include <godwit/base.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void every_error_has_a_name_and_a_text(void **state)
{
    (void)state;
#define CHECK_ERR(name, value, text)                                                               \
    assert_true(GW_E_##name < 0);                                                                  \
    assert_string_equal(gw_err_name(value), "GW_E_" #name);                                        \
    assert_string_equal(gw_err_text(GW_E_##name), text);
    GW_ERR_LIST(CHECK_ERR)
#undef CHECK_ERR
    assert_string_equal(gw_err_name(0), "GW_OK");
}

static void unknown_errors_do_no_harm(void **state)
{
    (void)state;
    assert_string_equal(gw_err_name(-4711), "GW_E_?");
    assert_string_equal(gw_err_text(1), "unknown error");
}

static void absent_is_not_empty_but_equal(void **state)
{
    struct gw_slice absent = gw_slice_of(NULL), empty = gw_slice_of("");

    (void)state;
    assert_null(absent.ptr);
    assert_non_null(empty.ptr);
    assert_true(gw_slice_equal(absent, empty));
    assert_true(gw_slice_equal(GW_LIT("a\0b"), (struct gw_slice){(const uint8_t *)"a\0b", 3}));
    assert_false(gw_slice_equal(GW_LIT("ab"), GW_LIT("ac")));
    assert_false(gw_slice_equal(GW_LIT("ab"), GW_LIT("a")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_error_has_a_name_and_a_text),
        cmocka_unit_test(unknown_errors_do_no_harm),
        cmocka_unit_test(absent_is_not_empty_but_equal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
