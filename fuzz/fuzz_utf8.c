/* SPDX-License-Identifier: MIT */
/* Whole against cut anywhere against the textbook's decoder; fast kernels against plain ones; repair gives valid text. */
#include "codec/scan.h"
#include "codec/utf8.h"
#include "support/feed.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_so)
{
    if (!is_so)
        abort();
}

/* The length of the character at the start of text by the definition: decode, then ask for the shortest form. 0: none. */
static size_t character(struct gw_slice text)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t lead = text.ptr[0];
    size_t len = lead < 0x80       ? 1
                 : lead >> 5 == 6  ? 2
                 : lead >> 4 == 14 ? 3
                 : lead >> 3 == 30 ? 4
                                   : 0;
    uint32_t c = len == 1 ? lead : (uint32_t)lead & (0x7fU >> len);

    if (len == 0 || len > text.len)
        return 0;
    for (size_t i = 1; i < len; i++) {
        if (text.ptr[i] >> 6 != 2)
            return 0;
        c = c << 6 | (text.ptr[i] & 0x3f);
    }
    return c >= least[len] && c <= 0x10ffff && c >> 11 != 0x1b ? len : 0;
}

static bool is_valid(struct gw_slice text)
{
    while (text.len > 0) {
        size_t n = character(text);

        if (n == 0)
            return false;
        text.ptr += n;
        text.len -= n;
    }
    return true;
}

struct run {
    struct gw_utf8 utf8;
    bool is_failed, is_valid;
};

static void feed(void *user, uint8_t *bytes, size_t len)
{
    struct run *run = user;

    if (!run->is_failed)
        run->is_failed = !gw_utf8_feed(&run->utf8, (struct gw_slice){bytes, len});
}

static void finish(void *user, const char *how)
{
    struct run *run = user;

    (void)how;
    must(run->is_valid == (!run->is_failed && gw_utf8_is_complete(&run->utf8)));
}

static void compare_repaired(struct gw_slice in, bool was_valid)
{
    struct gw_buf out;

    gw_buf_init(&out, SIZE_MAX);
    must(gw_utf8_repair(in, &out) == 0);
    must(gw_utf8_is_valid(gw_buf_slice(&out)));
    must(was_valid == gw_slice_equal(in, gw_buf_slice(&out)));
    gw_buf_dispose(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct gw_feed way = {.feed = feed, .finish = finish};
    struct gw_slice in = {data, size};
    struct run run = {.is_valid = is_valid(in)};

    if (size == 0)
        return 0;
    must(gw_utf8_is_valid(in) == run.is_valid);
    for (uint64_t seed = 0; seed < 4; seed++) {
        run.is_failed = false;
        gw_utf8_init(&run.utf8);
        gw_feed_at_random(&way, in, seed + size, &run);
    }
    must(gw_scan_ascii(data, size) == gw_scan_ascii_plain(data, size));
    must(gw_scan_unquoted(data, size) == gw_scan_unquoted_plain(data, size));
    compare_repaired(in, run.is_valid);
    return 0;
}
