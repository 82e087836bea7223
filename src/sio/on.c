/* SPDX-License-Identifier: MIT */
/* The calls with which the application registers functions, and takes them back. */
#include "sio/extra.h"
#include "sio/io.h"
#include "sio/namespace.h"
#include "sio/packet.h"
#include "sio/socket.h"

/* ---- of a namespace ---- */

static int push(gw_namespace *nsp, enum gw_sio_list list, gw_sio_any_fn *fn, void *user,
                uint32_t flags)
{
    return gw_sio_listeners_push(&nsp->handlers.lists[list], fn, user, flags);
}

static int remove_from(gw_namespace *nsp, enum gw_sio_list list, gw_sio_any_fn *fn,
                       const void *user)
{
    gw_io_tell_work(nsp->io); /* what is taken out is freed at the end of the turn */
    return gw_sio_listeners_remove(&nsp->handlers.lists[list], fn, user, &nsp->io->dead_listeners);
}

static int push_event(gw_namespace *nsp, const char *event, gw_on_event_fn *fn, void *user,
                      uint32_t flags)
{
    if (gw_sio_name_is_reserved(gw_slice_of(event)))
        return GW_E_ARG;
    return gw_sio_events_push(&nsp->handlers.by_event, gw_slice_of(event), (gw_sio_any_fn *)fn,
                              user, flags);
}

static int push_outgoing(gw_namespace *nsp, gw_on_event_fn *fn, void *user, uint32_t flags)
{
    int err = push(nsp, GW_SIO_LIST_ANY_OUTGOING, (gw_sio_any_fn *)fn, user, flags);

    if (err == 0)
        nsp->outgoing_count++;
    return err;
}

int gw_on_connection(gw_namespace *nsp, gw_on_socket_fn *fn, void *user)
{
    return push(nsp, GW_SIO_LIST_CONNECTION, (gw_sio_any_fn *)fn, user, 0);
}

int gw_once_connection(gw_namespace *nsp, gw_on_socket_fn *fn, void *user)
{
    return push(nsp, GW_SIO_LIST_CONNECTION, (gw_sio_any_fn *)fn, user, GW_SIO_LISTENER_ONCE);
}

int gw_off_connection(gw_namespace *nsp, gw_on_socket_fn *fn, void *user)
{
    return remove_from(nsp, GW_SIO_LIST_CONNECTION, (gw_sio_any_fn *)fn, user);
}

int gw_on_disconnecting(gw_namespace *nsp, gw_on_disconnect_fn *fn, void *user)
{
    return push(nsp, GW_SIO_LIST_DISCONNECTING, (gw_sio_any_fn *)fn, user, 0);
}

int gw_off_disconnecting(gw_namespace *nsp, gw_on_disconnect_fn *fn, void *user)
{
    return remove_from(nsp, GW_SIO_LIST_DISCONNECTING, (gw_sio_any_fn *)fn, user);
}

int gw_on_disconnect(gw_namespace *nsp, gw_on_disconnect_fn *fn, void *user)
{
    return push(nsp, GW_SIO_LIST_DISCONNECT, (gw_sio_any_fn *)fn, user, 0);
}

int gw_off_disconnect(gw_namespace *nsp, gw_on_disconnect_fn *fn, void *user)
{
    return remove_from(nsp, GW_SIO_LIST_DISCONNECT, (gw_sio_any_fn *)fn, user);
}

int gw_on(gw_namespace *nsp, const char *event, gw_on_event_fn *fn, void *user)
{
    return push_event(nsp, event, fn, user, 0);
}

int gw_once(gw_namespace *nsp, const char *event, gw_on_event_fn *fn, void *user)
{
    return push_event(nsp, event, fn, user, GW_SIO_LISTENER_ONCE);
}

int gw_off(gw_namespace *nsp, const char *event, gw_on_event_fn *fn, void *user)
{
    gw_io_tell_work(nsp->io);
    return gw_sio_events_remove(&nsp->handlers.by_event, gw_slice_of(event), (gw_sio_any_fn *)fn,
                                user, &nsp->io->dead_listeners);
}

int gw_on_any(gw_namespace *nsp, gw_on_event_fn *fn, void *user)
{
    return push(nsp, GW_SIO_LIST_ANY, (gw_sio_any_fn *)fn, user, 0);
}

int gw_prepend_any(gw_namespace *nsp, gw_on_event_fn *fn, void *user)
{
    return push(nsp, GW_SIO_LIST_ANY, (gw_sio_any_fn *)fn, user, GW_SIO_LISTENER_FIRST);
}

int gw_off_any(gw_namespace *nsp, gw_on_event_fn *fn, void *user)
{
    return remove_from(nsp, GW_SIO_LIST_ANY, (gw_sio_any_fn *)fn, user);
}

