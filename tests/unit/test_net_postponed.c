/* SPDX-License-Identifier: MIT */
#include "net/postponed.h"

#include "base/mem.h"
#include "support/sockets.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { SOON_ENOUGH = 100000 };

static gw_loop *loop;
static struct gw_stream stream;
static int theirs, closed_count, error_count;

static void on_error(struct gw_stream *of, int errno_value)
{
    (void)of;
    (void)errno_value;
    error_count++;
}

static void on_closed(struct gw_stream *of)
{
    (void)of;
    closed_count++;
}

static const struct gw_stream_handlers handlers = {.on_error = on_error, .on_closed = on_closed};

static int set_up(void **state)
{
    struct socket_pair pair = unix_pair();

    (void)state;
    closed_count = error_count = 0;
    theirs = pair.theirs;
    loop = gw_loop_create();
    return loop ? gw_stream_open(&stream, loop, pair.ours, &handlers) : -1;
}

static int tear_down(void **state)
{
    (void)state;
    gw_mem_fail_at(0);
    gw_stream_close(&stream);
    gw_loop_destroy(loop);
    close(theirs);
    return 0;
}

static void put(const char *text)
{
    assert_int_equal(gw_stream_write(&stream, gw_slice_of(text)), 0);
}

/* What one read of the peer's gives now. */
static void check_read(const char *text)
{
    char bytes[64] = "";

    recv(theirs, bytes, sizeof(bytes) - 1, MSG_DONTWAIT);
    assert_string_equal(bytes, text);
}

static void turn(void)
{
    assert_int_equal(gw_loop_step(loop, 0), 0);
}

static void turn_until_sent(void)
{
    for (int i = 0; i < SOON_ENOUGH && gw_stream_queued_bytes(&stream) > 0; i++)
        gw_loop_step(loop, 10);
    assert_int_equal(gw_stream_queued_bytes(&stream), 0);
}

static void what_is_sent_now_is_there_at_once(void **state)
{
    (void)state;
    put("answer");
    assert_true(gw_stream_send_now(&stream));
    check_read("answer");
    assert_false(gw_stream_send_now(&stream)); /* nothing is left */
    put("more");
    turn();
    check_read("more");
}

static void what_is_postponed_comes_later_by_itself(void **state)
{
    uint64_t start_ms = gw_loop_now_ms(loop);

    (void)state;
    put("later");
    gw_postponed_add(&stream);
    if (gw_stream_queued_bytes(&stream) > 0)
        check_read("");
    turn_until_sent();
    check_read("later");
    assert_true(gw_loop_now_ms(loop) >= start_ms + GW_POSTPONED_MS);
}

static void what_is_written_next_takes_it_along(void **state)
{
    (void)state;
    put("one ");
    gw_postponed_add(&stream);
    check_read("");
    put("two");
    turn();
    check_read("one two");
    assert_int_equal(gw_stream_queued_bytes(&stream), 0);
}

/* The second time begins anew, and the first has nothing to do any more. */
static void a_stream_may_be_postponed_again(void **state)
{
    (void)state;
    put("one ");
    gw_postponed_add(&stream);
    put("two");
    turn();
    check_read("one two");
    put("three");
    gw_postponed_add(&stream);
    check_read("");
    turn_until_sent();
    check_read("three");
}

static void nothing_to_send_is_not_postponed(void **state)
{
    (void)state;
    gw_postponed_add(&stream);
    assert_false(stream.is_postponed);
    put("x");
    turn();
    check_read("x");
}

static void finishing_sends_it_first(void **state)
{
    (void)state;
    put("last");
    gw_postponed_add(&stream);
    gw_stream_finish(&stream);
    turn();
    check_read("last");
    assert_int_equal(recv(theirs, &(char){0}, 1, MSG_DONTWAIT), 0); /* its FIN */
}

static void closing_forgets_it(void **state)
{
    (void)state;
    put("lost");
    gw_postponed_add(&stream);
    gw_stream_close(&stream);
    turn();
    assert_int_equal(closed_count, 1);
    memset(&stream, 0xee, sizeof(stream)); /* nobody looks at it any more */
    for (int i = 0; i <= GW_POSTPONED_MS; i++)
        gw_loop_step(loop, 2);
    gw_stream_init_closed(&stream, loop);
}

static void a_loop_may_end_with_streams_that_wait(void **state)
{
    (void)state;
    put("lost");
    gw_postponed_add(&stream);
    gw_stream_close(&stream); /* and the loop, by tear_down, without another turn */
}

/* A failure now would find its owner in the middle of something. */
static void a_failure_waits_for_the_end_of_the_turn(void **state)
{
    (void)state;
    close(theirs);
    theirs = -1;
    put("nobody");
    assert_false(gw_stream_send_now(&stream));
    assert_int_equal(error_count, 0);
    turn();
    assert_int_equal(error_count, 1);
}

static void without_memory_it_leaves_with_the_turn(void **state)
{
    (void)state;
    for (size_t n = 1; n <= 4; n++) {
        put("in time");
        gw_mem_fail_at(n);
        gw_postponed_add(&stream);
        gw_mem_fail_at(0);
        if (!stream.is_postponed)
            turn();
        turn_until_sent();
        check_read("in time");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_sent_now_is_there_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_postponed_comes_later_by_itself, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_written_next_takes_it_along, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_stream_may_be_postponed_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_to_send_is_not_postponed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(finishing_sends_it_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(closing_forgets_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_loop_may_end_with_streams_that_wait, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_failure_waits_for_the_end_of_the_turn, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_memory_it_leaves_with_the_turn, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
