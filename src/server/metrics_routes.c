/* SPDX-License-Identifier: MIT */
#include "server/metrics_routes.h"

#include "server/eio_http.h"
#include "server/io_host.h"
#include "server/server.h"
#include "server/ws_endpoint.h"
#include "sio/namespace.h"

/* ---- routes by their kind ---- */

const struct gw_engine *gw_metrics_engine_of(const struct gw_route *route)
{
    return route->data;
}

gw_io *gw_metrics_io_of(const struct gw_route *route)
{
    return container_of(route->data, struct gw_io_host, engine)->io;
}

static bool is_of(const struct gw_route *route, enum gw_metrics_route_kind kind)
{
    switch (kind) {
    case GW_METRICS_ENGINES:
        return route->tenant == &gw_eio_http_tenant;
    case GW_METRICS_IOS:
        return route->tenant == &gw_eio_http_tenant &&
               gw_metrics_engine_of(route)->guest == &gw_io_host_guest;
    case GW_METRICS_ENDPOINTS:
        return route->tenant == &gw_ws_endpoint_tenant;
    }
    return false;
}

const struct gw_route *gw_metrics_routes_next(const gw_server *server,
                                              enum gw_metrics_route_kind kind,
                                              const struct gw_route *previous)
{
    const struct gw_list *head = &server->router.routes;

    for (const struct gw_list *at = previous ? previous->node.next : head->next; at != head;
         at = at->next) {
        const struct gw_route *route = container_of(at, struct gw_route, node);

        if (is_of(route, kind))
            return route;
    }
    return NULL;
}

/* ---- samples with labels ---- */

static struct gw_slice path_of(const struct gw_route *route)
{
    return gw_slice_of(route->path);
}

static const struct gw_eio_counts *engine_counts(const struct gw_route *route)
{
    return &gw_metrics_engine_of(route)->eio.counts;
}

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

static void write_open(struct gw_metrics_text *text, const struct gw_route *route)
{
    by_transport(text, route, engine_counts(route)->open);
}

static void write_opened(struct gw_metrics_text *text, const struct gw_route *route)
{
    by_transport(text, route, engine_counts(route)->opened);
}

static void write_closed(struct gw_metrics_text *text, const struct gw_route *route)
{
    for (int i = 0; i < GW_EIO_REASONS; i++)
        sample2(text, route, "reason", gw_eio_reason_text((enum gw_eio_reason)i),
                engine_counts(route)->closed[i]);
}

static void write_refused(struct gw_metrics_text *text, const struct gw_route *route)
{
    sample1(text, route, engine_counts(route)->refused);
}

static void write_packets(struct gw_metrics_text *text, const struct gw_route *route)
{
    in_out(text, route, engine_counts(route)->packets_in, engine_counts(route)->packets_out);
}

static void write_bytes(struct gw_metrics_text *text, const struct gw_route *route)
{
    in_out(text, route, engine_counts(route)->bytes_in, engine_counts(route)->bytes_out);
}

static void write_upgrades(struct gw_metrics_text *text, const struct gw_route *route)
{
    const struct gw_eio_counts *counts = engine_counts(route);

    sample2(text, route, "result", "done", counts->upgrades_done);
    sample2(text, route, "result", "failed", counts->upgrades_failed);
}

static void write_errors(struct gw_metrics_text *text, const struct gw_route *route)
{
    for (int i = 0; i <= GW_EIO_UNSUPPORTED_PROTOCOL_VERSION; i++) {
        const char code[] = {(char)('0' + i), '\0'};
        const struct gw_metrics_label labels[] = {
            {"path", path_of(route)},
            {"code", gw_slice_of(code)},
            {"message", gw_eio_error_text((enum gw_eio_error)i)},
            {0}};

        gw_metrics_text_sample(text, labels, gw_metrics_engine_of(route)->errors[i]);
    }
}

/* ---- Socket.IO ---- */

static void write_events(struct gw_metrics_text *text, const struct gw_route *route)
{
    in_out(text, route, gw_metrics_io_of(route)->counts.events_in,
           gw_metrics_io_of(route)->counts.events_out);
}

static void write_acks(struct gw_metrics_text *text, const struct gw_route *route)
{
    sample1(text, route, gw_metrics_io_of(route)->counts.acks_in);
}

static void write_connects(struct gw_metrics_text *text, const struct gw_route *route)
{
    sample2(text, route, "result", "connected", gw_metrics_io_of(route)->counts.connects);
    sample2(text, route, "result", "refused", gw_metrics_io_of(route)->counts.refused);
}

static void write_disconnects(struct gw_metrics_text *text, const struct gw_route *route)
{
    for (int i = 0; i < GW_SIO_REASONS; i++)
        sample2(text, route, "reason", gw_reason_text((enum gw_reason)i),
                gw_metrics_io_of(route)->counts.disconnects[i]);
}

static void write_causes(struct gw_metrics_text *text, const struct gw_route *route)
{
    for (int i = GW_CAUSE_NONE + 1; i < GW_SIO_CAUSES; i++) {
        const enum gw_cause cause = (enum gw_cause)i;
        const struct gw_metrics_label labels[] = {
            {"path", path_of(route)},
            {"cause", gw_slice_of(gw_cause_name(cause))},
            {"side", gw_slice_of(gw_side_text(gw_cause_side(cause)))},
            {0}};

        gw_metrics_text_sample(text, labels, gw_metrics_io_of(route)->counts.causes[i]);
    }
}

static void write_limits(struct gw_metrics_text *text, const struct gw_route *route)
{
    for (int i = 0; i < GW_SIO_LIMITS; i++)
        sample2(text, route, "limit", gw_sio_limit_option((enum gw_sio_limit)i),
                gw_metrics_io_of(route)->counts.limits[i]);
}

