/* SPDX-License-Identifier: MIT */
#include "sio/answer.h"

#include "base/mem.h"
#include "sio/ack.h"
#include "sio/emit.h"
#include "sio/event.h"
#include "sio/io.h"
#include "sio/namespace.h"
#include "sio/server_side.h"
#include "sio/socket.h"

/* 0 when the event may be answered; then *draft is an ACK without arguments. */
static int begin(const gw_event *event, struct gw_sio_draft *draft)
{
    if (!event->ack_id.ptr)
        return GW_E_ARG;
    if (*event->is_answered)
        return GW_E_CLOSED;
    *draft = (struct gw_sio_draft){.type = GW_SIO_ACK, .id = event->ack_id};
    if (event->socket)
        draft->nsp = gw_sio_namespace_name(event->socket->nsp);
    return 0;
}

/* NULL: the answer goes to another server. */
static const gw_io *io_of(const gw_event *event)
{
    return event->socket ? event->socket->nsp->io : NULL;
}

static int send(const gw_event *event, const struct gw_sio_draft *draft)
{
    *event->is_answered = true;
    if (!event->socket)
        return event->from_server->answer(event->from_server, draft->args);
    return gw_sio_emit_to_socket(event->socket, draft);
}

int gw_ack_binary(const gw_event *event, const char *args_json, const struct gw_slice *attachments,
                  size_t attachment_count)
{
    struct gw_sio_draft draft;
    int err = begin(event, &draft);

    if (err < 0)
        return err;
    err = gw_sio_emit_draft_args(io_of(event), &draft, args_json, attachments, attachment_count);
    return err < 0 ? gw_sio_emit_refuse(io_of(event), event->name, err) : send(event, &draft);
}

int gw_ack(const gw_event *event, const char *args_json)
{
    return gw_ack_binary(event, args_json, NULL, 0);
}

int gw_ack_args(const gw_event *event, const gw_args *args)
{
    struct gw_sio_draft draft;
    int err = begin(event, &draft);

    if (err < 0)
        return err;
    err = gw_sio_emit_draft_built(&draft, args);
    return err < 0 ? gw_sio_emit_refuse(io_of(event), event->name, err) : send(event, &draft);
}

int gw_ack_event(const gw_event *event, const gw_event *arguments)
{
    struct gw_sio_draft draft;
    int err = begin(event, &draft);

    if (err == 0)
        err = gw_sio_emit_draft_arguments(io_of(event), &draft, arguments);
    return err < 0 ? err : send(event, &draft);
}

gw_pending_ack *gw_event_ack_take(const gw_event *event)
{
    gw_socket *socket = event->socket;
    gw_pending_ack *ack;

    if (!gw_event_wants_ack(event) || !socket || socket->state == GW_SIO_SOCKET_GONE ||
        gw_sio_ack_is_full(socket, socket->answer_count))
        return NULL;
    ack = gw_mem_alloc(sizeof(*ack));
    if (!ack)
        return NULL;
    ack->socket = socket;
    ack->id_len = event->ack_id.len;
    memcpy(ack->id, event->ack_id.ptr, event->ack_id.len);
    gw_list_init(&ack->node);
    gw_list_push(&socket->answers, &ack->node);
    socket->answer_count++;
    *event->is_answered = true;
    return ack;
}

void gw_pending_ack_drop(gw_pending_ack *ack)
{
    if (!ack)
        return;
    if (ack->socket)
        ack->socket->answer_count--;
    gw_list_remove(&ack->node);
    gw_mem_free(ack);
}

/* 0 when the client still waits; then *draft is an ACK without arguments. */
static int begin_pending(const gw_pending_ack *ack, struct gw_sio_draft *draft)
{
    if (!ack)
        return GW_E_ARG;
    if (!ack->socket)
        return GW_E_CLOSED;
    *draft = (struct gw_sio_draft){.type = GW_SIO_ACK,
                                   .nsp = gw_sio_namespace_name(ack->socket->nsp),
                                   .id = {ack->id, ack->id_len}};
    return 0;
}

/* err is what came of the arguments. */
static int end_pending(gw_pending_ack *ack, const struct gw_sio_draft *draft, int err)
{
    if (err == 0)
        err = gw_sio_emit_to_socket(ack->socket, draft);
    gw_pending_ack_drop(ack);
    return err;
}

int gw_pending_ack_answer_binary(gw_pending_ack *ack, const char *args_json,
                                 const struct gw_slice *attachments, size_t attachment_count)
{
    struct gw_sio_draft draft;
    int err = begin_pending(ack, &draft);

    if (err == 0)
        err = gw_sio_emit_draft_args(ack->socket->nsp->io, &draft, args_json, attachments,
                                     attachment_count);
    return end_pending(ack, &draft, err);
}

int gw_pending_ack_answer(gw_pending_ack *ack, const char *args_json)
{
    return gw_pending_ack_answer_binary(ack, args_json, NULL, 0);
}

int gw_pending_ack_answer_args(gw_pending_ack *ack, const gw_args *args)
{
    struct gw_sio_draft draft;
    int err = begin_pending(ack, &draft);

    if (err == 0)
        err = gw_sio_emit_draft_built(&draft, args);
    return end_pending(ack, &draft, err);
}

void gw_sio_answer_orphan_all(gw_socket *socket)
{
    const struct gw_list *head = &socket->answers;

    for (struct gw_list *at = head->next; at != head; at = at->next)
        container_of(at, gw_pending_ack, node)->socket = NULL;
    gw_list_move_all(&socket->nsp->io->orphans, &socket->answers);
    socket->answer_count = 0;
}

void gw_sio_answer_free_orphans(gw_io *io)
{
    struct gw_list *node;

    while ((node = gw_list_pop(&io->orphans)) != NULL)
        gw_mem_free(container_of(node, gw_pending_ack, node));
}
