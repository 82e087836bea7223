/* SPDX-License-Identifier: MIT */
/* Publish and subscribe: who gets what in which order, what it costs, and who is let go. */
#include "base/mem.h"
#include "support/ws_run.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { PEERS = 3 };

/* Each ws in the order of its arrival. */
static struct app {
    gw_server *server;
    gw_ws *ws[PEERS];
    size_t count;
    size_t closed_count;
    int published; /* by on_close */
} app;

static void on_open(gw_ws *ws, void *user)
{
    (void)user;
    if (app.count < PEERS)
        app.ws[app.count++] = ws;
}

/* "+t" and "-t" subscribe and unsubscribe, "=t" publishes to the others, "!t" to all and says so; everything else is left. */
static void on_message(gw_ws *ws, struct gw_slice data, bool is_binary, void *user)
{
    struct gw_slice topic = {data.ptr + 1, data.len - 1};

    (void)user;
    if (data.ptr[0] == '+') {
        assert_int_equal(gw_ws_subscribe(ws, topic), 0);
    } else if (data.ptr[0] == '-') {
        gw_ws_unsubscribe(ws, topic);
    } else if (data.ptr[0] == '=') {
        gw_ws_publish_from(ws, topic, data, is_binary);
    } else if (data.ptr[0] == '!') {
        gw_ws_send_text(ws, GW_LIT("before"));
        gw_ws_publish(app.server, topic, data, is_binary);
        gw_ws_send_text(ws, GW_LIT("after"));
    }
}

static void on_close(gw_ws *ws, uint16_t code, struct gw_slice reason, bool was_clean, void *user)
{
    (void)code;
    (void)reason;
    (void)was_clean;
    (void)user;
    app.closed_count++;
    assert_false(gw_ws_is_subscribed(ws, GW_LIT("t")));
    assert_int_equal(gw_ws_subscribe(ws, GW_LIT("t")), GW_E_CLOSED);
    app.published = gw_ws_publish(app.server, GW_LIT("t"), GW_LIT("left"), false);
}

static const struct gw_ws_handlers handlers = {
    .on_open = on_open, .on_message = on_message, .on_close = on_close};

static void start(struct run *run, const struct gw_ws_options *options, struct ws_peer *peers,
                  size_t count)
{
    run_start(run, NULL);
    app = (struct app){.server = run->server};
    assert_int_equal(gw_ws_endpoint(run->server, "/ws*", &handlers, options, NULL), 0);
    for (size_t i = 0; i < count; i++)
        ws_open(&peers[i], run, "/ws", "");
    assert_int_equal(app.count, count);
}

static void end(struct run *run, struct ws_peer *peers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ws_leave(&peers[i]);
    run_end(run);
    assert_int_equal(app.closed_count, app.count);
}

static size_t count_of(const char *topic)
{
    return gw_ws_subscriber_count(app.server, gw_slice_of(topic));
}

static void subscribers_get_what_is_published_and_others_do_not(void **state)
{
    struct run run;
    struct ws_peer peers[PEERS];

    (void)state;
    start(&run, NULL, peers, PEERS);
    assert_int_equal(gw_ws_publish(app.server, GW_LIT("t"), GW_LIT("nobody"), false), 0);
    ws_say_text(&peers[0], "+t");
    ws_say_text(&peers[1], "+t");
    ws_say_text(&peers[1], "+t");
    ws_say_text(&peers[2], "+u");
    while (count_of("t") < 2 || count_of("u") < 1)
        ws_turn(&run, 1);
    assert_int_equal(count_of("t"), 2);
    assert_true(gw_ws_is_subscribed(app.ws[0], GW_LIT("t")));
    assert_false(gw_ws_is_subscribed(app.ws[2], GW_LIT("t")));
    assert_int_equal(gw_ws_publish(app.server, GW_LIT("t"), GW_LIT("one"), false), 2);
    assert_int_equal(gw_ws_publish_from(app.ws[0], GW_LIT("t"), GW_LIT("two"), false), 1);
    assert_int_equal(gw_ws_publish_from(app.ws[2], GW_LIT("t"), GW_LIT("three"), false), 2);
    assert_int_equal(gw_ws_publish(app.server, GW_LIT("u"), GW_LIT("\1\0\2"), true), 1);
    assert_true(ws_next_is(&peers[0], "one"));
    assert_true(ws_next_is(&peers[0], "three"));
    assert_true(ws_next_is(&peers[1], "one"));
    assert_true(ws_next_is(&peers[1], "two"));
    assert_true(ws_next_is(&peers[1], "three"));
    assert_memory_equal(ws_next(&peers[2]).data, "\1\0\2", 3);
    end(&run, peers, PEERS);
}

