/* SPDX-License-Identifier: MIT */
#include "server/io_host.h"

#include "base/mem.h"
#include "net/clock.h"
#include "net/random.h"
#include "sio/packet.h"

enum { LIMIT_LOG_MS = 1000 }; /* between two lines of one limit: a client must not fill the disk */

static struct gw_io_host *host_of(struct gw_engine *engine)
{
    return container_of(engine, struct gw_io_host, engine);
}

static void on_io_work(void *user)
{
    struct gw_io_host *host = user;

    gw_loop_now_ms(host->engine.server->loop); /* outside a turn the last one may be long ago */
    gw_engine_need_turn(&host->engine);
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
    const struct gw_log *log = &host->engine.server->log;
    enum gw_cause cause = gw_socket_cause(socket);
    const char *option = gw_cause_option(cause);
    const char *name = gw_namespace_name(gw_socket_namespace(socket));
    char nsp[GW_LOG_VALUE_SIZE], why[GW_LOG_VALUE_SIZE];

    if (!gw_log_wants(log, loudness(cause)))
        return;
    gw_log_write(log, loudness(cause),
                 "socket_disconnected namespace=%s socket=%s reason=\"%s\" cause=%s side=%s "
                 "option=%s detail=%s",
                 gw_log_value(nsp, gw_slice_of(name)), gw_socket_id(socket), gw_reason_text(reason),
                 gw_cause_name(cause), gw_side_text(gw_cause_side(cause)), option ? option : "-",
                 gw_log_value(why, gw_slice_of(detail)));
}

/* What a client alone can bring about is not as loud as what the application should know of. */
static enum gw_log_level limit_level(enum gw_sio_limit limit)
{
    return gw_sio_limit_side(limit) == GW_SIDE_CLIENT ? GW_LOG_INFO : GW_LOG_WARN;
}

static void on_limit(const struct gw_sio_limit_hit *hit, void *user)
{
    struct gw_io_host *host = user;
    uint64_t now_ms = gw_engine_now_ms(&host->engine);
    char nsp[GW_LOG_VALUE_SIZE];

    if (now_ms < host->limit_log_ms[hit->limit])
        return;
    host->limit_log_ms[hit->limit] = now_ms + LIMIT_LOG_MS;
    gw_log_write(&host->engine.server->log, limit_level(hit->limit),
                 "limit_reached limit=%s value=%llu max=%llu namespace=%s socket=%s reached=%llu "
                 "advice=\"%s\"",
                 gw_sio_limit_option(hit->limit), (unsigned long long)hit->value,
                 (unsigned long long)hit->max,
                 hit->nsp ? gw_log_value(nsp, gw_slice_of(gw_namespace_name(hit->nsp))) : "-",
                 hit->socket ? gw_socket_id(hit->socket) : "-",
                 (unsigned long long)host->io->counts.limits[hit->limit],
                 gw_sio_limit_advice(hit->limit));
}

/* The program's mistake, which nothing else would show where it looks at no result. */
static void on_bad_emit(struct gw_slice event, void *user)
{
    struct gw_io_host *host = user;
    uint64_t now_ms = gw_engine_now_ms(&host->engine);
    char name[GW_LOG_VALUE_SIZE];

    if (now_ms < host->bad_emit_log_ms)
        return;
    host->bad_emit_log_ms = now_ms + LIMIT_LOG_MS;
    gw_log_write(
        &host->engine.server->log, GW_LOG_ERROR, "emit_refused event=%s error=\"%s\"",
        gw_log_value(name, event),
        gw_sio_name_is_reserved(event)
            ? "the protocol keeps this name to itself"
            : "the arguments are not JSON values parted by commas, or the name is not UTF-8");
}

/* ---- as the guest of an engine ---- */

