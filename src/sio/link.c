/* SPDX-License-Identifier: MIT */
#include "sio/link.h"

#include "base/later.h"
#include "base/mem.h"
#include "sio/dispatch.h"
#include "sio/dynamic.h"
#include "sio/emit.h"
#include "sio/event_rate.h"
#include "sio/extra.h"
#include "sio/io.h"
#include "sio/leavers.h"
#include "sio/namespace.h"
#include "sio/next.h"
#include "sio/parser.h"
#include "sio/placeholder.h"
#include "sio/pressure.h"
#include "sio/reason.h"
#include "sio/seat.h"
#include "sio/socket.h"

#include <assert.h>

/* ---- life ---- */

struct gw_sio_link *gw_sio_link_create(gw_io *io, const struct gw_sio_request *request)
{
    size_t handshake_size = gw_sio_handshake_size(request);
    struct gw_sio_link *link = NULL;

    if (handshake_size <= UINT32_MAX)
        link = gw_mem_zalloc(sizeof(*link) + handshake_size);
    if (!link)
        return NULL;
    gw_sio_handshake_init((void *)(link + 1), request);
    gw_list_init(&link->node);
    gw_list_init(&link->joining);
    link->io = io;
    return link;
}

void gw_sio_link_free(struct gw_sio_link *link)
{
    gw_sio_binary_destroy(link->binary);
    gw_mem_free(link);
}

/* Nobody may ask for the handshake any more: gw_io_reap frees it. */
static void bury_if_done(struct gw_sio_link *link)
{
    if (!link->session && link->pins == 0) {
        gw_list_remove(&link->node);
        gw_list_push(&link->io->dead_links, &link->node);
        gw_io_tell_work(link->io);
    }
}

void gw_sio_link_pin(struct gw_sio_link *link)
{
    link->pins++;
}

void gw_sio_link_unpin(struct gw_sio_link *link)
{
    assert(link->pins > 0);
    link->pins--;
    bury_if_done(link);
}

/* ---- sockets ---- */

/* Whatever its state; NULL: none. */
static gw_socket *find_socket(const struct gw_sio_link *link, const gw_namespace *nsp)
{
    for (gw_socket *socket = link->sockets; socket; socket = socket->next_in_link) {
        if (socket->nsp == nsp)
            return socket;
    }
    return NULL;
}

void gw_sio_link_push(struct gw_sio_link *link, gw_socket *socket)
{
    gw_socket **end = &link->sockets;

    while (*end)
        end = &(*end)->next_in_link;
    *end = socket;
    link->socket_count++;
}

void gw_sio_link_remove(struct gw_sio_link *link, gw_socket *socket)
{
    for (gw_socket **at = &link->sockets; *at; at = &(*at)->next_in_link) {
        if (*at != socket)
            continue;
        *at = socket->next_in_link;
        socket->next_in_link = NULL;
        link->socket_count--;
        return;
    }
}

void gw_sio_link_joined(struct gw_sio_link *link)
{
    if (gw_list_is_linked(&link->joining))
        link->io->joining_count--;
    gw_list_remove(&link->joining);
}

static gw_socket *find_state(const struct gw_sio_link *link, enum gw_sio_socket_state state)
{
    for (gw_socket *socket = link->sockets; socket; socket = socket->next_in_link) {
        if (socket->state == state)
            return socket;
    }
    return NULL;
}

/* Handlers may change the list, so each round starts at its front; closing a socket takes it
 * out. */
static void close_sockets(struct gw_sio_link *link, enum gw_cause cause, enum gw_reason reason,
                          const char *detail)
{
    gw_socket *socket;

    while ((socket = find_state(link, GW_SIO_SOCKET_CONNECTED)) != NULL) {
        gw_sio_socket_blame(socket, cause);
        gw_sio_socket_close(socket, reason, detail);
    }
}

static gw_socket *find_untold(const struct gw_sio_link *link)
{
    for (gw_socket *socket = link->sockets; socket; socket = socket->next_in_link) {
        if (socket->state == GW_SIO_SOCKET_CONNECTED && !socket->is_told_error)
            return socket;
    }
    return NULL;
}

