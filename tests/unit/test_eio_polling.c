/* SPDX-License-Identifier: MIT */
#include "base/mem.h"
#include "support/eio_world.h"

#define RS "\x1e"

static void open_world(struct world *w)
{
    world_init(w, NULL);
    world_open_polling(w);
}

/* Who waits for the open packet first, and then listens, hears of all messages. */
static void the_handshake_goes_before_the_first_messages(void **state)
{
    (void)state;
    for (int has_initial = 0; has_initial < 2; has_initial++) {
        struct world w;

        world_init(&w, NULL);
        if (has_initial)
            assert_int_equal(gw_eio_engine_set_initial(&w.engine, GW_LIT("faster"), false), 0);
        w.polling = gw_eio_polling_create(&w.engine, &world_polling_handlers);
        w.session = gw_eio_engine_open(&w.engine, GW_EIO_V4, &w.polling->transport, w.now_ms);
        world_send(&w, "hi");
        world_send(&w, "there");
        assert_int_equal(world_get(&w, "handshake"), GW_EIO_POLLING_TAKEN);
        assert_int_equal(strncmp(gw_trace_text(&w.trace), "answer handshake 0{\"sid\":\"", 25), 0);
        assert_non_null(
            strstr(gw_trace_text(&w.trace), has_initial ? "\"maxPayload\":1000000}\\x1e4faster\n"
                                                        : "\"maxPayload\":1000000}\n"));
        gw_trace_reset(&w.trace);
        world_end_turn(&w);
        world_expect(&w, "");
        assert_int_equal(world_get(&w, "get"), GW_EIO_POLLING_TAKEN);
        world_expect(&w, "answer get 4hi\\x1e4there\n");
        world_dispose(&w);
    }
}

/* No poll follows that could take it. */
static void a_handshake_that_is_the_end_takes_all_along(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, NULL);
    w.polling = gw_eio_polling_create(&w.engine, &world_polling_handlers);
    w.session = gw_eio_engine_open(&w.engine, GW_EIO_V4, &w.polling->transport, w.now_ms);
    world_send(&w, "hi");
    w.polling->poll = (void *)(uintptr_t) "handshake";
    gw_eio_session_discard(w.session);
    assert_non_null(strstr(gw_trace_text(&w.trace), "\"maxPayload\":1000000}\\x1e4hi\\x1e1\n"));
    world_dispose(&w);
}

static void a_poll_is_held_until_something_is_sent(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    assert_int_equal(world_get(&w, "get1"), GW_EIO_POLLING_TAKEN);
    world_end_turn(&w);
    world_expect(&w, "");
    world_send(&w, "one");
    world_send(&w, "two");
    world_expect(&w, "");
    world_end_turn(&w);
    world_expect(&w, "answer get1 4one\\x1e4two\n"); /* the whole turn in one answer */
    world_end_turn(&w);
    world_expect(&w, "");
    world_dispose(&w);
}

static void what_waits_is_answered_at_once(void **state)
{
    struct gw_eio_message *binary = gw_eio_message_create(true, 3);
    struct world w;

    (void)state;
    open_world(&w);
    memcpy(gw_eio_message_payload(binary), "\1\2\3", 3);
    world_send(&w, "one");
    assert_int_equal(gw_eio_session_send(w.session, binary), 0);
    gw_eio_message_unref(binary);
    world_end_turn(&w);
    world_expect(&w, "");
    world_get(&w, "get1");
    world_expect(&w, "answer get1 4one\\x1ebAQID\n");
    world_dispose(&w);
}

static void volatile_needs_a_waiting_poll(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    assert_false(gw_eio_session_is_writable(w.session));
    world_get(&w, "get1");
    assert_true(gw_eio_session_is_writable(w.session));
    world_dispose(&w);
}

static void a_post_is_delivered_packet_by_packet(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    world_post(&w, "4hello" RS "bYWJj" RS "3" RS "4");
    world_expect(&w, "message text hello\nmessage binary abc\nmessage text \n");
    world_post(&w, "0" RS "5" RS "6");
    world_expect(&w, "");
    assert_int_equal(w.session->state, GW_EIO_SESSION_OPEN);
    world_dispose(&w);
}

static void broken_utf8_in_a_post_is_repaired(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    world_post(&w, "4a\xff"
                   "b");
    world_expect(&w, "message text a\\xef\\xbf\\xbdb\n");
    world_dispose(&w);
}

