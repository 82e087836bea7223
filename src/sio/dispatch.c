/* SPDX-License-Identifier: MIT */
#include "sio/dispatch.h"

#include "codec/json.h"
#include "sio/ack.h"
#include "sio/event.h"
#include "sio/event_rate.h"
#include "sio/extra.h"
#include "sio/io.h"
#include "sio/link.h"
#include "sio/namespace.h"
#include "sio/passage.h"
#include "sio/socket.h"

/* Of a name with escapes, or a number. 0 or GW_E_NOMEM. */
static int decode_name(gw_io *io, struct gw_slice raw, struct gw_slice *out)
{
    int err;

    *out = raw;
    if (!raw.ptr || raw.ptr[0] != '"')
        return 0;
    err = gw_json_string_decode(raw, gw_io_begin_scratch(io, &io->name));
    *out = gw_buf_slice(&io->name);
    return err;
}

static void run_any(gw_socket *socket, const struct gw_sio_listeners *listeners,
                    const gw_event *event)
{
    const uint64_t newest = listeners->number;

    for (const struct gw_sio_listener *at = listeners->first; at;
         at = gw_sio_listener_from(at->next, newest)) {
        if (socket->state != GW_SIO_SOCKET_CONNECTED)
            return;
        ((gw_on_event_fn *)at->fn)(socket, event, at->user);
    }
}

static __attribute__((noinline)) void take_once(gw_socket *socket, struct gw_sio_handlers *handlers,
                                                struct gw_sio_listeners *listeners,
                                                const struct gw_sio_listener *listener)
{
    gw_io *io = socket->nsp->io;

    gw_sio_events_take(&handlers->by_event, listeners, listener, &io->dead_listeners);
    gw_io_tell_work(io);
}

static inline void run_named(gw_socket *socket, struct gw_sio_handlers *handlers,
                             const gw_event *event)
{
    struct gw_sio_listeners *listeners = gw_sio_events_find(&handlers->by_event, event->name);
    const uint64_t newest = listeners ? listeners->number : 0;
    const struct gw_sio_listener *at = listeners ? listeners->first : NULL;

    for (; at; at = gw_sio_listener_from(at->next, newest)) {
        gw_on_event_fn *fn = (gw_on_event_fn *)at->fn;
        void *user = at->user; /* which the list of the dead needs */

        if (socket->state != GW_SIO_SOCKET_CONNECTED)
            return;
        if (at->is_once)
            take_once(socket, handlers, listeners, at);
        fn(socket, event, user);
    }
}

/* Out of line: what few applications have shall not stand in the way of the others. */
static __attribute__((noinline)) void run_own_named(gw_socket *socket, const gw_event *event)
{
    if (socket->extra->handlers)
        run_named(socket, socket->extra->handlers, event);
}

/* False: one of them has dropped the event. */
static bool passes(gw_socket *socket, const struct gw_sio_listeners *listeners,
                   const gw_event *event)
{
    const uint64_t newest = listeners->number;

    for (const struct gw_sio_listener *at = listeners->first; at;
         at = gw_sio_listener_from(at->next, newest)) {
        const char *why = ((gw_use_event_fn *)at->fn)(socket, event, at->user);

        if (socket->state != GW_SIO_SOCKET_CONNECTED)
            return false;
        if (!why)
            continue;
        gw_sio_dispatch_error(socket, why);
        return false;
    }
    return true;
}

static bool passes_all(gw_socket *socket, const gw_event *event)
{
    const struct gw_sio_handlers *own;

    if (!passes(socket, &socket->nsp->handlers.lists[GW_SIO_LIST_USE_EVENT], event))
        return false;
    own = gw_sio_extra_find_handlers(socket);
    return !own || passes(socket, &own->lists[GW_SIO_LIST_USE_EVENT], event);
}

/* All that is left to be done with an event that others look at first. */
static void run_behind_middlewares(gw_socket *socket, gw_event *event)
{
    struct gw_sio_passage passage;
    bool has_passed;

    gw_sio_passage_begin(&passage, socket->nsp->io, event);
    has_passed = passes_all(socket, event);
    gw_sio_passage_end(&passage);
    if (has_passed) {
        run_named(socket, &socket->nsp->handlers, event);
        if (socket->extra)
            run_own_named(socket, event);
    }
    gw_sio_passage_dispose(&passage);
}

/* What few applications have: handlers of the socket's own, and functions that may drop or replace
 * an event. False: nothing is left to be done. */
