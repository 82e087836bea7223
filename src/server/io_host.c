/* SPDX-License-Identifier: MIT */
#include "server/io_host.h"

#include "base/mem.h"
#include "net/clock.h"
#include "net/random.h"
#include "server/conn.h"
#include "server/eio_http.h"
#include "server/eio_ws.h"
#include "server/request.h"

enum {
    WS_CLOSE_TIMEOUT_MS = 30000, /* what the genuine server gives its peers */
    DESTROY_UPGRADE_TIMEOUT_MS = 1000,
    PATH_BYTES_MAX = 512,
    REFUSAL_LOG_MS = 1000, /* between two lines: who is full has no time to write */
};

static struct gw_io_host *host_of(struct gw_eio_session *session)
{
    return container_of(session->engine, struct gw_io_host, engine);
}

static void on_session_timer(struct gw_timer *timer)
{
    struct gw_io_session_extra *extra = container_of(timer, struct gw_io_session_extra, timer);

    gw_eio_session_tick(extra->session, gw_io_host_now_ms(host_of(extra->session)));
}

static void on_deadline(struct gw_eio_session *session, uint64_t deadline_ms)
{
    struct gw_io_session_extra *extra = gw_eio_session_extra(session);

    if (!extra->session) {
        extra->session = session;
        gw_timer_init(&extra->timer, host_of(session)->server->loop, on_session_timer);
    }
    gw_timer_start_at(&extra->timer, deadline_ms);
}

static void on_free(struct gw_eio_session *session)
{
    struct gw_io_session_extra *extra = gw_eio_session_extra(session);

    if (extra->session)
        gw_timer_stop(&extra->timer);
}

static void start_hooks(struct gw_io_host *host)
{
    gw_loop_hook_start_end(host->server->loop, &host->end_hook);
    gw_loop_hook_start_reap(host->server->loop, &host->reap_hook);
}

static void on_engine_work(struct gw_eio_engine *engine)
{
    start_hooks(container_of(engine, struct gw_io_host, engine));
}

static void on_io_work(void *user)
{
    start_hooks(user);
}

/* What ran into a limit, a time-out or a rule is told louder than those who just go. */
static enum gw_log_level loudness(enum gw_cause cause)
{
    switch (cause) {
    case GW_CAUSE_CLIENT_LEFT:
    case GW_CAUSE_CLIENT_CLOSED:
    case GW_CAUSE_DISCONNECTED:
    case GW_CAUSE_SESSION_CLOSED:
    case GW_CAUSE_SHUTDOWN:
        return GW_LOG_DEBUG;
    default:
        return GW_LOG_INFO;
    }
}

static void on_leave(const gw_socket *socket, enum gw_reason reason, const char *detail, void *user)
{
    const struct gw_io_host *host = user;
    const struct gw_log *log = &host->server->log;
    enum gw_cause cause = gw_socket_cause(socket);
    const char *option = gw_cause_option(cause);

    if (!gw_log_wants(log, loudness(cause)))
        return;
    gw_log_write(log, loudness(cause),
                 "socket_disconnected namespace=%s socket=%s reason=\"%s\" cause=%s side=%s "
                 "option=%s detail=\"%s\"",
                 gw_namespace_name(gw_socket_namespace(socket)), gw_socket_id(socket),
                 gw_reason_text(reason), gw_cause_name(cause), gw_side_text(gw_cause_side(cause)),
                 option ? option : "-", detail ? detail : "");
}

/* Enough to find the lines of one session again; the whole id is a secret. */
enum { LOGGED_SID_LEN = 8 };

