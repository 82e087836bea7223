/* SPDX-License-Identifier: MIT */
/* An Engine.IO engine without network and clock: streams and HTTP requests that only have names, one trace of
 * everything that comes out.
 *
 *     world_open_polling(&w);
 *     world_get(&w, "get1");
 *     world_expect(&w, "answer get1 4hello\n");
 *
 * Lines of the trace: "answer <request> <body>", "drop <request>", "frame <stream> text|binary <body>",
 * "close <stream>", "message text|binary <data>", "upgraded <transport>", "closed <reason>[: <detail>]". */
#ifndef GW_TESTS_EIO_WORLD_H
#define GW_TESTS_EIO_WORLD_H

#include "eio/engine.h"
#include "eio/polling.h"
#include "support/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct world_stream {
    struct gw_eio_transport transport;
    const char *name;
    uint8_t *place; /* between begin and commit */
    size_t len;
    bool is_binary;
    bool is_full; /* begin and send fail */
    int err;      /* in what way; 0: GW_E_LIMIT */
    bool is_busy; /* not writable */
};

struct world {
    struct gw_eio_engine engine;
    struct gw_trace trace;
    uint64_t now_ms;
    struct gw_eio_session *session;
    struct gw_eio_polling *polling;
    struct world_stream ws;        /* carries the session, or */
    struct world_stream candidate; /* wants to */
    /* What the layer above does with a message, after it was traced; NULL: nothing. */
    void (*react)(struct world *w, const struct gw_eio_packet *packet);
    uint32_t deadline_changes;
    uint32_t freed;
    bool has_work; /* the engine has announced work for the end of the turn */
};

static struct world *the_world; /* of the running test */

static uint8_t *world_stream_begin(struct gw_eio_transport *t, bool is_binary, size_t len)
{
    struct world_stream *stream = container_of(t, struct world_stream, transport);

    assert_non_null(t->session);
    assert_null(stream->place);
    if (stream->is_full)
        return NULL;
    stream->place = malloc(len ? len : 1);
    stream->len = len;
    stream->is_binary = is_binary;
    return stream->place;
}

static int world_stream_begin_error(const struct gw_eio_transport *t)
{
    const struct world_stream *stream = container_of(t, const struct world_stream, transport);

    return stream->err ? stream->err : GW_E_LIMIT;
}

static void world_stream_trace(const struct world_stream *stream, bool is_binary,
                               struct gw_slice body)
{
    gw_trace_add(&the_world->trace, "frame %s %s ", stream->name, is_binary ? "binary" : "text");
    gw_trace_add_bytes(&the_world->trace, body);
    gw_trace_add(&the_world->trace, "\n");
}

static void world_stream_commit(struct gw_eio_transport *t)
{
    struct world_stream *stream = container_of(t, struct world_stream, transport);

    assert_non_null(stream->place);
    world_stream_trace(stream, stream->is_binary, (struct gw_slice){stream->place, stream->len});
    free(stream->place);
    stream->place = NULL;
}

static int world_stream_send(struct gw_eio_transport *t, struct gw_eio_message *message)
{
    struct world_stream *stream = container_of(t, struct world_stream, transport);

    assert_non_null(t->session);
    if (stream->is_full)
        return world_stream_begin_error(t);
    world_stream_trace(stream, message->is_binary, gw_eio_message_frame_body(message));
    return 0;
}

static bool world_stream_is_writable(const struct gw_eio_transport *t)
{
    const struct world_stream *stream = container_of(t, const struct world_stream, transport);

    return !stream->is_busy;
}

static void world_stream_close(struct gw_eio_transport *t, enum gw_eio_close_how how,
                               struct gw_eio_queue *queue)
{
    struct world_stream *stream = container_of(t, struct world_stream, transport);

    assert_non_null(t->session);
    assert_int_equal(how, GW_EIO_CLOSE_BY_SERVER);
    (void)queue;
    gw_trace_add(&the_world->trace, "close %s\n", stream->name);
}

