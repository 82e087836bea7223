/* SPDX-License-Identifier: MIT */
/* The life of a client: what is told, in which order, how often, and that nothing is left behind. */
#include "base/mem.h"
#include "support/ws_peer.h"

#include <godwit/client.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct run {
    gw_loop *loop;
    struct peer peer;
    gw_ws *ws;
    char url[64];
    const char *path;
    int open_count, message_count, error_count, close_count;
    struct gw_ws_error error;
    char why[256];
    uint16_t code;
    bool was_clean;
    enum gw_ws_ready_state open_state, error_state, close_state;
    void (*in_open)(struct run *run, gw_ws *ws);
    void (*in_message)(struct run *run, gw_ws *ws);
};

static void on_open(gw_ws *ws, void *user)
{
    struct run *run = user;

    run->open_count++;
    run->open_state = gw_ws_ready_state(ws);
    if (run->in_open)
        run->in_open(run, ws);
}

static void on_message(gw_ws *ws, struct gw_slice data, bool is_binary, void *user)
{
    struct run *run = user;

    run->message_count++;
    assert_true(gw_slice_equal(data, GW_LIT("hi")) && !is_binary);
    if (run->in_message)
        run->in_message(run, ws);
}

static void on_error(gw_ws *ws, const struct gw_ws_error *error, void *user)
{
    struct run *run = user;

    assert_int_equal(run->close_count, 0);
    run->error_count++;
    run->error = *error;
    run->error_state = gw_ws_ready_state(ws);
    snprintf(run->why, sizeof(run->why), "%s", error->why);
}

static void on_close(gw_ws *ws, uint16_t code, struct gw_slice reason, bool was_clean, void *user)
{
    struct run *run = user;

    (void)reason;
    run->close_count++;
    run->close_state = gw_ws_ready_state(ws);
    run->code = code;
    run->was_clean = was_clean;
    assert_int_equal(gw_ws_send_text(ws, GW_LIT("late")), GW_E_CLOSED);
    assert_int_equal(gw_ws_close(ws, 1000, NULL), GW_E_CLOSED);
    gw_ws_terminate(ws);
}

static const struct gw_ws_handlers handlers = {
    .on_open = on_open,
    .on_message = on_message,
    .on_error = on_error,
    .on_close = on_close,
};

static void begin(struct run *run)
{
    *run = (struct run){.loop = gw_loop_create()};
    assert_non_null(run->loop);
    assert_true(peer_start(&run->peer));
}

static void end(struct run *run)
{
    gw_loop_destroy(run->loop);
    peer_stop(&run->peer);
}

static void connect_to(struct run *run, const char *path,
                       const struct gw_ws_client_options *options)
{
    snprintf(run->url, sizeof(run->url), "ws://127.0.0.1:%u%s", run->peer.port, path);
    run->ws = gw_ws_connect(run->loop, run->url, options, &handlers, run);
    assert_int_equal(run->open_count + run->error_count + run->close_count, 0);
}

static void step(struct run *run)
{
    peer_serve(&run->peer);
    gw_loop_step(run->loop, 5);
}

static void finish(struct run *run)
{
    for (int i = 0; i < 2000 && run->close_count == 0; i++)
        step(run);
    assert_int_equal(run->close_count, 1);
    assert_int_equal(run->close_state, GW_WS_CLOSED);
}

static void close_it(struct run *run, gw_ws *ws)
{
    (void)run;
    assert_int_equal(gw_ws_close(ws, 1000, "bye"), 0);
    assert_int_equal(gw_ws_ready_state(ws), GW_WS_CLOSING);
    assert_int_equal(gw_ws_send_text(ws, GW_LIT("late")), GW_E_CLOSED);
}

static void terminate_it(struct run *run, gw_ws *ws)
{
    (void)run;
    gw_ws_terminate(ws);
    assert_int_equal(gw_ws_ready_state(ws), GW_WS_CLOSING);
}

