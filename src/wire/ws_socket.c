/* SPDX-License-Identifier: MIT */
#include "wire/ws_socket.h"

#include "wire/ws_pause.h"
#include "ws/deflate.h"

enum {
    DEFAULT_MAX_MESSAGE_BYTES = 1 << 20,
    DEFAULT_MAX_QUEUED_BYTES = 16 << 20,
    DEFAULT_CLOSE_TIMEOUT_MS = 10000,
    DEFAULT_IDLE_TIMEOUT_MS = 120000,
};

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

    gw_ws_counts_of(ws)->messages_in++;
    gw_ws_counts_of(ws)->bytes_in += data.len;
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

    gw_ws_counts_of(ws)->closed++;
    if (class->handlers->on_close)
        class->handlers->on_close(ws, code, reason, was_clean, class->handlers_user);
}

void gw_ws_socket_on_close(gw_ws *ws, uint16_t code, struct gw_slice reason, bool was_clean)
{
    const struct gw_ws_error error = {
        .step = GW_WS_STEP_MESSAGES, .err = GW_E_PROTO, .why = gw_ws_why(ws)};

    if (error.why)
        gw_ws_socket_tell_error(ws, &error);
    gw_ws_socket_tell_close(ws, code, reason, was_clean);
}

/* ---- what sockets share ---- */

static uint64_t or_default(uint64_t value, uint64_t if_zero)
{
    return value ? value : if_zero;
}

void gw_ws_class_init(struct gw_ws_class *class, enum gw_ws_role role,
                      const struct gw_ws_class_options *options)
{
    class->max_queued_bytes = or_default(options->max_queued_bytes, DEFAULT_MAX_QUEUED_BYTES);
    class->overflow = options->overflow;
    class->idle_timeout_ms = or_default(options->idle_timeout_ms, DEFAULT_IDLE_TIMEOUT_MS);
    if (class->idle_timeout_ms >= GW_WS_IDLE_TIMEOUT_MAX_MS)
        class->idle_timeout_ms = 0;
    class->setup = (struct gw_ws_setup){
        .decoder =
            {
                .role = role,
                .max_message_bytes =
                    or_default(options->max_message_bytes, DEFAULT_MAX_MESSAGE_BYTES),
                .max_fragments = (uint32_t)or_default(options->max_fragments, GW_WS_MAX_FRAGMENTS),
            },
        .close_timeout_ms = or_default(options->close_timeout_ms, DEFAULT_CLOSE_TIMEOUT_MS),
    };
}

int gw_ws_class_set_deflate(struct gw_ws_class *class, const struct gw_ws_deflate *deflate)
{
    if (!deflate)
        return GW_OK;
    class->setup.deflate = &class->deflate;
    return gw_ws_deflate_fill(&class->deflate, deflate);
}

/* ---- idle timeout ---- */

void gw_ws_socket_tell_open(gw_ws *ws)
{
    const struct gw_ws_class *class = gw_ws_class_of(ws);

    gw_ws_counts_of(ws)->opened++;
    if (class->idle_timeout_ms > 0)
        gw_wire_set_deadline(ws->wire, (class->idle_timeout_ms + 1) / 2);
    if (class->handlers->on_open)
        class->handlers->on_open(ws, class->handlers_user);
}

static void give_up(gw_ws *ws)
{
    const struct gw_ws_error error = {
        .step = GW_WS_STEP_MESSAGES,
        .err = GW_E_TIMEOUT,
        .why = "the peer is silent, it does not even answer a ping",
    };

    gw_ws_socket_tell_error(ws, &error);
    gw_wire_close(ws->wire);
}

/* Messages only note the time; this looks at it twice in an idle timeout, so the
 * timer is left alone by traffic. */
