/* SPDX-License-Identifier: MIT */
/* What a connection has still to send, as segments ready for one gathering write.
 *
 * A small answer is written once, into the pool's arena, and goes to the kernel from there at the
 * end of the turn: no allocation, and neighbours in the arena melt into one segment. What the
 * kernel did not take by then moves into a blob (gw_outq_own), because the arena starts anew each
 * turn. A large answer lies in a blob from the beginning: the kernel seldom takes it at once, and
 * so it is not copied again. A small blob that many queues get is copied into the arena once, and
 * then each of them is a range of the arena too, the same one. Idle queues own nothing. */
#ifndef GW_BASE_OUTQ_H
#define GW_BASE_OUTQ_H

#include "base/blob.h"

#include <assert.h>

#include <godwit/base.h>

enum {
    GW_OUTQ_ARENA_BYTES = 256 * 1024,
    GW_OUTQ_LARGE_BYTES = 32 * 1024, /* from here on a reserved place is a blob of its own */
    GW_OUTQ_CHUNK_SEGMENTS = 8,
    GW_OUTQ_FREE_CHUNKS_MAX = 1024, /* so that a broadcast to a thousand allocates no chunks */
    GW_OUTQ_SPARE_ARENAS_MAX = 3,
    GW_OUTQ_SHARED_MAX = 4,              /* blobs of which the pool knows the place in the arena */
    GW_OUTQ_SHARED_BYTES_MAX = 4 * 1024, /* of one that is worth a place there */
    GW_OUTQ_SHARED_TURN_MAX = 1024 * 1024, /* bytes copied in one turn */
};

/* One range of bytes. blob == NULL: the bytes lie in the arena. file_fd >= 0: a
 * range of a file, ptr is NULL. */
struct gw_outq_segment {
    const uint8_t *ptr;
    size_t len;
    struct gw_blob *blob;
    uint64_t file_offset;
    int file_fd;
};

struct gw_outq_chunk {
    struct gw_outq_chunk *next;
    /* segments[first..end) are live; never none while the chunk is in a queue. */
    uint32_t first, end;
    struct gw_outq_segment segments[GW_OUTQ_CHUNK_SEGMENTS];
};

struct gw_outq_arena {
    struct gw_outq_arena *next;
    uint8_t bytes[GW_OUTQ_ARENA_BYTES];
};

/* A range of a blob, and where a copy of it lies until the arena is reset. */
struct gw_outq_shared {
    /* With a reference, so that its address is nobody else's meanwhile; NULL: free. */
    struct gw_blob *blob;
    struct gw_slice bytes;
    const uint8_t *place;
};

/* Shared by all queues of a loop. */
struct gw_outq_pool {
    uint8_t *place; /* the first free byte of the arena in use */
    /* How far the next reserve may go without another thought: the arena's end; place itself
     * while there is no arena, no free chunk, or a large place to be forgotten. One
     * comparison tells all of it. */
    uint8_t *limit;
    uint8_t *start;        /* of the arena in use */
    struct gw_blob *large; /* the place that the last reserve gave, when that is a blob */
    struct gw_outq_chunk *free_chunks;
    size_t free_count;
    struct gw_outq_arena *arenas; /* of this turn, the one in use first */
    struct gw_outq_arena *spare;
    size_t spare_count;
    struct gw_outq_shared shared[GW_OUTQ_SHARED_MAX];
    uint32_t shared_latest; /* of them, the one to look at first */
    size_t shared_bytes;    /* copied in this turn */
    /* A reset has more to do than to go back to start: limit is not the arena's end, or there are
     * arenas or shared blobs to be given back. */
    bool needs_rewind;
};

/* Nearly always a queue is one range of the arena, which needs no chunk. */
struct gw_outq {
    struct gw_outq_chunk *head;
    union {
        const uint8_t *only; /* while head is NULL: queued_bytes bytes in the arena */
        struct gw_outq_chunk *tail;
    };
    /* No chunk before it has a segment in the arena; NULL: none at all has. */
    struct gw_outq_chunk *unowned;
    uint64_t queued_bytes;
};

void gw_outq_pool_init(struct gw_outq_pool *pool);
void gw_outq_pool_dispose(struct gw_outq_pool *pool);
/* The slow half of gw_outq_pool_reset. */
void gw_outq_pool_rewind(struct gw_outq_pool *pool);

