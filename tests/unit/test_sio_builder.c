/* SPDX-License-Identifier: MIT */
#include "sio/builder.h"

#include "codec/json.h"
#include "support/failing.h"
#include "support/sio_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void check(const gw_args *args, const char *expected)
{
    struct gw_slice text = gw_args_json_text(args);

    assert_int_equal(gw_args_error(args), 0);
    assert_int_equal(text.len, strlen(expected));
    assert_memory_equal(text.ptr, expected, text.len);
    assert_int_equal(gw_json_values_check(text, NULL), 0);
}

static void each_kind_of_value_is_written(void **state)
{
    gw_args args;

    (void)state;
    gw_args_init(&args);
    check(&args, "");
    gw_args_string(&args, "a \"quoted\" \n text");
    gw_args_string(&args, NULL);
    gw_args_string_slice(&args, GW_LIT("a\0b"));
    gw_args_string(&args, "bad \xff\xc3 bytes");
    gw_args_number(&args, 0.5);
    gw_args_int(&args, INT64_MIN);
    gw_args_uint(&args, UINT64_MAX);
    gw_args_int(&args, 7);
    gw_args_bool(&args, true);
    gw_args_bool(&args, false);
    gw_args_null(&args);
    gw_args_json(&args, " {\"a\": [1]} ");
    check(&args,
          "\"a \\\"quoted\\\" \\n text\",null,\"a\\u0000b\",\"bad \xef\xbf\xbd\xef\xbf\xbd bytes\","
          "0.5,-9223372036854775808,18446744073709551615,7,true,false,null, {\"a\": [1]} ");
    gw_args_dispose(&args);
}

static void arrays_and_objects_nest(void **state)
{
    gw_args args;

    (void)state;
    gw_args_init(&args);
    gw_args_begin_array(&args);
    gw_args_end_array(&args);
    gw_args_begin_object(&args);
    gw_args_end_object(&args);
    gw_args_begin_object(&args);
    gw_args_key(&args, "a");
    gw_args_begin_array(&args);
    gw_args_int(&args, 1);
    gw_args_begin_object(&args);
    gw_args_key(&args, "b\"");
    gw_args_null(&args);
    gw_args_key(&args, "c");
    gw_args_int(&args, 2);
    gw_args_end_object(&args);
    gw_args_int(&args, 3);
    gw_args_end_array(&args);
    gw_args_key(&args, "d");
    gw_args_string(&args, "");
    gw_args_end_object(&args);
    gw_args_int(&args, 4);
    check(&args, "[],{},{\"a\":[1,{\"b\\\"\":null,\"c\":2},3],\"d\":\"\"},4");
    gw_args_dispose(&args);
}

static void value_without_key(gw_args *args)
{
    gw_args_begin_object(args);
    gw_args_int(args, 1);
    gw_args_end_object(args);
}

static void key_without_value(gw_args *args)
{
    gw_args_begin_object(args);
    gw_args_key(args, "a");
    gw_args_end_object(args);
}

static void key_after_key(gw_args *args)
{
    gw_args_begin_object(args);
    gw_args_key(args, "a");
    gw_args_key(args, "b");
    gw_args_null(args);
    gw_args_end_object(args);
}

static void key_outside(gw_args *args)
{
    gw_args_key(args, "a");
    gw_args_null(args);
}

static void key_in_array(gw_args *args)
{
    gw_args_begin_array(args);
    gw_args_key(args, "a");
    gw_args_end_array(args);
}

static void null_key(gw_args *args)
{
    gw_args_begin_object(args);
    gw_args_key(args, NULL);
    gw_args_null(args);
    gw_args_end_object(args);
}

static void open_array(gw_args *args)
{
    gw_args_begin_array(args);
}

static void wrong_end(gw_args *args)
{
    gw_args_begin_array(args);
    gw_args_end_object(args);
}

static void end_of_nothing(gw_args *args)
{
    gw_args_end_array(args);
}