static int on_session(struct gw_engine *engine, struct gw_eio_session *session,
                      const struct gw_http_request *request, const struct gw_client *client)
{
    struct gw_header fields[GW_HTTP_FIELD_COUNT];
    size_t count = request->field_count;

    if (count > GW_HTTP_FIELD_COUNT)
        count = GW_HTTP_FIELD_COUNT;
    for (size_t i = 0; i < count; i++)
        fields[i] = (struct gw_header){request->fields[i].name, request->fields[i].value};
    return gw_io_open_link(host_of(engine)->io, session,
                           &(struct gw_sio_request){
                               .url = request->target,
                               .query = request->query,
                               .address = gw_slice_of(client->address),
                               .is_secure = client->is_secure,
                               .fields = fields,
                               .field_count = count,
                           });
}

static void end_turn(struct gw_engine *engine)
{
    struct gw_io_host *host = host_of(engine);
    uint64_t deadline_ms;

    gw_io_end_turn(host->io);
    deadline_ms = gw_io_deadline_ms(host->io);
    if (deadline_ms != host->timer_at_ms) {
        host->timer_at_ms = deadline_ms;
        gw_timer_start_at(&host->timer, deadline_ms);
    }
}

static void reap(struct gw_engine *engine)
{
    gw_io_reap(host_of(engine)->io);
}

const struct gw_engine_guest gw_io_host_guest = {
    .name = "Socket.IO",
    .default_path = "/socket.io/",
    .on_session = on_session,
    .end_turn = end_turn,
    .reap = reap,
};

/* ---- life ---- */

static void on_io_timer(struct gw_timer *timer)
{
    struct gw_io_host *host = container_of(timer, struct gw_io_host, timer);

    host->timer_at_ms = UINT64_MAX;
    gw_io_tick(host->io);
    gw_engine_need_turn(&host->engine); /* for the next deadline */
}

gw_engine *gw_io_engine(gw_io *io)
{
    return &gw_io_host_of(io)->engine;
}

void gw_io_close(gw_io *io)
{
    gw_io_shutdown(io);
    gw_engine_close(gw_io_engine(io));
}

static void on_stop(struct gw_server_part *part)
{
    gw_io_close(container_of(part, struct gw_io_host, engine.part)->io);
}

static void destroy(struct gw_server_part *part)
{
    struct gw_io_host *host = container_of(part, struct gw_io_host, engine.part);

    gw_timer_stop(&host->timer);
    gw_io_destroy(host->io); /* before the sessions that its links still point to */
    gw_engine_dispose(&host->engine);
    gw_mem_free(host);
}

static int create_io(struct gw_io_host *host, const struct gw_io_options *options)
{
    gw_loop *loop = host->engine.server->loop;
    struct gw_io_env env = {
        .ids = &host->ids,
        .now_ms = &loop->now_ms,
        .on_work = on_io_work,
        .on_leave = on_leave,
        .on_limit = on_limit,
        .on_bad_emit = on_bad_emit,
        .user = host,
        .unix_base_ms = gw_clock_unix_ms() - gw_loop_now_ms(loop),
    };

    gw_ids_init(&host->ids, gw_random_fill);
    gw_random_fill((uint8_t *)env.seed, sizeof(env.seed));
    host->io = gw_io_create(options, &env);
    return host->io ? GW_OK : GW_E_NOMEM;
}

static int start(struct gw_io_host *host, gw_server *server, const struct gw_io_options *options)
{
    int err = gw_engine_init(&host->engine, server, &gw_io_host_guest, options);

    host->engine.part.on_stop = on_stop;
    host->engine.part.destroy = destroy;
    gw_timer_init(&host->timer, server->loop, on_io_timer);
    host->timer_at_ms = UINT64_MAX;
    if (err == GW_OK)
        err = create_io(host, options);
    if (err == GW_OK && options->client_directory)
        err = gw_client_bundle_open(&host->engine.bundle, options->client_directory, server);
    return err == GW_OK ? gw_engine_start(&host->engine, options) : err;
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
    err = start(host, server, options ? options : &defaults);
    if (err == GW_OK)
        return host->io;
    gw_engine_fail(&host->engine, err);
    destroy(&host->engine.part);
    return NULL;
}
