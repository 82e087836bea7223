/* SPDX-License-Identifier: MIT */
#include "server/server.h"

#include "base/mem.h"
#include "http/date.h"
#include "net/clock.h"
#include "net/limit.h"
#include "net/listener.h"
#include "net/signal.h"
#include "server/conn.h"
#include "server/tls.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>

enum {
    SCRATCH_BYTES = 64 * 1024, /* far above any head that we write */
    DEFAULT_MAX_CONNECTIONS = 100000,
    DEFAULT_MAX_HALF_OPEN = 10000,
    DEFAULT_REQUEST_TIMEOUT_MS = 15000,
    DEFAULT_IDLE_TIMEOUT_MS = 6000, /* the clients of Node.js give up after 5 s */
    DEFAULT_STOP_TIMEOUT_MS = 5000,
};

struct gw_server_listener {
    struct gw_list node;
    gw_server *server;
    struct gw_server_tls *tls; /* NULL: plain */
    struct gw_listener listener;
};

static void default_u32(uint32_t *option, uint32_t value)
{
    if (*option == 0)
        *option = value;
}

static void default_u64(uint64_t *option, uint64_t value)
{
    if (*option == 0)
        *option = value;
}

static void default_size(size_t *option, size_t value)
{
    if (*option == 0)
        *option = value;
}

static void fill_defaults(struct gw_server_options *options)
{
    default_u32(&options->max_connections, DEFAULT_MAX_CONNECTIONS);
    default_u32(&options->max_half_open, DEFAULT_MAX_HALF_OPEN);
    default_u64(&options->request_timeout_ms, DEFAULT_REQUEST_TIMEOUT_MS);
    default_u64(&options->idle_timeout_ms, DEFAULT_IDLE_TIMEOUT_MS);
    default_u64(&options->stop_timeout_ms, DEFAULT_STOP_TIMEOUT_MS);
    default_size(&options->max_head_bytes, GW_HTTP_HEAD_BYTES);
    default_size(&options->max_body_bytes, GW_HTTP_BODY_BYTES);
}

/* What the parser can count. */
static uint32_t head_limit(size_t max_head_bytes)
{
    return max_head_bytes < GW_HTTP_HEAD_BYTES_MAX ? (uint32_t)max_head_bytes
                                                   : (uint32_t)GW_HTTP_HEAD_BYTES_MAX;
}

static void on_stop_timeout(struct gw_timer *timer)
{
    gw_server *server = container_of(timer, gw_server, stop_timer);

    for (struct gw_list *node = server->conns.next; node != &server->conns; node = node->next)
        gw_conn_close(container_of(node, struct gw_conn, node));
}

gw_server *gw_server_create(const struct gw_server_options *options)
{
    gw_server *server = gw_mem_zalloc(sizeof(*server));

    if (!server)
        return NULL;
    if (options)
        server->options = *options;
    fill_defaults(&server->options);
    server->log =
        (struct gw_log){server->options.log_level, server->options.log, server->options.log_user};
    server->http_limits = GW_HTTP_LIMITS_DEFAULT;
    server->http_limits.head_bytes = head_limit(server->options.max_head_bytes);
    /* A browser's cookies are one line. */
    server->http_limits.line_bytes = server->http_limits.head_bytes;
    server->http_limits.body_bytes = server->options.max_body_bytes;
    gw_router_init(&server->router);
    gw_admission_init(&server->admission, &server->options);
    gw_list_init(&server->conns);
    gw_list_init(&server->half_open);
    gw_list_init(&server->listeners);
    gw_list_init(&server->tls_list);
    gw_list_init(&server->parts);
    gw_buf_init(&server->scratch, SCRATCH_BYTES);
    server->owns_loop = !server->options.loop;
    server->loop = server->owns_loop ? gw_loop_create() : server->options.loop;
    if (!server->loop) {
        gw_mem_free(server);
        return NULL;
    }
    gw_timer_init(&server->stop_timer, server->loop, on_stop_timeout);
    gw_trim_init(&server->trim, server->loop);
    return server;
}

