/* SPDX-License-Identifier: MIT */
#include "client/dial.h"

#include "base/later.h"
#include "base/mem.h"
#include "http/response_parser.h"
#include "net/connector.h"
#include "ws/client_handshake.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

enum { REQUEST_MAX = 64 * 1024 };

struct gw_dial {
    /* private */
    gw_loop *loop;
    struct gw_dial_wire *wire;
    const struct gw_dial_handlers *handlers;
    void *user;
    struct gw_dial_target target;
    struct gw_connector *connector;
    struct gw_http_response_parser *parser; /* of the proxy's answer */
    struct gw_http_limits limits;
    struct gw_timer timer;
    struct gw_loop_hook hook; /* tells the failure at the reap */
    uint64_t deadline_ms;
    enum gw_ws_step step; /* under way */
    bool is_failed, has_stream;
    struct gw_ws_error error;
    char why[GW_DIAL_WHY_MAX];
};

static struct gw_dial *dial_of(struct gw_stream *stream)
{
    return container_of(gw_wire_of_stream(stream), struct gw_dial_wire, wire)->dial;
}

/* ---- failing ---- */

/* At the end of the turn, when the stream is gone too. */
static void on_reap(struct gw_loop_hook *hook)
{
    struct gw_dial *dial = container_of(hook, struct gw_dial, hook);

    if (!dial->has_stream)
        dial->handlers->on_fail(dial, &dial->error, dial->user);
}

static void give_up(struct gw_dial *dial, const struct gw_ws_error *error)
{
    if (dial->is_failed)
        return;
    dial->is_failed = true;
    dial->error = *error;
    dial->error.why = dial->why;
    gw_timer_stop(&dial->timer);
    gw_wire_close(&dial->wire->wire);
    gw_loop_hook_start_reap(dial->loop, &dial->hook);
}

__attribute__((format(printf, 3, 0))) static void
fail_with(struct gw_dial *dial, const struct gw_ws_error *error, const char *format, va_list args)
{
    if (!dial->is_failed)
        vsnprintf(dial->why, sizeof(dial->why), format, args);
    give_up(dial, error);
}

void gw_dial_fail(struct gw_dial *dial, enum gw_ws_step step, int err, const char *format, ...)
{
    const struct gw_ws_error error = {.step = step, .err = err};
    va_list args;

    va_start(args, format);
    fail_with(dial, &error, format, args);
    va_end(args);
}

void gw_dial_abort(struct gw_dial *dial)
{
    gw_dial_fail(dial, dial->step, GW_E_CLOSED, "closed before the connection was open");
}

static void fail_nomem(struct gw_dial *dial)
{
    gw_dial_fail(dial, dial->step, GW_E_NOMEM, "out of memory");
}

/* Where bytes go to: the socket's other end. */
static void describe_peer(const struct gw_dial *dial, char out[static GW_DIAL_WHY_MAX / 2])
{
    const struct gw_uri *proxy = dial->target.proxy;

    if (dial->target.path)
        snprintf(out, GW_DIAL_WHY_MAX / 2, "%.200s", dial->target.path);
    else if (proxy)
        snprintf(out, GW_DIAL_WHY_MAX / 2, "the proxy %.*s",
                 (int)(proxy->authority.len < 260 ? proxy->authority.len : 260),
                 (const char *)proxy->authority.ptr);
    else
        snprintf(out, GW_DIAL_WHY_MAX / 2, "%.255s:%u", dial->target.host,
                 (unsigned int)dial->target.port);
}

static void on_timer(struct gw_timer *timer)
{
    struct gw_dial *dial = container_of(timer, struct gw_dial, timer);
    char what[GW_CONNECTOR_WHY_MAX];

    switch (dial->step) {
    case GW_WS_STEP_RESOLVE:
    case GW_WS_STEP_CONNECT:
        gw_connector_describe(dial->connector, what);
        if (gw_connector_is_resolving(dial->connector))
            gw_dial_fail(dial, GW_WS_STEP_RESOLVE, GW_E_TIMEOUT,
                         "no address for %.255s within %llu ms", what,
                         (unsigned long long)dial->target.connect_timeout_ms);
        else
            gw_dial_fail(dial, GW_WS_STEP_CONNECT, GW_E_TIMEOUT,
                         "no connection to %s within %llu ms", what,
                         (unsigned long long)dial->target.connect_timeout_ms);
        break;
    default:
        describe_peer(dial, what);
        gw_dial_fail(dial, dial->step, GW_E_TIMEOUT, "%s did not answer the %s within %llu ms",
                     what, dial->step == GW_WS_STEP_PROXY ? "CONNECT" : "TLS handshake",
                     (unsigned long long)dial->target.handshake_timeout_ms);
        break;
    }
}

/* ---- TLS ---- */

static void on_ready(struct gw_dial *dial)
{
    gw_timer_stop(&dial->timer);
    dial->handlers->on_open(dial, dial->user);
}

