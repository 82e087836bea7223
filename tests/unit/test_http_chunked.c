/* SPDX-License-Identifier: MIT */
#include "http/chunked.h"
#include "support/feed.h"
#include "support/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* The data, then "|" and the bytes behind the body, or "!" and what was wrong. */
struct run {
    struct gw_http_chunked chunked;
    struct gw_trace trace;
    const char *expected;
    bool is_over;
};

static void begin(void *user)
{
    struct run *run = user;

    gw_http_chunked_init(&run->chunked, 16);
    gw_trace_reset(&run->trace);
    run->is_over = false;
}

static void feed(void *user, uint8_t *bytes, size_t len)
{
    struct run *run = user;
    struct gw_slice in = {bytes, len}, data;
    int got = 1;

    while (got == 1 && !run->is_over) {
        got = gw_http_chunked_next(&run->chunked, &in, &data);
        if (got == 1) {
            assert_true(data.len > 0);
            gw_trace_add_bytes(&run->trace, data);
        } else if (got < 0) {
            assert_int_equal(got, GW_E_PROTO);
            gw_trace_add(&run->trace, "!%s", run->chunked.why);
            run->is_over = true;
        } else if (gw_http_chunked_is_done(&run->chunked)) {
            gw_trace_add(&run->trace, "|");
            run->is_over = true;
        } else {
            assert_int_equal(in.len, 0);
        }
    }
    if (gw_http_chunked_is_done(&run->chunked))
        gw_trace_add_bytes(&run->trace, in);
}

static void compare(void *user, const char *how)
{
    struct run *run = user;

    (void)how;
    assert_string_equal(gw_trace_text(&run->trace), run->expected);
}

static const struct gw_feed ways = {.begin = begin, .feed = feed, .finish = compare};

struct vector {
    const char *input;
    const char *expected;
};

static void check_all(const struct vector *vectors, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct run run = {.expected = vectors[i].expected};

        gw_feed_all_ways(&ways, gw_slice_of(vectors[i].input), &run);
        gw_trace_reset(&run.trace);
    }
}

static void chunks_are_joined(void **state)
{
    static const struct vector vectors[] = {
        {"0\r\n\r\n", "|"},
        {"5\r\nhello\r\n0\r\n\r\nGET", "hello|GET"},
        {"005\r\nhello\r\n00\r\n\r\n", "hello|"},
        {"A\r\n0123456789\r\nb\r\nabcdefghijk\r\n0\r\n\r\n", "0123456789abcdefghijk|"},
        {"1;a=b\r\nx\r\n1;c=\"\t;\"\r\ny\r\n0;d\r\n\r\n", "xy|"},
        {"1\r\nx\r\n0\r\nA: b\r\nC:\r\n\r\nz", "x|z"},
        {"2\r\n\r\n\r\n0\r\n\r\n", "\\x0d\\x0a|"},
        {"5\r\nhel", "hel"},
    };

    (void)state;
    check_all(vectors, sizeof(vectors) / sizeof(vectors[0]));
}

static void what_is_not_exact_is_refused(void **state)
{
    static const char size[] = "!chunk size is not a hexadecimal number";
    static const char crlf[] = "!CRLF is missing in a chunked body";
    static const char trailer[] = "!trailer line does not begin with a field name";
    static const struct vector vectors[] = {
        {"\r\n", size},
        {"g\r\n", size},
        {"+1\r\n", size},
        {"-1\r\n", size},
        {" 1\r\n", size},
        {"1 \r\n", size},
        {"0x1\r\n", size},
        {"1\n", size},
        {"1\rx", crlf},
        {"1;a\n", "!control character in a chunk extension"},
        {"1;a\x01", "!control character in a chunk extension"},
        {"1;a\r\r", crlf},
        {"1\r\nab", "a!CRLF is missing in a chunked body"},
        {"0\r\n\n", trailer},
        {"0\r\n a: b\r\n", trailer},
        {"0\r\n: b\r\n", trailer},
        {"0\r\na b\r\n", "!bad character in a trailer name"},
        {"0\r\na\r\n", "!bad character in a trailer name"},
        {"0\r\na: b\n", "!control character in a trailer value"},
        {"0\r\na: b\r\r", crlf},
        {"0\r\n\r\r", crlf},
        {"00000000000000001", "!chunk size has more than 16 digits"},
        {"1;12345678901234567", "!chunk extensions and trailer are too long"},
        {"0;1234567890123\r\nab:c\r\n", "!chunk extensions and trailer are too long"},
    };

    (void)state;
    check_all(vectors, sizeof(vectors) / sizeof(vectors[0]));
}

static void size_is_announced_before_the_data(void **state)
{
    struct gw_http_chunked chunked;
    struct gw_slice in = GW_LIT("ffffffffffffffff\r\n"), more = GW_LIT("ab"), data;

    (void)state;
    gw_http_chunked_init(&chunked, 0);
    assert_int_equal(gw_http_chunked_announced(&chunked), 0);
    assert_int_equal(gw_http_chunked_next(&chunked, &in, &data), 0);
    assert_true(gw_http_chunked_announced(&chunked) == UINT64_MAX);
    assert_int_equal(gw_http_chunked_next(&chunked, &more, &data), 1);
    assert_true(gw_http_chunked_announced(&chunked) == UINT64_MAX - 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chunks_are_joined),
        cmocka_unit_test(what_is_not_exact_is_refused),
        cmocka_unit_test(size_is_announced_before_the_data),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