static const struct gw_log *log_of(struct gw_eio_session *session)
{
    return &host_of(session)->server->log;
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

void gw_io_host_log_refusal(struct gw_io_host *host)
{
    uint64_t now_ms = gw_io_host_now_ms(host);
    const struct gw_eio_engine *engine = &host->engine;

    if (now_ms < host->refusal_log_ms)
        return;
    host->refusal_log_ms = now_ms + REFUSAL_LOG_MS;
    gw_log_write(&host->server->log, GW_LOG_WARN,
                 "sessions_refused limit=max_sessions sessions=%zu max=%u refused=%llu",
                 gw_eio_engine_session_count(engine), engine->options.max_sessions,
                 (unsigned long long)engine->counts.refused);
}

static const struct gw_eio_engine_hooks hooks = {
    .on_deadline = on_deadline,
    .on_work = on_engine_work,
    .on_upgrading = gw_engine_tell_upgrading,
    .on_upgrade = on_upgraded,
    .on_drain = gw_engine_tell_drain,
    .on_close = on_session_close,
    .on_free = on_free,
};

/* ---- the turn ---- */

static void on_io_timer(struct gw_timer *timer)
{
    struct gw_io_host *host = container_of(timer, struct gw_io_host, timer);

    host->timer_at_ms = UINT64_MAX;
    gw_io_tick(host->io);
    start_hooks(host); /* for the next deadline */
}

static void on_end_of_turn(struct gw_loop_hook *hook)
{
    struct gw_io_host *host = container_of(hook, struct gw_io_host, end_hook);
    uint64_t deadline_ms;

    gw_eio_engine_end_turn(&host->engine, gw_io_host_now_ms(host));
    gw_io_end_turn(host->io);
    deadline_ms = gw_io_deadline_ms(host->io);
    if (deadline_ms != host->timer_at_ms) {
        host->timer_at_ms = deadline_ms;
        gw_timer_start_at(&host->timer, deadline_ms);
    }
}

static void on_reap(struct gw_loop_hook *hook)
{
    struct gw_io_host *host = container_of(hook, struct gw_io_host, reap_hook);

    gw_io_reap(host->io);
    gw_eio_engine_reap(&host->engine);
}

void gw_io_close(gw_io *io)
{
    gw_io_shutdown(io);
    gw_eio_engine_close(&gw_io_host_of(io)->engine);
}

static void on_stop(struct gw_server_part *part)
{
    gw_io_close(container_of(part, struct gw_io_host, part)->io);
}

static void destroy(struct gw_server_part *part)
{
    struct gw_io_host *host = container_of(part, struct gw_io_host, part);

    gw_timer_stop(&host->timer);
    gw_io_destroy(host->io); /* before the sessions that its links still point to */
    gw_eio_engine_dispose(&host->engine);
    gw_loop_hook_stop(&host->end_hook); /* not before: what ends here may start them */
    gw_loop_hook_stop(&host->reap_hook);
    gw_engine_next_drop_all(host);
    for (size_t i = 0; i < GW_ENGINE_HOOK_KINDS; i++)
        gw_engine_hooks_dispose(&host->hooks[i]);
    gw_client_bundle_dispose(&host->bundle);
    gw_poll_compression_dispose(&host->poll_compression);
    gw_io_host_dispose_options(host);
    gw_buf_dispose(&host->apart);
    gw_mem_free(host);
}

/* ---- a new client ---- */

void gw_io_host_welcome(struct gw_io_host *host, struct gw_eio_session *session,
                        struct gw_exchange *exchange)
{
    const struct gw_http_request *request = exchange->request;
    struct gw_header fields[GW_HTTP_FIELD_COUNT];
    struct gw_client client;
    size_t count = request->field_count;

    if (count > GW_HTTP_FIELD_COUNT)
        count = GW_HTTP_FIELD_COUNT;
    for (size_t i = 0; i < count; i++)
        fields[i] = (struct gw_header){request->fields[i].name, request->fields[i].value};
    gw_client_find(exchange, &client);
    log_open(session, client.address);
    if (gw_io_open_link(host->io, session,
                        &(struct gw_sio_request){
                            .url = request->target,
                            .query = request->query,
                            .address = gw_slice_of(client.address),
                            .is_secure = client.is_secure,
                            .fields = fields,
                            .field_count = count,
                        }) < 0)
        gw_eio_session_discard(session);
    else
        gw_engine_tell_open(session, exchange);
}

static bool is_id_byte(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

bool gw_io_host_make_sid(struct gw_io_host *host, struct gw_exchange *exchange,
                         char out[static GW_ID_LEN])
{
    gw_request request = {.exchange = exchange};

    if (!host->generate_id) {
        gw_ids_next(&host->engine.ids, out);
        return true;
    }
    memset(out, 0, GW_ID_LEN);
    if (host->generate_id(&request, out, host->generate_id_user) < 0)
        return false;
    for (size_t i = 0; i < GW_ID_LEN; i++)
        if (!is_id_byte(out[i]))
            return false;
    return !gw_eio_engine_find(&host->engine, (struct gw_slice){(const uint8_t *)out, GW_ID_LEN});
}

/* ---- making one ---- */

static int create_io(struct gw_io_host *host, const struct gw_io_options *options)
{
    uint64_t now_ms = gw_loop_now_ms(host->server->loop);
    struct gw_io_env env = {
        .ids = &host->ids,
        .now_ms = &host->server->loop->now_ms,
        .on_work = on_io_work,
        .on_leave = on_leave,
        .user = host,
        .unix_base_ms = gw_clock_unix_ms() - now_ms,
    };

    gw_ids_init(&host->ids, gw_random_fill);
    gw_random_fill((uint8_t *)env.seed, sizeof(env.seed));
    host->io = gw_io_create(options, &env);
    return host->io ? GW_OK : GW_E_NOMEM;
}

/* Two of them at one path would each get what the router likes. */
static bool is_taken(const gw_server *server, struct gw_slice path)
{
    bool is_known;
    const struct gw_route *route = gw_router_find(&server->router, GW_LIT("GET"), path, &is_known);

    return route && route->tenant == &gw_eio_http_tenant && route->path_len == path.len;
}

static int add_route(struct gw_io_host *host, const struct gw_io_options *options)
{
    struct gw_slice path = gw_slice_of(options->path ? options->path : "/socket.io/");
    uint8_t full[PATH_BYTES_MAX];

    if (path.len > 0 && path.ptr[path.len - 1] == '/')
        path.len--;
    if (path.len >= sizeof(full))
        return GW_E_ARG;
    memcpy(full, path.ptr, path.len);
    full[path.len] = '/';
    host->path_len = path.len + 1; /* the files of the client stand behind a slash in any case */
    path = (struct gw_slice){full, options->omits_trailing_slash ? path.len : path.len + 1};
    if (is_taken(host->server, path))
        return gw_server_fail(host->server, GW_E_IN_USE,
                              "cannot attach Socket.IO: there is one at \"%.*s\" already",
                              (int)path.len, (const char *)path.ptr);
    return gw_router_add_take(&host->server->router, NULL, path, true, &gw_eio_http_tenant, host);
}

static void fill_ws_setup(struct gw_io_host *host, const struct gw_io_options *options)
{
    host->ws_setup = (struct gw_ws_setup){
        .sink = &gw_eio_ws_sink,
        .decoder = {.role = GW_WS_SERVER,
                    .max_message_bytes = host->engine.options.max_http_buffer_bytes},
        .close_timeout_ms = WS_CLOSE_TIMEOUT_MS,
        .deflate = options->deflate ? &host->deflate : NULL,
    };
}

static int fill_host(struct gw_io_host *host, const struct gw_io_options *options)
{
    struct gw_eio_options engine_options;
    int err = gw_io_host_fill_options(host, options, &engine_options);

    gw_eio_engine_init(&host->engine, &engine_options, &hooks, gw_random_fill);
    fill_ws_setup(host, options);
    gw_timer_init(&host->timer, host->server->loop, on_io_timer);
    host->timer_at_ms = UINT64_MAX;
    gw_loop_hook_init(&host->end_hook, on_end_of_turn);
    gw_loop_hook_init(&host->reap_hook, on_reap);
    if (err == GW_OK)
        err = create_io(host, options);
    if (err == GW_OK && options->initial_packet.ptr)
        err = gw_eio_engine_set_initial(&host->engine, options->initial_packet,
                                        options->is_initial_packet_binary);
    if (err == GW_OK && options->client_directory)
        err = gw_client_bundle_open(&host->bundle, options->client_directory, host->server);
    return err == GW_OK ? add_route(host, options) : err;
}

/* Of several Socket.IO servers the most patient counts. */
static void set_unserved(gw_server *server, const struct gw_io_options *options)
{
    uint64_t timeout_ms = options->destroy_upgrade_timeout_ms ? options->destroy_upgrade_timeout_ms
                                                              : DESTROY_UPGRADE_TIMEOUT_MS;

    if (!options->leaves_upgrades && timeout_ms > server->unserved_upgrade_ms)
        server->unserved_upgrade_ms = timeout_ms;
}

gw_io *gw_io_attach(gw_server *server, const struct gw_io_options *options)
{
    static const struct gw_io_options defaults;
    struct gw_io_host *host = gw_mem_zalloc(sizeof(*host));
    int err;

    if (!host) {
        gw_server_fail(server, GW_E_NOMEM, "cannot attach Socket.IO: out of memory");
        return NULL;
    }
    host->server = server;
    host->part = (struct gw_server_part){.on_stop = on_stop, .destroy = destroy};
    gw_list_init(&host->part.node);
    gw_client_bundle_init(&host->bundle);
    gw_list_init(&host->nexts);
    gw_buf_init(&host->apart, SIZE_MAX); /* bounded by max_queued_bytes */
    if (!options)
        options = &defaults;
    server->error[0] = '\0';
    err = fill_host(host, options);
    if (err < 0) {
        if (server->error[0] == '\0')
            gw_server_fail(server, err, "cannot attach Socket.IO: %s", gw_err_text(err));
        destroy(&host->part);
        return NULL;
    }
    set_unserved(server, options);
    gw_server_add_part(server, &host->part);
    return host->io;
}
