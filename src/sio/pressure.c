/* SPDX-License-Identifier: MIT */
#include "sio/pressure.h"

#include "base/mem.h"
#include "eio/session.h"
#include "sio/extra.h"
#include "sio/fan_out.h"
#include "sio/io.h"
#include "sio/link.h"
#include "sio/namespace.h"
#include "sio/socket.h"
#include "sio/target.h"

/* ---- what is held ---- */

/* The key stands behind the messages, in the same block. */
struct held {
    struct gw_list node;
    size_t bytes, key_len;
    bool has_key; /* an empty one is one too */
    uint8_t message_count;
    struct gw_eio_message *messages[];
};

static struct gw_slice key_of(const struct held *held)
{
    return (struct gw_slice){(const uint8_t *)(held->messages + held->message_count),
                             held->key_len};
}

/* key NULL: none. */
static struct held *create(const struct gw_sio_fan_out *out, const struct gw_slice *key)
{
    size_t count = out->message_count;
    size_t key_len = key ? key->len : 0;
    size_t size = sizeof(struct held) + count * sizeof(struct gw_eio_message *) + key_len;
    struct held *held = gw_mem_alloc(size);

    if (!held)
        return NULL;
    gw_list_init(&held->node);
    held->bytes = size;
    held->key_len = key_len;
    held->has_key = key != NULL;
    held->message_count = (uint8_t)count;
    for (size_t i = 0; i < count; i++) {
        held->messages[i] = gw_eio_message_ref(out->messages[i]);
        held->bytes += gw_eio_message_frame_body(out->messages[i]).len;
    }
    if (key_len > 0)
        memcpy(held->messages + count, key->ptr, key_len);
    return held;
}

static void take_out(gw_socket *socket, struct held *held)
{
    struct gw_pressure_stats *own = &socket->extra->pressure->stats;
    struct gw_pressure_stats *all = &socket->nsp->io->pressure;

    gw_list_remove(&held->node);
    own->held--;
    own->held_bytes -= held->bytes;
    all->held--;
    all->held_bytes -= held->bytes;
}

static void destroy(struct held *held)
{
    for (size_t i = 0; i < held->message_count; i++)
        gw_eio_message_unref(held->messages[i]);
    gw_mem_free(held);
}

static void put_in(gw_socket *socket, struct held *held)
{
    struct gw_pressure_stats *own = &socket->extra->pressure->stats;
    struct gw_pressure_stats *all = &socket->nsp->io->pressure;

    gw_list_push(&socket->extra->pressure->held, &held->node);
    own->held++;
    own->held_bytes += held->bytes;
    all->held++;
    all->held_bytes += held->bytes;
}

static struct held *oldest(const struct gw_sio_pressure *pressure)
{
    return gw_list_is_empty(&pressure->held) ? NULL
                                             : container_of(pressure->held.next, struct held, node);
}

static void drop_oldest(gw_socket *socket, uint64_t threshold_bytes)
{
    struct gw_sio_pressure *pressure = socket->extra->pressure;
    struct held *held;

    while (pressure->stats.held_bytes > threshold_bytes && (held = oldest(pressure)) != NULL) {
        take_out(socket, held);
        destroy(held);
        pressure->stats.dropped_oldest++;
        socket->nsp->io->pressure.dropped_oldest++;
    }
}

static void replace(gw_socket *socket, struct gw_slice key)
{
    struct gw_sio_pressure *pressure = socket->extra->pressure;

    for (struct gw_list *at = pressure->held.next; at != &pressure->held; at = at->next) {
        struct held *held = container_of(at, struct held, node);

        if (!held->has_key || !gw_slice_equal(key_of(held), key))
            continue;
        take_out(socket, held);
        destroy(held);
        pressure->stats.replaced++;
        socket->nsp->io->pressure.replaced++;
        return;
    }
}

/* ---- the verdict ---- */

static uint64_t threshold_bytes(const gw_namespace *nsp)
{
    return nsp->pressure_threshold_bytes ? nsp->pressure_threshold_bytes
                                         : GW_PRESSURE_THRESHOLD_BYTES;
}

/* What waits apart must not be overtaken by its like. */
static bool is_under_pressure(const gw_socket *socket, const struct gw_eio_session *session)
{
    const struct gw_sio_pressure *pressure = socket->extra ? socket->extra->pressure : NULL;

    if (pressure && pressure->stats.held > 0)
        return true;
    return !gw_eio_session_is_writable(session) &&
           gw_eio_session_queued_bytes(session) > threshold_bytes(socket->nsp);
}

static struct gw_sio_pressure *pressure_of(gw_socket *socket)
{
    struct gw_sio_extra *extra = gw_sio_extra_of(socket);

