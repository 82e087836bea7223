/* SPDX-License-Identifier: MIT */
/* One request and its answer, on one connection: what a tenant of the router works with. */
#ifndef GW_SERVER_EXCHANGE_H
#define GW_SERVER_EXCHANGE_H

#include "base/buf.h"
#include "http/response.h"
#include "server/router.h"

struct gw_conn;
struct gw_http_parser;
struct gw_phase;

enum gw_exchange_state {
    GW_EXCHANGE_IDLE,    /* no request */
    GW_EXCHANGE_READING, /* the head is in, the body is coming */
    GW_EXCHANGE_DUE,     /* all is in, the answer is due */
};

struct gw_exchange {
    struct gw_conn *conn;
    /* Good in on_head and on_request; NULL once on_request has returned, unless the exchange is
     * held: then until it is answered. So is body. */
    const struct gw_http_request *request;
    struct gw_slice body; /* in on_request: all of it */
    /* on_request may set it for an answer that comes later: after that long on_abort runs and the
     * client gets 503. 0: the tenant has a clock of its own. */
    uint64_t answer_timeout_ms;
    uint64_t max_body_bytes; /* on_head may change it */
    void *tenant;            /* the tenant's own; NULL at first */
    uint32_t action;         /* the tenant's own */
    /* private */
    const struct gw_route *route;
    struct gw_http_parser *parser; /* of the request at hand, in on_head and on_request */
    struct gw_buf gathered;        /* the body so far, when it does not come in one piece */
    struct gw_buf lines;           /* fields for the answer, as lines */
    uint8_t state;                 /* enum gw_exchange_state */
    uint8_t connection;            /* enum gw_http_connection that the client asks for */
    bool is_answered;
    bool is_held;
    bool is_head;
    bool is_closing; /* the connection ends behind this answer */
};

/* Adds a field to the answer. 0, GW_E_ARG, GW_E_LIMIT, GW_E_NOMEM. */
int gw_exchange_field(struct gw_exchange *exchange, struct gw_slice name, struct gw_slice value);
/* Takes all fields of that name back. */
void gw_exchange_drop_field(struct gw_exchange *exchange, struct gw_slice name);
/* The connection is to be closed behind the answer. */
void gw_exchange_close_after(struct gw_exchange *exchange);

/* Answers with all of it; the bytes are copied, and left out where the status has no content.
 * content_type may be absent. Where memory runs out the connection is cut: GW_E_NOMEM. GW_E_CLOSED:
 * answered already, or the connection has gone. */
int gw_exchange_answer(struct gw_exchange *exchange, int status, struct gw_slice content_type,
                       struct gw_slice body);
/* Answers with bytes of a file; fd is taken. */
int gw_exchange_answer_file_take(struct gw_exchange *exchange, int status,
                                 struct gw_slice content_type, int fd, uint64_t offset,
                                 uint64_t len);
/* 304 and the like: no body, no content length. */
int gw_exchange_answer_empty(struct gw_exchange *exchange, int status);
/* Refuses in words: a line of text. */
int gw_exchange_refuse(struct gw_exchange *exchange, int status, const char *why);
/* In on_request: keeps request and body until the answer, which comes later. Without it only the
 * exchange itself stays. 0 or GW_E_NOMEM: then answer now, or drop. */
int gw_exchange_hold(struct gw_exchange *exchange);
/* Ends the request without an answer: the connection is cut. */
void gw_exchange_drop(struct gw_exchange *exchange);

/* The answer to an upgrade: sends head (a whole 101, or nothing where that has been sent) and hands
 * the connection over. What the client sent behind its request goes to the new phase once
 * on_request has returned; of an exchange that was held, before this call returns, and exchange is
 * gone then. GW_E_CLOSED, GW_E_NOMEM: state stays the caller's. */
int gw_exchange_upgrade(struct gw_exchange *exchange, struct gw_slice head,
                        const struct gw_phase *phase, void *state);

#endif