static void order_is_that_of_the_calls(void **state)
{
    struct run run;
    struct ws_peer peers[2];

    (void)state;
    start(&run, NULL, peers, 2);
    ws_say_text(&peers[0], "+t");
    ws_say_text(&peers[0], "!t");
    ws_say_text(&peers[0], "-t");
    ws_say_text(&peers[0], "!t");
    assert_true(ws_next_is(&peers[0], "before"));
    assert_true(ws_next_is(&peers[0], "!t"));
    assert_true(ws_next_is(&peers[0], "after"));
    assert_true(ws_next_is(&peers[0], "before"));
    assert_true(ws_next_is(&peers[0], "after"));
    assert_int_equal(count_of("t"), 0);
    end(&run, peers, 2);
}

static void end_of_a_connection_leaves_its_topics(void **state)
{
    struct run run;
    struct ws_peer peers[2];

    (void)state;
    start(&run, NULL, peers, 2);
    assert_int_equal(gw_ws_subscribe(app.ws[0], GW_LIT("t")), 0);
    assert_int_equal(gw_ws_subscribe(app.ws[0], GW_LIT("u")), 0);
    assert_int_equal(gw_ws_subscribe(app.ws[1], GW_LIT("t")), 0);
    ws_leave(&peers[0]);
    while (app.closed_count == 0)
        ws_turn(&run, 1);
    assert_int_equal(count_of("t"), 1);
    assert_int_equal(count_of("u"), 0);
    assert_int_equal(app.published, 1); /* to the other, inside on_close */
    assert_true(ws_next_is(&peers[1], "left"));
    end(&run, peers, 2);
}

static void one_that_is_closing_gets_nothing_more(void **state)
{
    struct run run;
    struct ws_peer peer;

    (void)state;
    start(&run, NULL, &peer, 1);
    assert_int_equal(gw_ws_subscribe(app.ws[0], GW_LIT("t")), 0);
    assert_int_equal(gw_ws_close(app.ws[0], 1000, NULL), 0);
    assert_int_equal(gw_ws_publish(app.server, GW_LIT("t"), GW_LIT("late"), false), 0);
    assert_int_equal(gw_ws_subscribe(app.ws[0], GW_LIT("u")), GW_E_CLOSED);
    assert_int_equal(ws_next_close(&peer), 1000);
    ws_say(&peer, 0x88, "\x03\xe8", 2);
    assert_int_equal(ws_next(&peer).opcode, WS_EOF);
    end(&run, &peer, 1);
}

/* m-06 */
static void topics_are_capped(void **state)
{
    static const struct gw_ws_options options = {.max_topics = 2, .max_topic_bytes = 4};
    struct run run;
    struct ws_peer peer;

    (void)state;
    start(&run, &options, &peer, 1);
    assert_int_equal(gw_ws_subscribe(app.ws[0], GW_LIT("")), GW_E_ARG);
    assert_int_equal(gw_ws_subscribe(app.ws[0], GW_LIT("12345")), GW_E_LIMIT);
    assert_int_equal(gw_ws_subscribe(app.ws[0], GW_LIT("1234")), 0);
    assert_int_equal(gw_ws_subscribe(app.ws[0], GW_LIT("b")), 0);
    assert_int_equal(gw_ws_subscribe(app.ws[0], GW_LIT("c")), GW_E_LIMIT);
    assert_int_equal(gw_ws_subscribe(app.ws[0], GW_LIT("b")), 0);
    gw_ws_unsubscribe(app.ws[0], GW_LIT("never"));
    gw_ws_unsubscribe(app.ws[0], GW_LIT("b"));
    assert_int_equal(gw_ws_subscribe(app.ws[0], GW_LIT("c")), 0);
    assert_int_equal(count_of("b"), 0);
    end(&run, &peer, 1);
}

