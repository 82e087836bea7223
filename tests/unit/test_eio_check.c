/* SPDX-License-Identifier: MIT */
#include "eio/check.h"
#include "support/eio_world.h"

static struct gw_eio_check check(const struct world *w, const char *method, const char *query,
                                 bool is_upgrade)
{
    const struct gw_eio_request request = {
        .method = gw_slice_of(method), .query = gw_slice_of(query), .is_upgrade = is_upgrade};
    struct gw_eio_check out;

    gw_eio_check_request(&w->engine, &request, &out);
    return out;
}

static void refused(const struct gw_eio_check *got, enum gw_eio_error error, const char *context,
                    const char *culprit)
{
    assert_int_equal(got->action, GW_EIO_ACTION_REFUSE);
    assert_int_equal(got->error, error);
    assert_null(got->session);
    if (context)
        assert_string_equal(got->context, context);
    else
        assert_null(got->context);
    assert_true(gw_slice_equal(got->culprit, gw_slice_of(culprit)));
}

struct new_case {
    const char *method;
    const char *query;
    bool is_upgrade;
    int error; /* -1: a handshake */
    const char *context;
    const char *culprit;
};

static const struct new_case new_cases[] = {
    {"GET", "EIO=4&transport=polling", false, -1, NULL, NULL},
    {"GET", "EIO=4&transport=websocket", true, -1, NULL, NULL},
    {"GET", "EIO=4&transport=polling&sid=", false, -1, NULL, NULL},
    {"GET", "EIO=4&transport=abc&transport=polling", false, -1, NULL, NULL},
    {"GET", "EIO=4&transport=p%6flling&t=x", false, -1, NULL, NULL},
    {"GET", NULL, false, GW_EIO_UNKNOWN_TRANSPORT, NULL, ""},
    {"GET", "", false, GW_EIO_UNKNOWN_TRANSPORT, NULL, ""},
    {"GET", "EIO=4", false, GW_EIO_UNKNOWN_TRANSPORT, NULL, ""},
    {"GET", "EIO=4&transport=tobi", false, GW_EIO_UNKNOWN_TRANSPORT, NULL, "tobi"},
    {"GET", "EIO=4&transport=polling&transport=abc", false, GW_EIO_UNKNOWN_TRANSPORT, NULL, "abc"},
    {"GET", "EIO=4&transport=webtransport", false, GW_EIO_UNKNOWN_TRANSPORT, NULL, "webtransport"},
    {"GET", "EIO=4&transport=constructor", false, GW_EIO_UNKNOWN_TRANSPORT, NULL, "constructor"},
    /* An unknown sid comes before the method, the method before the transport's own rules. */
    {"PUT", "EIO=4&transport=polling&sid=test", false, GW_EIO_UNKNOWN_SID, NULL, "test"},
    {"GET", "EIO=4&transport=polling&sid=__proto__", false, GW_EIO_UNKNOWN_SID, NULL, "__proto__"},
    {"GET", "EIO=3&transport=polling&sid=AAAAAAAAAAAAAAAAAAAA", false, GW_EIO_UNKNOWN_SID, NULL,
     "AAAAAAAAAAAAAAAAAAAA"},
    {"GET", "EIO=4&transport=websocket&sid=x", true, GW_EIO_UNKNOWN_SID, NULL, "x"},
    {"POST", "EIO=4&transport=polling", false, GW_EIO_BAD_HANDSHAKE_METHOD, NULL, "POST"},
    {"OPTIONS", "EIO=4&transport=polling", false, GW_EIO_BAD_HANDSHAKE_METHOD, NULL, "OPTIONS"},
    {"OPTIONS", "EIO=4&transport=websocket", false, GW_EIO_BAD_HANDSHAKE_METHOD, NULL, "OPTIONS"},
    {"GET", "EIO=4&transport=websocket", false, GW_EIO_BAD_REQUEST, "TRANSPORT_HANDSHAKE_ERROR",
     "websocket"},
};

