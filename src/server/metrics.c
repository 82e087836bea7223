/* SPDX-License-Identifier: MIT */
#include "base/mem.h"
#include "eio/handshake.h"
#include "net/clock.h"
#include "server/conn.h"
#include "server/eio_http.h"
#include "server/io_host.h"
#include "server/metrics_text.h"
#include "server/server.h"
#include "server/ws_endpoint.h"
#include "sio/namespace.h"

#include <godwit/metrics.h>

enum {
    TEXT_BYTES_MAX = 16 * 1024 * 1024,
    DEFAULT_MAX_NAMESPACES = 100,
    LAG_INTERVAL_MS = 500,
    QUEUE_WALK_MS = 1000,
};

/* What one walk over all connections and sessions has found. */
struct queues {
    uint64_t at_ms; /* 0: no walk yet */
    uint64_t output_bytes, output_connections;
    uint64_t polling_bytes, polling_messages;
};

struct event_clock {
    uint64_t began_ns;
    struct gw_metrics_histogram histogram;
};

struct metrics {
    struct gw_server_part part;
    gw_server *server, *subject;
    struct gw_metrics_options options;
    struct gw_timer timer;
    uint64_t due_ns;
    struct gw_metrics_histogram lag;
    uint64_t worst_lag_ns; /* since the last answer */
    struct event_clock events;
    struct queues queues;
};

/* ---- walks ---- */

typedef void on_route_fn(struct gw_metrics_text *text, const struct gw_route *route,
                         struct metrics *metrics);

static void each_route(struct gw_metrics_text *text, struct metrics *metrics,
                       const struct gw_tenant *tenant, on_route_fn *fn)
{
    const struct gw_list *head = &metrics->subject->router.routes;

    for (struct gw_list *at = head->next; at != head; at = at->next) {
        const struct gw_route *route = container_of(at, struct gw_route, node);

        if (route->tenant == tenant)
            fn(text, route, metrics);
    }
}

static const struct gw_engine *engine_of(const struct gw_route *route)
{
    return route->data;
}

static void each_engine(struct gw_metrics_text *text, struct metrics *metrics, on_route_fn *fn)
{
    each_route(text, metrics, &gw_eio_http_tenant, fn);
}

static void each_endpoint(struct gw_metrics_text *text, struct metrics *metrics, on_route_fn *fn)
{
    each_route(text, metrics, &gw_ws_endpoint_tenant, fn);
}

/* The engines that carry Socket.IO. */
static void each_io(struct gw_metrics_text *text, struct metrics *metrics, on_route_fn *fn)
{
    const struct gw_list *head = &metrics->subject->router.routes;

    for (struct gw_list *at = head->next; at != head; at = at->next) {
        const struct gw_route *route = container_of(at, struct gw_route, node);

        if (route->tenant == &gw_eio_http_tenant && engine_of(route)->guest == &gw_io_host_guest)
            fn(text, route, metrics);
    }
}

static struct gw_slice path_of(const struct gw_route *route)
{
    return gw_slice_of(route->path);
}

static gw_io *io_of(const struct gw_route *route)
{
    return container_of(route->data, struct gw_io_host, engine)->io;
}

static const struct gw_eio_counts *engine_counts(const struct gw_route *route)
{
    return &engine_of(route)->eio.counts;
}

static void walk_polls(struct gw_metrics_text *text, const struct gw_route *route,
                       struct metrics *metrics)
{
    struct queues *queues = &metrics->queues;
    const struct gw_map *sessions = &engine_of(route)->eio.sessions;
    struct gw_map_node *node = NULL;
    size_t cursor = 0;

    (void)text;
    while ((node = gw_map_next(sessions, &cursor, node)) != NULL) {
        const struct gw_eio_session *session = container_of(node, struct gw_eio_session, by_sid);

        queues->polling_bytes += session->queue.bytes;
        queues->polling_messages += session->queue.count;
    }
}

static void walk_queues(struct metrics *metrics)
{
    uint64_t now_ms = gw_loop_now_ms(metrics->subject->loop);
    const struct gw_list *head = &metrics->subject->conns;

    if (metrics->queues.at_ms > 0 && now_ms - metrics->queues.at_ms < QUEUE_WALK_MS)
        return;
    metrics->queues = (struct queues){.at_ms = now_ms};
    for (struct gw_list *at = head->next; at != head; at = at->next) {
        const struct gw_conn *conn = container_of(at, struct gw_conn, node);
        uint64_t bytes = gw_stream_queued_bytes(&conn->wire.stream);

        metrics->queues.output_bytes += bytes;
        metrics->queues.output_connections += bytes > 0;
    }
    each_engine(NULL, metrics, walk_polls);
}

