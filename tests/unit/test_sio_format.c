/* SPDX-License-Identifier: MIT */
#include "support/failing.h"
#include "support/sio_fixture.h"

#include <godwit/args.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define CHECK(expected, ...)                                                                       \
    do {                                                                                           \
        gw_args args;                                                                              \
        gw_args_init(&args);                                                                       \
        gw_args_format(&args, __VA_ARGS__);                                                        \
        assert_int_equal(gw_args_error(&args), 0);                                                 \
        assert_int_equal(gw_args_json_text(&args).len, strlen(expected));                          \
        assert_memory_equal(gw_args_json_text(&args).ptr, expected, strlen(expected));             \
        gw_args_dispose(&args);                                                                    \
    } while (0)

#define REFUSE(...)                                                                                \
    do {                                                                                           \
        gw_args args;                                                                              \
        gw_args_init(&args);                                                                       \
        gw_args_format(&args, __VA_ARGS__);                                                        \
        assert_int_equal(gw_args_error(&args), GW_E_ARG);                                          \
        gw_args_dispose(&args);                                                                    \
    } while (0)

static void conversions_become_whole_values(void **state)
{
    (void)state;
    CHECK("", "");
    CHECK("\"a\\\"b\"", "%s", "a\"b");
    CHECK("null", "%s", (char *)NULL);
    CHECK("\"ab\"", "%.*s", 2, "abc");
    CHECK("-1,-2,-3,-4,-5,-6", "%d,%i,%ld,%lld,%zd,%jd", -1, -2, -3L, -4LL, (ssize_t)-5,
          (intmax_t)-6);
    CHECK("1,2,3,4,5", "%u,%lu,%llu,%zu,%ju", 1U, 2UL, 3ULL, (size_t)4, (uintmax_t)5);
    CHECK("-9223372036854775808,18446744073709551615", "%lld,%llu", INT64_MIN + 0LL,
          UINT64_MAX + 0ULL);
    CHECK("0.1,1e+21,null", "%f,%g,%f", 0.1, 1e21, (double)(1e308 * 10));
    CHECK("true,false", "%b,%b", 1, 0);
    CHECK("[1,{}],\"50%\"", "%j,\"50%%\"", "[1,{}]");
    CHECK("{\"name\":\"x\",\"list\":[1,2]}", "{\"name\":%s,\"list\":[%d,%d]}", "x", 1, 2);
}

static void strings_of_the_format_may_stand_in_single_quotes(void **state)
{
    (void)state;
    CHECK("{\"a\":\"say \\\"hi\\\" it's\"}", "{'a':'say \"hi\" it\\'s'}");
    CHECK("\"it's\"", "\"it's\"");
    CHECK("\"\\\\\",\"\\\"\"", "'\\\\','\\\"'");
}

static void inside_a_string_the_text_is_escaped(void **state)
{
    (void)state;
    CHECK("\"Hello A\\\"da, 7 \\ufeff times\"", "'Hello %s, %d \\ufeff times'", "A\"da", 7);
    CHECK("\"\",1,\"\"", "'%s',1,'%s'", "", "");
    /* Neither the quote nor the backslash of what comes in ends the string. */
    CHECK("\"\\\",1,\\\"\"", "\"%s\"", "\",1,\"");
    CHECK("\"\\\\\",\"x\"", "'%s','x'", "\\");
    CHECK("\"\\u0000\"", "'%.*s'", 1, "\0");
}

static void what_is_no_json_is_refused(void **state)
{
    (void)state;
    REFUSE("%s%s", "a", "b");
    REFUSE("{%s}", "a");
    REFUSE("%j", "1,2");
    REFUSE("%j", "\"\xff\"");
    REFUSE("'%j'", "1");
    REFUSE("'open");
    REFUSE("'open\\");
    REFUSE("%");
    REFUSE("%x", 1);
    REFUSE("%5d", 1);
    REFUSE("%ls", "a");
    REFUSE("%lj", "1");
    REFUSE("%.*s", -1, "a");
    REFUSE("\xff");
    REFUSE("1,");
    REFUSE(",1");
}

static void it_fits_in_where_a_builder_stands(void **state)
{
    gw_args args;

    (void)state;
    gw_args_init(&args);
    gw_args_int(&args, 1);
    gw_args_format(&args, "%d,%d", 2, 3);
    gw_args_format(&args, "");
    gw_args_begin_object(&args);
    gw_args_key(&args, "a");
    gw_args_format(&args, "[%s]", "x");
    gw_args_end_object(&args);
    assert_int_equal(gw_args_error(&args), 0);
    assert_memory_equal(gw_args_json_text(&args).ptr, "1,2,3,{\"a\":[\"x\"]}", 17);
    gw_args_begin_object(&args);
    gw_args_key(&args, "a");
    gw_args_format(&args, "1,2");
    assert_int_equal(gw_args_error(&args), GW_E_ARG);
    gw_args_dispose(&args);
}

static void on_question(gw_socket *socket, const gw_event *event, void *user)
{
    (void)socket;
    (void)user;
    assert_int_equal(gw_ackf(event, "%s,%d", "ok", 1), 0);
}

static void it_is_emitted_and_answered(void **state)
{
    struct fixture fx;
    struct client *client;

    (void)state;
    fixture_open(&fx, NULL);
    assert_int_equal(gw_on(fx.nsp, "q", on_question, NULL), 0);
    client = client_open(&fx);
    say(client, "40");
    forget(client);
    assert_int_equal(gw_emitf(gw_everyone(fx.nsp), "a", "%s,{'n':%d}", "x", 1), 1);
    assert_int_equal(gw_emitf(gw_everyone(fx.nsp), "a", ""), 1);
    assert_int_equal(gw_emitf(gw_everyone(fx.nsp), "a", "%q"), GW_E_ARG);
    say(client, "423[\"q\"]");
    assert_string_equal(client->out, "42[\"a\",\"x\",{\"n\":1}]|42[\"a\"]|433[\"ok\",1]|");
    client_free(client);
    fixture_close(&fx);
}

static void format_all(struct failing *failing, void *user)
{
    gw_args args;

    (void)user;
    gw_args_init(&args);
    failing_begin(failing);
    gw_args_format(
        &args, "{'list':[%d,%s,'say %s',%j,%f],\"long\":%s}", 1, "a\nb", "\"", "[1]", 0.5,
        "a text that is long enough to make the buffer grow, and then grow once more, and then "
        "once more than that, until it has grown three times at least, which is enough");
    failing_end(failing);
    assert_int_equal(gw_args_error(&args), failing->is_reached ? GW_E_NOMEM : 0);
    gw_args_dispose(&args);
}

static void any_allocation_may_fail(void **state)
{
    (void)state;
    assert_true(fail_each(format_all, NULL) >= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conversions_become_whole_values),
        cmocka_unit_test(strings_of_the_format_may_stand_in_single_quotes),
        cmocka_unit_test(inside_a_string_the_text_is_escaped),
        cmocka_unit_test(what_is_no_json_is_refused),
        cmocka_unit_test(it_fits_in_where_a_builder_stands),
        cmocka_unit_test(it_is_emitted_and_answered),
        cmocka_unit_test(any_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
