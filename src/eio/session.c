/* SPDX-License-Identifier: MIT */
#include "eio/session.h"

#include "base/later.h"
#include "eio/engine.h"
#include "eio/handshake.h"
#include "eio/session_parts.h"

#include <assert.h>

_Static_assert(sizeof(struct gw_eio_session) <= 200, "there is one for every idle connection");

static bool is_open(const struct gw_eio_session *session)
{
    return session->state == GW_EIO_SESSION_OPEN && session->failure == 0;
}

/* Deadlines move on pings, pongs, upgrades and closing: never on a mere message. */
void gw_eio_session_tell_deadline(struct gw_eio_session *session)
{
    const struct gw_eio_engine_hooks *hooks = session->engine->hooks;
    uint64_t deadline_ms = gw_eio_session_deadline_ms(session);

    if (deadline_ms == session->told_deadline_ms)
        return;
    session->told_deadline_ms = deadline_ms;
    if (hooks->on_deadline)
        hooks->on_deadline(session, deadline_ms);
}

/* Sending must not call handlers: it may happen in the middle of a broadcast. So the end waits for
 * the end of the turn. */
void gw_eio_session_fail_later(struct gw_eio_session *session, int err)
{
    session->failure = (int8_t)err;
    gw_eio_engine_mark_dirty(session->engine, session);
}

void gw_eio_session_let_go(struct gw_eio_transport *transport, enum gw_eio_close_how how,
                           struct gw_eio_queue *queue)
{
    transport->ops->close(transport, how, queue);
    transport->session = NULL;
}

/* Where sessions are, by transport and revision. */
static uint64_t *open_count(const struct gw_eio_session *session,
                            const struct gw_eio_transport *transport)
{
    const size_t revision = gw_eio_revision_index((enum gw_eio_revision)session->revision);

    return &session->engine->counts.open[transport->ops->kind][revision];
}

void gw_eio_session_count_switch(const struct gw_eio_session *session,
                                 const struct gw_eio_transport *from,
                                 const struct gw_eio_transport *to)
{
    --*open_count(session, from);
    if (to)
        ++*open_count(session, to);
}

/* The one way to the end. A transport that is gone already has been taken out before. */
void gw_eio_session_finish(struct gw_eio_session *session, enum gw_eio_close_how how,
                           enum gw_eio_reason reason, const char *detail)
{
    struct gw_eio_transport *transport = session->transport;

    if (session->state == GW_EIO_SESSION_CLOSED)
        return;
    session->state = GW_EIO_SESSION_CLOSED;
    session->transport = NULL;
    session->engine->counts.closed[reason]++;
    if (transport) {
        gw_eio_session_count_switch(session, transport, NULL);
        gw_eio_session_let_go(transport, how, &session->queue);
    }
    gw_eio_session_drop_candidate(session);
    gw_eio_queue_dispose(&session->queue);
    gw_eio_heartbeat_stop(&session->heartbeat);
    session->drain_deadline_ms = UINT64_MAX;
    gw_eio_engine_bury(session->engine, session);
    gw_eio_session_tell_deadline(session);
    if (session->handlers && session->handlers->on_close)
        session->handlers->on_close(session, reason, detail, session->user);
    if (session->engine->hooks->on_close)
        session->engine->hooks->on_close(session, reason, detail);
}

static __attribute__((cold, noinline)) int begin_error(const struct gw_eio_transport *stream)
{
    return stream->ops->begin_error ? stream->ops->begin_error(stream) : GW_E_LIMIT;
}

int gw_eio_session_put_text(struct gw_eio_transport *stream, struct gw_slice text)
{
    uint8_t *place = stream->ops->begin(stream, false, text.len);

    if (!place)
        return begin_error(stream);
    memcpy(place, text.ptr, text.len);
    stream->ops->commit(stream);
    return 0;
}

static int enqueue(struct gw_eio_session *session, struct gw_eio_message *message)
{
    int err =
        gw_eio_queue_push(&session->queue, message, session->engine->options.max_queued_bytes);

    if (err == 0)
        gw_eio_engine_mark_dirty(session->engine, session);
    return err;
}

static int enqueue_take(struct gw_eio_session *session, struct gw_eio_message *message)
{
    int err = message ? enqueue(session, message) : GW_E_NOMEM;

    gw_eio_message_unref(message);
    return err;
}

