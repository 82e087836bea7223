/* SPDX-License-Identifier: MIT */
#include "sio/packet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define NONE "(none)"

struct good {
    const char *text;
    uint8_t type, attachment_count;
    const char *nsp, *id, *name, *args;
};

/* The captures of the protocol and its corners; NONE: the slice is absent. */
static const struct good good_packets[] = {
    {"0", GW_SIO_CONNECT, 0, "/", NONE, NONE, NONE},
    {"0{}", GW_SIO_CONNECT, 0, "/", NONE, NONE, NONE},
    {"0/admin", GW_SIO_CONNECT, 0, "/admin", NONE, NONE, NONE},
    {"0/admin,{\"token\":\"x\"}", GW_SIO_CONNECT, 0, "/admin", NONE, NONE, NONE},
    {"0/admin?a=1,", GW_SIO_CONNECT, 0, "/admin?a=1", NONE, NONE, NONE},
    {"01", GW_SIO_CONNECT, 0, "/", "1", NONE, NONE},
    {"05{\"a\":1}", GW_SIO_CONNECT, 0, "/", "5", NONE, NONE},
    {"1", GW_SIO_DISCONNECT, 0, "/", NONE, NONE, NONE},
    {"1/admin,", GW_SIO_DISCONNECT, 0, "/admin", NONE, NONE, NONE},
    {"2[\"hello\",1]", GW_SIO_EVENT, 0, "/", NONE, "\"hello\"", "1"},
    {"2/admin,12[\"a\"]", GW_SIO_EVENT, 0, "/admin", "12", "\"a\"", ""},
    {"2/,[\"x\"]", GW_SIO_EVENT, 0, "/", NONE, "\"x\"", ""},
    {"2007[\"x\"]", GW_SIO_EVENT, 0, "/", "7", "\"x\"", ""},
    {"2000[\"x\"]", GW_SIO_EVENT, 0, "/", "0", "\"x\"", ""},
    {"299999999999999999999[\"x\"]", GW_SIO_EVENT, 0, "/", "99999999999999999999", "\"x\"", ""},
    {"2[1,2]", GW_SIO_EVENT, 0, "/", NONE, "1", "2"},
    {"2[1.5]", GW_SIO_EVENT, 0, "/", NONE, "1.5", ""},
    {"2[-1]", GW_SIO_EVENT, 0, "/", NONE, "-1", ""},
    {"2[\"\"]", GW_SIO_EVENT, 0, "/", NONE, "\"\"", ""},
    {"2[\"error\"]", GW_SIO_EVENT, 0, "/", NONE, "\"error\"", ""},
    {"2[\"__proto__\",{\"__proto__\":1}]", GW_SIO_EVENT, 0, "/", NONE, "\"__proto__\"",
     "{\"__proto__\":1}"},
    {"2[\"a,b]\",[1,[2]],\"]\"]", GW_SIO_EVENT, 0, "/", NONE, "\"a,b]\"", "[1,[2]],\"]\""},
    {"2 [ \"a\" , 1 , 2 ] ", GW_SIO_EVENT, 0, "/", NONE, "\"a\"", "1 , 2"},
    {"2", GW_SIO_EVENT, 0, "/", NONE, NONE, NONE},
    {"212", GW_SIO_EVENT, 0, "/", "12", NONE, NONE},
    {"3/admin,13[\"ok\"]", GW_SIO_ACK, 0, "/admin", "13", NONE, "\"ok\""},
    {"31[]", GW_SIO_ACK, 0, "/", "1", NONE, ""},
    {"3[1]", GW_SIO_ACK, 0, "/", NONE, NONE, "1"},
    {"31", GW_SIO_ACK, 0, "/", "1", NONE, NONE},
    {"4\"nope\"", GW_SIO_CONNECT_ERROR, 0, "/", NONE, NONE, NONE},
    {"4{\"message\":\"x\"}", GW_SIO_CONNECT_ERROR, 0, "/", NONE, NONE, NONE},
    {"51-[\"baz\",{\"_placeholder\":true,\"num\":0}]", GW_SIO_BINARY_EVENT, 1, "/", NONE, "\"baz\"",
     "{\"_placeholder\":true,\"num\":0}"},
    {"510-/a,3[\"b\"]", GW_SIO_BINARY_EVENT, 10, "/a", "3", "\"b\"", ""},
    {"501-[\"b\"]", GW_SIO_BINARY_EVENT, 1, "/", NONE, "\"b\"", ""},
    {"61-/admin,15[{\"_placeholder\":true,\"num\":0}]", GW_SIO_BINARY_ACK, 1, "/admin", "15", NONE,
     "{\"_placeholder\":true,\"num\":0}"},
};

static void assert_slice(struct gw_slice slice, const char *expected)
{
    if (strcmp(expected, NONE) == 0) {
        assert_null(slice.ptr);
        return;
    }
    assert_non_null(slice.ptr);
    assert_true(gw_slice_equal(slice, gw_slice_of(expected)));
}

/* In a block of exactly its size, so that the sanitizer sees what reads behind it. */
static int decode(const char *text, struct gw_sio_packet *out, const char **why, uint8_t **block)
{
    size_t len = strlen(text);

    *block = malloc(len ? len : 1);
    assert_non_null(*block);
    memcpy(*block, text, len);
    return gw_sio_packet_decode((struct gw_slice){*block, len}, 10, out, why);
}

