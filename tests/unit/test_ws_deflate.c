/* SPDX-License-Identifier: MIT */
/* How permessage-deflate is agreed on (RFC 7692 5 and 7.1): tables of offers and answers. */
#include "ws/deflate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static const struct gw_ws_deflate defaults;
static const struct gw_ws_deflate own = {.has_own_compressor = true, .has_own_decompressor = true};
static const struct gw_ws_deflate narrow = {.has_own_compressor = true,
                                            .has_own_decompressor = true,
                                            .window_bits = 11,
                                            .peer_window_bits = 10};

static struct gw_http_field field(const char *value)
{
    return (struct gw_http_field){GW_LIT("sec-websocket-extensions"), gw_slice_of(value)};
}

static struct gw_ws_deflate filled(const struct gw_ws_deflate *options)
{
    struct gw_ws_deflate out;

    assert_int_equal(gw_ws_deflate_fill(&out, options), 0);
    return out;
}

/* answer NULL: no offer is taken. */
static void check_offer(const struct gw_ws_deflate *options, const char *offer, const char *answer)
{
    struct gw_ws_deflate wish = filled(options);
    struct gw_http_field fields[] = {field(offer)};
    struct gw_http_request request = {.fields = fields, .field_count = offer ? 1 : 0};
    struct gw_ws_deflate_params params;
    uint8_t text[GW_WS_DEFLATE_TEXT_MAX + 1];
    bool is_taken = gw_ws_deflate_accept(&wish, &request, &params);

    if (is_taken != (answer != NULL))
        print_error("%s\n", offer ? offer : "(none)");
    assert_int_equal(is_taken, answer != NULL);
    if (!is_taken)
        return;
    text[gw_ws_deflate_encode_answer(text, &params)] = '\0';
    assert_string_equal((char *)text, answer);
}

#define BARE     "permessage-deflate"
#define SNO      "; server_no_context_takeover"
#define CNO      "; client_no_context_takeover"
#define SBITS(n) "; server_max_window_bits=" n
#define CBITS(n) "; client_max_window_bits=" n
#define CBARE    "; client_max_window_bits"

/* 7.1.3: the examples */
static void examples_of_the_standard_are_answered(void **state)
{
    (void)state;
    check_offer(&own, BARE, BARE);
    check_offer(&own, BARE CBARE, BARE);
    check_offer(&own, BARE CBARE SBITS("10"), BARE SBITS("10"));
    check_offer(&own, BARE CBARE SBITS("10") ", " BARE CBARE, BARE SBITS("10"));
}

static void shared_compressors_give_up_the_context(void **state)
{
    (void)state;
    check_offer(&defaults, BARE, BARE SNO CNO);
    check_offer(&defaults, BARE CBARE, BARE SNO CNO);
    check_offer(&defaults, BARE SNO CNO, BARE SNO CNO);
    check_offer(&(struct gw_ws_deflate){.has_own_compressor = true}, BARE, BARE CNO);
    check_offer(&(struct gw_ws_deflate){.has_own_decompressor = true}, BARE, BARE SNO);
}

/* 7.1.1.1: a demand, to be confirmed; 7.1.1.2: a hint, which saves us a window */
static void context_is_given_up_when_asked(void **state)
{
    (void)state;
    check_offer(&own, BARE SNO, BARE SNO);
    check_offer(&own, BARE CNO, BARE CNO);
    check_offer(&own, BARE CNO SNO, BARE SNO CNO);
}

/* 7.1.2.1: confirmed with the same or a smaller value; zlib cannot make 8 */
static void server_window_is_limited_when_demanded(void **state)
{
    (void)state;
    for (int bits = 9; bits <= 15; bits++) {
        char offer[64];

        snprintf(offer, sizeof offer, BARE "; server_max_window_bits=%d", bits);
        check_offer(&own, offer, offer);
    }
    check_offer(&own, BARE SBITS("8"), NULL);
    check_offer(&narrow, BARE SBITS("15"), BARE SBITS("11"));
    check_offer(&narrow, BARE SBITS("9"), BARE SBITS("9"));
    check_offer(&narrow, BARE, BARE);
}

