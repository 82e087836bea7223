/* SPDX-License-Identifier: MIT */
#include "eio/polling.h"

#include "base/mem.h"
#include "codec/utf8.h"
#include "eio/engine.h"
#include "eio/payload.h"

#include <assert.h>

static struct gw_eio_polling *of(struct gw_eio_transport *transport)
{
    return container_of(transport, struct gw_eio_polling, transport);
}

static enum gw_eio_revision revision_of(const struct gw_eio_polling *polling)
{
    return (enum gw_eio_revision)polling->transport.session->revision;
}

/* As many as go together. What the application says to a client that has just come does not come
 * with the open packet: who waits for that first, and then listens, would lose it. */
static uint32_t payload_count(const struct gw_eio_polling *polling,
                              const struct gw_eio_queue *queue)
{
    const struct gw_eio_message *first = gw_eio_queue_at(queue, 0);
    const struct gw_eio_message *initial = polling->engine->initial;

    if (!first || first->type != GW_EIO_PACKET_OPEN)
        return queue->count;
    return initial && gw_eio_queue_at(queue, 1) == initial ? 2 : 1;
}

/* Moves that many from queue into the engine's payload buffer. */
static int gather(struct gw_eio_polling *polling, struct gw_eio_queue *queue, uint32_t count,
                  bool *is_compress_wanted)
{
    struct gw_buf *payload = &polling->engine->payload;
    int err = 0;

    gw_buf_reset(payload);
    for (; err == 0 && count > 0; count--) {
        struct gw_eio_message *message = gw_eio_queue_pop(queue);

        *is_compress_wanted = *is_compress_wanted || message->is_compress_wanted;
        err = gw_eio_payload_push(payload, revision_of(polling), message);
        gw_eio_message_unref(message);
    }
    return err;
}

static void drop(struct gw_eio_polling *polling, void **request)
{
    void *handle = *request;

    *request = NULL;
    if (handle)
        polling->handlers->drop(handle);
}

/* Gives the waiting GET the payload buffer; or nothing at all when that could not be filled. */
static int answer(struct gw_eio_polling *polling, int err, bool is_compress_wanted)
{
    struct gw_eio_answer answer = {
        .body = gw_buf_slice(&polling->engine->payload),
        .is_compress_wanted = is_compress_wanted,
    };
    void *poll = polling->poll;

    if (err < 0) {
        drop(polling, &polling->poll);
    } else {
        polling->poll = NULL;
        polling->handlers->answer(poll, &answer);
    }
    gw_eio_engine_trim_output(polling->engine);
    return err;
}

static int flush(struct gw_eio_transport *transport, struct gw_eio_queue *queue)
{
    bool is_compress_wanted = false;
    struct gw_eio_polling *polling = of(transport);
    int err = gather(polling, queue, payload_count(polling, queue), &is_compress_wanted);

    return answer(polling, err, is_compress_wanted);
}

static void answer_noop(struct gw_eio_polling *polling, bool is_last)
{
    struct gw_buf *payload = &polling->engine->payload;
    int err;

    gw_buf_reset(payload);
    err = gw_eio_payload_push_bare(payload, revision_of(polling), GW_EIO_PACKET_NOOP);
    if (err == 0 && is_last)
        err = gw_eio_payload_push_bare(payload, revision_of(polling), GW_EIO_PACKET_CLOSE);
    answer(polling, err, false);
}

static void nudge(struct gw_eio_transport *transport)
{
    if (of(transport)->poll)
        answer_noop(of(transport), false);
}

static bool is_writable(const struct gw_eio_transport *transport)
{
    const struct gw_eio_polling *polling =
        container_of(transport, const struct gw_eio_polling, transport);

    return polling->poll != NULL;
}

/* The engine's close says `1`; the peer knows of its own and is only released. */
static void say_last_word(struct gw_eio_polling *polling, enum gw_eio_close_how how,
                          struct gw_eio_queue *queue)
{
    struct gw_buf *payload = &polling->engine->payload;
    bool is_compress_wanted = false;
    int err = gather(polling, queue, queue->count, &is_compress_wanted);

    if (err == 0 && how == GW_EIO_CLOSE_BY_SERVER)
        err = gw_eio_payload_push_bare(payload, revision_of(polling), GW_EIO_PACKET_CLOSE);
    else if (err == 0 && payload->len == 0)
        err = gw_eio_payload_push_bare(payload, revision_of(polling), GW_EIO_PACKET_NOOP);
    answer(polling, err, is_compress_wanted);
}

static void close_polling(struct gw_eio_transport *transport, enum gw_eio_close_how how,
                          struct gw_eio_queue *queue)
{
    struct gw_eio_polling *polling = of(transport);

    drop(polling, &polling->post);
    if (polling->poll)
        say_last_word(polling, how, queue);
    gw_eio_engine_bury_polling(polling->engine, polling);
}

static const struct gw_eio_transport_ops ops = {
    .kind = GW_EIO_POLLING,
    .flush = flush,
    .nudge = nudge,
    .is_writable = is_writable,
    .close = close_polling,
};

struct gw_eio_polling *gw_eio_polling_create(struct gw_eio_engine *engine,
                                             const struct gw_eio_polling_handlers *handlers)
{
    struct gw_eio_polling *polling = gw_mem_zalloc(sizeof(*polling));

    if (!polling)
        return NULL;
    polling->transport.ops = &ops;
    polling->engine = engine;
    polling->handlers = handlers;
    gw_list_init(&polling->turn);
    return polling;
}