static void requests_without_a_session_are_checked_in_order(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, NULL);
    for (size_t i = 0; i < sizeof(new_cases) / sizeof(new_cases[0]); i++) {
        const struct new_case *c = &new_cases[i];
        struct gw_eio_check got = check(&w, c->method, c->query, c->is_upgrade);

        if (c->error >= 0) {
            refused(&got, (enum gw_eio_error)c->error, c->context, c->culprit);
            continue;
        }
        assert_int_equal(got.action, GW_EIO_ACTION_HANDSHAKE);
        gw_eio_check_handshake(&w.engine, &got);
        assert_int_equal(got.action, GW_EIO_ACTION_HANDSHAKE);
        assert_int_equal(got.transport, c->is_upgrade ? GW_EIO_WEBSOCKET : GW_EIO_POLLING);
        assert_int_equal(got.revision, GW_EIO_V4);
    }
    world_dispose(&w);
}

static void anything_but_4_is_revision_3(void **state)
{
    static const char *const queries[] = {"transport=polling", "transport=polling&EIO=3",
                                          "transport=polling&EIO=5", "transport=polling&EIO=04",
                                          "transport=polling&EIO=4&EIO=3"};
    static const char *const culprits[] = {"", "3", "5", "04", "3"};
    struct world w;

    (void)state;
    world_init(&w, NULL);
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        struct gw_eio_check got = check(&w, "GET", queries[i], false);

        assert_int_equal(got.action, GW_EIO_ACTION_HANDSHAKE);
        assert_int_equal(got.revision, GW_EIO_V3);
        gw_eio_check_handshake(&w.engine, &got);
        refused(&got, GW_EIO_UNSUPPORTED_PROTOCOL_VERSION, NULL, culprits[i]);
    }
    world_dispose(&w);
}

static void a_disabled_transport_is_unknown(void **state)
{
    struct gw_eio_options options;
    struct gw_eio_check got;
    struct world w;

    (void)state;
    gw_eio_options_init(&options);
    options.transports = 1U << GW_EIO_WEBSOCKET;
    world_init(&w, &options);
    got = check(&w, "GET", "EIO=4&transport=polling", false);
    refused(&got, GW_EIO_UNKNOWN_TRANSPORT, NULL, "polling");
    world_dispose(&w);
}

static void an_origin_must_not_hold_control_characters(void **state)
{
    struct gw_eio_request request = {
        .method = GW_LIT("GET"),
        .query = GW_LIT("EIO=4&transport=polling"),
        .origin = GW_LIT("http://a\x01"),
    };
    struct gw_eio_check got;
    struct world w;

    (void)state;
    world_init(&w, NULL);
    gw_eio_check_request(&w.engine, &request, &got);
    refused(&got, GW_EIO_BAD_REQUEST, "INVALID_ORIGIN", "http://a\x01");
    request.origin = GW_LIT("http://a\x7f");
    gw_eio_check_request(&w.engine, &request, &got);
    refused(&got, GW_EIO_BAD_REQUEST, "INVALID_ORIGIN", "http://a\x7f");
    request.origin = GW_LIT("http://a\t\xe4");
    gw_eio_check_request(&w.engine, &request, &got);
    assert_int_equal(got.action, GW_EIO_ACTION_HANDSHAKE);
    request.query = GW_LIT("EIO=4");
    request.origin = GW_LIT("\x01");
    gw_eio_check_request(&w.engine, &request, &got);
    refused(&got, GW_EIO_UNKNOWN_TRANSPORT, NULL, "");
    world_dispose(&w);
}

static struct gw_eio_check check_session(const struct world *w, const char *method,
                                         const char *rest, bool is_upgrade)
{
    char query[128];

    snprintf(query, sizeof(query), "sid=%.*s&%s", GW_ID_LEN, w->session->sid, rest);
    return check(w, method, query, is_upgrade);
}

static void the_method_decides_what_a_polling_request_is(void **state)
{
    static const struct {
        const char *method;
        enum gw_eio_action action;
    } cases[] = {{"GET", GW_EIO_ACTION_POLL},
                 {"POST", GW_EIO_ACTION_POST},
                 {"PUT", GW_EIO_ACTION_BAD_METHOD},
                 {"HEAD", GW_EIO_ACTION_BAD_METHOD}};
    struct world w;

    (void)state;
    world_init(&w, NULL);
    world_open_polling(&w);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct gw_eio_check got =
            check_session(&w, cases[i].method, "EIO=4&transport=polling", false);

        assert_int_equal(got.action, cases[i].action);
        assert_ptr_equal(got.session, w.session);
    }
    world_dispose(&w);
}

