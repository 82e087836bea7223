/* SPDX-License-Identifier: MIT */
#include "eio/engine.h"

#include "base/mem.h"
#include "eio/polling.h"

#include <assert.h>

enum {
    /* A working buffer that has grown beyond goes back to the heap. */
    KEEP_BUFFER_BYTES = 64 * 1024,
};

void gw_eio_options_init(struct gw_eio_options *options)
{
    *options = (struct gw_eio_options){
        .ping_interval_ms = 25000,
        .ping_timeout_ms = 20000,
        .upgrade_timeout_ms = 10000,
        .polling_close_timeout_ms = 30000,
        .max_http_buffer_bytes = 1000000,
        .max_queued_bytes = 16 * 1024 * 1024,
        .max_sessions = 1000000,
        .max_payload_packets = 128 * 1024,
        .transports = 1U << GW_EIO_POLLING | 1U << GW_EIO_WEBSOCKET,
        .can_upgrade = true,
    };
}

void gw_eio_engine_init(struct gw_eio_engine *engine, const struct gw_eio_options *options,
                        const struct gw_eio_engine_hooks *hooks, gw_entropy_fn *entropy)
{
    uint64_t seed[2];

    assert(!options->accepts_revision_3);
    *engine = (struct gw_eio_engine){.options = *options, .hooks = hooks};
    entropy((uint8_t *)seed, sizeof(seed));
    gw_map_init(&engine->sessions, seed);
    gw_ids_init(&engine->ids, entropy);
    gw_list_init(&engine->dirty);
    gw_list_init(&engine->graveyard);
    gw_list_init(&engine->pollings);
    /* What goes in is bounded by max_http_buffer_bytes, what goes out by max_queued_bytes. */
    gw_buf_init(&engine->scratch, SIZE_MAX);
    gw_buf_init(&engine->text, SIZE_MAX);
    gw_buf_init(&engine->payload, SIZE_MAX);
}

int gw_eio_engine_set_initial(struct gw_eio_engine *engine, struct gw_slice data, bool is_binary)
{
    assert(!engine->initial);
    engine->initial = gw_eio_message_create(is_binary, data.len);
    if (!engine->initial)
        return GW_E_NOMEM;
    if (data.len > 0)
        memcpy(gw_eio_message_payload(engine->initial), data.ptr, data.len);
    return GW_OK;
}

/* Every session that is not closed, on one list: closing them may remove any from the map, which no
 * iteration survives. */
static void list_all(struct gw_eio_engine *engine, struct gw_list *all)
{
    struct gw_map_node *node = NULL;
    size_t cursor = 0;

    gw_list_init(all);
    while ((node = gw_map_next(&engine->sessions, &cursor, node)) != NULL) {
        struct gw_eio_session *session = container_of(node, struct gw_eio_session, by_sid);

        gw_list_remove(&session->turn);
        gw_list_push(all, &session->turn);
    }
}

static void free_session(struct gw_eio_engine *engine, struct gw_eio_session *session)
{
    if (engine->hooks->on_free)
        engine->hooks->on_free(session);
    gw_eio_queue_dispose(&session->queue);
    gw_mem_free(session);
}

/* The transport learns only that it has no session any more. */
static void forget_transport(struct gw_eio_session *session)
{
    struct gw_eio_polling *polling = gw_eio_polling_of(session);

    session->transport->session = NULL;
    if (session->candidate)
        session->candidate->session = NULL;
    gw_eio_polling_destroy(polling);
}

void gw_eio_engine_dispose(struct gw_eio_engine *engine)
{
    struct gw_list all;
    struct gw_list *node;

    gw_eio_engine_reap(engine);
    list_all(engine, &all);
    while ((node = gw_list_pop(&all)) != NULL) {
        struct gw_eio_session *session = container_of(node, struct gw_eio_session, turn);

        forget_transport(session);
        free_session(engine, session);
    }
    gw_map_dispose(&engine->sessions);
    gw_eio_message_unref(engine->initial);
    gw_eio_message_unref(engine->ping);
    gw_buf_dispose(&engine->scratch);
    gw_buf_dispose(&engine->text);
    gw_buf_dispose(&engine->payload);
}

static struct gw_slice sid_of(const struct gw_eio_session *session)
{
    return (struct gw_slice){(const uint8_t *)session->sid, GW_ID_LEN};
}

static bool has_sid(const struct gw_map_node *node, const void *key)
{
    const struct gw_eio_session *session = container_of(node, const struct gw_eio_session, by_sid);

    return memcmp(session->sid, key, GW_ID_LEN) == 0;
}

static struct gw_eio_session *create(struct gw_eio_engine *engine, enum gw_eio_revision revision,
                                     struct gw_eio_transport *transport)
{
    size_t extra = engine->options.session_extra_bytes;
    struct gw_eio_session *session = gw_mem_zalloc(sizeof(*session) + extra);

    if (!session)
        return NULL;
    session->revision = (uint8_t)revision;
    session->engine = engine;
    session->transport = transport;
    session->drain_deadline_ms = UINT64_MAX;
    session->told_deadline_ms = UINT64_MAX;
    gw_list_init(&session->turn);
    gw_eio_heartbeat_stop(&session->heartbeat);
    gw_eio_upgrade_init(&session->upgrade);
    gw_eio_queue_init(&session->queue);
    return session;
}