static inline void count_out(struct gw_eio_session *session, size_t len)
{
    struct gw_eio_counts *counts = &session->engine->counts;

    counts->packets_out++;
    counts->bytes_out += len;
}

static inline int hand_over(struct gw_eio_session *session, struct gw_eio_message *message)
{
    struct gw_eio_transport *transport = session->transport;

    if (transport->ops->is_stream)
        return transport->ops->send(transport, message);
    return enqueue(session, message);
}

static void send_ping(struct gw_eio_session *session)
{
    struct gw_eio_engine *engine = session->engine;
    int err;

    if (!is_open(session))
        return;
    if (session->transport->ops->is_stream) {
        err = gw_eio_session_put_text(session->transport, GW_LIT("2"));
    } else {
        if (!engine->ping)
            engine->ping =
                gw_eio_message_create_control(GW_EIO_PACKET_PING, (struct gw_slice){NULL, 0});
        err = engine->ping ? enqueue(session, engine->ping) : GW_E_NOMEM;
    }
    if (err < 0)
        gw_eio_session_fail_later(session, err);
}

void gw_eio_session_set_handlers(struct gw_eio_session *session,
                                 const struct gw_eio_session_handlers *handlers, void *user)
{
    session->handlers = handlers;
    session->user = user;
}

int gw_eio_session_start(struct gw_eio_session *session, uint64_t now_ms)
{
    uint8_t text[GW_EIO_HANDSHAKE_MAX];
    struct gw_slice open = {text, gw_eio_handshake_encode(text, session)};
    int err;

    if (session->transport->ops->is_stream)
        err = gw_eio_session_put_text(session->transport, open);
    else
        err = enqueue_take(
            session, gw_eio_message_create_control(GW_EIO_PACKET_OPEN,
                                                   (struct gw_slice){open.ptr + 1, open.len - 1}));
    if (err == GW_OK && session->engine->initial)
        err = hand_over(session, session->engine->initial);
    if (err < 0)
        return err;
    count_out(session, open.len - 1);
    if (session->engine->initial)
        count_out(session, gw_eio_message_len(session->engine->initial));
    gw_eio_heartbeat_start(&session->heartbeat, now_ms, session->engine->options.ping_interval_ms);
    gw_eio_session_tell_deadline(session);
    return 0;
}

/* Polling: the message is built apart and queued by commit. */
static uint8_t *begin_queued(struct gw_eio_session *session, bool is_binary, size_t len)
{
    struct gw_eio_engine *engine = session->engine;

    assert(!engine->building);
    engine->building = gw_eio_message_create(is_binary, len);
    if (!engine->building) {
        gw_eio_session_fail_later(session, GW_E_NOMEM);
        return NULL;
    }
    return gw_eio_message_payload(engine->building);
}

uint8_t *gw_eio_session_begin(struct gw_eio_session *session, bool is_binary, size_t len)
{
    struct gw_eio_transport *transport = session->transport;
    uint8_t *place;

    if (!is_open(session))
        return NULL;
    count_out(session, len);
    if (!transport->ops->is_stream)
        return begin_queued(session, is_binary, len);
    place = transport->ops->begin(transport, is_binary, is_binary ? len : len + 1);
    if (!place) {
        gw_eio_session_fail_later(session, begin_error(session->transport));
        return NULL;
    }
    if (is_binary)
        return place;
    *place = '0' + GW_EIO_PACKET_MESSAGE;
    return place + 1;
}

static __attribute__((noinline)) void commit_queued(struct gw_eio_session *session)
{
    struct gw_eio_engine *engine = session->engine;
    struct gw_eio_message *message = engine->building;
    int err;

    engine->building = NULL;
    err = enqueue_take(session, message);
    if (err < 0)
        gw_eio_session_fail_later(session, err);
}

void gw_eio_session_commit(struct gw_eio_session *session)
{
    if (session->engine->building)
        commit_queued(session);
    else
        session->transport->ops->commit(session->transport);
}

int gw_eio_session_send(struct gw_eio_session *session, struct gw_eio_message *message)
{
    int err;

    if (!is_open(session))
        return GW_E_CLOSED;
    count_out(session, gw_eio_message_len(message));
    err = hand_over(session, message);
    if (err < 0)
        gw_eio_session_fail_later(session, err);
    return err;
}

