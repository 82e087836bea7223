/* SPDX-License-Identifier: MIT */
#include "support/eio_world.h"

/* One frame of the peer on an established stream, and what comes of it. */
static void stream_case(const char *text, const char *expected)
{
    struct world w;

    world_init(&w, NULL);
    world_open_stream(&w);
    world_text(&w, &w.ws, text);
    world_expect(&w, expected);
    world_dispose(&w);
}

static void the_open_packet_is_the_first_frame(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, NULL);
    w.session = gw_eio_engine_open(&w.engine, GW_EIO_V4, &w.ws.transport, w.now_ms);
    assert_ptr_equal(w.ws.transport.session, w.session);
    assert_int_equal(strncmp(gw_trace_text(&w.trace), "frame ws text 0{\"sid\":\"", 23), 0);
    assert_non_null(strstr(gw_trace_text(&w.trace), "\"upgrades\":[],"));
    world_dispose(&w);
}

static void each_packet_type_has_its_effect(void **state)
{
    (void)state;
    stream_case("4hello", "message text hello\n");
    stream_case("4", "message text \n");
    stream_case("bAQ==", "message binary \\x01\n");
    stream_case("b", "message binary \n");
    stream_case("0", "");
    stream_case("0{}", "");
    stream_case("1", "");
    stream_case("3", "");
    stream_case("3probe", "");
    stream_case("5", "");
    stream_case("6", "");
    stream_case("2", "close ws\nclosed transport error: invalid heartbeat direction\n");
    stream_case("2probe", "close ws\nclosed transport error: invalid heartbeat direction\n");
    stream_case("abc", "close ws\nclosed parse error\n");
    stream_case("7", "close ws\nclosed parse error\n");
    stream_case("", "close ws\nclosed parse error\n");
}

static void a_binary_frame_is_a_message(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, NULL);
    world_open_stream(&w);
    gw_eio_session_receive_binary(w.session, &w.ws.transport, GW_LIT("1\x00"), w.now_ms);
    gw_eio_session_receive_binary(w.session, &w.ws.transport, (struct gw_slice){NULL, 0}, w.now_ms);
    world_expect(&w, "message binary 1\\x00\nmessage binary \n");
    world_dispose(&w);
}

static void a_message_goes_out_as_one_frame_either_way(void **state)
{
    struct gw_eio_message *message = gw_eio_message_create(true, 2);
    struct world w;
    uint8_t *place;

    (void)state;
    world_init(&w, NULL);
    world_open_stream(&w);
    world_send(&w, "hello");
    place = gw_eio_session_begin(w.session, true, 2);
    memcpy(place, "\1\2", 2);
    gw_eio_session_commit(w.session);
    memcpy(gw_eio_message_payload(message), "\3\4", 2);
    assert_int_equal(gw_eio_session_send(w.session, message), 0);
    world_send(&w, "");
    world_expect(&w, "frame ws text 4hello\nframe ws binary \\x01\\x02\n"
                     "frame ws binary \\x03\\x04\nframe ws text 4\n");
    gw_eio_message_unref(message);
    world_dispose(&w);
}

static void a_full_stream_ends_the_session_with_the_turn(void **state)
{
    struct gw_eio_message *message = gw_eio_message_create(false, 0);
    struct world w;

    (void)state;
    world_init(&w, NULL);
    world_open_stream(&w);
    w.ws.is_full = true;
    assert_null(gw_eio_session_begin(w.session, false, 3));
    w.ws.is_full = false;
    assert_null(gw_eio_session_begin(w.session, false, 3)); /* no hole in the stream of messages */
    assert_int_equal(gw_eio_session_send(w.session, message), GW_E_CLOSED);
    assert_false(gw_eio_session_is_writable(w.session));
    world_expect(&w, ""); /* nobody is called from inside a send */
    world_end_turn(&w);
    world_expect(&w, "close ws\nclosed transport error: a limit was reached\n");
    gw_eio_message_unref(message);
    world_dispose(&w);
}

