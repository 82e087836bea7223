/* SPDX-License-Identifier: MIT */
#include "codec/uri.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void check_slice(struct gw_slice slice, const char *expected)
{
    if (!gw_slice_equal(slice, gw_slice_of(expected)))
        fail_msg("\"%.*s\" instead of \"%s\"", (int)slice.len, (const char *)slice.ptr, expected);
}

struct vector {
    const char *text, *normal, *host, *authority, *target;
    uint16_t port;
};

static void check_vector(const struct vector *vector)
{
    struct gw_uri uri = {0};

    if (gw_uri_parse(&uri, gw_slice_of(vector->text)) != 0)
        fail_msg("%s: %s", vector->text, uri.why);
    check_slice(uri.text, vector->normal);
    check_slice(uri.host, vector->host);
    check_slice(uri.authority, vector->authority);
    check_slice(uri.target, vector->target);
    assert_int_equal(uri.port, vector->port);
    assert_int_equal(uri.text.ptr[uri.text.len], 0);
    assert_int_equal(uri.host.ptr[uri.host.len], 0);
    gw_uri_dispose(&uri);
}

#define CHECK_ALL(vectors)                                                                         \
    for (size_t i = 0; i < sizeof(vectors) / sizeof(*(vectors)); i++)                              \
    check_vector(&(vectors)[i])

static void urls_are_split_and_brought_into_normal_form(void **state)
{
    static const struct vector vectors[] = {
        {"ws://a", "ws://a/", "a", "a", "/", 80},
        {"WSS://Example.ORG:443/Chat?x=Y", "wss://example.org/Chat?x=Y", "example.org",
         "example.org", "/Chat?x=Y", 443},
        {"ws://a:443", "ws://a:443/", "a", "a:443", "/", 443},
        {"http://a:/b", "http://a/b", "a", "a", "/b", 80},
        {"https://a:0080/", "https://a:80/", "a", "a:80", "/", 80},
        {"ws://a?b", "ws://a/?b", "a", "a", "/?b", 80},
        {"ws://a/?", "ws://a/?", "a", "a", "/?", 80},
        {"http://a/b#c?d", "http://a/b", "a", "a", "/b", 80},
        {"http://a#b", "http://a/", "a", "a", "/", 80},
        {"ws://a_b-c.d./", "ws://a_b-c.d./", "a_b-c.d.", "a_b-c.d.", "/", 80},
    };

    (void)state;
    CHECK_ALL(vectors);
}

static void numeric_hosts_are_told_from_names(void **state)
{
    static const struct vector vectors[] = {
        {"ws://127.0.0.1:9", "ws://127.0.0.1:9/", "127.0.0.1", "127.0.0.1:9", "/", 9},
        {"ws://[::1]:9", "ws://[::1]:9/", "::1", "[::1]:9", "/", 9},
        {"ws://[2001:DB8:0::1]", "ws://[2001:db8::1]/", "2001:db8::1", "[2001:db8::1]", "/", 80},
        {"ws://1.2.3.4.example", "ws://1.2.3.4.example/", "1.2.3.4.example", "1.2.3.4.example", "/",
         80},
        {"ws://%31.2.3.4", "ws://1.2.3.4/", "1.2.3.4", "1.2.3.4", "/", 80},
    };
    struct gw_uri uri = {0};

    (void)state;
    CHECK_ALL(vectors);
    assert_int_equal(gw_uri_parse(&uri, GW_LIT("ws://[::1]")), 0);
    assert_int_equal(uri.host_type, GW_URI_HOST_IPV6);
    gw_uri_dispose(&uri);
    assert_int_equal(gw_uri_parse(&uri, GW_LIT("ws://1.2.3.4")), 0);
    assert_int_equal(uri.host_type, GW_URI_HOST_IPV4);
    gw_uri_dispose(&uri);
}

static void international_names_become_ascii(void **state)
{
    static const struct vector vectors[] = {
        {"ws://b\xc3\xbc"
         "cher.example",
         "ws://xn--bcher-kva.example/", "xn--bcher-kva.example", "xn--bcher-kva.example", "/", 80},
        {"ws://B%C3%9Ccher.EXAMPLE", "ws://xn--bcher-kva.example/", "xn--bcher-kva.example",
         "xn--bcher-kva.example", "/", 80},
        {"ws://fa\xc3\x9f.example", "ws://xn--fa-hia.example/", "xn--fa-hia.example",
         "xn--fa-hia.example", "/", 80},
        /* full-width digits and an ideographic full stop */
        {"ws://\xef\xbc\x91\xe3\x80\x82"
         "2.3.4",
         "ws://1.2.3.4/", "1.2.3.4", "1.2.3.4", "/", 80},
        {"ws://\xe4\xbd\xa0\xe5\xa5\xbd", "ws://xn--6qq79v/", "xn--6qq79v", "xn--6qq79v", "/", 80},
    };

    (void)state;
    CHECK_ALL(vectors);
}

