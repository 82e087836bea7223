/* SPDX-License-Identifier: MIT */
#include <godwit/sio/value.h>

#include "support/sio_fixture.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct gw_slice absent = {NULL, 0};

#define CHECK_VALUE(value, text) assert_true(gw_slice_equal(value, GW_LIT(text)))

static void paths_lead_into_a_value(void **state)
{
    struct gw_slice value =
        GW_LIT(" { \"tags\" : [ 1 , [ ] , {\"deep\":true} ] , \"t\\u0061gs2\":null,"
               "\"\":0, \"twice\":1, \"twice\":2 } ");
    struct gw_slice tags = gw_value_member(value, "tags");

    (void)state;
    CHECK_VALUE(gw_value_element(tags, 0), "1");
    CHECK_VALUE(gw_value_element(tags, 1), "[ ]");
    CHECK_VALUE(gw_value_member(gw_value_element(tags, 2), "deep"), "true");
    CHECK_VALUE(gw_value_member(value, "tags2"), "null");
    CHECK_VALUE(gw_value_member(value, ""), "0");
    CHECK_VALUE(gw_value_member(value, "twice"), "2");
    assert_int_equal(gw_value_count(value), 5);
    assert_int_equal(gw_value_count(tags), 3);
    assert_int_equal(gw_value_count(gw_value_element(tags, 1)), 0);
}

static void what_is_not_there_is_absent(void **state)
{
    const struct gw_slice others[] = {{NULL, 0},      GW_LIT(""),   GW_LIT("1"),  GW_LIT("\"a\""),
                                      GW_LIT("null"), GW_LIT("[]"), GW_LIT("{}"), GW_LIT("[")};
    struct gw_slice value, key;

    (void)state;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct gw_slice rest = gw_value_inside(others[i]);

        assert_null(gw_value_member(others[i], "a").ptr);
        assert_null(gw_value_element(others[i], 0).ptr);
        assert_null(gw_value_member(gw_value_element(gw_value_member(others[i], "a"), 7), "b").ptr);
        assert_int_equal(gw_value_count(others[i]), 0);
        assert_false(gw_value_next(&rest, NULL, &value));
        assert_false(gw_value_next(&rest, &key, &value));
    }
    assert_null(gw_value_element(GW_LIT("[1,2]"), 2).ptr);
    assert_null(gw_value_element(GW_LIT("{\"a\":1}"), 0).ptr);
    assert_null(gw_value_member(GW_LIT("[\"a\",1]"), "a").ptr);
}

static void types_are_told_apart(void **state)
{
    (void)state;
    assert_int_equal(gw_value_type(absent), GW_VALUE_ABSENT);
    assert_int_equal(gw_value_type(GW_LIT(" ")), GW_VALUE_ABSENT);
    assert_int_equal(gw_value_type(GW_LIT("null")), GW_VALUE_NULL);
    assert_int_equal(gw_value_type(GW_LIT("false")), GW_VALUE_FALSE);
    assert_int_equal(gw_value_type(GW_LIT(" true")), GW_VALUE_TRUE);
    assert_int_equal(gw_value_type(GW_LIT("-1")), GW_VALUE_NUMBER);
    assert_int_equal(gw_value_type(GW_LIT("\"\"")), GW_VALUE_STRING);
    assert_int_equal(gw_value_type(GW_LIT("[]")), GW_VALUE_ARRAY);
    assert_int_equal(gw_value_type(GW_LIT("{}")), GW_VALUE_OBJECT);
}

static void members_and_elements_come_one_by_one(void **state)
{
    struct gw_slice rest = gw_value_inside(GW_LIT("{\"a\": 1, \"b\": [2]}")), key, value;

    (void)state;
    assert_true(gw_value_next(&rest, &key, &value));
    assert_true(gw_value_equals(key, "a"));
    CHECK_VALUE(value, "1");
    assert_true(gw_value_next(&rest, &key, &value));
    assert_true(gw_value_equals(key, "b"));
    rest = gw_value_inside(value);
    assert_true(gw_value_next(&rest, NULL, &value));
    CHECK_VALUE(value, "2");
    assert_false(gw_value_next(&rest, NULL, &value));
    rest = GW_LIT("\"arg\",null");
    assert_true(gw_value_next(&rest, NULL, &value));
    CHECK_VALUE(value, "\"arg\"");
}