static void on_tls_ready(struct gw_stream *stream)
{
    struct gw_dial *dial = dial_of(stream);

    if (!dial->is_failed)
        on_ready(dial);
}

static void start_tls(struct gw_dial *dial)
{
    int err;

    if (!dial->target.tls) {
        on_ready(dial);
        return;
    }
    dial->step = GW_WS_STEP_TLS;
    err = gw_tls_client_start(&dial->wire->wire.stream, dial->target.tls, dial->target.host,
                              on_tls_ready);
    if (err < 0)
        gw_dial_fail(dial, GW_WS_STEP_TLS, err, "cannot start TLS with %.255s: %s",
                     dial->target.host, gw_err_text(err));
}

/* ---- proxy ---- */

static int append_authority(struct gw_buf *out, const struct gw_dial_target *target)
{
    bool is_ipv6 = strchr(target->host, ':') != NULL;
    char text[300];
    int len = snprintf(text, sizeof(text), "%s%.255s%s:%u", is_ipv6 ? "[" : "", target->host,
                       is_ipv6 ? "]" : "", (unsigned int)target->port);

    return gw_buf_append(out, (struct gw_slice){(const uint8_t *)text, (size_t)len});
}

static int append_connect(struct gw_buf *out, const struct gw_dial_target *target)
{
    const struct gw_uri *proxy = target->proxy;
    int err = gw_buf_append(out, GW_LIT("CONNECT "));

    if (!err)
        err = append_authority(out, target);
    if (!err)
        err = gw_buf_append(out, GW_LIT(" HTTP/1.1\r\nHost: "));
    if (!err)
        err = append_authority(out, target);
    if (!err)
        err = gw_buf_append(out, GW_LIT("\r\n"));
    if (!err && proxy->user.ptr)
        err = gw_ws_client_basic_append(out, GW_LIT("Proxy-Authorization"), proxy->user,
                                        proxy->password);
    return err ? err : gw_buf_append(out, GW_LIT("\r\n"));
}

static void start_proxy(struct gw_dial *dial)
{
    struct gw_buf request;
    int err;

    if (!dial->target.proxy || dial->target.path) {
        start_tls(dial);
        return;
    }
    dial->step = GW_WS_STEP_PROXY;
    dial->limits = GW_HTTP_LIMITS_DEFAULT;
    dial->parser = gw_http_response_parser_create(&dial->limits);
    gw_buf_init(&request, REQUEST_MAX);
    err = dial->parser ? append_connect(&request, &dial->target) : GW_E_NOMEM;
    if (!err) {
        gw_http_response_parser_reset(dial->parser, GW_HTTP_METHOD_CONNECT);
        err = gw_stream_write(&dial->wire->wire.stream, gw_buf_slice(&request));
    }
    gw_buf_dispose(&request);
    if (err)
        fail_nomem(dial);
}

static void fail_status(struct gw_dial *dial, const struct gw_http_response_head *head)
{
    char proxy[GW_DIAL_WHY_MAX / 2];
    struct gw_ws_error error = {
        .step = GW_WS_STEP_PROXY, .err = GW_E_REFUSED, .status = head->status};

    describe_peer(dial, proxy);
    snprintf(dial->why, sizeof(dial->why), "%s answered %.*s", proxy,
             (int)(head->line.len < 200 ? head->line.len : 200), (const char *)head->line.ptr);
    give_up(dial, &error);
}

static void fail_answer(struct gw_dial *dial, int err, const char *why)
{
    char proxy[GW_DIAL_WHY_MAX / 2];

    describe_peer(dial, proxy);
    gw_dial_fail(dial, GW_WS_STEP_PROXY, err, "bad answer from %s: %s", proxy, why);
}

static void read_proxy(struct gw_dial *dial, struct gw_slice in)
{
    struct gw_http_response_event event;
    int got;

    while ((got = gw_http_response_parser_next(dial->parser, &in, &event)) == 1) {
        if (event.head->status < 200 || event.head->status > 299) {
            fail_status(dial, event.head);
            return;
        }
        if (event.type != GW_HTTP_END)
            continue;
        /* The other end waits for us to speak, so these bytes could only be the proxy's. */
        if (in.len > 0)
            fail_answer(dial, GW_E_PROTO, "something follows it");
        else
            start_tls(dial);
        return;
    }
    if (got < 0)
        fail_answer(dial, got, gw_http_response_parser_why(dial->parser));
}

/* ---- the stream, until it is handed over ---- */

static void on_read(struct gw_stream *stream, uint8_t *bytes, size_t len)
{
    struct gw_dial *dial = dial_of(stream);

    if (dial->step == GW_WS_STEP_PROXY && !dial->is_failed)
        read_proxy(dial, (struct gw_slice){bytes, len});
}

static void on_end(struct gw_stream *stream)
{
    struct gw_dial *dial = dial_of(stream);
    char peer[GW_DIAL_WHY_MAX / 2];

    describe_peer(dial, peer);
    gw_dial_fail(dial, dial->step, GW_E_CLOSED, "%s closed the connection", peer);
}

