/* SPDX-License-Identifier: MIT */
#include "sio/builder.h"

#include "base/buf.h"
#include "base/mem.h"
#include "codec/json.h"
#include "codec/number.h"
#include "codec/utf8.h"

/* ---- memory ---- */

static uint8_t *text_of(gw_args *args)
{
    return args->heap ? args->heap : args->inside;
}

static size_t cap_of(const gw_args *args)
{
    return args->heap ? args->cap : sizeof(args->inside);
}

static int grow(gw_args *args, size_t n)
{
    size_t cap = cap_of(args);
    uint8_t *heap;

    if (n > SIZE_MAX / 4 - args->len)
        return GW_E_LIMIT;
    while (cap < args->len + n)
        cap *= 2;
    heap = gw_mem_realloc(args->heap, cap);
    if (!heap)
        return GW_E_NOMEM;
    if (!args->heap)
        memcpy(heap, args->inside, args->len);
    args->heap = heap;
    args->cap = cap;
    return 0;
}

void gw_sio_builder_fail(gw_args *args, int err)
{
    if (args->err == 0)
        args->err = err;
}

void gw_sio_builder_append(gw_args *args, struct gw_slice text)
{
    if (args->err == 0 && text.len > cap_of(args) - args->len)
        args->err = grow(args, text.len);
    if (args->err < 0 || text.len == 0)
        return;
    memcpy(text_of(args) + args->len, text.ptr, text.len);
    args->len += text.len;
}

/* Through a buffer: strings are quoted in one place only. */
void gw_sio_builder_append_quoted(gw_args *args, struct gw_slice text, bool with_quotes)
{
    struct gw_buf buf;
    struct gw_slice quoted;
    int err;

    if (args->err < 0)
        return;
    gw_buf_init(&buf, SIZE_MAX / 4);
    err = gw_json_quote(&buf, text);
    quoted = gw_buf_slice(&buf);
    if (err == 0 && !with_quotes)
        quoted = (struct gw_slice){quoted.ptr + 1, quoted.len - 2};
    if (err == 0)
        gw_sio_builder_append(args, quoted);
    else
        gw_sio_builder_fail(args, err);
    gw_buf_dispose(&buf);
}

void gw_args_init(gw_args *args)
{
    args->heap = NULL;
    args->cap = 0;
    gw_args_reset(args);
}

void gw_args_reset(gw_args *args)
{
    args->len = 0;
    args->objects = 0;
    args->err = 0;
    args->depth = 0;
    args->has_key = false;
    args->needs_comma = false;
    args->attachment_count = 0;
}

void gw_args_dispose(gw_args *args)
{
    gw_mem_free(args->heap);
    gw_args_init(args);
}

/* ---- grammar ---- */

static bool is_in_object(const gw_args *args)
{
    return args->depth > 0 && (args->objects >> (args->depth - 1) & 1) != 0;
}

bool gw_sio_builder_takes_list(const gw_args *args)
{
    return !is_in_object(args);
}

bool gw_sio_builder_begin_value(gw_args *args)
{
    if (is_in_object(args) && !args->has_key)
        gw_sio_builder_fail(args, GW_E_ARG);
    if (args->needs_comma)
        gw_sio_builder_append(args, GW_LIT(","));
    args->needs_comma = true;
    args->has_key = false;
    return args->err == 0;
}

static void add(gw_args *args, struct gw_slice text)
{
    if (gw_sio_builder_begin_value(args))
        gw_sio_builder_append(args, text);
}

static void begin_container(gw_args *args, struct gw_slice bracket, bool is_object)
{
    if (args->depth == GW_ARGS_DEPTH_MAX)
        gw_sio_builder_fail(args, GW_E_LIMIT);
    add(args, bracket);
    if (args->err < 0)
        return;
    args->objects &= ~((uint64_t)1 << args->depth);
    args->objects |= (uint64_t)is_object << args->depth;
    args->depth++;
    args->needs_comma = false;
}

