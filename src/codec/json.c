/* SPDX-License-Identifier: MIT */
#include "codec/json.h"

#include "codec/scan.h"

/* Which containers are open, one bit for each: the check needs no recursion and no heap. */
struct nesting {
    uint32_t depth;
    uint8_t close;                              /* the bracket that ends the innermost one */
    uint64_t is_object[GW_JSON_DEPTH_MAX / 64]; /* only the bits below depth have a meaning */
};

/* The skip_ functions get where something should begin and return where it ends,
 * or NULL when it is not there. */

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(uint8_t c)
{
    return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

static inline const uint8_t *skip_space(const uint8_t *p, const uint8_t *end)
{
    while (p < end && *p <= ' ' && is_space(*p))
        p++;
    return p;
}

/* At a backslash. */
static const uint8_t *skip_escape(const uint8_t *p, const uint8_t *end)
{
    if (end - p < 2)
        return NULL;
    if (p[1] != 'u')
        return p[1] != '\0' && strchr("\"\\/bfnrt", p[1]) ? p + 2 : NULL;
    if (end - p < 6 || !is_hex(p[2]) || !is_hex(p[3]) || !is_hex(p[4]) || !is_hex(p[5]))
        return NULL;
    return p + 6;
}

/* At the opening quote. */
static const uint8_t *skip_string(const uint8_t *p, const uint8_t *end)
{
    p++;
    for (;;) {
        p += gw_scan_unquoted(p, (size_t)(end - p));
        if (p == end)
            return NULL;
        if (*p == '"')
            return p + 1;
        p = *p == '\\' ? skip_escape(p, end) : NULL;
        if (!p)
            return NULL;
    }
}

/* At least one. */
static const uint8_t *skip_digits(const uint8_t *p, const uint8_t *end)
{
    const uint8_t *begin = p;

    while (p < end && is_digit(*p))
        p++;
    return p > begin ? p : NULL;
}

/* RFC 8259 section 6. "01" is the number 0 with something behind it,
 * which the caller will refuse. */
static const uint8_t *skip_number(const uint8_t *p, const uint8_t *end)
{
    if (p < end && *p == '-')
        p++;
    p = p < end && *p == '0' ? p + 1 : skip_digits(p, end);
    if (p && p < end && *p == '.')
        p = skip_digits(p + 1, end);
    if (p && p < end && (*p | 0x20) == 'e') {
        p++;
        if (p < end && (*p == '+' || *p == '-'))
            p++;
        p = skip_digits(p, end);
    }
    return p;
}

static const uint8_t *skip_word(const uint8_t *p, const uint8_t *end, struct gw_slice word)
{
    if ((size_t)(end - p) < word.len || memcmp(p, word.ptr, word.len) != 0)
        return NULL;
    return p + word.len;
}

static const uint8_t *skip_scalar(const uint8_t *p, const uint8_t *end)
{
    if (p == end)
        return NULL;
    switch (*p) {
    case '"':
        return skip_string(p, end);
    case 't':
        return skip_word(p, end, GW_LIT("true"));
    case 'f':
        return skip_word(p, end, GW_LIT("false"));
    case 'n':
        return skip_word(p, end, GW_LIT("null"));
    default:
        return skip_number(p, end);
    }
}

/* The key and colon in front of a member's value. */
static const uint8_t *skip_key(const uint8_t *p, const uint8_t *end)
{
    p = skip_space(p, end);
    if (p == end || *p != '"')
        return NULL;
    p = skip_string(p, end);
    if (!p)
        return NULL;
    p = skip_space(p, end);
    return p < end && *p == ':' ? p + 1 : NULL;
}

static bool is_opening(uint8_t c)
{
    return c == '[' || c == '{';
}

static void push(struct nesting *n, uint8_t bracket)
{
    uint64_t *word = &n->is_object[n->depth / 64];
    uint64_t bit = (uint64_t)1 << n->depth % 64;

    *word = bracket == '{' ? *word | bit : *word & ~bit;
    n->close = bracket == '{' ? '}' : ']';
    n->depth++;
}

static void pop(struct nesting *n)
{
    uint32_t top = --n->depth - 1;

    if (n->depth > 0)
        n->close = n->is_object[top / 64] >> top % 64 & 1 ? '}' : ']';
}

/* A value has ended at p: closes what ends with it. Leads to the next
 * value if depth is not 0 then. */
static const uint8_t *close_containers(struct nesting *n, const uint8_t *p, const uint8_t *end)
{
    while (n->depth > 0) {
        p = skip_space(p, end);
        if (p == end)
            return NULL;
        if (*p == ',')
            return n->close == '}' ? skip_key(p + 1, end) : p + 1;
        if (*p != n->close)
            return NULL;
        p++;
        pop(n);
    }
    return p;
}

/* Opens the container at p. Leads to its first value, or to its end, which makes *is_empty true. */
static const uint8_t *open_container(struct nesting *n, const uint8_t *p, const uint8_t *end,
                                     bool *is_empty)
{
    push(n, *p);
    p = skip_space(p + 1, end);
    *is_empty = p < end && *p == n->close;
    return *is_empty || n->close == ']' ? p : skip_key(p, end);
}

/* Leaves *at behind the value, or where it is when that is none. */
static int skip_value(const uint8_t **at, const uint8_t *end)
{
    struct nesting n;
    const uint8_t *p = *at;
    bool has_value;

    n.depth = 0;
    n.close = 0; /* is_object stays as it is: each bit is written before it is read */
    do {
        p = skip_space(p, end);
        if (p < end && is_opening(*p)) {
            if (n.depth == GW_JSON_DEPTH_MAX)
                return GW_E_LIMIT;
            p = open_container(&n, p, end, &has_value);
        } else {
            p = skip_scalar(p, end);
            has_value = true;
        }
        if (p && has_value)
            p = close_containers(&n, p, end);
        if (!p)
            return GW_E_PROTO;
    } while (n.depth > 0);
    *at = p;
    return 0;
}

static const uint8_t *end_of(struct gw_slice in)
{
    return in.len ? in.ptr + in.len : in.ptr;
}

int gw_json_skip(struct gw_slice in, size_t *value_len)
{
    const uint8_t *p = in.ptr;
    int err = skip_value(&p, end_of(in));

    if (!err)
        *value_len = (size_t)(p - in.ptr);
    return err;
}

int gw_json_check(struct gw_slice text)
{
    const uint8_t *p = text.ptr, *end = end_of(text);
    int err = skip_value(&p, end);

    return err ? err : skip_space(p, end) == end ? 0 : GW_E_PROTO;
}

/* One string without escapes and nothing around it: what chats and benchmarks send. */
static bool is_lone_string(struct gw_slice list)
{
    return list.len >= 2 && list.ptr[0] == '"' && list.ptr[list.len - 1] == '"' &&
           gw_scan_unquoted(list.ptr + 1, list.len - 2) == list.len - 2;
}

static __attribute__((noinline)) int check_values(struct gw_slice list, size_t *count)
{
    const uint8_t *p = list.ptr, *end = end_of(list);
    size_t n = 0;
    bool wants_value = skip_space(p, end) < end;

    while (wants_value) {
        int err = skip_value(&p, end);

        if (err)
            return err;
        n++;
        p = skip_space(p, end);
        if (p < end && *p != ',')
            return GW_E_PROTO;
        wants_value = p < end;
        p += wants_value;
    }
    if (count)
        *count = n;
    return 0;
}

int gw_json_values_check(struct gw_slice list, size_t *count)
{
    if (!is_lone_string(list))
        return check_values(list, count);
    if (count)
        *count = 1;
    return 0;
}

struct gw_slice gw_json_trim(struct gw_slice text)
{
    while (text.len > 0 && is_space(text.ptr[0])) {
        text.ptr++;
        text.len--;
    }
    while (text.len > 0 && is_space(text.ptr[text.len - 1]))
        text.len--;
    return text;
}

size_t gw_json_scalar_len(struct gw_slice text)
{
    size_t len = 0;

    if (text.ptr[0] == '"')
        return gw_json_skip(text, &len) < 0 ? text.len : len;
    while (len < text.len && !memchr(",:]} \t\n\r", text.ptr[len], 8))
        len++;
    return len;
}

enum gw_json_type gw_json_type(struct gw_slice value)
{
    const uint8_t *end = end_of(value);
    const uint8_t *p = skip_space(value.ptr, end);

    if (p == end)
        return GW_JSON_INVALID;
    switch (*p) {
    case 'n':
        return GW_JSON_NULL;
    case 'f':
        return GW_JSON_FALSE;
    case 't':
        return GW_JSON_TRUE;
    case '"':
        return GW_JSON_STRING;
    case '[':
        return GW_JSON_ARRAY;
    case '{':
        return GW_JSON_OBJECT;
    default:
        return *p == '-' || is_digit(*p) ? GW_JSON_NUMBER : GW_JSON_INVALID;
    }
}

struct gw_slice gw_json_inside(struct gw_slice value)
{
    struct gw_slice v = gw_json_trim(value);

    if (v.len < 2 || (v.ptr[0] != '[' && v.ptr[0] != '{'))
        return (struct gw_slice){0};
    return (struct gw_slice){v.ptr + 1, v.len - 2};
}

/* Takes the value at p off *rest, and the comma that may follow it. p ==
 * NULL: nothing is left to take. */
static bool take_value(struct gw_slice *rest, const uint8_t *p, struct gw_slice *value)
{
    const uint8_t *end = end_of(*rest);
    const uint8_t *begin = p ? skip_space(p, end) : NULL;

    p = begin;
    if (!begin || begin == end || skip_value(&p, end) < 0) {
        rest->len = 0;
        return false;
    }
    *value = (struct gw_slice){begin, (size_t)(p - begin)};
    p = skip_space(p, end);
    if (p < end && *p == ',')
        p++;
    *rest = (struct gw_slice){p, (size_t)(end - p)};
    return true;
}

bool gw_json_next(struct gw_slice *rest, struct gw_slice *value)
{
    return take_value(rest, rest->ptr, value);
}

bool gw_json_member_next(struct gw_slice *rest, struct gw_slice *key, struct gw_slice *value)
{
    const uint8_t *end = end_of(*rest);
    const uint8_t *begin = skip_space(rest->ptr, end);
    const uint8_t *p = begin < end && *begin == '"' ? skip_string(begin, end) : NULL;

    if (p) {
        *key = (struct gw_slice){begin, (size_t)(p - begin)};
        p = skip_space(p, end);
        p = p < end && *p == ':' ? p + 1 : NULL;
    }
    return take_value(rest, p, value);
}

bool gw_json_find(struct gw_slice object, struct gw_slice key, struct gw_slice *value)
{
    struct gw_slice rest = gw_json_inside(object);
    struct gw_slice member_key, member_value;
    bool is_found = false;

    if (gw_json_type(object) != GW_JSON_OBJECT)
        return false;
    while (gw_json_member_next(&rest, &member_key, &member_value)) {
        if (!gw_json_string_equals(member_key, key))
            continue;
        *value = member_value;
        is_found = true;
    }
    return is_found;
}