static const struct gw_eio_transport_ops world_stream_ops = {
    .kind = GW_EIO_WEBSOCKET,
    .is_stream = true,
    .begin = world_stream_begin,
    .commit = world_stream_commit,
    .begin_error = world_stream_begin_error,
    .send = world_stream_send,
    .is_writable = world_stream_is_writable,
    .close = world_stream_close,
};

static void world_answer(void *poll, const struct gw_eio_answer *answer)
{
    assert_false(answer->is_octet_stream);
    gw_trace_add(&the_world->trace, "answer %s ", (const char *)poll);
    gw_trace_add_bytes(&the_world->trace, answer->body);
    gw_trace_add(&the_world->trace, "\n");
}

static void world_drop(void *request)
{
    gw_trace_add(&the_world->trace, "drop %s\n", (const char *)request);
}

static const struct gw_eio_polling_handlers world_polling_handlers = {world_answer, world_drop};

static void world_on_message(struct gw_eio_session *session, const struct gw_eio_packet *packet,
                             void *user)
{
    struct world *w = user;

    assert_int_equal(session->state, GW_EIO_SESSION_OPEN);
    assert_int_equal(packet->type, GW_EIO_PACKET_MESSAGE);
    gw_trace_add(&w->trace, "message %s ", packet->is_binary ? "binary" : "text");
    gw_trace_add_bytes(&w->trace, packet->data);
    gw_trace_add(&w->trace, "\n");
    if (w->react)
        w->react(w, packet);
}

static void world_on_close(struct gw_eio_session *session, enum gw_eio_reason reason,
                           const char *detail, void *user)
{
    struct world *w = user;

    assert_int_equal(session->state, GW_EIO_SESSION_CLOSED);
    gw_trace_add(&w->trace, "closed %s%s%s\n", gw_eio_reason_text(reason), detail ? ": " : "",
                 detail ? detail : "");
}

static void world_on_upgrade(struct gw_eio_session *session, void *user)
{
    struct world *w = user;

    gw_trace_add(&w->trace, "upgraded %s\n", gw_eio_transport_name(session->transport->ops->kind));
}

static const struct gw_eio_session_handlers world_session_handlers = {
    .on_message = world_on_message, .on_close = world_on_close, .on_upgrade = world_on_upgrade};

static void world_on_deadline(struct gw_eio_session *session, uint64_t deadline_ms)
{
    assert_int_equal(deadline_ms, gw_eio_session_deadline_ms(session));
    the_world->deadline_changes++;
}

static void world_on_free(struct gw_eio_session *session)
{
    (void)session;
    the_world->freed++;
}

static void world_on_work(struct gw_eio_engine *engine)
{
    container_of(engine, struct world, engine)->has_work = true;
}

static const struct gw_eio_engine_hooks world_hooks = {
    .on_deadline = world_on_deadline,
    .on_work = world_on_work,
    .on_free = world_on_free,
};

static uint64_t world_seed;

static inline void world_entropy(uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        world_seed = world_seed * 6364136223846793005U + 1442695040888963407U;
        out[i] = (uint8_t)(world_seed >> 56);
    }
}

static inline void world_init(struct world *w, const struct gw_eio_options *options)
{
    struct gw_eio_options defaults;

    gw_eio_options_init(&defaults);
    *w = (struct world){
        .now_ms = 1000,
        .ws = {.transport.ops = &world_stream_ops, .name = "ws"},
        .candidate = {.transport.ops = &world_stream_ops, .name = "candidate"},
    };
    the_world = w;
    gw_eio_engine_init(&w->engine, options ? options : &defaults, &world_hooks, world_entropy);
}

static inline void world_dispose(struct world *w)
{
    gw_eio_engine_dispose(&w->engine);
    gw_trace_reset(&w->trace);
}

/* What came out since the last call. */
static inline void world_expect_at(struct world *w, const char *expected, const char *file,
                                   int line)
{
    _assert_string_equal(gw_trace_text(&w->trace), expected, file, line);
    gw_trace_reset(&w->trace);
}
#define world_expect(w, expected) world_expect_at((w), (expected), __FILE__, __LINE__)

