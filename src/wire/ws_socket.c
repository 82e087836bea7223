/* SPDX-License-Identifier: MIT */
#include "wire/ws_socket.h"

static struct gw_ws_socket *socket_of(gw_ws *ws)
{
    return container_of(ws, struct gw_ws_socket, ws);
}

static const struct gw_ws_socket *const_socket_of(const gw_ws *ws)
{
    return (const struct gw_ws_socket *)(const void *)ws;
}

void gw_ws_socket_on_message(gw_ws *ws, struct gw_slice data, bool is_binary)
{
    const struct gw_ws_class *class = gw_ws_class_of(ws);

    if (class->handlers->on_message)
        class->handlers->on_message(ws, data, is_binary, class->handlers_user);
}

void gw_ws_socket_on_drain(gw_ws *ws)
{
    const struct gw_ws_class *class = gw_ws_class_of(ws);

    if (class->handlers->on_drain)
        class->handlers->on_drain(ws, class->handlers_user);
}

void gw_ws_socket_tell_error(gw_ws *ws, const struct gw_ws_error *error)
{
    const struct gw_ws_class *class = gw_ws_class_of(ws);

    if (class->handlers->on_error)
        class->handlers->on_error(ws, error, class->handlers_user);
}

void gw_ws_socket_tell_close(gw_ws *ws, uint16_t code, struct gw_slice reason, bool was_clean)
{
    const struct gw_ws_class *class = gw_ws_class_of(ws);

    if (class->handlers->on_close)
        class->handlers->on_close(ws, code, reason, was_clean, class->handlers_user);
}

static void on_close(gw_ws *ws, uint16_t code, struct gw_slice reason, bool was_clean)
{
    const struct gw_ws_error error = {
        .step = GW_WS_STEP_MESSAGES, .err = GW_E_PROTO, .why = gw_ws_why(ws)};

    if (error.why)
        gw_ws_socket_tell_error(ws, &error);
    gw_ws_socket_tell_close(ws, code, reason, was_clean);
}

const struct gw_ws_sink gw_ws_socket_sink = {
    .on_message = gw_ws_socket_on_message,
    .on_drain = gw_ws_socket_on_drain,
    .on_close = on_close,
};

/* Who reads too slowly is let go before our memory is. */
static bool is_over_limit(gw_ws *ws, size_t len)
{
    uint64_t limit = gw_ws_class_of(ws)->max_queued_bytes;
    uint64_t queued = gw_stream_queued_bytes(&ws->wire->stream);

    return len > limit || queued > limit - len;
}

static int send_frame(gw_ws *ws, enum gw_ws_opcode opcode, struct gw_slice data)
{
    if (!gw_ws_can_send(ws))
        return GW_E_CLOSED;
    if (is_over_limit(ws, data.len)) {
        gw_ws_start_close(ws, GW_WS_CLOSE_TRY_LATER, GW_LIT("output queue is full"));
        return GW_E_LIMIT;
    }
    return gw_ws_send_message(ws, opcode, data);
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

static const struct gw_ws_client_ops *client_of(const gw_ws *ws)
{
    return gw_ws_class_of(ws)->client;
}

static bool is_connecting(const gw_ws *ws)
{
    return client_of(ws) && client_of(ws)->ready_state(ws) == GW_WS_CONNECTING;
}

int gw_ws_close(gw_ws *ws, uint16_t code, const char *reason)
{
    if (is_connecting(ws)) {
        client_of(ws)->abort(ws);
        return GW_OK;
    }
    return gw_ws_start_close(ws, code == 0 ? (uint16_t)GW_WS_CLOSE_NONE : code,
                             gw_slice_of(reason));
}

void gw_ws_terminate(gw_ws *ws)
{
    if (is_connecting(ws)) {
        client_of(ws)->abort(ws);
        return;
    }
    gw_wire_close(ws->wire);
}

enum gw_ws_ready_state gw_ws_ready_state(const gw_ws *ws)
{
    if (client_of(ws))
        return client_of(ws)->ready_state(ws);
    if (ws->is_closed)
        return GW_WS_CLOSED;
    return gw_ws_can_send(ws) ? GW_WS_OPEN : GW_WS_CLOSING;
}

uint64_t gw_ws_buffered_amount(const gw_ws *ws)
{
    return gw_stream_queued_bytes(&ws->wire->stream);
}

const char *gw_ws_protocol(const gw_ws *ws)
{
    return const_socket_of(ws)->protocol;
}

const char *gw_ws_extensions(const gw_ws *ws)
{
    const char *extensions = const_socket_of(ws)->extensions;

    return extensions ? extensions : "";
}

const char *gw_ws_url(const gw_ws *ws)
{
    return client_of(ws) ? client_of(ws)->url(ws) : "";
}

static const char *const step_names[] = {
    [GW_WS_STEP_ARGUMENT] = "argument", [GW_WS_STEP_RESOLVE] = "resolve",
    [GW_WS_STEP_CONNECT] = "connect",   [GW_WS_STEP_PROXY] = "proxy",
    [GW_WS_STEP_TLS] = "tls",           [GW_WS_STEP_HANDSHAKE] = "handshake",
    [GW_WS_STEP_MESSAGES] = "messages",
};

const char *gw_ws_step_name(enum gw_ws_step step)
{
    return (size_t)step < sizeof(step_names) / sizeof(*step_names) ? step_names[step] : "?";
}

void *gw_ws_user(const gw_ws *ws)
{
    return const_socket_of(ws)->user;
}

void gw_ws_set_user(gw_ws *ws, void *user)
{
    socket_of(ws)->user = user;
}