typedef size_t count_fn(const gw_namespace *nsp);

/* One sample for each namespace by its name, and one for the rest. */
static void write_by_namespace(struct gw_metrics_text *text, const struct gw_route *route,
                               uint32_t max_namespaces, count_fn *count)
{
    const struct gw_list *head = &gw_metrics_io_of(route)->namespace_list;
    uint32_t left = max_namespaces;
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

/* ---- WebSocket endpoints ---- */

static const struct gw_ws_counts *ws_counts(const struct gw_route *route)
{
    return &((const struct gw_ws_endpoint *)route->data)->class.counts;
}

static void write_ws_open(struct gw_metrics_text *text, const struct gw_route *route)
{
    sample1(text, route, ws_counts(route)->opened - ws_counts(route)->closed);
}

static void write_ws_opened(struct gw_metrics_text *text, const struct gw_route *route)
{
    sample1(text, route, ws_counts(route)->opened);
}

static void write_ws_messages(struct gw_metrics_text *text, const struct gw_route *route)
{
    in_out(text, route, ws_counts(route)->messages_in, ws_counts(route)->messages_out);
}

static void write_ws_bytes(struct gw_metrics_text *text, const struct gw_route *route)
{
    in_out(text, route, ws_counts(route)->bytes_in, ws_counts(route)->bytes_out);
}

/* ---- all of them ---- */

static const struct family {
    enum gw_metrics_route_kind kind;
    void (*write)(struct gw_metrics_text *text, const struct gw_route *route);
    const char *name, *type, *help;
} families[] = {
    {GW_METRICS_ENGINES, write_open, "godwit_engine_sessions", "gauge",
     "Engine.IO sessions open now, by the transport that they have now."},
    {GW_METRICS_ENGINES, write_opened, "godwit_engine_sessions_opened_total", "counter",
     "Engine.IO sessions, by the transport that they began with."},
    {GW_METRICS_ENGINES, write_closed, "godwit_engine_sessions_closed_total", "counter",
     "Engine.IO sessions that have ended, by reason."},
    {GW_METRICS_ENGINES, write_refused, "godwit_engine_sessions_refused_total", "counter",
     "Handshakes refused because of max_sessions or for want of memory."},
    {GW_METRICS_ENGINES, write_packets, "godwit_engine_packets_total", "counter",
     "Engine.IO packets with data."},
    {GW_METRICS_ENGINES, write_bytes, "godwit_engine_bytes_total", "counter",
     "Bytes of data in them."},
    {GW_METRICS_ENGINES, write_upgrades, "godwit_engine_upgrades_total", "counter",
     "Attempts to change over to WebSocket, by result."},
    {GW_METRICS_ENGINES, write_errors, "godwit_engine_errors_total", "counter",
     "Requests refused, by the code that the client gets."},
    {GW_METRICS_IOS, write_events, "godwit_socketio_events_total", "counter",
     "Socket.IO events; those out once for each socket."},
    {GW_METRICS_IOS, write_acks, "godwit_socketio_acks_received_total", "counter",
     "Answers of clients to acks."},
    {GW_METRICS_IOS, write_connects, "godwit_socketio_connects_total", "counter",
     "Clients that asked to join a namespace, by result."},
    {GW_METRICS_IOS, write_disconnects, "godwit_socketio_disconnects_total", "counter",
     "Sockets that have gone, by reason."},
    {GW_METRICS_IOS, write_causes, "godwit_socketio_disconnect_causes_total", "counter",
     "The same, by what was really the cause, and on which side."},
    {GW_METRICS_IOS, write_limits, "godwit_socketio_limits_reached_total", "counter",
     "What was refused because of a limit, by the option that sets it."},
    {GW_METRICS_ENDPOINTS, write_ws_open, "godwit_websocket_sockets", "gauge",
     "WebSockets of an endpoint open now."},
    {GW_METRICS_ENDPOINTS, write_ws_opened, "godwit_websocket_sockets_opened_total", "counter",
     "WebSockets of an endpoint."},
    {GW_METRICS_ENDPOINTS, write_ws_messages, "godwit_websocket_messages_total", "counter",
     "Messages of an endpoint."},
    {GW_METRICS_ENDPOINTS, write_ws_bytes, "godwit_websocket_bytes_total", "counter",
     "Bytes of data in them."},
};

static const struct {
    count_fn *count;
    const char *name, *help;
} namespace_families[] = {
    {gw_namespace_socket_count, "godwit_socketio_sockets", "Connected sockets of a namespace."},
    {room_count, "godwit_socketio_rooms",
     "Rooms of a namespace, those of the sockets' own ids left out."},
};

void gw_metrics_routes_write(struct gw_metrics_text *text, const gw_server *server,
                             uint32_t max_namespaces)
{
    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
        const struct family *family = &families[i];
        const struct gw_route *route = NULL;

        gw_metrics_text_family(text, family->name, family->type, family->help);
        while ((route = gw_metrics_routes_next(server, family->kind, route)) != NULL)
            family->write(text, route);
    }
    for (size_t i = 0; i < sizeof(namespace_families) / sizeof(namespace_families[0]); i++) {
        const struct gw_route *route = NULL;

        gw_metrics_text_family(text, namespace_families[i].name, "gauge",
                               namespace_families[i].help);
        while ((route = gw_metrics_routes_next(server, GW_METRICS_IOS, route)) != NULL)
            write_by_namespace(text, route, max_namespaces, namespace_families[i].count);
    }
}
