/* SPDX-License-Identifier: MIT */
#include "sio/extra.h"

#include "base/mem.h"
#include "codec/json.h"
#include "codec/utf8.h"
#include "sio/io.h"
#include "sio/namespace.h"
#include "sio/pressure.h"
#include "sio/seat.h"
#include "sio/socket.h"

struct gw_sio_extra *gw_sio_extra_of(gw_socket *socket)
{
    if (!socket->extra)
        socket->extra = gw_mem_zalloc(sizeof(*socket->extra));
    return socket->extra;
}

struct gw_sio_handlers *gw_sio_extra_handlers(gw_socket *socket)
{
    struct gw_sio_extra *extra = gw_sio_extra_of(socket);

    if (!extra || extra->handlers)
        return extra ? extra->handlers : NULL;
    extra->handlers = gw_mem_alloc(sizeof(*extra->handlers));
    if (extra->handlers)
        gw_sio_handlers_init(extra->handlers, socket->nsp->io->env.seed);
    return extra->handlers;
}

struct gw_sio_handlers *gw_sio_extra_find_handlers(const gw_socket *socket)
{
    return socket->extra ? socket->extra->handlers : NULL;
}

static void destroy_user(gw_socket *socket)
{
    struct gw_sio_extra *extra = socket->extra;
    void (*destroy)(void *user) = extra ? extra->destroy_user : NULL;
    void *user = socket->user;

    socket->user = NULL;
    if (!destroy)
        return;
    extra->destroy_user = NULL;
    destroy(user);
}

static void free_handlers(gw_socket *socket)
{
    struct gw_sio_handlers *handlers = socket->extra->handlers;

    if (!handlers)
        return;
    socket->nsp->outgoing_count -=
        gw_sio_listeners_count(&handlers->lists[GW_SIO_LIST_ANY_OUTGOING]);
    gw_sio_handlers_dispose(handlers);
    gw_mem_free(handlers);
}

void gw_sio_extra_free(gw_socket *socket)
{
    if (!socket->extra)
        return;
    destroy_user(socket);
    free_handlers(socket);
    gw_sio_seat_destroy(socket->extra->seat);
    gw_sio_pressure_drop(socket);
    gw_mem_free(socket->extra->pressure);
    gw_blob_unref(socket->extra->data);
    gw_blob_unref(socket->extra->auth_bytes);
    gw_mem_free(socket->extra);
    socket->extra = NULL;
}

/* ---- the application's pointer and data ---- */

void *gw_socket_user(const gw_socket *socket)
{
    return socket->user;
}

void gw_socket_set_user(gw_socket *socket, void *user)
{
    destroy_user(socket);
    socket->user = user;
}

int gw_socket_set_user_take(gw_socket *socket, void *user, void (*destroy)(void *user))
{
    struct gw_sio_extra *extra = gw_sio_extra_of(socket);

    destroy_user(socket);
    if (!extra) {
        destroy(user);
        return GW_E_NOMEM;
    }
    socket->user = user;
    extra->destroy_user = destroy;
    return 0;
}

struct gw_slice gw_socket_data(const gw_socket *socket)
{
    const struct gw_blob *data = socket->extra ? socket->extra->data : NULL;

    return data ? (struct gw_slice){data->bytes, data->len} : GW_LIT("{}");
}

int gw_socket_set_data_slice(gw_socket *socket, struct gw_slice text)
{
    struct gw_sio_extra *extra;
    struct gw_blob *data;

    if (!text.ptr || gw_json_check(text) < 0 || !gw_utf8_is_valid(text))
        return GW_E_ARG;
    extra = gw_sio_extra_of(socket);
    data = extra ? gw_blob_create(text.len) : NULL;
    if (!data)
        return GW_E_NOMEM;
    memcpy(data->bytes, text.ptr, text.len);
    gw_blob_unref(extra->data);
    extra->data = data;
    if (socket->nsp->io->on_data)
        socket->nsp->io->on_data(socket, socket->nsp->io->on_data_user);
    return 0;
}

int gw_socket_set_data(gw_socket *socket, const char *json)
{
    return gw_socket_set_data_slice(socket, gw_slice_of(json));
}
