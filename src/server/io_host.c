/* SPDX-License-Identifier: MIT */
#include "server/io_host.h"

#include "base/mem.h"
#include "net/clock.h"
#include "net/random.h"
#include "server/conn.h"
#include "server/eio_ws.h"

enum {
    WS_CLOSE_TIMEOUT_MS = 30000, /* what the genuine server gives its peers */
};

/* Behind every session: the timer that its deadline needs. */
struct session_extra {
    struct gw_timer timer;
    struct gw_eio_session *session; /* NULL: the timer is not initialised yet */
};

static struct gw_io_host *host_of(struct gw_eio_session *session)
{
    return container_of(session->engine, struct gw_io_host, engine);
}

static void on_session_timer(struct gw_timer *timer)
{
    struct session_extra *extra = container_of(timer, struct session_extra, timer);

    gw_eio_session_tick(extra->session, gw_io_host_now_ms(host_of(extra->session)));
}

static void on_deadline(struct gw_eio_session *session, uint64_t deadline_ms)
{
    struct session_extra *extra = gw_eio_session_extra(session);

    if (!extra->session) {
        extra->session = session;
        gw_timer_init(&extra->timer, host_of(session)->server->loop, on_session_timer);
    }
    gw_timer_start_at(&extra->timer, deadline_ms);
}

