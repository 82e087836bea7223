/* SPDX-License-Identifier: MIT */
#include "codec/msgpack.h"

#include "codec/calendar.h"
#include "codec/json.h"
#include "codec/number.h"

#include <float.h>

/* ---- to JSON ---- */

struct level {
    uint32_t left; /* items, or pairs */
    bool is_map;
    bool has_member; /* something stands in front: a comma is due */
};

struct reader {
    struct gw_slice *in;
    struct gw_msgpack_binaries *binaries;
    struct gw_buf *out;
    size_t depth;
    struct level levels[GW_MSGPACK_DEPTH_MAX + 1];
};

static int put_text(struct gw_buf *out, const char *text)
{
    return gw_buf_append(out, gw_slice_of(text));
}

static int put_digits(struct gw_buf *out, uint64_t value, size_t width)
{
    uint8_t digits[GW_U64_DIGITS_MAX];
    size_t len = gw_u64_format(digits, value);
    int err = 0;

    for (size_t i = len; i < width && err == 0; i++)
        err = gw_buf_append_byte(out, '0');
    return err < 0 ? err : gw_buf_append(out, (struct gw_slice){digits, len});
}

/* What JavaScript has no date for is null there. */
static int put_date(struct gw_buf *out, int64_t ms)
{
    const int64_t last_ms = 8640000000000000;
    uint8_t text[GW_CALENDAR_ISO_MAX];
    int err;

    if (ms > last_ms || ms < -last_ms)
        return put_text(out, "null");
    err = gw_buf_append_byte(out, '"');
    if (err == 0)
        err = gw_buf_append(out, (struct gw_slice){text, gw_calendar_format_iso(text, ms)});
    return err < 0 ? err : gw_buf_append_byte(out, '"');
}

static int put_double(struct gw_buf *out, double value)
{
    uint8_t text[GW_JSON_DOUBLE_MAX];

    return gw_buf_append(out, (struct gw_slice){text, gw_json_double_format(text, value)});
}

static int put_signed(struct gw_buf *out, int64_t value)
{
    int err = value < 0 ? put_text(out, "-") : 0;

    return err < 0 ? err : put_digits(out, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 1);
}

static int add_binary(struct gw_msgpack_binaries *binaries, struct gw_slice bytes)
{
    int err;

    binaries->is_full = binaries->count == binaries->cap;
    if (binaries->is_full)
        return GW_E_LIMIT;
    if (binaries->buf) {
        err =
            gw_buf_append(binaries->buf, (struct gw_slice){(const uint8_t *)&bytes, sizeof(bytes)});
        if (err < 0)
            return err;
        binaries->slices = (struct gw_slice *)(void *)binaries->buf->ptr;
    } else {
        binaries->slices[binaries->count] = bytes;
    }
    binaries->count++;
    return 0;
}

static int put_binary(struct reader *r, struct gw_slice bytes)
{
    size_t index = r->binaries->count;
    int err = add_binary(r->binaries, bytes);

    err = err < 0 ? err : put_text(r->out, "{\"_placeholder\":true,\"num\":");
    err = err < 0 ? err : put_digits(r->out, index, 1);
    return err < 0 ? err : put_text(r->out, "}");
}

static int put_extension(struct reader *r, const struct gw_msgpack_item *item)
{
    int err = put_text(r->out, "[");

    err = err < 0 ? err : put_signed(r->out, item->extension);
    err = err < 0 ? err : put_text(r->out, ",");
    err = err < 0 ? err : put_binary(r, item->bytes);
    return err < 0 ? err : put_text(r->out, "]");
}

static int open_container(struct reader *r, const struct gw_msgpack_item *item)
{
    bool is_map = item->type == GW_MSGPACK_MAP;

    if (r->depth == GW_MSGPACK_DEPTH_MAX)
        return GW_E_LIMIT;
    r->levels[++r->depth] = (struct level){.left = item->count, .is_map = is_map};
    return put_text(r->out, is_map ? "{" : "[");
}

static int put_item(struct reader *r, const struct gw_msgpack_item *item)
{
    switch (item->type) {
    case GW_MSGPACK_BOOL:
        return put_text(r->out, item->truth ? "true" : "false");
    case GW_MSGPACK_UINT:
        return put_digits(r->out, item->uint, 1);
    case GW_MSGPACK_INT:
        return put_signed(r->out, item->integer);
    case GW_MSGPACK_DOUBLE:
        return put_double(r->out, item->number);
    case GW_MSGPACK_STRING:
        return gw_json_quote(r->out, item->bytes);
    case GW_MSGPACK_BINARY:
        return put_binary(r, item->bytes);
    case GW_MSGPACK_DATE:
        return put_date(r->out, item->integer);
    case GW_MSGPACK_EXTENSION:
        return put_extension(r, item);
    case GW_MSGPACK_ARRAY:
    case GW_MSGPACK_MAP:
        return open_container(r, item);
    default:
        return put_text(r->out, "null");
    }
}

