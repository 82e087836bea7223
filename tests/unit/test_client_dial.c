/* SPDX-License-Identifier: MIT */
#include "client/dial.h"

#include "support/dns.h"
#include "support/ws_peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct run {
    gw_loop *loop;
    struct peer peer;
    struct dns_server dns;
    struct gw_dial_wire conn;
    struct gw_dial *dial;
    int open_count, fail_count, deadline_count, closed_count;
    enum gw_ws_step step;
    int err, status;
    char why[GW_DIAL_WHY_MAX];
};

static struct run *run_of(struct gw_wire *wire)
{
    return container_of(container_of(wire, struct gw_dial_wire, wire), struct run, conn);
}

static void on_closed(struct gw_stream *stream)
{
    run_of(gw_wire_of_stream(stream))->closed_count++;
}

static void on_deadline(struct gw_timer *timer)
{
    run_of(gw_wire_of_timer(timer))->deadline_count++;
}

static const struct gw_stream_handlers stream_handlers = {.on_closed = on_closed};

static void on_open(struct gw_dial *dial, void *user)
{
    struct run *run = user;

    run->open_count++;
    gw_dial_hand_over(dial, &stream_handlers, on_deadline);
    gw_dial_destroy(dial);
    run->dial = NULL;
}

static void on_fail(struct gw_dial *dial, const struct gw_ws_error *error, void *user)
{
    struct run *run = user;

    run->fail_count++;
    run->step = error->step;
    run->err = error->err;
    run->status = error->status;
    snprintf(run->why, sizeof(run->why), "%s", error->why);
    assert_false(gw_wire_is_open(&run->conn.wire));
    gw_dial_destroy(dial);
    run->dial = NULL;
}

static const struct gw_dial_handlers handlers = {.on_open = on_open, .on_fail = on_fail};

static void begin(struct run *run)
{
    *run = (struct run){.loop = gw_loop_create()};
    assert_true(peer_start(&run->peer));
    assert_true(dns_start(&run->dns, NULL, 0));
    gw_dial_wire_init(&run->conn, run->loop);
    run->dial = gw_dial_create(run->loop, &run->conn, &handlers, run);
    assert_non_null(run->dial);
}

static void end(struct run *run)
{
    gw_wire_close(&run->conn.wire);
    gw_dial_destroy(run->dial);
    gw_loop_destroy(run->loop);
    peer_stop(&run->peer);
    dns_stop(&run->dns);
}

static void dial(struct run *run, const char *host, uint64_t timeout_ms)
{
    const struct gw_dial_target target = {
        .host = host,
        .port = run->peer.port,
        .dns_servers = run->dns.text,
        .connect_timeout_ms = timeout_ms,
        .handshake_timeout_ms = timeout_ms,
    };

    gw_dial_start(run->dial, &target);
}

static void step_until(struct run *run, const int *count)
{
    for (int i = 0; i < 1000 && *count == 0; i++)
        gw_loop_step(run->loop, 5);
    assert_int_equal(*count, 1);
}

static void a_wire_before_its_dial_is_done_takes_nothing(void **state)
{
    struct run run;

    (void)state;
    begin(&run);
    assert_false(gw_wire_is_open(&run.conn.wire));
    assert_int_equal(gw_stream_write(&run.conn.wire.stream, GW_LIT("x")), GW_E_CLOSED);
    assert_null(gw_stream_reserve(&run.conn.wire.stream, 1));
    gw_stream_pause(&run.conn.wire.stream);
    gw_stream_resume(&run.conn.wire.stream);
    gw_wire_finish(&run.conn.wire, 1);
    gw_wire_close(&run.conn.wire);
    gw_loop_step(run.loop, 0);
    end(&run);
}

static void the_wire_is_handed_over_with_its_deadline(void **state)
{
    struct run run;

    (void)state;
    begin(&run);
    dial(&run, "127.0.0.1", 60);
    step_until(&run, &run.open_count);
    assert_true(gw_wire_is_open(&run.conn.wire));
    assert_int_equal(gw_stream_write(&run.conn.wire.stream, GW_LIT("x")), 0);
    step_until(&run, &run.deadline_count);
    gw_wire_close(&run.conn.wire);
    step_until(&run, &run.closed_count);
    assert_int_equal(run.fail_count, 0);
    end(&run);
}

static void resolving_has_a_deadline(void **state)
{
    struct run run;

    (void)state;
    begin(&run);
    dial(&run, "slow.test", 30);
    step_until(&run, &run.fail_count);
    assert_int_equal(run.step, GW_WS_STEP_RESOLVE);
    assert_int_equal(run.err, GW_E_TIMEOUT);
    assert_string_equal(run.why, "no address for slow.test within 30 ms");
    end(&run);
}

static void the_first_failure_counts(void **state)
{
    struct run run;

    (void)state;
    begin(&run);
    gw_dial_fail(run.dial, GW_WS_STEP_ARGUMENT, GW_E_ARG, "%s is bad", "this");
    gw_dial_fail(run.dial, GW_WS_STEP_TLS, GW_E_PROTO, "that too");
    gw_dial_abort(run.dial);
    assert_int_equal(run.fail_count, 0);
    step_until(&run, &run.fail_count);
    assert_int_equal(run.step, GW_WS_STEP_ARGUMENT);
    assert_string_equal(run.why, "this is bad");
    end(&run);
}

static void it_may_be_aborted_and_destroyed_at_any_time(void **state)
{
    (void)state;
    for (int turns = 0; turns < 4; turns++)
        for (int how = 0; how < 2; how++) {
            struct run run;

            begin(&run);
            dial(&run, how ? "slow.test" : "127.0.0.1", 5000);
            for (int i = 0; i < turns; i++)
                gw_loop_step(run.loop, 1);
            if (run.dial && how)
                gw_dial_abort(run.dial);
            if (run.dial && how)
                step_until(&run, &run.fail_count);
            end(&run);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wire_before_its_dial_is_done_takes_nothing),
        cmocka_unit_test(the_wire_is_handed_over_with_its_deadline),
        cmocka_unit_test(resolving_has_a_deadline),
        cmocka_unit_test(the_first_failure_counts),
        cmocka_unit_test(it_may_be_aborted_and_destroyed_at_any_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