/* 7.1.2.2: only who offers it may be asked, and never for more than the hint says */
static void client_window_is_limited_where_allowed(void **state)
{
    (void)state;
    check_offer(&narrow, BARE CBARE, BARE CBITS("10"));
    check_offer(&narrow, BARE CBITS("15"), BARE CBITS("10"));
    check_offer(&narrow, BARE CBITS("9"), BARE CBITS("9"));
    check_offer(&own, BARE CBITS("12"), BARE CBITS("12"));
    check_offer(&own, BARE CBITS("15"), BARE);
    /* we never ask for 8: clients with zlib could not */
    check_offer(&own, BARE CBITS("8"), BARE);
    check_offer(&narrow, BARE CBITS("8"), BARE);
}

/* 7.1: "A server MUST decline an extension negotiation offer for this extension if ..." */
static void malformed_offers_are_declined(void **state)
{
    static const char *const offers[] = {
        BARE "; unknown",
        BARE "; unknown=1",
        BARE SNO "=1",
        BARE CNO "=true",
        BARE SNO SNO,
        BARE CNO CNO,
        BARE SBITS("10") SBITS("10"),
        BARE CBARE CBARE,
        BARE CBARE CBITS("10"),
        BARE "; server_max_window_bits",
        BARE SBITS("7"),
        BARE SBITS("16"),
        BARE SBITS("0"),
        BARE SBITS("010"),
        BARE SBITS("1"),
        BARE SBITS("1e1"),
        BARE SBITS("-9"),
        BARE SBITS("100000000000"),
        BARE SBITS("18446744073709551626"),
        BARE CBITS("7"),
        BARE CBITS("16"),
        BARE CBITS("09"),
        BARE CBITS("x"),
        BARE "; Server_No_Context_Takeover",
        "permessage-foo",
        "x-webkit-deflate-frame",
        "permessage-deflat",
    };

    (void)state;
    for (size_t i = 0; i < sizeof offers / sizeof *offers; i++)
        check_offer(&own, offers[i], NULL);
    check_offer(&own, NULL, NULL);
}

static void quoted_values_are_read(void **state)
{
    (void)state;
    check_offer(&own, BARE "; server_max_window_bits=\"10\"", BARE SBITS("10"));
    check_offer(&own, BARE "; server_max_window_bits=\"1\\0\"", BARE SBITS("10"));
    check_offer(&own, BARE " ;  client_max_window_bits = \"12\"", BARE CBITS("12"));
}

/* 5.1: "preferred first" */
static void first_offer_that_can_be_met_wins(void **state)
{
    (void)state;
    check_offer(&own, BARE SBITS("8") ", " BARE SBITS("9"), BARE SBITS("9"));
    check_offer(&own, "foo, " BARE "; bar, " BARE SNO ", " BARE, BARE SNO);
    check_offer(&own, BARE SBITS("8") ", " BARE, BARE);
    check_offer(&own, "foo; a=b, , " BARE, BARE);
}

static void offers_may_be_spread_over_fields(void **state)
{
    struct gw_ws_deflate wish = filled(&own);
    struct gw_http_field fields[] = {field(BARE SBITS("8")), field(BARE SBITS("12"))};
    struct gw_http_request request = {.fields = fields, .field_count = 2};
    struct gw_ws_deflate_params params;

    (void)state;
    assert_true(gw_ws_deflate_accept(&wish, &request, &params));
    assert_int_equal(params.server_max_window_bits, 12);
}

static void check_our_offer(const struct gw_ws_deflate *options, const char *expected)
{
    struct gw_ws_deflate wish = filled(options);
    uint8_t text[GW_WS_DEFLATE_TEXT_MAX + 1];

    text[gw_ws_deflate_encode_offer(text, &wish)] = '\0';
    assert_string_equal((char *)text, expected);
}

static void client_offers_what_it_can(void **state)
{
    (void)state;
    check_our_offer(&defaults, BARE SNO CNO CBARE);
    check_our_offer(&own, BARE CBARE);
    check_our_offer(&narrow, BARE SBITS("10") CBITS("11"));
}

/* why NULL: the answer is good. */
static void check_answer(const struct gw_ws_deflate *options, const char *answer, int result,
                         const char *why)
{
    struct gw_ws_deflate wish = options ? filled(options) : defaults;
    struct gw_http_field fields[] = {field(answer)};
    struct gw_ws_deflate_params params;
    const char *reason;
    int got = gw_ws_deflate_check_answer(options ? &wish : NULL, fields, answer ? 1 : 0, &params,
                                         &reason);

    if (got != result)
        print_error("%s\n", answer ? answer : "(none)");
    assert_int_equal(got, result);
    if (why)
        assert_string_equal(reason, why);
    else
        assert_null(reason);
}