int gw_on_any_outgoing(gw_namespace *nsp, gw_on_event_fn *fn, void *user)
{
    return push_outgoing(nsp, fn, user, 0);
}

int gw_prepend_any_outgoing(gw_namespace *nsp, gw_on_event_fn *fn, void *user)
{
    return push_outgoing(nsp, fn, user, GW_SIO_LISTENER_FIRST);
}

int gw_off_any_outgoing(gw_namespace *nsp, gw_on_event_fn *fn, void *user)
{
    int count = remove_from(nsp, GW_SIO_LIST_ANY_OUTGOING, (gw_sio_any_fn *)fn, user);

    nsp->outgoing_count -= (size_t)count;
    return count;
}

int gw_on_error(gw_namespace *nsp, gw_on_error_fn *fn, void *user)
{
    return push(nsp, GW_SIO_LIST_ERROR, (gw_sio_any_fn *)fn, user, 0);
}

int gw_off_error(gw_namespace *nsp, gw_on_error_fn *fn, void *user)
{
    return remove_from(nsp, GW_SIO_LIST_ERROR, (gw_sio_any_fn *)fn, user);
}

int gw_on_upgrade(gw_namespace *nsp, gw_on_socket_fn *fn, void *user)
{
    return push(nsp, GW_SIO_LIST_UPGRADE, (gw_sio_any_fn *)fn, user, 0);
}

int gw_off_upgrade(gw_namespace *nsp, gw_on_socket_fn *fn, void *user)
{
    return remove_from(nsp, GW_SIO_LIST_UPGRADE, (gw_sio_any_fn *)fn, user);
}

int gw_on_room(gw_namespace *nsp, gw_on_room_fn *fn, void *user)
{
    int err = push(nsp, GW_SIO_LIST_ROOM, (gw_sio_any_fn *)fn, user, 0);

    gw_sio_namespace_watch_rooms(nsp);
    return err;
}

int gw_off_room(gw_namespace *nsp, gw_on_room_fn *fn, void *user)
{
    int count = remove_from(nsp, GW_SIO_LIST_ROOM, (gw_sio_any_fn *)fn, user);

    gw_sio_namespace_watch_rooms(nsp);
    return count;
}

int gw_use(gw_namespace *nsp, gw_use_fn *fn, void *user)
{
    return push(nsp, GW_SIO_LIST_USE, (gw_sio_any_fn *)fn, user, 0);
}

int gw_use_event(gw_namespace *nsp, gw_use_event_fn *fn, void *user)
{
    return push(nsp, GW_SIO_LIST_USE_EVENT, (gw_sio_any_fn *)fn, user, 0);
}

static size_t count_event(const struct gw_sio_handlers *handlers, const char *event)
{
    const struct gw_sio_listeners *listeners =
        gw_sio_events_find(&handlers->by_event, gw_slice_of(event));

    return listeners ? gw_sio_listeners_count(listeners) : 0;
}

size_t gw_listener_count(const gw_namespace *nsp, const char *event)
{
    return count_event(&nsp->handlers, event);
}

/* ---- of one socket ---- */

static int socket_push(gw_socket *socket, enum gw_sio_list list, gw_sio_any_fn *fn, void *user,
                       uint32_t flags)
{
    struct gw_sio_handlers *handlers;

    if (socket->state == GW_SIO_SOCKET_GONE)
        return GW_E_CLOSED;
    handlers = gw_sio_extra_handlers(socket);
    return handlers ? gw_sio_listeners_push(&handlers->lists[list], fn, user, flags) : GW_E_NOMEM;
}

static int socket_remove(gw_socket *socket, enum gw_sio_list list, gw_sio_any_fn *fn,
                         const void *user)
{
    struct gw_sio_handlers *handlers = gw_sio_extra_find_handlers(socket);
    gw_io *io = socket->nsp->io;

    if (!handlers)
        return 0;
    gw_io_tell_work(io);
    return gw_sio_listeners_remove(&handlers->lists[list], fn, user, &io->dead_listeners);
}

static int socket_push_event(gw_socket *socket, const char *event, gw_on_event_fn *fn, void *user,
                             uint32_t flags)
{
    struct gw_sio_handlers *handlers;

    if (gw_sio_name_is_reserved(gw_slice_of(event)))
        return GW_E_ARG;
    if (socket->state == GW_SIO_SOCKET_GONE)
        return GW_E_CLOSED;
    handlers = gw_sio_extra_handlers(socket);
    if (!handlers)
        return GW_E_NOMEM;
    return gw_sio_events_push(&handlers->by_event, gw_slice_of(event), (gw_sio_any_fn *)fn, user,
                              flags);
}

static int socket_push_outgoing(gw_socket *socket, gw_on_event_fn *fn, void *user, uint32_t flags)
{
    int err = socket_push(socket, GW_SIO_LIST_ANY_OUTGOING, (gw_sio_any_fn *)fn, user, flags);

    if (err == 0)
        socket->nsp->outgoing_count++;
    return err;
}

