/* SPDX-License-Identifier: MIT */
/* The upgrade half of a session: a candidate comes, is probed, and takes over or is let go. */
#include "eio/engine.h"
#include "eio/session_parts.h"

#include <assert.h>

void gw_eio_session_forget_candidate(struct gw_eio_session *session)
{
    session->candidate = NULL;
    session->engine->counts.upgrades_failed++;
    gw_eio_upgrade_abandon(&session->upgrade);
}

void gw_eio_session_drop_candidate(struct gw_eio_session *session)
{
    struct gw_eio_transport *candidate = session->candidate;
    struct gw_eio_queue nothing;

    if (!candidate)
        return;
    gw_eio_session_forget_candidate(session);
    gw_eio_queue_init(&nothing);
    gw_eio_session_let_go(candidate, GW_EIO_CLOSE_BY_SERVER, &nothing);
}

void gw_eio_session_abandon_upgrade(struct gw_eio_session *session)
{
    gw_eio_session_drop_candidate(session);
    gw_eio_session_tell_deadline(session);
}

/* What was sent while the peer changed over goes first, in its order. */
static void move_queue_to_stream(struct gw_eio_session *session)
{
    struct gw_eio_transport *stream = session->transport;
    struct gw_eio_message *message;

    while (session->failure == 0 && (message = gw_eio_queue_pop(&session->queue)) != NULL) {
        int err = stream->ops->send(stream, message);

        gw_eio_message_unref(message);
        if (err < 0)
            gw_eio_session_fail_later(session, err);
    }
}

static void switch_transport(struct gw_eio_session *session, uint64_t now_ms)
{
    struct gw_eio_transport *old = session->transport;
    struct gw_eio_queue nothing;

    session->transport = session->candidate;
    session->candidate = NULL;
    session->engine->counts.upgrades_done++;
    gw_eio_session_count_switch(session, old, session->transport);
    gw_eio_upgrade_finish(&session->upgrade);
    gw_eio_queue_init(&nothing);
    gw_eio_session_let_go(old, GW_EIO_CLOSE_BY_SERVER, &nothing);

    session->drain_deadline_ms = UINT64_MAX;
    gw_eio_heartbeat_rearm(&session->heartbeat, now_ms, session->engine->options.ping_timeout_ms);
    move_queue_to_stream(session);
    gw_eio_session_tell_deadline(session);
    if (session->handlers && session->handlers->on_upgrade)
        session->handlers->on_upgrade(session, session->user);
    if (session->engine->hooks->on_upgrade && session->state != GW_EIO_SESSION_CLOSED)
        session->engine->hooks->on_upgrade(session);
    if (session->state == GW_EIO_SESSION_CLOSING)
        gw_eio_session_finish(session, GW_EIO_CLOSE_BY_SERVER, GW_EIO_FORCED_CLOSE, NULL);
}

static void answer_probe(struct gw_eio_session *session, uint64_t now_ms)
{
    if (gw_eio_session_put_text(session->candidate, GW_LIT("3probe")) < 0) {
        gw_eio_session_abandon_upgrade(session);
        return;
    }
    gw_eio_upgrade_probe(&session->upgrade, now_ms);
    gw_eio_session_tell_deadline(session);
    if (session->engine->hooks->on_upgrading)
        session->engine->hooks->on_upgrading(session);
}

void gw_eio_session_receive_on_candidate(struct gw_eio_session *session,
                                         const struct gw_eio_packet *packet, uint64_t now_ms)
{
    if (packet->type == GW_EIO_PACKET_PING && gw_eio_packet_is_probe(packet))
        answer_probe(session, now_ms);
    else if (packet->type == GW_EIO_PACKET_UPGRADE)
        switch_transport(session, now_ms);
    else
        gw_eio_session_abandon_upgrade(session);
}

bool gw_eio_session_can_attach(const struct gw_eio_session *session)
{
    return session->state != GW_EIO_SESSION_CLOSED && !session->transport->ops->is_stream &&
           session->upgrade.state == GW_EIO_UPGRADE_IDLE;
}

int gw_eio_session_attach(struct gw_eio_session *session, struct gw_eio_transport *candidate,
                          uint64_t now_ms)
{
    assert(candidate->ops->is_stream && !candidate->session);
    if (session->state == GW_EIO_SESSION_CLOSED)
        return GW_E_CLOSED;
    if (!gw_eio_session_can_attach(session))
        return GW_E_REFUSED;
    session->candidate = candidate;
    candidate->session = session;
    gw_eio_upgrade_start(&session->upgrade, now_ms, session->engine->options.upgrade_timeout_ms);
    gw_eio_session_tell_deadline(session);
    return 0;
}

void gw_eio_session_tick_upgrade(struct gw_eio_session *session, uint64_t now_ms)
{
    struct gw_eio_transport *transport = session->transport;

    switch (gw_eio_upgrade_tick(&session->upgrade, now_ms)) {
    case GW_EIO_UPGRADE_NOTHING:
        return;
    case GW_EIO_UPGRADE_RELEASE:
        /* What is queued lets the poll go at the end of the turn, and better than a noop. */
        if (gw_eio_queue_is_empty(&session->queue))
            transport->ops->nudge(transport);
        return;
    case GW_EIO_UPGRADE_TIMEOUT:
        gw_eio_session_drop_candidate(session);
        return;
    }
}
