/* SPDX-License-Identifier: MIT */
#include "base/outq.h"

#include "base/mem.h"

#include <assert.h>
#include <unistd.h>

static bool is_in_arena(const struct gw_outq_segment *s)
{
    return !s->blob && s->file_fd < 0;
}

static void free_arenas(struct gw_outq_arena *arena)
{
    while (arena) {
        struct gw_outq_arena *next = arena->next;

        gw_mem_free(arena);
        arena = next;
    }
}

static void free_chunks(struct gw_outq_chunk *chunk)
{
    while (chunk) {
        struct gw_outq_chunk *next = chunk->next;

        gw_mem_free(chunk);
        chunk = next;
    }
}

void gw_outq_pool_init(struct gw_outq_pool *pool)
{
    *pool = (struct gw_outq_pool){0};
}

static void forget_shared(struct gw_outq_pool *pool)
{
    for (uint32_t i = 0; i < GW_OUTQ_SHARED_MAX; i++) {
        gw_blob_unref(pool->shared[i].blob);
        pool->shared[i] = (struct gw_outq_shared){0};
    }
    pool->shared_bytes = 0;
}

void gw_outq_pool_dispose(struct gw_outq_pool *pool)
{
    forget_shared(pool);
    gw_blob_unref(pool->large);
    free_arenas(pool->arenas);
    free_arenas(pool->spare);
    free_chunks(pool->free_chunks);
    gw_outq_pool_init(pool);
}

/* A turn that needed several arenas is likely followed by another such one: a few are kept. */
static void keep_arena(struct gw_outq_pool *pool, struct gw_outq_arena *arena)
{
    if (pool->spare_count >= GW_OUTQ_SPARE_ARENAS_MAX) {
        gw_mem_free(arena);
        return;
    }
    arena->next = pool->spare;
    pool->spare = arena;
    pool->spare_count++;
}

static uint8_t *arena_end(const struct gw_outq_pool *pool)
{
    return pool->arenas ? pool->arenas->bytes + GW_OUTQ_ARENA_BYTES : NULL;
}

static void find_limit(struct gw_outq_pool *pool)
{
    pool->limit = pool->free_chunks && !pool->large ? arena_end(pool) : pool->place;
}

void gw_outq_pool_rewind(struct gw_outq_pool *pool)
{
    struct gw_outq_arena *arena = pool->arenas;

    pool->needs_rewind = false;
    if (!arena)
        return;
    if (pool->shared_bytes > 0)
        forget_shared(pool);
    while (arena->next) {
        struct gw_outq_arena *full = arena->next;

        arena->next = full->next;
        keep_arena(pool, full);
    }
    pool->place = pool->start = arena->bytes;
    find_limit(pool);
}

static bool add_arena(struct gw_outq_pool *pool)
{
    struct gw_outq_arena *arena = pool->spare;

    if (arena) {
        pool->spare = arena->next;
        pool->spare_count--;
    } else {
        arena = gw_mem_alloc(sizeof(*arena));
    }
    if (!arena)
        return false;
    arena->next = pool->arenas;
    pool->needs_rewind |= arena->next != NULL;
    pool->arenas = arena;
    pool->place = pool->start = arena->bytes;
    return true;
}

static bool has_free_chunk(struct gw_outq_pool *pool)
{
    if (pool->free_chunks)
        return true;
    pool->free_chunks = gw_mem_alloc(sizeof(*pool->free_chunks));
    if (!pool->free_chunks)
        return false;
    pool->free_chunks->next = NULL;
    pool->free_count = 1;
    return true;
}

static void give_chunk(struct gw_outq_pool *pool, struct gw_outq_chunk *chunk)
{
    if (pool->free_count >= GW_OUTQ_FREE_CHUNKS_MAX) {
        gw_mem_free(chunk);
        return;
    }
    chunk->next = pool->free_chunks;
    pool->free_chunks = chunk;
    pool->free_count++;
}

void gw_outq_init(struct gw_outq *q)
{
    *q = (struct gw_outq){0};
}

static void release(struct gw_outq_segment *s)
{
    gw_blob_unref(s->blob);
    if (s->file_fd >= 0)
        close(s->file_fd);
}

static void drop_head_chunk(struct gw_outq *q, struct gw_outq_pool *pool)
{
    struct gw_outq_chunk *chunk = q->head;

    if (q->unowned == chunk)
        q->unowned = chunk->next;
    q->head = chunk->next;
    if (!q->head)
        q->tail = NULL;
    give_chunk(pool, chunk);
}