/* ---- closing ---- */

void gw_sio_link_blame(struct gw_sio_link *link, enum gw_cause cause)
{
    if (link->session)
        gw_eio_session_blame(link->session, cause);
}

void gw_sio_link_close(struct gw_sio_link *link, const char *detail)
{
    if (!link->session)
        return;
    if (!link->detail)
        link->detail = detail;
    gw_eio_session_close(link->session);
}

void gw_sio_link_out_of_memory(struct gw_sio_link *link)
{
    gw_sio_link_blame(link, GW_CAUSE_NO_MEMORY);
    gw_sio_link_close(link, "out of memory");
}

void gw_sio_link_fail(struct gw_sio_link *link, const char *why)
{
    gw_socket *socket;

    while ((socket = find_untold(link)) != NULL) {
        socket->is_told_error = true;
        gw_sio_dispatch_error(socket, why);
    }
    gw_sio_link_blame(link, GW_CAUSE_BAD_PACKET);
    gw_sio_link_close(link, why);
}

/* The packet is well formed but has no place here: no error handlers, and sockets go at once,
 * where the session has to wait for a poll to end. That makes two reasons for one thing, exactly
 * as in the genuine server. */
static void refuse(struct gw_sio_link *link, const char *why)
{
    gw_sio_link_blame(link, GW_CAUSE_OUT_OF_PLACE);
    gw_sio_link_close(link, why);
    close_sockets(link, GW_CAUSE_OUT_OF_PLACE, GW_REASON_FORCED_SERVER_CLOSE, why);
}

void gw_sio_link_disconnect(struct gw_sio_link *link)
{
    gw_socket *socket;

    while ((socket = find_state(link, GW_SIO_SOCKET_CONNECTED)) != NULL)
        gw_socket_disconnect(socket, GW_NAMESPACE_ONLY);
    gw_sio_link_blame(link, GW_CAUSE_DISCONNECTED);
    gw_sio_link_close(link, NULL);
}

static void on_close(struct gw_eio_session *session, enum gw_eio_reason reason, const char *detail,
                     void *user)
{
    struct gw_sio_link *link = user;
    gw_socket *socket;

    link->session = NULL;
    gw_sio_link_joined(link);
    gw_sio_binary_destroy(link->binary);
    link->binary = NULL;
    close_sockets(link, (enum gw_cause)session->cause, gw_sio_reason_of(reason),
                  link->detail ? link->detail : detail);
    while ((socket = find_state(link, GW_SIO_SOCKET_JOINING)) != NULL)
        gw_sio_socket_abandon(socket);
    link->io->link_count--;
    bury_if_done(link);
}

/* ---- packets ---- */

void gw_sio_link_refuse_connect(struct gw_sio_link *link, struct gw_slice nsp, struct gw_slice data)
{
    struct gw_sio_draft draft = {.type = GW_SIO_CONNECT_ERROR, .nsp = nsp, .data = data};

    link->io->counts.refused++;
    gw_sio_emit_to_link(link, &draft);
}

bool gw_sio_link_has_room(struct gw_sio_link *link)
{
    uint32_t max = link->io->options.max_namespaces;

    if (link->socket_count < max)
        return true;
    gw_sio_limit_reached(link->io, &(struct gw_sio_limit_hit){GW_SIO_LIMIT_NAMESPACES,
                                                              max + UINT64_C(1), max, NULL, NULL});
    return false;
}

/* Middlewares are asked, unless the client comes back to a socket that they have let in. 0 or
 * GW_E_NOMEM. */
static int admit(gw_socket *socket, struct gw_slice auth)
{
    if (socket->nsp->memory) {
        int err = gw_sio_seat_assign(socket, auth);

        if (err < 0 || socket->state != GW_SIO_SOCKET_JOINING)
            return err;
        if (gw_sio_seat_skips_middlewares(socket))
            return gw_sio_socket_connect(socket);
    }
    return gw_sio_next_run(socket);
}

