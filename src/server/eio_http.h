/* SPDX-License-Identifier: MIT */
/* Engine.IO over HTTP: the requests below the path of a gw_io, and the
 * polling transport's answers. */
#ifndef GW_SERVER_EIO_HTTP_H
#define GW_SERVER_EIO_HTTP_H

#include "eio/check.h"
#include "server/engine_next.h"
#include "server/router.h"

extern const struct gw_tenant gw_eio_http_tenant;

/* The functions of that stage have agreed on a request that had to wait for them. */
void gw_eio_http_go_on(struct gw_engine *engine, struct gw_exchange *exchange,
                       enum gw_engine_stage stage);
/* Tells who wants to know, and answers. */
void gw_eio_http_refuse(struct gw_engine *engine, struct gw_exchange *exchange,
                        const struct gw_eio_check *refusal);

#endif
