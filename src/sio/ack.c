/* SPDX-License-Identifier: MIT */
#include "sio/ack.h"

#include "base/later.h"
#include "base/mem.h"
#include "codec/number.h"
#include "sio/emit.h"
#include "sio/event.h"
#include "sio/io.h"
#include "sio/link.h"
#include "sio/namespace.h"
#include "sio/outgoing.h"
#include "sio/socket.h"
#include "sio/survey.h"

struct key {
    uint64_t id;
    const gw_socket *socket; /* only who was asked may answer */
};

static bool is_key(const struct gw_map_node *node, const void *key)
{
    const struct gw_sio_ack *ack = container_of(node, const struct gw_sio_ack, by_id);
    const struct key *wanted = key;

    return ack->id == wanted->id && ack->socket == wanted->socket;
}

/* A question to many has one id for all of them. */
static uint64_t hash_of(uint64_t id, const gw_socket *socket)
{
    uint64_t hash = ((id + 1) ^ ((uint64_t)(uintptr_t)socket >> 4)) * 0x9e3779b97f4a7c15U;

    return hash ^ (hash >> 32);
}

int gw_sio_ack_register(struct gw_sio_ack *ack)
{
    gw_socket *socket = ack->socket;

    if (gw_map_insert(&socket->nsp->acks, &ack->by_id, hash_of(ack->id, socket)) < 0)
        return GW_E_NOMEM;
    gw_list_init(&ack->in_socket);
    gw_list_push(&socket->acks, &ack->in_socket);
    socket->ack_count++;
    return 0;
}

void gw_sio_ack_detach(struct gw_sio_ack *ack)
{
    if (!ack->in_socket.next || !gw_list_is_linked(&ack->in_socket))
        return;
    gw_map_remove(&ack->socket->nsp->acks, &ack->by_id);
    gw_list_remove(&ack->in_socket);
    gw_sio_timeouts_stop(&ack->socket->nsp->io->timeouts, &ack->timeout);
    ack->socket->ack_count--;
}

/* Out of everything, before its function is called: that may do anything to the socket. */
static void finish(struct gw_sio_ack *ack, const gw_event *answer, int err)
{
    struct gw_sio_ack copy = *ack;

    gw_sio_ack_detach(ack);
    if (ack->survey) {
        gw_sio_survey_receive(ack, answer);
        return;
    }
    gw_mem_free(ack);
    copy.fn(copy.socket, answer, err, copy.user);
}

void gw_sio_ack_receive(gw_socket *socket, const struct gw_sio_packet *packet,
                        const struct gw_slice *attachments)
{
    struct key key = {.socket = socket};
    struct gw_map_node *node;
    bool is_answered = true;
    gw_event answer = {
        .socket = socket,
        .args = packet->args,
        .attachments = attachments,
        .attachment_count = packet->attachment_count,
        .is_answered = &is_answered,
    };

    if (!packet->id.ptr || gw_u64_parse(packet->id, &key.id) < 0)
        return;
    node = gw_map_find(&socket->nsp->acks, hash_of(key.id, socket), is_key, &key);
    if (node)
        finish(container_of(node, struct gw_sio_ack, by_id), &answer, 0);
}

void gw_sio_ack_tick(gw_io *io)
{
    struct gw_sio_timeout *due;

    while ((due = gw_sio_timeouts_pop(&io->timeouts, gw_io_now_ms(io))) != NULL) {
        struct gw_sio_ack *ack = container_of(due, struct gw_sio_ack, timeout);

        if (ack->socket)
            finish(ack, NULL, GW_E_TIMEOUT);
        else
            gw_sio_survey_expire(ack->survey);
    }
}

static struct gw_sio_ack *first_of(const gw_socket *socket)
{
    return gw_list_is_empty(&socket->acks)
               ? NULL
               : container_of(socket->acks.next, struct gw_sio_ack, in_socket);
}

void gw_sio_ack_fail_all(gw_socket *socket)
{
    struct gw_sio_ack *ack;

    while ((ack = first_of(socket)) != NULL)
        finish(ack, NULL, GW_E_CLOSED);
}

void gw_sio_ack_drop_all(gw_socket *socket)
{
    struct gw_sio_ack *ack;

    while ((ack = first_of(socket)) != NULL) {
        gw_sio_ack_detach(ack);
        if (ack->survey)
            gw_sio_survey_drop(ack);
        else
            gw_mem_free(ack);
    }
}

