/* SPDX-License-Identifier: MIT */
/* Pull parser of HTTP/1 requests (RFC 9112), over llhttp for the heads.
 *
 * A request that arrives whole costs no copy and no allocation once the parser has seen a few: its
 * slices are the input's. Only when the input ends before the request does, the parser copies what
 * it must keep. So a connection needs a parser of its own only while a request is half there: a
 * worker keeps one spare for all its connections, and gives it away to the connection when
 * gw_http_parser_is_idle() says false after the input was eaten. */
#ifndef GW_HTTP_PARSER_H
#define GW_HTTP_PARSER_H

#include "http/limits.h"
#include "http/request.h"

#include <godwit/base.h>

enum gw_http_event_type {
    GW_HTTP_HEAD, /* the whole head; once a request, first */
    GW_HTTP_BODY, /* the next bytes of the body, as they came: never empty, any number of times */
    GW_HTTP_END,  /* the request is complete; once, last */
};

struct gw_http_event {
    enum gw_http_event_type type;
    const struct gw_http_request *request; /* the same for all events of a request */
    struct gw_slice body;                  /* BODY: a part of the input, good as long as that is */
};

struct gw_http_parser;

/* limits is borrowed for the life of the parser. NULL when memory has run out. */
struct gw_http_parser *gw_http_parser_create(const struct gw_http_limits *limits);
/* NULL is fine. */
void gw_http_parser_destroy(struct gw_http_parser *parser);
/* Forgets the request at hand, or the error: ready for another connection. */
void gw_http_parser_reset(struct gw_http_parser *parser);

/* Pulls the next event off *in. 1: *event is filled and *in is what follows it. 0: *in was eaten
 * and the request needs more bytes; the input's memory may go away. < 0: GW_E_PROTO or GW_E_LIMIT
 * (answer with _status(), then close; the rest of the input is not to be looked at), GW_E_NOMEM;
 * every later call says the same again.
 *
 * Requests follow one another (pipelining), but behind one that is not is_keep_alive everything is
 * swallowed. After END of a request that is_upgrade, and of CONNECT, *in begins with the first byte
 * of the other protocol; a caller who refuses the upgrade goes on calling, or closes. */
int gw_http_parser_next(struct gw_http_parser *parser, struct gw_slice *in,
                        struct gw_http_event *event);

/* Between HEAD and the next call: the most that the body of this request may have, instead
 * of limits->body_bytes. A Content-Length beyond it is refused at the next call with 413,
 * before any of the body is read. */
void gw_http_parser_limit_body(struct gw_http_parser *parser, uint64_t body_bytes);
/* From HEAD on: no (more) BODY events for this request, whatever its length; the caller
 * bounds how long it goes on. */
void gw_http_parser_discard_body(struct gw_http_parser *parser);
/* The head is copied out of the input, if it is still there, so that the request stays good
 * until the next call of gw_http_parser_next() although the input goes away: for answers that
 * come later. 0, or GW_E_NOMEM. */
int gw_http_parser_hold(struct gw_http_parser *parser);

/* Nothing of a request has come since the last END (or since birth), and the next one may come: the
 * parser remembers nothing and can serve another connection. false after an error, and behind the
 * last request of a connection. */
bool gw_http_parser_is_idle(const struct gw_http_parser *parser);
/* After an error: 400, 413, 414, 417, 431, 501, 505; 500 for GW_E_NOMEM. Else 0. */
int gw_http_parser_status(const struct gw_http_parser *parser);
/* After an error: was it a HEAD, so that the refusal must have no body (RFC 9110 9.3.2)? */
bool gw_http_parser_is_head(const struct gw_http_parser *parser);
/* After an error a literal that names the rule broken; else NULL. */
const char *gw_http_parser_why(const struct gw_http_parser *parser);

#endif
