/* SPDX-License-Identifier: MIT */
#include "codec/msgpack.h"

#include "codec/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { BINARIES = 4 };

/* "93 01 a1 61" in a block of exactly its size. */
static struct gw_slice unhex(const char *hex)
{
    uint8_t *bytes = malloc(strlen(hex) / 2 + 1), *exact;
    size_t len = 0;

    assert_non_null(bytes);
    for (const char *at = hex; *at; at++) {
        unsigned int byte;

        if (*at == ' ')
            continue;
        assert_int_equal(sscanf(at, "%2x", &byte), 1);
        bytes[len++] = (uint8_t)byte;
        at++;
    }
    exact = malloc(len ? len : 1);
    assert_non_null(exact);
    memcpy(exact, bytes, len);
    free(bytes);
    return (struct gw_slice){exact, len};
}

static int decode(const char *hex, struct gw_buf *out, struct gw_msgpack_binaries *binaries)
{
    struct gw_slice all = unhex(hex), in = all;
    int err;

    gw_buf_init(out, 1 << 20);
    err = gw_msgpack_to_json(&in, binaries, out);
    if (err == 0 && in.len > 0)
        err = GW_E_PROTO;
    free((void *)(uintptr_t)all.ptr);
    return err;
}

static void check_json(const char *hex, const char *json)
{
    struct gw_slice slices[BINARIES];
    struct gw_msgpack_binaries binaries = {.slices = slices, .cap = BINARIES};
    struct gw_buf out;

    assert_int_equal(decode(hex, &out, &binaries), 0);
    assert_int_equal(gw_buf_append_byte(&out, 0), 0);
    assert_string_equal((char *)out.ptr, json);
    assert_int_equal(gw_json_check((struct gw_slice){out.ptr, out.len - 1}), 0);
    gw_buf_dispose(&out);
}

static void refuse(const char *hex, int expected)
{
    struct gw_slice slices[BINARIES];
    struct gw_msgpack_binaries binaries = {.slices = slices, .cap = BINARIES};
    struct gw_buf out;

    assert_int_equal(decode(hex, &out, &binaries), expected);
    gw_buf_dispose(&out);
}

static void check_bytes(const char *json, const char *hex)
{
    struct gw_slice slices[] = {GW_LIT("\x01\x02"), GW_LIT("")}, expected = unhex(hex);
    struct gw_msgpack_binaries binaries = {.slices = slices, .count = 2, .cap = 2};
    struct gw_buf out;

    gw_buf_init(&out, 1 << 20);
    assert_int_equal(gw_msgpack_from_json(gw_slice_of(json), &binaries, &out), 0);
    assert_int_equal(out.len, expected.len);
    assert_memory_equal(out.ptr, expected.ptr, out.len);
    gw_buf_dispose(&out);
    free((void *)(uintptr_t)expected.ptr);
}

static void every_form_has_its_json(void **state)
{
    (void)state;
    check_json("00", "0");
    check_json("7f", "127");
    check_json("cc ff", "255");
    check_json("cd 01 00", "256");
    check_json("ce ff ff ff ff", "4294967295");
    check_json("cf ff ff ff ff ff ff ff ff", "18446744073709551615");
    check_json("ff", "-1");
    check_json("e0", "-32");
    check_json("d0 80", "-128");
    check_json("d0 05", "5");
    check_json("d1 80 00", "-32768");
    check_json("d2 80 00 00 00", "-2147483648");
    check_json("d3 80 00 00 00 00 00 00 00", "-9223372036854775808");
    check_json("ca 3f 80 00 00", "1");
    check_json("cb 3f b9 99 99 99 99 99 9a", "0.1");
    check_json("cb 7f f8 00 00 00 00 00 00", "null");
    check_json("cb ff f0 00 00 00 00 00 00", "null");
    check_json("c0", "null");
    check_json("c2", "false");
    check_json("c3", "true");
    check_json("a3 61 22 0a", "\"a\\\"\\n\"");
    check_json("d9 01 61", "\"a\"");
    check_json("da 00 02 c3 a4", "\"\xc3\xa4\"");
    check_json("db 00 00 00 00", "\"\"");
    check_json("93 01 90 dc 00 01 80", "[1,[],[{}]]");
    check_json("dd 00 00 00 01 c0", "[null]");
    check_json("82 a1 61 01 a1 62 81 a0 92 c2 c3", "{\"a\":1,\"b\":{\"\":[false,true]}}");
    check_json("de 00 01 a1 61 01", "{\"a\":1}");
    check_json("df 00 00 00 00", "{}");
}

static void undefined_leaves_no_member(void **state)
{
    (void)state;
    check_json("d4 00 00", "null");
    check_json("92 d4 00 00 01", "[null,1]");
    check_json("83 a1 61 d4 00 00 a1 62 01 a1 63 d4 00 07", "{\"b\":1}");
    check_json("82 a1 61 01 a1 62 d4 00 00", "{\"a\":1}");
}