static void end_container(gw_args *args, struct gw_slice bracket, bool is_object)
{
    if (args->depth == 0 || is_in_object(args) != is_object || args->has_key)
        gw_sio_builder_fail(args, GW_E_ARG);
    gw_sio_builder_append(args, bracket);
    if (args->err < 0)
        return;
    args->depth--;
    args->needs_comma = true;
}

void gw_args_begin_array(gw_args *args)
{
    begin_container(args, GW_LIT("["), false);
}

void gw_args_end_array(gw_args *args)
{
    end_container(args, GW_LIT("]"), false);
}

void gw_args_begin_object(gw_args *args)
{
    begin_container(args, GW_LIT("{"), true);
}

void gw_args_end_object(gw_args *args)
{
    end_container(args, GW_LIT("}"), true);
}

void gw_args_key_slice(gw_args *args, struct gw_slice key)
{
    if (!is_in_object(args) || args->has_key || !key.ptr)
        gw_sio_builder_fail(args, GW_E_ARG);
    if (args->needs_comma)
        gw_sio_builder_append(args, GW_LIT(","));
    gw_sio_builder_append_quoted(args, key, true);
    gw_sio_builder_append(args, GW_LIT(":"));
    args->needs_comma = false;
    args->has_key = true;
}

void gw_args_key(gw_args *args, const char *key)
{
    gw_args_key_slice(args, gw_slice_of(key));
}

/* ---- values ---- */

void gw_args_string_slice(gw_args *args, struct gw_slice text)
{
    if (!text.ptr)
        gw_args_null(args);
    else if (gw_sio_builder_begin_value(args))
        gw_sio_builder_append_quoted(args, text, true);
}

void gw_args_string(gw_args *args, const char *text)
{
    gw_args_string_slice(args, gw_slice_of(text));
}

void gw_args_number(gw_args *args, double value)
{
    uint8_t text[GW_JSON_DOUBLE_MAX];

    add(args, (struct gw_slice){text, gw_json_double_format(text, value)});
}

void gw_args_uint(gw_args *args, uint64_t value)
{
    uint8_t digits[GW_U64_DIGITS_MAX];

    add(args, (struct gw_slice){digits, gw_u64_format(digits, value)});
}

void gw_args_int(gw_args *args, int64_t value)
{
    uint8_t text[1 + GW_U64_DIGITS_MAX] = "-";

    if (value >= 0)
        gw_args_uint(args, (uint64_t)value);
    else
        add(args, (struct gw_slice){text, 1 + gw_u64_format(text + 1, 0 - (uint64_t)value)});
}

void gw_args_bool(gw_args *args, bool value)
{
    add(args, value ? GW_LIT("true") : GW_LIT("false"));
}

void gw_args_null(gw_args *args)
{
    add(args, GW_LIT("null"));
}

void gw_args_json_slice(gw_args *args, struct gw_slice json)
{
    if (!json.ptr || gw_json_check(json) < 0 || !gw_utf8_is_valid(json))
        gw_sio_builder_fail(args, GW_E_ARG);
    add(args, json);
}

void gw_args_json(gw_args *args, const char *json)
{
    gw_args_json_slice(args, gw_slice_of(json));
}

void gw_args_binary(gw_args *args, struct gw_slice bytes)
{
    uint8_t digit = (uint8_t)('0' + args->attachment_count);

    if (args->attachment_count == GW_ATTACHMENTS_MAX)
        gw_sio_builder_fail(args, GW_E_LIMIT);
    if (!gw_sio_builder_begin_value(args))
        return;
    args->attachments[args->attachment_count++] = bytes;
    gw_sio_builder_append(args, GW_LIT("{\"_placeholder\":true,\"num\":"));
    gw_sio_builder_append(args, (struct gw_slice){&digit, 1});
    gw_sio_builder_append(args, GW_LIT("}"));
}

/* ---- the result ---- */

int gw_args_error(const gw_args *args)
{
    if (args->err < 0)
        return args->err;
    return args->depth > 0 ? GW_E_ARG : 0;
}

struct gw_slice gw_args_json_text(const gw_args *args)
{
    if (gw_args_error(args) < 0)
        return (struct gw_slice){args->inside, 0};
    return (struct gw_slice){args->heap ? args->heap : args->inside, args->len};
}
