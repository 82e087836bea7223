/* SPDX-License-Identifier: MIT */
#include "server/http_phase.h"

#include "base/mem.h"
#include "http/parser.h"
#include "server/conn.h"
#include "server/exchange.h"
#include "server/server.h"
#include "server/unserved.h"

enum {
    LINES_BYTES_MAX = 8 * 1024,    /* fields that tenants add to one answer */
    BACKLOG_BYTES_MAX = 64 * 1024, /* pipelined requests that wait; more stay in the kernel */
    OUTPUT_BYTES_MAX = 64 * 1024,  /* answers that nobody reads; beyond it the next requests wait */
};

struct http_phase {
    struct gw_exchange exchange;
    struct gw_http_parser *parser; /* NULL: no request is half there, or held for its answer */
    struct gw_buf backlog;         /* bytes of requests whose turn has not come */
    uint64_t unread_bytes;         /* of our output, when the last deadline came */
    bool has_begun;                /* a first request's head is there */
    bool is_pumping;
    bool has_backlog_due; /* the deadline is there to go on with the backlog */
    bool has_ended;       /* the client sends no more, but has requests in the backlog */
};

static const struct gw_phase http_phase;

static void open_exchange(struct gw_conn *conn, struct http_phase *phase)
{
    phase->exchange = (struct gw_exchange){.conn = conn};
    gw_buf_init(&phase->exchange.lines, LINES_BYTES_MAX);
    gw_buf_init(&phase->exchange.gathered, 0);
}

static void dispose_exchange(struct http_phase *phase)
{
    gw_buf_dispose(&phase->exchange.lines);
    gw_buf_dispose(&phase->exchange.gathered);
}

static void close_exchange(struct http_phase *phase)
{
    struct gw_conn *conn = phase->exchange.conn;

    dispose_exchange(phase);
    open_exchange(conn, phase);
    if (conn->server->admission.counts_addresses)
        gw_admission_end_request(conn);
}

void gw_http_phase_start(struct gw_conn *conn)
{
    gw_conn_set_phase(conn, &http_phase, NULL);
    gw_conn_set_deadline(conn, conn->server->options.request_timeout_ms);
}

/* The state comes with the first byte: a connection that only waits costs no more than itself. */
static struct http_phase *take_state(struct gw_conn *conn)
{
    struct http_phase *phase = conn->state;

    if (phase)
        return phase;
    phase = gw_mem_zalloc(sizeof(*phase));
    if (!phase) {
        gw_conn_close(conn);
        return NULL;
    }
    gw_buf_init(&phase->backlog, BACKLOG_BYTES_MAX + GW_LOOP_READ_BYTES);
    open_exchange(conn, phase);
    conn->state = phase;
    return phase;
}

static void tell_abort(struct gw_exchange *exchange)
{
    const struct gw_route *route = exchange->route;

    if (exchange->state == GW_EXCHANGE_IDLE || exchange->is_answered)
        return;
    exchange->is_answered = true;
    exchange->request = NULL;
    if (route && route->tenant->on_abort)
        route->tenant->on_abort(exchange, route->data);
}

static void free_state(struct http_phase *phase)
{
    dispose_exchange(phase);
    gw_http_parser_destroy(phase->parser);
    gw_buf_dispose(&phase->backlog);
    gw_mem_free(phase);
}

/* ---- one request ---- */

static void refuse_unknown(struct gw_exchange *exchange, bool is_path_known)
{
    const struct gw_http_request *request = exchange->request;

    if (request->is_upgrade)
        gw_exchange_close_after(exchange);
    if (is_path_known)
        gw_exchange_refuse(exchange, 405, "this path does not take that method\n");
    else
        gw_exchange_refuse(exchange, 404, "nothing is served at this path\n");
}

static void send_continue(struct gw_exchange *exchange)
{
    struct gw_slice interim = GW_LIT("HTTP/1.1 100 Continue\r\n\r\n");

    if (gw_stream_write(&exchange->conn->wire.stream, interim) < 0)
        gw_conn_close(exchange->conn);
}

/* To whom the request goes. */
static void route(struct gw_exchange *exchange, const struct gw_http_request *request)
{
    gw_server *server = exchange->conn->server;
    bool is_path_known;

    exchange->route =
        gw_router_find(&server->router, request->method, request->path, &is_path_known);
    if (!exchange->route && !is_path_known && request->is_upgrade)
        exchange->route = gw_unserved_route(server);
    if (!exchange->route)
        refuse_unknown(exchange, is_path_known);
    else if (exchange->route->tenant->on_head)
        exchange->route->tenant->on_head(exchange, exchange->route->data);
}