/* A server that waits for the announcement of work must not miss any. */
static inline void world_check_work_was_told(const struct world *w)
{
    const struct gw_eio_engine *engine = &w->engine;

    assert_true(w->has_work ||
                (gw_list_is_empty(&engine->dirty) && gw_list_is_empty(&engine->graveyard) &&
                 gw_list_is_empty(&engine->pollings)));
}

static inline void world_end_turn(struct world *w)
{
    world_check_work_was_told(w);
    while (gw_eio_engine_end_turn(&w->engine, w->now_ms)) {
    }
}

/* The end of the turn that frees: closed sessions must not be looked at afterwards. */
static inline void world_reap(struct world *w)
{
    world_end_turn(w);
    w->has_work = false;
    gw_eio_engine_reap(&w->engine);
}

/* A stretch of time in which timers fire exactly when due. */
static inline void world_pass(struct world *w, uint64_t ms)
{
    uint64_t until_ms = w->now_ms + ms;

    world_end_turn(w);
    for (;;) {
        uint64_t deadline_ms = gw_eio_session_deadline_ms(w->session);

        if (deadline_ms > until_ms)
            break;
        assert_true(deadline_ms >= w->now_ms);
        w->now_ms = deadline_ms;
        gw_eio_session_tick(w->session, w->now_ms);
        world_end_turn(w);
    }
    w->now_ms = until_ms;
}

/* A session on the stream "ws"; its open packet is taken off the trace. */
static inline void world_open_stream(struct world *w)
{
    w->session = gw_eio_engine_open(&w->engine, GW_EIO_V4, &w->ws.transport, w->now_ms);
    assert_non_null(w->session);
    gw_eio_session_set_handlers(w->session, &world_session_handlers, w);
    gw_trace_reset(&w->trace);
}

/* A polling session whose handshake has been answered. */
static inline void world_open_polling(struct world *w)
{
    w->polling = gw_eio_polling_create(&w->engine, &world_polling_handlers);
    assert_non_null(w->polling);
    w->session = gw_eio_engine_open(&w->engine, GW_EIO_V4, &w->polling->transport, w->now_ms);
    assert_non_null(w->session);
    gw_eio_session_set_handlers(w->session, &world_session_handlers, w);
    assert_int_equal(gw_eio_polling_poll(w->polling, (void *)(uintptr_t) "handshake", w->now_ms),
                     GW_EIO_POLLING_TAKEN);
    assert_int_equal(strncmp(gw_trace_text(&w->trace), "answer handshake 0{", 19), 0);
    gw_trace_reset(&w->trace);
}

static inline enum gw_eio_polling_result world_get(struct world *w, const char *name)
{
    return gw_eio_polling_poll(w->polling, (void *)(uintptr_t)name, w->now_ms);
}

static inline enum gw_eio_polling_result world_post_begin(struct world *w, const char *name)
{
    return gw_eio_polling_post_begin(w->polling, (void *)(uintptr_t)name, false);
}

/* A whole POST. */
static inline void world_post(struct world *w, const char *body)
{
    assert_int_equal(world_post_begin(w, "post"), GW_EIO_POLLING_TAKEN);
    gw_eio_polling_post_end(w->polling, gw_slice_of(body), w->now_ms);
}

static inline void world_text(struct world *w, struct world_stream *stream, const char *text)
{
    assert_ptr_equal(stream->transport.session, w->session);
    gw_eio_session_receive_text(w->session, &stream->transport, gw_slice_of(text), w->now_ms);
}

/* One text message the short way. */
static inline void world_send(struct world *w, const char *text)
{
    uint8_t *place = gw_eio_session_begin(w->session, false, strlen(text));

    assert_non_null(place);
    memcpy(place, text, strlen(text));
    gw_eio_session_commit(w->session);
}

#endif