static void a_session_keeps_its_transport_and_revision(void **state)
{
    struct gw_eio_check got;
    struct world w;

    (void)state;
    world_init(&w, NULL);
    world_open_polling(&w);
    got = check_session(&w, "GET", "EIO=4&transport=websocket", false);
    assert_int_equal(got.action, GW_EIO_ACTION_REFUSE);
    assert_string_equal(got.context, "TRANSPORT_MISMATCH");
    got = check_session(&w, "GET", "EIO=3&transport=websocket", false);
    assert_string_equal(got.context, "TRANSPORT_MISMATCH"); /* comes first */
    got = check_session(&w, "GET", "EIO=3&transport=polling", false);
    assert_string_equal(got.context, "PROTOCOL_MISMATCH");
    got = check_session(&w, "GET", "EIO=3&transport=websocket", true);
    assert_string_equal(got.context, "PROTOCOL_MISMATCH");
    world_dispose(&w);
}

static void a_second_transport_may_come_once(void **state)
{
    struct gw_eio_check got;
    struct world w;

    (void)state;
    world_init(&w, NULL);
    world_open_polling(&w);
    got = check_session(&w, "GET", "EIO=4&transport=websocket", true);
    assert_int_equal(got.action, GW_EIO_ACTION_UPGRADE);
    assert_ptr_equal(got.session, w.session);
    got = check_session(&w, "GET", "EIO=4&transport=polling", true);
    assert_int_equal(got.action, GW_EIO_ACTION_TURN_AWAY);
    assert_int_equal(gw_eio_session_attach(w.session, &w.candidate.transport, w.now_ms), 0);
    got = check_session(&w, "GET", "EIO=4&transport=websocket", true);
    assert_int_equal(got.action, GW_EIO_ACTION_TURN_AWAY);
    world_text(&w, &w.candidate, "5");
    got = check_session(&w, "GET", "EIO=4&transport=websocket", true);
    assert_int_equal(got.action, GW_EIO_ACTION_TURN_AWAY);
    got = check_session(&w, "GET", "EIO=4&transport=polling", false);
    assert_string_equal(got.context, "TRANSPORT_MISMATCH");
    world_dispose(&w);
}

static void a_stream_session_takes_no_requests(void **state)
{
    struct gw_eio_check got;
    struct world w;

    (void)state;
    world_init(&w, NULL);
    world_open_stream(&w);
    got = check_session(&w, "GET", "EIO=4&transport=websocket", false);
    assert_int_equal(got.action, GW_EIO_ACTION_REFUSE);
    assert_string_equal(got.context, "TRANSPORT_HANDSHAKE_ERROR");
    got = check_session(&w, "GET", "EIO=4&transport=polling", false);
    assert_string_equal(got.context, "TRANSPORT_MISMATCH");
    got = check_session(&w, "GET", "EIO=4&transport=websocket", true);
    assert_int_equal(got.action, GW_EIO_ACTION_TURN_AWAY);
    world_dispose(&w);
}

static void an_upgrade_to_polling_is_turned_away(void **state)
{
    struct gw_eio_check got;
    struct world w;

    (void)state;
    world_init(&w, NULL);
    got = check(&w, "GET", "EIO=4&transport=polling", true);
    assert_int_equal(got.action, GW_EIO_ACTION_TURN_AWAY);
    world_dispose(&w);
}

static void b64_is_a_flag_of_the_request(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, NULL);
    assert_true(check(&w, "GET", "EIO=4&transport=polling&b64=1", false).wants_base64);
    assert_false(check(&w, "GET", "EIO=4&transport=polling&b64=", false).wants_base64);
    assert_false(check(&w, "GET", "EIO=4&transport=polling", false).wants_base64);
    world_dispose(&w);
}