static void on_head(struct http_phase *phase, struct gw_http_parser *parser,
                    const struct gw_http_request *request)
{
    struct gw_exchange *exchange = &phase->exchange;
    gw_server *server = exchange->conn->server;

    if (!phase->has_begun)
        gw_conn_settle(exchange->conn);
    phase->has_begun = true;
    exchange->request = request;
    exchange->parser = parser;
    exchange->state = GW_EXCHANGE_READING;
    exchange->is_head = request->verb == GW_HTTP_METHOD_HEAD;
    exchange->connection = (uint8_t)gw_http_connection_for(request);
    exchange->max_body_bytes = server->options.max_body_bytes;
    if (!server->admission.counts_addresses || gw_admission_begin_request(exchange))
        route(exchange, request);
    if (exchange->is_answered) {
        gw_http_parser_discard_body(parser);
        return;
    }
    gw_http_parser_limit_body(parser, exchange->max_body_bytes);
    gw_buf_dispose(&exchange->gathered);
    gw_buf_init(&exchange->gathered, (size_t)exchange->max_body_bytes);
    if (request->expects_continue && request->content_length <= exchange->max_body_bytes)
        send_continue(exchange);
}

/* A body that comes in one piece is not copied. */
static void on_body(struct gw_exchange *exchange, struct gw_slice piece)
{
    const struct gw_http_request *request = exchange->request;

    if (exchange->is_answered)
        return;
    if (request->has_content_length && piece.len == request->content_length)
        exchange->body = piece;
    else if (gw_buf_append(&exchange->gathered, piece) < 0)
        gw_conn_close(exchange->conn);
    else
        exchange->body = gw_buf_slice(&exchange->gathered);
}

static void on_end_of_request(struct http_phase *phase)
{
    struct gw_exchange *exchange = &phase->exchange;

    exchange->state = GW_EXCHANGE_DUE;
    if (!exchange->is_answered)
        exchange->route->tenant->on_request(exchange, exchange->route->data);
    if (exchange->conn->phase != &http_phase || (exchange->is_held && !exchange->is_answered))
        return;
    exchange->request = NULL;
    exchange->body = (struct gw_slice){0};
    gw_buf_dispose(&exchange->gathered);
    if (exchange->is_answered)
        close_exchange(phase);
}

/* The tenant hears the end of the request, and the client why; unless the tenant has ended the
 * connection in a way of its own. */
static void give_up(struct gw_exchange *exchange, int status, const char *why)
{
    tell_abort(exchange);
    if (!gw_conn_is_open(exchange->conn))
        return;
    exchange->is_answered = false;
    gw_exchange_close_after(exchange);
    gw_exchange_refuse(exchange, status, why);
}

/* The bytes cannot be followed any further: answer what can be answered, then close. */
static void on_bad_bytes(struct http_phase *phase, const struct gw_http_parser *parser)
{
    struct gw_exchange *exchange = &phase->exchange;
    const struct gw_route *route = exchange->route;
    int status = gw_http_parser_status(parser);

    exchange->is_head = gw_http_parser_is_head(parser);
    gw_exchange_close_after(exchange);
    if (exchange->is_answered) {
        gw_conn_close(exchange->conn);
        return;
    }
    if (status == 413 && route && route->tenant->on_too_large)
        route->tenant->on_too_large(exchange, route->data);
    else
        give_up(exchange, status, gw_http_parser_why(parser));
}

/* ---- the bytes ---- */

static struct gw_http_parser *take_parser(struct http_phase *phase, gw_server *server)
{
    struct gw_http_parser *parser = phase->parser ? phase->parser : server->spare_parser;

    if (phase->parser)
        phase->parser = NULL;
    else
        server->spare_parser = NULL;
    return parser ? parser : gw_http_parser_create(&server->http_limits);
}

static void give_parser(struct http_phase *phase, gw_server *server, struct gw_http_parser *parser)
{
    if (phase && (phase->exchange.is_held || !gw_http_parser_is_idle(parser))) {
        phase->parser = parser;
    } else if (!server->spare_parser) {
        gw_http_parser_reset(parser);
        server->spare_parser = parser;
    } else {
        gw_http_parser_destroy(parser);
    }
}