/* ECMA-262 7.1.17 for what prints otherwise as a value than as a key. */
static int put_double_key(struct gw_buf *out, double value)
{
    if (value != value)
        return put_text(out, "NaN");
    if (value > DBL_MAX || value < -DBL_MAX)
        return put_text(out, value < 0 ? "-Infinity" : "Infinity");
    return put_double(out, value);
}

static int put_scalar_key(struct gw_buf *out, const struct gw_msgpack_item *key)
{
    switch (key->type) {
    case GW_MSGPACK_NIL:
        return put_text(out, "null");
    case GW_MSGPACK_UNDEFINED:
        return put_text(out, "undefined");
    case GW_MSGPACK_BOOL:
        return put_text(out, key->truth ? "true" : "false");
    case GW_MSGPACK_UINT:
        return put_digits(out, key->uint, 1);
    case GW_MSGPACK_INT:
        return put_signed(out, key->integer);
    case GW_MSGPACK_DOUBLE:
        return put_double_key(out, key->number);
    default:
        return GW_E_PROTO;
    }
}

static int put_key(struct reader *r)
{
    struct gw_msgpack_item key;
    int err = gw_msgpack_next(r->in, &key);

    if (err == 0 && key.type == GW_MSGPACK_STRING) {
        err = gw_json_quote(r->out, key.bytes);
    } else if (err == 0) {
        err = put_text(r->out, "\"");
        err = err < 0 ? err : put_scalar_key(r->out, &key);
        err = err < 0 ? err : put_text(r->out, "\"");
    }
    return err < 0 ? err : put_text(r->out, ":");
}

/* The next element or member of the level, with what parts it from the one before. */
static int put_next(struct reader *r)
{
    struct level *level = &r->levels[r->depth];
    size_t start = r->out->len;
    struct gw_msgpack_item item;
    int err = level->has_member ? put_text(r->out, ",") : 0;

    level->left--;
    if (err == 0 && level->is_map)
        err = put_key(r);
    if (err == 0)
        err = gw_msgpack_next(r->in, &item);
    if (err < 0)
        return err;
    if (level->is_map && item.type == GW_MSGPACK_UNDEFINED) {
        r->out->len = start;
        return 0;
    }
    level->has_member = true;
    return put_item(r, &item);
}

int gw_msgpack_to_json(struct gw_slice *in, struct gw_msgpack_binaries *binaries,
                       struct gw_buf *out)
{
    struct reader r;
    int err = 0;

    r.in = in;
    r.binaries = binaries;
    r.out = out;
    r.depth = 0;
    r.levels[0] = (struct level){.left = 1};
    while (err == 0) {
        const struct level *level = &r.levels[r.depth];

        if (level->left > 0) {
            err = put_next(&r);
        } else if (r.depth == 0) {
            return 0;
        } else {
            err = put_text(out, level->is_map ? "}" : "]");
            r.depth--;
        }
    }
    return err;
}

/* ---- from JSON ---- */

enum { PLACEHOLDER_MAX = 64 };

/* The text is walked twice: a container's head says how many values follow, so they are counted
 * first, container by container in the order of their beginning. */
struct writer {
    const struct gw_msgpack_binaries *binaries;
    struct gw_buf *out;   /* NULL: the first time */
    struct gw_buf counts; /* of uint32_t: values, and keys */
    struct gw_buf scratch;
    size_t next; /* container */
    size_t depth;
    uint32_t open[GW_MSGPACK_DEPTH_MAX + 1]; /* container at each depth; none at 0 */
};

static uint32_t *count_at(struct writer *w, size_t container)
{
    return (uint32_t *)(void *)w->counts.ptr + container;
}

/* An object without nested values; -1: not one of the placeholders. */
static int64_t placeholder_at(const struct writer *w, struct gw_slice text, size_t *len)
{
    struct gw_slice object = {text.ptr, text.len < PLACEHOLDER_MAX ? text.len : PLACEHOLDER_MAX};
    const uint8_t *end;
    struct gw_slice value;
    double number;

    if (w->binaries->count == 0 || !(end = memchr(object.ptr, '}', object.len)))
        return -1;
    object.len = (size_t)(end - object.ptr) + 1;
    if (memchr(object.ptr + 1, '{', object.len - 1) || memchr(object.ptr, '[', object.len) ||
        gw_json_check(object) < 0 || !gw_json_find(object, GW_LIT("_placeholder"), &value) ||
        gw_json_type(value) != GW_JSON_TRUE || !gw_json_find(object, GW_LIT("num"), &value) ||
        gw_json_number(value, &number) < 0)
        return -1;
    *len = object.len;
    if (!(number >= 0 && number < (double)w->binaries->count))
        return -1;
    return number == (double)(int64_t)number ? (int64_t)number : -1;
}

