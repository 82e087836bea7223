/* SPDX-License-Identifier: MIT */
/* The checker against a recursive one that follows the grammar of RFC 8259 letter by letter; strings and numbers there and back;
 * and the readers on whatever comes. */
#include "codec/json.h"
#include "codec/utf8.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_so)
{
    if (!is_so)
        abort();
}

struct text {
    const uint8_t *p, *end;
    int depth;
    bool is_deep;
};

static int at(const struct text *t)
{
    return t->p < t->end ? *t->p : -1;
}

static bool take(struct text *t, int c)
{
    if (at(t) != c)
        return false;
    t->p++;
    return true;
}

static bool take_one_of(struct text *t, const char *set)
{
    int c = at(t);

    if (c <= 0 || !strchr(set, c))
        return false;
    t->p++;
    return true;
}

static void space(struct text *t)
{
    while (take_one_of(t, " \t\n\r"))
        ;
}

static bool word(struct text *t, const char *letters)
{
    for (; *letters; letters++) {
        if (!take(t, *letters))
            return false;
    }
    return true;
}

static bool digits(struct text *t)
{
    if (!take_one_of(t, "0123456789"))
        return false;
    while (take_one_of(t, "0123456789"))
        ;
    return true;
}

static bool number(struct text *t)
{
    take(t, '-');
    if (!take(t, '0') && !digits(t))
        return false;
    if (take(t, '.') && !digits(t))
        return false;
    if (!take_one_of(t, "eE"))
        return true;
    take_one_of(t, "+-");
    return digits(t);
}

static bool string(struct text *t)
{
    if (!take(t, '"'))
        return false;
    while (at(t) >= 0x20 && at(t) != '"') {
        if (!take(t, '\\')) {
            t->p++;
        } else if (take(t, 'u')) {
            for (int i = 0; i < 4; i++) {
                if (!take_one_of(t, "0123456789abcdefABCDEF"))
                    return false;
            }
        } else if (!take_one_of(t, "\"\\/bfnrt")) {
            return false;
        }
    }
    return take(t, '"');
}

static bool value(struct text *t);

static bool member(struct text *t)
{
    space(t);
    if (!string(t))
        return false;
    space(t);
    return take(t, ':') && value(t);
}

static bool container(struct text *t, int close, bool (*element)(struct text *))
{
    if (++t->depth > GW_JSON_DEPTH_MAX) {
        t->is_deep = true;
        return false;
    }
    t->p++;
    space(t);
    if (!take(t, close)) {
        do {
            if (!element(t))
                return false;
            space(t);
        } while (take(t, ','));
        if (!take(t, close))
            return false;
    }
    t->depth--;
    return true;
}

static bool value(struct text *t)
{
    space(t);
    switch (at(t)) {
    case '{':
        return container(t, '}', member);
    case '[':
        return container(t, ']', value);
    case '"':
        return string(t);
    case 't':
        return word(t, "true");
    case 'f':
        return word(t, "false");
    case 'n':
        return word(t, "null");
    default:
        return number(t);
    }
}

static void compare_verdicts(struct gw_slice in)
{
    struct text t = {.p = in.ptr, .end = in.ptr + in.len};
    int expected = value(&t) ? 0 : t.is_deep ? GW_E_LIMIT : GW_E_PROTO;
    size_t len = 0;

    must(gw_json_skip(in, &len) == expected);
    must(expected < 0 || len == (size_t)(t.p - in.ptr));
    if (expected == 0) {
        space(&t);
        expected = t.p == t.end ? 0 : GW_E_PROTO;
    }
    must(gw_json_check(in) == expected);
}

static void compare_number(struct gw_slice in)
{
    char text[1024];
    double expected, got;

    if (in.len >= sizeof(text) || gw_json_number(in, &got) < 0)
        return;
    memcpy(text, in.ptr, in.len);
    text[in.len] = '\0';
    expected = strtod(text, NULL);
    must(memcmp(&expected, &got, sizeof(got)) == 0);
}

static void walk(struct gw_slice in)
{
    struct gw_slice rest = in, key, one, found;
    size_t count = 0, expected = 0;

    if (gw_json_values_check(in, &expected) == 0) {
        while (gw_json_next(&rest, &one)) {
            must(gw_json_check(one) == 0);
            must(gw_json_type(one) != GW_JSON_INVALID);
            count++;
        }
        must(count == expected);
    }
    rest = in;
    while (gw_json_next(&rest, &one))
        gw_json_string_equals(one, in);
    rest = gw_json_inside(in);
    while (gw_json_member_next(&rest, &key, &one))
        ;
    gw_json_find(in, GW_LIT("a"), &found);
}

static void quote_and_back(struct gw_slice in)
{
    struct gw_buf quoted, text, repaired;

    gw_buf_init(&quoted, SIZE_MAX);
    gw_buf_init(&text, SIZE_MAX);
    gw_buf_init(&repaired, SIZE_MAX);
    must(gw_utf8_repair(in, &repaired) == 0);
    must(gw_json_quote(&quoted, in) == 0);
    must(gw_json_check(gw_buf_slice(&quoted)) == 0);
    must(gw_json_string_decode(gw_buf_slice(&quoted), &text) == 0);
    must(gw_slice_equal(gw_buf_slice(&text), gw_buf_slice(&repaired)));
    must(gw_json_string_equals(gw_buf_slice(&quoted), gw_buf_slice(&text)));

    gw_buf_reset(&text);
    if (gw_json_string_decode(in, &text) == 0)
        must(gw_json_string_equals(in, gw_buf_slice(&text)));
    if (gw_utf8_is_valid(in) && gw_json_check(in) == 0)
        must(gw_utf8_is_valid(gw_buf_slice(&text)));
    gw_buf_dispose(&quoted);
    gw_buf_dispose(&text);
    gw_buf_dispose(&repaired);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gw_slice in = {data, size};

    if (size == 0)
        return 0;
    compare_verdicts(in);
    compare_number(in);
    walk(in);
    quote_and_back(in);
    return 0;
}
