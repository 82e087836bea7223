/* SPDX-License-Identifier: MIT */
#include "sio/handshake_args.h"

#include "support/sio_fixture.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void check_query(const char *query, const char *json)
{
    gw_args args;

    gw_args_init(&args);
    gw_sio_args_query(&args, gw_slice_of(query));
    assert_int_equal(gw_args_error(&args), 0);
    assert_true(gw_slice_equal(gw_args_json_text(&args), gw_slice_of(json)));
    gw_args_dispose(&args);
}

static void a_query_becomes_an_object(void **state)
{
    (void)state;
    check_query("", "{}");
    check_query("a=b&c=d", "{\"a\":\"b\",\"c\":\"d\"}");
    check_query("%26a=%26%3D%3Fa&x=a+b%20c", "{\"&a\":\"&=?a\",\"x\":\"a b c\"}");
    check_query("woot&EIO=4", "{\"woot\":\"\",\"EIO\":\"4\"}");
    check_query("=x&q=\"\\", "{\"\":\"x\",\"q\":\"\\\"\\\\\"}");
    check_query("a=%ff%00", "{\"a\":\"\xef\xbf\xbd\\u0000\"}");
}

/* As Object.fromEntries(new URL(...).searchParams) of the genuine server. */
static void of_a_parameter_that_came_twice_the_last_counts(void **state)
{
    gw_args args;

    (void)state;
    gw_args_init(&args);
    gw_sio_args_query(&args, GW_LIT("a=1&b=2&%61=3"));
    assert_true(gw_value_equals(gw_value_member(gw_args_json_text(&args), "a"), "3"));
    assert_true(gw_value_equals(gw_value_member(gw_args_json_text(&args), "b"), "2"));
    gw_args_dispose(&args);
}

static void on_connection(gw_socket *socket, void *user)
{
    *(gw_socket **)user = socket;
}

#define FIELD(name, value)                                                                         \
    {                                                                                              \
        {(const uint8_t *)(name), sizeof(name) - 1},                                               \
        {                                                                                          \
            (const uint8_t *)(value), sizeof(value) - 1                                            \
        }                                                                                          \
    }

static const struct gw_header fields[] = {
    FIELD("Host", "localhost"),  FIELD("X-Many", "a"),   FIELD("Cookie", "a=1"),
    FIELD("X-MANY", "\"b\""),    FIELD("Cookie", "b=2"), FIELD("host", "other"),
    FIELD("Origin", "http://x"), FIELD("x-many", ""),
};

static struct client *open_client(struct fixture *fx)
{
    struct gw_sio_request request = {
        .url = GW_LIT("/socket.io/?a=1&EIO=4"),
        .query = GW_LIT("a=1&EIO=4"),
        .address = GW_LIT("192.0.2.7"),
        .fields = fields,
        .field_count = sizeof(fields) / sizeof(fields[0]),
    };

    return client_open_with(fx, &client_stream_ops, &request);
}

/* What the genuine server's socket.handshake has for the same request, keys in its order. */
static void a_handshake_is_written_with_all_its_keys(void **state)
{
    static const char expected[] =
        "{\"headers\":{\"host\":\"localhost\",\"x-many\":\"a, \\\"b\\\", \",\"cookie\":\"a=1; "
        "b=2\",\"origin\":\"http://x\"},"
        "\"time\":\"Tue Nov 14 2023 22:13:21 GMT+0000 (Coordinated Universal Time)\","
        "\"address\":\"192.0.2.7\",\"xdomain\":true,\"secure\":false,\"issued\":1700000001000,"
        "\"url\":\"/socket.io/?a=1&EIO=4\",\"query\":{\"a\":\"1\",\"EIO\":\"4\"},"
        "\"auth\":{\"token\":\"t\"}}";
    struct fixture fx;
    struct client *client;
    gw_socket *socket = NULL;
    gw_args args;

    (void)state;
    fixture_open(&fx, NULL);
    assert_int_equal(gw_on_connection(fx.nsp, on_connection, &socket), 0);
    client = open_client(&fx);
    say(client, "40{\"token\":\"t\"}");
    assert_non_null(socket);
    gw_args_init(&args);
    gw_args_handshake(&args, socket);
    assert_int_equal(gw_args_error(&args), 0);
    assert_true(gw_slice_equal(gw_args_json_text(&args), gw_slice_of(expected)));
    gw_args_dispose(&args);
    client_free(client);
    fixture_close(&fx);
}

/* One look through all others for each of 3,000 fields takes a tenth of a second: of a thousand
 * such the test would not end in time. */
static void a_client_cannot_make_work_of_its_fields(void **state)
{
    enum { FIELDS = 3000 };
    static char names[FIELDS][4];
    static struct gw_header many[FIELDS];
    struct gw_sio_request request = {
        .url = GW_LIT("/socket.io/"), .fields = many, .field_count = FIELDS};
    struct fixture fx;
    struct client *client;
    gw_socket *socket = NULL;
    gw_args args;

    (void)state;
    for (size_t i = 0; i < FIELDS; i++) {
        snprintf(names[i], sizeof(names[i]), "%03x", (unsigned)i);
        many[i].name = gw_slice_of(names[i]);
        many[i].value = GW_LIT("");
    }
    fixture_open(&fx, NULL);
    assert_int_equal(gw_on_connection(fx.nsp, on_connection, &socket), 0);
    client = client_open_with(&fx, &client_stream_ops, &request);
    say(client, "40");
    gw_args_init(&args);
    for (int i = 0; i < 1000; i++) {
        gw_args_reset(&args);
        gw_args_handshake(&args, socket);
        assert_int_equal(gw_args_error(&args), 0);
    }
    assert_true(gw_value_equals(
        gw_value_member(gw_value_member(gw_args_json_text(&args), "headers"), "bb7"), ""));
    gw_args_dispose(&args);
    client_free(client);
    fixture_close(&fx);
}

static void without_memory_the_arguments_say_so(void **state)
{
    struct fixture fx;
    struct client *client;
    gw_socket *socket = NULL;
    size_t failures = 0;
    gw_args args;

    (void)state;
    fixture_open(&fx, NULL);
    assert_int_equal(gw_on_connection(fx.nsp, on_connection, &socket), 0);
    client = open_client(&fx);
    say(client, "40");
    for (uint64_t nth = 1;; nth++) {
        int err;

        gw_args_init(&args);
        gw_mem_fail_at(nth);
        gw_args_handshake(&args, socket);
        gw_mem_fail_at(0);
        err = gw_args_error(&args);
        gw_args_dispose(&args);
        if (err == 0)
            break;
        assert_int_equal(err, GW_E_NOMEM);
        failures++;
    }
    assert_true(failures > 2);
    client_free(client);
    fixture_close(&fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_query_becomes_an_object),
        cmocka_unit_test(of_a_parameter_that_came_twice_the_last_counts),
        cmocka_unit_test(a_handshake_is_written_with_all_its_keys),
        cmocka_unit_test(a_client_cannot_make_work_of_its_fields),
        cmocka_unit_test(without_memory_the_arguments_say_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