int gw_socket_on(gw_socket *socket, const char *event, gw_on_event_fn *fn, void *user)
{
    return socket_push_event(socket, event, fn, user, 0);
}

int gw_socket_once(gw_socket *socket, const char *event, gw_on_event_fn *fn, void *user)
{
    return socket_push_event(socket, event, fn, user, GW_SIO_LISTENER_ONCE);
}

int gw_socket_off(gw_socket *socket, const char *event, gw_on_event_fn *fn, void *user)
{
    struct gw_sio_handlers *handlers = gw_sio_extra_find_handlers(socket);
    gw_io *io = socket->nsp->io;

    if (!handlers)
        return 0;
    gw_io_tell_work(io);
    return gw_sio_events_remove(&handlers->by_event, gw_slice_of(event), (gw_sio_any_fn *)fn, user,
                                &io->dead_listeners);
}

int gw_socket_on_any(gw_socket *socket, gw_on_event_fn *fn, void *user)
{
    return socket_push(socket, GW_SIO_LIST_ANY, (gw_sio_any_fn *)fn, user, 0);
}

int gw_socket_prepend_any(gw_socket *socket, gw_on_event_fn *fn, void *user)
{
    return socket_push(socket, GW_SIO_LIST_ANY, (gw_sio_any_fn *)fn, user, GW_SIO_LISTENER_FIRST);
}

int gw_socket_off_any(gw_socket *socket, gw_on_event_fn *fn, void *user)
{
    return socket_remove(socket, GW_SIO_LIST_ANY, (gw_sio_any_fn *)fn, user);
}

int gw_socket_on_any_outgoing(gw_socket *socket, gw_on_event_fn *fn, void *user)
{
    return socket_push_outgoing(socket, fn, user, 0);
}

int gw_socket_prepend_any_outgoing(gw_socket *socket, gw_on_event_fn *fn, void *user)
{
    return socket_push_outgoing(socket, fn, user, GW_SIO_LISTENER_FIRST);
}

int gw_socket_off_any_outgoing(gw_socket *socket, gw_on_event_fn *fn, void *user)
{
    int count = socket_remove(socket, GW_SIO_LIST_ANY_OUTGOING, (gw_sio_any_fn *)fn, user);

    socket->nsp->outgoing_count -= (size_t)count;
    return count;
}

int gw_socket_on_disconnecting(gw_socket *socket, gw_on_disconnect_fn *fn, void *user)
{
    return socket_push(socket, GW_SIO_LIST_DISCONNECTING, (gw_sio_any_fn *)fn, user, 0);
}

int gw_socket_off_disconnecting(gw_socket *socket, gw_on_disconnect_fn *fn, void *user)
{
    return socket_remove(socket, GW_SIO_LIST_DISCONNECTING, (gw_sio_any_fn *)fn, user);
}

int gw_socket_on_disconnect(gw_socket *socket, gw_on_disconnect_fn *fn, void *user)
{
    return socket_push(socket, GW_SIO_LIST_DISCONNECT, (gw_sio_any_fn *)fn, user, 0);
}

int gw_socket_off_disconnect(gw_socket *socket, gw_on_disconnect_fn *fn, void *user)
{
    return socket_remove(socket, GW_SIO_LIST_DISCONNECT, (gw_sio_any_fn *)fn, user);
}

int gw_socket_on_error(gw_socket *socket, gw_on_error_fn *fn, void *user)
{
    return socket_push(socket, GW_SIO_LIST_ERROR, (gw_sio_any_fn *)fn, user, 0);
}

int gw_socket_off_error(gw_socket *socket, gw_on_error_fn *fn, void *user)
{
    return socket_remove(socket, GW_SIO_LIST_ERROR, (gw_sio_any_fn *)fn, user);
}

int gw_socket_on_upgrade(gw_socket *socket, gw_on_socket_fn *fn, void *user)
{
    return socket_push(socket, GW_SIO_LIST_UPGRADE, (gw_sio_any_fn *)fn, user, 0);
}

int gw_socket_off_upgrade(gw_socket *socket, gw_on_socket_fn *fn, void *user)
{
    return socket_remove(socket, GW_SIO_LIST_UPGRADE, (gw_sio_any_fn *)fn, user);
}

int gw_socket_use(gw_socket *socket, gw_use_event_fn *fn, void *user)
{
    return socket_push(socket, GW_SIO_LIST_USE_EVENT, (gw_sio_any_fn *)fn, user, 0);
}

size_t gw_socket_listener_count(const gw_socket *socket, const char *event)
{
    const struct gw_sio_handlers *handlers = gw_sio_extra_find_handlers(socket);

    return handlers ? count_event(handlers, event) : 0;
}