static void it_connects_gets_a_message_and_closes(void **state)
{
    struct run run;

    (void)state;
    begin(&run);
    run.in_message = close_it;
    connect_to(&run, "/open", NULL);
    assert_int_equal(gw_ws_ready_state(run.ws), GW_WS_CONNECTING);
    assert_int_equal(gw_ws_send_text(run.ws, GW_LIT("early")), GW_E_CLOSED);
    assert_int_equal(gw_ws_ping(run.ws, GW_LIT("early")), GW_E_CLOSED);
    assert_int_equal(gw_ws_pause(run.ws), GW_E_CLOSED);
    assert_int_equal(gw_ws_buffered_amount(run.ws), 0);
    assert_string_equal(gw_ws_protocol(run.ws), "");
    assert_string_equal(gw_ws_extensions(run.ws), "");
    assert_string_equal(gw_ws_url(run.ws), run.url);
    gw_ws_set_user(run.ws, &run);
    assert_ptr_equal(gw_ws_user(run.ws), &run);
    finish(&run);
    assert_int_equal(run.open_count, 1);
    assert_int_equal(run.open_state, GW_WS_OPEN);
    assert_int_equal(run.message_count, 1);
    assert_int_equal(run.error_count, 0);
    assert_int_equal(run.code, 1000);
    assert_true(run.was_clean);
    end(&run);
}

static void closing_in_on_open_is_a_clean_close(void **state)
{
    struct run run;

    (void)state;
    begin(&run);
    run.in_open = close_it;
    connect_to(&run, "/open", NULL);
    finish(&run);
    assert_int_equal(run.message_count, 0);
    assert_int_equal(run.error_count, 0);
    assert_true(run.was_clean);
    end(&run);
}

static void terminating_in_a_callback_is_no_error(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct run run;

        begin(&run);
        *(i ? &run.in_open : &run.in_message) = terminate_it;
        connect_to(&run, "/open", NULL);
        finish(&run);
        assert_int_equal(run.message_count, i ? 0 : 1);
        assert_int_equal(run.error_count, 0);
        assert_int_equal(run.code, 1006);
        assert_false(run.was_clean);
        end(&run);
    }
}

static void an_end_without_a_close_frame_is_an_error(void **state)
{
    struct run run;

    (void)state;
    begin(&run);
    connect_to(&run, "/end", NULL);
    finish(&run);
    assert_int_equal(run.open_count, 1);
    assert_int_equal(run.error_count, 1);
    assert_int_equal(run.error.step, GW_WS_STEP_MESSAGES);
    assert_int_equal(run.error_state, GW_WS_CLOSED);
    assert_int_equal(run.code, 1006);
    end(&run);
}

static void a_refusal_is_told_with_its_status(void **state)
{
    struct run run;

    (void)state;
    begin(&run);
    connect_to(&run, "/refuse", NULL);
    finish(&run);
    assert_int_equal(run.open_count, 0);
    assert_int_equal(run.error.step, GW_WS_STEP_HANDSHAKE);
    assert_int_equal(run.error.status, 403);
    assert_string_equal(run.why, "the server answered HTTP/1.1 403 Forbidden");
    end(&run);
}

static void a_redirect_is_followed(void **state)
{
    const struct gw_ws_client_options options = {.max_redirects = 1};
    struct run run;

    (void)state;
    begin(&run);
    run.in_message = close_it;
    connect_to(&run, "/moved", &options);
    finish(&run);
    assert_int_equal(run.peer.request_count, 2);
    assert_int_equal(run.open_count, 1);
    assert_true(run.was_clean);
    end(&run);
}

static void a_proxy_is_asked_first(void **state)
{
    char proxy[64];
    struct gw_ws_client_options options = {.proxy = proxy};
    struct run run;

    (void)state;
    begin(&run);
    run.in_message = close_it;
    snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%u", run.peer.port);
    connect_to(&run, "/open", &options);
    finish(&run);
    assert_int_equal(run.peer.request_count, 2);
    assert_true(run.was_clean);
    end(&run);
}

static void bad_arguments_are_told_from_the_loop(void **state)
{
    struct run run;

    (void)state;
    begin(&run);
    run.ws = gw_ws_connect(run.loop, "nonsense", NULL, &handlers, &run);
    assert_non_null(run.ws);
    assert_string_equal(gw_ws_url(run.ws), "nonsense");
    assert_int_equal(run.error_count, 0);
    finish(&run);
    assert_int_equal(run.error.step, GW_WS_STEP_ARGUMENT);
    assert_int_equal(run.error.err, GW_E_ARG);
    end(&run);
}

