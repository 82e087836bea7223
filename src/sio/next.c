/* SPDX-License-Identifier: MIT */
#include "sio/next.h"

#include "base/mem.h"
#include "codec/json.h"
#include "sio/emit.h"
#include "sio/io.h"
#include "sio/link.h"
#include "sio/namespace.h"
#include "sio/socket.h"

#include <assert.h>

void gw_sio_next_release(gw_next *next)
{
    gw_socket *socket = next->socket;

    gw_list_remove(&next->node);
    gw_mem_free(next);
    socket->next = NULL;
    if (socket->state == GW_SIO_SOCKET_GONE)
        gw_sio_socket_bury(socket);
    gw_sio_link_unpin(socket->link);
}

/* on_connection may do anything, so next is released first. */
static void connect_and_release(gw_next *next)
{
    gw_socket *socket = next->socket;

    gw_sio_next_release(next);
    if (gw_sio_socket_connect(socket) < 0)
        gw_sio_link_out_of_memory(socket->link);
}

/* Goes on with the middleware at next->at until one takes its time. A loop and not a call from
 * gw_next_ok: a hundred middlewares must not make a hundred frames. */
static void run(gw_next *next)
{
    gw_socket *socket = next->socket;

    for (;;) {
        const struct gw_sio_listener *at = next->at;

        next->state = GW_SIO_NEXT_RUNNING;
        ((gw_use_fn *)at->fn)(socket, next, at->user);
        if (next->state == GW_SIO_NEXT_RUNNING) {
            next->state = GW_SIO_NEXT_WAITING;
            return;
        }
        if (next->state == GW_SIO_NEXT_REFUSED || socket->state != GW_SIO_SOCKET_JOINING) {
            gw_sio_next_release(next);
            return;
        }
        if (at == next->last) {
            connect_and_release(next);
            return;
        }
        next->at = at->next;
    }
}

int gw_sio_next_run(gw_socket *socket)
{
    const struct gw_sio_listeners *middlewares = &socket->nsp->handlers.lists[GW_SIO_LIST_USE];
    gw_next *next;

    if (!middlewares->first)
        return gw_sio_socket_connect(socket);
    next = gw_mem_alloc(sizeof(*next));
    if (!next)
        return GW_E_NOMEM;
    *next = (gw_next){.socket = socket, .at = middlewares->first, .last = middlewares->last};
    gw_list_init(&next->node);
    gw_list_push(&socket->nsp->io->nexts, &next->node);
    socket->next = next;
    gw_sio_link_pin(socket->link);
    run(next);
    return 0;
}

void gw_next_ok(gw_next *next)
{
    if (next->state == GW_SIO_NEXT_RUNNING) {
        next->state = GW_SIO_NEXT_PASSED;
        return;
    }
    if (next->state != GW_SIO_NEXT_WAITING) /* a second word inside the function */
        return;
    if (next->socket->state != GW_SIO_SOCKET_JOINING) {
        gw_sio_next_release(next);
    } else if (next->at == next->last) {
        connect_and_release(next);
    } else {
        next->at = next->at->next;
        run(next);
    }
}

/* {"message":...,"data":...}, either left out when NULL. 0, GW_E_NOMEM or GW_E_LIMIT. */
static int write_error(struct gw_buf *out, const char *message, const char *data_json)
{
    struct gw_slice data = gw_slice_of(data_json);
    int err;

    gw_buf_reset(out);
    if (data.ptr && gw_json_check(data) < 0)
        data = (struct gw_slice){NULL, 0};
    err = gw_buf_append(out, GW_LIT("{"));
    if (err == 0 && message)
        err = gw_buf_append(out, GW_LIT("\"message\":"));
    if (err == 0 && message)
        err = gw_json_quote(out, gw_slice_of(message));
    if (err == 0 && data.ptr)
        err = gw_buf_append(out, message ? GW_LIT(",\"data\":") : GW_LIT("\"data\":"));
    if (err == 0 && data.ptr)
        err = gw_buf_append(out, data);
    return err < 0 ? err : gw_buf_append(out, GW_LIT("}"));
}

static void send_refusal(gw_socket *socket, const char *message, const char *data_json)
{
    struct gw_buf *scratch = gw_io_begin_scratch(socket->nsp->io, &socket->nsp->io->quote);
    struct gw_sio_draft draft = {.type = GW_SIO_CONNECT_ERROR,
                                 .nsp = gw_sio_namespace_name(socket->nsp)};

    if (write_error(scratch, message, data_json) < 0) {
        gw_sio_link_out_of_memory(socket->link);
        return;
    }
    draft.data = gw_buf_slice(scratch);
    gw_sio_emit_to_socket(socket, &draft);
}

void gw_next_refuse(gw_next *next, const char *message, const char *data_json)
{
    bool is_running = next->state == GW_SIO_NEXT_RUNNING;

    if (!is_running && next->state != GW_SIO_NEXT_WAITING)
        return;
    next->state = GW_SIO_NEXT_REFUSED;
    next->socket->nsp->io->counts.refused++;
    if (next->socket->state == GW_SIO_SOCKET_JOINING) {
        send_refusal(next->socket, message, data_json);
        gw_sio_socket_abandon(next->socket);
    }
    if (!is_running)
        gw_sio_next_release(next);
}