static void why_a_stream_takes_nothing_is_said(void **state)
{
    static const struct {
        int err;
        enum gw_cause cause;
        const char *end;
    } rows[] = {
        {GW_E_LIMIT, GW_CAUSE_QUEUE_FULL, "closed transport error: a limit was reached\n"},
        {GW_E_NOMEM, GW_CAUSE_NO_MEMORY, "closed transport error: out of memory\n"},
        {GW_E_CLOSED, GW_CAUSE_CONNECTION_BROKE, "closed transport close\n"},
    };

    (void)state;
    for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
        struct gw_eio_message *message = gw_eio_message_create(false, 0);
        char end[128];
        struct world w;

        world_init(&w, NULL);
        world_open_stream(&w);
        w.ws.is_full = true;
        w.ws.err = rows[i / 2].err;
        if (i % 2 == 0)
            assert_null(gw_eio_session_begin(w.session, false, 3));
        else
            assert_int_equal(gw_eio_session_send(w.session, message), rows[i / 2].err);
        assert_int_equal(w.session->failure, rows[i / 2].err);
        world_end_turn(&w);
        assert_int_equal(w.session->cause, rows[i / 2].cause);
        snprintf(end, sizeof(end), "close ws\n%s", rows[i / 2].end);
        world_expect(&w, end);
        gw_eio_message_unref(message);
        world_dispose(&w);
    }
}

static void a_shared_message_may_be_the_one_that_fails(void **state)
{
    struct gw_eio_message *message = gw_eio_message_create(false, 0);
    struct world w;

    (void)state;
    world_init(&w, NULL);
    world_open_stream(&w);
    w.ws.is_full = true;
    assert_int_equal(gw_eio_session_send(w.session, message), GW_E_LIMIT);
    world_end_turn(&w);
    world_expect(&w, "close ws\nclosed transport error: a limit was reached\n");
    gw_eio_message_unref(message);
    world_dispose(&w);
}

static void volatile_looks_at_the_stream(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, NULL);
    world_open_stream(&w);
    assert_true(gw_eio_session_is_writable(w.session));
    w.ws.is_busy = true;
    assert_false(gw_eio_session_is_writable(w.session));
    world_dispose(&w);
}

static void closing_a_stream_is_immediate(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, NULL);
    world_open_stream(&w);
    w.ws.is_busy = true;
    world_send(&w, "bye");
    gw_eio_session_close(w.session);
    world_expect(&w, "frame ws text 4bye\nclose ws\nclosed forced close\n");
    assert_null(w.ws.transport.session);
    gw_eio_session_close(w.session);
    gw_eio_session_discard(w.session);
    world_expect(&w, "");
    world_dispose(&w);
}

static void a_closed_session_is_harmless_until_the_reaping(void **state)
{
    struct gw_eio_message *message = gw_eio_message_create(false, 0);
    const struct gw_eio_packet packet = {GW_EIO_PACKET_MESSAGE, false, GW_LIT("late")};
    struct world w;

    (void)state;
    world_init(&w, NULL);
    world_open_stream(&w);
    gw_eio_session_discard(w.session);
    world_expect(&w, "close ws\nclosed forced close\n");
    assert_null(gw_eio_session_begin(w.session, false, 1));
    assert_int_equal(gw_eio_session_send(w.session, message), GW_E_CLOSED);
    gw_eio_session_receive(w.session, &w.ws.transport, &packet, w.now_ms);
    gw_eio_session_receive_text(w.session, &w.ws.transport, GW_LIT("4late"), w.now_ms);
    gw_eio_session_receive_text(w.session, &w.ws.transport, GW_LIT("x"), w.now_ms);
    gw_eio_session_transport_closed(w.session, &w.ws.transport, GW_EIO_TRANSPORT_CLOSE, NULL);
    gw_eio_session_tick(w.session, UINT64_MAX);
    gw_eio_session_flush(w.session, w.now_ms);
    assert_int_equal(gw_eio_session_attach(w.session, &w.candidate.transport, w.now_ms),
                     GW_E_CLOSED);
    assert_false(gw_eio_session_is_writable(w.session));
    assert_int_equal(gw_eio_session_deadline_ms(w.session), UINT64_MAX);
    assert_null(gw_eio_polling_of(w.session));
    world_expect(&w, "");
    gw_eio_message_unref(message);
    world_dispose(&w);
}

static void the_end_of_the_stream_is_the_end_of_the_session(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, NULL);
    world_open_stream(&w);
    gw_eio_session_transport_closed(w.session, &w.ws.transport, GW_EIO_TRANSPORT_CLOSE, NULL);
    world_expect(&w, "closed transport close\n"); /* and no close on what is gone */
    assert_null(w.ws.transport.session);
    world_dispose(&w);
}