static void bad_json(gw_args *args)
{
    gw_args_json(args, "1,2");
}

static void no_json(gw_args *args)
{
    gw_args_json(args, NULL);
}

static void json_that_is_no_utf8(gw_args *args)
{
    gw_args_json(args, "\"\xff\"");
}

static void the_first_mistake_stays_until_the_reset(void **state)
{
    static void (*const mistakes[])(gw_args *) = {
        value_without_key, key_without_value, key_after_key, key_outside,
        key_in_array,      null_key,          open_array,    wrong_end,
        end_of_nothing,    bad_json,          no_json,       json_that_is_no_utf8,
    };
    gw_args args;

    (void)state;
    gw_args_init(&args);
    for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
        gw_args_reset(&args);
        gw_args_int(&args, 1);
        mistakes[i](&args);
        gw_args_int(&args, 2);
        assert_int_equal(gw_args_error(&args), GW_E_ARG);
        assert_int_equal(gw_args_json_text(&args).len, 0);
        gw_args_reset(&args);
        gw_args_int(&args, 3);
        check(&args, "3");
    }
    gw_args_dispose(&args);
}

static void depth_and_attachments_have_limits(void **state)
{
    gw_args args;

    (void)state;
    gw_args_init(&args);
    for (int i = 0; i < GW_ARGS_DEPTH_MAX; i++)
        gw_args_begin_array(&args);
    for (int i = 0; i < GW_ARGS_DEPTH_MAX; i++)
        gw_args_end_array(&args);
    assert_int_equal(gw_args_error(&args), 0);
    gw_args_reset(&args);
    for (int i = 0; i <= GW_ARGS_DEPTH_MAX; i++)
        gw_args_begin_array(&args);
    assert_int_equal(gw_args_error(&args), GW_E_LIMIT);
    gw_args_reset(&args);
    for (int i = 0; i < GW_ATTACHMENTS_MAX; i++)
        gw_args_binary(&args, GW_LIT("x"));
    assert_int_equal(gw_args_error(&args), 0);
    gw_args_binary(&args, GW_LIT("x"));
    assert_int_equal(gw_args_error(&args), GW_E_LIMIT);
    gw_args_dispose(&args);
}

static void short_ones_take_no_memory_and_long_ones_grow(void **state)
{
    char text[5000];
    gw_args args, moved;

    (void)state;
    gw_args_init(&args);
    gw_args_string(&args, "short");
    assert_null(args.heap);
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    for (int i = 0; i < 5; i++)
        gw_args_string(&args, text);
    assert_non_null(args.heap);
    moved = args;
    assert_int_equal(gw_args_error(&moved), 0);
    assert_int_equal(gw_args_json_text(&moved).len, 7 + 5 * (sizeof(text) + 2));
    gw_args_dispose(&moved);
}

static void it_is_emitted_as_often_as_one_likes(void **state)
{
    struct fixture fx;
    struct client *client;
    gw_args args;

    (void)state;
    fixture_open(&fx, NULL);
    client = client_open(&fx);
    say(client, "40");
    forget(client);
    gw_args_init(&args);
    gw_args_string(&args, "Ada");
    gw_args_begin_object(&args);
    gw_args_key(&args, "photo");
    gw_args_binary(&args, GW_LIT("\x01\x02"));
    gw_args_end_object(&args);
    gw_args_binary(&args, GW_LIT(""));
    assert_int_equal(gw_emit_args(gw_everyone(fx.nsp), "a", &args), 1);
    assert_int_equal(gw_emit_args(gw_everyone(fx.nsp), "a", &args), 1);
    assert_string_equal(client->out,
                        "452-[\"a\",\"Ada\",{\"photo\":{\"_placeholder\":true,\"num\":0}},"
                        "{\"_placeholder\":true,\"num\":1}]|B0102|B|"
                        "452-[\"a\",\"Ada\",{\"photo\":{\"_placeholder\":true,\"num\":0}},"
                        "{\"_placeholder\":true,\"num\":1}]|B0102|B|");
    forget(client);
    gw_args_json(&args, "{\"_placeholder\":true,\"num\":2}");
    assert_int_equal(gw_emit_args(gw_everyone(fx.nsp), "a", &args), GW_E_ARG);
    gw_args_reset(&args);
    gw_args_begin_array(&args);
    assert_int_equal(gw_emit_args(gw_everyone(fx.nsp), "a", &args), GW_E_ARG);
    assert_string_equal(client->out, "");
    gw_args_dispose(&args);
    client_free(client);
    fixture_close(&fx);
}