void gw_sio_ack_drop_rest(gw_io *io)
{
    struct gw_sio_timeout *left;

    while ((left = gw_sio_timeouts_pop(&io->timeouts, UINT64_MAX)) != NULL)
        gw_sio_survey_free(container_of(left, struct gw_sio_ack, timeout)->survey);
}

/* Registered under the next id; its time runs. NULL when memory has run out. */
static struct gw_sio_ack *create(gw_socket *socket, uint64_t timeout_ms)
{
    gw_namespace *nsp = socket->nsp;
    struct gw_sio_ack *ack = gw_mem_zalloc(sizeof(*ack));

    if (!ack)
        return NULL;
    ack->socket = socket;
    ack->id = nsp->next_ack_id;
    if (gw_sio_ack_register(ack) < 0) {
        gw_mem_free(ack);
        return NULL;
    }
    nsp->next_ack_id++;
    if (timeout_ms == 0)
        return ack;
    gw_io_tell_work(nsp->io);
    if (gw_sio_timeouts_start(&nsp->io->timeouts, &ack->timeout,
                              gw_later_ms(gw_io_now_ms(nsp->io), timeout_ms)) == 0)
        return ack;
    gw_sio_ack_detach(ack);
    gw_mem_free(ack);
    return NULL;
}

bool gw_sio_ack_is_full(const gw_socket *socket, uint32_t count)
{
    gw_io *io = socket->nsp->io;
    uint32_t max = io->options.max_pending_acks;

    if (count < max)
        return false;
    gw_sio_limit_reached(io,
                         &(struct gw_sio_limit_hit){GW_SIO_LIMIT_PENDING_ACKS, count + UINT64_C(1),
                                                    max, socket->nsp, socket});
    return true;
}

/* 0 when the socket may be asked; then *draft is an EVENT without arguments. */
static int begin(const gw_socket *socket, const char *event, struct gw_sio_draft *draft)
{
    gw_io *io = socket->nsp->io;

    if (socket->state == GW_SIO_SOCKET_GONE || !socket->link->session)
        return GW_E_CLOSED;
    if (gw_sio_ack_is_full(socket, socket->ack_count))
        return GW_E_LIMIT;
    return gw_sio_emit_draft_event(io, gw_slice_of(event), draft);
}

static int ask(gw_socket *socket, struct gw_sio_draft *draft, uint64_t timeout_ms, gw_on_ack_fn *fn,
               void *user)
{
    struct gw_sio_ack *ack;
    uint8_t digits[GW_U64_DIGITS_MAX];
    int err = 0;

    if (socket->nsp->outgoing_count > 0)
        err = gw_sio_outgoing_tell(socket, draft);
    if (err < 0)
        return err;
    ack = create(socket, timeout_ms);
    if (!ack)
        return GW_E_NOMEM;
    ack->fn = fn;
    ack->user = user;
    draft->nsp = gw_sio_namespace_name(socket->nsp);
    draft->id = (struct gw_slice){digits, gw_u64_format(digits, ack->id)};
    err = gw_sio_emit_to_socket(socket, draft);
    if (err == 0) {
        socket->nsp->io->counts.events_out++;
        return 0;
    }
    gw_sio_ack_detach(ack);
    gw_mem_free(ack);
    return err;
}

int gw_emit_ack_binary(gw_socket *socket, const char *event, const char *args_json,
                       const struct gw_slice *attachments, size_t attachment_count,
                       uint64_t timeout_ms, gw_on_ack_fn *fn, void *user)
{
    struct gw_sio_draft draft;
    int err = begin(socket, event, &draft);

    if (err == 0)
        err = gw_sio_emit_draft_args(socket->nsp->io, &draft, args_json, attachments,
                                     attachment_count);
    return err < 0 ? gw_sio_emit_refuse(socket->nsp->io, gw_slice_of(event), err)
                   : ask(socket, &draft, timeout_ms, fn, user);
}

int gw_emit_ack(gw_socket *socket, const char *event, const char *args_json, uint64_t timeout_ms,
                gw_on_ack_fn *fn, void *user)
{
    return gw_emit_ack_binary(socket, event, args_json, NULL, 0, timeout_ms, fn, user);
}

int gw_emit_ack_args(gw_socket *socket, const char *event, const gw_args *args, uint64_t timeout_ms,
                     gw_on_ack_fn *fn, void *user)
{
    struct gw_sio_draft draft;
    int err = begin(socket, event, &draft);

    if (err == 0)
        err = gw_sio_emit_draft_built(&draft, args);
    return err < 0 ? gw_sio_emit_refuse(socket->nsp->io, gw_slice_of(event), err)
                   : ask(socket, &draft, timeout_ms, fn, user);
}
