/* SPDX-License-Identifier: MIT */
/* The response parser says the same however its input is cut. */
#include "support/feed.h"
#include "support/http_response_run.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void end(void *user, const char *how)
{
    (void)how;
    gw_http_response_run_end(user);
}

static const struct gw_feed ways = {
    .begin = gw_http_response_run_begin,
    .feed = gw_http_response_run_feed,
    .finish = end,
};

static void compare(const struct gw_http_response_run *whole,
                    const struct gw_http_response_run *cut)
{
    if (strcmp(gw_trace_text(&whole->trace), gw_trace_text(&cut->trace)) == 0)
        return;
    fprintf(stderr, "whole:\n%s\ncut:\n%s\n", gw_trace_text(&whole->trace),
            gw_trace_text(&cut->trace));
    abort();
}

/* Small limits, so that small inputs reach them; the length of the input says what was asked. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum gw_http_method methods[] = {GW_HTTP_METHOD_GET, GW_HTTP_METHOD_CONNECT,
                                                  GW_HTTP_METHOD_HEAD};
    struct gw_http_response_run whole = {.limits = {512, 128, 12, 64}, .method = methods[size % 3]};
    struct gw_http_response_run cut = whole;
    struct gw_slice input = {data, size};

    whole.parser = gw_http_response_parser_create(&whole.limits);
    cut.parser = gw_http_response_parser_create(&cut.limits);
    gw_feed_whole(&ways, input, &whole);
    gw_feed_in_pieces(&ways, input, 1, &cut);
    compare(&whole, &cut);
    gw_feed_at_random(&ways, input, size, &cut);
    compare(&whole, &cut);
    gw_trace_reset(&whole.trace);
    gw_trace_reset(&cut.trace);
    gw_http_response_parser_destroy(whole.parser);
    gw_http_response_parser_destroy(cut.parser);
    return 0;
}