static int keep_bytes(gw_socket *socket, const struct gw_sio_auth *auth)
{
    struct gw_sio_extra *extra = auth->bytes ? gw_sio_extra_of(socket) : NULL;

    if (extra)
        extra->auth_bytes = gw_blob_ref(auth->bytes);
    return auth->bytes && !extra ? GW_E_NOMEM : 0;
}

void gw_sio_link_connect(struct gw_sio_link *link, gw_namespace *nsp,
                         const struct gw_sio_auth *auth)
{
    gw_socket *socket;

    if (!gw_sio_link_is_open(link))
        return;
    if (find_socket(link, nsp)) { /* both asked before the predicate answered */
        refuse(link, "second CONNECT to a namespace");
        return;
    }
    socket = gw_sio_socket_create(nsp, link, auth->json);
    if (!socket || keep_bytes(socket, auth) < 0 || admit(socket, auth->json) < 0)
        gw_sio_link_out_of_memory(link);
}

static void connect_with(struct gw_sio_link *link, gw_namespace *nsp, struct gw_slice name,
                         const struct gw_sio_auth *auth)
{
    if (!nsp)
        gw_sio_dynamic_connect(link, name, auth);
    else if (!gw_sio_link_has_room(link))
        gw_sio_link_refuse_connect(link, name, GW_LIT("{\"message\":\"Too many namespaces\"}"));
    else
        gw_sio_link_connect(link, nsp, auth);
}

static void connect_socket(struct gw_sio_link *link, gw_namespace *nsp,
                           const struct gw_sio_packet *packet, const struct gw_slice *attachments)
{
    struct gw_sio_auth auth = {.json = packet->data};

    if (gw_rate_limit_is_on(&link->io->event_rate) &&
        !gw_sio_event_rate_take_connect(link, packet->nsp))
        return;
    if (packet->attachment_count > 0) {
        auth.bytes = gw_sio_auth_pack(attachments, packet->attachment_count);
        if (!auth.bytes) {
            gw_sio_link_out_of_memory(link);
            return;
        }
    }
    connect_with(link, nsp, packet->nsp, &auth);
    gw_blob_unref(auth.bytes);
}

/* What came together with the packet that made the socket leave, or with the one over which a
 * handler disconnected it, is not held against the client: it is dropped. */
static __attribute__((noinline)) void dispatch_nowhere(struct gw_sio_link *link,
                                                       const gw_namespace *nsp,
                                                       const struct gw_sio_packet *packet)
{
    if (nsp && packet->type != GW_SIO_CONNECT_ERROR && gw_sio_leavers_has(link->io, link, nsp))
        return;
    refuse(link, "packet for a namespace that is not joined");
}

static void dispatch(struct gw_sio_link *link, const struct gw_sio_packet *packet,
                     const struct gw_slice *attachments)
{
    gw_io *io = link->io;
    gw_namespace *nsp = packet->nsp.len == 1 ? io->main : gw_sio_namespace_find(io, packet->nsp);
    gw_socket *socket = nsp ? find_socket(link, nsp) : NULL;

    if (packet->type == GW_SIO_CONNECT && !socket) {
        connect_socket(link, nsp, packet, attachments);
        return;
    }
    if (!socket || socket->state != GW_SIO_SOCKET_CONNECTED) {
        dispatch_nowhere(link, socket ? NULL : nsp, packet);
        return;
    }
    switch (packet->type) {
    case GW_SIO_CONNECT:
        refuse(link, "second CONNECT to a namespace");
        return;
    case GW_SIO_CONNECT_ERROR:
        refuse(link, "CONNECT_ERROR from a client");
        return;
    case GW_SIO_DISCONNECT:
        gw_sio_socket_close(socket, GW_REASON_CLIENT_NAMESPACE_DISCONNECT, NULL);
        return;
    default:
        gw_sio_dispatch_packet(socket, packet, attachments);
    }
}