static void what_a_request_must_not_hold_is_encoded(void **state)
{
    static const struct vector vectors[] = {
        {"ws://a/b c?d e", "ws://a/b%20c?d%20e", "a", "a", "/b%20c?d%20e", 80},
        {"ws://a/\xc3\xbc?\xc3\xbc", "ws://a/%C3%BC?%C3%BC", "a", "a", "/%C3%BC?%C3%BC", 80},
        {"ws://a/%7e%zz%", "ws://a/%7e%zz%", "a", "a", "/%7e%zz%", 80},
        {"ws://a/\"<>^`{|}", "ws://a/%22%3C%3E%5E%60%7B%7C%7D", "a", "a",
         "/%22%3C%3E%5E%60%7B%7C%7D", 80},
        {"ws://a/b;c=d,e&f'g!$(*)+:@[]?/?:@", "ws://a/b;c=d,e&f'g!$(*)+:@[]?/?:@", "a", "a",
         "/b;c=d,e&f'g!$(*)+:@[]?/?:@", 80},
    };

    (void)state;
    CHECK_ALL(vectors);
}

static void dot_segments_are_walked(void **state)
{
    static const struct vector vectors[] = {
        {"ws://a/b/../c", "ws://a/c", "a", "a", "/c", 80},
        {"ws://a/../../b", "ws://a/b", "a", "a", "/b", 80},
        {"ws://a/b/./c/.", "ws://a/b/c/", "a", "a", "/b/c/", 80},
        {"ws://a/b/..", "ws://a/", "a", "a", "/", 80},
        {"ws://a/b/c/%2E%2e", "ws://a/b/", "a", "a", "/b/", 80},
        {"ws://a/b/.%2e/c", "ws://a/c", "a", "a", "/c", 80},
        {"ws://a/b//../c/", "ws://a/b/c/", "a", "a", "/b/c/", 80},
        {"ws://a/.../..b?/../c", "ws://a/.../..b?/../c", "a", "a", "/.../..b?/../c", 80},
    };

    (void)state;
    CHECK_ALL(vectors);
}

static void user_and_password_are_decoded_and_kept_out_of_the_text(void **state)
{
    struct gw_uri uri = {0};

    (void)state;
    assert_int_equal(gw_uri_parse(&uri, GW_LIT("ws://us%40er:p%3Aw:x@a/b@c")), 0);
    check_slice(uri.user, "us@er");
    check_slice(uri.password, "p:w:x");
    check_slice(uri.text, "ws://a/b@c");
    gw_uri_dispose(&uri);
    assert_int_equal(gw_uri_parse(&uri, GW_LIT("ws://user@a")), 0);
    check_slice(uri.user, "user");
    check_slice(uri.password, "");
    gw_uri_dispose(&uri);
    assert_int_equal(gw_uri_parse(&uri, GW_LIT("ws://a")), 0);
    assert_null(uri.user.ptr);
    gw_uri_dispose(&uri);
}

