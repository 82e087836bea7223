/* SPDX-License-Identifier: MIT */
#include "eio/message.h"
#include "eio/packet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct vector {
    const char *text;
    int result;
    uint8_t type;
    bool is_binary;
    const char *data; /* NULL: absent */
};

static const struct vector vectors[] = {
    {"0{\"sid\":\"x\"}", 0, GW_EIO_PACKET_OPEN, false, "{\"sid\":\"x\"}"},
    {"1", 0, GW_EIO_PACKET_CLOSE, false, NULL},
    {"2", 0, GW_EIO_PACKET_PING, false, NULL},
    {"2probe", 0, GW_EIO_PACKET_PING, false, "probe"},
    {"3probe", 0, GW_EIO_PACKET_PONG, false, "probe"},
    {"4", 0, GW_EIO_PACKET_MESSAGE, false, NULL},
    {"4hello", 0, GW_EIO_PACKET_MESSAGE, false, "hello"},
    {"4\xe2\x82\xac", 0, GW_EIO_PACKET_MESSAGE, false, "\xe2\x82\xac"},
    {"44", 0, GW_EIO_PACKET_MESSAGE, false, "4"},
    {"5", 0, GW_EIO_PACKET_UPGRADE, false, NULL},
    {"6", 0, GW_EIO_PACKET_NOOP, false, NULL},
    {"bYWJj", 0, GW_EIO_PACKET_MESSAGE, true, "abc"},
    {"bYWI=", 0, GW_EIO_PACKET_MESSAGE, true, "ab"},
    {"bYWI", 0, GW_EIO_PACKET_MESSAGE, true, "ab"},
    {"b-_-_", 0, GW_EIO_PACKET_MESSAGE, true, "\xfb\xff\xbf"},
    {"bY\nWJ j", 0, GW_EIO_PACKET_MESSAGE, true, "abc"},
    {"b", 0, GW_EIO_PACKET_MESSAGE, true, ""},
    {"", GW_E_PROTO, 0, false, NULL},
    {"7", GW_E_PROTO, 0, false, NULL},
    {"abc", GW_E_PROTO, 0, false, NULL},
    {"/", GW_E_PROTO, 0, false, NULL},
    {"\x1e", GW_E_PROTO, 0, false, NULL},
    {"\xe2\x82\xac", GW_E_PROTO, 0, false, NULL},
};

static void text_is_decoded_by_its_first_character(void **state)
{
    struct gw_buf scratch;

    (void)state;
    gw_buf_init(&scratch, 1024);
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        const struct vector *v = &vectors[i];
        struct gw_eio_packet packet;

        assert_int_equal(gw_eio_packet_decode(GW_EIO_V4, gw_slice_of(v->text), &scratch, &packet),
                         v->result);
        if (v->result < 0)
            continue;
        assert_int_equal(packet.type, v->type);
        assert_int_equal(packet.is_binary, v->is_binary);
        assert_int_equal(packet.data.ptr == NULL, v->data == NULL);
        assert_true(gw_slice_equal(packet.data, gw_slice_of(v->data)));
    }
    gw_buf_dispose(&scratch);
}

static void scratch_is_not_needed_without_base64(void **state)
{
    struct gw_eio_packet packet;

    (void)state;
    assert_int_equal(gw_eio_packet_decode(GW_EIO_V4, GW_LIT("4x"), NULL, &packet), 0);
}

static void scratch_limit_is_an_error_of_its_own(void **state)
{
    struct gw_buf scratch;
    struct gw_eio_packet packet;

    (void)state;
    gw_buf_init(&scratch, 4);
    assert_int_equal(gw_eio_packet_decode(GW_EIO_V4, GW_LIT("bAAAAAAAAAAAA"), &scratch, &packet),
                     GW_E_LIMIT);
    gw_buf_dispose(&scratch);
}

/* As a message on its way out, which is where packets are written. */
static struct gw_eio_message *write(const struct gw_eio_packet *packet)
{
    struct gw_eio_message *message;

    if (!packet->is_binary)
        return gw_eio_message_create_control(packet->type, packet->data);
    message = gw_eio_message_create(true, packet->data.len);
    if (packet->data.len > 0)
        memcpy(gw_eio_message_payload(message), packet->data.ptr, packet->data.len);
    return message;
}

static void what_is_written_decodes_to_the_same(void **state)
{
    struct gw_buf scratch;

    (void)state;
    gw_buf_init(&scratch, 1024);
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        struct gw_eio_packet packet = {vectors[i].type, vectors[i].is_binary,
                                       gw_slice_of(vectors[i].data)};
        struct gw_eio_message *message;
        struct gw_eio_packet back;

        if (vectors[i].result < 0)
            continue;
        message = write(&packet);
        assert_int_equal(
            gw_eio_packet_decode(GW_EIO_V4, gw_eio_message_text(message), &scratch, &back), 0);
        assert_int_equal(back.type, packet.type);
        assert_int_equal(back.is_binary, packet.is_binary);
        assert_true(gw_slice_equal(back.data, packet.data));
        gw_eio_message_unref(message);
    }
    gw_buf_dispose(&scratch);
}

static void probe_is_the_exact_word(void **state)
{
    const struct gw_eio_packet probe = {GW_EIO_PACKET_PING, false, GW_LIT("probe")};
    const struct gw_eio_packet longer = {GW_EIO_PACKET_PING, false, GW_LIT("probes")};
    const struct gw_eio_packet bare = {GW_EIO_PACKET_PING, false, {NULL, 0}};

    (void)state;
    assert_true(gw_eio_packet_is_probe(&probe));
    assert_false(gw_eio_packet_is_probe(&longer));
    assert_false(gw_eio_packet_is_probe(&bare));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_decoded_by_its_first_character),
        cmocka_unit_test(scratch_is_not_needed_without_base64),
        cmocka_unit_test(scratch_limit_is_an_error_of_its_own),
        cmocka_unit_test(what_is_written_decodes_to_the_same),
        cmocka_unit_test(probe_is_the_exact_word),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
