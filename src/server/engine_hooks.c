/* SPDX-License-Identifier: MIT */
#include "server/engine_hooks.h"

#include "base/mem.h"
#include "server/engine.h"
#include "server/request.h"
#include "sio/reason.h"

enum { CONTEXT_BYTES_MAX = 8 * 1024, FIRST_CAPACITY = 4 };

/* ---- the lists ---- */

void gw_engine_hooks_dispose(struct gw_engine_hooks *hooks)
{
    gw_mem_free(hooks->items);
    *hooks = (struct gw_engine_hooks){0};
}

static int make_room(struct gw_engine_hooks *hooks)
{
    size_t capacity = hooks->capacity ? hooks->capacity * 2 : FIRST_CAPACITY;
    struct gw_engine_hook *items;

    if (hooks->count < hooks->capacity)
        return GW_OK;
    items = gw_mem_realloc(hooks->items, capacity * sizeof(*items));
    if (!items)
        return GW_E_NOMEM;
    hooks->items = items;
    hooks->capacity = capacity;
    return GW_OK;
}

static int add(gw_engine *engine, enum gw_engine_hook_kind kind, struct gw_engine_hook hook)
{
    struct gw_engine_hooks *hooks = &engine->hooks[kind];

    if (make_room(hooks) < 0)
        return GW_E_NOMEM;
    hooks->items[hooks->count++] = hook;
    return GW_OK;
}

int gw_engine_use(gw_engine *engine, gw_engine_use_fn *fn, void *user)
{
    return add(engine, GW_ENGINE_USE, (struct gw_engine_hook){.use = fn, .user = user});
}

int gw_engine_on_initial_headers(gw_engine *engine, gw_engine_headers_fn *fn, void *user)
{
    return add(engine, GW_ENGINE_INITIAL_HEADERS,
               (struct gw_engine_hook){.headers = fn, .user = user});
}

int gw_engine_on_headers(gw_engine *engine, gw_engine_headers_fn *fn, void *user)
{
    return add(engine, GW_ENGINE_HEADERS, (struct gw_engine_hook){.headers = fn, .user = user});
}

int gw_engine_on_connection_error(gw_engine *engine, gw_engine_error_fn *fn, void *user)
{
    return add(engine, GW_ENGINE_ERROR, (struct gw_engine_hook){.error = fn, .user = user});
}

int gw_engine_on_session(gw_engine *engine, const struct gw_session_handlers *handlers, void *user)
{
    return add(engine, GW_ENGINE_SESSION,
               (struct gw_engine_hook){.session = handlers, .user = user});
}

/* ---- headers ---- */

static void run_headers(const struct gw_engine_hooks *hooks, gw_request *request)
{
    for (size_t i = 0; i < hooks->count; i++)
        hooks->items[i].headers(request, hooks->items[i].user);
}

void gw_engine_tell_headers(struct gw_engine *engine, struct gw_exchange *exchange, bool is_initial)
{
    gw_request request = {.exchange = exchange};

    if (is_initial)
        run_headers(&engine->hooks[GW_ENGINE_INITIAL_HEADERS], &request);
    run_headers(&engine->hooks[GW_ENGINE_HEADERS], &request);
}

/* ---- refusals ---- */

void gw_engine_tell_error(struct gw_engine *engine, struct gw_exchange *exchange,
                          const struct gw_eio_check *refusal)
{
    const struct gw_engine_hooks *hooks = &engine->hooks[GW_ENGINE_ERROR];
    const struct gw_log *log = &engine->server->log;
    gw_request request = {.exchange = exchange};
    struct gw_engine_error error = {
        .request = &request,
        .code = (int)refusal->error,
        .message = (const char *)gw_eio_error_text(refusal->error).ptr,
        .context_json = "{}",
    };
    struct gw_buf context;
    char value[GW_LOG_VALUE_SIZE];

    engine->errors[refusal->error]++;
    if (hooks->count == 0 && !gw_log_wants(log, GW_LOG_DEBUG))
        return;
    gw_buf_init(&context, CONTEXT_BYTES_MAX);
    if (gw_eio_check_context(refusal, &context) == GW_OK &&
        gw_buf_append_byte(&context, '\0') == GW_OK)
        error.context_json = (const char *)context.ptr;
    gw_log_write(log, GW_LOG_DEBUG, "connection_error code=%d message=\"%s\" context=%s",
                 error.code, error.message, gw_log_value(value, gw_slice_of(error.context_json)));
    for (size_t i = 0; i < hooks->count; i++)
        hooks->items[i].error(&error, hooks->items[i].user);
    gw_buf_dispose(&context);
}

