/* SPDX-License-Identifier: MIT */
#include "server/engine.h"

#include "net/random.h"
#include "server/eio_http.h"
#include "server/eio_ws.h"
#include "server/request.h"

enum {
    WS_CLOSE_TIMEOUT_MS = 30000, /* what the genuine server gives its peers */
    DESTROY_UPGRADE_TIMEOUT_MS = 1000,
    PATH_BYTES_MAX = 512,
    REFUSAL_LOG_MS = 1000, /* between two lines: who is full has no time to write */
};

static void on_session_timer(struct gw_timer *timer)
{
    struct gw_eio_session *session =
        gw_eio_session_of_extra(container_of(timer, struct gw_engine_session_extra, timer));

    gw_eio_session_tick(session, gw_engine_now_ms(gw_engine_of(session)));
}

static void on_deadline(struct gw_eio_session *session, uint64_t deadline_ms)
{
    struct gw_engine_session_extra *extra = gw_eio_session_extra(session);

    if (!extra->has_timer) {
        extra->has_timer = true;
        gw_timer_init(&extra->timer, gw_engine_of(session)->server->loop, on_session_timer);
    }
    gw_timer_start_at(&extra->timer, deadline_ms);
}

static void on_free(struct gw_eio_session *session)
{
    struct gw_engine_session_extra *extra = gw_eio_session_extra(session);

    if (extra->has_timer)
        gw_timer_stop(&extra->timer);
}

void gw_engine_need_turn(struct gw_engine *engine)
{
    gw_loop_hook_start_end(engine->server->loop, &engine->end_hook);
    gw_loop_hook_start_reap(engine->server->loop, &engine->reap_hook);
}

static void on_work(struct gw_eio_engine *eio)
{
    gw_engine_need_turn(container_of(eio, struct gw_engine, eio));
}

/* Enough to find the lines of one session again; the whole id is a secret. */
enum { LOGGED_SID_LEN = 8 };

static const struct gw_log *log_of(struct gw_eio_session *session)
{
    return &gw_engine_of(session)->server->log;
}

static void log_open(struct gw_eio_session *session, const char *address)
{
    gw_log_write(log_of(session), GW_LOG_DEBUG,
                 "session_open session=%.*s transport=%s revision=%d address=%s", LOGGED_SID_LEN,
                 session->sid, gw_eio_transport_name(session->transport->ops->kind),
                 (int)session->revision, address);
}

static void on_upgraded(struct gw_eio_session *session)
{
    gw_log_write(log_of(session), GW_LOG_DEBUG, "session_upgrade session=%.*s transport=%s",
                 LOGGED_SID_LEN, session->sid,
                 gw_eio_transport_name(session->transport->ops->kind));
    gw_engine_tell_upgrade(session);
}

static void on_session_close(struct gw_eio_session *session, enum gw_eio_reason reason,
                             const char *detail)
{
    gw_log_write(log_of(session), GW_LOG_DEBUG,
                 "session_close session=%.*s reason=\"%s\" cause=%s detail=\"%s\"", LOGGED_SID_LEN,
                 session->sid, gw_eio_reason_text(reason),
                 gw_cause_name((enum gw_cause)session->cause), detail ? detail : "");
    gw_engine_tell_close(session, reason, detail);
}

void gw_engine_log_refusal(struct gw_engine *engine)
{
    uint64_t now_ms = gw_engine_now_ms(engine);
    const struct gw_eio_engine *eio = &engine->eio;

    if (now_ms < engine->refusal_log_ms)
        return;
    engine->refusal_log_ms = now_ms + REFUSAL_LOG_MS;
    gw_log_write(&engine->server->log, GW_LOG_WARN,
                 "sessions_refused limit=max_sessions sessions=%zu max=%u refused=%llu",
                 gw_eio_engine_session_count(eio), eio->options.max_sessions,
                 (unsigned long long)eio->counts.refused);
}

static const struct gw_eio_engine_hooks hooks = {
    .on_deadline = on_deadline,
    .on_work = on_work,
    .on_upgrading = gw_engine_tell_upgrading,
    .on_upgrade = on_upgraded,
    .on_drain = gw_engine_tell_drain,
    .on_close = on_session_close,
    .on_free = on_free,
};

/* ---- the turn ---- */

static void on_end_of_turn(struct gw_loop_hook *hook)
{
    struct gw_engine *engine = container_of(hook, struct gw_engine, end_hook);

    gw_eio_engine_end_turn(&engine->eio, gw_engine_now_ms(engine));
    if (engine->guest->end_turn)
        engine->guest->end_turn(engine);
}

static void on_reap(struct gw_loop_hook *hook)
{
    struct gw_engine *engine = container_of(hook, struct gw_engine, reap_hook);

    if (engine->guest->reap)
        engine->guest->reap(engine);
    gw_eio_engine_reap(&engine->eio);
}

/* ---- the application's calls ---- */

void gw_engine_close(gw_engine *engine)
{
    gw_eio_engine_close(&engine->eio);
}

size_t gw_engine_client_count(const gw_engine *engine)
{
    return gw_eio_engine_session_count(&engine->eio);
}

gw_session *gw_engine_find(const gw_engine *engine, struct gw_slice id)
{
    return gw_eio_engine_find(&engine->eio, id);
}

gw_engine *gw_session_engine(const gw_session *session)
{
    return gw_engine_of(session);
}

/* ---- a new client ---- */

void gw_engine_welcome(struct gw_engine *engine, struct gw_eio_session *session,
                       struct gw_exchange *exchange)
{
    struct gw_client client;