/* The arena is empty again. Every queue must have been flushed or owned before. */
static inline void gw_outq_pool_reset(struct gw_outq_pool *pool)
{
    if (pool->needs_rewind)
        gw_outq_pool_rewind(pool);
    else
        pool->place = pool->start;
}

void gw_outq_init(struct gw_outq *q);
/* Drops everything unsent; closes files. */
void gw_outq_dispose(struct gw_outq *q, struct gw_outq_pool *pool);

static inline bool gw_outq_is_empty(const struct gw_outq *q)
{
    return q->queued_bytes == 0;
}

/* The slow half of gw_outq_reserve: gets a chunk, an arena, or a blob when n is large. */
uint8_t *gw_outq_make_room(struct gw_outq_pool *pool, size_t n);

/* n bytes at the end of the queue to be written by the caller and made part of it by gw_outq_commit
 * with the same q. NULL when memory has run out. No other call on the pool may come in between; a
 * place that is never committed is simply given again. */
static inline uint8_t *gw_outq_reserve(struct gw_outq *q, struct gw_outq_pool *pool, size_t n)
{
    (void)q;
    if (n < GW_OUTQ_LARGE_BYTES && n <= (size_t)(pool->limit - pool->place))
        return pool->place;
    return gw_outq_make_room(pool, n);
}

/* The place that the last reserve gave. */
static inline uint8_t *gw_outq_reserved(const struct gw_outq_pool *pool)
{
    return pool->large ? pool->large->bytes : pool->place;
}

/* The slow half of gw_outq_commit. */
void gw_outq_commit_segment(struct gw_outq *q, struct gw_outq_pool *pool, size_t n);

/* n: at most what was reserved; 0 leaves the queue as it was. */
static inline void gw_outq_commit(struct gw_outq *q, struct gw_outq_pool *pool, size_t n)
{
    uint8_t *place = pool->place;

    if (q->queued_bytes == 0)
        q->only = place;
    if (q->head || n > (size_t)(pool->limit - place) || q->only + q->queued_bytes != place) {
        gw_outq_commit_segment(q, pool, n);
        return;
    }
    q->queued_bytes += n;
    pool->place = place + n;
}

/* Copies. 0 or GW_E_NOMEM. */
int gw_outq_push(struct gw_outq *q, struct gw_outq_pool *pool, struct gw_slice bytes);
/* Takes a reference of its own to blob; bytes must lie inside it. 0 or GW_E_NOMEM. */
int gw_outq_push_blob(struct gw_outq *q, struct gw_outq_pool *pool, struct gw_blob *blob,
                      struct gw_slice bytes);
/* fd is the queue's from now on, also when it fails. 0 or GW_E_NOMEM. */
int gw_outq_push_file_take(struct gw_outq *q, struct gw_outq_pool *pool, int fd, uint64_t offset,
                           uint64_t len);

/* The whole queue when it is one range of the arena (the common case, which needs
 * no gathering), else len is 0. */
static inline struct gw_slice gw_outq_peek_only(const struct gw_outq *q)
{
    return q->head ? (struct gw_slice){NULL, 0} : (struct gw_slice){q->only, q->queued_bytes};
}

/* All that gw_outq_peek_only gave was sent. */
static inline void gw_outq_consume_only(struct gw_outq *q)
{
    assert(!q->head);
    q->queued_bytes = 0;
}

/* The first up to max memory segments before the next file, as slices. Returns how many; 0:
 * empty, or a file comes first. */
size_t gw_outq_peek(const struct gw_outq *q, struct gw_slice *out, size_t max);
/* The first segment when it is a file, else NULL. */
const struct gw_outq_segment *gw_outq_peek_file(const struct gw_outq *q);
/* The slow half of gw_outq_consume. */
void gw_outq_consume_segments(struct gw_outq *q, struct gw_outq_pool *pool, uint64_t n);

/* n bytes were sent: drops them. */
static inline void gw_outq_consume(struct gw_outq *q, struct gw_outq_pool *pool, uint64_t n)
{
    assert(n <= q->queued_bytes);
    q->queued_bytes -= n;
    if (q->head)
        gw_outq_consume_segments(q, pool, n);
    else if (n > 0) /* NULL + 0 is undefined in C */
        q->only += n;
}

/* Moves what lies in the arena into a blob, before the arena is reset. 0 or GW_E_NOMEM (then the
 * queue must be disposed of). Costs nothing for what an earlier call has moved. */
int gw_outq_own(struct gw_outq *q, struct gw_outq_pool *pool);

#endif