void gw_outq_dispose(struct gw_outq *q, struct gw_outq_pool *pool)
{
    while (q->head) {
        for (uint32_t i = q->head->first; i < q->head->end; i++)
            release(&q->head->segments[i]);
        drop_head_chunk(q, pool);
    }
    q->queued_bytes = 0;
}

uint8_t *gw_outq_make_room(struct gw_outq_pool *pool, size_t n)
{
    gw_blob_unref(pool->large);
    pool->large = NULL;
    if (!has_free_chunk(pool))
        return NULL;
    if (n >= GW_OUTQ_LARGE_BYTES) {
        pool->large = gw_blob_create(n);
        pool->limit = pool->place;
        pool->needs_rewind = true;
        return pool->large ? pool->large->bytes : NULL;
    }
    if (n > (size_t)(arena_end(pool) - pool->place) && !add_arena(pool))
        return NULL;
    pool->limit = arena_end(pool);
    return pool->place;
}

static struct gw_outq_chunk *take_chunk(struct gw_outq_pool *pool)
{
    struct gw_outq_chunk *chunk = pool->free_chunks;

    pool->free_chunks = chunk->next;
    pool->free_count--;
    if (!pool->free_chunks) {
        pool->limit = pool->place;
        pool->needs_rewind = true;
    }
    chunk->next = NULL;
    chunk->first = chunk->end = 0;
    return chunk;
}

static void set_arena_segment(struct gw_outq_segment *s, const uint8_t *ptr, size_t len)
{
    s->ptr = ptr;
    s->len = len;
    s->blob = NULL;
    s->file_fd = -1;
}

/* The place for one more segment at the end of q; a sole range moves into a chunk first. Takes at
 * most one chunk from the pool, which must be there. To be called before queued_bytes grows. */
static struct gw_outq_segment *add_segment(struct gw_outq *q, struct gw_outq_pool *pool)
{
    if (!q->head) {
        const uint8_t *only = q->only; /* shares its place with tail */

        q->head = q->tail = take_chunk(pool);
        if (q->queued_bytes > 0) {
            set_arena_segment(&q->head->segments[q->head->end++], only, q->queued_bytes);
            q->unowned = q->head;
        }
    } else if (q->tail->end == GW_OUTQ_CHUNK_SEGMENTS) {
        q->tail->next = take_chunk(pool);
        q->tail = q->tail->next;
    }
    return &q->tail->segments[q->tail->end++];
}

static void commit_large(struct gw_outq *q, struct gw_outq_pool *pool, size_t n)
{
    struct gw_blob *blob = pool->large;

    assert(n <= blob->len);
    pool->large = NULL;
    *add_segment(q, pool) =
        (struct gw_outq_segment){.ptr = blob->bytes, .len = n, .blob = blob, .file_fd = -1};
    q->queued_bytes += n;
}

/* Whether the n bytes at place melt into the last range of q. */
static bool extend_last(struct gw_outq *q, const uint8_t *place, size_t n)
{
    struct gw_outq_segment *s;

    if (!q->head)
        return q->queued_bytes > 0 && q->only + q->queued_bytes == place;
    s = &q->tail->segments[q->tail->end - 1];
    if (!is_in_arena(s) || s->ptr + s->len != place)
        return false;
    s->len += n;
    return true;
}

void gw_outq_commit_segment(struct gw_outq *q, struct gw_outq_pool *pool, size_t n)
{
    uint8_t *place = pool->place;

    if (n == 0)
        return;
    if (pool->large) {
        commit_large(q, pool, n);
        return;
    }
    assert(n <= (size_t)(arena_end(pool) - place));
    pool->place = place + n;
    if (!extend_last(q, place, n)) {
        set_arena_segment(add_segment(q, pool), place, n);
        if (!q->unowned)
            q->unowned = q->tail;
    }
    q->queued_bytes += n;
}

int gw_outq_push(struct gw_outq *q, struct gw_outq_pool *pool, struct gw_slice bytes)
{
    uint8_t *place;

    if (bytes.len == 0)
        return 0;
    place = gw_outq_reserve(q, pool, bytes.len);
    if (!place)
        return GW_E_NOMEM;
    memcpy(place, bytes.ptr, bytes.len);
    gw_outq_commit(q, pool, bytes.len);
    return 0;
}

