/* SPDX-License-Identifier: MIT */
/* A request on its way through the functions of gw_engine_use, or before
 * allow_request: the public gw_engine_next. */
#ifndef GW_SERVER_ENGINE_NEXT_H
#define GW_SERVER_ENGINE_NEXT_H

#include "server/exchange.h"

#include <godwit/engine.h>

enum gw_engine_stage { GW_ENGINE_STAGE_USE, GW_ENGINE_STAGE_ALLOW };

enum gw_engine_answer {
    GW_ENGINE_PASSED,
    GW_ENGINE_ENDED, /* it has been answered */
    /* exchange->tenant is the gw_engine_next; gw_eio_http_go_on follows once all have agreed. The
     * caller keeps the exchange until then, and tells gw_engine_next_abort when its client goes. */
    GW_ENGINE_WAITS,
};

/* Asks all functions of the stage about the request. */
enum gw_engine_answer gw_engine_ask(struct gw_engine *engine, struct gw_exchange *exchange,
                                    enum gw_engine_stage stage);
/* The client of a waiting exchange has gone, or got another answer. */
void gw_engine_next_abort(gw_engine_next *next);
/* Frees what the application has not ended. */
void gw_engine_next_drop_all(struct gw_engine *engine);

#endif
