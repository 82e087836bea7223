/* SPDX-License-Identifier: MIT */
#include "base/outq.h"

#include "base/mem.h"
#include "support/feed.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
    struct gw_outq_pool pool;
    struct gw_outq q;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    if (!f)
        return -1;
    gw_outq_pool_init(&f->pool);
    gw_outq_init(&f->q);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    gw_outq_dispose(&f->q, &f->pool);
    assert_true(gw_outq_is_empty(&f->q));
    gw_outq_pool_dispose(&f->pool);
    free(f);
    return 0;
}

static void push(struct fixture *f, const char *text)
{
    assert_int_equal(gw_outq_push(&f->q, &f->pool, gw_slice_of(text)), 0);
}

static struct gw_blob *blob_of(const char *text)
{
    struct gw_blob *blob = gw_blob_create(strlen(text));

    assert_non_null(blob);
    memcpy(blob->bytes, text, blob->len);
    return blob;
}

static void push_all(struct gw_outq *q, struct fixture *f, struct gw_blob *blob)
{
    assert_int_equal(
        gw_outq_push_blob(q, &f->pool, blob, (struct gw_slice){blob->bytes, blob->len}), 0);
}

static void push_blob(struct fixture *f, const char *text)
{
    struct gw_blob *blob = blob_of(text);

    push_all(&f->q, f, blob);
    gw_blob_unref(blob);
}

static int open_file(void)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    return fd;
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0 || errno != EBADF;
}

/* That the queue begins with these memory segments, written with '|' between them. */
static void check_segments(const struct fixture *f, const char *expected)
{
    struct gw_slice segments[20];
    size_t count = gw_outq_peek(&f->q, segments, 20);
    char text[500] = "";
    size_t len = 0;

    for (size_t i = 0; i < count; i++) {
        assert_true(len + segments[i].len + 1 < sizeof(text));
        if (i > 0)
            text[len++] = '|';
        memcpy(text + len, segments[i].ptr, segments[i].len);
        len += segments[i].len;
    }
    text[len] = '\0';
    assert_string_equal(text, expected);
}

static void neighbours_in_the_arena_melt(void **state)
{
    struct fixture *f = *state;
    struct gw_outq other;

    gw_outq_init(&other);
    push(f, "ab");
    push(f, "cd");
    check_segments(f, "abcd");
    assert_int_equal(gw_outq_peek_only(&f->q).len, 4);
    assert_int_equal(gw_outq_push(&other, &f->pool, GW_LIT("x")), 0);
    push(f, "ef");
    push(f, "gh");
    check_segments(f, "abcd|efgh");
    assert_int_equal(gw_outq_peek_only(&f->q).len, 0);
    assert_int_equal(f->q.queued_bytes, 8);
    gw_outq_dispose(&other, &f->pool);
}

static void an_echo_allocates_nothing(void **state)
{
    struct fixture *f = *state;
    uint64_t before;

    push(f, "warm");
    gw_outq_consume(&f->q, &f->pool, 4);
    before = gw_mem_alloc_count();
    for (int i = 0; i < 1000; i++) {
        uint8_t *place = gw_outq_reserve(&f->q, &f->pool, 100);

        memcpy(place, "echo", 4);
        gw_outq_commit(&f->q, &f->pool, 4);
        assert_true(gw_slice_equal(gw_outq_peek_only(&f->q), GW_LIT("echo")));
        gw_outq_consume(&f->q, &f->pool, 4);
        assert_true(gw_outq_is_empty(&f->q));
        gw_outq_pool_reset(&f->pool);
    }
    assert_int_equal(gw_mem_alloc_count(), before);
}

static void a_place_not_used_is_given_again(void **state)
{
    struct fixture *f = *state;
    uint8_t *a = gw_outq_reserve(&f->q, &f->pool, 10), *b;

    gw_outq_commit(&f->q, &f->pool, 0);
    b = gw_outq_reserve(&f->q, &f->pool, 10);
    assert_ptr_equal(a, b);
    a = gw_outq_reserve(&f->q, &f->pool, GW_OUTQ_LARGE_BYTES);
    assert_non_null(a);
    memset(a, 'x', GW_OUTQ_LARGE_BYTES);
    push(f, "ab");
    check_segments(f, "ab");
}