static __attribute__((noinline)) bool run_rest_of_any(gw_socket *socket, gw_event *event)
{
    const struct gw_sio_handlers *own = gw_sio_extra_find_handlers(socket);

    if (own)
        run_any(socket, &own->lists[GW_SIO_LIST_ANY], event);
    if (!event->name.ptr || socket->state != GW_SIO_SOCKET_CONNECTED)
        return false;
    own = gw_sio_extra_find_handlers(socket);
    if (!socket->nsp->handlers.lists[GW_SIO_LIST_USE_EVENT].first &&
        !(own && own->lists[GW_SIO_LIST_USE_EVENT].first))
        return true;
    run_behind_middlewares(socket, event);
    return false;
}

static void run_handlers(gw_socket *socket, gw_event *event)
{
    struct gw_sio_handlers *handlers = &socket->nsp->handlers;

    if (handlers->lists[GW_SIO_LIST_ANY].first)
        run_any(socket, &handlers->lists[GW_SIO_LIST_ANY], event);
    if ((socket->extra || handlers->lists[GW_SIO_LIST_USE_EVENT].first) &&
        !run_rest_of_any(socket, event))
        return;
    if (!event->name.ptr)
        return;
    run_named(socket, handlers, event);
    if (socket->extra)
        run_own_named(socket, event);
}

static void receive_event(gw_socket *socket, const struct gw_sio_packet *packet,
                          const struct gw_slice *attachments)
{
    gw_io *io = socket->nsp->io;
    bool is_answered = false;
    gw_event event = {
        .socket = socket,
        .args = packet->args,
        .ack_id = packet->id,
        .attachments = attachments,
        .attachment_count = packet->attachment_count,
        .is_answered = &is_answered,
    };

    if (gw_rate_limit_is_on(&io->event_rate) && !gw_sio_event_rate_take(socket))
        return;
    if (packet->has_plain_name) {
        event.name = (struct gw_slice){packet->name.ptr + 1, packet->name.len - 2};
    } else if (decode_name(io, packet->name, &event.name) < 0) {
        gw_sio_link_out_of_memory(socket->link);
        return;
    }
    io->counts.events_in++;
    run_handlers(socket, &event);
}

static void receive_ack(gw_socket *socket, const struct gw_sio_packet *packet,
                        const struct gw_slice *attachments)
{
    socket->nsp->io->counts.acks_in++;
    gw_sio_ack_receive(socket, packet, attachments);
}

void gw_sio_dispatch_packet(gw_socket *socket, const struct gw_sio_packet *packet,
                            const struct gw_slice *attachments)
{
    if (packet->type == GW_SIO_EVENT || packet->type == GW_SIO_BINARY_EVENT)
        receive_event(socket, packet, attachments);
    else
        receive_ack(socket, packet, attachments);
}

static void run_error(gw_socket *socket, const struct gw_sio_listeners *listeners, const char *why)
{
    const uint64_t newest = listeners->number;

    for (const struct gw_sio_listener *at = listeners->first; at;
         at = gw_sio_listener_from(at->next, newest)) {
        if (socket->state != GW_SIO_SOCKET_CONNECTED)
            return;
        ((gw_on_error_fn *)at->fn)(socket, why, at->user);
    }
}

void gw_sio_dispatch_error(gw_socket *socket, const char *why)
{
    const struct gw_sio_handlers *own;

    run_error(socket, &socket->nsp->handlers.lists[GW_SIO_LIST_ERROR], why);
    own = gw_sio_extra_find_handlers(socket);
    if (own)
        run_error(socket, &own->lists[GW_SIO_LIST_ERROR], why);
}

static void run_upgrade(gw_socket *socket, const struct gw_sio_listeners *listeners)
{
    const uint64_t newest = listeners->number;

    for (const struct gw_sio_listener *at = listeners->first; at;
         at = gw_sio_listener_from(at->next, newest)) {
        if (socket->state != GW_SIO_SOCKET_CONNECTED)
            return;
        ((gw_on_socket_fn *)at->fn)(socket, at->user);
    }
}

void gw_sio_dispatch_upgrade(gw_socket *socket)
{
    const struct gw_sio_handlers *own;

    run_upgrade(socket, &socket->nsp->handlers.lists[GW_SIO_LIST_UPGRADE]);
    own = gw_sio_extra_find_handlers(socket);
    if (own)
        run_upgrade(socket, &own->lists[GW_SIO_LIST_UPGRADE]);
}
