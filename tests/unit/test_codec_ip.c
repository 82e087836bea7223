/* SPDX-License-Identifier: MIT */
#include "codec/ip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void only_four_plain_decimals_are_an_ipv4_address(void **state)
{
    static const char *const bad[] = {
        "",         "1",         "1.2.3",     "1.2.3.4.", ".1.2.3",    "1..2.3",     "01.2.3.4",
        "1.2.3.04", "256.1.1.1", "1.2.3.4.5", "1.2.3.4 ", "0x1.2.3.4", "1000.1.1.1", "1.2.3.-4"};
    uint8_t ip[GW_IPV4_LEN];

    (void)state;
    assert_true(gw_ipv4_parse(GW_LIT("192.0.2.255"), ip));
    assert_memory_equal(ip, "\xc0\x00\x02\xff", 4);
    assert_true(gw_ipv4_parse(GW_LIT("0.0.0.0"), ip));
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_false(gw_ipv4_parse(gw_slice_of(bad[i]), ip));
}

static void ipv6_addresses_get_their_shortest_form(void **state)
{
    static const struct {
        const char *text, *shortest;
    } good[] = {
        {"::", "::"},
        {"::1", "::1"},
        {"1::", "1::"},
        {"0:0:0:0:0:0:0:1", "::1"},
        {"2001:DB8::0001", "2001:db8::1"},
        {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
        {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
        {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
        {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
        {"::ffff:192.0.2.1", "::ffff:c000:201"},
        {"1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"},
        {"fe80:0:0:0:1::", "fe80::1:0:0:0"},
        {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
        uint8_t ip[GW_IPV6_LEN], text[GW_IPV6_TEXT_MAX];
        size_t len;

        assert_true(gw_ipv6_parse(gw_slice_of(good[i].text), ip));
        len = gw_ipv6_format(text, ip);
        assert_int_equal(len, strlen(good[i].shortest));
        assert_memory_equal(text, good[i].shortest, len);
    }
}

static void malformed_ipv6_addresses_are_refused(void **state)
{
    static const char *const bad[] = {"",
                                      ":",
                                      ":::",
                                      "1",
                                      "1:2:3:4:5:6:7",
                                      "1:2:3:4:5:6:7:8:9",
                                      "1::2::3",
                                      "12345::",
                                      "g::",
                                      ":1",
                                      "1:",
                                      "1:2:3:4:5:6:7:8::",
                                      "::1%eth0",
                                      "[::1]",
                                      "1:2:3:4:5:6:7:1.2.3.4",
                                      "::1.2.3",
                                      "::1.2.3.4:5",
                                      "1:2:3:4::5:6:7:8",
                                      "::1:",
                                      "1:::2",
                                      "1.2.3.4::"};
    uint8_t ip[GW_IPV6_LEN];

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        if (gw_ipv6_parse(gw_slice_of(bad[i]), ip))
            fail_msg("%s", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_four_plain_decimals_are_an_ipv4_address),
        cmocka_unit_test(ipv6_addresses_get_their_shortest_form),
        cmocka_unit_test(malformed_ipv6_addresses_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
