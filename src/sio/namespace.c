/* SPDX-License-Identifier: MIT */
#include "sio/namespace.h"

#include "base/mem.h"
#include "codec/utf8.h"
#include "sio/io.h"
#include "sio/packet.h"
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

gw_namespace *gw_sio_namespace_create(gw_io *io, struct gw_slice name)
{
    gw_namespace *nsp = gw_mem_zalloc(sizeof(*nsp) + name.len + 1);

    if (!nsp)
        return NULL;
    nsp->io = io;
    gw_map_init(&nsp->sockets, io->env.seed);
    gw_list_init(&nsp->socket_list);
    gw_sio_rooms_init(&nsp->rooms, io->env.seed);
    gw_sio_handlers_init(&nsp->handlers, io->env.seed);
    gw_map_init(&nsp->acks, io->env.seed);
    nsp->name_len = name.len;
    memcpy(nsp->name, name.ptr, name.len);
    if (gw_map_insert(&io->namespaces, &nsp->by_name, gw_map_hash(&io->namespaces, name)) < 0) {
        gw_mem_free(nsp);
        return NULL;
    }
    gw_list_push(&io->namespace_list, &nsp->node);
    return nsp;
}

void gw_sio_namespace_destroy(gw_namespace *nsp)
{
    gw_map_remove(&nsp->io->namespaces, &nsp->by_name);
    gw_list_remove(&nsp->node);
    gw_sio_rooms_dispose(&nsp->rooms);
    gw_sio_handlers_dispose(&nsp->handlers);
    gw_map_dispose(&nsp->sockets);
    gw_map_dispose(&nsp->acks);
    gw_mem_free(nsp);
}

gw_socket *gw_sio_namespace_socket(const gw_namespace *nsp, struct gw_slice id)
{
    struct gw_map_node *node;

    if (id.len != GW_SOCKET_ID_LEN)
        return NULL;
    node = gw_map_find(&nsp->sockets, gw_map_hash(&nsp->sockets, id), has_id, id.ptr);
    return node ? container_of(node, gw_socket, by_id) : NULL;
}

static gw_namespace *find_or_create(gw_io *io, struct gw_slice name)
{
    gw_namespace *nsp;

    if (memchr(name.ptr, ',', name.len) || !gw_utf8_is_valid(name))
        return NULL;
    nsp = gw_sio_namespace_find(io, name);
    return nsp ? nsp : gw_sio_namespace_create(io, name);
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
    return gw_sio_namespace_socket(nsp, gw_slice_of(id));
}

int gw_on_connection(gw_namespace *nsp, gw_on_socket_fn *fn, void *user)
{
    return gw_sio_listeners_push(&nsp->handlers.connection, (gw_sio_any_fn *)fn, user);
}

int gw_on_disconnecting(gw_namespace *nsp, gw_on_disconnect_fn *fn, void *user)
{
    return gw_sio_listeners_push(&nsp->handlers.disconnecting, (gw_sio_any_fn *)fn, user);
}

int gw_on_disconnect(gw_namespace *nsp, gw_on_disconnect_fn *fn, void *user)
{
    return gw_sio_listeners_push(&nsp->handlers.disconnect, (gw_sio_any_fn *)fn, user);
}

int gw_on(gw_namespace *nsp, const char *event, gw_on_event_fn *fn, void *user)
{
    if (gw_sio_name_is_reserved(gw_slice_of(event)))
        return GW_E_ARG;
    return gw_sio_handlers_push_event(&nsp->handlers, gw_slice_of(event), (gw_sio_any_fn *)fn,
                                      user);
}

int gw_on_any(gw_namespace *nsp, gw_on_event_fn *fn, void *user)
{
    return gw_sio_listeners_push(&nsp->handlers.any, (gw_sio_any_fn *)fn, user);
}

int gw_on_error(gw_namespace *nsp, gw_on_error_fn *fn, void *user)
{
    return gw_sio_listeners_push(&nsp->handlers.error, (gw_sio_any_fn *)fn, user);
}

int gw_use(gw_namespace *nsp, gw_use_fn *fn, void *user)
{
    return gw_sio_listeners_push(&nsp->handlers.middlewares, (gw_sio_any_fn *)fn, user);
}
