/* SPDX-License-Identifier: MIT */
#include "client/opening.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct gw_ws_opening *opening_for(const char *url,
                                         const struct gw_ws_client_options *options)
{
    struct gw_ws_opening *opening = gw_ws_opening_create();
    char why[GW_DIAL_WHY_MAX] = "";

    assert_non_null(opening);
    if (gw_ws_opening_fill(opening, url, options, why) != 0)
        fail_msg("%s", why);
    return opening;
}

static void the_target_is_what_the_url_and_the_options_say(void **state)
{
    const struct gw_ws_client_options options = {
        .proxy = "http://proxy.test:3128",
        .dns_servers = "192.0.2.53",
        .handshake_timeout_ms = 7,
    };
    struct gw_ws_opening *opening = opening_for("http://[::1]:81/x", &options);
    struct gw_dial_target target;

    (void)state;
    gw_ws_opening_target(opening, &target);
    assert_string_equal(target.host, "::1");
    assert_int_equal(target.port, 81);
    assert_string_equal((const char *)target.proxy->host.ptr, "proxy.test");
    assert_string_equal(target.dns_servers, "192.0.2.53");
    assert_null(target.path);
    assert_null(target.tls);
    assert_int_equal(target.connect_timeout_ms, 10000);
    assert_int_equal(target.handshake_timeout_ms, 7);
    gw_ws_opening_destroy(opening);
}

static void a_secure_url_gets_tls(void **state)
{
    const struct gw_client_tls_options tls = {.is_insecure = true};
    const struct gw_ws_client_options options = {.tls_options = &tls};
    struct gw_ws_opening *opening = opening_for("wss://a.test", &options);
    struct gw_dial_target target;

    (void)state;
    gw_ws_opening_target(opening, &target);
    assert_non_null(target.tls);
    assert_int_equal(target.port, 443);
    gw_ws_opening_destroy(opening);
}

static void each_request_has_a_fresh_key(void **state)
{
    struct gw_ws_opening *opening = opening_for("ws://a.test", &(struct gw_ws_client_options){0});
    uint8_t key[GW_WS_KEY_LEN];
    struct gw_buf out;

    (void)state;
    gw_buf_init(&out, 4096);
    assert_int_equal(gw_ws_opening_ask(opening, NULL, &out), 0);
    memcpy(key, opening->request.key, sizeof(key));
    assert_int_equal(gw_ws_opening_ask(opening, NULL, &out), 0);
    assert_memory_not_equal(key, opening->request.key, sizeof(key));
    gw_buf_dispose(&out);
    gw_ws_opening_destroy(opening);
}

static int redirect(struct gw_ws_opening *opening, const char *location, char *why)
{
    const struct gw_http_field field = {GW_LIT("Location"), gw_slice_of(location)};
    const struct gw_http_response_head head = {
        .status = 302,
        .line = GW_LIT("HTTP/1.1 302 Found"),
        .fields = &field,
        .field_count = location ? 1 : 0,
    };

    assert_true(gw_ws_opening_is_redirect(&head));
    return gw_ws_opening_redirect(opening, &head, why);
}

static void redirects_keep_to_their_rules(void **state)
{
    static const char *const headers[] = {"Cookie: a=b", "X: y", NULL};
    const struct gw_client_tls_options tls = {.is_insecure = true};
    const struct gw_ws_client_options options = {
        .max_redirects = 3, .headers = headers, .tls_options = &tls};
    struct gw_ws_opening *opening = opening_for("ws://u:p@a.test/b/c", &options);
    char why[GW_DIAL_WHY_MAX];

    (void)state;
    assert_int_equal(redirect(opening, NULL, why), GW_E_PROTO);
    assert_int_equal(redirect(opening, "ws://", why), GW_E_PROTO);
    assert_string_equal(why, "redirect to ws://: there is no host");
    assert_int_equal(redirect(opening, "d", why), 0);
    assert_true(gw_slice_equal(opening->uri.text, GW_LIT("ws://a.test/b/d")));
    assert_true(gw_slice_equal(gw_buf_slice(&opening->lines),
                               GW_LIT("Cookie: a=b\r\nX: y\r\nAuthorization: Basic dTpw\r\n")));
    assert_int_equal(redirect(opening, "https://b.test/", why), 0);
    assert_true(gw_slice_equal(opening->uri.text, GW_LIT("wss://b.test/")));
    assert_true(gw_slice_equal(gw_buf_slice(&opening->lines), GW_LIT("X: y\r\n")));
    assert_int_equal(redirect(opening, "http://b.test/", why), GW_E_REFUSED);
    assert_string_equal(why, "redirect from wss to ws is not followed: http://b.test/");
    assert_int_equal(redirect(opening, "/x", why), 0);
    assert_int_equal(redirect(opening, "/y", why), GW_E_REFUSED);
    gw_ws_opening_destroy(opening);
}

static void own_credentials_win_over_those_of_the_url(void **state)
{
    static const char *const headers[] = {"X: y", "AUTHORIZATION: Bearer z", NULL};
    const struct gw_ws_client_options options = {.headers = headers};
    struct gw_ws_opening *opening = opening_for("ws://u:p@a.test/", &options);

    (void)state;
    assert_true(gw_slice_equal(gw_buf_slice(&opening->lines),
                               GW_LIT("X: y\r\nAUTHORIZATION: Bearer z\r\n")));
    gw_ws_opening_destroy(opening);
}

static void other_answers_are_no_redirects(void **state)
{
    static const uint16_t others[] = {101, 200, 300, 304, 305, 306, 309, 400};

    (void)state;
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        assert_false(
            gw_ws_opening_is_redirect(&(struct gw_http_response_head){.status = others[i]}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_target_is_what_the_url_and_the_options_say),
        cmocka_unit_test(a_secure_url_gets_tls),
        cmocka_unit_test(each_request_has_a_fresh_key),
        cmocka_unit_test(redirects_keep_to_their_rules),
        cmocka_unit_test(own_credentials_win_over_those_of_the_url),
        cmocka_unit_test(other_answers_are_no_redirects),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