/* Between requests the client may rest; within one it may not. */
static void set_deadline(struct gw_conn *conn, const struct http_phase *phase, bool was_idle)
{
    const struct gw_server_options *options = &conn->server->options;

    if (!gw_conn_is_open(conn))
        return;
    if (phase->exchange.state == GW_EXCHANGE_DUE)
        gw_conn_set_deadline(conn, phase->exchange.answer_timeout_ms > 0
                                       ? phase->exchange.answer_timeout_ms
                                       : UINT64_MAX);
    else if (!phase->parser)
        gw_conn_set_deadline(conn, options->idle_timeout_ms);
    else if (was_idle)
        gw_conn_set_deadline(conn, options->request_timeout_ms);
}

static void keep_backlog(struct gw_conn *conn, struct http_phase *phase, struct gw_slice rest)
{
    if (rest.len == 0 || !gw_conn_is_open(conn))
        return;
    if (gw_buf_append(&phase->backlog, rest) < 0)
        gw_conn_close(conn);
    else if (phase->backlog.len > BACKLOG_BYTES_MAX)
        gw_stream_pause(&conn->wire.stream);
}

/* May the next request begin? If not, on_drain comes: what is left is more than the kernel took. */
static bool has_room(struct gw_conn *conn)
{
    struct gw_stream *stream = &conn->wire.stream;

    if (gw_stream_queued_bytes(stream) > OUTPUT_BYTES_MAX)
        gw_stream_flush_early(stream);
    return gw_stream_queued_bytes(stream) <= OUTPUT_BYTES_MAX;
}

static bool wants_step(struct gw_conn *conn, const struct http_phase *phase)
{
    if (!gw_conn_is_open(conn) || conn->phase != &http_phase ||
        phase->exchange.state == GW_EXCHANGE_DUE)
        return false;
    return phase->exchange.state != GW_EXCHANGE_IDLE || (has_room(conn) && gw_conn_is_open(conn));
}

static bool step(struct http_phase *phase, struct gw_http_parser *parser, struct gw_slice *in)
{
    struct gw_http_event event;
    int result = gw_http_parser_next(parser, in, &event);

    if (result <= 0) {
        if (result < 0)
            on_bad_bytes(phase, parser);
        return false;
    }
    switch (event.type) {
    case GW_HTTP_HEAD:
        on_head(phase, parser, event.request);
        break;
    case GW_HTTP_BODY:
        on_body(&phase->exchange, event.body);
        break;
    case GW_HTTP_END:
        on_end_of_request(phase);
        break;
    }
    return true;
}

static void pump(struct gw_conn *conn, struct http_phase *phase, uint8_t *bytes, size_t len)
{
    gw_server *server = conn->server;
    struct gw_slice in = {bytes, len};
    /* The time for the first request runs since the connection is there. */
    bool was_idle = !phase->parser && phase->has_begun;
    struct gw_http_parser *parser = take_parser(phase, server);

    if (!parser) {
        gw_conn_close(conn);
        return;
    }
    phase->is_pumping = true;
    while (wants_step(conn, phase) && step(phase, parser, &in)) {
    }
    phase->is_pumping = false;
    if (conn->phase != &http_phase) {
        give_parser(NULL, server, parser);
        free_state(phase);
        if (in.len > 0 && gw_conn_is_open(conn))
            conn->phase->on_bytes(conn, bytes + (len - in.len), in.len);
        return;
    }
    give_parser(phase, server, parser);
    keep_backlog(conn, phase, in);
    set_deadline(conn, phase, was_idle);
}

static void on_bytes(struct gw_conn *conn, uint8_t *bytes, size_t len)
{
    struct http_phase *phase = take_state(conn);

    if (!phase)
        return;
    if (phase->exchange.state == GW_EXCHANGE_DUE || phase->backlog.len > 0)
        keep_backlog(conn, phase, (struct gw_slice){bytes, len});
    else
        pump(conn, phase, bytes, len);
}

/* After an answer that came later: nothing of a held request is needed any more. */
static void release_parser(struct http_phase *phase)
{
    struct gw_http_parser *parser = phase->parser;

    phase->parser = NULL;
    if (parser)
        give_parser(phase, phase->exchange.conn->server, parser);
}

/* Pipelined requests go on in the next turn: the answer may have come
 * from deep inside another room. */
void gw_http_phase_answered(struct gw_exchange *exchange)
{
    struct http_phase *phase = container_of(exchange, struct http_phase, exchange);
    struct gw_conn *conn = exchange->conn;

    if (phase->is_pumping)
        return;
    close_exchange(phase);
    release_parser(phase);
    if (!gw_conn_is_open(conn))
        return;
    phase->has_backlog_due = phase->backlog.len > 0;
    gw_conn_set_deadline(conn, phase->has_backlog_due ? 0 : conn->server->options.idle_timeout_ms);
}