static void a_second_poll_ends_the_session(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    world_get(&w, "get1");
    assert_int_equal(world_get(&w, "get2"), GW_EIO_POLLING_BAD_REQUEST);
    world_expect(&w, "answer get1 1\nclosed transport error: overlap from client\n");
    assert_int_equal(world_get(&w, "get3"), GW_EIO_POLLING_BAD_REQUEST); /* before the reaping */
    world_expect(&w, "");
    world_dispose(&w);
}

static void a_second_post_ends_the_session_and_drops_the_first(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    world_get(&w, "get1");
    assert_int_equal(world_post_begin(&w, "post1"), GW_EIO_POLLING_TAKEN);
    assert_int_equal(world_post_begin(&w, "post2"), GW_EIO_POLLING_BAD_REQUEST);
    world_expect(&w, "drop post1\nanswer get1 1\n"
                     "closed transport error: data request overlap from client\n");
    assert_int_equal(world_post_begin(&w, "post3"), GW_EIO_POLLING_BAD_REQUEST);
    world_dispose(&w);
}

static void posts_one_after_the_other_are_fine(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    world_post(&w, "4a");
    world_post(&w, "4b");
    world_expect(&w, "message text a\nmessage text b\n");
    world_dispose(&w);
}

static void a_poll_whose_connection_goes_ends_the_session(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    world_get(&w, "get1");
    world_post_begin(&w, "post1");
    gw_eio_polling_poll_aborted(w.polling);
    world_expect(&w, "drop post1\nclosed transport error: poll connection closed prematurely\n");
    world_dispose(&w);
}

static void a_post_whose_connection_goes_ends_the_session(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    world_get(&w, "get1");
    world_post_begin(&w, "post1");
    gw_eio_polling_post_aborted(w.polling);
    world_expect(&w, "answer get1 1\n"
                     "closed transport error: data request connection closed prematurely\n");
    world_dispose(&w);
}

static void a_post_that_was_too_large_leaves_the_session_alone(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    world_post_begin(&w, "post1");
    gw_eio_polling_post_cancel(w.polling);
    world_post(&w, "4small");
    world_expect(&w, "message text small\n");
    world_dispose(&w);
}

static void an_octet_stream_ends_the_session(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    world_get(&w, "get1");
    assert_int_equal(gw_eio_polling_post_begin(w.polling, (void *)(uintptr_t) "post1", true),
                     GW_EIO_POLLING_BAD_REQUEST);
    world_expect(&w, "answer get1 1\nclosed transport error: invalid content\n");
    world_dispose(&w);
}

/* The body of a POST while a GET waits, and everything that comes of it. */
static void post_case(const char *body, const char *expected)
{
    struct world w;

    open_world(&w);
    world_get(&w, "get1");
    world_post(&w, body);
    world_end_turn(&w);
    world_expect(&w, expected);
    world_dispose(&w);
}

static void an_undecodable_body_is_a_parse_error(void **state)
{
    (void)state;
    post_case("abc", "answer get1 1\nclosed parse error\n");
    post_case("7", "answer get1 1\nclosed parse error\n");
    post_case("", "answer get1 1\nclosed parse error\n");
    post_case("4a" RS, "message text a\nanswer get1 1\nclosed parse error\n");
    post_case("4a" RS "x" RS "4b", "message text a\nanswer get1 1\nclosed parse error\n");
}

static void a_close_packet_releases_the_poll_with_a_noop(void **state)
{
    (void)state;
    post_case("1", "answer get1 6\nclosed transport close\n");
    post_case("4a" RS "1" RS "4b", "message text a\nanswer get1 6\nclosed transport close\n");
    post_case("1" RS "x", "answer get1 6\nclosed transport close\n");
}

static void a_ping_from_the_client_is_an_error(void **state)
{
    (void)state;
    post_case("2" RS "4a", "answer get1 1\nclosed transport error: invalid heartbeat direction\n");
}

static void echo(struct world *w, const struct gw_eio_packet *packet)
{
    uint8_t *place = gw_eio_session_begin(w->session, false, packet->data.len);

    assert_non_null(place);
    memcpy(place, packet->data.ptr, packet->data.len);
    gw_eio_session_commit(w->session);
}

static void echo_if_possible(struct world *w, const struct gw_eio_packet *packet)
{
    uint8_t *place = gw_eio_session_begin(w->session, packet->is_binary, packet->data.len);

    if (!place)
        return;
    memcpy(place, packet->data.ptr, packet->data.len);
    gw_eio_session_commit(w->session);
}

