/* SPDX-License-Identifier: MIT */
/* Heads are head.c's; here is what follows them. A body by Content-Length is a counter, and
 * chunked.c is stricter than llhttp would be. */
#include "http/parser.h"

#include "base/mem.h"
#include "http/chunked.h"
#include "http/head.h"

#include <assert.h>

/* Two empty lines in front of a request: old clients sent one behind a body (RFC 9112 2.2). */
enum { BLANK_BYTES_MAX = 4 };

enum state {
    STATE_START, /* between requests */
    STATE_HEAD,
    STATE_BODY_BEGIN, /* HEAD was delivered, the caller may have set a limit */
    STATE_BODY_LENGTH,
    STATE_BODY_CHUNKED,
    STATE_END,
    STATE_SWALLOW, /* behind the last request of the connection */
    STATE_FAILED,
};

/* What a step says when there is no event and no end of the input either. */
enum { AGAIN = 2 };

struct gw_http_parser {
    /* private */
    const struct gw_http_limits *limits;
    enum state state;
    int err;
    int status;
    const char *why;
    uint8_t blank_count;
    bool is_discarding;
    bool is_last; /* the request at hand is the last of its connection */
    struct gw_http_head head;
    uint64_t body_limit_bytes;
    uint64_t body_bytes; /* delivered so far */
    uint64_t body_left;
    struct gw_http_chunked chunked;
};

static int fail(struct gw_http_parser *parser, int err, int status, const char *why)
{
    parser->state = STATE_FAILED;
    parser->err = err;
    parser->status = status;
    parser->why = why;
    return err;
}

static int fail_proto(struct gw_http_parser *parser, const char *why)
{
    return fail(parser, GW_E_PROTO, 400, why);
}

static int fail_nomem(struct gw_http_parser *parser)
{
    return fail(parser, GW_E_NOMEM, 500, "out of memory");
}

static void advance(struct gw_slice *in, size_t n)
{
    in->ptr += n;
    in->len -= n;
}

/* Forgets the request before. */
static void begin_request(struct gw_http_parser *parser)
{
    gw_http_head_reset(&parser->head);
    parser->is_discarding = false;
    parser->body_bytes = 0;
    parser->blank_count = 0;
    parser->state = STATE_HEAD;
}

static int read_start(struct gw_http_parser *parser, struct gw_slice *in)
{
    static const uint8_t blank[] = {'\r', '\n'};

    while (in->len > 0) {
        bool is_half = parser->blank_count % 2;

        if (!is_half && *in->ptr != '\r' && *in->ptr != '\n') {
            begin_request(parser);
            return AGAIN;
        }
        if (*in->ptr != blank[is_half])
            return fail_proto(parser, "a line does not end in CRLF");
        if (parser->blank_count == BLANK_BYTES_MAX)
            return fail_proto(parser, "too many empty lines before the request");
        parser->blank_count++;
        advance(in, 1);
    }
    return 0;
}

static int read_head(struct gw_http_parser *parser, struct gw_slice *in,
                     struct gw_http_event *event)
{
    int got = gw_http_head_read(&parser->head, in);

    if (got < 0)
        return fail(parser, got, parser->head.refusal.status, parser->head.refusal.why);
    if (got == 0)
        return 0;
    parser->is_last = !parser->head.request.is_keep_alive;
    parser->body_limit_bytes = parser->limits->body_bytes;
    parser->state = STATE_BODY_BEGIN;
    event->type = GW_HTTP_HEAD;
    return 1;
}

/* The input is eaten in the middle of a body. */
static int wait_for_body(struct gw_http_parser *parser)
{
    return gw_http_head_hold(&parser->head) == 0 ? 0 : fail_nomem(parser);
}

static int fail_body_limit(struct gw_http_parser *parser)
{
    return fail(parser, GW_E_LIMIT, 413, "body is too long");
}

static int begin_body(struct gw_http_parser *parser)
{
    const struct gw_http_request *request = &parser->head.request;

    if (!parser->is_discarding && request->content_length > parser->body_limit_bytes)
        return fail_body_limit(parser);
    parser->body_left = request->content_length;
    gw_http_chunked_init(&parser->chunked, parser->limits->line_bytes);
    parser->state = request->is_chunked ? STATE_BODY_CHUNKED : STATE_BODY_LENGTH;
    return AGAIN;
}