static void large_places_are_blobs_and_are_not_moved(void **state)
{
    struct fixture *f = *state;
    uint8_t *place;
    struct gw_slice segments[3];

    push(f, "ab");
    place = gw_outq_reserve(&f->q, &f->pool, GW_OUTQ_LARGE_BYTES);
    memset(place, 'x', GW_OUTQ_LARGE_BYTES);
    gw_outq_commit(&f->q, &f->pool, GW_OUTQ_LARGE_BYTES - 1);
    assert_int_equal(gw_outq_own(&f->q, &f->pool), 0);
    gw_outq_pool_reset(&f->pool);
    assert_int_equal(gw_outq_peek(&f->q, segments, 3), 2);
    assert_ptr_equal(segments[1].ptr, place);
    assert_int_equal(segments[1].len, GW_OUTQ_LARGE_BYTES - 1);
}

static void add_file(struct fixture *f)
{
    assert_int_equal(gw_outq_push_file_take(&f->q, &f->pool, open_file(), 0, 1), 0);
}

static void blobs_are_shared_and_let_go(void **state)
{
    struct fixture *f = *state;
    struct gw_blob *blob = gw_blob_create(6);

    assert_non_null(blob);
    memcpy(blob->bytes, "shared", 6);
    add_file(f); /* behind which there is no range of the arena to be extended */
    for (int i = 0; i < 20; i++)
        assert_int_equal(
            gw_outq_push_blob(&f->q, &f->pool, blob, (struct gw_slice){blob->bytes + 1, 4}), 0);
    assert_int_equal(gw_outq_push_blob(&f->q, &f->pool, blob, (struct gw_slice){blob->bytes, 0}),
                     0);
    assert_int_equal(blob->refs, 21);
    gw_outq_consume(&f->q, &f->pool, 1 + 4 * 9 + 2);
    assert_int_equal(blob->refs, 12);
    check_segments(f, "re|hare|hare|hare|hare|hare|hare|hare|hare|hare|hare");
    gw_outq_dispose(&f->q, &f->pool);
    assert_int_equal(blob->refs, 1);
    gw_blob_unref(blob);
}

/* A broadcast: no chunk and no reference for each of them, and what follows melts. */
static void a_blob_for_many_is_one_range_of_the_arena(void **state)
{
    enum { MANY = 1000 };
    struct fixture *f = *state;
    static struct gw_outq many[MANY];
    struct gw_blob *first = blob_of("first,"), *second = blob_of("second,");
    uint64_t before = 0;

    for (int i = 0; i < MANY; i++) {
        gw_outq_init(&many[i]);
        push_all(&many[i], f, first);
        if (i == 0)
            before = gw_mem_alloc_count();
    }
    for (int i = 0; i < MANY; i++)
        push_all(&many[i], f, second);
    assert_int_equal(first->refs, 2);
    assert_int_equal(gw_mem_alloc_count(), before);
    assert_int_equal(gw_outq_push(&many[3], &f->pool, GW_LIT("own")), 0);
    assert_int_equal(gw_outq_push(&many[4], &f->pool, GW_LIT("other")), 0);
    for (int i = 0; i < MANY; i++) {
        f->q = many[i];
        check_segments(f, i == 3   ? "first,second,own"
                          : i == 4 ? "first,second,|other"
                                   : "first,second,");
        gw_outq_dispose(&f->q, &f->pool);
    }
    gw_outq_pool_reset(&f->pool);
    assert_int_equal(first->refs, 1);
    gw_blob_unref(first);
    gw_blob_unref(second);
}

