/* SPDX-License-Identifier: MIT */
#include "base/mem.h"
#include "support/eio_world.h"

static struct gw_slice sid_of(const struct gw_eio_session *session)
{
    return (struct gw_slice){(const uint8_t *)session->sid, GW_ID_LEN};
}

static void a_session_is_found_by_its_sid_until_it_closes(void **state)
{
    struct world w;
    char sid[GW_ID_LEN];

    (void)state;
    world_init(&w, NULL);
    world_open_stream(&w);
    memcpy(sid, w.session->sid, GW_ID_LEN);
    assert_ptr_equal(gw_eio_engine_find(&w.engine, sid_of(w.session)), w.session);
    assert_null(gw_eio_engine_find(&w.engine, (struct gw_slice){(uint8_t *)sid, GW_ID_LEN - 1}));
    assert_null(gw_eio_engine_find(&w.engine, GW_LIT("AAAAAAAAAAAAAAAAAAAA")));
    assert_null(gw_eio_engine_find(&w.engine, (struct gw_slice){NULL, 0}));
    assert_int_equal(gw_eio_engine_session_count(&w.engine), 1);

    gw_eio_session_discard(w.session);
    assert_null(gw_eio_engine_find(&w.engine, (struct gw_slice){(uint8_t *)sid, GW_ID_LEN}));
    assert_int_equal(gw_eio_engine_session_count(&w.engine), 0);
    assert_int_equal(w.freed, 0);
    gw_eio_engine_reap(&w.engine);
    assert_int_equal(w.freed, 1);
    world_dispose(&w);
}

static void many_sessions_have_many_sids(void **state)
{
    enum { COUNT = 2000 };
    static struct world_stream streams[COUNT];
    struct gw_eio_session *sessions[COUNT];
    struct world w;

    (void)state;
    world_init(&w, NULL);
    for (size_t i = 0; i < COUNT; i++) {
        streams[i] = (struct world_stream){.transport.ops = &world_stream_ops, .name = "s"};
        sessions[i] = gw_eio_engine_open(&w.engine, GW_EIO_V4, &streams[i].transport, w.now_ms);
        assert_non_null(sessions[i]);
    }
    for (size_t i = 0; i < COUNT; i++)
        assert_ptr_equal(gw_eio_engine_find(&w.engine, sid_of(sessions[i])), sessions[i]);
    gw_trace_reset(&w.trace);
    world_dispose(&w);
}

static void the_cap_of_sessions_refuses_the_next(void **state)
{
    struct world_stream other = {.transport.ops = &world_stream_ops, .name = "other"};
    struct gw_eio_options options;
    struct world w;

    (void)state;
    gw_eio_options_init(&options);
    options.max_sessions = 1;
    world_init(&w, &options);
    assert_true(gw_eio_engine_has_room(&w.engine));
    world_open_stream(&w);
    assert_false(gw_eio_engine_has_room(&w.engine));
    assert_null(gw_eio_engine_open(&w.engine, GW_EIO_V4, &other.transport, w.now_ms));
    assert_null(other.transport.session);
    world_expect(&w, "");
    gw_eio_session_discard(w.session);
    assert_true(gw_eio_engine_has_room(&w.engine));
    world_dispose(&w);
}

static struct gw_eio_session *touched;

static void on_create(struct gw_eio_session *session)
{
    const uint8_t *extra = gw_eio_session_extra(session);

    for (size_t i = 0; i < 40; i++)
        assert_int_equal(extra[i], 0);
    memset(gw_eio_session_extra(session), 0x5a, 40);
    touched = session;
}

static void on_free(struct gw_eio_session *session)
{
    const uint8_t *extra = gw_eio_session_extra(session);

    assert_int_equal(extra[39], 0x5a);
    touched = NULL;
}