static void what_was_sent_in_the_turn_goes_with_the_last_answer(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    w.react = echo;
    world_get(&w, "get1");
    world_post(&w, "4a" RS "1");
    world_expect(&w, "message text a\nanswer get1 4a\nclosed transport close\n");
    world_dispose(&w);

    open_world(&w);
    w.react = echo;
    world_get(&w, "get1");
    world_post(&w, "4a" RS "x");
    world_expect(&w, "message text a\nanswer get1 4a\\x1e1\nclosed parse error\n");
    world_dispose(&w);
}

static void too_many_packets_in_a_post_end_the_session(void **state)
{
    struct gw_eio_options options;
    struct world w;

    (void)state;
    gw_eio_options_init(&options);
    options.max_payload_packets = 2;
    world_init(&w, &options);
    world_open_polling(&w);
    world_post(&w, "3" RS "3" RS "4a");
    world_expect(&w, "closed transport error: too many packets in one payload\n");
    world_dispose(&w);
}

static void closing_with_a_waiting_poll_is_immediate(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    world_get(&w, "get1");
    gw_eio_session_close(w.session);
    world_expect(&w, "answer get1 1\nclosed forced close\n");
    world_dispose(&w);
}

static void closing_without_a_poll_waits_for_one(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    gw_eio_session_close(w.session);
    world_end_turn(&w);
    world_expect(&w, "");
    assert_int_equal(w.session->state, GW_EIO_SESSION_CLOSING);
    assert_null(gw_eio_session_begin(w.session, false, 1));
    assert_int_equal(world_get(&w, "get1"), GW_EIO_POLLING_TAKEN);
    world_expect(&w, "answer get1 6\\x1e1\nclosed forced close\n");
    world_dispose(&w);
}

static void the_goodbye_is_ready_in_the_same_turn(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    gw_eio_session_close(w.session);
    world_get(&w, "get1");
    world_expect(&w, "answer get1 6\\x1e1\nclosed forced close\n");
    world_dispose(&w);
}

static void closing_sends_what_is_queued_first(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    world_send(&w, "2[\"bye\"]");
    world_send(&w, "1");
    gw_eio_session_close(w.session);
    world_end_turn(&w);
    world_get(&w, "get1");
    world_expect(&w, "answer get1 42[\"bye\"]\\x1e41\n");
    world_get(&w, "get2");
    world_expect(&w, "answer get2 6\\x1e1\nclosed forced close\n");
    world_dispose(&w);
}

static void closing_with_a_queue_and_a_poll_takes_one_more_poll(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    world_get(&w, "get1");
    world_send(&w, "bye");
    gw_eio_session_close(w.session);
    world_expect(&w, "");
    world_end_turn(&w);
    world_expect(&w, "answer get1 4bye\n");
    world_get(&w, "get2");
    world_expect(&w, "answer get2 6\\x1e1\nclosed forced close\n");
    world_dispose(&w);
}

static void nobody_polls_a_closing_session_for_ever(void **state)
{
    struct gw_eio_options options;
    struct world w;

    (void)state;
    gw_eio_options_init(&options);
    options.ping_interval_ms = 100000;
    world_init(&w, &options);
    world_open_polling(&w);
    gw_eio_session_close(w.session);
    world_pass(&w, 29999);
    world_expect(&w, "");
    world_pass(&w, 1);
    world_expect(&w, "closed forced close\n");
    world_dispose(&w);
}

/* The 30 s begin when the last message has been fetched, and the ping that comes due within them changes nothing. */
static void the_time_for_the_goodbye_begins_behind_the_last_message(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    world_send(&w, "bye");
    gw_eio_session_close(w.session);
    world_pass(&w, 10000);
    world_get(&w, "get1");
    world_end_turn(&w);
    world_expect(&w, "answer get1 4bye\n");
    world_pass(&w, 29999);
    world_expect(&w, "");
    world_pass(&w, 1);
    world_expect(&w, "closed forced close\n");
    assert_int_equal(world_get(&w, "get2"), GW_EIO_POLLING_BAD_REQUEST);
    world_dispose(&w);
}

static void a_queue_that_nobody_polls_ends_with_the_heartbeat(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    world_send(&w, "bye");
    gw_eio_session_close(w.session);
    world_pass(&w, 44999);
    world_expect(&w, "");
    world_pass(&w, 1);
    world_expect(&w, "closed ping timeout\n");
    world_dispose(&w);
}