static void log_listener(const gw_server *server, const char *event,
                         const struct gw_listener *listener)
{
    char text[GW_ADDRESS_TEXT_MAX];

    gw_address_format(gw_listener_address(listener), text);
    gw_log_write(&server->log, GW_LOG_INFO, "%s address=%s", event, text);
}

static void drop_listeners(gw_server *server)
{
    struct gw_list *node;

    while ((node = gw_list_pop(&server->listeners))) {
        struct gw_server_listener *listener = container_of(node, struct gw_server_listener, node);

        log_listener(server, "listener_stop", &listener->listener);
        gw_listener_stop(&listener->listener);
        gw_mem_free(listener);
    }
}

int gw_server_fail(gw_server *server, int err, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(server->error, sizeof(server->error), format, args);
    va_end(args);
    return err;
}

const char *gw_server_error(const gw_server *server)
{
    return server->error;
}

gw_loop *gw_server_loop(gw_server *server)
{
    return server->loop;
}

size_t gw_server_connection_count(const gw_server *server)
{
    return server->conn_count;
}

void gw_server_add_part(gw_server *server, struct gw_server_part *part)
{
    gw_list_push(&server->parts, &part->node);
}

struct gw_slice gw_server_date(gw_server *server)
{
    uint64_t now_ms = gw_loop_now_ms(server->loop);

    if (now_ms >= server->date_until_ms) {
        uint64_t unix_ms = gw_clock_unix_ms();

        gw_http_date((uint8_t *)server->date, unix_ms / 1000);
        server->date_until_ms = now_ms + 1000 - unix_ms % 1000;
    }
    return (struct gw_slice){(const uint8_t *)server->date, GW_HTTP_DATE_LEN};
}

/* ---- listening ---- */

static void on_accept(struct gw_listener *listener, int fd, const struct gw_address *peer)
{
    struct gw_server_listener *ours = container_of(listener, struct gw_server_listener, listener);
    gw_server *server = ours->server;
    struct gw_seat seat;
    int err;

    if (!gw_admission_let_in(server, fd, peer, ours->tls, &seat))
        return;
    server->accepted++;
    err = gw_conn_open_take(server, fd, peer, ours->tls, &seat);
    gw_trim_note(&server->trim, server->conn_count);
    if (err < 0)
        gw_log_write(&server->log, GW_LOG_ERROR, "connection_lost error=\"%s\"", gw_err_text(err));
}

static int start_listener(gw_server *server, const struct gw_listener_options *options,
                          struct gw_server_tls *tls)
{
    struct gw_server_listener *listener = gw_mem_zalloc(sizeof(*listener));
    int err;

    if (!listener)
        return gw_server_fail(server, GW_E_NOMEM, "cannot listen: out of memory");
    listener->server = server;
    listener->tls = tls;
    gw_listener_init(&listener->listener, server->loop, on_accept);
    err = gw_listener_start(&listener->listener, options);
    if (err < 0) {
        gw_server_fail(server, err, "%s", gw_listener_error(&listener->listener));
        gw_mem_free(listener);
        server->listen_err = err;
        return err;
    }
    gw_list_push(&server->listeners, &listener->node);
    log_listener(server, "listener_start", &listener->listener);
    return gw_address_port(gw_listener_address(&listener->listener));
}

int gw_server_listen(gw_server *server, const char *host, uint16_t port)
{
    return start_listener(
        server, &(struct gw_listener_options){.host = host, .port = port, .log = &server->log},
        NULL);
}

int gw_server_listen_tls(gw_server *server, const char *host, uint16_t port,
                         const struct gw_tls_options *options)
{
    int result;
    struct gw_server_tls *tls = gw_server_tls_open(server, options, &result);

    if (!tls) {
        server->listen_err = result;
        return result;
    }
    result = start_listener(
        server, &(struct gw_listener_options){.host = host, .port = port, .log = &server->log},
        tls);
    if (result < 0)
        gw_server_tls_close(tls);
    return result;
}

int gw_server_listen_unix(gw_server *server, const char *path)
{
    return start_listener(server, &(struct gw_listener_options){.path = path, .log = &server->log},
                          NULL);
}

/* ---- running and stopping ---- */