bool gw_eio_session_send_now(struct gw_eio_session *session)
{
    struct gw_eio_transport *transport = session->transport;

    return is_open(session) && transport->ops->send_now && transport->ops->send_now(transport);
}

void gw_eio_session_postpone(struct gw_eio_session *session)
{
    struct gw_eio_transport *transport = session->transport;

    if (is_open(session) && transport->ops->postpone)
        transport->ops->postpone(transport);
}

void gw_eio_session_close(struct gw_eio_session *session)
{
    struct gw_eio_transport *transport = session->transport;

    if (session->state != GW_EIO_SESSION_OPEN)
        return;
    session->state = GW_EIO_SESSION_CLOSING;
    if (transport->ops->is_stream ||
        (gw_eio_queue_is_empty(&session->queue) && transport->ops->is_writable(transport)))
        gw_eio_session_finish(session, GW_EIO_CLOSE_BY_SERVER, GW_EIO_FORCED_CLOSE, NULL);
    else
        gw_eio_engine_mark_dirty(session->engine, session);
}

void gw_eio_session_discard(struct gw_eio_session *session)
{
    gw_eio_session_finish(session, GW_EIO_CLOSE_BY_SERVER, GW_EIO_FORCED_CLOSE, NULL);
}

void gw_eio_session_fail(struct gw_eio_session *session, enum gw_eio_reason reason,
                         const char *detail)
{
    gw_eio_session_finish(session, GW_EIO_CLOSE_BY_SERVER, reason, detail);
}

static void fail_for(struct gw_eio_session *session, enum gw_cause cause, enum gw_eio_reason reason,
                     const char *detail)
{
    gw_eio_session_blame(session, cause);
    gw_eio_session_fail(session, reason, detail);
}

/* A stream that takes nothing because it has closed has not told its end yet. */
static void fail_for_error(struct gw_eio_session *session, int err)
{
    if (err == GW_E_CLOSED)
        fail_for(session, GW_CAUSE_CONNECTION_BROKE, GW_EIO_TRANSPORT_CLOSE, NULL);
    else
        fail_for(session, err == GW_E_NOMEM ? GW_CAUSE_NO_MEMORY : GW_CAUSE_QUEUE_FULL,
                 GW_EIO_TRANSPORT_ERROR, gw_err_text(err));
}

void gw_eio_session_peer_closed(struct gw_eio_session *session, const char *detail)
{
    gw_eio_session_blame(session, GW_CAUSE_CLIENT_CLOSED);
    gw_eio_session_finish(session, GW_EIO_CLOSE_BY_PEER, GW_EIO_TRANSPORT_CLOSE, detail);
}

void gw_eio_session_transport_closed(struct gw_eio_session *session,
                                     struct gw_eio_transport *transport, enum gw_eio_reason reason,
                                     const char *detail)
{
    transport->session = NULL;
    if (transport == session->candidate) {
        gw_eio_session_forget_candidate(session);
        gw_eio_session_tell_deadline(session);
    } else if (transport == session->transport) {
        gw_eio_session_count_switch(session, transport, NULL);
        session->transport = NULL;
        gw_eio_session_finish(session, GW_EIO_CLOSE_BY_SERVER, reason, detail);
    }
}

static void note_pong(struct gw_eio_session *session, uint64_t now_ms)
{
    gw_eio_heartbeat_pong(&session->heartbeat, now_ms, session->engine->options.ping_interval_ms);
    gw_eio_session_tell_deadline(session);
}

static void note_traffic(struct gw_eio_session *session, uint64_t now_ms)
{
    if (!gw_eio_heartbeat_can_extend(&session->heartbeat))
        return;
    gw_eio_heartbeat_extend(&session->heartbeat, now_ms, session->engine->options.ping_timeout_ms);
    gw_eio_session_tell_deadline(session);
}

static inline void deliver(struct gw_eio_session *session, const struct gw_eio_packet *packet,
                           uint64_t now_ms)
{
    if (session->state != GW_EIO_SESSION_OPEN)
        return;
    session->engine->counts.packets_in++;
    session->engine->counts.bytes_in += packet->data.len;
    note_traffic(session, now_ms);
    if (session->handlers && session->handlers->on_message)
        session->handlers->on_message(session, packet, session->user);
}