static void errors_have_their_genuine_bodies(void **state)
{
    static const char *const bodies[] = {
        "{\"code\":0,\"message\":\"Transport unknown\"}",
        "{\"code\":1,\"message\":\"Session ID unknown\"}",
        "{\"code\":2,\"message\":\"Bad handshake method\"}",
        "{\"code\":3,\"message\":\"Bad request\"}",
        "{\"code\":4,\"message\":\"Forbidden\"}",
        "{\"code\":5,\"message\":\"Unsupported protocol version\"}",
    };

    (void)state;
    for (int code = 0; code < 6; code++) {
        assert_true(
            gw_slice_equal(gw_eio_error_json((enum gw_eio_error)code), gw_slice_of(bodies[code])));
        assert_int_equal(gw_eio_error_status((enum gw_eio_error)code), code == 4 ? 403 : 400);
    }
    assert_true(
        gw_slice_equal(gw_eio_error_text(GW_EIO_UNKNOWN_SID), GW_LIT("Session ID unknown")));
}

static void explained(const struct gw_eio_check *refusal, const char *expected)
{
    struct gw_buf out;

    gw_buf_init(&out, 1000);
    assert_int_equal(gw_eio_check_context(refusal, &out), 0);
    assert_int_equal(gw_buf_append_byte(&out, '\0'), 0);
    assert_string_equal((const char *)out.ptr, expected);
    gw_buf_dispose(&out);
}

static void a_refusal_has_the_genuine_context(void **state)
{
    struct world w;
    struct gw_eio_check got;

    (void)state;
    world_init(&w, NULL);
    got = check(&w, "GET", "EIO=4&transport=to%22bi", false);
    explained(&got, "{\"transport\":\"to\\\"bi\"}");
    got = check(&w, "GET", "EIO=4", false);
    explained(&got, "{}");
    got = check(&w, "GET", "EIO=4&transport=polling&sid=x%0ay", false);
    explained(&got, "{\"sid\":\"x\\ny\"}");
    got = check(&w, "PUT", "EIO=4&transport=polling", false);
    explained(&got, "{\"method\":\"PUT\"}");
    got = check(&w, "GET", "EIO=4&transport=websocket", false);
    explained(&got, "{\"name\":\"TRANSPORT_HANDSHAKE_ERROR\"}");
    got = check(&w, "GET", "transport=polling", false);
    gw_eio_check_handshake(&w.engine, &got);
    explained(&got, "{\"protocol\":3}");
    gw_eio_check_refuse(&got, GW_EIO_FORBIDDEN, NULL, GW_LIT("not you"));
    explained(&got, "{\"message\":\"not you\"}");
    gw_eio_check_refuse(&got, GW_EIO_BAD_REQUEST, "INVALID_ORIGIN", GW_LIT("a\x01"));
    explained(&got, "{\"name\":\"INVALID_ORIGIN\",\"origin\":\"a\\u0001\"}");
    got.transport = GW_EIO_POLLING;
    gw_eio_check_refuse(&got, GW_EIO_BAD_REQUEST, "TRANSPORT_MISMATCH", GW_LIT("polling"));
    explained(&got, "{\"name\":\"TRANSPORT_MISMATCH\",\"transport\":\"polling\","
                    "\"previousTransport\":\"websocket\"}");
    gw_eio_check_refuse(&got, GW_EIO_BAD_REQUEST, "PROTOCOL_MISMATCH", GW_LIT("3"));
    explained(&got, "{\"name\":\"PROTOCOL_MISMATCH\",\"protocol\":3,\"previousProtocol\":4}");
    world_dispose(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_without_a_session_are_checked_in_order),
        cmocka_unit_test(anything_but_4_is_revision_3),
        cmocka_unit_test(a_disabled_transport_is_unknown),
        cmocka_unit_test(an_origin_must_not_hold_control_characters),
        cmocka_unit_test(the_method_decides_what_a_polling_request_is),
        cmocka_unit_test(a_session_keeps_its_transport_and_revision),
        cmocka_unit_test(a_second_transport_may_come_once),
        cmocka_unit_test(a_stream_session_takes_no_requests),
        cmocka_unit_test(an_upgrade_to_polling_is_turned_away),
        cmocka_unit_test(b64_is_a_flag_of_the_request),
        cmocka_unit_test(errors_have_their_genuine_bodies),
        cmocka_unit_test(a_refusal_has_the_genuine_context),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