static void what_is_left_of_a_shared_range_goes_back_to_the_blob(void **state)
{
    struct fixture *f = *state;
    struct gw_blob *blob = blob_of("shared");
    uint64_t before;

    push_all(&f->q, f, blob);
    gw_outq_consume(&f->q, &f->pool, 2);
    before = gw_mem_alloc_count();
    assert_int_equal(gw_outq_own(&f->q, &f->pool), 0);
    assert_int_equal(gw_mem_alloc_count(), before);
    gw_outq_pool_reset(&f->pool);
    memset(f->pool.place, 'X', GW_OUTQ_ARENA_BYTES);
    assert_int_equal(blob->refs, 2);
    check_segments(f, "ared");
    gw_outq_consume(&f->q, &f->pool, 4);
    assert_int_equal(blob->refs, 1);
    gw_blob_unref(blob);
}

/* Its copy is gone with the arena, and its address may be another's. */
static void a_blob_of_an_earlier_turn_is_copied_anew(void **state)
{
    struct fixture *f = *state;
    struct gw_blob *blob = blob_of("again");

    for (int turn = 0; turn < 3; turn++) {
        push_all(&f->q, f, blob);
        check_segments(f, "again");
        assert_int_equal(blob->refs, 2);
        gw_outq_dispose(&f->q, &f->pool);
        gw_outq_pool_reset(&f->pool);
        assert_int_equal(blob->refs, 1);
        memset(f->pool.place, 'X', GW_OUTQ_ARENA_BYTES);
    }
    gw_blob_unref(blob);
}

static void copying_of_blobs_is_bounded(void **state)
{
    struct fixture *f = *state;
    struct gw_outq other;
    struct gw_blob *blob = gw_blob_create(GW_OUTQ_SHARED_BYTES_MAX);

    assert_non_null(blob);
    gw_outq_init(&other);
    for (size_t i = 0; i < 2 * GW_OUTQ_SHARED_TURN_MAX / GW_OUTQ_SHARED_BYTES_MAX; i++) {
        struct gw_blob *next = gw_blob_create(GW_OUTQ_SHARED_BYTES_MAX);

        assert_non_null(next);
        memset(next->bytes, 'x', next->len);
        push_all(&other, f, next);
        gw_blob_unref(next);
        gw_outq_dispose(&other, &f->pool);
    }
    assert_true(f->pool.shared_bytes <= GW_OUTQ_SHARED_TURN_MAX);
    push_all(&f->q, f, blob);
    assert_int_equal(blob->refs, 2); /* by reference again */
    assert_int_equal(gw_outq_peek_only(&f->q).len, 0);
    gw_blob_unref(blob);
}

static void own_moves_only_what_lies_in_the_arena(void **state)
{
    struct fixture *f = *state;
    struct gw_outq other;
    uint64_t before;

    gw_outq_init(&other);
    push(f, "abc");
    assert_int_equal(gw_outq_push(&other, &f->pool, GW_LIT("x")), 0); /* so that it stays apart */
    push_blob(f, "DEF");
    push(f, "ghi");
    push(f, "jkl");
    gw_outq_consume(&f->q, &f->pool, 1);
    assert_int_equal(gw_outq_own(&f->q, &f->pool), 0);
    gw_outq_pool_reset(&f->pool);
    memset(f->pool.place, 'X', GW_OUTQ_ARENA_BYTES);
    check_segments(f, "bc|DEF|ghijkl");

    before = gw_mem_alloc_count();
    assert_int_equal(gw_outq_own(&f->q, &f->pool), 0);
    assert_int_equal(gw_mem_alloc_count(), before);
    push(f, "mno");
    check_segments(f, "bc|DEF|ghijkl|mno");
    assert_int_equal(gw_outq_own(&f->q, &f->pool), 0);
    gw_outq_pool_reset(&f->pool);
    memset(f->pool.place, 'X', GW_OUTQ_ARENA_BYTES);
    gw_outq_consume(&f->q, &f->pool, 6);
    check_segments(f, "hijkl|mno");
}