static void begin_binary(struct gw_sio_link *link, const struct gw_sio_packet *packet,
                         struct gw_slice text)
{
    gw_io *io = link->io;

    /* The genuine parser looks at placeholders after the last attachment; a bad packet need not
     * be waited for. */
    if (gw_sio_placeholder_check(packet->args, packet->attachment_count) < 0) {
        gw_sio_link_fail(link, "illegal attachments");
        return;
    }
    link->binary = gw_sio_binary_create(packet, text);
    if (!link->binary) {
        gw_sio_link_out_of_memory(link);
        return;
    }
    link->binary->link = link;
    link->binary->deadline_ms = gw_later_ms(gw_io_now_ms(io), io->options.attachment_timeout_ms);
    gw_list_push(&io->receiving, &link->binary->node);
    gw_io_tell_work(io);
}

static void too_many_attachments(struct gw_sio_link *link, uint64_t count, const char *why)
{
    gw_sio_limit_reached(link->io,
                         &(struct gw_sio_limit_hit){GW_SIO_LIMIT_ATTACHMENTS, count,
                                                    link->io->options.max_attachments, NULL, NULL});
    gw_sio_link_blame(link, GW_CAUSE_TOO_MANY_ATTACHMENTS);
    gw_sio_link_fail(link, why);
}

static void refuse_packet(struct gw_sio_link *link, const struct gw_sio_packet *packet,
                          const char *why)
{
    if (packet->attachment_count > link->io->options.max_attachments)
        too_many_attachments(link, packet->attachment_count, why);
    else
        gw_sio_link_fail(link, why);
}

static void too_long(struct gw_sio_link *link, uint64_t len, const char *why)
{
    gw_sio_limit_reached(link->io, &(struct gw_sio_limit_hit){GW_SIO_LIMIT_PACKET_BYTES, len,
                                                              link->io->options.max_packet_bytes,
                                                              NULL, NULL});
    gw_sio_link_blame(link, GW_CAUSE_PACKET_TOO_LONG);
    gw_sio_link_fail(link, why);
}

static void receive_text(struct gw_sio_link *link, struct gw_slice text)
{
    struct gw_sio_packet packet;
    const char *why;

    if (link->binary) {
        gw_sio_link_fail(link, "text while a packet waits for attachments");
        return;
    }
    if (gw_sio_packet_decode(text, link->io->options.max_attachments, &packet, &why) < 0)
        refuse_packet(link, &packet, why);
    else if (packet.attachment_count > 0)
        begin_binary(link, &packet, text);
    else
        dispatch(link, &packet, NULL);
}

/* Out of line: its place for attachments is not to be on every packet's stack. */
static __attribute__((noinline)) void receive_attachment(struct gw_sio_link *link,
                                                         struct gw_slice bytes)
{
    struct gw_sio_binary *binary = link->binary;
    struct gw_slice attachments[GW_ATTACHMENTS_MAX];
    gw_io *io = link->io;
    int got;

    if (!binary) {
        gw_sio_link_fail(link, "attachment without a packet");
        return;
    }
    got = gw_sio_binary_push(binary, bytes, io->options.max_packet_bytes, attachments);
    if (got == GW_E_LIMIT) {
        too_long(link, binary->total_bytes + bytes.len, "attachments too long");
    } else if (got < 0) {
        gw_sio_link_out_of_memory(link);
    } else if (got == 0) {
        binary->deadline_ms = gw_later_ms(gw_io_now_ms(io), io->options.attachment_timeout_ms);
        gw_list_remove(&binary->node);
        gw_list_push(&io->receiving, &binary->node);
    } else {
        link->binary = NULL; /* ours alone, whatever the handlers do to the link */
        dispatch(link, &binary->packet, attachments);
        gw_sio_binary_destroy(binary);
    }
}

static void on_message(struct gw_eio_session *session, const struct gw_eio_packet *packet,
                       void *user)
{
    (void)session;
    if (packet->is_binary)
        receive_attachment(user, packet->data);
    else
        receive_text(user, packet->data);
}

