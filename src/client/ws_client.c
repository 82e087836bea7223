/* SPDX-License-Identifier: MIT */
/* A client's gw_ws: dials, shakes hands, and is then a WebSocket like a server's, until
 * TCP has ended. All that it tells at the end is told from one place, when the stream is
 * gone, and then it is freed. */
#include "base/mem.h"
#include "client/opening.h"
#include "wire/ws_socket.h"

#include <stdarg.h>
#include <stdio.h>

enum {
    REQUEST_MAX = 128 * 1024,
};

enum phase {
    PHASE_DIALING,
    PHASE_HANDSHAKING, /* the request is written */
    PHASE_REDIRECTING, /* the stream closes, then we dial again */
    PHASE_OPEN,
    PHASE_CLOSED, /* told, or being told */
};

struct client {
    struct gw_ws_socket socket; /* first: the handle */
    struct gw_dial_wire conn;
    struct gw_ws_class class;
    gw_loop *loop;
    struct gw_ws_opening *opening; /* NULL once open */
    char *url;
    char *protocol, *extensions;
    enum phase phase;
    bool is_aborted; /* closed by the application before it was open */
    bool has_ended;  /* the server's FIN has come */
    bool has_error;
    bool was_clean;
    uint8_t reason_len;
    uint16_t close_code;
    struct gw_ws_error error; /* its why is error_text, or a literal */
    char *error_text;
    uint8_t reason[GW_WS_REASON_MAX];
};

static struct client *client_of(gw_ws *ws)
{
    return container_of(container_of(ws, struct gw_ws_socket, ws), struct client, socket);
}

static const struct client *const_client_of(const gw_ws *ws)
{
    return (const struct client *)(const void *)ws;
}

static struct client *client_of_stream(struct gw_stream *stream)
{
    return container_of(container_of(gw_wire_of_stream(stream), struct gw_dial_wire, wire),
                        struct client, conn);
}

/* NUL-terminated; NULL when memory has run out. */
static char *copy_slice(struct gw_slice text)
{
    char *copy = gw_mem_alloc(text.len + 1);

    if (!copy)
        return NULL;
    if (text.len > 0)
        memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    return copy;
}

/* ---- the end ---- */

static void free_client(struct client *client)
{
    gw_ws_opening_destroy(client->opening);
    gw_mem_free(client->url);
    gw_mem_free(client->protocol);
    gw_mem_free(client->extensions);
    gw_mem_free(client->error_text);
    gw_mem_free(client);
}

/* The stream has gone, or never came. */
static void finish(struct client *client)
{
    gw_ws *ws = &client->socket.ws;

    if (client->phase == PHASE_OPEN)
        gw_ws_dispose(ws);
    client->phase = PHASE_CLOSED;
    if (client->has_error)
        gw_ws_socket_tell_error(ws, &client->error);
    gw_ws_socket_tell_close(ws, client->close_code,
                            (struct gw_slice){client->reason, client->reason_len},
                            client->was_clean);
    free_client(client);
}

/* To be told at the end; the first one counts. */
static void note_error(struct client *client, const struct gw_ws_error *error)
{
    if (client->has_error)
        return;
    client->has_error = true;
    client->error = *error;
    client->error_text = copy_slice(gw_slice_of(error->why));
    client->error.why = client->error_text ? client->error_text : "out of memory";
}