static void files_stand_between_bytes(void **state)
{
    struct fixture *f = *state;
    int fd = open_file();

    push(f, "head");
    assert_int_equal(gw_outq_push_file_take(&f->q, &f->pool, fd, 1000, 500), 0);
    push(f, "tail");
    assert_int_equal(f->q.queued_bytes, 508);
    assert_null(gw_outq_peek_file(&f->q));
    check_segments(f, "head");
    gw_outq_consume(&f->q, &f->pool, 4);
    check_segments(f, "");
    gw_outq_consume(&f->q, &f->pool, 200);
    assert_non_null(gw_outq_peek_file(&f->q));
    assert_int_equal(gw_outq_peek_file(&f->q)->file_offset, 1200);
    assert_int_equal(gw_outq_peek_file(&f->q)->len, 300);
    assert_true(is_open(fd));
    gw_outq_consume(&f->q, &f->pool, 301);
    assert_false(is_open(fd));
    check_segments(f, "ail");
}

static void files_are_closed_whatever_happens(void **state)
{
    struct fixture *f = *state;
    int fd = open_file();

    assert_int_equal(gw_outq_push_file_take(&f->q, &f->pool, fd, 0, 0), 0);
    assert_false(is_open(fd));
    assert_true(gw_outq_is_empty(&f->q));
    gw_outq_pool_dispose(&f->pool);
    fd = open_file();
    gw_mem_fail_at(1);
    assert_int_equal(gw_outq_push_file_take(&f->q, &f->pool, fd, 0, 10), GW_E_NOMEM);
    assert_false(is_open(fd));
    fd = open_file();
    assert_int_equal(gw_outq_push_file_take(&f->q, &f->pool, fd, 0, 10), 0);
    gw_outq_dispose(&f->q, &f->pool);
    assert_false(is_open(fd));
}

static void failing_memory_loses_no_byte(void **state)
{
    struct fixture *f = *state;

    for (uint64_t nth = 1; nth <= 2; nth++) {
        gw_outq_pool_dispose(&f->pool);
        gw_mem_fail_at(nth);
        assert_int_equal(gw_outq_push(&f->q, &f->pool, GW_LIT("a")), GW_E_NOMEM);
        assert_true(gw_outq_is_empty(&f->q));
    }
    gw_mem_fail_at(0);
    push(f, "abc");
    gw_mem_fail_at(1);
    assert_null(gw_outq_reserve(&f->q, &f->pool, GW_OUTQ_LARGE_BYTES));
    gw_mem_fail_at(1);
    assert_int_equal(gw_outq_own(&f->q, &f->pool), GW_E_NOMEM);
    check_segments(f, "abc");
}

static void a_turn_may_outgrow_the_arena(void **state)
{
    struct fixture *f = *state;
    static char text[10001];
    uint64_t before;

    memset(text, 'x', 10000);
    for (int round = 0; round < 2; round++) {
        before = gw_mem_alloc_count();
        for (int i = 0; i < 100; i++)
            push(f, text);
        assert_int_equal(f->q.queued_bytes, 1000000);
        if (round == 1)
            assert_int_equal(gw_mem_alloc_count(), before);
        gw_outq_consume(&f->q, &f->pool, 1000000);
        gw_outq_pool_reset(&f->pool);
    }
    assert_null(f->pool.arenas->next);
    assert_int_equal(f->pool.spare_count, 3);
}

static void free_chunks_are_bounded(void **state)
{
    struct fixture *f = *state;
    struct gw_blob *blob = gw_blob_create(1);

    assert_non_null(blob);
    for (int i = 0; i < GW_OUTQ_CHUNK_SEGMENTS * (GW_OUTQ_FREE_CHUNKS_MAX + 100); i++)
        assert_int_equal(
            gw_outq_push_blob(&f->q, &f->pool, blob, (struct gw_slice){blob->bytes, 1}), 0);
    gw_outq_dispose(&f->q, &f->pool);
    assert_int_equal(f->pool.free_count, GW_OUTQ_FREE_CHUNKS_MAX);
    gw_outq_pool_reset(&f->pool);
    gw_blob_unref(blob);
}

/* Three queues on one pool against the plain bytes they should hold, through some hundred thousand steps. */
enum { QUEUES = 3, MODEL_BYTES = 1 << 20, STEPS = 200000 };

struct model {
    struct gw_outq q;
    uint8_t *bytes;
    size_t sent, end;
};

static uint64_t random_state;

