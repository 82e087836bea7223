/* SPDX-License-Identifier: MIT */
#include "base/mem.h"
#include "eio/queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct gw_eio_message *numbered(uint8_t number)
{
    struct gw_eio_message *message = gw_eio_message_create(true, 1);

    assert_non_null(message);
    *gw_eio_message_payload(message) = number;
    return message;
}

static void push_number(struct gw_eio_queue *queue, uint8_t number)
{
    struct gw_eio_message *message = numbered(number);

    assert_int_equal(gw_eio_queue_push(queue, message, UINT64_MAX), 0);
    gw_eio_message_unref(message);
}

static void pop_number(struct gw_eio_queue *queue, uint8_t number)
{
    struct gw_eio_message *message = gw_eio_queue_pop(queue);

    assert_non_null(message);
    assert_int_equal(*gw_eio_message_payload(message), number);
    gw_eio_message_unref(message);
}

static void messages_leave_in_the_order_they_came(void **state)
{
    struct gw_eio_queue queue;
    uint8_t in = 0, out = 0;

    (void)state;
    gw_eio_queue_init(&queue);
    for (int round = 0; round < 20; round++) { /* three in, two out: the ring turns and grows */
        push_number(&queue, in++);
        push_number(&queue, in++);
        push_number(&queue, in++);
        pop_number(&queue, out++);
        pop_number(&queue, out++);
    }
    while (!gw_eio_queue_is_empty(&queue))
        pop_number(&queue, out++);
    assert_int_equal(out, in);
    assert_null(gw_eio_queue_pop(&queue));
    assert_null(queue.items);
    assert_int_equal(queue.bytes, 0);
}

static void dispose_drops_what_is_left(void **state)
{
    struct gw_eio_queue queue;

    (void)state;
    gw_eio_queue_init(&queue);
    push_number(&queue, 1);
    push_number(&queue, 2);
    gw_eio_queue_dispose(&queue);
    assert_true(gw_eio_queue_is_empty(&queue));
    push_number(&queue, 3);
    pop_number(&queue, 3);
}

static void empty_messages_count_against_the_limit_too(void **state)
{
    struct gw_eio_message *message = gw_eio_message_create(true, 0);
    struct gw_eio_queue queue;
    uint32_t count = 0;

    (void)state;
    gw_eio_queue_init(&queue);
    while (gw_eio_queue_push(&queue, message, 1000) == 0)
        count++;
    assert_int_equal(count, 1000 / GW_EIO_QUEUE_ENTRY_BYTES);
    assert_int_equal(gw_eio_queue_push(&queue, message, 1000), GW_E_LIMIT);
    assert_int_equal(gw_eio_queue_push(&queue, message, 0), GW_E_LIMIT);
    gw_eio_queue_dispose(&queue);
    gw_eio_message_unref(message);
}

static void without_memory_nothing_is_queued(void **state)
{
    struct gw_eio_message *message = numbered(1);
    struct gw_eio_queue queue;

    (void)state;
    gw_eio_queue_init(&queue);
    gw_mem_fail_at(1);
    assert_int_equal(gw_eio_queue_push(&queue, message, UINT64_MAX), GW_E_NOMEM);
    assert_int_equal(message->refs, 1);
    assert_true(gw_eio_queue_is_empty(&queue));
    gw_eio_message_unref(message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_leave_in_the_order_they_came),
        cmocka_unit_test(dispose_drops_what_is_left),
        cmocka_unit_test(empty_messages_count_against_the_limit_too),
        cmocka_unit_test(without_memory_nothing_is_queued),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
