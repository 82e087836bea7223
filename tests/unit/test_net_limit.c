/* SPDX-License-Identifier: MIT */
#include "net/limit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/resource.h>

#include <cmocka.h>

static void soft_limit_becomes_the_hard_one(void **state)
{
    struct rlimit limit;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max < 64 ? limit.rlim_max : 64;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_true(gw_limit_raise_files() == limit.rlim_max);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_true(limit.rlim_cur == limit.rlim_max);
    assert_true(gw_limit_raise_files() == limit.rlim_max);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(soft_limit_becomes_the_hard_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
