/* SPDX-License-Identifier: MIT */
#include "sio/emit.h"

#include "base/mem.h"
#include "base/word.h"
#include "codec/json.h"
#include "codec/utf8.h"
#include "sio/adapter.h"
#include "sio/event.h"
#include "sio/fan_out.h"
#include "sio/io.h"
#include "sio/link.h"
#include "sio/namespace.h"
#include "sio/outgoing.h"
#include "sio/parser.h"
#include "sio/placeholder.h"
#include "sio/recovery.h"
#include "sio/socket.h"
#include "sio/target.h"

/* ---- one receiver ---- */

static int no_place(const struct gw_eio_session *session)
{
    return session->state == GW_EIO_SESSION_OPEN ? GW_E_NOMEM : GW_E_CLOSED;
}

static __attribute__((noinline)) int emit_attachments(struct gw_eio_session *session,
                                                      const struct gw_sio_draft *draft)
{
    for (size_t i = 0; i < draft->attachment_count; i++) {
        struct gw_slice bytes = draft->attachments[i];
        uint8_t *place = gw_eio_session_begin(session, true, bytes.len);

        if (!place) /* half a packet is out, but the session ends with this turn */
            return no_place(session);
        if (bytes.len > 0)
            memcpy(place, bytes.ptr, bytes.len);
        gw_eio_session_commit(session);
    }
    return 0;
}

static inline int emit_to_session(struct gw_eio_session *session, const struct gw_sio_draft *draft)
{
    uint8_t *place = gw_eio_session_begin(session, false, gw_sio_draft_len(draft));

    if (!place)
        return no_place(session);
    gw_sio_draft_write(draft, place);
    gw_eio_session_commit(session);
    return draft->attachment_count > 0 ? emit_attachments(session, draft) : 0;
}

static __attribute__((noinline)) int emit_by_parser(struct gw_sio_link *link,
                                                    const struct gw_sio_draft *draft)
{
    struct gw_buf buf;
    uint8_t *place;
    int err;

    gw_buf_init(&buf, SIZE_MAX / 4);
    err = link->io->parser->encode(draft, &buf);
    if (err == GW_E_NOMEM) {
        gw_eio_session_out_of_memory(link->session);
    } else if (err == 0) {
        place = gw_eio_session_begin(link->session, true, buf.len);
        if (place) {
            memcpy(place, buf.ptr, buf.len);
            gw_eio_session_commit(link->session);
        } else {
            err = no_place(link->session);
        }
    }
    gw_buf_dispose(&buf);
    return err;
}

int gw_sio_emit_to_link(struct gw_sio_link *link, const struct gw_sio_draft *draft)
{
    if (link->io->parser && link->session)
        return emit_by_parser(link, draft);
    return link->session ? emit_to_session(link->session, draft) : GW_E_CLOSED;
}

int gw_sio_emit_to_socket(gw_socket *socket, const struct gw_sio_draft *draft)
{
    if (socket->state == GW_SIO_SOCKET_GONE)
        return GW_E_CLOSED;
    return gw_sio_emit_to_link(socket->link, draft);
}

/* ---- many receivers ---- */

/* Handlers may do anything to the sockets and to the draft's name, so the one are collected and the
 * other is encoded before the first of them runs. */
static int tell_and_send(struct gw_target target, struct gw_sio_draft *draft,
                         struct gw_sio_fan_out *out)
{
    struct gw_sio_picked picked;
    int err = gw_sio_target_pick(target, &picked);

    if (err == 0 && picked.count > 0)
        err = gw_sio_fan_out_encode(out);
    for (size_t i = 0; i < picked.count && err == 0; i++) {
        gw_socket *socket = picked.sockets[i];

        if (!gw_socket_is_connected(socket))
            continue;
        err = gw_sio_outgoing_tell(socket, draft);
        if (err == 0 && gw_socket_is_connected(socket))
            gw_sio_fan_out_send(socket, out);
        else if (err == GW_E_CLOSED)
            err = 0;
    }
    gw_mem_free(picked.sockets);
    return err;
}

