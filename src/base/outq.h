/* SPDX-License-Identifier: MIT */
/* What a connection has still to send, as segments ready for one gathering write.
 *
 * A small answer is written once, into the pool's arena, and goes to the kernel from there at the end of the turn:
 * no allocation, and neighbours in the arena melt into one segment. What the kernel did not take by then
 * moves into a blob (gw_outq_own), because the arena starts anew each turn. Idle queues own nothing. */
#ifndef GW_BASE_OUTQ_H
#define GW_BASE_OUTQ_H

#include "base/blob.h"

#include <godwit/base.h>

enum {
    GW_OUTQ_ARENA_BYTES = 256 * 1024,
    GW_OUTQ_CHUNK_SEGMENTS = 8,
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
    uint32_t first, end; /* segments[first..end) are live */
    struct gw_outq_segment segments[GW_OUTQ_CHUNK_SEGMENTS];
};

/* Shared by all queues of a loop. */
struct gw_outq_pool {
    uint8_t *arena; /* GW_OUTQ_ARENA_BYTES, allocated at first need */
    size_t arena_used;
    struct gw_outq_chunk *free_chunks;
    size_t free_count;
};

struct gw_outq {
    struct gw_outq_chunk *head, *tail;
    uint64_t queued_bytes;
};

void gw_outq_pool_init(struct gw_outq_pool *pool);
void gw_outq_pool_dispose(struct gw_outq_pool *pool);
/* The arena is empty again. Every queue must have been flushed or owned before. */
void gw_outq_pool_reset(struct gw_outq_pool *pool);

void gw_outq_init(struct gw_outq *q);
/* Drops everything unsent; closes files. */
void gw_outq_dispose(struct gw_outq *q, struct gw_outq_pool *pool);

/* n bytes at the end of the queue to be written by the caller and made part of it by gw_outq_commit with the same q.
 * NULL when memory has run out. No other call on the pool may come in between. */
uint8_t *gw_outq_reserve(struct gw_outq *q, struct gw_outq_pool *pool, size_t n);
void gw_outq_commit(struct gw_outq *q, struct gw_outq_pool *pool, size_t n);
/* Copies. 0 or GW_E_NOMEM. */
int gw_outq_push(struct gw_outq *q, struct gw_outq_pool *pool, struct gw_slice bytes);
/* Takes a reference of its own to blob; bytes must lie inside it. 0 or GW_E_NOMEM. */
int gw_outq_push_blob(struct gw_outq *q, struct gw_outq_pool *pool, struct gw_blob *blob,
                      struct gw_slice bytes);
/* fd is the queue's from now on, also when it fails. 0 or GW_E_NOMEM. */
int gw_outq_push_file_take(struct gw_outq *q, struct gw_outq_pool *pool, int fd, uint64_t offset,
                           uint64_t len);

/* The first up to max memory segments before the next file, as slices. Returns how many; 0: empty, or a file comes first. */
size_t gw_outq_peek(const struct gw_outq *q, struct gw_slice *out, size_t max);
/* The first segment when it is a file, else NULL. */
const struct gw_outq_segment *gw_outq_peek_file(const struct gw_outq *q);
/* n bytes were sent: drops them. */
void gw_outq_consume(struct gw_outq *q, struct gw_outq_pool *pool, uint64_t n);
/* Moves what lies in the arena into blobs, before the arena is reset. 0 or GW_E_NOMEM (then the queue must be disposed of). */
int gw_outq_own(struct gw_outq *q, struct gw_outq_pool *pool);

static inline bool gw_outq_is_empty(const struct gw_outq *q)
{
    return q->head == NULL;
}

#endif
