/* SPDX-License-Identifier: MIT */
#include "eio/queue.h"

#include "base/mem.h"

enum { FIRST_CAPACITY = 4 };

static uint64_t cost(const struct gw_eio_message *message)
{
    return gw_eio_message_frame_body(message).len + GW_EIO_QUEUE_ENTRY_BYTES;
}

static uint32_t slot(const struct gw_eio_queue *queue, uint32_t n)
{
    return (queue->first + n) & (queue->capacity - 1);
}

void gw_eio_queue_init(struct gw_eio_queue *queue)
{
    *queue = (struct gw_eio_queue){0};
}

void gw_eio_queue_dispose(struct gw_eio_queue *queue)
{
    for (uint32_t i = 0; i < queue->count; i++)
        gw_eio_message_unref(queue->items[slot(queue, i)]);
    gw_mem_free(queue->items);
    gw_eio_queue_init(queue);
}

static int grow(struct gw_eio_queue *queue)
{
    uint32_t capacity = queue->capacity ? queue->capacity * 2 : FIRST_CAPACITY;
    struct gw_eio_message **items;

    if (capacity <= queue->capacity)
        return GW_E_LIMIT;
    items = gw_mem_alloc(capacity * sizeof(struct gw_eio_message *));
    if (!items)
        return GW_E_NOMEM;
    for (uint32_t i = 0; i < queue->count; i++)
        items[i] = queue->items[slot(queue, i)];
    gw_mem_free(queue->items);
    queue->items = items;
    queue->capacity = capacity;
    queue->first = 0;
    return 0;
}

int gw_eio_queue_push(struct gw_eio_queue *queue, struct gw_eio_message *message,
                      uint64_t limit_bytes)
{
    uint64_t bytes = cost(message);

    if (queue->bytes > limit_bytes || bytes > limit_bytes - queue->bytes)
        return GW_E_LIMIT;
    if (queue->count == queue->capacity) {
        int err = grow(queue);

        if (err < 0)
            return err;
    }
    queue->items[slot(queue, queue->count)] = gw_eio_message_ref(message);
    queue->count++;
    queue->bytes += bytes;
    return 0;
}

const struct gw_eio_message *gw_eio_queue_at(const struct gw_eio_queue *queue, uint32_t n)
{
    return n < queue->count ? queue->items[slot(queue, n)] : NULL;
}

struct gw_eio_message *gw_eio_queue_pop(struct gw_eio_queue *queue)
{
    struct gw_eio_message *message;

    if (queue->count == 0)
        return NULL;
    message = queue->items[queue->first];
    queue->first = slot(queue, 1);
    queue->count--;
    queue->bytes -= cost(message);
    if (queue->count == 0)
        gw_eio_queue_dispose(queue);
    return message;
}
