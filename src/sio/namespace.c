/* SPDX-License-Identifier: MIT */
#include "sio/namespace.h"

#include "base/mem.h"
#include "codec/utf8.h"
#include "sio/adapter.h"
#include "sio/dynamic.h"
#include "sio/io.h"
#include "sio/recovery.h"
#include "sio/socket.h"

static bool has_name(const struct gw_map_node *node, const void *key)
{
    const struct gw_slice *name = key;

    return gw_slice_equal(gw_sio_namespace_name(container_of(node, const gw_namespace, by_name)),
                          *name);
}

static bool has_id(const struct gw_map_node *node, const void *key)
{
    return memcmp(container_of(node, const gw_socket, by_id)->id, key, GW_SOCKET_ID_LEN) == 0;
}

gw_namespace *gw_sio_namespace_find(const gw_io *io, struct gw_slice name)
{
    struct gw_map_node *node =
        gw_map_find(&io->namespaces, gw_map_hash(&io->namespaces, name), has_name, &name);

    return node ? container_of(node, gw_namespace, by_name) : NULL;
}

static gw_namespace *create(gw_io *io, struct gw_slice name)
{
    gw_namespace *nsp = gw_mem_zalloc(sizeof(*nsp) + name.len + 1);

    if (!nsp)
        return NULL;
    nsp->io = io;
    nsp->adapter = io->adapter;
    gw_list_init(&nsp->node);
    gw_list_init(&nsp->in_parent);
    gw_list_init(&nsp->idle);
    gw_map_init(&nsp->sockets, io->env.seed);
    gw_list_init(&nsp->socket_list);
    gw_sio_rooms_init(&nsp->rooms, io->env.seed);
    gw_sio_handlers_init(&nsp->handlers, io->env.seed);
    gw_map_init(&nsp->server_events, io->env.seed);
    gw_map_init(&nsp->acks, io->env.seed);
    nsp->name_len = name.len;
    memcpy(nsp->name, name.ptr, name.len);
    return nsp;
}

gw_namespace *gw_sio_namespace_create_parent(gw_io *io, struct gw_slice name)
{
    gw_namespace *nsp = create(io, name);

    if (!nsp)
        return NULL;
    nsp->adapter = &gw_sio_adapter_parent;
    gw_list_push(&io->parents, &nsp->node);
    return nsp;
}

gw_namespace *gw_sio_namespace_create(gw_io *io, struct gw_slice name)
{
    gw_namespace *nsp = create(io, name);

    if (!nsp)
        return NULL;
    if (io->recovery)
        nsp->memory = gw_sio_memory_create(io);
    if ((io->recovery && !nsp->memory) ||
        gw_map_insert(&io->namespaces, &nsp->by_name, gw_map_hash(&io->namespaces, name)) < 0) {
        gw_sio_memory_destroy(nsp->memory);
        gw_mem_free(nsp);
        return NULL;
    }
    nsp->is_registered = true;
    gw_list_push(&io->namespace_list, &nsp->node);
    return nsp;
}

void gw_sio_namespace_destroy(gw_namespace *nsp)
{
    if (nsp->is_registered)
        gw_map_remove(&nsp->io->namespaces, &nsp->by_name);
    if (nsp->is_by_client)
        nsp->io->child_count--;
    gw_list_remove(&nsp->node);
    gw_list_remove(&nsp->in_parent);
    gw_list_remove(&nsp->idle);
    gw_sio_rooms_dispose(&nsp->rooms);
    gw_sio_handlers_dispose(&nsp->handlers);
    gw_sio_events_dispose(&nsp->server_events);
    gw_sio_dynamic_free_parent(nsp->as_parent);
    gw_map_dispose(&nsp->sockets);
    gw_map_dispose(&nsp->acks);
    gw_sio_memory_destroy(nsp->memory);
    gw_mem_free(nsp);
}

void gw_sio_namespace_pin(gw_namespace *nsp)
{
    nsp->pins++;
}

void gw_sio_namespace_unpin(gw_namespace *nsp)
{
    gw_io *io = nsp->io;

    if (--nsp->pins > 0 || !nsp->is_by_client || !io->options.cleanup_empty_child_namespaces)
        return;
    gw_list_remove(&nsp->idle);
    gw_list_push(&io->idle_namespaces, &nsp->idle);
    gw_io_tell_work(io);
}

void gw_sio_namespace_announce(gw_namespace *nsp)
{
    const struct gw_sio_listeners *listeners = &nsp->io->new_namespace;
    const uint64_t newest = listeners->number;

    for (const struct gw_sio_listener *at = listeners->first; at;
         at = gw_sio_listener_from(at->next, newest))
        ((gw_on_namespace_fn *)at->fn)(nsp, at->user);
}

gw_socket *gw_sio_namespace_socket_hashed(const gw_namespace *nsp, uint64_t hash,
                                          struct gw_slice id)
{
    struct gw_map_node *node;

    if (id.len != GW_SOCKET_ID_LEN)
        return NULL;
    node = gw_map_find(&nsp->sockets, hash, has_id, id.ptr);
    return node ? container_of(node, gw_socket, by_id) : NULL;
}

