/* SPDX-License-Identifier: MIT */
#include "codec/utf8.h"

#include "base/mem.h"
#include "codec/scan.h"
#include "support/feed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* bytes, what the decoder of the WHATWG (Node's TextDecoder) makes of them, whether they are valid. */
/* clang-format off */
static const struct {
    const char *hex, *repaired;
    bool is_valid;
} cases[] = {
    {"", "", true},
    {"00", "00", true},
    {"41 7f", "41 7f", true},
    {"c2 80", "c2 80", true},
    {"df bf", "df bf", true},
    {"e0 a0 80", "e0 a0 80", true},
    {"e2 82 ac", "e2 82 ac", true},
    {"ed 9f bf", "ed 9f bf", true},
    {"ee 80 80", "ee 80 80", true},
    {"ef bb bf 41", "ef bb bf 41", true},
    {"f0 90 80 80", "f0 90 80 80", true},
    {"f0 9f 98 80", "f0 9f 98 80", true},
    {"f4 8f bf bf", "f4 8f bf bf", true},
    {"c0", "ef bf bd", false},
    {"80", "ef bf bd", false},
    {"bf", "ef bf bd", false},
    {"c2", "ef bf bd", false},
    {"c2 41", "ef bf bd 41", false},
    {"e0 80", "ef bf bd ef bf bd", false},
    {"e0 80 80", "ef bf bd ef bf bd ef bf bd", false},
    {"e0 9f bf", "ef bf bd ef bf bd ef bf bd", false},
    {"ed a0 80", "ef bf bd ef bf bd ef bf bd", false},
    {"ed bf bf", "ef bf bd ef bf bd ef bf bd", false},
    {"f0 80 80 80", "ef bf bd ef bf bd ef bf bd ef bf bd", false},
    {"f0 8f bf bf", "ef bf bd ef bf bd ef bf bd ef bf bd", false},
    {"f4 90 80 80", "ef bf bd ef bf bd ef bf bd ef bf bd", false},
    {"f5 80 80 80", "ef bf bd ef bf bd ef bf bd ef bf bd", false},
    {"ff", "ef bf bd", false},
    {"fe ff", "ef bf bd ef bf bd", false},
    {"e2 82", "ef bf bd", false},
    {"e2 82 41", "ef bf bd 41", false},
    {"f0 9f 98", "ef bf bd", false},
    {"f0 9f 98 41", "ef bf bd 41", false},
    {"f0 9f", "ef bf bd", false},
    {"f0", "ef bf bd", false},
    {"41 c2", "41 ef bf bd", false},
    {"61 f1 80 80 e1 80 c2 62 80 63 80 bf 64", "61 ef bf bd ef bf bd ef bf bd 62 ef bf bd 63 ef bf bd ef bf bd 64", false},
    {"c3 a9 ff c3 a9", "c3 a9 ef bf bd c3 a9", false},
    {"e1 80 e2 f0 91 92 f1 bf 41", "ef bf bd ef bf bd ef bf bd ef bf bd 41", false},
    {"c1 bf", "ef bf bd ef bf bd", false},
    {"f8 88 80 80 80", "ef bf bd ef bf bd ef bf bd ef bf bd ef bf bd", false},
    {"f0 9f f0 9f 98 80", "ef bf bd f0 9f 98 80", false},
};
/* clang-format on */

enum { CASE_COUNT = sizeof(cases) / sizeof(cases[0]), INPUT_MAX = 512 };

struct input {
    uint8_t bytes[INPUT_MAX];
    size_t len;
};

static void add_hex(struct input *in, const char *hex)
{
    for (; *hex; hex += hex[2] ? 3 : 2)
        in->bytes[in->len++] = (uint8_t)strtoul((char[]){hex[0], hex[1], '\0'}, NULL, 16);
}

static void add_letters(struct input *in, size_t n)
{
    memset(in->bytes + in->len, 'a', n);
    in->len += n;
}

static struct gw_slice slice(const struct input *in)
{
    return (struct gw_slice){in->bytes, in->len};
}

/* A decoder under test, and what it must say in the end. */
struct run {
    struct gw_utf8 utf8;
    bool is_failed;
    bool is_valid;
};

static void begin(void *user)
{
    struct run *run = user;

    gw_utf8_init(&run->utf8);
    run->is_failed = false;
}

static void feed(void *user, uint8_t *bytes, size_t len)
{
    struct run *run = user;

    if (!run->is_failed)
        run->is_failed = !gw_utf8_feed(&run->utf8, (struct gw_slice){bytes, len});
}

static void finish(void *user, const char *how)
{
    struct run *run = user;
    bool is_valid = !run->is_failed && gw_utf8_is_complete(&run->utf8);

    if (is_valid != run->is_valid)
        fail_msg("%s", how);
}

static const struct gw_feed whole_text = {.begin = begin, .feed = feed, .finish = finish};

/* In front of each case and behind it stand texts of lengths that move it through the words of the fast path. */
static void verdict_is_the_same_at_every_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASE_COUNT; i++) {
        for (size_t lead = 0; lead < 40; lead += 3) {
            struct run run = {.is_valid = cases[i].is_valid};
            struct input in = {.len = 0};

            add_letters(&in, lead);
            add_hex(&in, cases[i].hex);
            add_letters(&in, lead % 5 * 8);
            assert_true(gw_utf8_is_valid(slice(&in)) == run.is_valid);
            gw_feed_all_ways(&whole_text, slice(&in), &run);
        }
    }
}