void gw_server_check_stopped(gw_server *server)
{
    gw_trim_note(&server->trim, server->conn_count);
    if (!server->is_stopping || server->conn_count > 0 || server->is_stopped)
        return;
    server->is_stopped = true;
    gw_log_write(&server->log, GW_LOG_INFO, "server_stopped");
    gw_timer_stop(&server->stop_timer);
    if (server->ends_loop)
        gw_loop_stop(server->loop);
}

void gw_server_stop(gw_server *server)
{
    if (server->is_stopping)
        return;
    server->is_stopping = true;
    gw_log_write(&server->log, GW_LOG_INFO, "server_stopping connections=%u", server->conn_count);
    drop_listeners(server);
    gw_timer_start(&server->stop_timer, server->options.stop_timeout_ms);
    for (struct gw_list *node = server->parts.next; node != &server->parts; node = node->next) {
        struct gw_server_part *part = container_of(node, struct gw_server_part, node);

        part->on_stop(part);
    }
    /* Nothing leaves the list before the reap, and nothing is accepted any more. */
    gw_list_move_all(&server->conns, &server->half_open);
    for (struct gw_list *node = server->conns.next; node != &server->conns; node = node->next)
        gw_conn_stop(container_of(node, struct gw_conn, node));
    gw_server_check_stopped(server);
}

static void unwatch_signals(gw_server *server)
{
    if (server->watches_signals)
        gw_signal_stop();
    server->watches_signals = false;
}

void gw_server_destroy(gw_server *server)
{
    struct gw_list *node;

    if (!server)
        return;
    unwatch_signals(server);
    gw_server_stop(server);
    on_stop_timeout(&server->stop_timer);
    while (server->conn_count > 0)
        gw_loop_step(server->loop, 0);
    gw_timer_stop(&server->stop_timer);
    gw_trim_stop(&server->trim);
    while ((node = gw_list_pop(&server->parts))) {
        struct gw_server_part *part = container_of(node, struct gw_server_part, node);

        part->destroy(part);
    }
    gw_server_tls_close_all(server);
    gw_admission_dispose(&server->admission);
    gw_router_dispose(&server->router);
    gw_proxies_dispose(&server->proxies);
    gw_http_parser_destroy(server->spare_parser);
    gw_buf_dispose(&server->scratch);
    if (server->owns_loop)
        gw_loop_destroy(server->loop);
    gw_mem_free(server);
}

bool gw_server_is_stopped(const gw_server *server)
{
    return server->is_stopped;
}

static void on_signal(int number, void *user)
{
    gw_server *server = user;

    if (number == SIGHUP)
        gw_server_reload_tls(server); /* it tells the log what came of it */
    else if (server->is_stopping)
        on_stop_timeout(&server->stop_timer);
    else
        gw_server_stop(server);
}

int gw_server_watch_signals(gw_server *server)
{
    int err;

    if (server->watches_signals)
        return GW_OK;
    err = gw_signal_start(server->loop, on_signal, server);
    if (err < 0)
        return gw_server_fail(server, err, "cannot watch signals: %s",
                              err == GW_E_SYSTEM   ? strerror(errno)
                              : err == GW_E_IN_USE ? "another server does"
                                                   : gw_err_text(err));
    server->watches_signals = true;
    return GW_OK;
}

/* For those who return what gw_server_run gives, and say no more. */
static int fail_to_run(const gw_server *server, int err)
{
    char why[GW_LOG_VALUE_SIZE];

    gw_log_write(&server->log, GW_LOG_ERROR, "run_failed error=%s",
                 gw_log_value(why, gw_slice_of(server->error)));
    return err;
}

int gw_server_run(gw_server *server)
{
    int err;

    if (server->listen_err < 0 && gw_list_is_empty(&server->listeners) && !server->is_stopping)
        return fail_to_run(server, server->listen_err);
    err = gw_server_watch_signals(server);
    if (err < 0)
        return fail_to_run(server, err);
    gw_limit_raise_files();
    server->ends_loop = true;
    if (!server->is_stopped)
        err = gw_loop_run(server->loop);
    server->ends_loop = false;
    unwatch_signals(server);
    return err;
}