static void bad_urls_are_refused_with_their_reason(void **state)
{
    static const struct {
        const char *text, *why;
    } vectors[] = {
        {"", "the URL does not begin with ws:// or wss://"},
        {"/", "the URL does not begin with ws:// or wss://"},
        {"ws:/a", "the URL does not begin with ws:// or wss://"},
        {"//a", "the URL does not begin with ws:// or wss://"},
        {"localhost:3000", "the URL does not begin with ws:// or wss://"},
        {"ftp://a", "the scheme is not ws, wss, http or https"},
        {"://a", "the scheme is not ws, wss, http or https"},
        {"wsss://a", "the scheme is not ws, wss, http or https"},
        {"ws://", "there is no host"},
        {"ws:///a", "there is no host"},
        {"ws://:80", "there is no host"},
        {"ws://u@", "there is no host"},
        {"ws://a:0", "the port is not a number from 1 to 65535"},
        {"ws://a:65536", "the port is not a number from 1 to 65535"},
        {"ws://a:8x", "the port is not a number from 1 to 65535"},
        {"ws://a:-1", "the port is not a number from 1 to 65535"},
        {"ws://a:1:2", "the port is not a number from 1 to 65535"},
        {"ws://::1", "there is no host"},
        {"ws://[::1", "the bracket around the address is not closed"},
        {"ws://[::1]x", "something follows the address that is not a port"},
        {"ws://[]", "the host is not a valid IPv6 address"},
        {"ws://[1.2.3.4]", "the host is not a valid IPv6 address"},
        {"ws://[fe80::1%25eth0]", "an address with a zone is not for URLs"},
        {"ws://1.2.3", "the host is not a valid IPv4 address"},
        {"ws://0177.0.0.1", "the host is not a valid IPv4 address"},
        {"ws://0x7f.1", "the host is not a valid IPv4 address"},
        {"ws://a.0x", "the host is not a valid IPv4 address"},
        {"ws://2130706433", "the host is not a valid IPv4 address"},
        {"ws://1.2.3.4.", "the host is not a valid IPv4 address"},
        {"ws://a..b", "the host has an empty or too long label"},
        {"ws://.a", "the host has an empty or too long label"},
        {"ws://.", "the host has an empty or too long label"},
        {"ws://a b", "the host has a character that no name has"},
        {"ws://a%00b", "the host has a character that no name has"},
        {"ws://a%2fb", "the host has a character that no name has"},
        {"ws://a%0d%0ab", "the host has a character that no name has"},
        {"ws://a%4", "the host has a bad escape"},
        {"ws://a%ffb", "the host is not UTF-8"},
        {"ws://a\xff", "the URL is not UTF-8"},
        {"ws://\xe2\x80\x8d", "the host is not a valid international name"},
        {"ws://a/\r\nb", "the URL has a control character"},
        {"ws://a/\tb", "the URL has a control character"},
        {"ws://a\\@b", "the URL has a backslash"},
        {"ws://a/#b", "a WebSocket URL has no fragment (write %23 for #)"},
        {"wss://a#", "a WebSocket URL has no fragment (write %23 for #)"},
        {"ws://u@v@a", "there is more than one @ before the host"},
        {"ws://u%0a@a", "user or password has a control character"},
        {"ws://u%3av@a", "the user has a colon"},
        {"ws://u%@a", "user or password has a bad escape"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
        struct gw_uri uri = {0};

        if (gw_uri_parse(&uri, gw_slice_of(vectors[i].text)) != GW_E_ARG)
            fail_msg("%s was taken", vectors[i].text);
        if (strcmp(uri.why, vectors[i].why) != 0)
            fail_msg("%s: %s", vectors[i].text, uri.why);
        gw_uri_dispose(&uri);
    }
}

static void long_urls_and_names_have_their_limit(void **state)
{
    static char text[GW_URI_TEXT_MAX + 2];
    struct gw_uri uri = {0};

    (void)state;
    memset(text, 'a', sizeof(text) - 1);
    memcpy(text, "ws://a/", 7);
    assert_int_equal(gw_uri_parse(&uri, (struct gw_slice){(uint8_t *)text, GW_URI_TEXT_MAX}), 0);
    gw_uri_dispose(&uri);
    assert_int_equal(gw_uri_parse(&uri, (struct gw_slice){(uint8_t *)text, GW_URI_TEXT_MAX + 1}),
                     GW_E_ARG);
    assert_string_equal(uri.why, "the URL is too long");
    gw_uri_dispose(&uri);
    text[6] = 'a';
    for (size_t i = 63; i < 255; i += 64)
        text[5 + i] = '.';
    assert_int_equal(gw_uri_parse(&uri, (struct gw_slice){(uint8_t *)text, 5 + 253}), 0);
    gw_uri_dispose(&uri);
    assert_int_equal(gw_uri_parse(&uri, (struct gw_slice){(uint8_t *)text, 5 + 254}), GW_E_ARG);
    gw_uri_dispose(&uri);
    assert_int_equal(gw_uri_parse(&uri, (struct gw_slice){(uint8_t *)text, 5 + 2000}), GW_E_ARG);
    assert_string_equal(uri.why, "the host name is too long");
    gw_uri_dispose(&uri);
}

static void references_are_resolved_at_their_base(void **state)
{
    static const struct {
        const char *reference, *expected;
    } vectors[] = {
        {"", "http://a/b/c/d;p?q"},
        {"#f", "http://a/b/c/d;p?q"},
        {"g", "http://a/b/c/g"},
        {"./g", "http://a/b/c/g"},
        {"g/", "http://a/b/c/g/"},
        {"/g", "http://a/g"},
        {"//g", "http://g/"},
        {"?y", "http://a/b/c/d;p?y"},
        {"g?y#s", "http://a/b/c/g?y"},
        {";x", "http://a/b/c/;x"},
        {"..", "http://a/b/"},
        {"../../g", "http://a/g"},
        {"../../../g", "http://a/g"},
        {"g?y/../x", "http://a/b/c/g?y/../x"},
        {"wss://h:1/i#j", "wss://h:1/i"},
        {"HTTPS://h", "https://h/"},
    };
    struct gw_uri base = {0};

    (void)state;
    assert_int_equal(gw_uri_parse(&base, GW_LIT("http://a/b/c/d;p?q")), 0);
    for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
        struct gw_uri uri = {0};

        assert_int_equal(gw_uri_resolve(&uri, &base, gw_slice_of(vectors[i].reference)), 0);
        check_slice(uri.text, vectors[i].expected);
        gw_uri_dispose(&uri);
    }
    gw_uri_dispose(&base);
}