static gw_socket *find_socket(const gw_namespace *nsp, struct gw_slice id)
{
    return gw_sio_namespace_socket_hashed(nsp, gw_map_hash(&nsp->sockets, id), id);
}

/* ---- rooms that come and go ---- */

static void tell_room(gw_namespace *nsp, enum gw_room_change change, struct gw_slice room,
                      gw_socket *socket)
{
    const struct gw_sio_listeners *listeners = &nsp->handlers.lists[GW_SIO_LIST_ROOM];
    const uint64_t newest = listeners->number;

    for (const struct gw_sio_listener *at = listeners->first; at;
         at = gw_sio_listener_from(at->next, newest))
        ((gw_on_room_fn *)at->fn)(nsp, change, room, socket, at->user);
}

/* A room named after a socket is there as long as that socket is in it. */
static bool is_own_room_of_someone(const gw_namespace *nsp, struct gw_slice room)
{
    const gw_socket *socket = find_socket(nsp, room);

    return socket && socket->is_in_own_room;
}

static void on_room_change(struct gw_sio_rooms *rooms, enum gw_room_change change,
                           struct gw_slice room, struct gw_sio_member *member)
{
    gw_namespace *nsp = container_of(rooms, gw_namespace, rooms);

    if (member)
        tell_room(nsp, change, room, container_of(member, gw_socket, member));
    else if (!is_own_room_of_someone(nsp, room))
        tell_room(nsp, change, room, NULL);
}

void gw_sio_namespace_watch_rooms(gw_namespace *nsp)
{
    nsp->rooms.on_change = nsp->handlers.lists[GW_SIO_LIST_ROOM].first ? on_room_change : NULL;
}

void gw_sio_namespace_own_room(gw_namespace *nsp, gw_socket *socket, bool has_joined)
{
    struct gw_slice room = {(const uint8_t *)socket->id, GW_SOCKET_ID_LEN};

    if (!nsp->rooms.on_change)
        return;
    if (has_joined && !gw_sio_rooms_find(&nsp->rooms, room))
        tell_room(nsp, GW_ROOM_CREATED, room, NULL);
    tell_room(nsp, has_joined ? GW_ROOM_JOINED : GW_ROOM_LEFT, room, socket);
    if (!has_joined && !gw_sio_rooms_find(&nsp->rooms, room))
        tell_room(nsp, GW_ROOM_DELETED, room, NULL);
}

/* The application has a handle of it from now on. */
static gw_namespace *keep(gw_namespace *nsp)
{
    if (nsp->is_by_client) {
        nsp->is_by_client = false;
        nsp->io->child_count--;
    }
    return nsp;
}

static gw_namespace *find_or_create(gw_io *io, struct gw_slice name)
{
    gw_namespace *nsp, *parent;

    if (memchr(name.ptr, ',', name.len) || !gw_utf8_is_valid(name))
        return NULL;
    nsp = gw_sio_namespace_find(io, name);
    if (nsp)
        return keep(nsp);
    if (gw_sio_dynamic_parent_of(io, name, &parent) < 0)
        return NULL;
    nsp = parent ? gw_sio_dynamic_create_child(parent, name) : gw_sio_namespace_create(io, name);
    if (nsp)
        gw_sio_namespace_announce(nsp);
    return nsp;
}

gw_namespace *gw_io_of(gw_io *io, const char *name)
{
    size_t len = strlen(name);
    gw_namespace *nsp;
    char *slashed;

    if (name[0] == '/')
        return find_or_create(io, gw_slice_of(name));
    slashed = gw_mem_alloc(len + 2);
    if (!slashed)
        return NULL;
    slashed[0] = '/';
    memcpy(slashed + 1, name, len + 1);
    nsp = find_or_create(io, gw_slice_of(slashed));
    gw_mem_free(slashed);
    return nsp;
}

const char *gw_namespace_name(const gw_namespace *nsp)
{
    return nsp->name;
}

gw_io *gw_namespace_io(gw_namespace *nsp)
{
    return nsp->io;
}

size_t gw_namespace_socket_count(const gw_namespace *nsp)
{
    return nsp->sockets.count;
}

gw_socket *gw_socket_find(const gw_namespace *nsp, const char *id)
{
    return find_socket(nsp, gw_slice_of(id));
}

gw_namespace *gw_io_find(const gw_io *io, const char *name)
{
    return gw_sio_namespace_find(io, gw_slice_of(name));
}

/* fn may make namespaces, which go to the list's end; none is freed before the end of the turn. */
void gw_io_each_namespace(gw_io *io, gw_on_namespace_fn *fn, void *user)
{
    const struct gw_list *head = &io->namespace_list, *last = head->prev;

    for (struct gw_list *at = head->next; at != head; at = at->next) {
        fn(container_of(at, gw_namespace, node), user);
        if (at == last)
            return;
    }
}

int gw_on_new_namespace(gw_io *io, gw_on_namespace_fn *fn, void *user)
{
    return gw_sio_listeners_push(&io->new_namespace, (gw_sio_any_fn *)fn, user, 0);
}

int gw_off_new_namespace(gw_io *io, gw_on_namespace_fn *fn, void *user)
{
    gw_io_tell_work(io);
    return gw_sio_listeners_remove(&io->new_namespace, (gw_sio_any_fn *)fn, user,
                                   &io->dead_listeners);
}
