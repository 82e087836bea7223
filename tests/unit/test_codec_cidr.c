/* SPDX-License-Identifier: MIT */
#include "codec/cidr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static bool has(const char *network, const char *ip)
{
    uint8_t bytes[GW_IPV6_LEN];
    struct gw_cidr cidr;

    assert_true(gw_cidr_parse(gw_slice_of(network), &cidr));
    assert_true(gw_ip_parse(gw_slice_of(ip), bytes));
    return gw_cidr_has(&cidr, bytes);
}

static void a_network_has_its_addresses_and_no_others(void **state)
{
    (void)state;
    assert_true(has("10.0.0.0/8", "10.255.0.1"));
    assert_false(has("10.0.0.0/8", "11.0.0.0"));
    assert_true(has("192.0.2.128/25", "192.0.2.129"));
    assert_false(has("192.0.2.128/25", "192.0.2.127"));
    assert_true(has("2001:db8::/33", "2001:db8:7fff::1"));
    assert_false(has("2001:db8::/33", "2001:db8:8000::1"));
    assert_true(has("::/0", "192.0.2.1"));
    assert_true(has("0.0.0.0/0", "192.0.2.1"));
    assert_false(has("0.0.0.0/0", "2001:db8::1"));
}

static void an_address_is_a_network_of_one(void **state)
{
    (void)state;
    assert_true(has("192.0.2.1", "192.0.2.1"));
    assert_false(has("192.0.2.1", "192.0.2.0"));
    assert_true(has("::1", "::1"));
    assert_false(has("::1", "::"));
}

static void mapped_addresses_are_ipv4(void **state)
{
    (void)state;
    assert_true(has("127.0.0.0/8", "::ffff:127.0.0.1"));
    assert_true(has("::ffff:127.0.0.1", "127.0.0.1"));
}

static void bits_behind_the_prefix_do_not_count(void **state)
{
    (void)state;
    assert_true(has("10.1.2.3/8", "10.9.9.9"));
}

static void what_is_no_network_is_refused(void **state)
{
    static const char *const bad[] = {"",          "/8",        "10.0.0.0/33", "10.0.0.0/",
                                      "10.0.0/8",  "::/129",    "10.0.0.0/-1", "10.0.0.0/8 ",
                                      "localhost", "[::1]/128", "010.0.0.0/8"};
    struct gw_cidr cidr;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(gw_cidr_parse(gw_slice_of(bad[i]), &cidr));
}

static void addresses_are_written_as_people_do(void **state)
{
    static const char *const texts[] = {"192.0.2.1", "0.0.0.0", "255.255.255.255", "2001:db8::1",
                                        "::"};
    uint8_t ip[GW_IPV6_LEN], out[GW_IPV6_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_true(gw_ip_parse(gw_slice_of(texts[i]), ip));
        assert_true(
            gw_slice_equal((struct gw_slice){out, gw_ip_format(out, ip)}, gw_slice_of(texts[i])));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_network_has_its_addresses_and_no_others),
        cmocka_unit_test(an_address_is_a_network_of_one),
        cmocka_unit_test(mapped_addresses_are_ipv4),
        cmocka_unit_test(bits_behind_the_prefix_do_not_count),
        cmocka_unit_test(what_is_no_network_is_refused),
        cmocka_unit_test(addresses_are_written_as_people_do),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
