/* SPDX-License-Identifier: MIT */
#include "eio/handshake.h"
#include "support/eio_world.h"

/* The open packet of a fresh session over a stream or polling, with XXXX for the sid. */
static void open_packet_is(const struct gw_eio_options *options, bool is_stream,
                           const char *expected)
{
    uint8_t out[GW_EIO_HANDSHAKE_MAX];
    struct world w;
    size_t len;

    world_init(&w, options);
    if (is_stream)
        world_open_stream(&w);
    else
        world_open_polling(&w);
    len = gw_eio_handshake_encode(out, w.session);
    assert_true(len > 9 + GW_ID_LEN);
    assert_memory_equal(out + 9, w.session->sid, GW_ID_LEN);
    memmove(out + 9 + 4, out + 9 + GW_ID_LEN, len - 9 - GW_ID_LEN);
    memcpy(out + 9, "XXXX", 4);
    assert_true(gw_slice_equal((struct gw_slice){out, len - GW_ID_LEN + 4}, gw_slice_of(expected)));
    world_dispose(&w);
}

static void polling_announces_the_upgrade(void **state)
{
    (void)state;
    open_packet_is(NULL, false,
                   "0{\"sid\":\"XXXX\",\"upgrades\":[\"websocket\"],\"pingInterval\":25000,"
                   "\"pingTimeout\":20000,\"maxPayload\":1000000}");
}

static void a_stream_has_nothing_to_upgrade_to(void **state)
{
    (void)state;
    open_packet_is(NULL, true,
                   "0{\"sid\":\"XXXX\",\"upgrades\":[],\"pingInterval\":25000,"
                   "\"pingTimeout\":20000,\"maxPayload\":1000000}");
}

static void upgrades_can_be_hidden(void **state)
{
    struct gw_eio_options options;
    const char *const expected = "0{\"sid\":\"XXXX\",\"upgrades\":[],\"pingInterval\":1,"
                                 "\"pingTimeout\":2,\"maxPayload\":3}";

    (void)state;
    gw_eio_options_init(&options);
    options.ping_interval_ms = 1;
    options.ping_timeout_ms = 2;
    options.max_http_buffer_bytes = 3;
    options.can_upgrade = false;
    open_packet_is(&options, false, expected);
    options.can_upgrade = true;
    options.transports = 1U << GW_EIO_POLLING;
    open_packet_is(&options, false, expected);
}

static void the_largest_numbers_fit(void **state)
{
    struct gw_eio_options options;

    (void)state;
    gw_eio_options_init(&options);
    options.ping_interval_ms = UINT64_MAX;
    options.ping_timeout_ms = UINT64_MAX;
    options.max_http_buffer_bytes = UINT64_MAX;
    open_packet_is(&options, false,
                   "0{\"sid\":\"XXXX\",\"upgrades\":[\"websocket\"],"
                   "\"pingInterval\":18446744073709551615,\"pingTimeout\":18446744073709551615,"
                   "\"maxPayload\":18446744073709551615}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(polling_announces_the_upgrade),
        cmocka_unit_test(a_stream_has_nothing_to_upgrade_to),
        cmocka_unit_test(upgrades_can_be_hidden),
        cmocka_unit_test(the_largest_numbers_fit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
