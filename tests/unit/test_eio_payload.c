/* SPDX-License-Identifier: MIT */
#include "eio/payload.h"
#include "support/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define RS "\x1e"

/* The body as a trace: "4hello b(abc) end", or the error in the place of "end". */
static void read_all(struct gw_slice body, uint32_t max_packets, struct gw_trace *trace)
{
    struct gw_buf scratch;
    struct gw_eio_payload payload;
    struct gw_eio_packet packet;
    int got;

    gw_buf_init(&scratch, 4096);
    gw_eio_payload_init(&payload, GW_EIO_V4, body, &scratch, max_packets);
    while ((got = gw_eio_payload_next(&payload, &packet)) > 0) {
        if (packet.is_binary)
            gw_trace_add(trace, "b(");
        else
            gw_trace_add(trace, "%d", packet.type);
        gw_trace_add_bytes(trace, packet.data);
        gw_trace_add(trace, packet.is_binary ? ") " : " ");
    }
    gw_trace_add(trace, "%s", got == 0 ? "end" : gw_err_name(got));
    assert_int_equal(gw_eio_payload_next(&payload, &packet),
                     0); /* nothing behind the end or error */
    gw_buf_dispose(&scratch);
}

static void reads_as(const char *body, const char *expected)
{
    struct gw_trace trace = {0};
    struct gw_slice slice = gw_slice_of(body);
    uint8_t *exact = malloc(slice.len ? slice.len : 1); /* the sanitizer sees a byte too much */

    memcpy(exact, slice.ptr, slice.len);
    read_all((struct gw_slice){exact, slice.len}, UINT32_MAX, &trace);
    assert_string_equal(gw_trace_text(&trace), expected);
    gw_trace_reset(&trace);
    free(exact);
}

static void packets_are_separated_by_0x1e(void **state)
{
    (void)state;
    reads_as("4hello", "4hello end");
    reads_as("4hello" RS "bYWJj", "4hello b(abc) end");
    reads_as("4a" RS "2" RS "4b" RS "1", "4a 2 4b 1 end");
    reads_as("4" RS "4", "4 4 end");
    reads_as("b" RS "b", "b() b() end");
}

static void reading_stops_at_the_first_element_that_is_no_packet(void **state)
{
    (void)state;
    reads_as("", "GW_E_PROTO");
    reads_as(RS, "GW_E_PROTO");
    reads_as("abc", "GW_E_PROTO");
    reads_as("7", "GW_E_PROTO");
    reads_as("4a" RS, "4a GW_E_PROTO");
    reads_as("4a" RS RS "4b", "4a GW_E_PROTO");
    reads_as("4a" RS "x" RS "4b", "4a GW_E_PROTO");
}

static void a_body_of_too_many_packets_is_refused(void **state)
{
    struct gw_trace trace = {0};

    (void)state;
    read_all(GW_LIT("41" RS "42" RS "43"), 2, &trace);
    assert_string_equal(gw_trace_text(&trace), "41 42 GW_E_LIMIT");
    gw_trace_reset(&trace);
    read_all(GW_LIT("41" RS "42"), 2, &trace);
    assert_string_equal(gw_trace_text(&trace), "41 42 end");
    gw_trace_reset(&trace);
}

static void an_absent_body_is_an_empty_one(void **state)
{
    struct gw_trace trace = {0};

    (void)state;
    read_all((struct gw_slice){NULL, 0}, 10, &trace);
    assert_string_equal(gw_trace_text(&trace), "GW_E_PROTO");
    gw_trace_reset(&trace);
}

static void pushed_packets_are_joined_without_a_last_separator(void **state)
{
    struct gw_eio_message *text = gw_eio_message_create(false, 5);
    struct gw_eio_message *binary = gw_eio_message_create(true, 4);
    struct gw_buf body;

    (void)state;
    memcpy(gw_eio_message_payload(text), "hello", 5);
    memcpy(gw_eio_message_payload(binary), "\1\2\3\4", 4);
    gw_buf_init(&body, 1024);
    assert_int_equal(gw_eio_payload_push(&body, GW_EIO_V4, text), 0);
    assert_true(gw_slice_equal(gw_buf_slice(&body), GW_LIT("4hello")));
    assert_int_equal(gw_eio_payload_push(&body, GW_EIO_V4, binary), 0);
    assert_int_equal(gw_eio_payload_push_bare(&body, GW_EIO_V4, GW_EIO_PACKET_CLOSE), 0);
    assert_true(gw_slice_equal(gw_buf_slice(&body), GW_LIT("4hello" RS "bAQIDBA==" RS "1")));
    gw_eio_message_unref(text);
    gw_eio_message_unref(binary);
    gw_buf_dispose(&body);
}

static void a_full_buffer_stays_as_it_was(void **state)
{
    struct gw_buf body;

    (void)state;
    gw_buf_init(&body, 2);
    assert_int_equal(gw_eio_payload_push_bare(&body, GW_EIO_V4, GW_EIO_PACKET_NOOP), 0);
    assert_int_equal(gw_eio_payload_push_bare(&body, GW_EIO_V4, GW_EIO_PACKET_CLOSE), GW_E_LIMIT);
    assert_true(gw_slice_equal(gw_buf_slice(&body), GW_LIT("6")));
    gw_buf_dispose(&body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_are_separated_by_0x1e),
        cmocka_unit_test(reading_stops_at_the_first_element_that_is_no_packet),
        cmocka_unit_test(a_body_of_too_many_packets_is_refused),
        cmocka_unit_test(an_absent_body_is_an_empty_one),
        cmocka_unit_test(pushed_packets_are_joined_without_a_last_separator),
        cmocka_unit_test(a_full_buffer_stays_as_it_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