static void dates_are_what_json_stringify_makes_of_them(void **state)
{
    (void)state;
    check_json("d7 00 00 00 00 00 00 00 00 00", "\"1970-01-01T00:00:00.000Z\"");
    check_json("d7 00 00 00 01 8b cf e5 68 7b", "\"2023-11-14T22:13:20.123Z\"");
    check_json("d7 00 ff ff ff ff ff ff ff ff", "\"1969-12-31T23:59:59.999Z\"");
    check_json("d7 00 00 1e b2 08 c2 dc 00 00", "\"+275760-09-13T00:00:00.000Z\"");
    check_json("d7 00 ff e1 4d f7 3d 24 00 00", "\"-271821-04-20T00:00:00.000Z\"");
    check_json("d7 00 00 1e b2 08 c2 dc 00 01", "null");
    check_json("d7 00 7f ff ff ff ff ff ff ff", "null");
    check_json("d7 00 80 00 00 00 00 00 00 ff", "null");
    check_json("d6 ff 65 53 f1 00", "\"2023-11-14T22:13:20.000Z\"");
    check_json("d7 ff 1d 53 5a 00 65 53 f1 00", "\"2023-11-14T22:13:20.123Z\"");
    check_json("c7 0c ff 07 54 d4 c0 ff ff ff ff ff ff ff ff", "\"1969-12-31T23:59:59.123Z\"");
    check_json("c7 0c ff 00 00 00 00 7f ff ff ff ff ff ff ff", "null");
    check_json("c7 0c ff 00 00 00 00 80 00 00 00 00 00 00 00", "null");
}

static void bytes_become_placeholders(void **state)
{
    struct gw_slice slices[BINARIES],
        all = unhex("94 c4 02 01 02 c5 00 00 c7 01 00 09 d5 05 07 08"), in = all;
    struct gw_msgpack_binaries binaries = {.slices = slices, .cap = BINARIES};
    struct gw_buf out;

    (void)state;
    gw_buf_init(&out, 1000);
    assert_int_equal(gw_msgpack_to_json(&in, &binaries, &out), 0);
    assert_int_equal(gw_buf_append_byte(&out, 0), 0);
    assert_string_equal((char *)out.ptr,
                        "[{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1},"
                        "{\"_placeholder\":true,\"num\":2},[5,{\"_placeholder\":true,\"num\":3}]]");
    assert_int_equal(binaries.count, 4);
    assert_true(gw_slice_equal(slices[0], GW_LIT("\x01\x02")));
    assert_int_equal(slices[1].len, 0);
    assert_true(gw_slice_equal(slices[2], GW_LIT("\x09")));
    assert_true(gw_slice_equal(slices[3], GW_LIT("\x07\x08")));
    gw_buf_dispose(&out);
    free((void *)(uintptr_t)all.ptr);
    refuse("95 c4 00 c4 00 c4 00 c4 00 c4 00", GW_E_LIMIT);
}

static void keys_become_strings_as_in_javascript(void **state)
{
    (void)state;
    check_json("81 01 02", "{\"1\":2}");
    check_json("81 ff 02", "{\"-1\":2}");
    check_json("81 cb 3f f8 00 00 00 00 00 00 02", "{\"1.5\":2}");
    check_json("81 cb 7f f0 00 00 00 00 00 00 02", "{\"Infinity\":2}");
    check_json("81 cb ff f0 00 00 00 00 00 00 02", "{\"-Infinity\":2}");
    check_json("81 cb 7f f8 00 00 00 00 00 00 02", "{\"NaN\":2}");
    check_json("84 c0 01 c2 02 c3 03 d4 00 00 04",
               "{\"null\":1,\"false\":2,\"true\":3,\"undefined\":4}");
}

static void what_is_no_utf8_is_replaced(void **state)
{
    (void)state;
    check_json("a1 ff", "\"\xef\xbf\xbd\"");
    check_json("a5 61 e2 82 62 c3", "\"a\xef\xbf\xbd"
                                    "b\xef\xbf\xbd\"");
    check_json("81 a1 ff 01", "{\"\xef\xbf\xbd\":1}");
}

static void what_is_no_value_is_refused(void **state)
{
    (void)state;
    refuse("", GW_E_PROTO);
    refuse("c1", GW_E_PROTO);
    refuse("92 01", GW_E_PROTO);
    refuse("81 a1 61", GW_E_PROTO);
    refuse("81 90 01", GW_E_PROTO);
    refuse("81 80 01", GW_E_PROTO);
    refuse("81 c4 01 61 01", GW_E_PROTO);
    refuse("81 d5 05 61 61 01", GW_E_PROTO);
    refuse("81 d7 00 00 00 00 00 00 00 00 00 01", GW_E_PROTO);
    refuse("a2 61", GW_E_PROTO);
    refuse("dd ff ff ff ff 00", GW_E_PROTO);
    refuse("df ff ff ff ff 00", GW_E_PROTO);
    refuse("c6 ff ff ff ff 00", GW_E_PROTO);
    refuse("c9 ff ff ff ff 00", GW_E_PROTO);
    refuse("cb 00 00 00 00", GW_E_PROTO);
    refuse("d4 00", GW_E_PROTO);
    refuse("cd 01", GW_E_PROTO);
    refuse("d9", GW_E_PROTO);
}