static void good_answers_are_taken(void **state)
{
    (void)state;
    check_answer(&own, NULL, 0, NULL);
    check_answer(NULL, NULL, 0, NULL);
    check_answer(&own, BARE, 1, NULL);
    check_answer(&defaults, BARE SNO, 1, NULL);
    check_answer(&defaults, BARE SNO CNO CBITS("8"), 1, NULL);
    /* 7.1.1.1, 7.1.1.2, 7.1.2.1: a server may say these unasked */
    check_answer(&own, BARE SNO CNO SBITS("8") CBITS("15"), 1, NULL);
    check_answer(&narrow, BARE SBITS("10"), 1, NULL);
    check_answer(&narrow, BARE SBITS("9") CBITS("11"), 1, NULL);
}

/* 7.1: "A client MUST _Fail the WebSocket Connection_ if ..."; RFC 6455 9.1 for what was not offered */
static void bad_answers_fail_the_connection(void **state)
{
    static const struct {
        const struct gw_ws_deflate *options;
        const char *answer, *why;
    } cases[] = {
        {NULL, BARE, "an extension that was not offered"},
        {&own, "permessage-foo", "an extension that was not offered"},
        {&own, BARE ", " BARE, "more than one extension in the answer"},
        {&own, BARE ", foo", "more than one extension in the answer"},
        {&own, BARE ";", "Sec-WebSocket-Extensions is malformed"},
        {&own, BARE "; unknown", "malformed parameter of permessage-deflate"},
        {&own, BARE SNO SNO, "malformed parameter of permessage-deflate"},
        {&own, BARE SNO "=1", "malformed parameter of permessage-deflate"},
        {&own, BARE SBITS("16"), "malformed parameter of permessage-deflate"},
        {&own, BARE SBITS("7"), "malformed parameter of permessage-deflate"},
        {&own, BARE CBITS("07"), "malformed parameter of permessage-deflate"},
        {&own, BARE CBARE, "window bits without a value in the answer"},
        {&own, BARE "; server_max_window_bits", "window bits without a value in the answer"},
        {&defaults, BARE, "server_no_context_takeover was demanded and is not in the answer"},
        {&narrow, BARE, "server_max_window_bits was demanded and is not in the answer"},
        {&narrow, BARE SBITS("11"), "server_max_window_bits is larger than demanded"},
        {&narrow, BARE SBITS("10") CBITS("12"), "client_max_window_bits is larger than offered"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_answer(cases[i].options, cases[i].answer, GW_E_PROTO, cases[i].why);
}

static void options_out_of_range_are_refused(void **state)
{
    static const struct gw_ws_deflate bad[] = {
        {.level = 10},           {.mem_level = 10},       {.window_bits = 8},
        {.window_bits = 16},     {.peer_window_bits = 8}, {.peer_window_bits = 16},
        {.peer_window_bits = 1},
    };
    struct gw_ws_deflate out;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(gw_ws_deflate_fill(&out, &bad[i]), GW_E_ARG);
    out = filled(&defaults);
    assert_int_equal(out.window_bits, 15);
    assert_int_equal(out.peer_window_bits, 15);
    assert_int_equal(out.mem_level, 8);
    assert_int_equal(out.threshold_bytes, 1024);
}

static void longest_text_fits(void **state)
{
    static const struct gw_ws_deflate_params params = {true, true, 15, 15};
    uint8_t text[GW_WS_DEFLATE_TEXT_MAX];

    (void)state;
    assert_true(gw_ws_deflate_encode_answer(text, &params) < sizeof text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_of_the_standard_are_answered),
        cmocka_unit_test(shared_compressors_give_up_the_context),
        cmocka_unit_test(context_is_given_up_when_asked),
        cmocka_unit_test(server_window_is_limited_when_demanded),
        cmocka_unit_test(client_window_is_limited_where_allowed),
        cmocka_unit_test(malformed_offers_are_declined),
        cmocka_unit_test(quoted_values_are_read),
        cmocka_unit_test(first_offer_that_can_be_met_wins),
        cmocka_unit_test(offers_may_be_spread_over_fields),
        cmocka_unit_test(client_offers_what_it_can),
        cmocka_unit_test(good_answers_are_taken),
        cmocka_unit_test(bad_answers_fail_the_connection),
        cmocka_unit_test(options_out_of_range_are_refused),
        cmocka_unit_test(longest_text_fits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
