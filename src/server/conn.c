/* SPDX-License-Identifier: MIT */
#include "server/conn.h"

#include "base/mem.h"
#include "server/http_phase.h"
#include "server/server.h"
#include "server/tls.h"

#include <unistd.h>

static struct gw_conn *conn_of(struct gw_stream *stream)
{
    return container_of(gw_wire_of_stream(stream), struct gw_conn, wire);
}

static void on_read(struct gw_stream *stream, uint8_t *bytes, size_t len)
{
    struct gw_conn *conn = conn_of(stream);

    conn->phase->on_bytes(conn, bytes, len);
}

static void on_end(struct gw_stream *stream)
{
    struct gw_conn *conn = conn_of(stream);

    if (conn->phase->on_end)
        conn->phase->on_end(conn);
    else
        gw_conn_finish(conn, conn->server->options.stop_timeout_ms);
}

static void on_drain(struct gw_stream *stream)
{
    struct gw_conn *conn = conn_of(stream);

    if (conn->phase->on_drain)
        conn->phase->on_drain(conn);
}

static void on_error(struct gw_stream *stream, int errno_value)
{
    const char *why = gw_tls_why(stream);

    gw_log_write(&conn_of(stream)->server->log, GW_LOG_DEBUG, "connection_broken error=\"%s\"",
                 why ? why : strerror(errno_value));
}

static void on_closed(struct gw_stream *stream)
{
    struct gw_conn *conn = conn_of(stream);
    gw_server *server = conn->server;

    gw_timer_stop(&conn->wire.timer);
    gw_list_remove(&conn->node);
    server->conn_count--;
    conn->phase->on_closed(conn);
    if (server->admission.counts_addresses)
        gw_admission_leave(server, gw_conn_seat(conn));
    gw_mem_free(conn);
    gw_server_check_stopped(server);
}

static const struct gw_stream_handlers handlers = {
    .on_read = on_read,
    .on_end = on_end,
    .on_drain = on_drain,
    .on_error = on_error,
    .on_closed = on_closed,
};

static void on_deadline(struct gw_timer *timer)
{
    struct gw_conn *conn = container_of(gw_wire_of_timer(timer), struct gw_conn, wire);

    if (conn->phase->on_deadline && (gw_conn_is_open(conn) || conn->phase->has_long_answers))
        conn->phase->on_deadline(conn);
    else
        gw_conn_close(conn);
}

/* The time for the handshake is over, the time for the first request begins. */
static void on_tls_ready(struct gw_stream *stream)
{
    struct gw_conn *conn = conn_of(stream);

    if (gw_conn_is_open(conn))
        gw_conn_set_deadline(conn, conn->server->options.request_timeout_ms);
}

static void start_tls(struct gw_conn *conn, const struct gw_server_tls *tls)
{
    gw_conn_set_deadline(conn, tls->handshake_timeout_ms);
    if (gw_tls_server_start(tls->tls, &conn->wire.stream, on_tls_ready) < 0)
        gw_conn_close(conn);
}

static struct gw_conn *create(gw_server *server, int fd, const struct gw_seat *seat, int *err)
{
    bool has_seat = server->admission.counts_addresses;
    struct gw_conn *conn = gw_mem_zalloc(sizeof(*conn) + (has_seat ? sizeof(*seat) : 0));

    *err = GW_E_NOMEM;
    if (!conn) {
        close(fd);
        return NULL;
    }
    *err = gw_wire_open_take(&conn->wire, server->loop, fd, &handlers, on_deadline);
    if (*err < 0) {
        gw_mem_free(conn);
        return NULL;
    }
    if (has_seat)
        *gw_conn_seat(conn) = *seat;
    return conn;
}

int gw_conn_open_take(gw_server *server, int fd, const struct gw_address *peer,
                      const struct gw_server_tls *tls, struct gw_seat *seat)
{
    int err;
    struct gw_conn *conn = create(server, fd, seat, &err);

    if (!conn) {
        gw_admission_leave(server, seat);
        return err;
    }
    conn->server = server;
    gw_stream_keep_peer(&conn->wire.stream, peer);
    gw_list_push(&server->half_open, &conn->node);
    server->half_open_count++;
    server->conn_count++;
    gw_http_phase_start(conn);
    if (tls)
        start_tls(conn, tls);
    return GW_OK;
}

void gw_conn_settle(struct gw_conn *conn)
{
    gw_list_remove(&conn->node);
    gw_list_push(&conn->server->conns, &conn->node);
    conn->server->half_open_count--;
}

void gw_conn_set_phase(struct gw_conn *conn, const struct gw_phase *phase, void *state)
{
    conn->phase = phase;
    conn->state = state;
    gw_timer_stop(&conn->wire.timer);
}

void gw_conn_stop(struct gw_conn *conn)
{
    if (!gw_conn_is_open(conn))
        return;
    if (gw_conn_is_secure(conn) && !gw_tls_is_ready(&conn->wire.stream))
        gw_conn_close(conn);
    else if (conn->phase->on_stop)
        conn->phase->on_stop(conn);
    else
        gw_conn_finish(conn, conn->server->options.stop_timeout_ms);
}
