/* SPDX-License-Identifier: MIT */
/* Runs the response parser over an input that comes in pieces and ends, and writes down what it said. */
#ifndef GW_TESTS_HTTP_RESPONSE_RUN_H
#define GW_TESTS_HTTP_RESPONSE_RUN_H

#include "http/response_parser.h"
#include "support/trace.h"

#include <assert.h>

/* A line for the head with its fields, the body in one piece however it came, the end, what follows it, or the refusal. */
struct gw_http_response_run {
    struct gw_http_limits limits;
    enum gw_http_method method;
    struct gw_http_response_parser *parser;
    struct gw_trace trace;
    const char *expected;
    bool is_in_body, is_over, is_at_end;
};

static inline void gw_http_response_run_begin(void *user)
{
    struct gw_http_response_run *run = user;

    gw_http_response_parser_reset(run->parser, run->method);
    gw_trace_reset(&run->trace);
    run->is_in_body = run->is_over = run->is_at_end = false;
}

static inline void gw_http_response_run_trace_head(struct gw_trace *trace,
                                                   const struct gw_http_response_head *head)
{
    gw_trace_add(trace, "head %d 1.%d ", head->status, head->version_minor);
    gw_trace_add_bytes(trace, head->reason);
    if (!head->is_keep_alive)
        gw_trace_add(trace, " last");
    if (head->is_chunked)
        gw_trace_add(trace, " chunked");
    if (head->has_content_length)
        gw_trace_add(trace, " %llu", (unsigned long long)head->content_length);
    for (size_t i = 0; i < head->field_count; i++) {
        gw_trace_add(trace, "|");
        gw_trace_add_bytes(trace, head->fields[i].name);
        gw_trace_add(trace, "=");
        gw_trace_add_bytes(trace, head->fields[i].value);
    }
    gw_trace_add(trace, "\n");
}

static inline void gw_http_response_run_close_body(struct gw_http_response_run *run)
{
    if (run->is_in_body)
        gw_trace_add(&run->trace, "\n");
    run->is_in_body = false;
}

static inline void gw_http_response_run_take(struct gw_http_response_run *run,
                                             const struct gw_http_response_event *event)
{
    switch (event->type) {
    case GW_HTTP_HEAD:
        gw_http_response_run_trace_head(&run->trace, event->head);
        break;
    case GW_HTTP_BODY:
        assert(event->body.len > 0);
        if (!run->is_in_body)
            gw_trace_add(&run->trace, "body ");
        run->is_in_body = true;
        gw_trace_add_bytes(&run->trace, event->body);
        break;
    case GW_HTTP_END:
        gw_http_response_run_close_body(run);
        gw_trace_add(&run->trace, "end %d\n", event->head->status);
        run->is_at_end = true;
        break;
    }
}

static inline void gw_http_response_run_refuse(struct gw_http_response_run *run, int err)
{
    struct gw_slice nothing = {0};
    struct gw_http_response_event event;

    gw_http_response_run_close_body(run);
    gw_trace_add(&run->trace, "%s %s\n", gw_err_name(err),
                 gw_http_response_parser_why(run->parser));
    assert(gw_http_response_parser_next(run->parser, &nothing, &event) == err);
    run->is_over = true;
}

static inline void gw_http_response_run_feed(void *user, uint8_t *bytes, size_t len)
{
    struct gw_http_response_run *run = user;
    struct gw_slice in = {bytes, len};
    struct gw_http_response_event event;
    int got = 1;

    while (got == 1 && !run->is_over && !run->is_at_end) {
        got = gw_http_response_parser_next(run->parser, &in, &event);
        if (got == 1)
            gw_http_response_run_take(run, &event);
        else if (got < 0)
            gw_http_response_run_refuse(run, got);
        else
            assert(in.len == 0);
    }
    if (run->is_at_end)
        gw_trace_add_bytes(&run->trace, in);
}

/* The input is over, and so is the connection. */
static inline void gw_http_response_run_end(struct gw_http_response_run *run)
{
    struct gw_http_response_event event;
    int got;

    /* An end without body is told by the next call only. */
    gw_http_response_run_feed(run, (uint8_t *)"", 0);
    if (run->is_over || run->is_at_end)
        return;
    got = gw_http_response_parser_end(run->parser, &event);
    if (got == 1)
        gw_http_response_run_take(run, &event);
    else if (got < 0)
        gw_http_response_run_refuse(run, got);
}

#endif