static bool is_shared(const struct gw_outq_shared *shared, struct gw_slice bytes)
{
    return shared->bytes.ptr == bytes.ptr && shared->bytes.len == bytes.len;
}

static __attribute__((noinline)) const uint8_t *find_older(const struct gw_outq_pool *pool,
                                                           struct gw_slice bytes)
{
    for (uint32_t i = 0; i < GW_OUTQ_SHARED_MAX; i++) {
        if (is_shared(&pool->shared[i], bytes))
            return pool->shared[i].place;
    }
    return NULL;
}

/* A message goes to one receiver after the other, so its copy is nearly always the latest; one with
 * attachments takes turns with them. */
static inline const uint8_t *find_shared(const struct gw_outq_pool *pool, struct gw_slice bytes)
{
    const struct gw_outq_shared *latest = &pool->shared[pool->shared_latest];

    return is_shared(latest, bytes) ? latest->place : find_older(pool, bytes);
}

/* NULL: memory has run out, or there has been too much of that in this turn. */
static __attribute__((noinline)) const uint8_t *
add_shared(struct gw_outq_pool *pool, struct gw_blob *blob, struct gw_slice bytes)
{
    struct gw_outq_shared *shared;
    uint8_t *place;

    if (bytes.len > GW_OUTQ_SHARED_TURN_MAX - pool->shared_bytes)
        return NULL;
    place = gw_outq_reserve(NULL, pool, bytes.len);
    if (!place)
        return NULL;
    memcpy(place, bytes.ptr, bytes.len);
    pool->place += bytes.len;
    pool->needs_rewind = true;
    pool->shared_bytes += bytes.len;
    pool->shared_latest = (pool->shared_latest + 1) % GW_OUTQ_SHARED_MAX;
    shared = &pool->shared[pool->shared_latest];
    gw_blob_unref(shared->blob);
    *shared = (struct gw_outq_shared){gw_blob_ref(blob), bytes, place};
    return place;
}

/* Whether q could be made, or kept, one range of the arena: no chunk, no
 * reference, and one plain send. */
static bool push_shared(struct gw_outq *q, struct gw_outq_pool *pool, struct gw_blob *blob,
                        struct gw_slice bytes)
{
    const uint8_t *place;

    if (q->head || bytes.len > GW_OUTQ_SHARED_BYTES_MAX)
        return false;
    place = find_shared(pool, bytes);
    if (!place && (q->queued_bytes == 0 || q->only + q->queued_bytes == pool->place))
        place = add_shared(pool, blob, bytes);
    if (!place)
        return false;
    if (q->queued_bytes == 0)
        q->only = place;
    else if (q->only + q->queued_bytes != place)
        return false;
    q->queued_bytes += bytes.len;
    return true;
}

static __attribute__((noinline)) int push_segment(struct gw_outq *q, struct gw_outq_pool *pool,
                                                  struct gw_blob *blob, struct gw_slice bytes)
{
    struct gw_outq_segment *s;

    if (!has_free_chunk(pool))
        return GW_E_NOMEM;
    s = add_segment(q, pool);
    s->ptr = bytes.ptr;
    s->len = bytes.len;
    s->blob = gw_blob_ref(blob);
    s->file_fd = -1;
    q->queued_bytes += bytes.len;
    return 0;
}

int gw_outq_push_blob(struct gw_outq *q, struct gw_outq_pool *pool, struct gw_blob *blob,
                      struct gw_slice bytes)
{
    assert(bytes.ptr >= blob->bytes && bytes.len <= blob->len);
    assert((size_t)(bytes.ptr - blob->bytes) <= blob->len - bytes.len);
    if (bytes.len == 0 || push_shared(q, pool, blob, bytes))
        return 0;
    return push_segment(q, pool, blob, bytes);
}

int gw_outq_push_file_take(struct gw_outq *q, struct gw_outq_pool *pool, int fd, uint64_t offset,
                           uint64_t len)
{
    bool has_room = has_free_chunk(pool);

    assert(fd >= 0);
    if (len == 0 || !has_room) {
        close(fd);
        return len == 0 ? 0 : GW_E_NOMEM;
    }
    *add_segment(q, pool) =
        (struct gw_outq_segment){.len = len, .file_offset = offset, .file_fd = fd};
    q->queued_bytes += len;
    return 0;
}