static size_t below(size_t bound)
{
    return (size_t)(gw_feed_random(&random_state) % bound);
}

static void model_write(struct model *m, uint8_t *place, size_t n)
{
    for (size_t i = 0; i < n; i++)
        place[i] = (uint8_t)below(256);
    memcpy(m->bytes + m->end, place, n);
    m->end += n;
}

static void model_push(struct model *m, struct gw_outq_pool *pool)
{
    size_t room = below(50) ? below(40) : below(2 * GW_OUTQ_LARGE_BYTES);
    size_t n = below(room + 1);
    uint8_t *place = gw_outq_reserve(&m->q, pool, room);

    assert_non_null(place);
    model_write(m, place, n);
    gw_outq_commit(&m->q, pool, n);
}

static void model_push_blob(struct model *m, struct gw_outq_pool *pool)
{
    struct gw_blob *blob = gw_blob_create(100);
    size_t from = below(50), n = below(50);

    assert_non_null(blob);
    model_write(m, blob->bytes + from, n);
    assert_int_equal(gw_outq_push_blob(&m->q, pool, blob, (struct gw_slice){blob->bytes + from, n}),
                     0);
    gw_blob_unref(blob);
}

static void model_send(struct model *m, struct gw_outq_pool *pool)
{
    struct gw_slice segments[5];
    size_t count = gw_outq_peek(&m->q, segments, 1 + below(5));
    size_t total = 0;

    assert_int_equal(m->q.queued_bytes, m->end - m->sent);
    assert_true(count > 0 || m->sent == m->end);
    for (size_t i = 0; i < count; i++) {
        assert_memory_equal(m->bytes + m->sent + total, segments[i].ptr, segments[i].len);
        total += segments[i].len;
    }
    if (below(2))
        total = below(total + 1);
    gw_outq_consume(&m->q, pool, total);
    m->sent += total;
    if (m->sent == m->end)
        m->sent = m->end = 0;
}

static void model_step(struct model *m, struct gw_outq_pool *pool)
{
    size_t what = m->end > MODEL_BYTES / 2 ? 9 : below(10);

    if (what < 5)
        model_push(m, pool);
    else if (what < 6)
        model_push_blob(m, pool);
    else
        model_send(m, pool);
}

static void queues_hold_what_went_in(void **state)
{
    struct fixture *f = *state;
    struct model models[QUEUES] = {0};

    random_state = 1;
    for (size_t i = 0; i < QUEUES; i++) {
        models[i].bytes = malloc(MODEL_BYTES);
        assert_non_null(models[i].bytes);
    }
    for (int step = 0; step < STEPS; step++) {
        model_step(&models[below(QUEUES)], &f->pool);
        if (below(10))
            continue;
        for (size_t i = 0; i < QUEUES; i++)
            assert_int_equal(gw_outq_own(&models[i].q, &f->pool), 0);
        gw_outq_pool_reset(&f->pool);
        memset(f->pool.place, 0xee, 1000);
    }
    for (size_t i = 0; i < QUEUES; i++) {
        gw_outq_dispose(&models[i].q, &f->pool);
        free(models[i].bytes);
    }
}

#define FIXED(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXED(neighbours_in_the_arena_melt),
        FIXED(an_echo_allocates_nothing),
        FIXED(a_place_not_used_is_given_again),
        FIXED(large_places_are_blobs_and_are_not_moved),
        FIXED(blobs_are_shared_and_let_go),
        FIXED(a_blob_for_many_is_one_range_of_the_arena),
        FIXED(what_is_left_of_a_shared_range_goes_back_to_the_blob),
        FIXED(a_blob_of_an_earlier_turn_is_copied_anew),
        FIXED(copying_of_blobs_is_bounded),
        FIXED(own_moves_only_what_lies_in_the_arena),
        FIXED(files_stand_between_bytes),
        FIXED(files_are_closed_whatever_happens),
        FIXED(failing_memory_loses_no_byte),
        FIXED(a_turn_may_outgrow_the_arena),
        FIXED(free_chunks_are_bounded),
        FIXED(queues_hold_what_went_in),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
