/* SPDX-License-Identifier: MIT */
/* Engine.IO over HTTP: the requests below the path of a gw_io, and the polling transport's answers. */
#include "eio/check.h"
#include "eio/polling.h"
#include "server/conn.h"
#include "server/eio_ws.h"
#include "server/io_host.h"

/* What an exchange that waits is to its polling. */
enum action { NO_ACTION, POLLING_GET, POLLING_POST };

static const struct gw_slice no_body;

static void say_no_store(struct gw_exchange *exchange)
{
    gw_exchange_field(exchange, GW_LIT("Cache-Control"), GW_LIT("no-store"));
}

/* ---- what the polling transport wants said ---- */

static void answer_poll(void *poll, const struct gw_eio_answer *answer)
{
    struct gw_exchange *exchange = poll;

    exchange->action = NO_ACTION;
    say_no_store(exchange);
    gw_exchange_answer(exchange, 200,
                       answer->is_octet_stream ? GW_LIT("application/octet-stream")
                                               : GW_LIT("text/plain; charset=UTF-8"),
                       answer->body);
}

static void drop_request(void *request)
{
    struct gw_exchange *exchange = request;

    exchange->action = NO_ACTION;
    gw_exchange_drop(exchange);
}

static const struct gw_eio_polling_handlers polling_handlers = {
    .answer = answer_poll,
    .drop = drop_request,
};

/* ---- requests ---- */

static void refuse(struct gw_exchange *exchange, enum gw_eio_error error)
{
    if (exchange->request->is_upgrade) {
        gw_exchange_close_after(exchange);
        gw_exchange_answer(exchange, 400, GW_LIT("text/html"), gw_eio_error_text(error));
    } else {
        gw_exchange_answer(exchange, gw_eio_error_status(error), GW_LIT("application/json"),
                           gw_eio_error_json(error));
    }
}

static void check_exchange(const struct gw_io_host *host, const struct gw_exchange *exchange,
                           struct gw_eio_check *check)
{
    const struct gw_http_request *request = exchange->request;
    struct gw_eio_request wanted = {
        .method = request->method,
        .query = request->query,
        .origin = gw_http_request_field(request, GW_LIT("Origin")),
        .is_upgrade = request->is_upgrade,
    };

    gw_eio_check_request(&host->engine, &wanted, check);
    if (check->action == GW_EIO_ACTION_HANDSHAKE)
        gw_eio_check_handshake(&host->engine, check);
}

static void take_get(struct gw_exchange *exchange, struct gw_eio_polling *polling, uint64_t now_ms)
{
    exchange->action = POLLING_GET;
    exchange->tenant = polling;
    if (gw_eio_polling_poll(polling, exchange, now_ms) == GW_EIO_POLLING_TAKEN)
        return;
    exchange->action = NO_ACTION;
    gw_exchange_answer(exchange, 400, no_body, no_body);
}

static void open_polling_session(struct gw_io_host *host, struct gw_exchange *exchange,
                                 enum gw_eio_revision revision)
{
    uint64_t now_ms = gw_io_host_now_ms(host);
    struct gw_eio_polling *polling = gw_eio_polling_create(&host->engine, &polling_handlers);
    struct gw_eio_session *session = NULL;

    if (polling)
        session = gw_eio_engine_open(&host->engine, revision, &polling->transport, now_ms);
    if (!session) {
        if (polling)
            gw_eio_polling_destroy(polling);
        gw_exchange_refuse(exchange, 503, "no more sessions can be opened now\n");
        return;
    }
    gw_io_host_welcome(host, session, exchange);
    take_get(exchange, polling, now_ms);
}

static void on_get(struct gw_io_host *host, struct gw_exchange *exchange)
{
    struct gw_eio_check check;

    check_exchange(host, exchange, &check);
    if (check.action == GW_EIO_ACTION_REFUSE)
        refuse(exchange, check.error);
    else if (exchange->request->is_upgrade)
        gw_eio_ws_serve(host, exchange, &check);
    else if (check.action == GW_EIO_ACTION_HANDSHAKE)
        open_polling_session(host, exchange, check.revision);
    else if (check.action == GW_EIO_ACTION_POLL)
        take_get(exchange, gw_eio_polling_of(check.session), gw_io_host_now_ms(host));
    else
        gw_exchange_answer(exchange, 500, no_body, no_body);
}