size_t gw_outq_peek(const struct gw_outq *q, struct gw_slice *out, size_t max)
{
    size_t count = 0;

    if (!q->head && q->queued_bytes > 0 && max > 0)
        out[count++] = gw_outq_peek_only(q);
    for (const struct gw_outq_chunk *chunk = q->head; chunk; chunk = chunk->next) {
        for (uint32_t i = chunk->first; i < chunk->end; i++) {
            const struct gw_outq_segment *s = &chunk->segments[i];

            if (count == max || s->file_fd >= 0)
                return count;
            out[count++] = (struct gw_slice){s->ptr, s->len};
        }
    }
    return count;
}

const struct gw_outq_segment *gw_outq_peek_file(const struct gw_outq *q)
{
    const struct gw_outq_segment *s = q->head ? &q->head->segments[q->head->first] : NULL;

    return s && s->file_fd >= 0 ? s : NULL;
}

static void advance(struct gw_outq_segment *s, size_t n)
{
    s->len -= n;
    if (s->file_fd >= 0)
        s->file_offset += n;
    else
        s->ptr += n;
}

void gw_outq_consume_segments(struct gw_outq *q, struct gw_outq_pool *pool, uint64_t n)
{
    while (n > 0) {
        struct gw_outq_chunk *chunk = q->head;
        struct gw_outq_segment *s = &chunk->segments[chunk->first];

        if (n < s->len) {
            advance(s, n);
            return;
        }
        n -= s->len;
        if (!is_in_arena(s))
            release(s);
        if (++chunk->first == chunk->end)
            drop_head_chunk(q, pool);
    }
}

static size_t arena_bytes(const struct gw_outq_chunk *from)
{
    size_t total = 0;

    for (const struct gw_outq_chunk *chunk = from; chunk; chunk = chunk->next) {
        for (uint32_t i = chunk->first; i < chunk->end; i++) {
            if (is_in_arena(&chunk->segments[i]))
                total += chunk->segments[i].len;
        }
    }
    return total;
}

/* One blob for all of them: each segment holds a reference, and the
 * last one to be sent frees it. */
static void move_segments(struct gw_outq_chunk *from, struct gw_blob *blob)
{
    uint8_t *place = blob->bytes;

    for (struct gw_outq_chunk *chunk = from; chunk; chunk = chunk->next) {
        for (uint32_t i = chunk->first; i < chunk->end; i++) {
            struct gw_outq_segment *s = &chunk->segments[i];

            if (!is_in_arena(s))
                continue;
            memcpy(place, s->ptr, s->len);
            s->ptr = place;
            s->blob = gw_blob_ref(blob);
            place += s->len;
        }
    }
}

/* The bytes of a blob that q's range is a copy of, with a reference;
 * else a new blob with a copy. */
static struct gw_blob *find_or_copy(const struct gw_outq *q, const struct gw_outq_pool *pool,
                                    const uint8_t **ptr)
{
    struct gw_blob *blob;

    for (uint32_t i = 0; i < GW_OUTQ_SHARED_MAX; i++) {
        const struct gw_outq_shared *shared = &pool->shared[i];

        if (shared->blob && q->only >= shared->place &&
            q->only + q->queued_bytes <= shared->place + shared->bytes.len) {
            *ptr = shared->bytes.ptr + (q->only - shared->place);
            return gw_blob_ref(shared->blob);
        }
    }
    blob = gw_blob_create(q->queued_bytes);
    if (blob)
        *ptr = memcpy(blob->bytes, q->only, q->queued_bytes);
    return blob;
}

static int own_only(struct gw_outq *q, struct gw_outq_pool *pool)
{
    struct gw_blob *blob;
    const uint8_t *ptr;
    size_t len = q->queued_bytes;

    blob = has_free_chunk(pool) ? find_or_copy(q, pool, &ptr) : NULL;
    if (!blob)
        return GW_E_NOMEM;
    q->queued_bytes = 0;
    *add_segment(q, pool) =
        (struct gw_outq_segment){.ptr = ptr, .len = len, .blob = blob, .file_fd = -1};
    q->queued_bytes = len;
    return 0;
}

int gw_outq_own(struct gw_outq *q, struct gw_outq_pool *pool)
{
    size_t total;
    struct gw_blob *blob;

    if (!q->head && q->queued_bytes > 0)
        return own_only(q, pool);
    total = arena_bytes(q->unowned);
    if (total > 0) {
        blob = gw_blob_create(total);
        if (!blob)
            return GW_E_NOMEM;
        move_segments(q->unowned, blob);
        gw_blob_unref(blob);
    }
    q->unowned = NULL;
    return 0;
}
