/* SPDX-License-Identifier: MIT */
#include "ws/offer.h"

#include "support/trace.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void walk_extensions(const struct gw_http_field *fields, size_t count,
                            struct gw_trace *trace)
{
    struct gw_ws_extension extension;
    struct gw_ws_offers offers;
    struct gw_ws_param param;
    uint8_t value[64];
    int found;

    gw_ws_offers_init(&offers, fields, count, GW_LIT("Sec-WebSocket-Extensions"));
    while ((found = gw_ws_offers_next_extension(&offers, &extension)) == 1) {
        gw_trace_add_bytes(trace, extension.name);
        while (gw_ws_extension_param_next(&extension, &param)) {
            gw_trace_add(trace, ";");
            gw_trace_add_bytes(trace, param.name);
            if (!param.value.ptr)
                continue;
            assert_true(param.value.len <= sizeof value);
            gw_trace_add(trace, "=");
            gw_trace_add_bytes(trace,
                               (struct gw_slice){value, gw_ws_param_unescape(&param, value)});
        }
        gw_trace_add(trace, "\n");
    }
    if (found < 0)
        gw_trace_add(trace, "malformed\n");
}

static void check_extensions(const char *value, const char *expected)
{
    const struct gw_http_field field = {GW_LIT("sec-websocket-extensions"), gw_slice_of(value)};
    struct gw_trace trace = {0};

    walk_extensions(&field, 1, &trace);
    assert_string_equal(gw_trace_text(&trace), expected);
    gw_trace_reset(&trace);
}

/* RFC 6455 9.1 */
static void extensions_have_parameters(void **state)
{
    (void)state;
    check_extensions("permessage-deflate", "permessage-deflate\n");
    check_extensions("foo, bar; baz=2", "foo\nbar;baz=2\n");
    check_extensions("deflate-stream;a ;\tb = 1; c=\"x\" , mux ; max-channels=\"4\"",
                     "deflate-stream;a;b=1;c=x\nmux;max-channels=4\n");
    check_extensions("permessage-deflate; client_max_window_bits; server_max_window_bits=10",
                     "permessage-deflate;client_max_window_bits;server_max_window_bits=10\n");
    check_extensions(",, foo,, bar,", "foo\nbar\n");
    check_extensions("", "");
}

static void quoted_value_loses_its_backslashes(void **state)
{
    (void)state;
    check_extensions("a;b=\"1\\5\"", "a;b=15\n");
}

static void malformed_extensions_are_found(void **state)
{
    static const char *bad[] = {
        "foo;",          "foo;;a",         "foo; =1",    "foo;a=",
        "foo;a=\"",      "foo;a=\"1",      "foo;a=\"\"", "foo;a=\"1\\",
        "foo;a=\"1 2\"", "foo;a=1 2",      "foo bar",    ";a",
        "foo;a=\"1\"2",  "foo;a=''\"",     "=",          "\"foo\"",
        "foo;a=\"1,2\"", "f\x7f",          "foo;a==1",   "foo/1",
        "foo;a\x80",     "foo;a=\"\\\\\"",
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        check_extensions(bad[i], "malformed\n");
    check_extensions("good, b ad", "good\nmalformed\n");
}

static void fields_of_one_name_are_one_list(void **state)
{
    const struct gw_http_field fields[] = {
        {GW_LIT("Sec-WebSocket-Extensions"), GW_LIT("one;a, two")},
        {GW_LIT("Sec-WebSocket-Protocol"), GW_LIT("chat")},
        {GW_LIT("SEC-WEBSOCKET-EXTENSIONS"), GW_LIT("")},
        {GW_LIT("Sec-Websocket-Extensions"), GW_LIT("three")},
    };
    struct gw_trace trace = {0};

    (void)state;
    walk_extensions(fields, 4, &trace);
    assert_string_equal(gw_trace_text(&trace), "one;a\ntwo\nthree\n");
    gw_trace_reset(&trace);
    walk_extensions(NULL, 0, &trace);
    assert_string_equal(gw_trace_text(&trace), "");
    gw_trace_reset(&trace);
}

static void subprotocols_are_tokens(void **state)
{
    const struct gw_http_field field = {GW_LIT("Sec-WebSocket-Protocol"),
                                        GW_LIT("chat , superchat,soap@1, later")};
    struct gw_ws_offers offers;
    struct gw_slice token;

    (void)state;
    gw_ws_offers_init(&offers, &field, 1, GW_LIT("Sec-WebSocket-Protocol"));
    assert_int_equal(gw_ws_offers_next_token(&offers, &token), 1);
    assert_true(gw_slice_equal(token, GW_LIT("chat")));
    assert_int_equal(gw_ws_offers_next_token(&offers, &token), 1);
    assert_true(gw_slice_equal(token, GW_LIT("superchat")));
    assert_int_equal(gw_ws_offers_next_token(&offers, &token), GW_E_PROTO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(extensions_have_parameters),
        cmocka_unit_test(quoted_value_loses_its_backslashes),
        cmocka_unit_test(malformed_extensions_are_found),
        cmocka_unit_test(fields_of_one_name_are_one_list),
        cmocka_unit_test(subprotocols_are_tokens),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