static void on_error(struct gw_stream *stream, int errno_value)
{
    struct gw_dial *dial = dial_of(stream);
    const char *why = gw_tls_why(stream);
    char peer[GW_DIAL_WHY_MAX / 2];

    describe_peer(dial, peer);
    if (why)
        gw_dial_fail(dial, GW_WS_STEP_TLS, GW_E_PROTO, "%.255s: %s", dial->target.host, why);
    else
        gw_dial_fail(dial, dial->step, GW_E_SYSTEM, "the connection to %s broke: %s", peer,
                     strerror(errno_value));
}

static void on_closed(struct gw_stream *stream)
{
    struct gw_dial *dial = dial_of(stream);

    dial->has_stream = false;
    if (dial->is_failed)
        gw_loop_hook_start_reap(dial->loop, &dial->hook);
}

static const struct gw_stream_handlers stream_handlers = {
    .on_read = on_read,
    .on_end = on_end,
    .on_error = on_error,
    .on_closed = on_closed,
};

/* ---- connecting ---- */

static void on_connected(void *user, int fd)
{
    struct gw_dial *dial = user;
    int err;

    if (dial->is_failed) {
        close(fd);
        return;
    }
    gw_connector_destroy(dial->connector);
    dial->connector = NULL;
    gw_timer_start(&dial->timer, dial->target.handshake_timeout_ms);
    dial->deadline_ms = gw_later_ms(gw_loop_now_ms(dial->loop), dial->target.handshake_timeout_ms);
    err = gw_wire_open_take(&dial->wire->wire, dial->loop, fd, &stream_handlers, NULL);
    dial->has_stream = err == GW_OK;
    if (err == GW_OK) {
        start_proxy(dial);
        return;
    }
    gw_dial_wire_init(dial->wire, dial->loop);
    dial->wire->dial = dial;
    gw_dial_fail(dial, GW_WS_STEP_CONNECT, err, "cannot watch the connection: %s",
                 gw_err_text(err));
}

static void on_failed(void *user, int err, const char *why)
{
    struct gw_dial *dial = user;
    enum gw_ws_step step =
        gw_connector_is_resolving(dial->connector) ? GW_WS_STEP_RESOLVE : GW_WS_STEP_CONNECT;

    if (dial->target.proxy && !dial->target.path)
        gw_dial_fail(dial, step, err, "proxy: %s", why);
    else
        gw_dial_fail(dial, step, err, "%s", why);
}

static const struct gw_connector_handlers connector_handlers = {
    .on_connected = on_connected,
    .on_failed = on_failed,
};

void gw_dial_start(struct gw_dial *dial, const struct gw_dial_target *target)
{
    struct gw_connector_target to = {
        .host = target->proxy ? (const char *)target->proxy->host.ptr : target->host,
        .port = target->proxy ? target->proxy->port : target->port,
        .path = target->path,
        .servers = target->dns_servers,
    };

    dial->target = *target;
    dial->step = GW_WS_STEP_CONNECT;
    dial->connector = gw_connector_start(dial->loop, &to, &connector_handlers, dial);
    if (!dial->connector)
        fail_nomem(dial);
    else
        gw_timer_start(&dial->timer, target->connect_timeout_ms);
}

/* ---- life ---- */

void gw_dial_wire_init(struct gw_dial_wire *wire, gw_loop *loop)
{
    *wire = (struct gw_dial_wire){0};
    gw_wire_init_closed(&wire->wire, loop);
}

struct gw_dial *gw_dial_create(gw_loop *loop, struct gw_dial_wire *wire,
                               const struct gw_dial_handlers *handlers, void *user)
{
    struct gw_dial *dial = gw_mem_zalloc(sizeof(*dial));

    if (!dial)
        return NULL;
    dial->loop = loop;
    dial->wire = wire;
    dial->handlers = handlers;
    dial->user = user;
    gw_timer_init(&dial->timer, loop, on_timer);
    gw_loop_hook_init(&dial->hook, on_reap);
    wire->dial = dial;
    return dial;
}

void gw_dial_hand_over(struct gw_dial *dial, const struct gw_stream_handlers *handlers,
                       gw_timer_fire_fn *on_deadline)
{
    struct gw_wire *wire = &dial->wire->wire;

    wire->stream.handlers = handlers;
    gw_timer_init(&wire->timer, dial->loop, on_deadline);
    gw_timer_start_at(&wire->timer, dial->deadline_ms);
    dial->wire->dial = NULL;
}

void gw_dial_destroy(struct gw_dial *dial)
{
    if (!dial)
        return;
    gw_timer_stop(&dial->timer);
    gw_loop_hook_stop(&dial->hook);
    gw_connector_destroy(dial->connector);
    gw_http_response_parser_destroy(dial->parser);
    if (dial->wire->dial == dial)
        dial->wire->dial = NULL;
    gw_mem_free(dial);
}
