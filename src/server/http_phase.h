/* SPDX-License-Identifier: MIT */
/* A connection that speaks HTTP/1.1: requests in turn, each to its tenant, pipelined ones
 * kept until their turn comes. */
#ifndef GW_SERVER_HTTP_PHASE_H
#define GW_SERVER_HTTP_PHASE_H

struct gw_conn;
struct gw_exchange;

/* The first phase of every connection. */
void gw_http_phase_start(struct gw_conn *conn);
/* The answer has been queued, the exchange is over; exchange.c calls it. */
void gw_http_phase_answered(struct gw_exchange *exchange);
/* Another phase has taken the connection: the exchange is gone afterwards, unless its
 * request is being read just now. */
void gw_http_phase_upgraded(struct gw_exchange *exchange);

#endif