static int deliver(struct gw_http_parser *parser, struct gw_slice body, struct gw_http_event *event)
{
    if (parser->is_discarding)
        return AGAIN;
    event->type = GW_HTTP_BODY;
    event->body = body;
    return 1;
}

static int read_body_length(struct gw_http_parser *parser, struct gw_slice *in,
                            struct gw_http_event *event)
{
    struct gw_slice body = *in;

    if (parser->body_left == 0) {
        parser->state = STATE_END;
        return AGAIN;
    }
    if (in->len == 0)
        return wait_for_body(parser);
    if (body.len > parser->body_left)
        body.len = (size_t)parser->body_left;
    parser->body_left -= body.len;
    advance(in, body.len);
    return deliver(parser, body, event);
}

static bool is_over_limit(const struct gw_http_parser *parser, size_t len)
{
    uint64_t room = parser->body_limit_bytes - parser->body_bytes;

    return !parser->is_discarding &&
           (len > room || gw_http_chunked_announced(&parser->chunked) > room - len);
}

static int read_body_chunked(struct gw_http_parser *parser, struct gw_slice *in,
                             struct gw_http_event *event)
{
    struct gw_slice body = {0};
    int got = gw_http_chunked_next(&parser->chunked, in, &body);

    if (got < 0)
        return fail_proto(parser, parser->chunked.why);
    if (is_over_limit(parser, body.len))
        return fail_body_limit(parser);
    parser->body_bytes += body.len;
    if (got > 0)
        return deliver(parser, body, event);
    if (!gw_http_chunked_is_done(&parser->chunked))
        return wait_for_body(parser);
    parser->state = STATE_END;
    return AGAIN;
}

static int end_request(struct gw_http_parser *parser, struct gw_http_event *event)
{
    event->type = GW_HTTP_END;
    parser->state = parser->is_last ? STATE_SWALLOW : STATE_START;
    return 1;
}

static int step(struct gw_http_parser *parser, struct gw_slice *in, struct gw_http_event *event)
{
    switch (parser->state) {
    case STATE_START:
        return read_start(parser, in);
    case STATE_HEAD:
        return read_head(parser, in, event);
    case STATE_BODY_BEGIN:
        return begin_body(parser);
    case STATE_BODY_LENGTH:
        return read_body_length(parser, in, event);
    case STATE_BODY_CHUNKED:
        return read_body_chunked(parser, in, event);
    case STATE_END:
        return end_request(parser, event);
    case STATE_SWALLOW:
        advance(in, in->len);
        return 0;
    case STATE_FAILED:
        break;
    }
    return parser->err;
}

struct gw_http_parser *gw_http_parser_create(const struct gw_http_limits *limits)
{
    struct gw_http_parser *parser = gw_mem_zalloc(sizeof(*parser));

    if (!parser)
        return NULL;
    parser->limits = limits;
    gw_http_head_init(&parser->head, limits);
    return parser;
}

void gw_http_parser_destroy(struct gw_http_parser *parser)
{
    if (!parser)
        return;
    gw_http_head_dispose(&parser->head);
    gw_mem_free(parser);
}

void gw_http_parser_reset(struct gw_http_parser *parser)
{
    begin_request(parser);
    parser->err = parser->status = 0;
    parser->why = NULL;
    parser->state = STATE_START;
}

int gw_http_parser_next(struct gw_http_parser *parser, struct gw_slice *in,
                        struct gw_http_event *event)
{
    int got;

    *event = (struct gw_http_event){.request = &parser->head.request};
    do {
        got = step(parser, in, event);
    } while (got == AGAIN);
    return got;
}

void gw_http_parser_limit_body(struct gw_http_parser *parser, uint64_t body_bytes)
{
    assert(parser->state == STATE_BODY_BEGIN);
    parser->body_limit_bytes = body_bytes;
}

void gw_http_parser_discard_body(struct gw_http_parser *parser)
{
    parser->is_discarding = true;
}

int gw_http_parser_hold(struct gw_http_parser *parser)
{
    return gw_http_head_hold(&parser->head);
}

bool gw_http_parser_is_idle(const struct gw_http_parser *parser)
{
    return parser->state == STATE_START && parser->blank_count == 0;
}

int gw_http_parser_status(const struct gw_http_parser *parser)
{
    return parser->status;
}

bool gw_http_parser_is_head(const struct gw_http_parser *parser)
{
    return parser->head.llhttp.method == HTTP_HEAD;
}

const char *gw_http_parser_why(const struct gw_http_parser *parser)
{
    return parser->why;
}
