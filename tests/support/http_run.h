/* SPDX-License-Identifier: MIT */
/* Runs the request parser over an input that comes in pieces, and writes down what it said. */
#ifndef GW_TESTS_HTTP_RUN_H
#define GW_TESTS_HTTP_RUN_H

#include "http/parser.h"
#include "support/trace.h"

#include <assert.h>

/* What the parser makes of an input, as text: a line for each head, its fields, the body in one piece however it came, the
 * end with the head's slices read once more, then the bytes of another protocol, or the refusal. */
struct gw_http_run {
    struct gw_http_limits limits;
    struct gw_http_parser *parser;
    struct gw_trace trace;
    const char *expected; /* the trace that a test wants */
    bool is_in_body, is_over, is_other_protocol;
    bool discards;
    uint64_t body_limit_bytes; /* 0: as in limits */
};

static inline void gw_http_run_close_body(struct gw_http_run *run)
{
    if (run->is_in_body)
        gw_trace_add(&run->trace, "\n");
    run->is_in_body = false;
}

static inline void gw_http_run_trace_flag(struct gw_http_run *run, bool is_set, const char *name)
{
    if (is_set)
        gw_trace_add(&run->trace, " %s", name);
}

static inline void gw_http_run_trace_head(struct gw_http_run *run,
                                          const struct gw_http_request *request)
{
    struct gw_trace *trace = &run->trace;

    gw_trace_add(trace, "head ");
    gw_trace_add_bytes(trace, request->method);
    gw_trace_add(trace, " ");
    gw_trace_add_bytes(trace, request->path);
    if (request->query.ptr)
        gw_trace_add(trace, " ?");
    gw_trace_add_bytes(trace, request->query);
    gw_trace_add(trace, " @");
    gw_trace_add_bytes(trace, request->host);
    gw_trace_add(trace, " %d.%d", request->version_major, request->version_minor);
    gw_http_run_trace_flag(run, !request->is_keep_alive, "last");
    gw_http_run_trace_flag(run, request->is_upgrade, "upgrade");
    gw_http_run_trace_flag(run, request->expects_continue, "continue");
    gw_http_run_trace_flag(run, request->has_body, "body");
    gw_http_run_trace_flag(run, request->is_chunked, "chunked");
    if (request->has_content_length)
        gw_trace_add(trace, " %llu", (unsigned long long)request->content_length);
    gw_trace_add(trace, "\n");
}

static inline void gw_http_run_trace_end(struct gw_http_run *run,
                                         const struct gw_http_request *request)
{
    gw_trace_add(&run->trace, "end ");
    gw_trace_add_bytes(&run->trace, request->target);
    for (size_t i = 0; i < request->field_count; i++) {
        gw_trace_add(&run->trace, "|");
        gw_trace_add_bytes(&run->trace, request->fields[i].name);
        gw_trace_add(&run->trace, "=");
        gw_trace_add_bytes(&run->trace, request->fields[i].value);
    }
    gw_trace_add(&run->trace, "\n");
}

static inline void gw_http_run_take_event(struct gw_http_run *run,
                                          const struct gw_http_event *event)
{
    switch (event->type) {
    case GW_HTTP_HEAD:
        gw_http_run_trace_head(run, event->request);
        if (run->body_limit_bytes > 0)
            gw_http_parser_limit_body(run->parser, run->body_limit_bytes);
        if (run->discards)
            gw_http_parser_discard_body(run->parser);
        break;
    case GW_HTTP_BODY:
        assert(event->body.len > 0);
        if (!run->is_in_body)
            gw_trace_add(&run->trace, "body ");
        run->is_in_body = true;
        gw_trace_add_bytes(&run->trace, event->body);
        break;
    case GW_HTTP_END:
        gw_http_run_close_body(run);
        gw_http_run_trace_end(run, event->request);
        run->is_other_protocol =
            event->request->is_upgrade || event->request->verb == GW_HTTP_METHOD_CONNECT;
        break;
    }
}

static inline void gw_http_run_take_refusal(struct gw_http_run *run, int err)
{
    struct gw_slice nothing = {0};
    struct gw_http_event event;

    gw_http_run_close_body(run);
    gw_trace_add(&run->trace, "%s %d %s\n", gw_err_name(err), gw_http_parser_status(run->parser),
                 gw_http_parser_why(run->parser));
    assert(gw_http_parser_next(run->parser, &nothing, &event) == err);
    assert(!gw_http_parser_is_idle(run->parser));
    run->is_over = true;
}

static inline void gw_http_run_begin(void *user)
{
    struct gw_http_run *run = user;

    gw_http_parser_reset(run->parser);
    gw_trace_reset(&run->trace);
    run->is_in_body = run->is_over = run->is_other_protocol = false;
}

static inline void gw_http_run_feed(void *user, uint8_t *bytes, size_t len)
{
    struct gw_http_run *run = user;
    struct gw_slice in = {bytes, len};
    struct gw_http_event event;
    int got = 1;

    while (got == 1 && !run->is_over && !run->is_other_protocol) {
        got = gw_http_parser_next(run->parser, &in, &event);
        if (got == 1)
            gw_http_run_take_event(run, &event);
        else if (got < 0)
            gw_http_run_take_refusal(run, got);
        else
            assert(in.len == 0);
    }
    if (run->is_other_protocol)
        gw_trace_add_bytes(&run->trace, in);
}

#endif