static void a_stream_that_breaks_its_rules_says_why(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, NULL);
    world_open_stream(&w);
    gw_eio_session_transport_closed(w.session, &w.ws.transport, GW_EIO_TRANSPORT_ERROR,
                                    "message too long");
    world_expect(&w, "closed transport error: message too long\n");
    world_dispose(&w);
}

static void close_inside(struct world *w, const struct gw_eio_packet *packet)
{
    (void)packet;
    gw_eio_session_close(w->session);
}

static void a_handler_may_close_its_own_session(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, NULL);
    world_open_stream(&w);
    w.react = close_inside;
    world_text(&w, &w.ws, "4hello");
    world_expect(&w, "message text hello\nclose ws\nclosed forced close\n");
    world_dispose(&w);
}

/* Heartbeat, as captured: interval 500, timeout 400. */

static void open_beating(struct world *w)
{
    struct gw_eio_options options;

    gw_eio_options_init(&options);
    options.ping_interval_ms = 500;
    options.ping_timeout_ms = 400;
    world_init(w, &options);
    world_open_stream(w);
}

static void pings_go_on_while_pongs_come(void **state)
{
    struct world w;

    (void)state;
    open_beating(&w);
    world_pass(&w, 499);
    world_expect(&w, "");
    world_pass(&w, 1);
    world_expect(&w, "frame ws text 2\n");
    world_pass(&w, 350);
    world_text(&w, &w.ws, "3");
    world_pass(&w, 499);
    world_expect(&w, "");
    world_pass(&w, 1);
    world_expect(&w, "frame ws text 2\n");
    world_dispose(&w);
}

static void an_unanswered_ping_ends_the_session(void **state)
{
    struct world w;

    (void)state;
    open_beating(&w);
    world_pass(&w, 899);
    world_expect(&w, "frame ws text 2\n");
    world_pass(&w, 1);
    world_expect(&w, "close ws\nclosed ping timeout\n");
    world_dispose(&w);
}

static void the_first_other_packet_extends_the_wait_once(void **state)
{
    struct world w;

    (void)state;
    open_beating(&w);
    world_pass(&w, 800);
    world_text(&w, &w.ws, "4a");
    world_pass(&w, 300);
    world_text(&w, &w.ws, "4b");
    world_expect(&w, "frame ws text 2\nmessage text a\nmessage text b\n");
    world_pass(&w, 99);
    world_expect(&w, "");
    world_pass(&w, 1);
    world_expect(&w, "close ws\nclosed ping timeout\n");
    world_dispose(&w);
}

static void mere_messages_move_no_deadline(void **state)
{
    struct world w;
    uint32_t changes;

    (void)state;
    open_beating(&w);
    changes = w.deadline_changes;
    assert_int_equal(changes, 1);
    for (int i = 0; i < 10; i++) {
        w.now_ms += 10;
        world_text(&w, &w.ws, "4x");
        world_send(&w, "y");
        world_end_turn(&w);
    }
    assert_int_equal(w.deadline_changes, changes);
    world_dispose(&w);
}

static void a_day_of_heartbeats(void **state)
{
    enum { DAY_MS = 24 * 3600 * 1000 };
    struct world w;
    uint32_t pings = 0;

    (void)state;
    world_init(&w, NULL);
    world_open_stream(&w);
    while (w.now_ms < DAY_MS) {
        world_pass(&w, gw_eio_session_deadline_ms(w.session) - w.now_ms);
        world_expect(&w, "frame ws text 2\n");
        pings++;
        w.now_ms += 30;
        world_text(&w, &w.ws, "3");
    }
    assert_int_equal(pings, (DAY_MS - 1000) / 25030 + 1);
    world_dispose(&w);
}

static void a_ping_that_cannot_be_sent_ends_the_session(void **state)
{
    struct world w;

    (void)state;
    open_beating(&w);
    w.ws.is_full = true;
    world_pass(&w, 500);
    world_expect(&w, "close ws\nclosed transport error: a limit was reached\n");
    world_dispose(&w);
}

/* Upgrade. */

