/* SPDX-License-Identifier: MIT */
#include "server/eio_http.h"

#include "codec/json.h"
#include "eio/polling.h"
#include "server/conn.h"
#include "server/eio_ws.h"
#include "server/engine.h"

/* What an exchange that is not answered yet is to us; the encoding that its
 * client would like stands above. */
enum action {
    NO_ACTION,
    POLLING_GET,  /* tenant: its polling */
    POLLING_POST, /* tenant: its polling */
    ASKING,       /* tenant: the gw_engine_next that has not been ended */
    AGREED,       /* all have agreed before the body was whole */
};

enum { ACTION_BITS = 8, ASKING_TIMEOUT_MS = 30000, REFUSAL_BYTES_MAX = 16 * 1024 };

static const struct gw_slice no_body;

static enum action action_of(const struct gw_exchange *exchange)
{
    return (enum action)(exchange->action & ((1u << ACTION_BITS) - 1));
}

static void say_no_store(struct gw_exchange *exchange)
{
    gw_exchange_field(exchange, GW_LIT("Cache-Control"), GW_LIT("no-store"));
}

/* ---- what the polling transport wants said ---- */

static struct gw_engine *engine_of_poll(const struct gw_exchange *exchange)
{
    const struct gw_eio_polling *polling = exchange->tenant;

    return container_of(polling->engine, struct gw_engine, eio);
}

