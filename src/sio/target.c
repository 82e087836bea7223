/* SPDX-License-Identifier: MIT */
#include "sio/target.h"

#include "base/mem.h"
#include "sio/dynamic.h"
#include "sio/io.h"
#include "sio/namespace.h"
#include "sio/socket.h"

enum { CHUNK_BYTES = 4000 };

struct gw_sio_arena_chunk {
    struct gw_sio_arena_chunk *next;
    size_t used, cap;
    _Alignas(struct gw_target_filter) uint8_t bytes[];
};

static struct gw_sio_arena_chunk *add_chunk(struct gw_sio_arena *arena, size_t least)
{
    size_t cap = least > CHUNK_BYTES ? least : CHUNK_BYTES;
    struct gw_sio_arena_chunk *chunk = gw_mem_alloc(sizeof(*chunk) + cap);

    if (!chunk)
        return NULL;
    chunk->next = arena->chunks;
    chunk->used = 0;
    chunk->cap = cap;
    arena->chunks = chunk;
    return chunk;
}

void *gw_sio_arena_alloc(struct gw_sio_arena *arena, size_t size)
{
    const size_t align = _Alignof(struct gw_target_filter);
    struct gw_sio_arena_chunk *chunk = arena->chunks;
    void *place;

    if (!chunk || chunk->cap - chunk->used < size)
        chunk = add_chunk(arena, size);
    if (!chunk)
        return NULL;
    place = chunk->bytes + chunk->used;
    size = (size + align - 1) / align * align;
    chunk->used = chunk->cap - chunk->used < size ? chunk->cap : chunk->used + size;
    return place;
}

void gw_sio_arena_dispose(struct gw_sio_arena *arena)
{
    while (arena->chunks) {
        struct gw_sio_arena_chunk *chunk = arena->chunks;

        arena->chunks = chunk->next;
        gw_mem_free(chunk);
    }
}

void gw_sio_arena_reset(struct gw_sio_arena *arena)
{
    struct gw_sio_arena_chunk *chunk = arena->chunks;

    if (!chunk)
        return;
    if (!chunk->next && chunk->cap == CHUNK_BYTES)
        chunk->used = 0;
    else
        gw_sio_arena_dispose(arena);
}

/* ---- values ---- */

struct gw_target gw_only(gw_socket *socket)
{
    return (struct gw_target){.nsp = socket->nsp,
                              .socket = socket,
                              .flags = GW_SIO_TARGET_ONLY | socket->nsp->target_flags};
}

struct gw_target gw_everyone(gw_namespace *nsp)
{
    return (struct gw_target){.nsp = nsp, .flags = nsp->target_flags};
}

struct gw_target gw_broadcast(gw_socket *socket)
{
    return (struct gw_target){
        .nsp = socket->nsp, .socket = socket, .flags = socket->nsp->target_flags};
}

struct gw_target gw_sio_target_add(struct gw_target target, enum gw_sio_filter_kind kind,
                                   struct gw_slice room)
{
    struct gw_target_filter *filter;

    if ((target.flags & GW_SIO_TARGET_ONLY) && kind != GW_SIO_FILTER_KEY) {
        target.flags |= GW_SIO_TARGET_MISUSED;
        return target;
    }
    filter = room.len > SIZE_MAX / 2
                 ? NULL
                 : gw_sio_arena_alloc(&target.nsp->io->arena, sizeof(*filter) + room.len);
    if (!filter) {
        target.flags |= GW_SIO_TARGET_NOMEM;
        return target;
    }
    filter->next = target.filters;
    filter->kind = kind;
    filter->len = room.len;
    gw_io_tell_work(target.nsp->io); /* the arena's end */
    if (room.len > 0)
        memcpy(filter->room, room.ptr, room.len);
    target.filters = filter;
    return target;
}

struct gw_target gw_to_slice(struct gw_target target, struct gw_slice room)
{
    return gw_sio_target_add(target, GW_SIO_FILTER_ROOM, room);
}

struct gw_target gw_except_slice(struct gw_target target, struct gw_slice room)
{
    return gw_sio_target_add(target, GW_SIO_FILTER_EXCEPT, room);
}

struct gw_target gw_volatile(struct gw_target target)
{
    target.flags |= GW_SIO_TARGET_VOLATILE;
    return target;
}

struct gw_target gw_compress(struct gw_target target, bool is_wanted)
{
    if (is_wanted)
        target.flags &= ~(uint32_t)GW_SIO_TARGET_UNCOMPRESSED;
    else
        target.flags |= GW_SIO_TARGET_UNCOMPRESSED;
    return target;
}

struct gw_target gw_local(struct gw_target target)
{
    target.flags |= GW_SIO_TARGET_LOCAL;
    return target;
}

/* ---- visiting ---- */

/* Each broadcast has a number, and a socket that was visited, or is to be left out, bears it. So
 * "each once" costs one comparison and no set. */