/* ---- samples with labels ---- */

static void sample1(struct gw_metrics_text *text, const struct gw_route *route, uint64_t value)
{
    const struct gw_metrics_label labels[] = {{"path", path_of(route)}, {0}};

    gw_metrics_text_sample(text, labels, value);
}

static void sample2(struct gw_metrics_text *text, const struct gw_route *route, const char *name,
                    const char *label, uint64_t value)
{
    const struct gw_metrics_label labels[] = {
        {"path", path_of(route)}, {name, gw_slice_of(label)}, {0}};

    gw_metrics_text_sample(text, labels, value);
}

static void in_out(struct gw_metrics_text *text, const struct gw_route *route, uint64_t in,
                   uint64_t out)
{
    sample2(text, route, "direction", "in", in);
    sample2(text, route, "direction", "out", out);
}

/* ---- the server ---- */

static void write_server(struct gw_metrics_text *text, struct metrics *metrics)
{
    const gw_server *server = metrics->subject;

    gw_metrics_text_family(text, "godwit_connections", "gauge", "Connections open now.");
    gw_metrics_text_sample(text, NULL, server->conn_count);
    gw_metrics_text_family(text, "godwit_connections_total", "counter", "Connections accepted.");
    gw_metrics_text_sample(text, NULL, server->accepted);
    gw_metrics_text_family(text, "godwit_connections_refused_total", "counter",
                           "Connections turned away because of max_connections.");
    gw_metrics_text_sample(text, NULL, server->turned_away);
}

static void write_queues(struct gw_metrics_text *text, struct metrics *metrics)
{
    walk_queues(metrics);
    gw_metrics_text_family(text, "godwit_output_queued_bytes", "gauge",
                           "Bytes that wait for the kernel to take them.");
    gw_metrics_text_sample(text, NULL, metrics->queues.output_bytes);
    gw_metrics_text_family(text, "godwit_output_blocked_connections", "gauge",
                           "Connections with such bytes.");
    gw_metrics_text_sample(text, NULL, metrics->queues.output_connections);
    gw_metrics_text_family(text, "godwit_polling_queued_bytes", "gauge",
                           "Bytes that wait for a poll to come.");
    gw_metrics_text_sample(text, NULL, metrics->queues.polling_bytes);
    gw_metrics_text_family(text, "godwit_polling_queued_messages", "gauge",
                           "Messages that wait for a poll to come.");
    gw_metrics_text_sample(text, NULL, metrics->queues.polling_messages);
}

static void write_loop(struct gw_metrics_text *text, struct metrics *metrics)
{
    gw_metrics_text_family(text, "godwit_loop_lag_seconds", "histogram",
                           "How late the event loop was, looked at twice a second.");
    gw_metrics_text_histogram(text, NULL, &metrics->lag);
    gw_metrics_text_family(text, "godwit_loop_lag_worst_seconds", "gauge",
                           "The worst of that since these numbers were asked for last.");
    gw_metrics_text_seconds(text, NULL, metrics->worst_lag_ns);
    metrics->worst_lag_ns = 0;
}

/* ---- Engine.IO ---- */

static void by_transport(struct gw_metrics_text *text, const struct gw_route *route,
                         const uint64_t counts[GW_EIO_KINDS][GW_EIO_REVISIONS])
{
    static const char *const revisions[GW_EIO_REVISIONS] = {"3", "4"};

    for (int kind = 0; kind < GW_EIO_KINDS; kind++) {
        for (int revision = 0; revision < GW_EIO_REVISIONS; revision++) {
            const struct gw_metrics_label labels[] = {
                {"path", path_of(route)},
                {"transport", gw_slice_of(gw_eio_transport_name((enum gw_eio_transport_kind)kind))},
                {"revision", gw_slice_of(revisions[revision])},
                {0}};

            gw_metrics_text_sample(text, labels, counts[kind][revision]);
        }
    }
}

static void on_open(struct gw_metrics_text *text, const struct gw_route *route,
                    struct metrics *metrics)
{
    (void)metrics;
    by_transport(text, route, engine_counts(route)->open);
}

static void on_opened(struct gw_metrics_text *text, const struct gw_route *route,
                      struct metrics *metrics)
{
    (void)metrics;
    by_transport(text, route, engine_counts(route)->opened);
}