/* ---- slow readers ---- */

enum { BIG = 64 * 1024, BIG_COUNT = 400 };

/* One reads, one does not. Returns how many messages the reader got. */
static int flood(struct run *run, struct ws_peer *reader)
{
    static uint8_t big[BIG];
    int got = 0;

    for (int i = 0; i < BIG_COUNT; i++) {
        gw_ws_publish(app.server, GW_LIT("t"), (struct gw_slice){big, BIG}, true);
        assert_true(gw_ws_buffered_amount(app.ws[1]) <= (1 << 20) + 64);
        ws_turn(run, 1);
        got += ws_next(reader).len == BIG;
    }
    return got;
}

/* m-01: its own limit and the shared payload is all that a subscriber who never reads costs; it is skipped and counted. */
static void slow_subscriber_is_skipped(void **state)
{
    static const struct gw_ws_options options = {.max_queued_bytes = 1 << 20,
                                                 .overflow = GW_WS_OVERFLOW_SKIP};
    struct run run;
    struct ws_peer peers[2];
    uint64_t skipped;
    int got = 0;

    (void)state;
    start(&run, &options, peers, 2);
    assert_int_equal(gw_ws_subscribe(app.ws[0], GW_LIT("t")), 0);
    assert_int_equal(gw_ws_subscribe(app.ws[1], GW_LIT("t")), 0);
    assert_int_equal(flood(&run, &peers[0]), BIG_COUNT);
    skipped = gw_ws_skipped_count(app.ws[1]);
    assert_int_equal(gw_ws_skipped_count(app.ws[0]), 0);
    assert_true(skipped > BIG_COUNT / 2);
    while (gw_ws_buffered_amount(app.ws[1]) > 0 || got < (int)(BIG_COUNT - skipped))
        got += ws_next(&peers[1]).len == BIG;
    assert_int_equal(gw_ws_publish(app.server, GW_LIT("t"), GW_LIT("again"), false), 2);
    assert_true(ws_next_is(&peers[1], "again"));
    end(&run, peers, 2);
}

static void slow_subscriber_is_closed(enum gw_ws_overflow overflow, int code)
{
    struct gw_ws_options options = {.max_queued_bytes = 1 << 20, .overflow = overflow};
    struct run run;
    struct ws_peer peers[2];
    int closed_with = 0;

    start(&run, &options, peers, 2);
    assert_int_equal(gw_ws_subscribe(app.ws[0], GW_LIT("t")), 0);
    assert_int_equal(gw_ws_subscribe(app.ws[1], GW_LIT("t")), 0);
    assert_int_equal(flood(&run, &peers[0]), BIG_COUNT);
    assert_int_equal(gw_ws_publish(app.server, GW_LIT("t"), GW_LIT("on"), false), 1);
    assert_int_equal(gw_ws_skipped_count(app.ws[1]), 0);
    while (closed_with == 0) {
        struct ws_frame frame = ws_next(&peers[1]);

        assert_int_not_equal(frame.opcode, WS_EOF);
        if (frame.opcode == 8)
            closed_with = frame.data[0] << 8 | frame.data[1];
    }
    assert_int_equal(closed_with, code);
    end(&run, peers, 2);
}

static void slow_subscriber_is_closed_with_1013(void **state)
{
    (void)state;
    slow_subscriber_is_closed(GW_WS_OVERFLOW_CLOSE, 1013);
}

static void slow_subscriber_is_closed_with_1008(void **state)
{
    (void)state;
    slow_subscriber_is_closed(GW_WS_OVERFLOW_CLOSE_POLICY, 1008);
}

/* ---- compression ---- */

