/* SPDX-License-Identifier: MIT */
/* The public gw_ws: endpoints of the application. */
#include "base/mem.h"
#include "server/server.h"
#include "server/ws_accept.h"

enum {
    DEFAULT_MAX_MESSAGE_BYTES = 1 << 20,
    DEFAULT_MAX_FRAGMENTS = 65536,
    DEFAULT_MAX_QUEUED_BYTES = 16 << 20,
    DEFAULT_CLOSE_TIMEOUT_MS = 10000,
};

struct endpoint {
    gw_server *server;
    const struct gw_ws_handlers *handlers;
    struct gw_ws_options options;
    struct gw_ws_decoder_options decoder;
    void *user;
};

struct endpoint_ws {
    gw_ws ws;
    const struct endpoint *endpoint;
    const char *protocol;
    void *user;
};

static struct endpoint_ws *endpoint_ws_of(gw_ws *ws)
{
    return container_of(ws, struct endpoint_ws, ws);
}

static const struct endpoint_ws *const_endpoint_ws_of(const gw_ws *ws)
{
    return (const struct endpoint_ws *)(const void *)ws;
}

static void on_message(gw_ws *ws, struct gw_slice data, bool is_binary)
{
    const struct endpoint *endpoint = endpoint_ws_of(ws)->endpoint;

    if (endpoint->handlers->on_message)
        endpoint->handlers->on_message(ws, data, is_binary, endpoint->user);
}

static void on_drain(gw_ws *ws)
{
    const struct endpoint *endpoint = endpoint_ws_of(ws)->endpoint;

    if (endpoint->handlers->on_drain)
        endpoint->handlers->on_drain(ws, endpoint->user);
}

static void on_close(gw_ws *ws, uint16_t code, struct gw_slice reason, bool was_clean)
{
    const struct endpoint *endpoint = endpoint_ws_of(ws)->endpoint;

    if (endpoint->handlers->on_close)
        endpoint->handlers->on_close(ws, code, reason, was_clean, endpoint->user);
}

static const struct gw_ws_sink sink = {
    .on_message = on_message,
    .on_drain = on_drain,
    .on_close = on_close,
};

/* ---- the handshake ---- */

static const char *choose_protocol(const struct endpoint *endpoint,
                                   const struct gw_http_request *request)
{
    const char *const *wanted = endpoint->options.subprotocols;

    for (; wanted && *wanted; wanted++)
        if (gw_ws_handshake_offers(request, gw_slice_of(*wanted)))
            return *wanted;
    return "";
}

static void on_request(struct gw_exchange *exchange, void *data)
{
    struct endpoint *endpoint = data;
    struct gw_ws_handshake handshake;
    struct endpoint_ws *ews;

    if (!gw_ws_check(exchange, &handshake))
        return;
    ews = gw_mem_zalloc(sizeof(*ews));
    if (!ews) {
        gw_exchange_drop(exchange);
        return;
    }
    gw_ws_init(&ews->ws, exchange->conn, &sink, &endpoint->decoder,
               endpoint->options.close_timeout_ms);
    ews->endpoint = endpoint;
    ews->protocol = choose_protocol(endpoint, exchange->request);
    if (gw_ws_accept(exchange, &handshake, gw_slice_of(ews->protocol), &ews->ws) < 0)
        gw_mem_free(ews);
    else if (endpoint->handlers->on_open)
        endpoint->handlers->on_open(&ews->ws, endpoint->user);
}

static const struct gw_tenant tenant = {
    .on_request = on_request,
    .destroy = gw_mem_free,
};

static void fill_defaults(struct gw_ws_options *options)
{
    if (options->max_message_bytes == 0)
        options->max_message_bytes = DEFAULT_MAX_MESSAGE_BYTES;
    if (options->max_fragments == 0)
        options->max_fragments = DEFAULT_MAX_FRAGMENTS;
    if (options->max_queued_bytes == 0)
        options->max_queued_bytes = DEFAULT_MAX_QUEUED_BYTES;
    if (options->close_timeout_ms == 0)
        options->close_timeout_ms = DEFAULT_CLOSE_TIMEOUT_MS;
}

