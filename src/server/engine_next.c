/* SPDX-License-Identifier: MIT */
#include "server/engine_next.h"

#include "base/mem.h"
#include "server/eio_http.h"
#include "server/engine.h"
#include "server/request.h"

struct gw_engine_next {
    gw_request request; /* its exchange is NULL once the client has gone or was answered */
    struct gw_engine *engine;
    struct gw_list node; /* in engine->nexts */
    enum gw_engine_stage stage;
    size_t index;   /* of the function that is asked */
    bool is_asking; /* one is on the stack */
    bool is_ended;  /* by the function that is asked */
};

static void destroy(gw_engine_next *next)
{
    gw_request_detach(&next->request);
    gw_list_remove(&next->node);
    gw_mem_free(next);
}

void gw_engine_next_abort(gw_engine_next *next)
{
    gw_request_detach(&next->request);
}

void gw_engine_next_drop_all(struct gw_engine *engine)
{
    while (!gw_list_is_empty(&engine->nexts))
        destroy(container_of(engine->nexts.next, gw_engine_next, node));
}

static bool find_hook(const gw_engine_next *next, struct gw_engine_hook *hook)
{
    const struct gw_engine *engine = next->engine;
    const struct gw_engine_hooks *hooks = &engine->hooks[GW_ENGINE_USE];

    if (next->stage == GW_ENGINE_STAGE_ALLOW) {
        *hook = engine->allow_request;
        return next->index == 0 && hook->use;
    }
    if (next->index >= hooks->count)
        return false;
    *hook = hooks->items[next->index];
    return true;
}

/* Asks from next->index on. */
static enum gw_engine_answer ask(gw_engine_next *next)
{
    struct gw_engine_hook hook;

    while (next->request.exchange && find_hook(next, &hook)) {
        next->is_ended = false;
        next->is_asking = true;
        hook.use(&next->request, next, hook.user);
        next->is_asking = false;
        if (!next->is_ended)
            return GW_ENGINE_WAITS;
        next->index++;
    }
    return next->request.exchange ? GW_ENGINE_PASSED : GW_ENGINE_ENDED;
}

enum gw_engine_answer gw_engine_ask(struct gw_engine *engine, struct gw_exchange *exchange,
                                    enum gw_engine_stage stage)
{
    enum gw_engine_answer answer;
    gw_engine_next *next;

    if (stage == GW_ENGINE_STAGE_USE ? engine->hooks[GW_ENGINE_USE].count == 0
                                     : !engine->allow_request.use)
        return GW_ENGINE_PASSED;
    next = gw_mem_zalloc(sizeof(*next));
    if (!next) {
        gw_exchange_drop(exchange);
        return GW_ENGINE_ENDED;
    }
    next->request.exchange = exchange;
    next->engine = engine;
    next->stage = stage;
    gw_list_push(&engine->nexts, &next->node);
    exchange->tenant = next;
    answer = ask(next);
    if (answer != GW_ENGINE_WAITS)
        destroy(next);
    return answer;
}

/* The function that was asked has ended; while it is on the stack, ask() goes on. */
static void end(gw_engine_next *next)
{
    struct gw_exchange *exchange;
    enum gw_engine_stage stage = next->stage;
    struct gw_engine *engine = next->engine;
    enum gw_engine_answer answer;

    next->is_ended = true;
    if (next->is_asking)
        return;
    next->index++;
    answer = ask(next);
    if (answer == GW_ENGINE_WAITS)
        return;
    exchange = next->request.exchange;
    destroy(next);
    if (answer == GW_ENGINE_PASSED)
        gw_eio_http_go_on(engine, exchange, stage);
}

/* Nobody waits for the body that may still come: it would have to be swallowed first. */
static struct gw_exchange *take_exchange(gw_engine_next *next)
{
    struct gw_exchange *exchange = next->request.exchange;

    if (!exchange)
        return NULL;
    gw_request_detach(&next->request);
    if (exchange->request->is_upgrade || (!next->is_asking && !exchange->is_held))
        gw_exchange_close_after(exchange);
    return exchange;
}

void gw_engine_next_ok(gw_engine_next *next)
{
    end(next);
}

void gw_engine_next_refuse(gw_engine_next *next, const char *message)
{
    struct gw_exchange *exchange = take_exchange(next);
    struct gw_eio_check refusal = {0};

    if (next->stage == GW_ENGINE_STAGE_ALLOW)
        gw_eio_check_refuse(&refusal, GW_EIO_FORBIDDEN, NULL, gw_slice_of(message));
    else
        gw_eio_check_refuse(&refusal, GW_EIO_BAD_REQUEST, "MIDDLEWARE_FAILURE",
                            gw_slice_of(message));
    if (exchange)
        gw_eio_http_refuse(next->engine, exchange, &refusal);
    end(next);
}

int gw_engine_next_answer(gw_engine_next *next, int status, const char *content_type,
                          struct gw_slice body)
{
    struct gw_exchange *exchange;
    int err = GW_E_CLOSED;

    if (status < 200 || status > 599)
        return GW_E_ARG;
    exchange = take_exchange(next);
    if (exchange)
        err = gw_exchange_answer(exchange, status, gw_slice_of(content_type), body);
    end(next);
    return err;
}