static void refuse_parsed(struct gw_sio_link *link, const struct gw_sio_parsed *parsed)
{
    const struct gw_io_options *options = &link->io->options;

    if (parsed->cause == GW_CAUSE_TOO_MANY_ATTACHMENTS)
        too_many_attachments(link, options->max_attachments + UINT64_C(1), parsed->why);
    else if (parsed->cause == GW_CAUSE_PACKET_TOO_LONG)
        too_long(link, options->max_packet_bytes + 1, parsed->why);
    else
        gw_sio_link_fail(link, parsed->why);
}

static void on_parser_message(struct gw_eio_session *session, const struct gw_eio_packet *message,
                              void *user)
{
    struct gw_sio_link *link = user;
    gw_io *io = link->io;
    struct gw_sio_parsed parsed = {.why = "text where the parser wants bytes",
                                   .cause = GW_CAUSE_BAD_PACKET,
                                   .text = gw_io_begin_scratch(io, &io->parsed),
                                   .slices = gw_io_begin_scratch(io, &io->parsed_slices)};
    int err = GW_E_PROTO;

    (void)session;
    if (message->is_binary)
        err = io->parser->decode(message->data, io->options.max_attachments, &parsed);
    if (err == 0)
        dispatch(link, &parsed.packet, parsed.attachments);
    else if (err == GW_E_NOMEM)
        gw_sio_link_out_of_memory(link);
    else
        refuse_parsed(link, &parsed);
}

static void handle_message(struct gw_eio_session *session, const struct gw_eio_packet *packet,
                           struct gw_sio_link *link)
{
    if (link->io->parser)
        on_parser_message(session, packet, link);
    else
        on_message(session, packet, link);
}

/* Packets that turn out to be no events are begun, and not counted. */
static void on_timed_message(struct gw_eio_session *session, const struct gw_eio_packet *packet,
                             void *user)
{
    struct gw_sio_link *link = user;
    gw_io *io = link->io; /* outlives what the handlers do to the link */
    uint64_t events_in = io->counts.events_in;
    struct gw_sio_sampler sampler = io->sampler;

    if (sampler.every == 0 || events_in < sampler.next) {
        handle_message(session, packet, link);
        return;
    }
    sampler.begin(sampler.user);
    handle_message(session, packet, link);
    sampler.end(sampler.user, io->counts.events_in > events_in);
    if (io->counts.events_in > events_in)
        io->sampler.next = events_in + sampler.every;
}

/* Sending calls no handlers, so the list stays as it is. */
static void on_drain(struct gw_eio_session *session, void *user)
{
    const struct gw_sio_link *link = user;

    (void)session;
    for (gw_socket *socket = link->sockets; socket; socket = socket->next_in_link)
        gw_sio_pressure_release(socket);
}

static gw_socket *find_old_transport(const struct gw_sio_link *link)
{
    for (gw_socket *socket = link->sockets; socket; socket = socket->next_in_link) {
        if (socket->state == GW_SIO_SOCKET_CONNECTED && !socket->is_told_upgrade)
            return socket;
    }
    return NULL;
}

static void on_upgrade(struct gw_eio_session *session, void *user)
{
    gw_socket *socket;

    on_drain(session, user); /* what waited for a poll need not any more */
    while ((socket = find_old_transport(user)) != NULL) {
        socket->is_told_upgrade = true;
        gw_sio_dispatch_upgrade(socket);
    }
}

const struct gw_eio_session_handlers gw_sio_link_handlers = {
    .on_message = on_message,
    .on_close = on_close,
    .on_drain = on_drain,
    .on_upgrade = on_upgrade,
};

const struct gw_eio_session_handlers gw_sio_link_parser_handlers = {
    .on_message = on_parser_message,
    .on_close = on_close,
    .on_drain = on_drain,
    .on_upgrade = on_upgrade,
};

const struct gw_eio_session_handlers gw_sio_link_timed_handlers = {
    .on_message = on_timed_message,
    .on_close = on_close,
    .on_drain = on_drain,
    .on_upgrade = on_upgrade,
};