static void on_free(struct gw_eio_session *session)
{
    struct session_extra *extra = gw_eio_session_extra(session);

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

static const struct gw_eio_engine_hooks hooks = {
    .on_deadline = on_deadline,
    .on_work = on_engine_work,
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

static void on_stop(struct gw_server_part *part)
{
    struct gw_io_host *host = container_of(part, struct gw_io_host, part);

    gw_io_shutdown(host->io);
    gw_eio_engine_close(&host->engine);
}

static void destroy(struct gw_server_part *part)
{
    struct gw_io_host *host = container_of(part, struct gw_io_host, part);

    gw_timer_stop(&host->timer);
    gw_io_destroy(host->io); /* before the sessions that its links still point to */
    gw_eio_engine_dispose(&host->engine);
    gw_loop_hook_stop(&host->end_hook); /* not before: what ends here may start them */
    gw_loop_hook_stop(&host->reap_hook);
    gw_client_bundle_dispose(&host->bundle);
    gw_mem_free(host->cors_memory);
    gw_mem_free(host);
}

/* ---- a new client ---- */

void gw_io_host_welcome(struct gw_io_host *host, struct gw_eio_session *session,
                        const struct gw_exchange *exchange)
{
    const struct gw_http_request *request = exchange->request;
    struct gw_header fields[GW_HTTP_FIELD_COUNT];
    char address_text[GW_ADDRESS_TEXT_MAX];
    struct gw_address address;
    size_t count = request->field_count;

    if (count > GW_HTTP_FIELD_COUNT)
        count = GW_HTTP_FIELD_COUNT;
    for (size_t i = 0; i < count; i++)
        fields[i] = (struct gw_header){request->fields[i].name, request->fields[i].value};
    gw_stream_peer(&exchange->conn->wire.stream, &address);
    gw_address_format_host(&address, address_text);
    if (gw_io_open_link(host->io, session,
                        &(struct gw_sio_request){
                            .url = request->target,
                            .query = request->query,
                            .address = gw_slice_of(address_text),
                            .is_secure = gw_conn_is_secure(exchange->conn),
                            .fields = fields,
                            .field_count = count,
                        }) < 0)
        gw_eio_session_discard(session);
}

/* ---- making one ---- */

static struct gw_slice copy_text(uint8_t **place, const char *text)
{
    struct gw_slice copy = gw_slice_of(text);

    if (!text)
        return copy;
    memcpy(*place, text, copy.len);
    copy.ptr = *place;
    *place += copy.len;
    return copy;
}

static size_t text_len(const char *text)
{
    return text ? strlen(text) : 0;
}

static enum gw_http_cors_origin origin_kind(const struct gw_io_cors *cors, size_t origin_count)
{
    if (cors->reflects_origin)
        return GW_HTTP_CORS_REFLECT;
    if (origin_count == 0 || strcmp(cors->origins[0], "*") == 0)
        return GW_HTTP_CORS_ANY;
    return GW_HTTP_CORS_LIST;
}

/* All strings and the list of them in one block. */
static int copy_cors(struct gw_io_host *host, const struct gw_io_cors *cors)
{
    struct gw_slice *origins;
    uint8_t *place;
    size_t origin_count = 0;
    size_t bytes =
        text_len(cors->methods) + text_len(cors->allowed_headers) + text_len(cors->exposed_headers);

    for (; cors->origins && cors->origins[origin_count]; origin_count++)
        bytes += strlen(cors->origins[origin_count]);
    origins = gw_mem_zalloc(origin_count * sizeof(*origins) + bytes);
    if (!origins)
        return GW_E_NOMEM;
    host->cors_memory = origins;
    place = (uint8_t *)(origins + origin_count);
    for (size_t i = 0; i < origin_count; i++)
        origins[i] = copy_text(&place, cors->origins[i]);
    host->cors = (struct gw_http_cors){
        .origin = origin_kind(cors, origin_count),
        .origins = origins,
        .origin_count = origin_count,
        .methods = copy_text(&place, cors->methods),
        .allowed_headers = copy_text(&place, cors->allowed_headers),
        .exposed_headers = copy_text(&place, cors->exposed_headers),
        .has_credentials = cors->allows_credentials,
        .has_max_age = cors->max_age_s > 0,
        .max_age_s = (uint32_t)cors->max_age_s,
    };
    return GW_OK;
}

static void override_u64(uint64_t *option, uint64_t value)
{
    if (value != 0)
        *option = value;
}

static void fill_engine_options(struct gw_eio_options *engine, const struct gw_io_options *io)
{
    gw_eio_options_init(engine);
    override_u64(&engine->ping_interval_ms, io->ping_interval_ms);
    override_u64(&engine->ping_timeout_ms, io->ping_timeout_ms);
    override_u64(&engine->upgrade_timeout_ms, io->upgrade_timeout_ms);
    override_u64(&engine->max_http_buffer_bytes, io->max_payload_bytes);
    override_u64(&engine->max_queued_bytes, io->max_queued_bytes);
    if (io->max_sessions != 0)
        engine->max_sessions = io->max_sessions;
    if (io->transports != 0) {
        engine->transports = 0;
        if (io->transports & GW_IO_POLLING)
            engine->transports |= 1u << GW_EIO_POLLING;
        if (io->transports & GW_IO_WEBSOCKET)
            engine->transports |= 1u << GW_EIO_WEBSOCKET;
    }
    engine->session_extra_bytes = sizeof(struct session_extra);
}

static int create_io(struct gw_io_host *host, const struct gw_io_options *options)
{
    uint64_t now_ms = gw_loop_now_ms(host->server->loop);
    struct gw_io_env env = {
        .ids = &host->ids,
        .now_ms = &host->server->loop->now_ms,
        .on_work = on_io_work,
        .user = host,
        .unix_base_ms = gw_clock_unix_ms() - now_ms,
    };

    gw_ids_init(&host->ids, gw_random_fill);
    gw_random_fill((uint8_t *)env.seed, sizeof(env.seed));
    host->io = gw_io_create(options, &env);
    return host->io ? GW_OK : GW_E_NOMEM;
}

static int add_route(struct gw_io_host *host, const struct gw_io_options *options)
{
    const char *path = options->path ? options->path : "/socket.io/";
    size_t len = strlen(path);
    char full[512];

    if (len > 0 && path[len - 1] == '/')
        len--;
    if (len + 2 > sizeof(full))
        return GW_E_ARG;
    memcpy(full, path, len);
    full[len] = '/';
    host->path_len = len + 1;
    return gw_router_add_take(&host->server->router, NULL,
                              (struct gw_slice){(const uint8_t *)full, len + 1}, true,
                              &gw_eio_http_tenant, host);
}

static int fill_host(struct gw_io_host *host, const struct gw_io_options *options)
{
    struct gw_eio_options engine_options;
    int err;

    fill_engine_options(&engine_options, options);
    gw_eio_engine_init(&host->engine, &engine_options, &hooks, gw_random_fill);
    host->ws_setup = (struct gw_ws_setup){
        .sink = &gw_eio_ws_sink,
        .decoder = {.role = GW_WS_SERVER,
                    .max_message_bytes = engine_options.max_http_buffer_bytes},
        .close_timeout_ms = WS_CLOSE_TIMEOUT_MS,
    };
    gw_timer_init(&host->timer, host->server->loop, on_io_timer);
    host->timer_at_ms = UINT64_MAX;
    gw_loop_hook_init(&host->end_hook, on_end_of_turn);
    gw_loop_hook_init(&host->reap_hook, on_reap);
    err = create_io(host, options);
    if (err == GW_OK && options->cors)
        err = copy_cors(host, options->cors);
    if (err == GW_OK && options->client_directory)
        err = gw_client_bundle_open(&host->bundle, options->client_directory, host->server);
    return err == GW_OK ? add_route(host, options) : err;
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
    err = fill_host(host, options ? options : &defaults);
    if (err < 0) {
        if (server->error[0] == '\0')
            gw_server_fail(server, err, "cannot attach Socket.IO: %s", gw_err_text(err));
        destroy(&host->part);
        return NULL;
    }
    gw_server_add_part(server, &host->part);
    return host->io;
}
