/* SPDX-License-Identifier: MIT */
#include "codec/url.h"

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that the escape at the start of in stands for; -1 when it is none. */
static int escaped_byte(const uint8_t *in, size_t left)
{
    int high, low;

    if (left < 3 || in[0] != '%')
        return -1;
    high = hex_value(in[1]);
    low = hex_value(in[2]);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/* The next decoded byte of *in, which must not be empty. */
static uint8_t take_byte(struct gw_slice *in, bool is_plus_space)
{
    uint8_t byte = in->ptr[0];
    size_t used = 1;

    if (byte == '%') {
        int escaped = escaped_byte(in->ptr, in->len);

        if (escaped >= 0) {
            byte = (uint8_t)escaped;
            used = 3;
        }
    } else if (byte == '+' && is_plus_space) {
        byte = ' ';
    }
    in->ptr += used;
    in->len -= used;
    return byte;
}

size_t gw_url_decode(uint8_t *out, struct gw_slice in, bool is_plus_space)
{
    size_t len = 0;

    while (in.len > 0)
        out[len++] = take_byte(&in, is_plus_space);
    return len;
}

static struct gw_slice take_until(struct gw_slice *rest, uint8_t separator)
{
    const uint8_t *at = rest->len ? memchr(rest->ptr, separator, rest->len) : NULL;
    struct gw_slice part = {rest->ptr, at ? (size_t)(at - rest->ptr) : rest->len};
    size_t used = at ? part.len + 1 : part.len;

    if (used > 0)
        rest->ptr += used;
    rest->len -= used;
    return part;
}

bool gw_url_query_next(struct gw_slice *rest, struct gw_slice *raw_name, struct gw_slice *raw_value)
{
    struct gw_slice pair = {0};

    while (rest->len > 0 && pair.len == 0)
        pair = take_until(rest, '&');
    if (pair.len == 0)
        return false;
    *raw_name = take_until(&pair, '=');
    *raw_value = pair;
    return true;
}

bool gw_url_name_equals(struct gw_slice raw_name, struct gw_slice name)
{
    if (raw_name.len < name.len)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        if (raw_name.len == 0 || take_byte(&raw_name, true) != name.ptr[i])
            return false;
    }
    return raw_name.len == 0;
}

int gw_url_query_text(struct gw_slice query, struct gw_slice name, char *out, size_t size)
{
    struct gw_slice raw_name, raw, last = {0}, rest;
    bool is_found = false;
    size_t len = 0;

    while (gw_url_query_next(&query, &raw_name, &raw)) {
        if (gw_url_name_equals(raw_name, name)) {
            last = raw;
            is_found = true;
        }
    }
    if (!is_found)
        return GW_E_NOT_FOUND;
    for (rest = last; rest.len > 0; len++) {
        if (take_byte(&rest, true) == '\0')
            return GW_E_ARG;
    }
    if (len >= size || len > INT32_MAX)
        return GW_E_LIMIT;
    gw_url_decode((uint8_t *)out, last, true);
    out[len] = '\0';
    return (int)len;
}

/* Judged after decoding, so that no spelling of ".." slips through. The bytes of path begin with
 * '/'. Drops empty and "." segments in place; returns the new length, 0 for a ".." segment. */
static size_t clean_segments(uint8_t *path, size_t len)
{
    size_t used = 1;

    for (size_t at = 1; at < len;) {
        const uint8_t *slash = memchr(path + at, '/', len - at);
        size_t n = slash ? (size_t)(slash - path) - at : len - at;

        if (n == 2 && path[at] == '.' && path[at + 1] == '.')
            return 0;
        if (n > 0 && !(n == 1 && path[at] == '.')) {
            memmove(path + used, path + at, n);
            used += n;
            if (slash)
                path[used++] = '/';
        }
        at += slash ? n + 1 : n;
    }
    return used;
}

int gw_url_path_clean(struct gw_slice raw_path, struct gw_buf *out)
{
    struct gw_slice rest = raw_path;
    size_t len = 0;
    uint8_t *path;
    int err;

    if (raw_path.len == 0 || raw_path.ptr[0] != '/')
        return GW_E_PROTO;
    err = gw_buf_reserve(out, raw_path.len, &path);
    if (err)
        return err;
    while (rest.len > 0) {
        if (rest.ptr[0] == '%' && escaped_byte(rest.ptr, rest.len) < 0)
            return GW_E_PROTO;
        path[len] = take_byte(&rest, false);
        if (path[len] == '\0' || path[len] == '\\')
            return GW_E_PROTO;
        len++;
    }
    len = clean_segments(path, len);
    if (len == 0)
        return GW_E_PROTO;
    gw_buf_commit(out, len);
    return 0;
}
