/* SPDX-License-Identifier: MIT */
#include "sio/placeholder.h"

#include "codec/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void placeholders_must_point_to_an_attachment(void **state)
{
    static const char *const good[] = {
        "",
        "{\"_placeholder\":true,\"num\":0}",
        "{\"_placeholder\":true,\"num\":1}",
        "{\"num\":1.0,\"x\":[],\"_placeholder\":true}",
        "{\"_placeholder\":true,\"num\":1e0}",
        "{\"_placeholder\":true,\"num\":-0}",
        "1,[{\"a\":{\"_placeholder\":true,\"num\":1}}],{\"_placeholder\":true,\"num\":0}",
        "{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":0}",
        "{\"_placeholder\":false}",
        "{\"_placeholder\":\"true\",\"num\":9}",
        "{\"_placeholder\":1,\"num\":9}",
        "{\"_placeholder\":{\"a\":true},\"num\":9}",
        "{\"_placeholder\":true,\"num\":9,\"_placeholder\":false}",
        "{\"_placeholder\":true,\"num\":9,\"num\":0}",
        "[\"_placeholder\",true,\"num\",9]",
        "{\"a\":\"_placeholder\",\"b\":true}",
        " { \"_placeholder\" : true , \"num\" : 0 } , \"}\" ",
        "{\"\":{\"_placeholder\":true,\"num\":0},\"num\":\"\\\"\"}",
    };
    static const char *const bad[] = {
        "{\"_placeholder\":true}",
        "{\"_placeholder\":true,\"num\":2}",
        "{\"_placeholder\":true,\"num\":-1}",
        "{\"_placeholder\":true,\"num\":0.5}",
        "{\"_placeholder\":true,\"num\":\"0\"}",
        "{\"_placeholder\":true,\"num\":null}",
        "{\"_placeholder\":true,\"num\":[0]}",
        "{\"_placeholder\":true,\"num\":1e400}",
        "{\"_placeholder\":true,\"num\":99999999999999999999}",
        "{\"num\":0,\"_placeholder\":true,\"num\":7}",
        "{\"_placeholder\":false,\"num\":7,\"_placeholder\":true}",
        "{\"\\u005fplaceholder\":true,\"num\":7}",
        "1,{\"a\":[[{\"_placeholder\":true,\"num\":7}]]}",
        "{\"_placeholder\" : true , \"num\" : 2 }",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_int_equal(gw_json_values_check(gw_slice_of(good[i]), NULL), 0);
        if (gw_sio_placeholder_check(gw_slice_of(good[i]), 2) != 0)
            fail_msg("refused: %s", good[i]);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(gw_json_values_check(gw_slice_of(bad[i]), NULL), 0);
        if (gw_sio_placeholder_check(gw_slice_of(bad[i]), 2) == 0)
            fail_msg("accepted: %s", bad[i]);
    }
}

static void the_deepest_json_fits_the_walk(void **state)
{
    char text[2 * GW_JSON_DEPTH_MAX + 1];

    (void)state;
    memset(text, '[', GW_JSON_DEPTH_MAX);
    memset(text + GW_JSON_DEPTH_MAX, ']', GW_JSON_DEPTH_MAX);
    text[2 * GW_JSON_DEPTH_MAX] = '\0';
    assert_int_equal(gw_json_check(gw_slice_of(text)), 0);
    assert_int_equal(gw_sio_placeholder_check(gw_slice_of(text), 1), 0);
}

static void index_is_that_of_the_value_itself(void **state)
{
    (void)state;
    assert_int_equal(gw_sio_placeholder_index(GW_LIT("{\"_placeholder\":true,\"num\":1}"), 2), 1);
    assert_int_equal(gw_sio_placeholder_index(GW_LIT("{\"_placeholder\":true,\"num\":2}"), 2), -1);
    assert_int_equal(gw_sio_placeholder_index(GW_LIT("{\"_placeholder\":true}"), 2), -1);
    assert_int_equal(gw_sio_placeholder_index(GW_LIT("{\"num\":0}"), 2), -1);
    assert_int_equal(gw_sio_placeholder_index(GW_LIT("\"_placeholder\""), 2), -1);
    assert_int_equal(gw_sio_placeholder_index(GW_LIT("[{\"_placeholder\":true,\"num\":1}]"), 2),
                     -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(placeholders_must_point_to_an_attachment),
        cmocka_unit_test(the_deepest_json_fits_the_walk),
        cmocka_unit_test(index_is_that_of_the_value_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