static void on_closed(struct gw_metrics_text *text, const struct gw_route *route,
                      struct metrics *metrics)
{
    (void)metrics;
    for (int i = 0; i < GW_EIO_REASONS; i++)
        sample2(text, route, "reason", gw_eio_reason_text((enum gw_eio_reason)i),
                engine_counts(route)->closed[i]);
}

static void on_refused(struct gw_metrics_text *text, const struct gw_route *route,
                       struct metrics *metrics)
{
    (void)metrics;
    sample1(text, route, engine_counts(route)->refused);
}

static void on_packets(struct gw_metrics_text *text, const struct gw_route *route,
                       struct metrics *metrics)
{
    (void)metrics;
    in_out(text, route, engine_counts(route)->packets_in, engine_counts(route)->packets_out);
}

static void on_bytes(struct gw_metrics_text *text, const struct gw_route *route,
                     struct metrics *metrics)
{
    (void)metrics;
    in_out(text, route, engine_counts(route)->bytes_in, engine_counts(route)->bytes_out);
}

static void on_upgrades(struct gw_metrics_text *text, const struct gw_route *route,
                        struct metrics *metrics)
{
    const struct gw_eio_counts *counts = engine_counts(route);

    (void)metrics;
    sample2(text, route, "result", "done", counts->upgrades_done);
    sample2(text, route, "result", "failed", counts->upgrades_failed);
}

static void on_errors(struct gw_metrics_text *text, const struct gw_route *route,
                      struct metrics *metrics)
{
    (void)metrics;
    for (int i = 0; i <= GW_EIO_UNSUPPORTED_PROTOCOL_VERSION; i++) {
        const char code[] = {(char)('0' + i), '\0'};
        const struct gw_metrics_label labels[] = {
            {"path", path_of(route)},
            {"code", gw_slice_of(code)},
            {"message", gw_eio_error_text((enum gw_eio_error)i)},
            {0}};

        gw_metrics_text_sample(text, labels, engine_of(route)->errors[i]);
    }
}

/* ---- Socket.IO ---- */

static void on_events(struct gw_metrics_text *text, const struct gw_route *route,
                      struct metrics *metrics)
{
    (void)metrics;
    in_out(text, route, io_of(route)->counts.events_in, io_of(route)->counts.events_out);
}

static void on_acks(struct gw_metrics_text *text, const struct gw_route *route,
                    struct metrics *metrics)
{
    (void)metrics;
    sample1(text, route, io_of(route)->counts.acks_in);
}

static void on_connects(struct gw_metrics_text *text, const struct gw_route *route,
                        struct metrics *metrics)
{
    (void)metrics;
    sample2(text, route, "result", "connected", io_of(route)->counts.connects);
    sample2(text, route, "result", "refused", io_of(route)->counts.refused);
}

static void on_disconnects(struct gw_metrics_text *text, const struct gw_route *route,
                           struct metrics *metrics)
{
    (void)metrics;
    for (int i = 0; i < GW_SIO_REASONS; i++)
        sample2(text, route, "reason", gw_reason_text((enum gw_reason)i),
                io_of(route)->counts.disconnects[i]);
}

static void on_causes(struct gw_metrics_text *text, const struct gw_route *route,
                      struct metrics *metrics)
{
    (void)metrics;
    for (int i = GW_CAUSE_NONE + 1; i < GW_SIO_CAUSES; i++) {
        const enum gw_cause cause = (enum gw_cause)i;
        const struct gw_metrics_label labels[] = {
            {"path", path_of(route)},
            {"cause", gw_slice_of(gw_cause_name(cause))},
            {"side", gw_slice_of(gw_side_text(gw_cause_side(cause)))},
            {0}};

        gw_metrics_text_sample(text, labels, io_of(route)->counts.causes[i]);
    }
}

/* One sample for each namespace by its name, and one for the rest. */
static void by_namespace(struct gw_metrics_text *text, const struct gw_route *route,
                         struct metrics *metrics, size_t (*count)(const gw_namespace *nsp))
{
    const struct gw_list *head = &io_of(route)->namespace_list;
    uint32_t left = metrics->options.max_namespaces;
    uint64_t rest = 0;
    bool has_rest = false;

    for (struct gw_list *at = head->next; at != head; at = at->next) {
        const gw_namespace *nsp = container_of(at, gw_namespace, node);

        if (left > 0) {
            sample2(text, route, "namespace", nsp->name, count(nsp));
            left--;
        } else {
            rest += count(nsp);
            has_rest = true;
        }
    }
    if (has_rest)
        sample2(text, route, "namespace", "", rest);
}

static size_t room_count(const gw_namespace *nsp)
{
    return nsp->rooms.by_name.count;
}