/* ---- sessions ---- */

/* The i-th of those who were told of its opening: nobody else hears of its end. NULL: no more. */
static const struct gw_engine_hook *watcher_at(struct gw_eio_session *session, size_t i)
{
    const struct gw_engine_session_extra *extra = gw_eio_session_extra(session);

    if (i >= extra->watcher_count)
        return NULL;
    return &gw_engine_of(session)->hooks[GW_ENGINE_SESSION].items[i];
}

/* The same as long as it lives: one that a watcher ends is no more to the next. */
static const struct gw_engine_hook *live_watcher_at(struct gw_eio_session *session, size_t i)
{
    return session->state == GW_EIO_SESSION_CLOSED ? NULL : watcher_at(session, i);
}

/* What they send is not to come in one read with the open packet: a client that waits for that
 * first, and then listens, would lose it. */
void gw_engine_tell_open(struct gw_eio_session *session, struct gw_exchange *exchange)
{
    struct gw_engine_session_extra *extra = gw_eio_session_extra(session);
    const struct gw_engine_hooks *hooks = &gw_engine_of(session)->hooks[GW_ENGINE_SESSION];
    gw_request request = {.exchange = exchange};

    bool has_left = hooks->count > 0 && gw_eio_session_send_now(session);

    while (extra->watcher_count < hooks->count && session->state != GW_EIO_SESSION_CLOSED) {
        const struct gw_engine_hook *hook = &hooks->items[extra->watcher_count++];

        if (hook->session->on_open)
            hook->session->on_open(session, &request, hook->user);
    }
    if (has_left)
        gw_eio_session_postpone(session);
}

void gw_engine_tell_message(struct gw_eio_session *session, const struct gw_eio_packet *packet,
                            void *user)
{
    const struct gw_engine_hook *hook;

    (void)user;
    for (size_t i = 0; (hook = live_watcher_at(session, i)) != NULL; i++)
        if (hook->session->on_message)
            hook->session->on_message(session, packet->data, packet->is_binary, hook->user);
}

void gw_engine_tell_upgrading(struct gw_eio_session *session)
{
    const struct gw_engine_hook *hook;

    for (size_t i = 0; (hook = live_watcher_at(session, i)) != NULL; i++)
        if (hook->session->on_upgrading)
            hook->session->on_upgrading(session, hook->user);
}

void gw_engine_tell_upgrade(struct gw_eio_session *session)
{
    const struct gw_engine_hook *hook;

    for (size_t i = 0; (hook = live_watcher_at(session, i)) != NULL; i++)
        if (hook->session->on_upgrade)
            hook->session->on_upgrade(session, hook->user);
}

void gw_engine_tell_drain(struct gw_eio_session *session)
{
    const struct gw_engine_hook *hook;

    for (size_t i = 0; (hook = live_watcher_at(session, i)) != NULL; i++)
        if (hook->session->on_drain)
            hook->session->on_drain(session, hook->user);
}

void gw_engine_tell_close(struct gw_eio_session *session, enum gw_eio_reason reason,
                          const char *detail)
{
    const struct gw_engine_hook *hook;

    for (size_t i = 0; (hook = watcher_at(session, i)) != NULL; i++)
        if (hook->session->on_close)
            hook->session->on_close(session, gw_sio_reason_of(reason), detail, hook->user);
}