/* What the client has sent too early are the first bytes of the new protocol. */
void gw_http_phase_upgraded(struct gw_exchange *exchange)
{
    struct http_phase *phase = container_of(exchange, struct http_phase, exchange);
    struct gw_conn *conn = exchange->conn;
    struct gw_buf early = phase->backlog;

    if (phase->is_pumping)
        return;
    gw_buf_init(&phase->backlog, 0);
    free_state(phase);
    gw_stream_resume(&conn->wire.stream);
    if (early.len > 0)
        conn->phase->on_bytes(conn, early.ptr, early.len);
    gw_buf_dispose(&early);
}

static void pump_backlog(struct gw_conn *conn, struct http_phase *phase)
{
    struct gw_buf backlog = phase->backlog;
    bool has_ended = phase->has_ended;

    phase->has_backlog_due = false;
    gw_buf_init(&phase->backlog, backlog.limit_bytes);
    gw_stream_resume(&conn->wire.stream);
    pump(conn, phase, backlog.ptr, backlog.len);
    gw_buf_dispose(&backlog);
    if (has_ended && gw_conn_is_open(conn))
        conn->phase->on_end(conn); /* of the phase that there is now */
}

/* ---- the ends ---- */

/* Notes how much is unread now; true: less or more than at the last deadline. An answer may take as
 * long as its reader needs, as long as it is being read. */
static bool note_unread(struct gw_conn *conn, struct http_phase *phase)
{
    uint64_t unread_bytes = gw_stream_unread_bytes(&conn->wire.stream);
    bool has_moved = unread_bytes > 0 && unread_bytes != phase->unread_bytes;

    phase->unread_bytes = unread_bytes;
    return has_moved;
}

static void close_unless_read(struct gw_conn *conn, struct http_phase *phase)
{
    if (phase && note_unread(conn, phase))
        gw_conn_set_deadline(conn, conn->server->options.request_timeout_ms);
    else
        gw_conn_close(conn);
}

static void on_deadline(struct gw_conn *conn)
{
    struct http_phase *phase = conn->state;

    if (!gw_conn_is_open(conn)) {
        close_unless_read(conn, phase);
        return;
    }
    if (phase && phase->has_backlog_due) {
        pump_backlog(conn, phase);
        return;
    }
    if (!phase || phase->exchange.is_answered)
        gw_conn_close(conn);
    else if (phase->exchange.state == GW_EXCHANGE_DUE)
        give_up(&phase->exchange, 503, "the answer was not ready in time\n");
    else if (phase->parser)
        give_up(&phase->exchange, 408, "the request did not arrive in time\n");
    else
        close_unless_read(conn, phase);
}

/* The client has read its answers: now it may rest, or the requests behind them begin. */
static void on_drain(struct gw_conn *conn)
{
    struct http_phase *phase = conn->state;

    if (!phase || phase->parser || phase->exchange.state != GW_EXCHANGE_IDLE)
        return;
    if (phase->backlog.len > 0)
        pump_backlog(conn, phase);
    else
        gw_conn_set_deadline(conn, conn->server->options.idle_timeout_ms);
}

/* A client that has gone does not wait for its answer; what has been answered is still sent. */
static void on_end(struct gw_conn *conn)
{
    struct http_phase *phase = conn->state;

    if (phase && phase->exchange.state != GW_EXCHANGE_IDLE && !phase->exchange.is_answered)
        gw_conn_close(conn);
    else if (phase && phase->backlog.len > 0)
        phase->has_ended = true;
    else
        gw_conn_finish(conn, conn->server->options.stop_timeout_ms);
}

static void on_stop(struct gw_conn *conn)
{
    struct http_phase *phase = conn->state;

    if (phase && phase->exchange.state != GW_EXCHANGE_IDLE && !phase->exchange.is_answered)
        gw_exchange_close_after(&phase->exchange);
    else
        gw_conn_finish(conn, conn->server->options.stop_timeout_ms);
}

static void on_closed(struct gw_conn *conn)
{
    struct http_phase *phase = conn->state;

    if (!phase || !phase->has_begun)
        conn->server->half_open_count--;
    if (!phase)
        return;
    tell_abort(&phase->exchange);
    free_state(phase);
}

static const struct gw_phase http_phase = {
    .on_bytes = on_bytes,
    .on_end = on_end,
    .on_drain = on_drain,
    .on_deadline = on_deadline,
    .on_stop = on_stop,
    .on_closed = on_closed,
    .has_long_answers = true,
};