void gw_ws_socket_on_deadline(gw_ws *ws)
{
    uint64_t limit_ms = gw_ws_class_of(ws)->idle_timeout_ms;
    uint64_t half_ms = (limit_ms + 1) / 2;
    uint64_t silent_ms = (uint32_t)gw_loop_now_ms(ws->wire->stream.loop) - ws->heard_ms;
    uint64_t next_ms = half_ms;

    if (limit_ms == 0)
        return;
    if (!ws->is_paused && silent_ms >= limit_ms) {
        give_up(ws);
        return;
    }
    if (!ws->is_paused && silent_ms >= half_ms) {
        gw_ws_send_message(ws, GW_WS_PING, (struct gw_slice){0});
        next_ms = limit_ms - silent_ms;
    } else if (!ws->is_paused) {
        next_ms = half_ms - silent_ms;
    }
    if (gw_wire_is_open(ws->wire))
        gw_wire_set_deadline(ws->wire, next_ms);
}

const struct gw_ws_sink gw_ws_socket_sink = {
    .on_message = gw_ws_socket_on_message,
    .on_drain = gw_ws_socket_on_drain,
    .on_deadline = gw_ws_socket_on_deadline,
    .on_close = gw_ws_socket_on_close,
};

/* ---- output ---- */

static bool is_over_limit(gw_ws *ws, size_t len)
{
    uint64_t limit = gw_ws_class_of(ws)->max_queued_bytes;
    uint64_t queued = gw_stream_queued_bytes(&ws->wire->stream);

    return len > limit || queued > limit - len;
}

/* Who reads too slowly is let go before our memory is. Not before the kernel has said that
 * it is so, or a program that writes much in one turn would be told to wait for an
 * on_drain that does not come. */
static int overflow(gw_ws *ws, size_t len)
{
    gw_stream_flush_early(&ws->wire->stream);
    if (!gw_ws_can_send(ws))
        return GW_E_CLOSED;
    if (!is_over_limit(ws, len))
        return GW_OK;
    switch (gw_ws_class_of(ws)->overflow) {
    case GW_WS_OVERFLOW_SKIP:
        socket_of(ws)->skipped_count++;
        break;
    case GW_WS_OVERFLOW_CLOSE_POLICY:
        gw_ws_start_close(ws, GW_WS_CLOSE_POLICY, GW_LIT("output queue is full"));
        break;
    case GW_WS_OVERFLOW_CLOSE:
        gw_ws_start_close(ws, GW_WS_CLOSE_TRY_LATER, GW_LIT("output queue is full"));
        break;
    }
    return GW_E_LIMIT;
}

int gw_ws_socket_make_room(gw_ws *ws, size_t len)
{
    if (!gw_ws_can_send(ws))
        return GW_E_CLOSED;
    return is_over_limit(ws, len) ? overflow(ws, len) : GW_OK;
}

static int send_data(gw_ws *ws, enum gw_ws_opcode opcode, struct gw_slice data)
{
    int err = gw_ws_socket_make_room(ws, data.len);

    if (err < 0)
        return err;
    gw_ws_count_out(ws, data.len);
    return gw_ws_put_message(ws, opcode, data);
}

int gw_ws_send_text(gw_ws *ws, struct gw_slice text)
{
    return send_data(ws, GW_WS_TEXT, text);
}

int gw_ws_send_binary(gw_ws *ws, struct gw_slice data)
{
    return send_data(ws, GW_WS_BINARY, data);
}

int gw_ws_ping(gw_ws *ws, struct gw_slice data)
{
    int err;

    if (data.len > GW_WS_CONTROL_MAX)
        return GW_E_ARG;
    err = gw_ws_socket_make_room(ws, data.len);
    return err < 0 ? err : gw_ws_put_message(ws, GW_WS_PING, data);
}

/* ---- state ---- */

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

int gw_ws_pause(gw_ws *ws)
{
    if (is_connecting(ws) || !gw_ws_can_send(ws))
        return GW_E_CLOSED;
    gw_ws_pause_reading(ws);
    return GW_OK;
}

int gw_ws_resume(gw_ws *ws)
{
    if (is_connecting(ws) || !gw_ws_can_send(ws))
        return GW_E_CLOSED;
    gw_ws_resume_reading(ws);
    return GW_OK;
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

uint64_t gw_ws_skipped_count(const gw_ws *ws)
{
    return const_socket_of(ws)->skipped_count;
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
