/* SPDX-License-Identifier: MIT */
/* What a connection has still to send, as segments ready for one gathering write.
 *
 * A small answer is written once, into the pool's arena, and goes to the kernel from there at the end of the turn:
 * no allocation, and neighbours in the arena melt into one segment. What the kernel did not take by then
 * moves into a blob (gw_outq_own), because the arena starts anew each turn. A large answer lies in a blob from the
 * beginning: the kernel seldom takes it at once, and so it is not copied again. Idle queues own nothing. */
#ifndef GW_BASE_OUTQ_H
#define GW_BASE_OUTQ_H

#include "base/blob.h"

#include <godwit/base.h>

enum {
    GW_OUTQ_ARENA_BYTES = 256 * 1024,
    GW_OUTQ_LARGE_BYTES = 32 * 1024, /* from here on a reserved place is a blob of its own */
    GW_OUTQ_CHUNK_SEGMENTS = 8,
    GW_OUTQ_FREE_CHUNKS_MAX = 1024, /* so that a broadcast to a thousand allocates no chunks */
    GW_OUTQ_SPARE_ARENAS_MAX = 3,
};

/* One range of bytes. blob == NULL: the bytes lie in the arena. file_fd >= 0: a range of a file, ptr is NULL. */
struct gw_outq_segment {
    const uint8_t *ptr;
    size_t len;
    struct gw_blob *blob;
    uint64_t file_offset;
    int file_fd;
};

struct gw_outq_chunk {
    struct gw_outq_chunk *next;
    uint32_t first,
        end; /* segments[first..end) are live; never none while the chunk is in a queue */
    struct gw_outq_segment segments[GW_OUTQ_CHUNK_SEGMENTS];
};

struct gw_outq_arena {
    struct gw_outq_arena *next;
    uint8_t bytes[GW_OUTQ_ARENA_BYTES];
};

/* Shared by all queues of a loop. */
struct gw_outq_pool {
    uint8_t *place; /* the first free byte of the arena in use */
    size_t
        left; /* free bytes from there on; 0 while there is no arena: one comparison tells both */
    struct gw_blob *large; /* the place that the last reserve gave, when that is a blob */
    struct gw_outq_chunk *free_chunks;
    size_t free_count;
    struct gw_outq_arena *arenas; /* of this turn, the one in use first */
    struct gw_outq_arena *spare;
    size_t spare_count;
};

struct gw_outq {
    struct gw_outq_chunk *head, *tail;
    struct gw_outq_chunk
        *unowned; /* no chunk before it has a segment in the arena; NULL: none at all has */
    uint64_t queued_bytes;
};

void gw_outq_pool_init(struct gw_outq_pool *pool);
void gw_outq_pool_dispose(struct gw_outq_pool *pool);
/* The arena is empty again. Every queue must have been flushed or owned before. */
void gw_outq_pool_reset(struct gw_outq_pool *pool);

void gw_outq_init(struct gw_outq *q);
/* Drops everything unsent; closes files. */
void gw_outq_dispose(struct gw_outq *q, struct gw_outq_pool *pool);

static inline bool gw_outq_is_empty(const struct gw_outq *q)
{
    return q->head == NULL;
}

/* The slow half of gw_outq_reserve: gets a chunk, an arena, or a blob when n is large. */
uint8_t *gw_outq_make_room(struct gw_outq_pool *pool, size_t n);

/* n bytes at the end of the queue to be written by the caller and made part of it by gw_outq_commit with the same q.
 * NULL when memory has run out. No other call on the pool may come in between; a place that is never committed
 * is simply given again. */
static inline uint8_t *gw_outq_reserve(struct gw_outq *q, struct gw_outq_pool *pool, size_t n)
{
    (void)q;
    if (n <= pool->left && n < GW_OUTQ_LARGE_BYTES && pool->free_chunks && !pool->large)
        return pool->place;
    return gw_outq_make_room(pool, n);
}

/* n: at most what was reserved; 0 leaves the queue as it was. */
void gw_outq_commit(struct gw_outq *q, struct gw_outq_pool *pool, size_t n);
/* Copies. 0 or GW_E_NOMEM. */
int gw_outq_push(struct gw_outq *q, struct gw_outq_pool *pool, struct gw_slice bytes);
/* Takes a reference of its own to blob; bytes must lie inside it. 0 or GW_E_NOMEM. */
int gw_outq_push_blob(struct gw_outq *q, struct gw_outq_pool *pool, struct gw_blob *blob,
                      struct gw_slice bytes);
/* fd is the queue's from now on, also when it fails. 0 or GW_E_NOMEM. */
int gw_outq_push_file_take(struct gw_outq *q, struct gw_outq_pool *pool, int fd, uint64_t offset,
                           uint64_t len);

/* The whole queue when it is one range of memory (the common case, which needs no gathering), else the absent slice. */
static inline struct gw_slice gw_outq_peek_only(const struct gw_outq *q)
{
    const struct gw_outq_segment *s = q->head ? &q->head->segments[q->head->first] : NULL;

    return s && s->ptr && s->len == q->queued_bytes ? (struct gw_slice){s->ptr, s->len}
                                                    : (struct gw_slice){NULL, 0};
}

/* The first up to max memory segments before the next file, as slices. Returns how many; 0: empty, or a file comes first. */
size_t gw_outq_peek(const struct gw_outq *q, struct gw_slice *out, size_t max);
/* The first segment when it is a file, else NULL. */
const struct gw_outq_segment *gw_outq_peek_file(const struct gw_outq *q);
/* n bytes were sent: drops them. */
void gw_outq_consume(struct gw_outq *q, struct gw_outq_pool *pool, uint64_t n);
/* Moves what lies in the arena into a blob, before the arena is reset. 0 or GW_E_NOMEM (then the queue must be disposed of).
 * Costs nothing for what an earlier call has moved. */
int gw_outq_own(struct gw_outq *q, struct gw_outq_pool *pool);

#endif
