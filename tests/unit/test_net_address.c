/* SPDX-License-Identifier: MIT */
#include "net/address.h"

#include "support/sockets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void check_format(const char *host, uint16_t port, const char *text, const char *host_text)
{
    struct gw_address address;
    char out[GW_ADDRESS_TEXT_MAX];
    const char *why;

    assert_int_equal(gw_address_resolve(&address, host, port, &why), 0);
    gw_address_format(&address, out);
    assert_string_equal(out, text);
    gw_address_format_host(&address, out);
    assert_string_equal(out, host_text);
    assert_int_equal(gw_address_port(&address), port);
}

static void numeric_addresses_are_read_and_written(void **state)
{
    (void)state;
    check_format("192.0.2.1", 80, "192.0.2.1:80", "192.0.2.1");
    check_format("0.0.0.0", 0, "0.0.0.0:0", "0.0.0.0");
    check_format("255.10.99.100", 1, "255.10.99.100:1", "255.10.99.100");
    check_format("::1", 65535, "[::1]:65535", "::1");
    check_format("[2001:DB8:0:0::1]", 8080, "[2001:db8::1]:8080", "2001:db8::1");
    check_format("::ffff:192.0.2.1", 80, "[::ffff:192.0.2.1]:80", "::ffff:192.0.2.1");
    check_format("::ffff:255.255.255.255", 80, "[::ffff:255.255.255.255]:80",
                 "::ffff:255.255.255.255");
}

static void check_brief(const char *host, bool fits)
{
    struct gw_address address, again;
    struct gw_address_brief brief;
    char text[GW_ADDRESS_TEXT_MAX], text_again[GW_ADDRESS_TEXT_MAX];
    const char *why;

    assert_int_equal(gw_address_resolve(&address, host, 80, &why), 0);
    gw_address_brief_init(&brief, &address);
    assert_int_equal(gw_address_of_brief(&again, &brief), fits);
    if (!fits)
        return;
    gw_address_format_host(&address, text);
    gw_address_format_host(&again, text_again);
    assert_string_equal(text_again, text);
    assert_int_equal(gw_address_port(&again), 0);
}

static void ipv4_addresses_fit_a_brief(void **state)
{
    struct gw_address address = {0};
    struct gw_address_brief brief;

    (void)state;
    check_brief("192.0.2.1", true);
    check_brief("0.0.0.0", true);
    check_brief("::ffff:192.0.2.1", true);
    check_brief("::1", false);
    check_brief("2001:db8::1", false);
    gw_address_brief_init(&brief, &address);
    assert_false(gw_address_of_brief(&address, &brief));
    assert_int_equal(gw_address_of_path(&address, "/tmp/x.sock"), 0);
    gw_address_brief_init(&brief, &address);
    assert_false(gw_address_of_brief(&address, &brief));
}

static void name_is_resolved(void **state)
{
    struct gw_address address;
    const char *why;

    (void)state;
    assert_int_equal(gw_address_resolve(&address, "localhost", 80, &why), 0);
    assert_int_equal(gw_address_port(&address), 80);
}

static void no_host_is_every_address(void **state)
{
    struct gw_address address;
    char out[GW_ADDRESS_TEXT_MAX];
    const char *why;

    (void)state;
    assert_int_equal(gw_address_resolve(&address, NULL, 80, &why), 0);
    gw_address_format(&address, out);
    assert_true(strcmp(out, "[::]:80") == 0 || strcmp(out, "0.0.0.0:80") == 0);
    assert_int_equal(gw_address_resolve(&address, "", 80, &why), 0);
}

static void bad_host_is_refused_with_a_reason(void **state)
{
    struct gw_address address;
    char long_name[300];
    const char *why;

    (void)state;
    memset(long_name, 'a', sizeof(long_name) - 1);
    long_name[sizeof(long_name) - 1] = '\0';
    assert_int_equal(gw_address_resolve(&address, long_name, 80, &why), GW_E_ADDRESS);
    assert_true(strlen(why) > 0);
    assert_int_equal(gw_address_resolve(&address, "[::1", 80, &why), GW_E_ADDRESS);
    assert_true(strlen(why) > 0);
    assert_int_equal(address.len, 0);
}

static void path_has_the_kernels_limit(void **state)
{
    struct gw_address address;
    char path[109], out[GW_ADDRESS_TEXT_MAX];

    (void)state;
    memset(path, 'p', sizeof(path));
    path[107] = '\0';
    assert_int_equal(gw_address_of_path(&address, path), 0);
    gw_address_format(&address, out);
    assert_int_equal(strlen(out), 5 + 107);
    path[107] = 'p';
    path[108] = '\0';
    assert_int_equal(gw_address_of_path(&address, path), GW_E_ADDRESS);
    assert_int_equal(gw_address_of_path(&address, ""), GW_E_ADDRESS);
    assert_int_equal(gw_address_of_path(&address, "/run/x.sock"), 0);
    gw_address_format(&address, out);
    assert_string_equal(out, "unix:/run/x.sock");
    assert_int_equal(gw_address_port(&address), 0);
}

static void open_sockets_say_who_they_are(void **state)
{
    struct socket_pair pair = tcp_pair(AF_INET);
    struct gw_address ours, theirs;
    char out[GW_ADDRESS_TEXT_MAX];

    (void)state;
    assert_int_equal(gw_address_of_peer(&theirs, pair.ours), 0);
    assert_int_equal(gw_address_of_local(&ours, pair.theirs), 0);
    assert_int_equal(gw_address_port(&ours), gw_address_port(&theirs));
    assert_int_not_equal(gw_address_port(&ours), 0);
    close(pair.ours);
    close(pair.theirs);
    assert_int_equal(gw_address_of_peer(&theirs, -1), GW_E_SYSTEM);
    gw_address_format(&theirs, out);
    assert_string_equal(out, "?");
    assert_int_equal(gw_address_origin(&theirs).len, 0);
    pair = unix_pair();
    assert_int_equal(gw_address_of_peer(&theirs, pair.ours), 0);
    gw_address_format(&theirs, out);
    assert_string_equal(out, "unix:");
    close(pair.ours);
    close(pair.theirs);
}

static struct gw_slice origin_of(const char *host, struct gw_address *address)
{
    const char *why;

    assert_int_equal(gw_address_resolve(address, host, 1, &why), 0);
    return gw_address_origin(address);
}

static void origin_is_the_address_or_its_network(void **state)
{
    struct gw_address a, b;

    (void)state;
    assert_true(gw_slice_equal(origin_of("192.0.2.1", &a), origin_of("::ffff:192.0.2.1", &b)));
    assert_false(gw_slice_equal(origin_of("192.0.2.1", &a), origin_of("192.0.2.2", &b)));
    assert_true(gw_slice_equal(origin_of("2001:db8::1", &a), origin_of("2001:db8::2:1", &b)));
    assert_false(gw_slice_equal(origin_of("2001:db8::1", &a), origin_of("2001:db8:0:1::1", &b)));
    assert_int_equal(gw_address_of_path(&a, "/x"), 0);
    assert_int_equal(gw_address_origin(&a).len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numeric_addresses_are_read_and_written),
        cmocka_unit_test(ipv4_addresses_fit_a_brief),
        cmocka_unit_test(name_is_resolved),
        cmocka_unit_test(no_host_is_every_address),
        cmocka_unit_test(bad_host_is_refused_with_a_reason),
        cmocka_unit_test(path_has_the_kernels_limit),
        cmocka_unit_test(open_sockets_say_who_they_are),
        cmocka_unit_test(origin_is_the_address_or_its_network),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
