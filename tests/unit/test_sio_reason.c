/* SPDX-License-Identifier: MIT */
#include <godwit/sio.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void reasons_have_the_genuine_words(void **state)
{
    (void)state;
    assert_string_equal(gw_reason_text(GW_REASON_TRANSPORT_CLOSE), "transport close");
    assert_string_equal(gw_reason_text(GW_REASON_TRANSPORT_ERROR), "transport error");
    assert_string_equal(gw_reason_text(GW_REASON_PING_TIMEOUT), "ping timeout");
    assert_string_equal(gw_reason_text(GW_REASON_PARSE_ERROR), "parse error");
    assert_string_equal(gw_reason_text(GW_REASON_FORCED_CLOSE), "forced close");
    assert_string_equal(gw_reason_text(GW_REASON_FORCED_SERVER_CLOSE), "forced server close");
    assert_string_equal(gw_reason_text(GW_REASON_CLIENT_NAMESPACE_DISCONNECT),
                        "client namespace disconnect");
    assert_string_equal(gw_reason_text(GW_REASON_SERVER_NAMESPACE_DISCONNECT),
                        "server namespace disconnect");
    assert_string_equal(gw_reason_text(GW_REASON_SERVER_SHUTTING_DOWN), "server shutting down");
    assert_string_equal(gw_reason_text((enum gw_reason)99), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reasons_have_the_genuine_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
