/* SPDX-License-Identifier: MIT */
#include "http/forwarded.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct gw_cidr networks[2];

static const struct gw_http_proxies plain = {networks, 2, false};
static const struct gw_http_proxies standard = {networks, 2, true};

static int set_up(void **state)
{
    (void)state;
    assert_true(gw_cidr_parse(GW_LIT("10.0.0.0/8"), &networks[0]));
    assert_true(gw_cidr_parse(GW_LIT("fd00::/8"), &networks[1]));
    return 0;
}

/* Fields as "Name: value" lines; the client as "address" or "address s", or "none". */
static void check(const struct gw_http_proxies *proxies, const char *const *lines,
                  const char *expected)
{
    struct gw_http_field fields[4];
    struct gw_http_request request = {.fields = fields};
    struct gw_http_client client;
    uint8_t text[GW_IPV6_TEXT_MAX + 2];
    size_t len = 4;

    for (; *lines; lines++) {
        struct gw_slice line = gw_slice_of(*lines);
        size_t name_len = (size_t)(strchr(*lines, ':') - *lines);

        fields[request.field_count++] = (struct gw_http_field){
            {line.ptr, name_len}, {line.ptr + name_len + 2, line.len - name_len - 2}};
    }
    memcpy(text, "none", len);
    if (gw_http_forwarded_find(proxies, &request, &client)) {
        len = gw_ip_format(text, client.ip);
        if (client.is_secure) {
            memcpy(text + len, " s", 2);
            len += 2;
        }
    }
    if (!gw_slice_equal((struct gw_slice){text, len}, gw_slice_of(expected)))
        fail_msg("\"%.*s\", not \"%s\"", (int)len, (const char *)text, expected);
}

#define CHECK(proxies, expected, ...)                                                              \
    check(&(proxies), (const char *const[]){__VA_ARGS__, NULL}, expected)

static void the_proxy_says_who_came(void **state)
{
    (void)state;
    CHECK(plain, "192.0.2.1", "X-Forwarded-For: 192.0.2.1");
    CHECK(plain, "2001:db8::1", "x-forwarded-for: 2001:db8::1");
    CHECK(plain, "192.0.2.1", "X-Forwarded-For: 192.0.2.1:4711");
    CHECK(plain, "2001:db8::1", "X-Forwarded-For: [2001:db8::1]:4711");
    CHECK(plain, "none", "Accept: */*");
}

static void what_the_client_itself_wrote_is_not_believed(void **state)
{
    (void)state;
    CHECK(plain, "192.0.2.1", "X-Forwarded-For: 127.0.0.1, 192.0.2.1");
    CHECK(plain, "192.0.2.1", "X-Forwarded-For: 127.0.0.1", "X-Forwarded-For: 192.0.2.1");
    CHECK(plain, "192.0.2.1", "X-Forwarded-For: 10.9.9.9, 192.0.2.1");
    CHECK(plain, "none", "Forwarded: for=192.0.2.1");
    CHECK(standard, "none", "X-Forwarded-For: 192.0.2.1");
}

static void listed_proxies_are_passed_over(void **state)
{
    (void)state;
    CHECK(plain, "192.0.2.1", "X-Forwarded-For: 198.51.100.7, 192.0.2.1, fd00::1, 10.0.0.2");
    CHECK(plain, "10.0.0.1", "X-Forwarded-For: 10.0.0.1, 10.0.0.2");
}

static void nothing_is_looked_at_behind_what_is_no_address(void **state)
{
    (void)state;
    CHECK(plain, "none", "X-Forwarded-For: 192.0.2.1, unknown");
    CHECK(plain, "10.0.0.2", "X-Forwarded-For: 192.0.2.1, unknown, 10.0.0.2");
    CHECK(standard, "none", "Forwarded: for=_hidden");
    CHECK(standard, "none", "Forwarded: proto=https");
    CHECK(plain, "none", "X-Forwarded-For: [2001:db8::1");
}

static void the_standard_field_is_read_when_asked_for(void **state)
{
    (void)state;
    CHECK(standard, "192.0.2.60 s", "Forwarded: For=192.0.2.60;Proto=https;by=10.0.0.1");
    CHECK(standard, "2001:db8::17",
          "Forwarded: for=192.0.2.43, for=\"[2001:db8::17]:4711\";proto=http");
    CHECK(standard, "192.0.2.43 s",
          "Forwarded: for=192.0.2.43;proto=https, for=10.0.0.1;proto=http");
}

static void the_scheme_is_that_of_the_same_hop(void **state)
{
    (void)state;
    CHECK(plain, "192.0.2.1 s", "X-Forwarded-For: 192.0.2.1", "X-Forwarded-Proto: https");
    CHECK(plain, "192.0.2.1", "X-Forwarded-For: 192.0.2.1", "X-Forwarded-Proto: http");
    CHECK(plain, "192.0.2.1", "X-Forwarded-For: 192.0.2.1", "X-Forwarded-Proto: https, http");
    CHECK(plain, "192.0.2.1 s", "X-Forwarded-For: 192.0.2.1, 10.0.0.1",
          "X-Forwarded-Proto: https, http");
    CHECK(plain, "192.0.2.1 s", "X-Forwarded-For: 192.0.2.1, 10.0.0.1", "X-Forwarded-Proto: https");
}

static void only_so_many_hops_are_followed(void **state)
{
    (void)state;
    CHECK(plain, "10.0.0.2",
          "X-Forwarded-For: 192.0.2.1, 10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4, 10.0.0.5, "
          "10.0.0.6, 10.0.0.7, 10.0.0.8, 10.0.0.9, 10.0.0.10, 10.0.0.11, 10.0.0.12, "
          "10.0.0.13, 10.0.0.14, 10.0.0.15, 10.0.0.16, 10.0.0.17");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_proxy_says_who_came),
        cmocka_unit_test(what_the_client_itself_wrote_is_not_believed),
        cmocka_unit_test(listed_proxies_are_passed_over),
        cmocka_unit_test(nothing_is_looked_at_behind_what_is_no_address),
        cmocka_unit_test(the_standard_field_is_read_when_asked_for),
        cmocka_unit_test(the_scheme_is_that_of_the_same_hop),
        cmocka_unit_test(only_so_many_hops_are_followed),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
