/* SPDX-License-Identifier: MIT */
#include "http/field.h"

/* One bit a byte: !#$%&'*+-.^_`|~, digits and letters. */
static const uint32_t tchar_bits[8] = {0, 0x03ff6cfa, 0xc7fffffe, 0x57ffffff};

static uint8_t lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte | 0x20) : byte;
}

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t';
}

/* Nearly everybody spells names as the standards do. */
bool gw_http_bytes_equal(const uint8_t *a, const uint8_t *b, size_t len)
{
    if (len == 0 || memcmp(a, b, len) == 0)
        return true;
    for (size_t i = 0; i < len; i++) {
        if (lower(a[i]) != lower(b[i]))
            return false;
    }
    return true;
}

struct gw_slice gw_http_trim(struct gw_slice text)
{
    while (text.len > 0 && is_blank(text.ptr[0])) {
        text.ptr++;
        text.len--;
    }
    while (text.len > 0 && is_blank(text.ptr[text.len - 1]))
        text.len--;
    return text;
}

bool gw_http_is_tchar(uint8_t byte)
{
    return tchar_bits[byte >> 5] >> (byte & 31) & 1;
}

bool gw_http_is_token(struct gw_slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!gw_http_is_tchar(text.ptr[i]))
            return false;
    }
    return text.len > 0;
}

/* Of eight bytes at once, whether one may be a control character; the tab is one, too. */
static bool has_control(const uint8_t *at)
{
    const uint64_t ones = UINT64_MAX / 255, tops = ones << 7;
    uint64_t word, delete;

    memcpy(&word, at, sizeof(word));
    delete = word ^ ones * 0x7f;
    return (((word - ones * 0x20) & ~word) | ((delete - ones) & ~delete)) & tops;
}

bool gw_http_is_field_value(struct gw_slice text)
{
    size_t i = 0;

    while (text.len - i >= 8 && !has_control(text.ptr + i))
        i += 8;
    for (; i < text.len; i++) {
        uint8_t byte = text.ptr[i];

        if ((byte < 0x20 && byte != '\t') || byte == 0x7f)
            return false;
    }
    return true;
}

/* Takes what stands before the next separator that is not quoted off *rest, with the separator. */
static struct gw_slice take_until(struct gw_slice *rest, uint8_t separator)
{
    struct gw_slice item = *rest;
    bool is_quoted = false;
    size_t at = 0;

    for (; at < item.len; at++) {
        uint8_t byte = item.ptr[at];

        if (byte == '"')
            is_quoted = !is_quoted;
        else if (byte == '\\' && is_quoted && at + 1 < item.len)
            at++;
        else if (byte == separator && !is_quoted)
            break;
    }
    item.len = at;
    if (at < rest->len)
        at++;
    rest->ptr += at;
    rest->len -= at;
    return gw_http_trim(item);
}

bool gw_http_list_next(struct gw_slice *rest, struct gw_slice *element)
{
    while (rest->len > 0) {
        *element = take_until(rest, ',');
        if (element->len > 0)
            return true;
    }
    return false;
}

bool gw_http_field_has_token(struct gw_slice value, struct gw_slice token)
{
    struct gw_slice element;

    if (token.len > 0 && gw_http_text_equals(value, token)) /* a list of one */
        return true;
    while (gw_http_list_next(&value, &element)) {
        if (gw_http_text_equals(element, token))
            return true;
    }
    return false;
}

static struct gw_slice unquote(struct gw_slice text)
{
    if (text.len >= 2 && text.ptr[0] == '"' && text.ptr[text.len - 1] == '"')
        return (struct gw_slice){text.ptr + 1, text.len - 2};
    return text;
}

bool gw_http_parameter_next(struct gw_slice *rest, struct gw_slice *name, struct gw_slice *value)
{
    while (rest->len > 0) {
        struct gw_slice item = take_until(rest, ';');
        const uint8_t *equals;
        size_t name_len;

        if (item.len == 0)
            continue;
        *name = item;
        *value = (struct gw_slice){0};
        equals = memchr(item.ptr, '=', item.len);
        if (equals) {
            name_len = (size_t)(equals - item.ptr);
            *name = gw_http_trim((struct gw_slice){item.ptr, name_len});
            *value = unquote(gw_http_trim((struct gw_slice){equals + 1, item.len - name_len - 1}));
        }
        return true;
    }
    return false;
}

static uint8_t *put(uint8_t *at, struct gw_slice bytes)
{
    if (bytes.len > 0)
        memcpy(at, bytes.ptr, bytes.len);
    return at + bytes.len;
}

int gw_http_field_append(struct gw_buf *out, struct gw_slice name, struct gw_slice value)
{
    size_t len = name.len + value.len + 4;
    uint8_t *at;
    int err;

    if (!gw_http_is_token(name) || !gw_http_is_field_value(value))
        return GW_E_ARG;
    err = gw_buf_reserve(out, len, &at);
    if (err)
        return err;
    at = put(at, name);
    at = put(at, GW_LIT(": "));
    at = put(at, value);
    put(at, GW_LIT("\r\n"));
    gw_buf_commit(out, len);
    return 0;
}

static bool line_has_name(struct gw_slice line, struct gw_slice name)
{
    return line.len > name.len && line.ptr[name.len] == ':' &&
           gw_http_text_equals((struct gw_slice){line.ptr, name.len}, name);
}

void gw_http_field_drop(struct gw_buf *lines, struct gw_slice name)
{
    size_t at = 0;

    while (at < lines->len) {
        uint8_t *start = lines->ptr + at;
        const uint8_t *end = memchr(start, '\n', lines->len - at);
        size_t len = (size_t)(end - start) + 1;

        if (!line_has_name((struct gw_slice){start, len}, name)) {
            at += len;
            continue;
        }
        memmove(start, start + len, lines->len - at - len);
        lines->len -= len;
    }
}