struct walk {
    gw_namespace *nsp;
    uint64_t epoch;
    gw_sio_visit_fn *visit;
    void *user;
};

static void mark(gw_socket *socket, void *user)
{
    const struct walk *w = user;

    socket->epoch = w->epoch;
}

static void visit_once(gw_socket *socket, void *user)
{
    const struct walk *w = user;

    if (socket->epoch == w->epoch || !gw_socket_is_connected(socket))
        return;
    socket->epoch = w->epoch;
    w->visit(socket, w->user);
}

/* The members who joined it, and the socket whose id it is: that room is a flag, not a list. */
static void each_member(struct walk *w, const struct gw_target_filter *filter, gw_sio_visit_fn *fn)
{
    struct gw_slice name = {filter->room, filter->len};
    uint64_t hash = gw_map_hash(&w->nsp->sockets, name);
    const struct gw_sio_room *room = gw_sio_rooms_find_hashed(&w->nsp->rooms, hash, name);
    gw_socket *own = gw_sio_namespace_socket_hashed(w->nsp, hash, name);

    if (own && own->is_in_own_room)
        fn(own, w);
    if (!room)
        return;
    for (const struct gw_list *at = room->memberships.next; at != &room->memberships;
         at = at->next) {
        struct gw_sio_member *member = container_of(at, struct gw_sio_membership, in_room)->member;

        fn(container_of(member, gw_socket, member), w);
    }
}

static void visit_all(struct walk *w)
{
    const struct gw_list *head = &w->nsp->socket_list;

    for (const struct gw_list *at = head->next; at != head; at = at->next)
        visit_once(container_of(at, gw_socket, node), w);
}

static void visit_nsp(struct walk *w, struct gw_target target)
{
    bool has_rooms = false;

    for (const struct gw_target_filter *at = target.filters; at; at = at->next) {
        if (at->kind == GW_SIO_FILTER_EXCEPT)
            each_member(w, at, mark);
        else if (at->kind == GW_SIO_FILTER_ROOM)
            has_rooms = true;
    }
    if (!has_rooms)
        visit_all(w);
    for (const struct gw_target_filter *at = target.filters; at && has_rooms; at = at->next) {
        if (at->kind == GW_SIO_FILTER_ROOM)
            each_member(w, at, visit_once);
    }
}

/* The same filters in each child. */
static void visit_children(struct walk *w, struct gw_target target)
{
    const struct gw_list *head = &target.nsp->as_parent->children;

    for (struct gw_list *at = head->next; at != head; at = at->next) {
        w->nsp = container_of(at, gw_namespace, in_parent);
        visit_nsp(w, target);
    }
}

int gw_sio_target_visit(struct gw_target target, gw_sio_visit_fn *visit, void *user)
{
    struct walk w = {target.nsp, 0, visit, user};

    if (target.flags & GW_SIO_TARGET_MISUSED)
        return GW_E_ARG;
    if (target.flags & GW_SIO_TARGET_NOMEM)
        return GW_E_NOMEM;
    w.epoch = ++target.nsp->io->epoch;
    if (target.flags & GW_SIO_TARGET_ONLY) {
        visit_once(target.socket, &w);
        return 0;
    }
    if (target.socket)
        mark(target.socket, &w);
    if (target.nsp->as_parent)
        visit_children(&w, target);
    else
        visit_nsp(&w, target);
    return 0;
}

static void count_one(gw_socket *socket, void *user)
{
    int *count = user;

    (void)socket;
    ++*count;
}

int gw_count(struct gw_target target)
{
    int count = 0;
    int err = gw_sio_target_visit(target, count_one, &count);

    return err < 0 ? err : count;
}

static void pick(gw_socket *socket, void *user)
{
    struct gw_sio_picked *picked = user;

    picked->sockets[picked->count++] = socket;
}

int gw_sio_target_pick(struct gw_target target, struct gw_sio_picked *out)
{
    int count = gw_count(target);

    *out = (struct gw_sio_picked){0};
    if (count <= 0)
        return count;
    out->sockets = gw_mem_alloc((size_t)count * sizeof(gw_socket *));
    if (!out->sockets)
        return GW_E_NOMEM;
    return gw_sio_target_visit(target, pick, out);
}

/* Collected before the first call, because what fn does to one may move or close the others. */
int gw_each(struct gw_target target, gw_on_socket_fn *fn, void *user)
{
    struct gw_sio_picked picked;
    int err = gw_sio_target_pick(target, &picked), calls = 0;

    if (err < 0)
        return err;
    for (size_t i = 0; i < picked.count; i++) {
        if (!gw_socket_is_connected(picked.sockets[i]))
            continue;
        fn(picked.sockets[i], user);
        calls++;
    }
    gw_mem_free(picked.sockets);
    return calls;
}
