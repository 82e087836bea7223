/* SPDX-License-Identifier: MIT */
#include "base/blob.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void the_last_reference_frees(void **state)
{
    struct gw_blob *blob = gw_blob_create(100);

    (void)state;
    assert_non_null(blob);
    assert_int_equal(blob->len, 100);
    memset(blob->bytes, 1, 100);
    assert_ptr_equal(gw_blob_ref(blob), blob);
    gw_blob_unref(blob);
    assert_int_equal(blob->bytes[99], 1);
    assert_int_equal(blob->refs, 1);
    gw_blob_unref(blob);
    gw_blob_unref(NULL);
}

static void what_cannot_be_had_is_null(void **state)
{
    (void)state;
    assert_null(gw_blob_create(SIZE_MAX));
    assert_null(gw_blob_create(SIZE_MAX - sizeof(struct gw_blob) + 1));
    gw_mem_fail_at(1);
    assert_null(gw_blob_create(1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_reference_frees),
        cmocka_unit_test(what_cannot_be_had_is_null),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