static void packets_are_taken_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good_packets) / sizeof(good_packets[0]); i++) {
        const struct good *good = &good_packets[i];
        struct gw_sio_packet packet;
        const char *why = NULL;
        uint8_t *block;

        assert_int_equal(decode(good->text, &packet, &why, &block), 0);
        assert_int_equal(packet.type, good->type);
        assert_int_equal(packet.attachment_count, good->attachment_count);
        assert_slice(packet.nsp, good->nsp);
        assert_slice(packet.id, good->id);
        assert_slice(packet.name, good->name);
        assert_slice(packet.args, good->args);
        free(block);
    }
}

struct bad {
    const char *text, *why;
};

static const struct bad bad_packets[] = {
    {"", "unknown packet type"},
    {"7", "unknown packet type"},
    {"9[\"a\"]", "unknown packet type"},
    {"x", "unknown packet type"},
    {" 2[\"a\"]", "unknown packet type"},
    {"0[]", "invalid payload"},
    {"0\"a\"", "invalid payload"},
    {"0null", "invalid payload"},
    {"0{", "invalid payload"},
    {"0{}x", "invalid payload"},
    {"0 ", "invalid payload"},
    {"1{}", "invalid payload"},
    {"2{}", "invalid payload"},
    {"2[]", "invalid payload"},
    {"2[ ]", "invalid payload"},
    {"2[null]", "invalid payload"},
    {"2[true]", "invalid payload"},
    {"2[[\"a\"]]", "invalid payload"},
    {"2[\"a\",]", "invalid payload"},
    {"2[\"a\",,1]", "invalid payload"},
    {"2[\"a\" 1]", "invalid payload"},
    {"2[\"a\"]x", "invalid payload"},
    {"2[\"a\"],[\"b\"]", "invalid payload"},
    {"2[\"a\"", "invalid payload"},
    {"2[", "invalid payload"},
    {"2]", "invalid payload"},
    {"2[\"a\",1e]", "invalid payload"},
    {"2[\"a\",\"\x01\"]", "invalid payload"},
    {"2-1[\"a\"]", "invalid payload"},
    {"21.5[\"a\"]", "invalid payload"},
    {"2[\"connect\"]", "reserved event name"},
    {"2[\"connect_error\"]", "reserved event name"},
    {"2[\"disconnect\"]", "reserved event name"},
    {"2[\"disconnecting\"]", "reserved event name"},
    {"2[\"newListener\"]", "reserved event name"},
    {"2[\"removeListener\"]", "reserved event name"},
    {"2[\"\\u0063onnect\"]", "reserved event name"},
    {"51-[\"disconnect\"]", "reserved event name"},
    {"31{}", "invalid payload"},
    {"3[1,]", "invalid payload"},
    {"4[]", "invalid payload"},
    {"4null", "invalid payload"},
    {"5[\"a\"]", "illegal attachments"},
    {"5-[\"a\"]", "illegal attachments"},
    {"50-[\"a\"]", "illegal attachments"},
    {"5-1-[\"a\"]", "illegal attachments"},
    {"51.5-[\"a\"]", "illegal attachments"},
    {"51[\"a\"]", "illegal attachments"},
    {"51", "illegal attachments"},
    {"51e0-[\"a\"]", "illegal attachments"},
    {"511-[\"a\"]", "too many attachments"},
    {"55999999999-[\"a\"]", "too many attachments"},
    {"2123456789012345678901234567890123[\"a\"]", "id too long"},
};

static void bad_packets_name_the_broken_rule(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad_packets) / sizeof(bad_packets[0]); i++) {
        struct gw_sio_packet packet;
        const char *why = NULL;
        uint8_t *block;
        int err = decode(bad_packets[i].text, &packet, &why, &block);

        if (err >= 0)
            fail_msg("accepted: %s", bad_packets[i].text);
        assert_true(err == GW_E_PROTO || err == GW_E_LIMIT);
        assert_string_equal(why, bad_packets[i].why);
        free(block);
    }
}

/* 2^32 + 1 would be 1 in 32 bits. */
static void a_count_does_not_wrap(void **state)
{
    struct gw_sio_packet packet;
    const char *why = NULL;

    (void)state;
    assert_int_equal(gw_sio_packet_decode(GW_LIT("54294967297-[\"a\"]"), 500000000, &packet, &why),
                     GW_E_LIMIT);
    assert_string_equal(why, "too many attachments");
    assert_int_equal(packet.attachment_count, 500000001);
}

static void every_cut_of_a_packet_is_harmless(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good_packets) / sizeof(good_packets[0]); i++) {
        char text[128];

        for (size_t len = strlen(good_packets[i].text); len-- > 0;) {
            struct gw_sio_packet packet;
            const char *why = NULL;
            uint8_t *block;

            memcpy(text, good_packets[i].text, len);
            text[len] = '\0';
            if (decode(text, &packet, &why, &block) < 0)
                assert_non_null(why);
            free(block);
        }
    }
}

static void deep_json_is_a_limit_not_a_crash(void **state)
{
    enum { DEPTH = 100000, LEN = 6 + 2 * DEPTH + 1 };
    uint8_t *text = malloc(LEN);
    struct gw_sio_packet packet;
    const char *why = NULL;

    (void)state;
    assert_non_null(text);
    memcpy(text, "2[\"a\",", 6);
    memset(text + 6, '[', DEPTH);
    memset(text + 6 + DEPTH, ']', DEPTH + 1);
    assert_int_equal(gw_sio_packet_decode((struct gw_slice){text, LEN}, 10, &packet, &why),
                     GW_E_LIMIT);
    assert_string_equal(why, "JSON nested too deeply");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_are_taken_apart),
        cmocka_unit_test(bad_packets_name_the_broken_rule),
        cmocka_unit_test(a_count_does_not_wrap),
        cmocka_unit_test(every_cut_of_a_packet_is_harmless),
        cmocka_unit_test(deep_json_is_a_limit_not_a_crash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