static void begin_post(struct gw_exchange *exchange, struct gw_eio_polling *polling)
{
    struct gw_slice type = gw_http_request_field(exchange->request, GW_LIT("Content-Type"));
    bool is_octet_stream = gw_slice_equal(type, GW_LIT("application/octet-stream"));

    exchange->action = POLLING_POST;
    exchange->tenant = polling;
    if (gw_eio_polling_post_begin(polling, exchange, is_octet_stream) == GW_EIO_POLLING_TAKEN)
        return;
    exchange->action = NO_ACTION;
    gw_exchange_answer(exchange, 400, no_body, no_body);
}

/* A 204 needs no length, but some browsers wait for a body without it, so the genuine server says 0. */
static void answer_preflight(struct gw_exchange *exchange)
{
    gw_exchange_field(exchange, GW_LIT("Content-Length"), GW_LIT("0"));
    gw_exchange_answer(exchange, 204, no_body, no_body);
}

/* Old Internet Explorers take a polled payload for an attack and blank it. */
static void turn_off_xss_filter(struct gw_exchange *exchange)
{
    struct gw_slice agent = gw_http_request_field(exchange->request, GW_LIT("User-Agent"));

    if (agent.ptr &&
        (memmem(agent.ptr, agent.len, ";MSIE", 5) || memmem(agent.ptr, agent.len, "Trident/", 8)))
        gw_exchange_field(exchange, GW_LIT("X-XSS-Protection"), GW_LIT("0"));
}

/* Two POSTs at once are an offence that shows in the head already, so a POST is judged before its body. */
static void on_head(struct gw_exchange *exchange, void *data)
{
    struct gw_io_host *host = data;
    struct gw_eio_check check;

    exchange->max_body_bytes = host->engine.options.max_http_buffer_bytes;
    gw_http_cors_append(&host->cors, exchange->request, &exchange->lines);
    if (gw_http_cors_is_preflight(&host->cors, exchange->request)) {
        answer_preflight(exchange);
        return;
    }
    if (exchange->request->is_upgrade ||
        gw_client_bundle_answer(&host->bundle, exchange, host->path_len))
        return;
    turn_off_xss_filter(exchange);
    if (exchange->request->verb != GW_HTTP_METHOD_POST)
        return;
    check_exchange(host, exchange, &check);
    if (check.action == GW_EIO_ACTION_POST)
        begin_post(exchange, gw_eio_polling_of(check.session));
    else
        refuse(exchange, check.error);
}

static void on_request(struct gw_exchange *exchange, void *data)
{
    struct gw_io_host *host = data;

    if (exchange->action != POLLING_POST) {
        on_get(host, exchange);
        return;
    }
    exchange->action = NO_ACTION;
    gw_eio_polling_post_end(exchange->tenant, exchange->body, gw_io_host_now_ms(host));
    say_no_store(exchange);
    gw_exchange_answer(exchange, 200, GW_LIT("text/html"), GW_LIT("ok"));
}

static void on_too_large(struct gw_exchange *exchange, void *data)
{
    (void)data;
    if (exchange->action == POLLING_POST)
        gw_eio_polling_post_cancel(exchange->tenant);
    exchange->action = NO_ACTION;
    gw_exchange_answer(exchange, 413, no_body, no_body);
}

static void on_abort(struct gw_exchange *exchange, void *data)
{
    uint32_t action = exchange->action;

    (void)data;
    exchange->action = NO_ACTION;
    if (action == POLLING_GET)
        gw_eio_polling_poll_aborted(exchange->tenant);
    else if (action == POLLING_POST)
        gw_eio_polling_post_aborted(exchange->tenant);
}

const struct gw_tenant gw_eio_http_tenant = {
    .on_head = on_head,
    .on_request = on_request,
    .on_too_large = on_too_large,
    .on_abort = on_abort,
};