static int send_to_all(struct gw_target target, struct gw_sio_fan_out *out)
{
    int err;

    gw_sio_fan_out_let_first_wait(out);
    err = gw_sio_target_visit(target, gw_sio_fan_out_send, out);
    if (out->first && out->err == 0 && emit_to_session(out->first->link->session, out->draft) == 0)
        out->reached++;
    return err;
}

static int to_many(struct gw_target target, struct gw_sio_draft *draft, struct gw_sio_fan_out *out)
{
    int err = target.nsp->outgoing_count > 0 ? tell_and_send(target, draft, out)
                                             : send_to_all(target, out);

    if (err < 0)
        return err;
    return out->err < 0 ? out->err : out->reached;
}

int gw_sio_emit_broadcast(struct gw_target target, struct gw_sio_draft *draft)
{
    struct gw_sio_fan_out out;
    int reached;

    gw_sio_fan_out_init(&out, target, draft);
    reached = to_many(target, draft, &out);
    gw_sio_fan_out_dispose(&out);
    return reached;
}

/* To the only one. 1, 0 (dropped, as it was wished), or why it could not be. */
static int send_message(gw_socket *socket, struct gw_sio_fan_out *out)
{
    gw_sio_fan_out_send(socket, out);
    if (out->err < 0 || out->reached == 1 || out->is_settled)
        return out->err < 0 ? out->err : out->reached;
    return socket->link->session ? no_place(socket->link->session) : GW_E_CLOSED;
}

int gw_sio_emit_fan_out(struct gw_target target, struct gw_sio_draft *draft,
                        struct gw_sio_fan_out *out)
{
    int err;

    if (!(target.flags & GW_SIO_TARGET_ONLY))
        return to_many(target, draft, out);
    err = target.nsp->outgoing_count > 0 ? gw_sio_outgoing_tell(target.socket, draft) : 0;
    return err < 0 ? err : send_message(target.socket, out);
}

/* To one, by the way that is made for many: a message has flags where bytes have none. */
static __attribute__((noinline)) int emit_message(struct gw_target target,
                                                  const struct gw_sio_draft *draft)
{
    struct gw_sio_fan_out out;
    int reached;

    gw_sio_fan_out_init(&out, target, draft);
    reached = send_message(target.socket, &out);
    gw_sio_fan_out_dispose(&out);
    return reached;
}

static int count_out(gw_namespace *nsp, int reached)
{
    if (reached > 0)
        nsp->io->counts.events_out += (uint64_t)reached;
    return reached;
}

/* By its address: targets are small, but to copy one for each call on the
 * way is a part of the whole. */
static int emit_only(const struct gw_target *target, struct gw_sio_draft *draft)
{
    gw_socket *socket = target->socket;
    gw_namespace *nsp = target->nsp;
    struct gw_eio_session *session = socket->link->session;
    int err;

    if (target->flags & GW_SIO_TARGET_MISUSED)
        return GW_E_ARG;
    if (socket->state == GW_SIO_SOCKET_GONE || !session)
        return GW_E_CLOSED;
    if (nsp->memory && !(target->flags & GW_SIO_TARGET_VOLATILE))
        return count_out(nsp, gw_sio_recovery_emit(*target, draft));
    if (nsp->outgoing_count > 0) {
        err = gw_sio_outgoing_tell(socket, draft);
        session = socket->link->session;
        if (err < 0 || !session)
            return err < 0 ? err : GW_E_CLOSED;
    }
    if ((target->flags & GW_SIO_TARGET_VOLATILE) && !gw_eio_session_is_writable(session))
        return 0;
    if ((target->flags & (GW_SIO_TARGET_UNCOMPRESSED | GW_SIO_TARGET_PRESSURE)) || nsp->io->parser)
        return count_out(nsp, emit_message(*target, draft));
    err = emit_to_session(session, draft);
    if (err < 0)
        return err;
    nsp->io->counts.events_out++;
    return 1;
}

static inline int emit(const struct gw_target *target, struct gw_sio_draft *draft)
{
    draft->nsp = gw_sio_namespace_name(target->nsp);
    return target->flags & GW_SIO_TARGET_ONLY
               ? emit_only(target, draft)
               : count_out(target->nsp, target->nsp->adapter->broadcast(*target, draft));
}