    gw_client_find(exchange, &client);
    log_open(session, client.address);
    if (engine->guest->on_session(engine, session, exchange->request, &client) < 0)
        gw_eio_session_discard(session);
    else
        gw_engine_tell_open(session, exchange);
}

static bool is_id_byte(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

bool gw_engine_make_sid(struct gw_engine *engine, struct gw_exchange *exchange,
                        char out[static GW_ID_LEN])
{
    gw_request request = {.exchange = exchange};

    if (!engine->generate_id) {
        gw_ids_next(&engine->eio.ids, out);
        return true;
    }
    memset(out, 0, GW_ID_LEN);
    if (engine->generate_id(&request, out, engine->generate_id_user) < 0)
        return false;
    for (size_t i = 0; i < GW_ID_LEN; i++)
        if (!is_id_byte(out[i]))
            return false;
    return !gw_eio_engine_find(&engine->eio, (struct gw_slice){(const uint8_t *)out, GW_ID_LEN});
}

/* ---- making one ---- */

/* Two of them at one path would each get what the router likes. */
static bool is_taken(const gw_server *server, struct gw_slice path)
{
    bool is_known;
    const struct gw_route *route = gw_router_find(&server->router, GW_LIT("GET"), path, &is_known);

    return route && route->tenant == &gw_eio_http_tenant && route->path_len == path.len;
}

static int add_route(struct gw_engine *engine, const struct gw_io_options *options)
{
    struct gw_slice path = gw_slice_of(options->path ? options->path : engine->guest->default_path);
    uint8_t full[PATH_BYTES_MAX];

    if (path.len > 0 && path.ptr[path.len - 1] == '/')
        path.len--;
    if (path.len >= sizeof(full))
        return GW_E_ARG;
    memcpy(full, path.ptr, path.len);
    full[path.len] = '/';
    engine->path_len = path.len + 1; /* the files of the client stand behind a slash in any case */
    path = (struct gw_slice){full, options->omits_trailing_slash ? path.len : path.len + 1};
    if (is_taken(engine->server, path))
        return gw_server_fail(engine->server, GW_E_IN_USE,
                              "cannot attach %s: there is one at \"%.*s\" already",
                              engine->guest->name, (int)path.len, (const char *)path.ptr);
    return gw_router_add_take(&engine->server->router, NULL, path, true, &gw_eio_http_tenant,
                              engine);
}

static void fill_ws_setup(struct gw_engine *engine, const struct gw_io_options *options)
{
    engine->ws_setup = (struct gw_ws_setup){
        .sink = &gw_eio_ws_sink,
        .decoder = {.role = GW_WS_SERVER,
                    .max_message_bytes = engine->eio.options.max_http_buffer_bytes},
        .close_timeout_ms = WS_CLOSE_TIMEOUT_MS,
        .deflate = options->deflate ? &engine->deflate : NULL,
    };
}

/* Of several engines the most patient counts. */
static void set_unserved(gw_server *server, const struct gw_io_options *options)
{
    uint64_t timeout_ms = options->destroy_upgrade_timeout_ms ? options->destroy_upgrade_timeout_ms
                                                              : DESTROY_UPGRADE_TIMEOUT_MS;

    if (!options->leaves_upgrades && timeout_ms > server->unserved_upgrade_ms)
        server->unserved_upgrade_ms = timeout_ms;
}

int gw_engine_init(struct gw_engine *engine, gw_server *server, const struct gw_engine_guest *guest,
                   const struct gw_io_options *options)
{
    struct gw_eio_options eio_options;
    int err;

    engine->guest = guest;
    engine->server = server;
    gw_list_init(&engine->part.node);
    gw_client_bundle_init(&engine->bundle);
    gw_list_init(&engine->nexts);
    gw_buf_init(&engine->apart, SIZE_MAX); /* bounded by max_queued_bytes */
    server->error[0] = '\0';
    err = gw_engine_fill_options(engine, options, &eio_options);
    gw_eio_engine_init(&engine->eio, &eio_options, &hooks, gw_random_fill);
    fill_ws_setup(engine, options);
    gw_loop_hook_init(&engine->end_hook, on_end_of_turn);
    gw_loop_hook_init(&engine->reap_hook, on_reap);
    if (err == GW_OK && options->initial_packet.ptr)
        err = gw_eio_engine_set_initial(&engine->eio, options->initial_packet,
                                        options->is_initial_packet_binary);
    return err;
}

int gw_engine_start(struct gw_engine *engine, const struct gw_io_options *options)
{
    int err = add_route(engine, options);

    if (err < 0)
        return err;
    set_unserved(engine->server, options);
    gw_server_add_part(engine->server, &engine->part);
    return GW_OK;
}

void gw_engine_fail(const struct gw_engine *engine, int err)
{
    if (engine->server->error[0] == '\0')
        gw_server_fail(engine->server, err, "cannot attach %s: %s", engine->guest->name,
                       gw_err_text(err));
}

void gw_engine_dispose(struct gw_engine *engine)
{
    gw_eio_engine_dispose(&engine->eio);
    gw_loop_hook_stop(&engine->end_hook); /* not before: what ends here may start them */
    gw_loop_hook_stop(&engine->reap_hook);
    gw_engine_next_drop_all(engine);
    for (size_t i = 0; i < GW_ENGINE_HOOK_KINDS; i++)
        gw_engine_hooks_dispose(&engine->hooks[i]);
    gw_client_bundle_dispose(&engine->bundle);
    gw_poll_compression_dispose(&engine->poll_compression);
    gw_engine_dispose_options(engine);
    gw_buf_dispose(&engine->apart);
}