static void depth_is_limited(void **state)
{
    char hex[2 * (GW_MSGPACK_DEPTH_MAX + 2) + 3];
    struct gw_slice in, all;

    (void)state;
    for (size_t i = 0; i < GW_MSGPACK_DEPTH_MAX + 1; i++)
        memcpy(hex + 2 * i, "91", 2);
    memcpy(hex + 2 * (GW_MSGPACK_DEPTH_MAX + 1), "c0", 3);
    refuse(hex, GW_E_LIMIT);
    all = in = unhex(hex);
    assert_int_equal(gw_msgpack_skip(&in), GW_E_LIMIT);
    free((void *)(uintptr_t)all.ptr);
    all = in = unhex(hex + 2);
    assert_int_equal(gw_msgpack_skip(&in), 0);
    assert_int_equal(in.len, 0);
    free((void *)(uintptr_t)all.ptr);
}

static void json_takes_the_shortest_form(void **state)
{
    (void)state;
    check_bytes("0", "00");
    check_bytes("-0", "00");
    check_bytes("127", "7f");
    check_bytes("128", "cc 80");
    check_bytes("256", "cd 01 00");
    check_bytes("65536", "ce 00 01 00 00");
    check_bytes("4294967296", "cf 00 00 00 01 00 00 00 00");
    check_bytes("18446744073709551615", "cf ff ff ff ff ff ff ff ff");
    check_bytes("18446744073709551616", "cb 43 f0 00 00 00 00 00 00");
    check_bytes("-1", "ff");
    check_bytes("-33", "d0 df");
    check_bytes("-129", "d1 ff 7f");
    check_bytes("-32769", "d2 ff ff 7f ff");
    check_bytes("-2147483649", "d3 ff ff ff ff 7f ff ff ff");
    check_bytes("-9223372036854775808", "d3 80 00 00 00 00 00 00 00");
    check_bytes("-9223372036854775809", "cb c3 e0 00 00 00 00 00 00");
    check_bytes("1e3", "cd 03 e8");
    check_bytes("1.0", "01");
    check_bytes("0.5", "cb 3f e0 00 00 00 00 00 00");
    check_bytes("1e999", "cb 7f f0 00 00 00 00 00 00");
    check_bytes(" [ true , false , null ] ", "93 c3 c2 c0");
    check_bytes("\"a\\n\\u00e4\"", "a4 61 0a c3 a4");
    check_bytes("{\"a\":{\"b\":[[],{}]},\"c\":[1,2]}", "82 a1 61 81 a1 62 92 90 80 a1 63 92 01 02");
    check_bytes("[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]",
                "dc 00 10 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10");
}

static void placeholders_become_bytes(void **state)
{
    (void)state;
    check_bytes("{\"_placeholder\":true,\"num\":0}", "c4 02 01 02");
    check_bytes("[{ \"num\" : 1, \"_placeholder\" : true }, 1]", "92 c4 00 01");
    /* None of those that are there, or not quite one. */
    check_bytes("{\"_placeholder\":true,\"num\":2}",
                "82 ac 5f 70 6c 61 63 65 68 6f 6c 64 65 72 c3 a3 6e 75 6d 02");
    check_bytes("{\"_placeholder\":1,\"num\":0}",
                "82 ac 5f 70 6c 61 63 65 68 6f 6c 64 65 72 01 a3 6e 75 6d 00");
    check_bytes("{\"n\":{\"n\":\"}\"}}", "81 a1 6e 81 a1 6e a1 7d");
}

static void long_ones_have_long_heads(void **state)
{
    static char json[80000];
    struct gw_buf out, back;
    struct gw_slice in;
    struct gw_msgpack_binaries none = {0};

    (void)state;
    memset(json, 'x', 70000);
    json[0] = json[69999] = '"';
    gw_buf_init(&out, 1 << 20);
    gw_buf_init(&back, 1 << 20);
    assert_int_equal(gw_msgpack_from_json(gw_slice_of(json), NULL, &out), 0);
    assert_int_equal(out.ptr[0], 0xdb);
    in = gw_buf_slice(&out);
    assert_int_equal(gw_msgpack_to_json(&in, &none, &back), 0);
    assert_true(gw_slice_equal(gw_buf_slice(&back), gw_slice_of(json)));
    gw_buf_dispose(&out);
    gw_buf_dispose(&back);
    assert_int_equal(gw_msgpack_from_json(GW_LIT("1,2"), NULL, &out), GW_E_ARG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_has_its_json),
        cmocka_unit_test(undefined_leaves_no_member),
        cmocka_unit_test(dates_are_what_json_stringify_makes_of_them),
        cmocka_unit_test(bytes_become_placeholders),
        cmocka_unit_test(keys_become_strings_as_in_javascript),
        cmocka_unit_test(what_is_no_utf8_is_replaced),
        cmocka_unit_test(what_is_no_value_is_refused),
        cmocka_unit_test(depth_is_limited),
        cmocka_unit_test(json_takes_the_shortest_form),
        cmocka_unit_test(placeholders_become_bytes),
        cmocka_unit_test(long_ones_have_long_heads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