__attribute__((format(printf, 5, 6))) static void fail(struct client *client, enum gw_ws_step step,
                                                       int err, int status, const char *format, ...)
{
    char why[GW_DIAL_WHY_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(why, sizeof(why), format, args);
    va_end(args);
    note_error(client,
               &(struct gw_ws_error){.step = step, .err = err, .status = status, .why = why});
    gw_wire_close(&client->conn.wire);
}

/* ---- what the WebSocket tells ---- */

static void on_ws_close(gw_ws *ws, uint16_t code, struct gw_slice reason, bool was_clean)
{
    struct client *client = client_of(ws);
    struct gw_ws_error error = {
        .step = GW_WS_STEP_MESSAGES, .err = GW_E_PROTO, .why = gw_ws_why(ws)};

    client->close_code = code;
    client->was_clean = was_clean;
    if (!error.why && !was_clean && client->has_ended && gw_ws_closing_can_send(&ws->closing)) {
        error.err = GW_E_CLOSED;
        error.why = "the connection ended without a close frame";
    }
    if (error.why)
        note_error(client, &error);
    if (was_clean && reason.len <= sizeof(client->reason)) {
        memcpy(client->reason, reason.ptr ? reason.ptr : client->reason, reason.len);
        client->reason_len = (uint8_t)reason.len;
    }
}

static const struct gw_ws_sink sink = {
    .on_message = gw_ws_socket_on_message,
    .on_drain = gw_ws_socket_on_drain,
    .on_deadline = gw_ws_socket_on_deadline,
    .on_close = on_ws_close,
};

/* ---- what the handle asks ---- */

static enum gw_ws_ready_state ready_state(const gw_ws *ws)
{
    const struct client *client = const_client_of(ws);

    switch (client->phase) {
    case PHASE_DIALING:
    case PHASE_HANDSHAKING:
    case PHASE_REDIRECTING:
        return client->is_aborted || client->has_error ? GW_WS_CLOSING : GW_WS_CONNECTING;
    case PHASE_OPEN:
        return gw_ws_can_send(ws) ? GW_WS_OPEN : GW_WS_CLOSING;
    case PHASE_CLOSED:
        break;
    }
    return GW_WS_CLOSED;
}

static const char *url(const gw_ws *ws)
{
    return const_client_of(ws)->url;
}

static void abort_client(gw_ws *ws)
{
    struct client *client = client_of(ws);

    client->is_aborted = true;
    if (client->phase == PHASE_DIALING)
        gw_dial_abort(client->conn.dial);
    else
        fail(client, GW_WS_STEP_HANDSHAKE, GW_E_CLOSED, 0, "closed before the connection was open");
}

static const struct gw_ws_client_ops ops = {
    .ready_state = ready_state,
    .url = url,
    .abort = abort_client,
};

/* ---- the handshake ---- */

static void dial(struct client *client);

static void fail_nomem(struct client *client)
{
    fail(client, GW_WS_STEP_HANDSHAKE, GW_E_NOMEM, 0, "out of memory");
}

static int agree(struct client *client, const struct gw_ws_client_answer *answer)
{
    gw_ws *ws = &client->socket.ws;

    client->protocol = copy_slice(answer->subprotocol);
    client->extensions = copy_slice(answer->extensions);
    if (!client->protocol || !client->extensions)
        return GW_E_NOMEM;
    client->socket.protocol = client->protocol;
    client->socket.extensions = client->extensions;
    gw_ws_init(ws, &client->conn.wire, &client->class.setup);
    if (answer->is_deflated && gw_ws_start_deflate(ws, &answer->deflate) < 0) {
        gw_ws_stop_deflate(ws);
        return GW_E_NOMEM;
    }
    return 0;
}

/* rest: bytes behind the answer, frames already. */
static void open_socket(struct client *client, const struct gw_ws_client_answer *answer,
                        uint8_t *rest, size_t rest_len)
{
    gw_ws *ws = &client->socket.ws;

    if (agree(client, answer) < 0) {
        fail_nomem(client);
        return;
    }
    gw_ws_opening_destroy(client->opening);
    client->opening = NULL;
    gw_wire_set_deadline(&client->conn.wire, UINT64_MAX);
    client->phase = PHASE_OPEN;
    gw_ws_socket_tell_open(ws);
    if (rest_len > 0 && gw_wire_is_open(&client->conn.wire))
        gw_ws_on_bytes(ws, rest, rest_len);
}

static void redirect(struct client *client, const struct gw_http_response_head *head)
{
    char why[GW_DIAL_WHY_MAX];
    int err = gw_ws_opening_redirect(client->opening, head, why);

    if (err < 0) {
        fail(client, GW_WS_STEP_HANDSHAKE, err, head->status, "%s", why);
        return;
    }
    client->phase = PHASE_REDIRECTING;
    gw_wire_close(&client->conn.wire);
}

static void judge(struct client *client, const struct gw_http_response_head *head, uint8_t *rest,
                  size_t rest_len)
{
    struct gw_ws_client_answer answer;
    const char *why = "";
    int err;

    if (gw_ws_opening_is_redirect(head)) {
        redirect(client, head);
        return;
    }
    if (head->status != 101) {
        fail(client, GW_WS_STEP_HANDSHAKE, GW_E_REFUSED, head->status, "the server answered %.*s",
             (int)(head->line.len < 200 ? head->line.len : 200), (const char *)head->line.ptr);
        return;
    }
    err = gw_ws_client_answer_check(&client->opening->request, client->class.setup.deflate, head,
                                    &answer, &why);
    if (err < 0)
        fail(client, GW_WS_STEP_HANDSHAKE, err, head->status, "bad answer: %s", why);
    else
        open_socket(client, &answer, rest, rest_len);
}

static void read_answer(struct client *client, uint8_t *bytes, size_t len)
{
    struct gw_http_response_parser *parser = client->opening->parser;
    struct gw_slice in = {bytes, len};
    struct gw_http_response_event event;
    int got = gw_http_response_parser_next(parser, &in, &event);

    /* Of a 101 nothing follows but what is behind in; of others the body does not matter. */
    if (got == 1)
        judge(client, event.head, bytes + (len - in.len), in.len);
    else if (got < 0)
        fail(client, GW_WS_STEP_HANDSHAKE, got, 0, "bad answer: %s",
             gw_http_response_parser_why(parser));
}

/* ---- the stream ---- */

static void on_read(struct gw_stream *stream, uint8_t *bytes, size_t len)
{
    struct client *client = client_of_stream(stream);

    if (client->phase == PHASE_OPEN)
        gw_ws_on_bytes(&client->socket.ws, bytes, len);
    else if (client->phase == PHASE_HANDSHAKING && !client->has_error)
        read_answer(client, bytes, len);
}

static void on_end(struct gw_stream *stream)
{
    struct client *client = client_of_stream(stream);
    struct gw_http_response_event event;

    client->has_ended = true;
    if (client->phase == PHASE_OPEN) {
        gw_ws_on_end(&client->socket.ws);
        return;
    }
    gw_http_response_parser_end(client->opening->parser, &event);
    fail(client, GW_WS_STEP_HANDSHAKE, GW_E_CLOSED, 0, "bad answer: %s",
         gw_http_response_parser_why(client->opening->parser));
}

static void on_drain(struct gw_stream *stream)
{
    struct client *client = client_of_stream(stream);

    if (client->phase == PHASE_OPEN)
        gw_ws_on_drain(&client->socket.ws);
}

/* A server may judge our certificate when the handshake of TLS is over for
 * us: that is still its step. */
static void on_error(struct gw_stream *stream, int errno_value)
{
    struct client *client = client_of_stream(stream);
    bool is_open = client->phase == PHASE_OPEN;
    const char *why = gw_tls_why(stream);

    if (is_open && client->socket.ws.is_closed)
        return; /* it ended well before */
    if (why)
        fail(client, is_open ? GW_WS_STEP_MESSAGES : GW_WS_STEP_TLS, GW_E_PROTO, 0, "TLS: %s", why);
    else
        fail(client, is_open ? GW_WS_STEP_MESSAGES : GW_WS_STEP_HANDSHAKE, GW_E_SYSTEM, 0,
             "the connection broke: %s", strerror(errno_value));
}

static void on_closed(struct gw_stream *stream)
{
    struct client *client = client_of_stream(stream);

    gw_timer_stop(&client->conn.wire.timer);
    if (client->phase == PHASE_REDIRECTING && !client->has_error)
        dial(client);
    else
        finish(client);
}

static const struct gw_stream_handlers stream_handlers = {
    .on_read = on_read,
    .on_end = on_end,
    .on_drain = on_drain,
    .on_error = on_error,
    .on_closed = on_closed,
};

static void on_deadline(struct gw_timer *timer)
{
    struct client *client = client_of_stream(&gw_wire_of_timer(timer)->stream);

    if (client->phase == PHASE_OPEN)
        gw_ws_on_deadline(&client->socket.ws);
    else
        fail(client, GW_WS_STEP_HANDSHAKE, GW_E_TIMEOUT, 0, "no answer within %llu ms",
             (unsigned long long)client->opening->handshake_timeout_ms);
}

/* ---- the beginning ---- */

static void on_dialed(struct gw_dial *dialed, void *user)
{
    struct client *client = user;
    struct gw_buf request;
    int err;

    gw_dial_hand_over(dialed, &stream_handlers, on_deadline);
    gw_dial_destroy(dialed);
    client->phase = PHASE_HANDSHAKING;
    gw_buf_init(&request, REQUEST_MAX);
    err = gw_ws_opening_ask(client->opening, client->class.setup.deflate, &request);
    if (err == GW_OK)
        err = gw_stream_write(&client->conn.wire.stream, gw_buf_slice(&request));
    gw_buf_dispose(&request);
    if (err < 0)
        fail(client, GW_WS_STEP_HANDSHAKE, err, 0, "cannot send the request: %s", gw_err_text(err));
}

static void on_dial_failed(struct gw_dial *failed, const struct gw_ws_error *error, void *user)
{
    struct client *client = user;

    note_error(client, error);
    gw_dial_destroy(failed);
    finish(client);
}

static const struct gw_dial_handlers dial_handlers = {
    .on_open = on_dialed,
    .on_fail = on_dial_failed,
};

static int set_url(struct client *client)
{
    char *text = copy_slice(client->opening->uri.text);

    if (!text)
        return GW_E_NOMEM;
    gw_mem_free(client->url);
    client->url = text;
    return 0;
}

/* Again, to where a redirect has sent us. Here the stream is gone already. */
static void dial(struct client *client)
{
    struct gw_dial_target target;
    struct gw_dial *next = NULL;

    client->phase = PHASE_DIALING;
    if (set_url(client) == 0)
        next = gw_dial_create(client->loop, &client->conn, &dial_handlers, client);
    if (!next) {
        fail_nomem(client);
        finish(client);
        return;
    }
    gw_ws_opening_target(client->opening, &target);
    gw_dial_start(next, &target);
}

static void fill_class(struct gw_ws_class *class, const struct gw_ws_client_options *options)
{
    gw_ws_class_init(class, GW_WS_CLIENT,
                     &(struct gw_ws_class_options){
                         .max_message_bytes = options->max_message_bytes,
                         .max_queued_bytes = options->max_queued_bytes,
                         .max_fragments = options->max_fragments,
                         .overflow = options->overflow,
                         .close_timeout_ms = options->close_timeout_ms,
                         .idle_timeout_ms = options->idle_timeout_ms,
                     });
    class->setup.sink = &sink;
    class->client = &ops;
}

/* Whatever is wrong with the arguments ends in on_error. */
static void start(struct client *client, const char *text,
                  const struct gw_ws_client_options *options)
{
    char why[GW_DIAL_WHY_MAX] = "";
    struct gw_dial_target target;
    int err = gw_ws_opening_fill(client->opening, text, options, why);

    if (!err && gw_ws_class_set_deflate(&client->class, options->deflate) < 0) {
        err = GW_E_ARG;
        snprintf(why, sizeof(why), "a number of the compression options is out of its range");
    }
    if (!err)
        err = set_url(client);
    if (err) {
        gw_dial_fail(client->conn.dial, GW_WS_STEP_ARGUMENT, err, "%s",
                     why[0] ? why : gw_err_text(err));
        return;
    }
    gw_ws_opening_target(client->opening, &target);
    gw_dial_start(client->conn.dial, &target);
}

static struct client *create(gw_loop *loop, const char *text)
{
    struct client *client = gw_mem_zalloc(sizeof(*client));

    if (!client)
        return NULL;
    client->loop = loop;
    client->close_code = GW_WS_CLOSE_ABNORMAL;
    client->socket.protocol = "";
    gw_dial_wire_init(&client->conn, loop);
    client->socket.ws.wire = &client->conn.wire;
    client->socket.ws.setup = &client->class.setup;
    client->opening = gw_ws_opening_create();
    /* As it came, until it is known to be one. */
    client->url = copy_slice(gw_slice_of(text ? text : ""));
    if (client->opening && client->url &&
        gw_dial_create(loop, &client->conn, &dial_handlers, client))
        return client;
    free_client(client);
    return NULL;
}

gw_ws *gw_ws_connect(gw_loop *loop, const char *text, const struct gw_ws_client_options *options,
                     const struct gw_ws_handlers *handlers, void *user)
{
    static const struct gw_ws_client_options defaults;
    struct client *client = create(loop, text);

    if (!client)
        return NULL;
    if (!options)
        options = &defaults;
    fill_class(&client->class, options);
    client->class.handlers = handlers;
    client->class.handlers_user = user;
    start(client, text, options);
    return &client->socket.ws;
}