    if (!extra || extra->pressure)
        return extra ? extra->pressure : NULL;
    extra->pressure = gw_mem_zalloc(sizeof(*extra->pressure));
    if (extra->pressure)
        gw_list_init(&extra->pressure->held);
    return extra->pressure;
}

static struct gw_slice key_for(const struct gw_sio_fan_out *out)
{
    for (const struct gw_target_filter *at = out->filters; at; at = at->next) {
        if (at->kind == GW_SIO_FILTER_KEY)
            return (struct gw_slice){at->room, at->len};
    }
    return out->draft->name;
}

static enum gw_sio_verdict hold(gw_socket *socket, struct gw_sio_fan_out *out, bool is_latest)
{
    struct gw_slice key = key_for(out);
    struct held *held;

    if (gw_sio_fan_out_encode(out) < 0)
        return GW_SIO_DROPPED;
    held = create(out, is_latest ? &key : NULL);
    if (!held) {
        out->err = GW_E_NOMEM;
        return GW_SIO_DROPPED;
    }
    if (is_latest)
        replace(socket, key);
    put_in(socket, held);
    drop_oldest(socket, threshold_bytes(socket->nsp));
    return GW_SIO_HELD;
}

static enum gw_sio_verdict strike(gw_socket *socket, struct gw_sio_fan_out *out,
                                  enum gw_pressure policy)
{
    struct gw_sio_pressure *pressure = pressure_of(socket);
    gw_io *io = socket->nsp->io;

    if (!pressure) {
        out->err = GW_E_NOMEM;
        return GW_SIO_DROPPED;
    }
    switch (policy) {
    case GW_PRESSURE_DROP_NEWEST:
        pressure->stats.dropped_newest++;
        io->pressure.dropped_newest++;
        return GW_SIO_DROPPED;
    case GW_PRESSURE_DROP_OLDEST:
    case GW_PRESSURE_KEEP_LATEST:
        return hold(socket, out, policy == GW_PRESSURE_KEEP_LATEST);
    case GW_PRESSURE_CLOSE:
        if (pressure->stats.closed == 0) {
            pressure->stats.closed = 1;
            io->pressure.closed++;
        }
        gw_eio_session_overload(socket->link->session);
        return GW_SIO_DROPPED;
    case GW_PRESSURE_DEFAULT:
    case GW_PRESSURE_WAIT:
        break;
    }
    return GW_SIO_SEND;
}

enum gw_sio_verdict gw_sio_pressure_judge(gw_socket *socket, struct gw_sio_fan_out *out)
{
    enum gw_pressure policy = gw_sio_target_pressure(out->flags);

    if (policy <= GW_PRESSURE_WAIT || !is_under_pressure(socket, socket->link->session))
        return GW_SIO_SEND;
    return strike(socket, out, policy);
}

void gw_sio_pressure_release(gw_socket *socket)
{
    struct gw_sio_pressure *pressure = socket->extra ? socket->extra->pressure : NULL;
    struct gw_eio_session *session = socket->link->session;
    struct held *held;

    while (pressure && session && (held = oldest(pressure)) != NULL) {
        take_out(socket, held);
        for (size_t i = 0; i < held->message_count; i++)
            gw_eio_session_send(session, held->messages[i]);
        destroy(held);
    }
}

void gw_sio_pressure_drop(gw_socket *socket)
{
    struct gw_sio_pressure *pressure = socket->extra ? socket->extra->pressure : NULL;
    struct held *held;

    while (pressure && (held = oldest(pressure)) != NULL) {
        take_out(socket, held);
        destroy(held);
    }
}

/* ---- what the application asks ---- */

struct gw_target gw_pressure(struct gw_target target, enum gw_pressure policy)
{
    if (policy == GW_PRESSURE_DEFAULT)
        policy = gw_sio_target_pressure(target.nsp->target_flags);
    target.flags = gw_sio_target_with_pressure(target.flags, policy);
    return target;
}

struct gw_target gw_latest_slice(struct gw_target target, struct gw_slice key)
{
    return gw_pressure(gw_sio_target_add(target, GW_SIO_FILTER_KEY, key), GW_PRESSURE_KEEP_LATEST);
}

void gw_namespace_set_pressure(gw_namespace *nsp, enum gw_pressure policy, uint64_t threshold_bytes)
{
    nsp->target_flags = gw_sio_target_with_pressure(nsp->target_flags, policy);
    nsp->pressure_threshold_bytes = threshold_bytes;
}

struct gw_pressure_stats gw_io_pressure_stats(const gw_io *io)
{
    return io->pressure;
}

struct gw_pressure_stats gw_socket_pressure_stats(const gw_socket *socket)
{
    if (!socket->extra || !socket->extra->pressure)
        return (struct gw_pressure_stats){0};
    return socket->extra->pressure->stats;
}