void gw_eio_polling_destroy(struct gw_eio_polling *polling)
{
    if (!polling)
        return;
    gw_list_remove(&polling->turn);
    gw_mem_free(polling);
}

struct gw_eio_polling *gw_eio_polling_of(const struct gw_eio_session *session)
{
    if (!session->transport || session->transport->ops != &ops)
        return NULL;
    return of(session->transport);
}

/* A closing session that has handed over everything waits for just this GET. */
static bool is_goodbye_due(const struct gw_eio_session *session)
{
    return session->state == GW_EIO_SESSION_CLOSING && gw_eio_queue_is_empty(&session->queue);
}

static void fail(struct gw_eio_session *session, enum gw_cause cause, const char *detail)
{
    gw_eio_session_blame(session, cause);
    gw_eio_session_fail(session, GW_EIO_TRANSPORT_ERROR, detail);
}

enum gw_eio_polling_result gw_eio_polling_poll(struct gw_eio_polling *polling, void *poll,
                                               uint64_t now_ms)
{
    struct gw_eio_session *session = polling->transport.session;

    assert(poll);
    if (!session)
        return GW_EIO_POLLING_BAD_REQUEST;
    if (polling->poll) {
        fail(session, GW_CAUSE_BAD_REQUEST, "overlap from client");
        return GW_EIO_POLLING_BAD_REQUEST;
    }
    polling->poll = poll;
    if (is_goodbye_due(session)) {
        answer_noop(polling, true);
        gw_eio_session_discard(session);
    } else {
        gw_eio_session_flush(session, now_ms);
    }
    return GW_EIO_POLLING_TAKEN;
}

void gw_eio_polling_poll_aborted(struct gw_eio_polling *polling)
{
    struct gw_eio_session *session = polling->transport.session;

    polling->poll = NULL;
    if (session)
        fail(session, GW_CAUSE_CONNECTION_BROKE, "poll connection closed prematurely");
}

enum gw_eio_polling_result gw_eio_polling_post_begin(struct gw_eio_polling *polling, void *post,
                                                     bool is_octet_stream)
{
    struct gw_eio_session *session = polling->transport.session;

    assert(post);
    if (!session)
        return GW_EIO_POLLING_BAD_REQUEST;
    if (polling->post) {
        fail(session, GW_CAUSE_BAD_REQUEST, "data request overlap from client");
        return GW_EIO_POLLING_BAD_REQUEST;
    }
    if (is_octet_stream && session->revision == GW_EIO_V4) {
        fail(session, GW_CAUSE_BAD_REQUEST, "invalid content");
        return GW_EIO_POLLING_BAD_REQUEST;
    }
    polling->post = post;
    return GW_EIO_POLLING_TAKEN;
}

static void refuse_payload(struct gw_eio_polling *polling, int err)
{
    struct gw_eio_session *session = polling->transport.session;

    if (err == GW_E_PROTO)
        gw_eio_session_receive_error(session, &polling->transport);
    else if (err == GW_E_LIMIT)
        fail(session, GW_CAUSE_BAD_REQUEST, "too many packets in one payload");
    else
        fail(session, GW_CAUSE_NO_MEMORY, gw_err_text(err));
}

static void deliver(struct gw_eio_polling *polling, struct gw_slice body, uint64_t now_ms)
{
    struct gw_eio_engine *engine = polling->engine;
    struct gw_eio_transport *transport = &polling->transport;
    struct gw_eio_payload payload;
    struct gw_eio_packet packet;
    int got = 0;

    gw_eio_payload_init(&payload, revision_of(polling), body, &engine->scratch,
                        engine->options.max_payload_packets);
    while (transport->session && (got = gw_eio_payload_next(&payload, &packet)) > 0) {
        if (packet.type == GW_EIO_PACKET_CLOSE)
            gw_eio_session_peer_closed(transport->session, NULL);
        else
            gw_eio_session_receive(transport->session, transport, &packet, now_ms);
    }
    if (transport->session && got < 0)
        refuse_payload(polling, got);
}

/* Broken UTF-8 becomes U+FFFD, as everywhere in the world of browsers; it does not end the
 * session. */
static int repair(struct gw_eio_engine *engine, struct gw_slice *body)
{
    int err;

    if (gw_utf8_is_valid(*body))
        return 0;
    gw_buf_reset(&engine->text);
    err = gw_utf8_repair(*body, &engine->text);
    *body = gw_buf_slice(&engine->text);
    return err;
}

void gw_eio_polling_post_end(struct gw_eio_polling *polling, struct gw_slice body, uint64_t now_ms)
{
    struct gw_eio_session *session = polling->transport.session;
    int err;

    polling->post = NULL;
    if (!session)
        return;
    err = repair(polling->engine, &body);
    if (err < 0)
        fail(session, GW_CAUSE_NO_MEMORY, gw_err_text(err));
    else
        deliver(polling, body, now_ms);
    gw_eio_engine_trim_input(polling->engine);
}

void gw_eio_polling_post_cancel(struct gw_eio_polling *polling)
{
    polling->post = NULL;
}

void gw_eio_polling_post_aborted(struct gw_eio_polling *polling)
{
    struct gw_eio_session *session = polling->transport.session;

    polling->post = NULL;
    if (session)
        fail(session, GW_CAUSE_CONNECTION_BROKE, "data request connection closed prematurely");
}