static void on_sockets(struct gw_metrics_text *text, const struct gw_route *route,
                       struct metrics *metrics)
{
    by_namespace(text, route, metrics, gw_namespace_socket_count);
}

static void on_rooms(struct gw_metrics_text *text, const struct gw_route *route,
                     struct metrics *metrics)
{
    by_namespace(text, route, metrics, room_count);
}

/* ---- WebSocket endpoints ---- */

static const struct gw_ws_counts *ws_counts(const struct gw_route *route)
{
    return &((const struct gw_ws_endpoint *)route->data)->class.counts;
}

static void on_ws_open(struct gw_metrics_text *text, const struct gw_route *route,
                       struct metrics *metrics)
{
    (void)metrics;
    sample1(text, route, ws_counts(route)->opened - ws_counts(route)->closed);
}

static void on_ws_opened(struct gw_metrics_text *text, const struct gw_route *route,
                         struct metrics *metrics)
{
    (void)metrics;
    sample1(text, route, ws_counts(route)->opened);
}

static void on_ws_messages(struct gw_metrics_text *text, const struct gw_route *route,
                           struct metrics *metrics)
{
    (void)metrics;
    in_out(text, route, ws_counts(route)->messages_in, ws_counts(route)->messages_out);
}

static void on_ws_bytes(struct gw_metrics_text *text, const struct gw_route *route,
                        struct metrics *metrics)
{
    (void)metrics;
    in_out(text, route, ws_counts(route)->bytes_in, ws_counts(route)->bytes_out);
}

/* ---- all of it ---- */

static const struct family {
    void (*each)(struct gw_metrics_text *text, struct metrics *metrics, on_route_fn *fn);
    on_route_fn *write;
    const char *name, *type, *help;
} families[] = {
    {each_engine, on_open, "godwit_engine_sessions", "gauge",
     "Engine.IO sessions open now, by the transport that they have now."},
    {each_engine, on_opened, "godwit_engine_sessions_opened_total", "counter",
     "Engine.IO sessions, by the transport that they began with."},
    {each_engine, on_closed, "godwit_engine_sessions_closed_total", "counter",
     "Engine.IO sessions that have ended, by reason."},
    {each_engine, on_refused, "godwit_engine_sessions_refused_total", "counter",
     "Handshakes refused because of max_sessions or for want of memory."},
    {each_engine, on_packets, "godwit_engine_packets_total", "counter",
     "Engine.IO packets with data."},
    {each_engine, on_bytes, "godwit_engine_bytes_total", "counter", "Bytes of data in them."},
    {each_engine, on_upgrades, "godwit_engine_upgrades_total", "counter",
     "Attempts to change over to WebSocket, by result."},
    {each_engine, on_errors, "godwit_engine_errors_total", "counter",
     "Requests refused, by the code that the client gets."},
    {each_io, on_events, "godwit_socketio_events_total", "counter",
     "Socket.IO events; those out once for each socket."},
    {each_io, on_acks, "godwit_socketio_acks_received_total", "counter",
     "Answers of clients to acks."},
    {each_io, on_connects, "godwit_socketio_connects_total", "counter",
     "Clients that asked to join a namespace, by result."},
    {each_io, on_disconnects, "godwit_socketio_disconnects_total", "counter",
     "Sockets that have gone, by reason."},
    {each_io, on_causes, "godwit_socketio_disconnect_causes_total", "counter",
     "The same, by what was really the cause, and on which side."},
    {each_io, on_sockets, "godwit_socketio_sockets", "gauge", "Connected sockets of a namespace."},
    {each_io, on_rooms, "godwit_socketio_rooms", "gauge",
     "Rooms of a namespace, those of the sockets' own ids left out."},
    {each_endpoint, on_ws_open, "godwit_websocket_sockets", "gauge",
     "WebSockets of an endpoint open now."},
    {each_endpoint, on_ws_opened, "godwit_websocket_sockets_opened_total", "counter",
     "WebSockets of an endpoint."},
    {each_endpoint, on_ws_messages, "godwit_websocket_messages_total", "counter",
     "Messages of an endpoint."},
    {each_endpoint, on_ws_bytes, "godwit_websocket_bytes_total", "counter",
     "Bytes of data in them."},
};

static void write_all(struct gw_metrics_text *text, struct metrics *metrics)
{
    write_server(text, metrics);
    write_queues(text, metrics);
    write_loop(text, metrics);
    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
        gw_metrics_text_family(text, families[i].name, families[i].type, families[i].help);
        families[i].each(text, metrics, families[i].write);
    }
    if (metrics->options.event_sample == 0)
        return;
    gw_metrics_text_family(
        text, "godwit_socketio_event_seconds", "histogram",
        "How long an event took, its handlers included; a sample of all events.");
    gw_metrics_text_histogram(text, NULL, &metrics->events.histogram);
}

