/* SPDX-License-Identifier: MIT */
/* Pull parser of HTTP/1 responses (RFC 9112), the client's half: status line, fields by llhttp,
 * body.
 *
 * A head is copied before it is read: a client sees one for each connection, and what
 * follows a 101 on it is not ours. */
#ifndef GW_HTTP_RESPONSE_PARSER_H
#define GW_HTTP_RESPONSE_PARSER_H

#include "http/limits.h"
#include "http/parser.h"

#include <godwit/base.h>

enum { GW_HTTP_INTERIM_MAX = 16 }; /* answers of 100 to 199, without 101, before the real one */

/* Good until the event END has been dealt with, or the parser is reset. */
struct gw_http_response_head {
    uint16_t status;                    /* 101, 200 to 599 */
    uint8_t version_minor;              /* of HTTP/1: 0 or 1 */
    struct gw_slice line;               /* "HTTP/1.1 404 Not Found" */
    struct gw_slice reason;             /* "Not Found"; may be empty */
    const struct gw_http_field *fields; /* in order of arrival */
    size_t field_count;
    bool is_keep_alive; /* the server would go on using the connection */
    bool is_chunked;
    bool has_content_length;
    uint64_t content_length; /* 0 unless has_content_length */
};

/* The value of the first field of this name, any case; ptr == NULL when absent. */
struct gw_slice gw_http_response_head_field(const struct gw_http_response_head *head,
                                            struct gw_slice name);
size_t gw_http_response_head_count(const struct gw_http_response_head *head, struct gw_slice name);
/* Whether any field of this name has the token in its comma list; both in any case. */
bool gw_http_response_head_has_token(const struct gw_http_response_head *head, struct gw_slice name,
                                     struct gw_slice token);

/* Types as those of a request: HEAD once and first, BODY never empty, END once and last. */
struct gw_http_response_event {
    enum gw_http_event_type type;
    const struct gw_http_response_head *head;
    struct gw_slice body; /* BODY: a part of the input */
};

struct gw_http_response_parser;

/* limits is borrowed for the life of the parser. NULL when memory has run out. */
struct gw_http_response_parser *gw_http_response_parser_create(const struct gw_http_limits *limits);
/* NULL is fine. */
void gw_http_response_parser_destroy(struct gw_http_response_parser *parser);
/* Ready for the answer to a request of this method: HEAD has no body, CONNECT none when
 * it went well. To be called for the next response of a connection too; a new parser
 * expects the answer to a GET. */
void gw_http_response_parser_reset(struct gw_http_response_parser *parser,
                                   enum gw_http_method method);

/* Pulls the next event off *in. 1: *event is filled and *in is what follows it. 0: *in was eaten
 * and more is needed. < 0: GW_E_PROTO, GW_E_LIMIT, GW_E_NOMEM; final. After END *in begins with the
 * first byte behind the response: of the other protocol, when the status is 101 or a CONNECT went
 * well. Interim answers are passed over. */
int gw_http_response_parser_next(struct gw_http_response_parser *parser, struct gw_slice *in,
                                 struct gw_http_response_event *event);
/* The connection has ended. 1: END, of a body that goes on to the end. 0: END had come
 * already. GW_E_PROTO: it broke off. */
int gw_http_response_parser_end(struct gw_http_response_parser *parser,
                                struct gw_http_response_event *event);
/* After an error a literal that names the rule broken; else NULL. */
const char *gw_http_response_parser_why(const struct gw_http_response_parser *parser);

#endif
