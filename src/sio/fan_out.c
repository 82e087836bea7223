/* SPDX-License-Identifier: MIT */
#include "sio/fan_out.h"

#include "eio/session.h"
#include "sio/io.h"
#include "sio/link.h"
#include "sio/namespace.h"
#include "sio/parser.h"
#include "sio/pressure.h"
#include "sio/socket.h"
#include "sio/target.h"

void gw_sio_fan_out_init(struct gw_sio_fan_out *out, struct gw_target target,
                         const struct gw_sio_draft *draft)
{
    out->draft = draft;
    out->err = 0;
    out->reached = 0;
    out->io = target.nsp->io;
    out->flags = target.flags;
    out->filters = target.filters;
    out->first = NULL;
    out->may_wait = false;
    out->is_settled = false;
    out->message_count = 0;
}

void gw_sio_fan_out_dispose(struct gw_sio_fan_out *out)
{
    for (size_t i = 0; i < out->message_count; i++)
        gw_eio_message_unref(out->messages[i]);
}

/* A parser has a form of its own, and only a message can say that it is not to be compressed. */
void gw_sio_fan_out_let_first_wait(struct gw_sio_fan_out *out)
{
    out->may_wait = !out->io->parser && !(out->flags & GW_SIO_TARGET_UNCOMPRESSED);
}

static struct gw_eio_message *add_message(struct gw_sio_fan_out *out, bool is_binary, size_t len)
{
    struct gw_eio_message *message = gw_eio_message_create(is_binary, len);

    if (!message)
        return NULL;
    message->is_compress_wanted = !(out->flags & GW_SIO_TARGET_UNCOMPRESSED);
    out->messages[out->message_count++] = message;
    return message;
}

static int encode_by_parser(struct gw_sio_fan_out *out)
{
    struct gw_eio_message *message;
    struct gw_buf buf;

    gw_buf_init(&buf, SIZE_MAX / 4);
    out->err = out->io->parser->encode(out->draft, &buf);
    message = out->err < 0 ? NULL : add_message(out, true, buf.len);
    if (message)
        memcpy(gw_eio_message_payload(message), buf.ptr, buf.len);
    else if (out->err == 0)
        out->err = GW_E_NOMEM;
    gw_buf_dispose(&buf);
    return out->err;
}

int gw_sio_fan_out_encode(struct gw_sio_fan_out *out)
{
    const struct gw_sio_draft *draft = out->draft;
    struct gw_eio_message *message;

    if (out->message_count > 0)
        return out->err;
    if (out->io->parser)
        return encode_by_parser(out);
    message = add_message(out, false, gw_sio_draft_len(draft));
    if (message)
        gw_sio_draft_write(draft, gw_eio_message_payload(message));
    for (size_t i = 0; message && i < draft->attachment_count; i++) {
        struct gw_slice bytes = draft->attachments[i];

        message = add_message(out, true, bytes.len);
        if (message && bytes.len > 0)
            memcpy(gw_eio_message_payload(message), bytes.ptr, bytes.len);
    }
    out->err = message ? 0 : GW_E_NOMEM;
    return out->err;
}

static bool may_send(gw_socket *socket, struct gw_sio_fan_out *out)
{
    enum gw_sio_verdict verdict;

    if (out->flags & GW_SIO_TARGET_VOLATILE)
        return gw_eio_session_is_writable(socket->link->session);
    verdict = gw_sio_pressure_judge(socket, out);
    out->is_settled = verdict != GW_SIO_SEND;
    if (verdict == GW_SIO_HELD)
        out->reached++;
    return verdict == GW_SIO_SEND;
}

static inline void send_messages(struct gw_eio_session *session, struct gw_sio_fan_out *out)
{
    for (size_t i = 0; i < out->message_count; i++) {
        if (gw_eio_session_send(session, out->messages[i]) < 0)
            return; /* that session's own trouble, and its end */
    }
    out->reached++;
}

/* Before there are messages, that is at the first receivers: who emits into an empty room pays
 * nothing. Whether this one gets them now. */
static __attribute__((noinline)) bool begin(gw_socket *socket, struct gw_sio_fan_out *out)
{
    gw_socket *first = out->first;

    if (out->may_wait && !first) {
        out->first = socket;
        return false;
    }
    if (gw_sio_fan_out_encode(out) < 0)
        return false;
    out->first = NULL;
    if (first)
        send_messages(first->link->session, out);
    return true;
}

void gw_sio_fan_out_send(gw_socket *socket, void *user)
{
    struct gw_sio_fan_out *out = user;
    struct gw_eio_session *session = socket->link->session;

    if (!session || out->err < 0)
        return;
    if ((out->flags & (GW_SIO_TARGET_VOLATILE | GW_SIO_TARGET_PRESSURE)) && !may_send(socket, out))
        return;
    if (out->message_count == 0 && !begin(socket, out))
        return;
    send_messages(session, out);
}