/* Whether some text goes on from here; by brute force over what may follow. */
static bool has_continuation(struct gw_slice start)
{
    uint8_t text[8];
    static const uint8_t tails[] = {0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf};

    memcpy(text, start.ptr, start.len);
    if (gw_utf8_is_valid(start))
        return true;
    for (size_t a = 0; a < sizeof(tails); a++) {
        text[start.len] = tails[a];
        text[start.len + 1] = text[start.len + 2] = 0x80;
        for (size_t n = 1; n <= 3; n++) {
            if (gw_utf8_is_valid((struct gw_slice){text, start.len + n}))
                return true;
        }
    }
    return false;
}

static void a_start_of_nothing_fails_at_its_last_byte(void **state)
{
    (void)state;
    for (uint32_t n = 0; n < 1 << 16; n++) {
        uint8_t bytes[3] = {(uint8_t)(n >> 8), (uint8_t)n, 0x80};
        struct gw_utf8 u;
        bool is_fine = true;

        for (size_t len = 1; len <= 3; len++) {
            struct gw_slice start = {bytes, len};

            gw_utf8_init(&u);
            is_fine = is_fine && has_continuation(start);
            assert_true(gw_utf8_feed(&u, start) == is_fine);
            assert_true(!is_fine || gw_utf8_is_complete(&u) == gw_utf8_is_valid(start));
        }
    }
}

/* The textbook definition, one character at a time. */
static bool is_character(uint32_t c)
{
    return c <= 0x10ffff && !(c >= 0xd800 && c <= 0xdfff);
}

static void every_character_is_valid_and_no_surrogate(void **state)
{
    (void)state;
    for (uint32_t c = 0; c < 0x110000; c++) {
        uint8_t bytes[4];
        size_t len = gw_utf8_encode(bytes, c);

        assert_true(gw_utf8_is_valid((struct gw_slice){bytes, len}));
        if (len > 1)
            assert_false(gw_utf8_is_valid((struct gw_slice){bytes, len - 1}));
        assert_true(is_character(c) || memcmp(bytes, "\xef\xbf\xbd", 3) == 0);
    }
    for (uint32_t c = 0xd800; c < 0xe000; c++) {
        uint8_t bytes[3] = {0xed, (uint8_t)(0x80 | (c >> 6 & 0x3f)), (uint8_t)(0x80 | (c & 0x3f))};

        assert_false(gw_utf8_is_valid((struct gw_slice){bytes, 3}));
    }
}

static void repair_replaces_what_browsers_replace(void **state)
{
    struct gw_buf out;

    (void)state;
    gw_buf_init(&out, 1000);
    for (size_t i = 0; i < CASE_COUNT; i++) {
        struct input in = {.len = 0}, expected = {.len = 0};

        add_hex(&in, cases[i].hex);
        add_hex(&expected, cases[i].repaired);
        gw_buf_reset(&out);
        assert_int_equal(gw_utf8_repair(slice(&in), &out), 0);
        assert_true(gw_slice_equal(gw_buf_slice(&out), slice(&expected)));
    }
    gw_buf_dispose(&out);
}

static void failed_repair_leaves_the_buffer_alone(void **state)
{
    struct gw_buf out;

    (void)state;
    gw_buf_init(&out, 6);
    assert_int_equal(gw_buf_append(&out, GW_LIT("ab")), 0);
    assert_int_equal(gw_utf8_repair(GW_LIT("cd\xff"), &out), GW_E_LIMIT);
    assert_int_equal(out.len, 2);
    gw_buf_dispose(&out);
    gw_mem_fail_at(1);
    assert_int_equal(gw_utf8_repair(GW_LIT("\xff"), &out), GW_E_NOMEM);
    gw_buf_dispose(&out);
}

typedef size_t scan_fn(const uint8_t *text, size_t len);

/* Places each byte value at each place of texts of each length around the size of a vector. */
static void check_scan(scan_fn *fast, scan_fn *plain, bool (*ends_run)(uint8_t))
{
    for (size_t len = 0; len <= 50; len++) {
        uint8_t *text = malloc(len ? len : 1);

        assert_non_null(text);
        memset(text, 'a', len);
        assert_int_equal(fast(text, len), len);
        assert_int_equal(plain(text, len), len);
        for (size_t at = 0; at < len; at++) {
            for (int byte = 0; byte < 256; byte++) {
                size_t expected = ends_run((uint8_t)byte) ? at : len;

                text[at] = (uint8_t)byte;
                assert_int_equal(fast(text, len), expected);
                assert_int_equal(plain(text, len), expected);
            }
            text[at] = 'a';
        }
        free(text);
    }
}

static bool is_not_ascii(uint8_t byte)
{
    return byte >= 0x80;
}

static bool is_quoted(uint8_t byte)
{
    return byte < 0x20 || byte == '"' || byte == '\\';
}

static void fast_kernels_agree_with_the_plain_ones(void **state)
{
    (void)state;
    check_scan(gw_scan_ascii, gw_scan_ascii_plain, is_not_ascii);
    check_scan(gw_scan_unquoted, gw_scan_unquoted_plain, is_quoted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdict_is_the_same_at_every_cut),
        cmocka_unit_test(a_start_of_nothing_fails_at_its_last_byte),
        cmocka_unit_test(every_character_is_valid_and_no_surrogate),
        cmocka_unit_test(repair_replaces_what_browsers_replace),
        cmocka_unit_test(failed_repair_leaves_the_buffer_alone),
        cmocka_unit_test(fast_kernels_agree_with_the_plain_ones),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