static void a_closing_session_hears_only_the_close_packet(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    gw_eio_session_close(w.session);
    world_post(&w, "4a" RS "2" RS "3");
    world_post(&w, "x");
    world_expect(&w, "");
    world_post(&w, "1");
    world_expect(&w, "closed transport close\n");
    world_dispose(&w);
}

static void close_inside(struct world *w, const struct gw_eio_packet *packet)
{
    (void)packet;
    gw_eio_session_close(w->session);
}

static void a_refused_message_closes_in_order(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    w.react = close_inside;
    world_post(&w, "4a" RS "4b");
    world_end_turn(&w);
    world_expect(&w, "message text a\n");
    world_get(&w, "get1");
    world_expect(&w, "answer get1 6\\x1e1\nclosed forced close\n");
    world_dispose(&w);

    open_world(&w);
    w.react = close_inside;
    world_get(&w, "get1");
    world_post(&w, "4a" RS "4b");
    world_expect(&w, "message text a\nanswer get1 1\nclosed forced close\n");
    world_dispose(&w);
}

static void discarding_waits_for_nothing(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    world_send(&w, "lost");
    world_post_begin(&w, "post1");
    gw_eio_session_discard(w.session);
    world_expect(&w, "drop post1\nclosed forced close\n");
    assert_null(gw_eio_polling_of(w.session));
    world_reap(&w);
    assert_int_equal(w.freed, 1);
    world_dispose(&w);
}

static void the_ping_goes_with_the_next_poll(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    world_get(&w, "get1");
    world_pass(&w, 25000);
    world_expect(&w, "answer get1 2\n");
    world_pass(&w, 100);
    world_post(&w, "3");
    world_pass(&w, 25000);
    world_expect(&w, "");
    world_get(&w, "get2");
    world_expect(&w, "answer get2 2\n");
    world_pass(&w, 20000);
    world_expect(&w, "closed ping timeout\n");
    world_dispose(&w);
}

static void a_ping_timeout_answers_the_waiting_poll(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    world_get(&w, "get1");
    world_pass(&w, 25000);
    world_get(&w, "get2");
    world_pass(&w, 20000);
    world_expect(&w, "answer get1 2\nanswer get2 1\nclosed ping timeout\n");
    world_dispose(&w);
}

static void a_queue_that_grows_too_long_ends_the_session(void **state)
{
    struct gw_eio_options options;
    struct world w;
    uint32_t sent = 0;
    uint8_t *place;

    (void)state;
    gw_eio_options_init(&options);
    options.max_queued_bytes = 10000;
    world_init(&w, &options);
    world_open_polling(&w);
    while ((place = gw_eio_session_begin(w.session, false, 935)) != NULL) {
        memset(place, 'x', 935);
        gw_eio_session_commit(w.session);
        sent++;
    }
    assert_int_equal(sent, 11); /* ten fit; the eleventh failed */
    world_expect(&w, "");
    world_end_turn(&w);
    world_expect(&w, "closed transport error: a limit was reached\n");
    world_dispose(&w);
}

static void without_memory_the_poll_is_dropped_and_the_session_ends(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    world_get(&w, "get1");
    world_send(&w, "data");
    gw_buf_dispose(&w.engine.payload);
    gw_mem_fail_at(1);
    world_end_turn(&w);
    gw_mem_fail_at(0);
    world_expect(&w, "drop get1\nclosed transport error: out of memory\n");
    world_dispose(&w);
}

/* A bit of everything, for as long as the session lives. */
static void live_through(struct world *w)
{
    struct gw_eio_message *binary = gw_eio_message_create(true, 3);

    world_get(w, "get1");
    if (binary && gw_eio_session_send(w->session, binary) == 0)
        world_end_turn(w);
    gw_eio_message_unref(binary);
    if (world_post_begin(w, "post") == GW_EIO_POLLING_TAKEN)
        gw_eio_polling_post_end(w->polling, GW_LIT("4\xff" RS "bYWJj"), w->now_ms);
    if (gw_eio_session_attach(w->session, &w->candidate.transport, w->now_ms) == 0)
        world_text(w, &w->candidate, "2probe");
    if (w->candidate.transport.session)
        world_text(w, &w->candidate, "5");
    if (w->candidate.transport.session)
        world_text(w, &w->candidate, "bYWJj");
    world_pass(w, 60000);
}