static void sessions_carry_extra_bytes_for_the_server(void **state)
{
    static const struct gw_eio_engine_hooks hooks = {.on_create = on_create, .on_free = on_free};
    struct gw_eio_options options;
    struct world w;

    (void)state;
    gw_eio_options_init(&options);
    options.session_extra_bytes = 40;
    world_init(&w, &options);
    w.engine.hooks = &hooks;
    world_open_stream(&w);
    assert_ptr_equal(touched, w.session);
    gw_eio_session_discard(w.session);
    gw_eio_engine_reap(&w.engine);
    assert_null(touched);
    world_dispose(&w);
}

static void closing_the_engine_discards_all_and_refuses_more(void **state)
{
    struct world_stream other = {.transport.ops = &world_stream_ops, .name = "other"};
    struct world w;

    (void)state;
    world_init(&w, NULL);
    world_open_polling(&w);
    world_get(&w, "get1");
    assert_non_null(gw_eio_engine_open(&w.engine, GW_EIO_V4, &other.transport, w.now_ms));
    gw_trace_reset(&w.trace);
    gw_eio_engine_close(&w.engine);
    assert_non_null(strstr(gw_trace_text(&w.trace), "answer get1 1\nclosed forced close\n"));
    assert_non_null(strstr(gw_trace_text(&w.trace), "close other\n"));
    assert_int_equal(gw_eio_engine_session_count(&w.engine), 0);
    assert_null(gw_eio_engine_open(&w.engine, GW_EIO_V4, &other.transport, w.now_ms));
    world_dispose(&w);
}

static struct gw_eio_session *second;

static void close_the_other(struct gw_eio_session *session, enum gw_eio_reason reason,
                            const char *detail, void *user)
{
    struct gw_eio_session **other = user;
    struct gw_eio_session *victim = *other;

    (void)session, (void)reason, (void)detail;
    *other = NULL;
    if (victim)
        gw_eio_session_discard(victim);
}

static void a_handler_may_close_another_session_meanwhile(void **state)
{
    static const struct gw_eio_session_handlers handlers = {.on_close = close_the_other};
    struct world_stream other = {.transport.ops = &world_stream_ops, .name = "other"};
    struct gw_eio_session *first;
    struct world w;

    (void)state;
    world_init(&w, NULL);
    world_open_stream(&w);
    first = w.session;
    second = gw_eio_engine_open(&w.engine, GW_EIO_V4, &other.transport, w.now_ms);
    gw_eio_session_set_handlers(first, &handlers, &second);
    gw_eio_session_set_handlers(second, &handlers, &first);
    gw_eio_engine_close(&w.engine);
    assert_int_equal(gw_eio_engine_session_count(&w.engine), 0);
    gw_eio_engine_reap(&w.engine);
    assert_int_equal(w.freed, 2);
    world_dispose(&w);
}

static void without_memory_no_session_opens(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, NULL);
    for (uint64_t nth = 1;; nth++) {
        struct gw_eio_polling *polling = gw_eio_polling_create(&w.engine, &world_polling_handlers);
        struct gw_eio_session *session;

        gw_mem_fail_at(nth);
        session = gw_eio_engine_open(&w.engine, GW_EIO_V4, &polling->transport, w.now_ms);
        gw_mem_fail_at(0);
        if (session) {
            assert_true(nth > 3); /* session, message, blob, and the map or queue: all had a turn */
            break;
        }
        assert_null(polling->transport.session);
        assert_int_equal(gw_eio_engine_session_count(&w.engine), 0);
        assert_int_equal(w.engine.counts.refused, nth);
        gw_eio_polling_destroy(polling);
        world_end_turn(&w);
    }
    world_dispose(&w);
}

static void dispose_frees_what_is_still_open(void **state)
{
    struct world_stream other = {.transport.ops = &world_stream_ops, .name = "other"};
    struct world w;

    (void)state;
    world_init(&w, NULL);
    world_open_polling(&w);
    world_send(&w, "left behind");
    assert_int_equal(gw_eio_session_attach(w.session, &w.candidate.transport, w.now_ms), 0);
    assert_non_null(gw_eio_engine_open(&w.engine, GW_EIO_V4, &other.transport, w.now_ms));
    world_dispose(&w);
    assert_null(other.transport.session);
    assert_null(w.candidate.transport.session);
    assert_int_equal(w.freed, 2);
}