static void open_upgrading(struct world *w)
{
    world_init(w, NULL);
    world_open_polling(w);
    assert_int_equal(gw_eio_session_attach(w->session, &w->candidate.transport, w->now_ms), 0);
}

static void the_switch_comes_with_5_after_the_probe(void **state)
{
    struct world w;

    (void)state;
    open_upgrading(&w);
    world_text(&w, &w.candidate, "2probe");
    world_expect(&w, "frame candidate text 3probe\n");
    world_text(&w, &w.candidate, "5");
    world_expect(&w, "upgraded websocket\n");
    world_text(&w, &w.candidate, "4hi");
    world_send(&w, "there");
    world_expect(&w, "message text hi\nframe candidate text 4there\n");
    assert_ptr_equal(w.session->transport, &w.candidate.transport);
    gw_eio_session_discard(w.session);
    world_expect(&w, "close candidate\nclosed forced close\n");
    assert_int_equal(w.session->upgrade.state, GW_EIO_UPGRADE_DONE); /* for good */
    world_reap(&w);
    world_dispose(&w);
}

static void a_5_without_a_probe_is_taken(void **state)
{
    struct world w;

    (void)state;
    open_upgrading(&w);
    world_text(&w, &w.candidate, "5");
    world_expect(&w, "upgraded websocket\n");
    world_dispose(&w);
}

static void polls_are_released_every_100_ms_after_the_probe(void **state)
{
    struct world w;

    (void)state;
    open_upgrading(&w);
    world_get(&w, "get1");
    world_pass(&w, 150);
    world_text(&w, &w.candidate, "2probe");
    world_expect(&w, "frame candidate text 3probe\n");
    world_pass(&w, 99);
    world_expect(&w, "");
    world_pass(&w, 1);
    world_expect(&w, "answer get1 6\n");
    world_pass(&w, 50);
    world_get(&w, "get2");
    world_pass(&w, 49);
    world_expect(&w, "");
    world_pass(&w, 1);
    world_expect(&w, "answer get2 6\n");
    world_pass(&w, 200);
    world_text(&w, &w.candidate, "5");
    world_expect(&w, "upgraded websocket\n");
    world_dispose(&w);
}

static void what_is_sent_before_5_goes_to_a_waiting_poll_or_waits(void **state)
{
    struct world w;

    (void)state;
    open_upgrading(&w);
    world_text(&w, &w.candidate, "2probe");
    world_get(&w, "get1");
    world_send(&w, "one");
    world_end_turn(&w);
    world_send(&w, "two");
    world_end_turn(&w);
    world_send(&w, "three");
    world_expect(&w, "frame candidate text 3probe\nanswer get1 4one\n");
    world_text(&w, &w.candidate, "5");
    world_expect(&w,
                 "frame candidate text 4two\nframe candidate text 4three\nupgraded websocket\n");
    world_end_turn(&w);
    world_expect(&w, "");
    world_dispose(&w);
}

static void the_release_leaves_queued_data_its_poll(void **state)
{
    struct world w;

    (void)state;
    open_upgrading(&w);
    world_text(&w, &w.candidate, "2probe");
    world_get(&w, "get1");
    w.now_ms += 100;
    world_send(&w, "data");
    gw_eio_session_tick(w.session, w.now_ms);
    world_end_turn(&w);
    world_expect(&w, "frame candidate text 3probe\nanswer get1 4data\n");
    world_dispose(&w);
}

static void a_poll_that_waits_at_the_switch_gets_1_and_a_post_is_dropped(void **state)
{
    struct world w;

    (void)state;
    open_upgrading(&w);
    world_text(&w, &w.candidate, "2probe");
    world_get(&w, "get1");
    world_post_begin(&w, "post1");
    world_text(&w, &w.candidate, "5");
    world_expect(&w, "frame candidate text 3probe\ndrop post1\nanswer get1 1\n"
                     "upgraded websocket\n");
    world_dispose(&w);
}

/* What the candidate says instead of the dance ends the candidate, and nothing else. */
static void abandoned_by(const char *text)
{
    struct world_stream again = {.transport.ops = &world_stream_ops, .name = "again"};
    struct world w;

    open_upgrading(&w);
    world_text(&w, &w.candidate, text);
    world_expect(&w, "close candidate\n");
    assert_null(w.candidate.transport.session);
    world_get(&w, "get1");
    world_send(&w, "still here");
    world_end_turn(&w);
    world_expect(&w, "answer get1 4still here\n");
    assert_int_equal(gw_eio_session_attach(w.session, &again.transport, w.now_ms), 0);
    world_dispose(&w);
}