static void receive_on_transport(struct gw_eio_session *session, const struct gw_eio_packet *packet,
                                 uint64_t now_ms)
{
    if (session->state != GW_EIO_SESSION_OPEN)
        return;
    switch ((enum gw_eio_packet_type)packet->type) {
    case GW_EIO_PACKET_MESSAGE:
        deliver(session, packet, now_ms);
        return;
    case GW_EIO_PACKET_PONG:
        note_pong(session, now_ms);
        return;
    case GW_EIO_PACKET_PING:
        fail_for(session, GW_CAUSE_BAD_ENGINE_PACKET, GW_EIO_TRANSPORT_ERROR,
                 "invalid heartbeat direction");
        return;
    case GW_EIO_PACKET_OPEN:
    case GW_EIO_PACKET_CLOSE:
    case GW_EIO_PACKET_UPGRADE:
    case GW_EIO_PACKET_NOOP:
        note_traffic(session, now_ms);
        return;
    }
}

void gw_eio_session_receive(struct gw_eio_session *session, struct gw_eio_transport *transport,
                            const struct gw_eio_packet *packet, uint64_t now_ms)
{
    if (session->state == GW_EIO_SESSION_CLOSED)
        return;
    if (transport == session->candidate)
        gw_eio_session_receive_on_candidate(session, packet, now_ms);
    else if (transport == session->transport)
        receive_on_transport(session, packet, now_ms);
}

void gw_eio_session_receive_error(struct gw_eio_session *session,
                                  struct gw_eio_transport *transport)
{
    if (session->state == GW_EIO_SESSION_CLOSED)
        return;
    if (transport == session->candidate)
        gw_eio_session_abandon_upgrade(session);
    else if (session->state == GW_EIO_SESSION_OPEN)
        fail_for(session, GW_CAUSE_BAD_ENGINE_PACKET, GW_EIO_PARSE_ERROR, NULL);
}

static __attribute__((noinline)) void receive_any_text(struct gw_eio_session *session,
                                                       struct gw_eio_transport *transport,
                                                       struct gw_slice text, uint64_t now_ms)
{
    struct gw_eio_engine *engine = session->engine;
    struct gw_eio_packet packet;
    int err;

    err = gw_eio_packet_decode((enum gw_eio_revision)session->revision, text, &engine->scratch,
                               &packet);
    if (err == 0)
        gw_eio_session_receive(session, transport, &packet, now_ms);
    else if (err == GW_E_PROTO)
        gw_eio_session_receive_error(session, transport);
    else
        fail_for_error(session, err);
    gw_eio_engine_trim_input(engine);
}

/* Nearly everything is a message with data on the transport in use. */
void gw_eio_session_receive_text(struct gw_eio_session *session, struct gw_eio_transport *transport,
                                 struct gw_slice text, uint64_t now_ms)
{
    struct gw_eio_packet packet;

    if (text.len <= 1 || text.ptr[0] != '0' + GW_EIO_PACKET_MESSAGE ||
        transport != session->transport) {
        receive_any_text(session, transport, text, now_ms);
        return;
    }
    packet = (struct gw_eio_packet){GW_EIO_PACKET_MESSAGE, false, {text.ptr + 1, text.len - 1}};
    deliver(session, &packet, now_ms);
}

void gw_eio_session_receive_binary(struct gw_eio_session *session,
                                   struct gw_eio_transport *transport, struct gw_slice bytes,
                                   uint64_t now_ms)
{
    struct gw_eio_packet packet = {GW_EIO_PACKET_MESSAGE, true, bytes};

    if (!packet.data.ptr)
        packet.data.ptr = (const uint8_t *)""; /* empty, not absent */
    gw_eio_session_receive(session, transport, &packet, now_ms);
}

void gw_eio_session_tick(struct gw_eio_session *session, uint64_t now_ms)
{
    if (session->state == GW_EIO_SESSION_CLOSED)
        return;
    if (now_ms >= session->drain_deadline_ms) {
        gw_eio_session_finish(session, GW_EIO_CLOSE_BY_SERVER, GW_EIO_FORCED_CLOSE, NULL);
        return;
    }
    gw_eio_session_tick_upgrade(session, now_ms);
    switch (gw_eio_heartbeat_tick(&session->heartbeat, now_ms,
                                  session->engine->options.ping_timeout_ms)) {
    case GW_EIO_HEARTBEAT_NOTHING:
        break;
    case GW_EIO_HEARTBEAT_PING:
        send_ping(session);
        break;
    case GW_EIO_HEARTBEAT_TIMEOUT:
        fail_for(session, GW_CAUSE_PING_TIMEOUT, GW_EIO_PING_TIMEOUT, NULL);
        return;
    }
    gw_eio_session_tell_deadline(session);
}