static void an_initial_packet_follows_the_open_packet(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, NULL);
    assert_int_equal(gw_eio_engine_set_initial(&w.engine, GW_LIT("faster!"), false), 0);
    w.session = gw_eio_engine_open(&w.engine, GW_EIO_V4, &w.ws.transport, w.now_ms);
    assert_non_null(strstr(gw_trace_text(&w.trace), "}\nframe ws text 4faster!\n"));
    gw_trace_reset(&w.trace);
    world_dispose(&w);

    world_init(&w, NULL);
    assert_int_equal(gw_eio_engine_set_initial(&w.engine, GW_LIT("\x01\x02"), true), 0);
    w.polling = gw_eio_polling_create(&w.engine, &world_polling_handlers);
    w.session = gw_eio_engine_open(&w.engine, GW_EIO_V4, &w.polling->transport, w.now_ms);
    assert_int_equal(world_get(&w, "handshake"), GW_EIO_POLLING_TAKEN);
    assert_non_null(strstr(gw_trace_text(&w.trace), "bAQI=\n"));
    gw_trace_reset(&w.trace);
    world_dispose(&w);
}

static void a_sid_may_be_the_callers(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, NULL);
    w.session = gw_eio_engine_open_as(&w.engine, GW_EIO_V4, &w.ws.transport, "abcdefghij0123456789",
                                      w.now_ms);
    assert_ptr_equal(gw_eio_engine_find(&w.engine, GW_LIT("abcdefghij0123456789")), w.session);
    gw_trace_reset(&w.trace);
    world_dispose(&w);
}

static void trace_session(const char *what, const struct gw_eio_session *session)
{
    gw_trace_add(&the_world->trace, "hook %s %s\n", what,
                 session->transport ? gw_eio_transport_name(session->transport->ops->kind) : "-");
}

static void hook_upgrading(struct gw_eio_session *session)
{
    trace_session("upgrading", session);
}

static void hook_upgrade(struct gw_eio_session *session)
{
    trace_session("upgrade", session);
}

static void hook_drain(struct gw_eio_session *session)
{
    trace_session("drain", session);
}

static void hook_close(struct gw_eio_session *session, enum gw_eio_reason reason,
                       const char *detail)
{
    (void)detail;
    trace_session(gw_eio_reason_text(reason), session);
}

static void hooks_tell_of_a_sessions_life(void **state)
{
    static const struct gw_eio_engine_hooks hooks = {
        .on_work = world_on_work,
        .on_upgrading = hook_upgrading,
        .on_upgrade = hook_upgrade,
        .on_drain = hook_drain,
        .on_close = hook_close,
    };
    struct world w;

    (void)state;
    world_init(&w, NULL);
    w.engine.hooks = &hooks;
    world_open_polling(&w);
    world_send(&w, "hello");
    world_end_turn(&w);
    world_expect(&w, "");
    world_get(&w, "get1");
    world_expect(&w, "answer get1 4hello\nhook drain polling\n");

    assert_int_equal(gw_eio_session_attach(w.session, &w.candidate.transport, w.now_ms), 0);
    world_text(&w, &w.candidate, "2probe");
    world_expect(&w, "frame candidate text 3probe\nhook upgrading polling\n");
    world_text(&w, &w.candidate, "5");
    world_expect(&w, "upgraded websocket\nhook upgrade websocket\n");
    gw_eio_session_close(w.session);
    world_expect(&w, "close candidate\nclosed forced close\nhook forced close -\n");
    world_dispose(&w);
}

static void discard_upgraded(struct gw_eio_session *session, void *user)
{
    (void)user;
    gw_eio_session_discard(session);
}