static void references_to_other_schemes_are_refused(void **state)
{
    struct gw_uri base = {0}, uri = {0};

    (void)state;
    assert_int_equal(gw_uri_parse(&base, GW_LIT("ws://a/")), 0);
    assert_int_equal(gw_uri_resolve(&uri, &base, GW_LIT("mailto:x")), GW_E_ARG);
    assert_int_equal(gw_uri_resolve(&uri, &base, GW_LIT("file:///etc")), GW_E_ARG);
    gw_uri_dispose(&base);
}

static void origins_are_scheme_host_and_port(void **state)
{
    static const struct {
        const char *other;
        bool is_same;
    } vectors[] = {
        {"ws://a:80/x", true}, {"ws://a:81/", false}, {"wss://a:80/", false}, {"ws://b/", false}};
    struct gw_uri uri = {0};

    (void)state;
    assert_int_equal(gw_uri_parse(&uri, GW_LIT("ws://a/")), 0);
    for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
        struct gw_uri other = {0};

        assert_int_equal(gw_uri_parse(&other, gw_slice_of(vectors[i].other)), 0);
        assert_int_equal(gw_uri_is_same_origin(&uri, &other), vectors[i].is_same);
        gw_uri_dispose(&other);
    }
    gw_uri_dispose(&uri);
}

static void http_can_be_turned_into_websocket(void **state)
{
    static const char *const vectors[][2] = {{"http://a:1/b", "ws://a:1/b"},
                                             {"https://a/b?c", "wss://a/b?c"},
                                             {"ws://a/", "ws://a/"},
                                             {"wss://a/", "wss://a/"}};

    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
        struct gw_uri uri = {0}, expected = {0};

        assert_int_equal(gw_uri_parse(&uri, gw_slice_of(vectors[i][0])), 0);
        assert_int_equal(gw_uri_parse(&expected, gw_slice_of(vectors[i][1])), 0);
        gw_uri_to_websocket(&uri);
        check_slice(uri.text, vectors[i][1]);
        assert_true(gw_slice_equal(uri.authority, expected.authority));
        assert_true(gw_slice_equal(uri.target, expected.target));
        assert_true(gw_uri_is_same_origin(&uri, &expected));
        gw_uri_dispose(&uri);
        gw_uri_dispose(&expected);
    }
}

static void missing_memory_is_told(void **state)
{
    struct gw_uri uri = {0};

    (void)state;
    gw_mem_fail_at(1);
    assert_int_equal(gw_uri_parse(&uri, GW_LIT("ws://a/")), GW_E_NOMEM);
    gw_mem_fail_at(0);
    gw_uri_dispose(&uri);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls_are_split_and_brought_into_normal_form),
        cmocka_unit_test(numeric_hosts_are_told_from_names),
        cmocka_unit_test(international_names_become_ascii),
        cmocka_unit_test(what_a_request_must_not_hold_is_encoded),
        cmocka_unit_test(dot_segments_are_walked),
        cmocka_unit_test(user_and_password_are_decoded_and_kept_out_of_the_text),
        cmocka_unit_test(bad_urls_are_refused_with_their_reason),
        cmocka_unit_test(long_urls_and_names_have_their_limit),
        cmocka_unit_test(references_are_resolved_at_their_base),
        cmocka_unit_test(references_to_other_schemes_are_refused),
        cmocka_unit_test(origins_are_scheme_host_and_port),
        cmocka_unit_test(http_can_be_turned_into_websocket),
        cmocka_unit_test(missing_memory_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
