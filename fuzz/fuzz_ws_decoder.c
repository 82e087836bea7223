/* SPDX-License-Identifier: MIT */
/* However bytes are cut, the decoder says the same. The first byte chooses role and limits, the rest is the wire. */
#include "support/feed.h"
#include "support/ws_trace.h"
#include "ws/close.h"
#include "ws/decoder.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct run {
    struct gw_ws_decoder_options options;
    struct gw_ws_decoder decoder;
    struct gw_trace trace;
    char *expected; /* NULL in the first run */
    int result;
    bool accepts_rsv1;
};

static void begin(void *user)
{
    struct run *run = user;

    gw_trace_reset(&run->trace);
    gw_ws_decoder_init(&run->decoder, &run->options);
    if (run->accepts_rsv1)
        gw_ws_decoder_accept_rsv1(&run->decoder);
    run->result = 0;
}

static void check_event(const struct run *run, const struct gw_ws_event *ev)
{
    if (ev->type == GW_WS_EVENT_MESSAGE) {
        assert(ev->data.len <= run->options.max_message_bytes);
        assert(!ev->is_compressed || run->accepts_rsv1);
        assert(ev->is_binary || ev->is_compressed || gw_utf8_is_valid(ev->data));
        return;
    }
    assert(ev->data.len <= GW_WS_CONTROL_MAX);
    if (ev->type == GW_WS_EVENT_CLOSE)
        assert(ev->close_code == GW_WS_CLOSE_NONE || gw_ws_close_code_is_valid(ev->close_code));
}

static void feed(void *user, uint8_t *bytes, size_t len)
{
    struct run *run = user;
    struct gw_ws_event ev;
    int earlier = run->result;

    while ((run->result = gw_ws_decoder_next(&run->decoder, &bytes, &len, &ev)) == 1) {
        check_event(run, &ev);
        gw_trace_add_ws_event(&run->trace, &ev);
        gw_trace_add_bytes(&run->trace, ev.data);
        gw_trace_add(&run->trace, "\n");
    }
    assert(earlier == 0 || run->result == earlier);
    assert(run->result != 0 || len == 0);
    if (run->result < 0 && earlier == 0) {
        assert(gw_ws_close_code_is_valid(gw_ws_decoder_close_code(&run->decoder)));
        gw_trace_add(&run->trace, "error %d %s\n", run->result, gw_ws_decoder_why(&run->decoder));
    }
}

static void finish(void *user, const char *how)
{
    struct run *run = user;

    gw_trace_add(&run->trace, "end\n");
    if (!run->expected) {
        run->expected = run->trace.text;
        run->trace = (struct gw_trace){0};
    } else if (strcmp(gw_trace_text(&run->trace), run->expected) != 0) {
        fprintf(stderr, "%s:\n%swhole:\n%s", how, gw_trace_text(&run->trace), run->expected);
        abort();
    }
    gw_ws_decoder_dispose(&run->decoder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct gw_feed way = {begin, feed, finish};
    struct gw_slice input;
    struct run run = {0};

    if (size < 2)
        return 0;
    input = (struct gw_slice){data + 1, size - 1};
    run.accepts_rsv1 = data[0] & 2;
    run.options = (struct gw_ws_decoder_options){
        .role = data[0] & 1 ? GW_WS_CLIENT : GW_WS_SERVER,
        .max_message_bytes = data[0] & 4 ? 16 : 1 << 16,
        .max_fragments = data[0] & 8 ? 3 : 0,
    };
    gw_feed_whole(&way, input, &run);
    gw_feed_in_pieces(&way, input, 1, &run);
    gw_feed_in_pieces(&way, input, 3, &run);
    gw_feed_split_at(&way, input, input.len / 2, &run);
    for (uint64_t seed = 1; seed <= 4; seed++)
        gw_feed_at_random(&way, input, seed, &run);
    gw_trace_reset(&run.trace);
    free(run.expected);
    return 0;
}