static void build(struct failing *failing, void *user)
{
    static const uint8_t picture[] = {1, 2, 3};
    gw_args args;
    int err;

    (void)user;
    gw_args_init(&args);
    failing_begin(failing);
    gw_args_begin_object(&args);
    for (int i = 0; i < 40; i++) {
        gw_args_key(&args, "a key that is long enough to make it grow");
        gw_args_begin_array(&args);
        gw_args_string(&args, "bad \xff bytes");
        gw_args_number(&args, 0.5);
        gw_args_json(&args, "{\"a\":[1]}");
        if (i < GW_ATTACHMENTS_MAX)
            gw_args_binary(&args, (struct gw_slice){picture, sizeof(picture)});
        gw_args_end_array(&args);
    }
    gw_args_end_object(&args);
    failing_end(failing);
    err = gw_args_error(&args);
    assert_int_equal(err, failing->is_reached ? GW_E_NOMEM : 0);
    gw_args_dispose(&args);
}

static void memory_that_runs_out_is_told_in_the_end(void **state)
{
    (void)state;
    assert_true(fail_each(build, NULL) >= 4);
}

static void ignore_answers(gw_namespace *nsp, const gw_answers *answers, int err, void *user)
{
    (void)nsp;
    (void)answers;
    (void)err;
    (void)user;
}

/* Of everything that takes arguments made by hand: either it is said, or the call tells of it. */
static void emit_built(struct failing *failing, void *user)
{
    const gw_args *args = user;
    struct fixture fx;
    struct client *client;
    int errs[3];

    fixture_open(&fx, NULL);
    client = client_open_on(&fx, &client_polling_ops);
    say(client, "40");
    failing_begin(failing);
    errs[0] = gw_emit_args(gw_everyone(fx.nsp), "e\n", args);
    errs[1] = gw_emit_ack_all_args(gw_everyone(fx.nsp), "q", args, 10, ignore_answers, NULL);
    errs[2] = gw_emitf(gw_everyone(fx.nsp), "f", "%s,{'a':[%d,%j]}", "x\n", 7, "[1]");
    failing_end(failing);
    for (size_t i = 0; i < 3; i++)
        assert_true((errs[i] >= 0 && errs[i] <= 1) || errs[i] == GW_E_NOMEM);
    turn(&fx);
    client_free(client);
    fixture_close(&fx);
}

static void emitting_what_was_built_may_find_no_memory(void **state)
{
    static const uint8_t picture[] = {1, 2, 3};
    gw_args args;

    (void)state;
    gw_args_init(&args);
    gw_args_binary(&args, (struct gw_slice){picture, sizeof(picture)});
    assert_true(fail_each(emit_built, &args) >= 8);
    gw_args_dispose(&args);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_of_value_is_written),
        cmocka_unit_test(arrays_and_objects_nest),
        cmocka_unit_test(the_first_mistake_stays_until_the_reset),
        cmocka_unit_test(depth_and_attachments_have_limits),
        cmocka_unit_test(short_ones_take_no_memory_and_long_ones_grow),
        cmocka_unit_test(it_is_emitted_as_often_as_one_likes),
        cmocka_unit_test(memory_that_runs_out_is_told_in_the_end),
        cmocka_unit_test(emitting_what_was_built_may_find_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