/* ---- drafts ---- */

/* Whether any of the 8 bytes is below 0x20, above 0x7f, a quote or a backslash. The subtractions
 * may borrow from a neighbour only where that one has answered yes already. */
static bool word_has_special(uint64_t word)
{
    const uint64_t ones = 0x0101010101010101U, tops = 0x8080808080808080U;
    uint64_t quote = word ^ (ones * '"'), backslash = word ^ (ones * '\\');

    return (((word - ones * 0x20) | word | (quote - ones) | (backslash - ones)) & tops) != 0;
}

/* Whether it can stand between quotes as it is. Other than ASCII goes the long way too, to be
 * checked. Event names are short: one or two words, the last of which overlaps the one before. */
static bool is_plain(struct gw_slice text)
{
    const uint64_t spaces = 0x2020202020202020U;
    uint64_t word = 0;

    if (text.len >= 8) {
        for (size_t i = 0; i + 8 < text.len; i += 8) {
            if (word_has_special(gw_word_load8(text.ptr + i)))
                return false;
        }
        return !word_has_special(gw_word_load8(text.ptr + text.len - 8));
    }
    if (text.len >= 4)
        return !word_has_special(gw_word_load4(text.ptr) |
                                 (uint64_t)gw_word_load4(text.ptr + text.len - 4) << 32);
    for (size_t i = 0; i < text.len; i++)
        word = word << 8 | text.ptr[i];
    return !word_has_special(word | spaces << 8 * text.len);
}

static __attribute__((noinline)) int quote_name(gw_io *io, struct gw_slice event,
                                                struct gw_slice *out)
{
    int err;

    if (!event.ptr || !gw_utf8_is_valid(event))
        return GW_E_ARG;
    err = gw_json_quote(gw_io_begin_scratch(io, &io->quote), event);
    if (err < 0)
        return err;
    *out = (struct gw_slice){io->quote.ptr + 1, io->quote.len - 2};
    return 0;
}

/* Field by field: for a whole struct the compiler writes `rep stos`, which takes longer than all
 * the rest here. */
static inline int draft_event(gw_io *io, struct gw_slice event, struct gw_sio_draft *out)
{
    const struct gw_slice none = {NULL, 0};
    int err = 0;

    out->name = event;
    if (gw_sio_name_is_reserved(event))
        return GW_E_ARG;
    if (!event.ptr || !is_plain(event))
        err = quote_name(io, event, &out->name);
    /* Behind the call, which might read it all: so the compiler leaves out
     * what is written once more soon. */
    out->type = GW_SIO_EVENT;
    out->attachment_count = 0;
    out->nsp = none;
    out->id = none;
    out->args = none;
    out->data = none;
    out->attachments = NULL;
    return err;
}

int gw_sio_emit_draft_event(gw_io *io, struct gw_slice event, struct gw_sio_draft *out)
{
    return draft_event(io, event, out);
}

static int check_args(struct gw_slice args)
{
    size_t count;

    if (args.len == 0)
        return 0;
    /* White space alone would leave a comma with nothing behind it. */
    if (gw_json_values_check(args, &count) < 0 || count == 0)
        return GW_E_ARG;
    return gw_utf8_is_valid(args) ? 0 : GW_E_ARG;
}

/* The protocol's own form has a message for each, and its clients take no more. */
static inline bool is_too_many(const gw_io *io, size_t attachment_count)
{
    return attachment_count > GW_ATTACHMENTS_MAX &&
           (!io || !io->parser || attachment_count > INT32_MAX);
}

static int draft_args(const gw_io *io, struct gw_sio_draft *draft, struct gw_slice args,
                      const struct gw_slice *attachments, size_t attachment_count)
{
    int err = check_args(args);

    if (err < 0)
        return err;
    if (is_too_many(io, attachment_count))
        return GW_E_LIMIT;
    /* A receiver's parser closes the connection over a placeholder that points nowhere. */
    if (attachment_count > 0 && gw_sio_placeholder_check(args, attachment_count) < 0)
        return GW_E_ARG;
    draft->args = args;
    draft->attachments = attachments;
    draft->attachment_count = (uint32_t)attachment_count;
    return 0;
}