/* Who watches would look for the transport that a closed session has not. */
static void a_session_that_its_handler_ends_in_on_upgrade_has_not_changed_over(void **state)
{
    static const struct gw_eio_session_handlers handlers = {.on_upgrade = discard_upgraded};
    static const struct gw_eio_engine_hooks hooks = {
        .on_work = world_on_work, .on_upgrade = hook_upgrade, .on_close = hook_close};
    struct world w;

    (void)state;
    world_init(&w, NULL);
    w.engine.hooks = &hooks;
    world_open_polling(&w);
    gw_eio_session_set_handlers(w.session, &handlers, NULL);
    assert_int_equal(gw_eio_session_attach(w.session, &w.candidate.transport, w.now_ms), 0);
    world_text(&w, &w.candidate, "5");
    world_expect(&w, "close candidate\nhook forced close -\n");
    world_dispose(&w);
}

/* Who watches reads plain numbers. */
static void counts_tell_what_has_happened(void **state)
{
    struct world w;
    const struct gw_eio_counts *counts = &w.engine.counts;

    (void)state;
    world_init(&w, NULL);
    world_open_polling(&w);
    assert_int_equal(counts->opened[GW_EIO_POLLING][1], 1);
    assert_int_equal(counts->open[GW_EIO_POLLING][1], 1);
    assert_int_equal(counts->packets_out, 1); /* the open packet */

    world_send(&w, "hello");
    world_post(&w, "4abc");
    assert_int_equal(counts->packets_out, 2);
    assert_int_equal(counts->packets_in, 1);
    assert_int_equal(counts->bytes_in, 3);

    assert_int_equal(gw_eio_session_attach(w.session, &w.candidate.transport, w.now_ms), 0);
    world_text(&w, &w.candidate, "2probe");
    world_text(&w, &w.candidate, "5");
    assert_int_equal(counts->upgrades_done, 1);
    assert_int_equal(counts->upgrades_failed, 0);
    assert_int_equal(counts->open[GW_EIO_POLLING][1], 0);
    assert_int_equal(counts->open[GW_EIO_WEBSOCKET][1], 1);

    gw_eio_session_discard(w.session);
    assert_int_equal(counts->open[GW_EIO_WEBSOCKET][1], 0);
    assert_int_equal(counts->closed[GW_EIO_FORCED_CLOSE], 1);
    world_dispose(&w);
}

static void an_upgrade_that_is_given_up_has_failed(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, NULL);
    world_open_polling(&w);
    assert_int_equal(gw_eio_session_attach(w.session, &w.candidate.transport, w.now_ms), 0);
    gw_eio_session_transport_closed(w.session, &w.candidate.transport, GW_EIO_TRANSPORT_CLOSE,
                                    NULL);
    assert_int_equal(w.engine.counts.upgrades_failed, 1);
    assert_int_equal(w.engine.counts.open[GW_EIO_POLLING][1], 1);
    world_dispose(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_is_found_by_its_sid_until_it_closes),
        cmocka_unit_test(many_sessions_have_many_sids),
        cmocka_unit_test(the_cap_of_sessions_refuses_the_next),
        cmocka_unit_test(sessions_carry_extra_bytes_for_the_server),
        cmocka_unit_test(closing_the_engine_discards_all_and_refuses_more),
        cmocka_unit_test(a_handler_may_close_another_session_meanwhile),
        cmocka_unit_test(without_memory_no_session_opens),
        cmocka_unit_test(dispose_frees_what_is_still_open),
        cmocka_unit_test(an_initial_packet_follows_the_open_packet),
        cmocka_unit_test(a_sid_may_be_the_callers),
        cmocka_unit_test(hooks_tell_of_a_sessions_life),
        cmocka_unit_test(a_session_that_its_handler_ends_in_on_upgrade_has_not_changed_over),
        cmocka_unit_test(counts_tell_what_has_happened),
        cmocka_unit_test(an_upgrade_that_is_given_up_has_failed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