struct gw_eio_session *gw_eio_engine_open(struct gw_eio_engine *engine,
                                          enum gw_eio_revision revision,
                                          struct gw_eio_transport *transport, uint64_t now_ms)
{
    char sid[GW_ID_LEN];

    gw_ids_next(&engine->ids, sid);
    return gw_eio_engine_open_as(engine, revision, transport, sid, now_ms);
}

struct gw_eio_session *gw_eio_engine_open_as(struct gw_eio_engine *engine,
                                             enum gw_eio_revision revision,
                                             struct gw_eio_transport *transport,
                                             const char sid[static GW_ID_LEN], uint64_t now_ms)
{
    struct gw_eio_session *session;
    uint64_t hash;

    assert(revision == GW_EIO_V4 && !transport->session);
    session = gw_eio_engine_has_room(engine) ? create(engine, revision, transport) : NULL;
    if (!session) {
        engine->counts.refused++;
        return NULL;
    }
    memcpy(session->sid, sid, GW_ID_LEN);
    hash = gw_map_hash(&engine->sessions, sid_of(session));
    if (gw_map_insert(&engine->sessions, &session->by_sid, hash) < 0) {
        engine->counts.refused++;
        gw_mem_free(session);
        return NULL;
    }
    transport->session = session;
    if (engine->hooks->on_create)
        engine->hooks->on_create(session);
    if (gw_eio_session_start(session, now_ms) < 0) {
        engine->counts.refused++;
        transport->session = NULL;
        gw_list_remove(&session->turn);
        gw_map_remove(&engine->sessions, &session->by_sid);
        free_session(engine, session);
        return NULL;
    }
    engine->counts.opened[transport->ops->kind][gw_eio_revision_index(revision)]++;
    engine->counts.open[transport->ops->kind][gw_eio_revision_index(revision)]++;
    return session;
}

struct gw_eio_session *gw_eio_engine_find(const struct gw_eio_engine *engine, struct gw_slice sid)
{
    struct gw_map_node *node;

    if (sid.len != GW_ID_LEN)
        return NULL;
    node = gw_map_find(&engine->sessions, gw_map_hash(&engine->sessions, sid), has_sid, sid.ptr);
    return node ? container_of(node, struct gw_eio_session, by_sid) : NULL;
}

size_t gw_eio_engine_session_count(const struct gw_eio_engine *engine)
{
    return engine->sessions.count;
}

bool gw_eio_engine_has_room(const struct gw_eio_engine *engine)
{
    return !engine->is_closed && engine->sessions.count < engine->options.max_sessions;
}

bool gw_eio_engine_end_turn(struct gw_eio_engine *engine, uint64_t now_ms)
{
    struct gw_list work;
    struct gw_list *node;

    gw_list_init(&work);
    gw_list_move_all(&work, &engine->dirty);
    while ((node = gw_list_pop(&work)) != NULL)
        gw_eio_session_flush(container_of(node, struct gw_eio_session, turn), now_ms);
    return !gw_list_is_empty(&engine->dirty);
}

void gw_eio_engine_reap(struct gw_eio_engine *engine)
{
    struct gw_list *node;

    while ((node = gw_list_pop(&engine->graveyard)) != NULL)
        free_session(engine, container_of(node, struct gw_eio_session, turn));
    while ((node = gw_list_pop(&engine->pollings)) != NULL)
        gw_eio_polling_destroy(container_of(node, struct gw_eio_polling, turn));
}

void gw_eio_engine_close(struct gw_eio_engine *engine)
{
    struct gw_list all;
    struct gw_list *node;

    engine->is_closed = true;
    list_all(engine, &all);
    while ((node = gw_list_pop(&all)) != NULL)
        gw_eio_session_discard(container_of(node, struct gw_eio_session, turn));
}

static void tell_work(struct gw_eio_engine *engine)
{
    if (engine->hooks->on_work)
        engine->hooks->on_work(engine);
}

void gw_eio_engine_mark_dirty(struct gw_eio_engine *engine, struct gw_eio_session *session)
{
    if (gw_list_is_linked(&session->turn))
        return;
    gw_list_push(&engine->dirty, &session->turn);
    tell_work(engine);
}

void gw_eio_engine_bury(struct gw_eio_engine *engine, struct gw_eio_session *session)
{
    gw_map_remove(&engine->sessions, &session->by_sid);
    gw_list_remove(&session->turn);
    gw_list_push(&engine->graveyard, &session->turn);
    tell_work(engine);
}

void gw_eio_engine_bury_polling(struct gw_eio_engine *engine, struct gw_eio_polling *polling)
{
    gw_list_push(&engine->pollings, &polling->turn);
    tell_work(engine);
}

static void trim(struct gw_buf *buf)
{
    if (buf->cap > KEEP_BUFFER_BYTES)
        gw_buf_dispose(buf);
}

void gw_eio_engine_trim_input(struct gw_eio_engine *engine)
{
    trim(&engine->scratch);
    trim(&engine->text);
}

void gw_eio_engine_trim_output(struct gw_eio_engine *engine)
{
    trim(&engine->payload);
}