static void strings_and_numbers_are_read(void **state)
{
    char text[8];
    double number;

    (void)state;
    assert_int_equal(gw_value_string(GW_LIT("\"hi\""), text, sizeof(text)), 2);
    assert_string_equal(text, "hi");
    assert_int_equal(gw_value_string(GW_LIT(" \"a\\n\\u00e4\" "), text, sizeof(text)), 4);
    assert_string_equal(text, "a\n\xc3\xa4");
    assert_int_equal(gw_value_string(GW_LIT("\"\""), text, sizeof(text)), 0);
    assert_string_equal(text, "");
    assert_int_equal(gw_value_string(GW_LIT("\"1234567\""), text, sizeof(text)), 7);
    assert_int_equal(gw_value_string(GW_LIT("\"12345678\""), text, sizeof(text)), GW_E_LIMIT);
    assert_int_equal(gw_value_string(GW_LIT("\"\\u0000\""), text, sizeof(text)), GW_E_ARG);
    assert_int_equal(gw_value_string(GW_LIT("1"), text, sizeof(text)), GW_E_ARG);
    assert_int_equal(gw_value_string(GW_LIT("\""), text, sizeof(text)), GW_E_ARG);
    assert_int_equal(gw_value_string(absent, text, sizeof(text)), GW_E_NOT_FOUND);
    assert_true(gw_value_equals(GW_LIT("\"a\\u0062\""), "ab"));
    assert_false(gw_value_equals(GW_LIT("\"ab\""), "a"));
    assert_false(gw_value_equals(GW_LIT("ab"), "ab"));
    assert_false(gw_value_equals(absent, ""));
    assert_int_equal(gw_value_number(GW_LIT("-1.5"), &number), 0);
    assert_true(number == -1.5);
    assert_int_equal(gw_value_number(GW_LIT("\"1\""), &number), GW_E_ARG);
    assert_int_equal(gw_value_number(absent, &number), GW_E_NOT_FOUND);
}

static void a_string_without_memory_is_an_error(void **state)
{
    char text[8];

    (void)state;
    gw_mem_fail_at(1);
    assert_int_equal(gw_value_string(GW_LIT("\"a\\nb\""), text, sizeof(text)), GW_E_NOMEM);
    gw_mem_fail_at(0);
}

static void check_bytes(gw_socket *socket, const gw_event *event, void *user)
{
    struct gw_slice arg = gw_event_arg(event, 0);

    (void)socket;
    *(bool *)user = true;
    CHECK_VALUE(gw_event_value_attachment(event, gw_value_member(arg, "photo")), "two");
    CHECK_VALUE(gw_event_value_attachment(event, gw_value_element(gw_value_member(arg, "more"), 0)),
                "one");
    assert_null(gw_event_value_attachment(event, gw_value_member(arg, "name")).ptr);
    assert_null(gw_event_value_attachment(event, gw_value_member(arg, "none")).ptr);
    assert_null(gw_event_value_attachment(event, arg).ptr);
}

static void bytes_inside_an_argument_are_found(void **state)
{
    struct fixture fx;
    struct client *client;
    bool has_run = false;

    (void)state;
    fixture_open(&fx, NULL);
    assert_int_equal(gw_on(fx.nsp, "person", check_bytes, &has_run), 0);
    client = client_open(&fx);
    say(client, "40");
    say(client, "452-[\"person\",{\"name\":\"Ada\",\"photo\":{\"_placeholder\":true,\"num\":1},"
                "\"more\":[{\"_placeholder\":true,\"num\":0}]}]");
    say_bytes(client, "one");
    say_bytes(client, "two");
    assert_true(has_run);
    client_free(client);
    fixture_close(&fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_lead_into_a_value),
        cmocka_unit_test(what_is_not_there_is_absent),
        cmocka_unit_test(types_are_told_apart),
        cmocka_unit_test(members_and_elements_come_one_by_one),
        cmocka_unit_test(strings_and_numbers_are_read),
        cmocka_unit_test(a_string_without_memory_is_an_error),
        cmocka_unit_test(bytes_inside_an_argument_are_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