static uint64_t earlier(uint64_t a_ms, uint64_t b_ms)
{
    return a_ms < b_ms ? a_ms : b_ms;
}

uint64_t gw_eio_session_deadline_ms(const struct gw_eio_session *session)
{
    uint64_t upgrade_ms = gw_eio_upgrade_deadline_ms(&session->upgrade);

    return earlier(session->heartbeat.deadline_ms, earlier(upgrade_ms, session->drain_deadline_ms));
}

/* All has been handed over; what is left is to say goodbye, which polling can do only to a GET. */
static void continue_closing(struct gw_eio_session *session, uint64_t now_ms)
{
    struct gw_eio_transport *transport = session->transport;
    uint64_t timeout_ms = session->engine->options.polling_close_timeout_ms;

    if (transport->ops->is_writable(transport)) {
        gw_eio_session_finish(session, GW_EIO_CLOSE_BY_SERVER, GW_EIO_FORCED_CLOSE, NULL);
    } else if (session->drain_deadline_ms == UINT64_MAX) {
        session->drain_deadline_ms = gw_later_ms(now_ms, timeout_ms);
        gw_eio_session_tell_deadline(session);
    }
}

void gw_eio_session_drained(struct gw_eio_session *session)
{
    if (session->handlers && session->handlers->on_drain)
        session->handlers->on_drain(session, session->user);
    if (session->engine->hooks->on_drain)
        session->engine->hooks->on_drain(session);
}

uint64_t gw_eio_session_queued_bytes(const struct gw_eio_session *session)
{
    const struct gw_eio_transport *transport = session->transport;

    if (!transport || !transport->ops->is_stream)
        return session->queue.bytes;
    return transport->ops->queued_bytes ? transport->ops->queued_bytes(transport) : 0;
}

void gw_eio_session_out_of_memory(struct gw_eio_session *session)
{
    if (is_open(session))
        gw_eio_session_fail_later(session, GW_E_NOMEM);
}

void gw_eio_session_overload(struct gw_eio_session *session)
{
    if (!is_open(session))
        return;
    gw_eio_session_blame(session, GW_CAUSE_OVERLOADED);
    gw_eio_session_fail_later(session, GW_E_LIMIT);
}

void gw_eio_session_flush(struct gw_eio_session *session, uint64_t now_ms)
{
    struct gw_eio_transport *transport = session->transport;
    int err = session->failure;
    bool is_drained = false;

    if (session->state == GW_EIO_SESSION_CLOSED)
        return;
    if (err == 0 && !gw_eio_queue_is_empty(&session->queue) &&
        transport->ops->is_writable(transport)) {
        err = transport->ops->flush(transport, &session->queue);
        is_drained = err == 0 && gw_eio_queue_is_empty(&session->queue);
    }
    if (err < 0)
        fail_for_error(session, err);
    else if (session->state == GW_EIO_SESSION_CLOSING && gw_eio_queue_is_empty(&session->queue))
        continue_closing(session, now_ms);
    if (is_drained && session->state != GW_EIO_SESSION_CLOSED)
        gw_eio_session_drained(session);
}

bool gw_eio_session_is_writable(const struct gw_eio_session *session)
{
    return is_open(session) && session->transport->ops->is_writable(session->transport);
}

void *gw_eio_session_extra(struct gw_eio_session *session)
{
    return session + 1;
}

struct gw_eio_session *gw_eio_session_of_extra(void *extra)
{
    return (struct gw_eio_session *)extra - 1;
}

const char *gw_eio_reason_text(enum gw_eio_reason reason)
{
    static const char *const texts[] = {
        [GW_EIO_TRANSPORT_CLOSE] = "transport close", [GW_EIO_TRANSPORT_ERROR] = "transport error",
        [GW_EIO_PING_TIMEOUT] = "ping timeout",       [GW_EIO_PARSE_ERROR] = "parse error",
        [GW_EIO_FORCED_CLOSE] = "forced close",
    };

    return texts[reason];
}

const char *gw_eio_transport_name(enum gw_eio_transport_kind kind)
{
    return kind == GW_EIO_POLLING ? "polling" : "websocket";
}