/* After any number of turns: before it dials, while it connects, shakes hands, is open. */
static void it_may_be_given_up_at_any_time(void **state)
{
    (void)state;
    for (int turns = 0; turns < 8; turns++)
        for (int how = 0; how < 2; how++) {
            struct run run;

            begin(&run);
            connect_to(&run, "/open", NULL);
            for (int i = 0; i < turns && run.close_count == 0; i++)
                step(&run);
            if (how == 0)
                gw_ws_terminate(run.ws);
            else
                gw_ws_close(run.ws, 1000, NULL);
            assert_int_equal(run.close_count, 0);
            finish(&run);
            assert_int_equal(run.error_count, run.open_count ? 0 : 1);
            if (run.error_count)
                assert_int_equal(run.error.err, GW_E_CLOSED);
            end(&run);
        }
}

static void the_loop_may_be_destroyed_after_terminate(void **state)
{
    (void)state;
    for (int turns = 0; turns < 8; turns++) {
        struct run run;

        begin(&run);
        connect_to(&run, "/open", NULL);
        for (int i = 0; i < turns; i++)
            step(&run);
        gw_ws_terminate(run.ws);
        gw_loop_destroy(run.loop);
        assert_int_equal(run.close_count, 1);
        peer_stop(&run.peer);
    }
}

static void the_handshake_has_a_deadline(void **state)
{
    const struct gw_ws_client_options options = {.handshake_timeout_ms = 30};
    struct run run;

    (void)state;
    begin(&run);
    connect_to(&run, "/silent", &options);
    finish(&run);
    assert_int_equal(run.error.step, GW_WS_STEP_HANDSHAKE);
    assert_int_equal(run.error.err, GW_E_TIMEOUT);
    assert_string_equal(run.why, "no answer within 30 ms");
    end(&run);
}

/* Runs with the n-th allocation failing; gives whether it got so far. */
static bool survives(uint64_t nth, const char *path, const struct gw_ws_client_options *options)
{
    struct run run;
    bool is_through;

    begin(&run);
    run.in_message = close_it;
    gw_mem_fail_at(nth);
    connect_to(&run, path, options);
    if (run.ws) {
        finish(&run);
        is_through = run.was_clean;
        assert_int_equal(run.error_count, is_through ? 0 : 1);
    } else {
        is_through = false;
        assert_int_equal(run.close_count, 0);
    }
    gw_mem_fail_at(0);
    end(&run);
    return is_through;
}

static void each_allocation_may_fail(void **state)
{
    static const struct gw_ws_deflate deflate = {0};
    static const char *const headers[] = {"Cookie: a=b", NULL};
    static const char *const subprotocols[] = {"a", "b", NULL};
    const struct gw_ws_client_options options = {
        .max_redirects = 1,
        .headers = headers,
        .subprotocols = subprotocols,
        .origin = "https://a.test",
        .deflate = &deflate,
        .tls = (gw_client_tls *)(uintptr_t)&deflate, /* never looked at */
    };
    int through_count = 0;

    (void)state;
    /* One that fails may be made good by another way, so a few more are tried behind the first success. */
    for (uint64_t nth = 1; through_count < 5; nth++)
        through_count = survives(nth, "/moved", &options) ? through_count + 1 : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_connects_gets_a_message_and_closes),
        cmocka_unit_test(closing_in_on_open_is_a_clean_close),
        cmocka_unit_test(terminating_in_a_callback_is_no_error),
        cmocka_unit_test(an_end_without_a_close_frame_is_an_error),
        cmocka_unit_test(a_refusal_is_told_with_its_status),
        cmocka_unit_test(a_redirect_is_followed),
        cmocka_unit_test(a_proxy_is_asked_first),
        cmocka_unit_test(bad_arguments_are_told_from_the_loop),
        cmocka_unit_test(it_may_be_given_up_at_any_time),
        cmocka_unit_test(the_loop_may_be_destroyed_after_terminate),
        cmocka_unit_test(the_handshake_has_a_deadline),
        cmocka_unit_test(each_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