static void message_is_compressed_once_for_all(void **state)
{
    static const struct gw_ws_deflate deflate = {.threshold_bytes = 16};
    static const struct gw_ws_options options = {.deflate = &deflate};
    struct gw_slice text = GW_LIT("again and again and again and again and again and again");
    struct run run;
    struct ws_peer peers[PEERS];
    struct ws_frame first, second;
    uint64_t before;

    (void)state;
    run_start(&run, NULL);
    app = (struct app){.server = run.server};
    assert_int_equal(gw_ws_endpoint(run.server, "/ws", &handlers, &options, NULL), 0);
    ws_open(&peers[0], &run, "/ws", "Sec-WebSocket-Extensions: permessage-deflate\r\n");
    ws_open(&peers[1], &run, "/ws", "Sec-WebSocket-Extensions: permessage-deflate\r\n");
    ws_open(&peers[2], &run, "/ws", "");
    assert_non_null(strstr(gw_ws_extensions(app.ws[0]), "permessage-deflate; "));
    assert_non_null(strstr(peers[0].head, gw_ws_extensions(app.ws[0])));
    assert_ptr_equal(gw_ws_extensions(app.ws[0]), gw_ws_extensions(app.ws[1]));
    assert_string_equal(gw_ws_extensions(app.ws[2]), "");
    for (int i = 0; i < PEERS; i++)
        assert_int_equal(gw_ws_subscribe(app.ws[i], GW_LIT("t")), 0);
    before = gw_mem_alloc_count();
    assert_int_equal(gw_ws_publish(app.server, GW_LIT("t"), text, false), PEERS);
    assert_true(gw_mem_alloc_count() - before < 20);
    first = ws_next(&peers[0]);
    second = ws_next(&peers[1]);
    assert_int_equal(first.rsv, 4);
    assert_true(first.len < text.len);
    assert_int_equal(first.len, second.len);
    assert_memory_equal(first.data, second.data, first.len);
    second = ws_next(&peers[2]);
    assert_int_equal(second.rsv, 0);
    assert_int_equal(second.len, text.len);
    end(&run, peers, PEERS);
}

/* ---- memory that runs out ---- */

/* It fails one call or costs one connection; the other still gets what comes later. */
static void topics_survive_failing_allocations(void **state)
{
    (void)state;
    for (uint64_t nth = 1; nth <= 12; nth++) {
        struct run run;
        struct ws_peer peers[2];
        int results[3], reached;

        start(&run, NULL, peers, 2);
        gw_mem_fail_at(nth);
        results[0] = gw_ws_subscribe(app.ws[0], GW_LIT("t"));
        results[1] = gw_ws_subscribe(app.ws[1], GW_LIT("t"));
        results[2] = gw_ws_publish(app.server, GW_LIT("t"), GW_LIT("one"), false);
        gw_mem_fail_at(0);
        for (int i = 0; i < 2; i++)
            assert_true(results[i] == 0 || results[i] == GW_E_NOMEM);
        assert_true(results[2] == GW_E_NOMEM || results[2] >= 0);
        assert_int_equal(count_of("t"), (results[0] == 0) + (results[1] == 0));
        ws_turn(&run, 2);
        reached = gw_ws_publish(app.server, GW_LIT("t"), GW_LIT("two"), false);
        assert_true(reached >= (int)count_of("t") - 1);
        end(&run, peers, 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(subscribers_get_what_is_published_and_others_do_not),
        cmocka_unit_test(order_is_that_of_the_calls),
        cmocka_unit_test(end_of_a_connection_leaves_its_topics),
        cmocka_unit_test(one_that_is_closing_gets_nothing_more),
        cmocka_unit_test(topics_are_capped),
        cmocka_unit_test(slow_subscriber_is_skipped),
        cmocka_unit_test(slow_subscriber_is_closed_with_1013),
        cmocka_unit_test(slow_subscriber_is_closed_with_1008),
        cmocka_unit_test(message_is_compressed_once_for_all),
        cmocka_unit_test(topics_survive_failing_allocations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