int gw_sio_emit_draft_args(const gw_io *io, struct gw_sio_draft *draft, const char *args_json,
                           const struct gw_slice *attachments, size_t attachment_count)
{
    return draft_args(io, draft, gw_slice_of(args_json), attachments, attachment_count);
}

/* Raw JSON of the application's may look like placeholders. */
int gw_sio_emit_draft_built(struct gw_sio_draft *draft, const gw_args *args)
{
    int err = gw_args_error(args);

    if (err < 0)
        return err;
    draft->args = gw_args_json_text(args);
    draft->attachments = args->attachments;
    draft->attachment_count = args->attachment_count;
    if (args->attachment_count > 0 &&
        gw_sio_placeholder_check(draft->args, args->attachment_count) < 0)
        return GW_E_ARG;
    return 0;
}

int gw_sio_emit_draft_arguments(const gw_io *io, struct gw_sio_draft *draft,
                                const gw_event *arguments)
{
    if (is_too_many(io, arguments->attachment_count)) /* it came by another parser */
        return GW_E_LIMIT;
    draft->args = arguments->args;
    draft->attachments = arguments->attachments;
    draft->attachment_count = (uint32_t)arguments->attachment_count;
    return 0;
}

__attribute__((cold, noinline)) int gw_sio_emit_refuse(const gw_io *io, struct gw_slice event,
                                                       int err)
{
    if (err == GW_E_ARG && io && io->env.on_bad_emit)
        io->env.on_bad_emit(event, io->env.user);
    return err;
}

/* ---- the application's calls ---- */

int gw_emit_slice(struct gw_target target, struct gw_slice event, struct gw_slice args)
{
    struct gw_sio_draft draft;
    int err = draft_event(target.nsp->io, event, &draft);

    if (err == 0)
        err = draft_args(target.nsp->io, &draft, args, NULL, 0);
    return err < 0 ? gw_sio_emit_refuse(target.nsp->io, draft.name, err) : emit(&target, &draft);
}

int gw_emit(struct gw_target target, const char *event, const char *args_json)
{
    return gw_emit_slice(target, gw_slice_of(event), gw_slice_of(args_json));
}

int gw_emit_binary(struct gw_target target, const char *event, const char *args_json,
                   const struct gw_slice *attachments, size_t attachment_count)
{
    struct gw_sio_draft draft;
    int err = draft_event(target.nsp->io, gw_slice_of(event), &draft);

    if (err == 0)
        err = gw_sio_emit_draft_args(target.nsp->io, &draft, args_json, attachments,
                                     attachment_count);
    return err < 0 ? gw_sio_emit_refuse(target.nsp->io, draft.name, err) : emit(&target, &draft);
}

int gw_emit_args(struct gw_target target, const char *event, const gw_args *args)
{
    struct gw_sio_draft draft;
    int err = draft_event(target.nsp->io, gw_slice_of(event), &draft);

    if (err == 0)
        err = gw_sio_emit_draft_built(&draft, args);
    return err < 0 ? gw_sio_emit_refuse(target.nsp->io, draft.name, err) : emit(&target, &draft);
}

int gw_emit_event_from(struct gw_target target, struct gw_slice event, const gw_event *arguments,
                       size_t first_arg)
{
    struct gw_sio_draft draft;
    int err = draft_event(target.nsp->io, event, &draft);
    struct gw_slice skipped;

    if (err == 0)
        err = gw_sio_emit_draft_arguments(target.nsp->io, &draft, arguments);
    if (err < 0)
        return err;
    while (first_arg-- > 0 && gw_json_next(&draft.args, &skipped))
        continue;
    return emit(&target, &draft);
}

int gw_emit_event(struct gw_target target, const char *event, const gw_event *arguments)
{
    return gw_emit_event_from(target, gw_slice_of(event), arguments, 0);
}