static void anything_else_on_the_candidate_abandons_the_upgrade(void **state)
{
    (void)state;
    abandoned_by("4hello");
    abandoned_by("2");
    abandoned_by("2prob");
    abandoned_by("3probe");
    abandoned_by("1");
    abandoned_by("6");
    abandoned_by("bAQ==");
    abandoned_by("x");
    abandoned_by("");
}

static void a_slow_candidate_is_closed(void **state)
{
    struct world w;

    (void)state;
    open_upgrading(&w);
    world_pass(&w, 5000);
    world_text(&w, &w.candidate, "2probe");
    world_expect(&w, "frame candidate text 3probe\n");
    world_pass(&w, 4999);
    world_expect(&w, "");
    world_pass(&w, 1);
    world_expect(&w, "close candidate\n");
    assert_true(gw_eio_session_can_attach(w.session));
    world_dispose(&w);
}

static void a_candidate_that_breaks_costs_only_itself(void **state)
{
    struct world w;

    (void)state;
    open_upgrading(&w);
    gw_eio_session_transport_closed(w.session, &w.candidate.transport, GW_EIO_TRANSPORT_ERROR,
                                    "bad frame");
    world_expect(&w, "");
    assert_int_equal(w.session->state, GW_EIO_SESSION_OPEN);
    assert_true(gw_eio_session_can_attach(w.session));
    world_dispose(&w);
}

static void a_second_candidate_is_refused_and_the_first_goes_on(void **state)
{
    struct world_stream second = {.transport.ops = &world_stream_ops, .name = "second"};
    struct world w;

    (void)state;
    open_upgrading(&w);
    assert_int_equal(gw_eio_session_attach(w.session, &second.transport, w.now_ms), GW_E_REFUSED);
    world_text(&w, &w.candidate, "2probe");
    world_text(&w, &w.candidate, "5");
    assert_int_equal(gw_eio_session_attach(w.session, &second.transport, w.now_ms), GW_E_REFUSED);
    assert_null(second.transport.session);
    world_expect(&w, "frame candidate text 3probe\nupgraded websocket\n");
    world_dispose(&w);
}

static void a_stream_is_never_upgraded(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, NULL);
    world_open_stream(&w);
    assert_int_equal(gw_eio_session_attach(w.session, &w.candidate.transport, w.now_ms),
                     GW_E_REFUSED);
    world_dispose(&w);
}

static void the_end_of_the_session_ends_its_candidate(void **state)
{
    struct world w;

    (void)state;
    open_upgrading(&w);
    world_get(&w, "get1");
    gw_eio_session_close(w.session);
    world_expect(&w, "answer get1 1\nclose candidate\nclosed forced close\n");
    assert_null(w.candidate.transport.session);
    world_dispose(&w);
}

static void a_session_that_is_closing_closes_after_the_switch(void **state)
{
    struct world w;

    (void)state;
    open_upgrading(&w);
    world_text(&w, &w.candidate, "2probe");
    world_send(&w, "last words");
    gw_eio_session_close(w.session);
    world_end_turn(&w);
    world_expect(&w, "frame candidate text 3probe\n");
    world_text(&w, &w.candidate, "5");
    world_expect(&w, "frame candidate text 4last words\nupgraded websocket\n"
                     "close candidate\nclosed forced close\n");
    world_dispose(&w);
}

static void an_outstanding_ping_is_waited_for_anew_after_the_switch(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, NULL);
    world_open_polling(&w);
    world_pass(&w, 25000); /* the ping is queued; no poll comes for it */
    assert_int_equal(gw_eio_session_attach(w.session, &w.candidate.transport, w.now_ms), 0);
    world_pass(&w, 9000);
    world_text(&w, &w.candidate, "2probe");
    world_text(&w, &w.candidate, "5");
    world_expect(&w, "frame candidate text 3probe\nframe candidate text 2\nupgraded websocket\n");
    world_pass(&w, 19999);
    world_expect(&w, "");
    world_pass(&w, 1);
    world_expect(&w, "close candidate\nclosed ping timeout\n");
    world_dispose(&w);
}