static void answer_poll(void *poll, const struct gw_eio_answer *answer)
{
    struct gw_exchange *exchange = poll;
    struct gw_engine *engine = engine_of_poll(exchange);
    enum gw_http_encoding encoding = (enum gw_http_encoding)(exchange->action >> ACTION_BITS);
    struct gw_slice body = answer->body;

    exchange->action = NO_ACTION;
    say_no_store(exchange);
    if (answer->is_compress_wanted &&
        gw_poll_compression_pack(&engine->poll_compression, encoding, answer->body, &body))
        gw_exchange_field(exchange, GW_LIT("Content-Encoding"), gw_http_encoding_name(encoding));
    gw_exchange_answer(exchange, 200,
                       answer->is_octet_stream ? GW_LIT("application/octet-stream")
                                               : GW_LIT("text/plain; charset=UTF-8"),
                       body);
    gw_poll_compression_release(&engine->poll_compression);
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

/* ---- refusals ---- */

/* The body of a refusal in the application's own words. */
static int quote_refusal(struct gw_buf *out, struct gw_slice message)
{
    int err = gw_buf_append(out, GW_LIT("{\"code\":4,\"message\":"));

    if (err == GW_OK)
        err = gw_json_quote(out, message);
    return err == GW_OK ? gw_buf_append(out, GW_LIT("}")) : err;
}

static void answer_refusal(struct gw_exchange *exchange, const struct gw_eio_check *refusal)
{
    bool has_message = refusal->error == GW_EIO_FORBIDDEN && refusal->culprit.len > 0;
    struct gw_slice body = gw_eio_error_json(refusal->error);
    struct gw_buf own;

    gw_buf_init(&own, REFUSAL_BYTES_MAX);
    if (has_message && quote_refusal(&own, refusal->culprit) == GW_OK)
        body = gw_buf_slice(&own);
    gw_exchange_answer(exchange, gw_eio_error_status(refusal->error), GW_LIT("application/json"),
                       body);
    gw_buf_dispose(&own);
}

void gw_eio_http_refuse(struct gw_engine *engine, struct gw_exchange *exchange,
                        const struct gw_eio_check *refusal)
{
    struct gw_slice text = gw_eio_error_text(refusal->error);

    gw_engine_tell_error(engine, exchange, refusal);
    if (!exchange->request->is_upgrade) {
        answer_refusal(exchange, refusal);
        return;
    }
    if (refusal->error == GW_EIO_FORBIDDEN && refusal->culprit.len > 0)
        text = refusal->culprit;
    gw_exchange_close_after(exchange);
    gw_exchange_answer(exchange, 400, GW_LIT("text/html"), text);
}

static void check_exchange(const struct gw_engine *engine, const struct gw_exchange *exchange,
                           struct gw_eio_check *check)
{
    const struct gw_http_request *request = exchange->request;
    struct gw_eio_request wanted = {
        .method = request->method,
        .query = request->query,
        .origin = gw_http_request_field(request, GW_LIT("Origin")),
        .is_upgrade = request->is_upgrade,
    };

    gw_eio_check_request(&engine->eio, &wanted, check);
}

/* ---- GET ---- */

/* Old Internet Explorers take a polled payload for an attack and blank it. */
static void turn_off_xss_filter(struct gw_exchange *exchange)
{
    struct gw_slice agent = gw_http_request_field(exchange->request, GW_LIT("User-Agent"));

    if (agent.ptr &&
        (memmem(agent.ptr, agent.len, ";MSIE", 5) || memmem(agent.ptr, agent.len, "Trident/", 8)))
        gw_exchange_field(exchange, GW_LIT("X-XSS-Protection"), GW_LIT("0"));
}

static void take_get(struct gw_engine *engine, struct gw_exchange *exchange,
                     struct gw_eio_polling *polling, bool is_initial)
{
    enum gw_http_encoding encoding =
        gw_poll_compression_choose(&engine->poll_compression, exchange->request);

    turn_off_xss_filter(exchange);
    gw_engine_tell_headers(engine, exchange, is_initial);
    exchange->action = POLLING_GET | (uint32_t)encoding << ACTION_BITS;
    exchange->tenant = polling;
    exchange->answer_timeout_ms = 0;
    if (exchange->is_held) /* for a hook's word: from now on the heartbeat is its clock */
        gw_conn_set_deadline(exchange->conn, UINT64_MAX);
    if (gw_eio_polling_poll(polling, exchange, gw_engine_now_ms(engine)) == GW_EIO_POLLING_TAKEN)
        return;
    exchange->action = NO_ACTION;
    gw_exchange_answer(exchange, 400, no_body, no_body);
}

static void set_cookie(struct gw_engine *engine, struct gw_exchange *exchange,
                       const struct gw_eio_session *session)
{
    struct gw_buf *value = &engine->cookie_value;

    if (!engine->cookie.name.ptr)
        return;
    gw_buf_reset(value);
    if (gw_http_cookie_write(value, &engine->cookie,
                             (struct gw_slice){(const uint8_t *)session->sid, GW_ID_LEN}) == GW_OK)
        gw_exchange_field(exchange, GW_LIT("Set-Cookie"), gw_buf_slice(value));
}

static void open_polling_session(struct gw_engine *engine, struct gw_exchange *exchange,
                                 enum gw_eio_revision revision, const char sid[static GW_ID_LEN])
{
    struct gw_eio_polling *polling = gw_eio_polling_create(&engine->eio, &polling_handlers);
    struct gw_eio_session *session = NULL;

    if (polling)
        session = gw_eio_engine_open_as(&engine->eio, revision, &polling->transport, sid,
                                        gw_engine_now_ms(engine));
    if (!session) {
        if (polling)
            gw_eio_polling_destroy(polling);
        gw_engine_log_refusal(engine);
        gw_exchange_refuse(exchange, 503, "no more sessions can be opened now\n");
        return;
    }
    set_cookie(engine, exchange, session);
    gw_engine_welcome(engine, session, exchange);
    take_get(engine, exchange, polling, true);
}

/* The application has let the client in. */
static void shake_hands(struct gw_engine *engine, struct gw_exchange *exchange,
                        struct gw_eio_check *check)
{
    char sid[GW_ID_LEN];

    gw_eio_check_handshake(&engine->eio, check);
    if (check->action == GW_EIO_ACTION_HANDSHAKE && !gw_engine_make_sid(engine, exchange, sid))
        gw_eio_check_refuse(check, GW_EIO_BAD_REQUEST, "ID_GENERATION_ERROR", no_body);
    if (check->action == GW_EIO_ACTION_REFUSE)
        gw_eio_http_refuse(engine, exchange, check);
    else if (exchange->request->is_upgrade)
        gw_eio_ws_serve(engine, exchange, check, sid);
    else
        open_polling_session(engine, exchange, check->revision, sid);
}

/* Keeps the request until the application has answered. */
static void wait_for_hook(struct gw_exchange *exchange)
{
    gw_engine_next *next = exchange->tenant;

    exchange->action = ASKING;
    exchange->answer_timeout_ms = ASKING_TIMEOUT_MS;
    if (exchange->is_held) {
        gw_conn_set_deadline(exchange->conn, ASKING_TIMEOUT_MS);
        return;
    }
    if (gw_exchange_hold(exchange) == GW_OK)
        return;
    exchange->action = NO_ACTION;
    gw_engine_next_abort(next);
    gw_exchange_drop(exchange);
}

static void ask_and_shake_hands(struct gw_engine *engine, struct gw_exchange *exchange,
                                struct gw_eio_check *check)
{
    switch (gw_engine_ask(engine, exchange, GW_ENGINE_STAGE_ALLOW)) {
    case GW_ENGINE_PASSED:
        shake_hands(engine, exchange, check);
        break;
    case GW_ENGINE_WAITS:
        wait_for_hook(exchange);
        break;
    case GW_ENGINE_ENDED:
        break;
    }
}

static void serve_get(struct gw_engine *engine, struct gw_exchange *exchange)
{
    struct gw_eio_check check;

    check_exchange(engine, exchange, &check);
    if (check.action == GW_EIO_ACTION_REFUSE)
        gw_eio_http_refuse(engine, exchange, &check);
    else if (check.action == GW_EIO_ACTION_HANDSHAKE)
        ask_and_shake_hands(engine, exchange, &check);
    else if (exchange->request->is_upgrade)
        gw_eio_ws_serve(engine, exchange, &check, NULL);
    else if (check.action == GW_EIO_ACTION_POLL)
        take_get(engine, exchange, gw_eio_polling_of(check.session), false);
    else
        gw_exchange_answer(exchange, 500, no_body, no_body);
}

/* ---- POST ---- */

static bool is_post(const struct gw_exchange *exchange)
{
    return exchange->request->verb == GW_HTTP_METHOD_POST && !exchange->request->is_upgrade;
}

/* Two POSTs at once are an offence that shows in the head already, so a
 * POST is judged before its body. */
static void begin_post(struct gw_engine *engine, struct gw_exchange *exchange)
{
    struct gw_slice type = gw_http_request_field(exchange->request, GW_LIT("Content-Type"));
    bool is_octet_stream = gw_slice_equal(type, GW_LIT("application/octet-stream"));
    struct gw_eio_polling *polling;
    struct gw_eio_check check;

    check_exchange(engine, exchange, &check);
    if (check.action != GW_EIO_ACTION_POST) {
        gw_eio_http_refuse(engine, exchange, &check);
        return;
    }
    polling = gw_eio_polling_of(check.session);
    exchange->action = POLLING_POST;
    exchange->tenant = polling;
    if (gw_eio_polling_post_begin(polling, exchange, is_octet_stream) == GW_EIO_POLLING_TAKEN)
        return;
    exchange->action = NO_ACTION;
    gw_exchange_answer(exchange, 400, no_body, no_body);
}

static void end_post(struct gw_engine *engine, struct gw_exchange *exchange)
{
    exchange->action = NO_ACTION;
    turn_off_xss_filter(exchange);
    gw_engine_tell_headers(engine, exchange, false);
    gw_eio_polling_post_end(exchange->tenant, exchange->body, gw_engine_now_ms(engine));
    say_no_store(exchange);
    gw_exchange_answer(exchange, 200, GW_LIT("text/html"), GW_LIT("ok"));
}

/* ---- the tenant ---- */

/* A 204 needs no length, but some browsers wait for a body without it,
 * so the genuine server says 0. */
static void answer_preflight(struct gw_exchange *exchange)
{
    gw_exchange_field(exchange, GW_LIT("Content-Length"), GW_LIT("0"));
    gw_exchange_answer(exchange, 204, no_body, no_body);
}

static void on_head(struct gw_exchange *exchange, void *data)
{
    struct gw_engine *engine = data;
    bool is_upgrade = exchange->request->is_upgrade;
    enum gw_engine_answer answer;

    exchange->max_body_bytes = engine->eio.options.max_http_buffer_bytes;
    gw_http_cors_append(&engine->cors, exchange->request, &exchange->lines);
    if (gw_http_cors_is_preflight(&engine->cors, exchange->request)) {
        answer_preflight(exchange);
        return;
    }
    if (!is_upgrade && gw_client_bundle_answer(&engine->bundle, exchange, engine->path_len))
        return;
    answer = gw_engine_ask(engine, exchange, GW_ENGINE_STAGE_USE);
    if (answer == GW_ENGINE_WAITS)
        exchange->action = ASKING;
    else if (answer == GW_ENGINE_PASSED && is_post(exchange))
        begin_post(engine, exchange);
}

/* All of it is there, and nobody has to be asked any more. */
static void serve(struct gw_engine *engine, struct gw_exchange *exchange)
{
    if (!is_post(exchange)) {
        serve_get(engine, exchange);
        return;
    }
    if (action_of(exchange) != POLLING_POST)
        begin_post(engine, exchange);
    if (action_of(exchange) == POLLING_POST)
        end_post(engine, exchange);
}

static void on_request(struct gw_exchange *exchange, void *data)
{
    if (action_of(exchange) == ASKING)
        wait_for_hook(exchange);
    else
        serve(data, exchange);
}

void gw_eio_http_go_on(struct gw_engine *engine, struct gw_exchange *exchange,
                       enum gw_engine_stage stage)
{
    struct gw_eio_check check;

    exchange->action = AGREED;
    if (!exchange->is_held)
        return;
    if (stage == GW_ENGINE_STAGE_USE) {
        serve(engine, exchange);
        return;
    }
    check_exchange(engine, exchange, &check);
    shake_hands(engine, exchange, &check);
}

static void end_waiting(struct gw_exchange *exchange, void (*give_up)(struct gw_eio_polling *))
{
    enum action action = action_of(exchange);

    exchange->action = NO_ACTION;
    if (action == POLLING_GET)
        gw_eio_polling_poll_aborted(exchange->tenant);
    else if (action == POLLING_POST)
        give_up(exchange->tenant);
    else if (action == ASKING)
        gw_engine_next_abort(exchange->tenant);
}

static void on_too_large(struct gw_exchange *exchange, void *data)
{
    const struct gw_eio_polling *polling = exchange->tenant;

    (void)data;
    /* The session goes on, as in the genuine server; but its client gives up, and that is why. */
    if (action_of(exchange) == POLLING_POST && polling->transport.session)
        gw_eio_session_blame(polling->transport.session, GW_CAUSE_MESSAGE_TOO_LONG);
    end_waiting(exchange, gw_eio_polling_post_cancel);
    gw_exchange_answer(exchange, 413, no_body, no_body);
}

static void on_abort(struct gw_exchange *exchange, void *data)
{
    (void)data;
    end_waiting(exchange, gw_eio_polling_post_aborted);
}

const struct gw_tenant gw_eio_http_tenant = {
    .on_head = on_head,
    .on_request = on_request,
    .on_too_large = on_too_large,
    .on_abort = on_abort,
};
