/* SPDX-License-Identifier: MIT */
/* Messages that wait for a transport that can take them: a ring of references. An empty queue owns
 * no memory. */
#ifndef GW_EIO_QUEUE_H
#define GW_EIO_QUEUE_H

#include "eio/message.h"

enum {
    /* Counted for each message on top of its bytes, so that empty ones are not free. */
    GW_EIO_QUEUE_ENTRY_BYTES = 64,
};

struct gw_eio_queue {
    /* private */
    struct gw_eio_message **items;
    uint32_t capacity; /* a power of two, or 0 */
    uint32_t first;
    uint32_t count;
    uint64_t bytes;
};

void gw_eio_queue_init(struct gw_eio_queue *queue);
/* Drops all messages. The queue is empty and usable again. */
void gw_eio_queue_dispose(struct gw_eio_queue *queue);

/* Takes a reference of its own. limit_bytes bounds queue->bytes. 0, GW_E_LIMIT or GW_E_NOMEM (queue
 * unchanged). */
int gw_eio_queue_push(struct gw_eio_queue *queue, struct gw_eio_message *message,
                      uint64_t limit_bytes);
/* The oldest message, its reference now the caller's; NULL when empty. The last one gives the
 * ring's memory back. */
struct gw_eio_message *gw_eio_queue_pop(struct gw_eio_queue *queue);

/* The n-th from the oldest, 0 being that, still the queue's; NULL: there are not so many. */
const struct gw_eio_message *gw_eio_queue_at(const struct gw_eio_queue *queue, uint32_t n);
static inline bool gw_eio_queue_is_empty(const struct gw_eio_queue *queue)
{
    return queue->count == 0;
}

#endif