static void on_request(gw_request *request, void *user)
{
    struct gw_metrics_text text;
    struct gw_buf out;

    gw_buf_init(&out, TEXT_BYTES_MAX);
    gw_metrics_text_init(&text, &out);
    write_all(&text, user);
    if (text.err == GW_OK)
        gw_respond(request, 200, "text/plain; version=0.0.4; charset=utf-8", gw_buf_slice(&out));
    else
        gw_respond(request, 500, "text/plain", gw_slice_of(gw_err_text(text.err)));
    gw_buf_dispose(&out);
}

/* ---- time ---- */

static void on_event_begin(void *user)
{
    struct event_clock *events = user;

    events->began_ns = gw_clock_now_ns();
}

static void on_event_end(void *user, bool is_event)
{
    struct event_clock *events = user;

    if (is_event)
        gw_metrics_histogram_add(&events->histogram, gw_clock_now_ns() - events->began_ns);
}

static void start_sampler(struct gw_metrics_text *text, const struct gw_route *route,
                          struct metrics *metrics)
{
    gw_io *io = io_of(route);
    struct gw_sio_sampler *sampler = &io->sampler;

    (void)text;
    if (sampler->every > 0)
        return;
    *sampler = (struct gw_sio_sampler){
        .every = metrics->options.event_sample,
        .next = io->counts.events_in,
        .begin = on_event_begin,
        .end = on_event_end,
        .user = &metrics->events,
    };
}

static void stop_sampler(struct gw_metrics_text *text, const struct gw_route *route,
                         struct metrics *metrics)
{
    gw_io *io = io_of(route);

    (void)text;
    if (io->sampler.user == &metrics->events)
        io->sampler = (struct gw_sio_sampler){0};
}

static void start_timer(struct metrics *metrics)
{
    metrics->due_ns = gw_clock_now_ns() + (uint64_t)LAG_INTERVAL_MS * 1000000;
    gw_timer_start(&metrics->timer, LAG_INTERVAL_MS);
}

/* A gw_io may have been attached since. */
static void on_timer(struct gw_timer *timer)
{
    struct metrics *metrics = container_of(timer, struct metrics, timer);
    uint64_t now_ns = gw_clock_now_ns();
    uint64_t lag_ns = now_ns > metrics->due_ns ? now_ns - metrics->due_ns : 0;

    gw_metrics_histogram_add(&metrics->lag, lag_ns);
    if (lag_ns > metrics->worst_lag_ns)
        metrics->worst_lag_ns = lag_ns;
    if (metrics->options.event_sample > 0)
        each_io(NULL, metrics, start_sampler);
    start_timer(metrics);
}

/* ---- life ---- */

static void on_stop(struct gw_server_part *part)
{
    gw_timer_stop(&container_of(part, struct metrics, part)->timer);
}

static void destroy(struct gw_server_part *part)
{
    struct metrics *metrics = container_of(part, struct metrics, part);

    gw_timer_stop(&metrics->timer);
    if (metrics->subject != metrics->server) /* else it ends too, or has ended */
        each_io(NULL, metrics, stop_sampler);
    gw_mem_free(metrics);
}

int gw_serve_metrics(gw_server *server, const char *path, const struct gw_metrics_options *options)
{
    struct metrics *metrics = gw_mem_zalloc(sizeof(*metrics));
    int err;

    if (!metrics)
        return gw_server_fail(server, GW_E_NOMEM, "cannot serve metrics: out of memory");
    if (options)
        metrics->options = *options;
    metrics->server = server;
    metrics->subject = metrics->options.subject ? metrics->options.subject : server;
    if (metrics->options.max_namespaces == 0)
        metrics->options.max_namespaces = DEFAULT_MAX_NAMESPACES;
    metrics->part = (struct gw_server_part){.on_stop = on_stop, .destroy = destroy};
    gw_list_init(&metrics->part.node);
    gw_timer_init(&metrics->timer, server->loop, on_timer);
    err = gw_server_route(server, "GET", path, on_request, metrics);
    if (err < 0) {
        gw_mem_free(metrics);
        return err;
    }
    gw_server_add_part(server, &metrics->part);
    if (metrics->options.event_sample > 0)
        each_io(NULL, metrics, start_sampler);
    start_timer(metrics);
    return GW_OK;
}
