/* SPDX-License-Identifier: MIT */
/* What heads are taken and refused is tested through the parser; here is what happens to the memory. */
#include "http/head.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const char text[] = "GET http://b HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n";

static const struct gw_http_limits limits = {256, 128, 20, 0};

static void check(const struct gw_http_request *request)
{
    assert_true(gw_slice_equal(request->method, GW_LIT("GET")));
    assert_true(gw_slice_equal(request->path, GW_LIT("/")));
    assert_true(gw_slice_equal(request->host, GW_LIT("b")));
    assert_null(request->query.ptr);
    assert_int_equal(request->field_count, 2);
    assert_true(gw_slice_equal(request->fields[1].value, GW_LIT("y")));
}

static void whole_head_stays_in_the_input_until_it_is_held(void **state)
{
    struct gw_http_head head;
    struct gw_slice in = gw_slice_of(text);

    (void)state;
    gw_http_head_init(&head, &limits);
    assert_int_equal(gw_http_head_read(&head, &in), 1);
    assert_int_equal(in.len, 0);
    assert_ptr_equal(head.request.method.ptr, text);
    assert_null(head.kept.ptr);
    assert_int_equal(gw_http_head_hold(&head), 0);
    assert_ptr_not_equal(head.request.method.ptr, text);
    check(&head.request);
    gw_http_head_dispose(&head);
}

static void cut_head_is_copied_once(void **state)
{
    struct gw_http_head head;

    (void)state;
    gw_http_head_init(&head, &limits);
    for (size_t at = 0; text[at]; at++) {
        uint8_t byte = (uint8_t)text[at];
        struct gw_slice in = {&byte, 1};

        assert_int_equal(gw_http_head_read(&head, &in), text[at + 1] ? 0 : 1);
    }
    check(&head.request);
    assert_ptr_equal(head.request.method.ptr, head.kept.ptr);
    assert_int_equal(gw_http_head_hold(&head), 0);
    assert_int_equal(head.kept.len, sizeof(text) - 1);
    gw_http_head_dispose(&head);
}

static void reset_gives_the_copy_back_and_keeps_the_list_of_fields(void **state)
{
    struct gw_http_head head;
    struct gw_slice in = gw_slice_of(text);
    uint64_t allocations;

    (void)state;
    gw_http_head_init(&head, &limits);
    assert_int_equal(gw_http_head_read(&head, &in), 1);
    assert_int_equal(gw_http_head_hold(&head), 0);
    gw_http_head_reset(&head);
    assert_null(head.kept.ptr);
    allocations = gw_mem_alloc_count();
    in = gw_slice_of(text);
    assert_int_equal(gw_http_head_read(&head, &in), 1);
    assert_int_equal(gw_mem_alloc_count(), allocations);
    check(&head.request);
    gw_http_head_dispose(&head);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_head_stays_in_the_input_until_it_is_held),
        cmocka_unit_test(cut_head_is_copied_once),
        cmocka_unit_test(reset_gives_the_copy_back_and_keeps_the_list_of_fields),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
