/* SPDX-License-Identifier: MIT */
#include "codec/inflate.h"

#include "base/mem.h"
#include "codec/deflate.h"
#include "support/feed.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* One decompression, with little room at a time. */
struct run {
    struct gw_inflate *inflater;
    size_t room;
    struct gw_buf out;
    struct gw_slice expected;
    int err;
    bool is_whole;
};

static void begin(void *user)
{
    struct run *run = user;

    run->inflater = gw_inflate_create(15);
    assert_non_null(run->inflater);
    gw_buf_init(&run->out, 1 << 20);
    run->err = 0;
}

static void feed(void *user, uint8_t *bytes, size_t len)
{
    struct run *run = user;
    struct gw_slice in = {bytes, len};
    size_t made;

    if (run->err)
        return;
    do {
        uint8_t *place;

        assert_int_equal(gw_buf_reserve(&run->out, run->room, &place), 0);
        run->err = gw_inflate_next(run->inflater, &in, place, run->room, &made);
        assert_true(made <= run->room);
        gw_buf_commit(&run->out, made);
    } while (!run->err && made == run->room);
    assert_true(run->err || in.len == 0);
}

static void finish(void *user, const char *how)
{
    struct run *run = user;

    (void)how;
    assert_int_equal(run->out.len, run->expected.len);
    if (run->expected.len > 0)
        assert_memory_equal(run->out.ptr, run->expected.ptr, run->expected.len);
    if (!run->err)
        assert_int_equal(gw_inflate_is_between_blocks(run->inflater), run->is_whole);
    gw_buf_dispose(&run->out);
    gw_inflate_destroy(run->inflater);
}

static void check(struct gw_slice packed, struct gw_slice expected, bool is_whole, int err)
{
    static const struct gw_feed way = {begin, feed, finish};

    for (size_t room = 1; room <= 1000; room = room * 3 + 1) {
        struct run run = {.room = room, .expected = expected, .is_whole = is_whole};

        gw_feed_all_ways(&way, packed, &run);
        assert_int_equal(run.err, err);
    }
}

static void blocks_of_all_types_are_read(void **state)
{
    (void)state;
    check(GW_LIT("\xf2\x48\xcd\xc9\xc9\x07\x00\x00\x00\xff\xff"), GW_LIT("Hello"), true, 0);
    check(GW_LIT("\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f"), GW_LIT("Hello"), true, 0);
    check(GW_LIT("\x00\x00\x00\xff\xff"), GW_LIT(""), true, 0);
}

static void final_block_is_followed_by_others(void **state)
{
    (void)state;
    check(GW_LIT("\xf3\x48\xcd\xc9\xc9\x07\x00"), GW_LIT("Hello"), true, 0);
    check(GW_LIT("\xf3\x48\xcd\xc9\xc9\x07\x00\xf2\x00\x11\x00\x00"), GW_LIT("HelloHello"), false,
          0);
    check(GW_LIT("\xf3\x48\xcd\xc9\xc9\x07\x00\x00\x00\x00\xff\xff"), GW_LIT("Hello"), true, 0);
}

static void cut_block_is_seen(void **state)
{
    (void)state;
    check(GW_LIT("\xf2\x48\xcd\xc9\xc9\x07\x00"), GW_LIT("Hello"), false, 0);
    check(GW_LIT("\x00\x05\x00\xfa\xff\x48\x65"), GW_LIT("He"), false, 0);
    check(GW_LIT("\x00"), GW_LIT(""), false, 0);
}

static void broken_block_is_an_error(void **state)
{
    (void)state;
    check(GW_LIT("\xff"), GW_LIT(""), false, GW_E_PROTO);
    check(GW_LIT("\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x07"), GW_LIT("Hello"), false,
          GW_E_PROTO);
}

static void error_is_forgotten_by_reset(void **state)
{
    struct gw_inflate *inflater = gw_inflate_create(8);
    struct gw_slice bad = GW_LIT("\xff"), good = GW_LIT("\xf2\x48\xcd\xc9\xc9\x07\x00");
    uint8_t out[16];
    size_t made;

    (void)state;
    assert_int_equal(gw_inflate_next(inflater, &bad, out, sizeof out, &made), GW_E_PROTO);
    gw_inflate_reset(inflater);
    assert_true(gw_inflate_is_between_blocks(inflater));
    assert_int_equal(gw_inflate_next(inflater, &good, out, sizeof out, &made), 0);
    assert_int_equal(made, 5);
    gw_inflate_destroy(inflater);
}

/* A megabyte of final blocks, each of them empty: work stays in proportion to it. */
static void many_final_blocks_cost_no_more_than_they_are_long(void **state)
{
    enum { COUNT = 500000 };
    struct gw_inflate *inflater = gw_inflate_create(15);
    uint8_t *blocks = malloc(COUNT * 2), out[16];
    struct gw_slice in = {blocks, COUNT * 2};
    size_t made;

    (void)state;
    for (size_t i = 0; i < COUNT; i++)
        memcpy(blocks + 2 * i, "\x03", 2);
    assert_int_equal(gw_inflate_next(inflater, &in, out, sizeof out, &made), 0);
    assert_int_equal(in.len, 0);
    assert_int_equal(made, 0);
    gw_inflate_destroy(inflater);
    free(blocks);
}

static void memory_that_runs_out_is_told(void **state)
{
    struct gw_inflate *inflater = NULL;
    struct gw_slice in = GW_LIT("\xf2\x48\xcd\xc9\xc9\x07\x00");
    uint8_t out[16];
    size_t made;

    (void)state;
    for (uint64_t nth = 1; !inflater; nth++) {
        gw_mem_fail_at(nth);
        inflater = gw_inflate_create(15);
        gw_mem_fail_at(0);
    }
    gw_mem_fail_at(1); /* the window is made with the first output */
    assert_int_equal(gw_inflate_next(inflater, &in, out, sizeof out, &made), GW_E_NOMEM);
    gw_mem_fail_at(0);
    gw_inflate_destroy(inflater);
    gw_inflate_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_of_all_types_are_read),
        cmocka_unit_test(final_block_is_followed_by_others),
        cmocka_unit_test(cut_block_is_seen),
        cmocka_unit_test(broken_block_is_an_error),
        cmocka_unit_test(error_is_forgotten_by_reset),
        cmocka_unit_test(many_final_blocks_cost_no_more_than_they_are_long),
        cmocka_unit_test(memory_that_runs_out_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
