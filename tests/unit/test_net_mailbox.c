/* SPDX-License-Identifier: MIT */
#include "net/mailbox.h"

#include "base/mem.h"

#include <poll.h>
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { THREADS = 4, POSTS = 2000 };

struct note {
    uint32_t thread, number;
};

static struct gw_mailbox box;
static uint32_t next_number[THREADS];
static uint32_t received;

static int set_up(void **state)
{
    (void)state;
    received = 0;
    memset(next_number, 0, sizeof(next_number));
    return gw_mailbox_init(&box);
}

static int tear_down(void **state)
{
    (void)state;
    gw_mailbox_dispose(&box);
    return 0;
}

static bool rings(void)
{
    struct pollfd item = {.fd = box.event_fd, .events = POLLIN};

    return poll(&item, 1, 0) == 1;
}

static void on_note(gw_loop *loop, void *bytes, size_t len)
{
    const struct note *note = bytes;

    (void)loop;
    assert_int_equal(len, sizeof(*note));
    assert_int_equal(note->number, next_number[note->thread]);
    next_number[note->thread]++;
    received++;
}

static void *post_many(void *user)
{
    struct note note = {.thread = *(const uint32_t *)user};

    for (note.number = 0; note.number < POSTS; note.number++) {
        if (gw_mailbox_post(&box, on_note, &note, sizeof(note)) < 0)
            abort();
    }
    return NULL;
}

static void letters_of_each_thread_arrive_once_and_in_order(void **state)
{
    pthread_t threads[THREADS];
    uint32_t ids[THREADS];

    (void)state;
    for (uint32_t i = 0; i < THREADS; i++) {
        ids[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, post_many, &ids[i]), 0);
    }
    while (received < THREADS * POSTS) {
        struct pollfd item = {.fd = box.event_fd, .events = POLLIN};

        assert_int_equal(poll(&item, 1, -1), 1);
        gw_mailbox_deliver(&box, NULL);
    }
    for (uint32_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_false(rings());
}

static void on_repost(gw_loop *loop, void *bytes, size_t len)
{
    (void)loop;
    received++;
    assert_int_equal(gw_mailbox_post(&box, on_repost, bytes, len), 0);
}

static void letter_posted_by_a_letter_waits_for_the_next_delivery(void **state)
{
    (void)state;
    assert_int_equal(gw_mailbox_post(&box, on_repost, NULL, 0), 0);
    for (uint32_t i = 1; i <= 3; i++) {
        assert_true(rings());
        gw_mailbox_deliver(&box, NULL);
        assert_int_equal(received, i);
    }
    assert_true(rings()); /* what is left is dropped with the box */
}

static void on_aligned(gw_loop *loop, void *bytes, size_t len)
{
    (void)loop;
    assert_int_equal((uintptr_t)bytes % alignof(max_align_t), 0);
    assert_int_equal(len, 3);
    assert_memory_equal(bytes, "abc", 3);
    received++;
}

static void bytes_are_copied_to_an_aligned_place(void **state)
{
    char bytes[] = "abc";

    (void)state;
    assert_int_equal(gw_mailbox_post(&box, on_aligned, bytes, 3), 0);
    memset(bytes, 'x', 3);
    gw_mailbox_deliver(&box, NULL);
    assert_int_equal(received, 1);
}

static void lack_of_memory_is_told_to_the_sender(void **state)
{
    (void)state;
    gw_mem_fail_at(1);
    assert_int_equal(gw_mailbox_post(&box, on_note, NULL, 0), GW_E_NOMEM);
    gw_mem_fail_at(0);
    assert_int_equal(gw_mailbox_post(&box, on_note, "", SIZE_MAX), GW_E_NOMEM);
    assert_false(rings());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(letters_of_each_thread_arrive_once_and_in_order, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(letter_posted_by_a_letter_waits_for_the_next_delivery,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(bytes_are_copied_to_an_aligned_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lack_of_memory_is_told_to_the_sender, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