int gw_ws_endpoint(gw_server *server, const char *path, const struct gw_ws_handlers *handlers,
                   const struct gw_ws_options *options, void *user)
{
    struct endpoint *endpoint = gw_mem_zalloc(sizeof(*endpoint));
    int err;

    if (!endpoint)
        return gw_server_fail(server, GW_E_NOMEM, "cannot serve WebSocket at %s: out of memory",
                              path);
    endpoint->server = server;
    endpoint->handlers = handlers;
    if (options)
        endpoint->options = *options;
    fill_defaults(&endpoint->options);
    endpoint->decoder = (struct gw_ws_decoder_options){
        .role = GW_WS_SERVER,
        .max_message_bytes = endpoint->options.max_message_bytes,
        .max_fragments = endpoint->options.max_fragments,
    };
    endpoint->user = user;
    err = gw_router_add_take(&server->router, NULL, gw_slice_of(path), false, &tenant, endpoint);
    return err < 0 ? gw_server_fail(server, err, "cannot serve WebSocket at \"%s\": %s", path,
                                    gw_err_text(err))
                   : GW_OK;
}

/* ---- an open one ---- */

/* Who reads too slowly is let go before our memory is. */
static bool is_over_limit(gw_ws *ws, size_t len)
{
    uint64_t limit = endpoint_ws_of(ws)->endpoint->options.max_queued_bytes;
    uint64_t queued = gw_stream_queued_bytes(&ws->conn->stream);

    return len > limit || queued > limit - len;
}

static int send_frame(gw_ws *ws, enum gw_ws_opcode opcode, struct gw_slice data)
{
    uint8_t *place;

    if (!gw_ws_can_send(ws))
        return GW_E_CLOSED;
    if (is_over_limit(ws, data.len)) {
        gw_ws_start_close(ws, GW_WS_CLOSE_TRY_LATER, GW_LIT("output queue is full"));
        return GW_E_LIMIT;
    }
    place = gw_ws_reserve(ws, opcode, data.len);
    if (!place)
        return GW_E_NOMEM;
    memcpy(place, data.ptr, data.len);
    gw_ws_commit(ws, data.len);
    return GW_OK;
}

int gw_ws_send_text(gw_ws *ws, struct gw_slice text)
{
    return send_frame(ws, GW_WS_TEXT, text);
}

int gw_ws_send_binary(gw_ws *ws, struct gw_slice data)
{
    return send_frame(ws, GW_WS_BINARY, data);
}

int gw_ws_ping(gw_ws *ws, struct gw_slice data)
{
    if (data.len > GW_WS_CONTROL_MAX)
        return GW_E_ARG;
    return send_frame(ws, GW_WS_PING, data);
}

int gw_ws_close(gw_ws *ws, uint16_t code, const char *reason)
{
    return gw_ws_start_close(ws, code == 0 ? (uint16_t)GW_WS_CLOSE_NONE : code,
                             gw_slice_of(reason));
}

void gw_ws_terminate(gw_ws *ws)
{
    gw_conn_close(ws->conn);
}

enum gw_ws_ready_state gw_ws_ready_state(const gw_ws *ws)
{
    if (ws->is_closed)
        return GW_WS_CLOSED;
    return gw_ws_can_send(ws) ? GW_WS_OPEN : GW_WS_CLOSING;
}

uint64_t gw_ws_buffered_amount(const gw_ws *ws)
{
    return gw_stream_queued_bytes(&ws->conn->stream);
}

const char *gw_ws_protocol(const gw_ws *ws)
{
    return const_endpoint_ws_of(ws)->protocol;
}

void *gw_ws_user(const gw_ws *ws)
{
    return const_endpoint_ws_of(ws)->user;
}

void gw_ws_set_user(gw_ws *ws, void *user)
{
    endpoint_ws_of(ws)->user = user;
}
