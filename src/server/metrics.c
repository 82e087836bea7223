/* SPDX-License-Identifier: MIT */
#include "base/mem.h"
#include "net/clock.h"
#include "server/conn.h"
#include "server/engine.h"
#include "server/metrics_routes.h"
#include "server/metrics_text.h"
#include "server/server.h"
#include "sio/io.h"

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

/* ---- what it answers ---- */

static void write_refused(struct gw_metrics_text *text, const struct gw_admission *admission)
{
    gw_metrics_text_family(text, "godwit_connections_refused_total", "counter",
                           "Connections turned away, by the option that set the limit.");
    for (size_t i = 0; i < GW_ADMISSION_LIMITS; i++) {
        struct gw_metrics_label labels[] = {
            {"limit", gw_slice_of(gw_admission_option((enum gw_admission_limit)i))}, {0}};

        gw_metrics_text_sample(text, labels, admission->refused[i]);
    }
}

static void write_server(struct gw_metrics_text *text, struct metrics *metrics)
{
    const gw_server *server = metrics->subject;

    gw_metrics_text_family(text, "godwit_connections", "gauge", "Connections open now.");
    gw_metrics_text_sample(text, NULL, server->conn_count);
    gw_metrics_text_family(text, "godwit_connections_total", "counter", "Connections accepted.");
    gw_metrics_text_sample(text, NULL, server->accepted);
    gw_metrics_text_family(text, "godwit_connections_half_open", "gauge",
                           "Connections whose first request is not there yet.");
    gw_metrics_text_sample(text, NULL, server->half_open_count);
    write_refused(text, &server->admission);
}

static void add_polls(struct queues *queues, const struct gw_map *sessions)
{
    struct gw_map_node *node = NULL;
    size_t cursor = 0;

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
    const struct gw_route *route = NULL;

    if (metrics->queues.at_ms > 0 && now_ms - metrics->queues.at_ms < QUEUE_WALK_MS)
        return;
    metrics->queues = (struct queues){.at_ms = now_ms};
    for (struct gw_list *at = head->next; at != head; at = at->next) {
        const struct gw_conn *conn = container_of(at, struct gw_conn, node);
        uint64_t bytes = gw_stream_queued_bytes(&conn->wire.stream);

        metrics->queues.output_bytes += bytes;
        metrics->queues.output_connections += bytes > 0;
    }
    while ((route = gw_metrics_routes_next(metrics->subject, GW_METRICS_ENGINES, route)) != NULL)
        add_polls(&metrics->queues, &gw_metrics_engine_of(route)->eio.sessions);
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

static void write_all(struct gw_metrics_text *text, struct metrics *metrics)
{
    write_server(text, metrics);
    write_queues(text, metrics);
    write_loop(text, metrics);
    gw_metrics_routes_write(text, metrics->subject, metrics->options.max_namespaces);
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

static void start_sampler(struct metrics *metrics, gw_io *io)
{
    struct gw_sio_sampler *sampler = &io->sampler;

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

static void stop_sampler(struct metrics *metrics, gw_io *io)
{
    if (io->sampler.user == &metrics->events)
        io->sampler = (struct gw_sio_sampler){0};
}

static void start_samplers(struct metrics *metrics)
{
    const struct gw_route *route = NULL;

    if (metrics->options.event_sample == 0)
        return;
    while ((route = gw_metrics_routes_next(metrics->subject, GW_METRICS_IOS, route)) != NULL)
        start_sampler(metrics, gw_metrics_io_of(route));
}

static void stop_samplers(struct metrics *metrics)
{
    const struct gw_route *route = NULL;

    while ((route = gw_metrics_routes_next(metrics->subject, GW_METRICS_IOS, route)) != NULL)
        stop_sampler(metrics, gw_metrics_io_of(route));
}

static void start_timer(struct metrics *metrics)
{
    metrics->due_ns = gw_clock_now_ns() + (uint64_t)LAG_INTERVAL_MS * 1000000;
    gw_timer_start(&metrics->timer, LAG_INTERVAL_MS);
}

static void on_timer(struct gw_timer *timer)
{
    struct metrics *metrics = container_of(timer, struct metrics, timer);
    uint64_t now_ns = gw_clock_now_ns();
    uint64_t lag_ns = now_ns > metrics->due_ns ? now_ns - metrics->due_ns : 0;

    gw_metrics_histogram_add(&metrics->lag, lag_ns);
    if (lag_ns > metrics->worst_lag_ns)
        metrics->worst_lag_ns = lag_ns;
    start_samplers(metrics); /* a gw_io may have been attached since */
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
        stop_samplers(metrics);
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
    start_samplers(metrics);
    start_timer(metrics);
    return GW_OK;
}