static int put_json_string(struct writer *w, struct gw_slice quoted)
{
    int err;

    if (!memchr(quoted.ptr, '\\', quoted.len))
        return gw_msgpack_put_string(w->out, (struct gw_slice){quoted.ptr + 1, quoted.len - 2});
    gw_buf_reset(&w->scratch);
    err = gw_json_string_decode(quoted, &w->scratch);
    return err < 0 ? err : gw_msgpack_put_string(w->out, gw_buf_slice(&w->scratch));
}

static int put_json_number(struct gw_buf *out, struct gw_slice text)
{
    const double exact_max = 9007199254740992; /* 2^53 */
    const uint64_t int_min = (uint64_t)INT64_MAX + 1;
    bool is_negative = text.ptr[0] == '-';
    struct gw_slice digits = {text.ptr + is_negative, text.len - is_negative};
    uint64_t size;
    double number;

    if (gw_u64_parse(digits, &size) == 0 && (!is_negative || size <= int_min))
        return is_negative ? gw_msgpack_put_int(out, (int64_t)(0 - size))
                           : gw_msgpack_put_uint(out, size);
    if (gw_json_number(text, &number) < 0)
        return GW_E_ARG;
    if (number > -exact_max && number < exact_max && (double)(int64_t)number == number)
        return gw_msgpack_put_int(out, (int64_t)number);
    return gw_msgpack_put_double(out, number);
}

static int put_scalar(struct writer *w, struct gw_slice token)
{
    switch (token.ptr[0]) {
    case '"':
        return put_json_string(w, token);
    case 't':
        return gw_buf_append_byte(w->out, 0xc3);
    case 'f':
        return gw_buf_append_byte(w->out, 0xc2);
    case 'n':
        return gw_buf_append_byte(w->out, 0xc0);
    default:
        return put_json_number(w->out, token);
    }
}

/* One more value (or key) in the container that is open. */
static void count_value(struct writer *w)
{
    if (!w->out && w->depth > 0)
        ++*count_at(w, w->open[w->depth]);
}

static int begin_container(struct writer *w, bool is_map)
{
    static const uint32_t zero;
    int err = 0;

    if (w->depth == GW_MSGPACK_DEPTH_MAX)
        return GW_E_LIMIT;
    if (!w->out)
        err = gw_buf_append(&w->counts, (struct gw_slice){(const uint8_t *)&zero, sizeof(zero)});
    else if (is_map)
        err = gw_msgpack_put_map(w->out, *count_at(w, w->next) / 2);
    else
        err = gw_msgpack_put_array(w->out, *count_at(w, w->next));
    w->open[++w->depth] = (uint32_t)w->next++;
    return err;
}

/* The token at the start of text, which is no white space; *len gets its length. */
static int walk_token(struct writer *w, struct gw_slice text, size_t *len)
{
    int64_t index;

    *len = 1;
    switch (text.ptr[0]) {
    case '{':
        count_value(w);
        index = placeholder_at(w, text, len);
        if (index < 0) {
            *len = 1;
            return begin_container(w, true);
        }
        return w->out ? gw_msgpack_put_binary(w->out, w->binaries->slices[index]) : 0;
    case '[':
        count_value(w);
        return begin_container(w, false);
    case '}':
    case ']':
        w->depth--;
        return 0;
    case ',':
    case ':':
    case ' ':
    case '\t':
    case '\n':
    case '\r':
        return 0;
    default:
        count_value(w);
        *len = gw_json_scalar_len(text);
        return w->out ? put_scalar(w, (struct gw_slice){text.ptr, *len}) : 0;
    }
}

static int walk(struct writer *w, struct gw_slice json, struct gw_buf *out)
{
    int err = 0;

    w->out = out;
    w->next = 0;
    w->depth = 0;
    while (json.len > 0 && err == 0) {
        size_t len;

        err = walk_token(w, json, &len);
        json.ptr += len;
        json.len -= len;
    }
    return err;
}

int gw_msgpack_from_json(struct gw_slice json, const struct gw_msgpack_binaries *binaries,
                         struct gw_buf *out)
{
    static const struct gw_msgpack_binaries none;
    struct writer w;
    int err;

    if (gw_json_check(json) < 0 || json.len > UINT32_MAX)
        return GW_E_ARG;
    w.binaries = binaries ? binaries : &none;
    gw_buf_init(&w.counts, SIZE_MAX / 4);
    gw_buf_init(&w.scratch, SIZE_MAX / 4);
    err = walk(&w, json, NULL);
    if (err == 0)
        err = walk(&w, json, out);
    gw_buf_dispose(&w.counts);
    gw_buf_dispose(&w.scratch);
    return err;
}