static void each_failing_allocation_costs_at_most_the_session(void **state)
{
    uint64_t allocations;

    (void)state;
    for (uint64_t nth = 1;; nth++) {
        struct world w;

        open_world(&w);
        w.react = echo_if_possible;
        allocations = gw_mem_alloc_count();
        gw_mem_fail_at(nth);
        live_through(&w);
        gw_mem_fail_at(0);
        allocations = gw_mem_alloc_count() - allocations;
        assert_non_null(strstr(gw_trace_text(&w.trace), "closed "));
        world_dispose(&w);
        if (nth > allocations)
            break;
    }
    assert_true(allocations > 10);
}

static void a_big_answer_leaves_no_big_buffer_behind(void **state)
{
    struct world w;
    uint8_t *place;

    (void)state;
    open_world(&w);
    place = gw_eio_session_begin(w.session, false, 500000);
    memset(place, 'x', 500000);
    gw_eio_session_commit(w.session);
    world_get(&w, "get1");
    assert_true(w.engine.payload.cap <= 64 * 1024);
    world_dispose(&w);
}

static void an_upgrade_in_the_middle_of_a_turn_frees_the_polling_later(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    assert_int_equal(gw_eio_session_attach(w.session, &w.candidate.transport, w.now_ms), 0);
    world_get(&w, "get1");
    world_text(&w, &w.candidate, "5");
    world_expect(&w, "answer get1 1\nupgraded websocket\n");
    assert_null(gw_eio_polling_of(w.session));
    assert_int_equal(world_get(&w, "late"), GW_EIO_POLLING_BAD_REQUEST);
    gw_eio_polling_post_end(w.polling, GW_LIT("4late"), w.now_ms);
    gw_eio_polling_poll_aborted(w.polling);
    gw_eio_polling_post_aborted(w.polling);
    world_expect(&w, "");
    world_reap(&w);
    world_dispose(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_handshake_goes_before_the_first_messages),
        cmocka_unit_test(a_handshake_that_is_the_end_takes_all_along),
        cmocka_unit_test(a_poll_is_held_until_something_is_sent),
        cmocka_unit_test(what_waits_is_answered_at_once),
        cmocka_unit_test(volatile_needs_a_waiting_poll),
        cmocka_unit_test(a_post_is_delivered_packet_by_packet),
        cmocka_unit_test(broken_utf8_in_a_post_is_repaired),
        cmocka_unit_test(a_second_poll_ends_the_session),
        cmocka_unit_test(a_second_post_ends_the_session_and_drops_the_first),
        cmocka_unit_test(posts_one_after_the_other_are_fine),
        cmocka_unit_test(a_poll_whose_connection_goes_ends_the_session),
        cmocka_unit_test(a_post_whose_connection_goes_ends_the_session),
        cmocka_unit_test(a_post_that_was_too_large_leaves_the_session_alone),
        cmocka_unit_test(an_octet_stream_ends_the_session),
        cmocka_unit_test(an_undecodable_body_is_a_parse_error),
        cmocka_unit_test(a_close_packet_releases_the_poll_with_a_noop),
        cmocka_unit_test(a_ping_from_the_client_is_an_error),
        cmocka_unit_test(what_was_sent_in_the_turn_goes_with_the_last_answer),
        cmocka_unit_test(too_many_packets_in_a_post_end_the_session),
        cmocka_unit_test(closing_with_a_waiting_poll_is_immediate),
        cmocka_unit_test(closing_without_a_poll_waits_for_one),
        cmocka_unit_test(the_goodbye_is_ready_in_the_same_turn),
        cmocka_unit_test(closing_sends_what_is_queued_first),
        cmocka_unit_test(closing_with_a_queue_and_a_poll_takes_one_more_poll),
        cmocka_unit_test(nobody_polls_a_closing_session_for_ever),
        cmocka_unit_test(the_time_for_the_goodbye_begins_behind_the_last_message),
        cmocka_unit_test(a_queue_that_nobody_polls_ends_with_the_heartbeat),
        cmocka_unit_test(a_closing_session_hears_only_the_close_packet),
        cmocka_unit_test(a_refused_message_closes_in_order),
        cmocka_unit_test(discarding_waits_for_nothing),
        cmocka_unit_test(the_ping_goes_with_the_next_poll),
        cmocka_unit_test(a_ping_timeout_answers_the_waiting_poll),
        cmocka_unit_test(a_queue_that_grows_too_long_ends_the_session),
        cmocka_unit_test(without_memory_the_poll_is_dropped_and_the_session_ends),
        cmocka_unit_test(each_failing_allocation_costs_at_most_the_session),
        cmocka_unit_test(a_big_answer_leaves_no_big_buffer_behind),
        cmocka_unit_test(an_upgrade_in_the_middle_of_a_turn_frees_the_polling_later),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
