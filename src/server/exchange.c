/* SPDX-License-Identifier: MIT */
#include "server/exchange.h"

#include "http/parser.h"
#include "server/conn.h"
#include "server/http_phase.h"
#include "server/server.h"

#include <unistd.h>

enum {
    LINGER_MS = 2000,             /* for the peer to read our last answer before TCP is cut */
    SWALLOW_BYTES_MAX = 64 * 1024 /* of an unwanted body; a longer one costs the connection */
};

int gw_exchange_field(struct gw_exchange *exchange, struct gw_slice name, struct gw_slice value)
{
    return gw_http_field_append(&exchange->lines, name, value);
}

void gw_exchange_drop_field(struct gw_exchange *exchange, struct gw_slice name)
{
    gw_http_field_drop(&exchange->lines, name);
}

void gw_exchange_close_after(struct gw_exchange *exchange)
{
    exchange->is_closing = true;
}

/* An answer to a request whose body nobody will read: a short rest is swallowed,
 * a long one is not worth it. */
static void check_unread_body(struct gw_exchange *exchange)
{
    const struct gw_http_request *request = exchange->request;

    if (exchange->state != GW_EXCHANGE_READING || !request || !request->has_body)
        return;
    if (request->is_chunked || request->expects_continue ||
        request->content_length > SWALLOW_BYTES_MAX)
        exchange->is_closing = true;
}

static int write_head(struct gw_exchange *exchange, int status, struct gw_slice content_type,
                      uint64_t len)
{
    gw_server *server = exchange->conn->server;
    struct gw_http_response response;

    check_unread_body(exchange);
    if (server->is_stopping)
        exchange->is_closing = true;
    gw_buf_reset(&server->scratch);
    gw_http_response_begin(&response, &server->scratch, status,
                           exchange->is_closing ? GW_HTTP_CLOSE
                                                : (enum gw_http_connection)exchange->connection);
    if (content_type.ptr)
        gw_http_response_field(&response, GW_LIT("Content-Type"), content_type);
    gw_http_response_field(&response, GW_LIT("Date"), gw_server_date(server));
    gw_http_response_lines(&response, gw_buf_slice(&exchange->lines));
    return gw_http_response_end(&response, len);
}

/* What could not be answered must not look like an answer. */
static int cut(struct gw_exchange *exchange, int err)
{
    exchange->is_answered = true;
    gw_conn_close(exchange->conn);
    return err;
}

static bool is_over(const struct gw_exchange *exchange)
{
    return exchange->is_answered || !gw_conn_is_open(exchange->conn);
}

static int finish(struct gw_exchange *exchange)
{
    exchange->is_answered = true;
    if (exchange->is_closing || exchange->connection == GW_HTTP_CLOSE)
        gw_conn_finish(exchange->conn, LINGER_MS);
    gw_http_phase_answered(exchange);
    return GW_OK;
}

int gw_exchange_answer(struct gw_exchange *exchange, int status, struct gw_slice content_type,
                       struct gw_slice body)
{
    struct gw_stream *stream = &exchange->conn->wire.stream;
    bool has_content = gw_http_status_has_content(status) && !exchange->is_head;
    int err;

    if (is_over(exchange))
        return GW_E_CLOSED;
    err = write_head(exchange, status, content_type, body.len);
    if (err == GW_OK)
        err = gw_stream_write(stream, gw_buf_slice(&exchange->conn->server->scratch));
    if (err == GW_OK && body.len > 0 && has_content)
        err = gw_stream_write(stream, body);
    return err < 0 ? cut(exchange, err) : finish(exchange);
}

int gw_exchange_answer_file_take(struct gw_exchange *exchange, int status,
                                 struct gw_slice content_type, int fd, uint64_t offset,
                                 uint64_t len)
{
    struct gw_stream *stream = &exchange->conn->wire.stream;
    int err = is_over(exchange) ? GW_E_CLOSED : write_head(exchange, status, content_type, len);

    if (err == GW_OK)
        err = gw_stream_write(stream, gw_buf_slice(&exchange->conn->server->scratch));
    if (err < 0 || exchange->is_head || len == 0)
        close(fd);
    else
        err = gw_stream_write_file_take(stream, fd, offset, len);
    if (err == GW_E_CLOSED)
        return err;
    return err < 0 ? cut(exchange, err) : finish(exchange);
}

int gw_exchange_answer_empty(struct gw_exchange *exchange, int status)
{
    int err;

    if (is_over(exchange))
        return GW_E_CLOSED;
    err = write_head(exchange, status, (struct gw_slice){0}, GW_HTTP_LENGTH_NONE);
    if (err == GW_OK)
        err = gw_stream_write(&exchange->conn->wire.stream,
                              gw_buf_slice(&exchange->conn->server->scratch));
    return err < 0 ? cut(exchange, err) : finish(exchange);
}

int gw_exchange_refuse(struct gw_exchange *exchange, int status, const char *why)
{
    return gw_exchange_answer(exchange, status, GW_LIT("text/plain; charset=utf-8"),
                              gw_slice_of(why));
}

int gw_exchange_hold(struct gw_exchange *exchange)
{
    struct gw_slice body = exchange->body;
    int err = gw_http_parser_hold(exchange->parser);

    if (err == GW_OK && body.len > 0 && body.ptr != exchange->gathered.ptr) {
        err = gw_buf_append(&exchange->gathered, body);
        exchange->body = gw_buf_slice(&exchange->gathered);
    }
    exchange->is_held = err == GW_OK;
    return err;
}

void gw_exchange_drop(struct gw_exchange *exchange)
{
    cut(exchange, GW_E_CLOSED);
}

int gw_exchange_upgrade(struct gw_exchange *exchange, struct gw_slice head,
                        const struct gw_phase *phase, void *state)
{
    int err = GW_OK;

    if (is_over(exchange))
        return GW_E_CLOSED;
    if (head.len > 0)
        err = gw_stream_write(&exchange->conn->wire.stream, head);
    if (err < 0)
        return cut(exchange, err);
    exchange->is_answered = true;
    gw_conn_set_phase(exchange->conn, phase, state);
    gw_http_phase_upgraded(exchange);
    return GW_OK;
}