static void a_candidate_that_takes_nothing_is_given_up(void **state)
{
    struct world w;

    (void)state;
    open_upgrading(&w);
    w.candidate.is_full = true;
    world_text(&w, &w.candidate, "2probe");
    world_expect(&w, "close candidate\n");
    world_dispose(&w);
}

static void a_stream_that_cannot_take_the_queue_ends_the_session(void **state)
{
    struct world w;

    (void)state;
    open_upgrading(&w);
    world_send(&w, "one");
    world_send(&w, "two");
    w.candidate.is_full = true;
    world_text(&w, &w.candidate, "5");
    world_end_turn(&w);
    world_expect(&w, "upgraded websocket\nclose candidate\n"
                     "closed transport error: a limit was reached\n");
    world_dispose(&w);
}

static void reasons_have_their_genuine_words(void **state)
{
    (void)state;
    assert_string_equal(gw_eio_reason_text(GW_EIO_TRANSPORT_CLOSE), "transport close");
    assert_string_equal(gw_eio_reason_text(GW_EIO_TRANSPORT_ERROR), "transport error");
    assert_string_equal(gw_eio_reason_text(GW_EIO_PING_TIMEOUT), "ping timeout");
    assert_string_equal(gw_eio_reason_text(GW_EIO_PARSE_ERROR), "parse error");
    assert_string_equal(gw_eio_reason_text(GW_EIO_FORCED_CLOSE), "forced close");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_open_packet_is_the_first_frame),
        cmocka_unit_test(each_packet_type_has_its_effect),
        cmocka_unit_test(a_binary_frame_is_a_message),
        cmocka_unit_test(a_message_goes_out_as_one_frame_either_way),
        cmocka_unit_test(a_full_stream_ends_the_session_with_the_turn),
        cmocka_unit_test(why_a_stream_takes_nothing_is_said),
        cmocka_unit_test(a_shared_message_may_be_the_one_that_fails),
        cmocka_unit_test(volatile_looks_at_the_stream),
        cmocka_unit_test(closing_a_stream_is_immediate),
        cmocka_unit_test(a_closed_session_is_harmless_until_the_reaping),
        cmocka_unit_test(the_end_of_the_stream_is_the_end_of_the_session),
        cmocka_unit_test(a_stream_that_breaks_its_rules_says_why),
        cmocka_unit_test(a_handler_may_close_its_own_session),
        cmocka_unit_test(pings_go_on_while_pongs_come),
        cmocka_unit_test(an_unanswered_ping_ends_the_session),
        cmocka_unit_test(the_first_other_packet_extends_the_wait_once),
        cmocka_unit_test(mere_messages_move_no_deadline),
        cmocka_unit_test(a_day_of_heartbeats),
        cmocka_unit_test(a_ping_that_cannot_be_sent_ends_the_session),
        cmocka_unit_test(the_switch_comes_with_5_after_the_probe),
        cmocka_unit_test(a_5_without_a_probe_is_taken),
        cmocka_unit_test(polls_are_released_every_100_ms_after_the_probe),
        cmocka_unit_test(what_is_sent_before_5_goes_to_a_waiting_poll_or_waits),
        cmocka_unit_test(the_release_leaves_queued_data_its_poll),
        cmocka_unit_test(a_poll_that_waits_at_the_switch_gets_1_and_a_post_is_dropped),
        cmocka_unit_test(anything_else_on_the_candidate_abandons_the_upgrade),
        cmocka_unit_test(a_slow_candidate_is_closed),
        cmocka_unit_test(a_candidate_that_breaks_costs_only_itself),
        cmocka_unit_test(a_second_candidate_is_refused_and_the_first_goes_on),
        cmocka_unit_test(a_stream_is_never_upgraded),
        cmocka_unit_test(the_end_of_the_session_ends_its_candidate),
        cmocka_unit_test(a_session_that_is_closing_closes_after_the_switch),
        cmocka_unit_test(an_outstanding_ping_is_waited_for_anew_after_the_switch),
        cmocka_unit_test(a_candidate_that_takes_nothing_is_given_up),
        cmocka_unit_test(a_stream_that_cannot_take_the_queue_ends_the_session),
        cmocka_unit_test(reasons_have_their_genuine_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
