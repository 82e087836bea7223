/* SPDX-License-Identifier: MIT */
#include "codec/json.h"

#include "codec/scan.h"
#include "codec/utf8.h"

enum { HIGH_SURROGATE = 0xd800, LOW_SURROGATE = 0xdc00, SURROGATES_END = 0xe000 };

static void advance(struct gw_slice *s, size_t n)
{
    s->ptr += n;
    s->len -= n;
}

/* What stands between the quotes; false when value is no string. */
static bool inside_quotes(struct gw_slice value, struct gw_slice *inside)
{
    while (value.len > 0 && value.ptr[0] <= ' ')
        advance(&value, 1);
    while (value.len > 0 && value.ptr[value.len - 1] <= ' ')
        value.len--;
    if (value.len < 2 || value.ptr[0] != '"' || value.ptr[value.len - 1] != '"')
        return false;
    *inside = (struct gw_slice){value.ptr + 1, value.len - 2};
    return true;
}

static uint32_t hex_value(uint8_t c)
{
    return c <= '9' ? (uint32_t)c - '0' : (uint32_t)(c | 0x20) - 'a' + 10;
}

/* The number of the \uXXXX at the start of text; 0 when there is none,
 * which is no surrogate either. */
static uint32_t unicode_escape(struct gw_slice text)
{
    if (text.len < 6 || text.ptr[0] != '\\' || text.ptr[1] != 'u')
        return 0;
    return (hex_value(text.ptr[2]) << 12 | hex_value(text.ptr[3]) << 8 |
            hex_value(text.ptr[4]) << 4 | hex_value(text.ptr[5])) &
           0xffff;
}

/* Half of a pair alone stands for no character: gw_utf8_encode makes U+FFFD of it. */
static size_t take_unicode(struct gw_slice *text, uint8_t out[static 4])
{
    uint32_t c = unicode_escape(*text);
    uint32_t low;

    advance(text, 6);
    if (c < HIGH_SURROGATE || c >= LOW_SURROGATE)
        return gw_utf8_encode(out, c);
    low = unicode_escape(*text);
    if (low < LOW_SURROGATE || low >= SURROGATES_END)
        return gw_utf8_encode(out, c);
    advance(text, 6);
    return gw_utf8_encode(out, 0x10000 + ((c - HIGH_SURROGATE) << 10) + (low - LOW_SURROGATE));
}

/* Takes the escape at the start of text, writes what it stands for and returns its
 * length; 0 for what is no escape. */
static size_t take_escape(struct gw_slice *text, uint8_t out[static 4])
{
    static const char names[] = "bfnrt", bytes[] = "\b\f\n\r\t";
    const char *name;

    if (text->len < 2 || text->ptr[0] != '\\')
        return 0;
    if (text->ptr[1] == 'u')
        return text->len < 6 ? 0 : take_unicode(text, out);
    name = text->ptr[1] ? strchr(names, text->ptr[1]) : NULL;
    out[0] = name ? (uint8_t)bytes[name - names] : text->ptr[1];
    advance(text, 2);
    return 1;
}

static int decode_inside(struct gw_slice text, struct gw_buf *out)
{
    while (text.len > 0) {
        size_t n = gw_scan_unquoted(text.ptr, text.len);
        uint8_t character[4];
        int err = gw_buf_append(out, (struct gw_slice){text.ptr, n});

        advance(&text, n);
        if (err || text.len == 0)
            return err;
        n = take_escape(&text, character);
        if (n == 0)
            return GW_E_ARG;
        err = gw_buf_append(out, (struct gw_slice){character, n});
        if (err)
            return err;
    }
    return 0;
}

int gw_json_string_decode(struct gw_slice value, struct gw_buf *out)
{
    size_t old_len = out->len;
    struct gw_slice text;
    int err = inside_quotes(value, &text) ? decode_inside(text, out) : GW_E_ARG;

    if (err)
        out->len = old_len;
    return err;
}

static bool take_equal(struct gw_slice *text, const uint8_t *bytes, size_t n)
{
    if (n > text->len || (n > 0 && memcmp(text->ptr, bytes, n) != 0))
        return false;
    if (n > 0)
        advance(text, n);
    return true;
}

bool gw_json_string_equals(struct gw_slice value, struct gw_slice text)
{
    struct gw_slice quoted;

    if (!inside_quotes(value, &quoted))
        return false;
    while (quoted.len > 0) {
        size_t n = gw_scan_unquoted(quoted.ptr, quoted.len);
        uint8_t character[4];

        if (!take_equal(&text, quoted.ptr, n))
            return false;
        advance(&quoted, n);
        if (quoted.len == 0)
            break;
        n = take_escape(&quoted, character);
        if (n == 0 || !take_equal(&text, character, n))
            return false;
    }
    return text.len == 0;
}

/* Writes the escape for a byte that may not stand in a string as it is, and returns its length. */
static size_t write_escape(uint8_t out[static 6], uint8_t byte)
{
    static const char digits[] = "0123456789abcdef";
    static const uint8_t named[0x20] = {
        ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};
    uint8_t name = byte < 0x20 ? named[byte] : byte;

    out[0] = '\\';
    if (name) {
        out[1] = name;
        return 2;
    }
    memcpy(out + 1, "u00", 3);
    out[4] = (uint8_t)digits[byte >> 4];
    out[5] = (uint8_t)digits[byte & 15];
    return 6;
}

static int quote_valid(struct gw_buf *out, struct gw_slice text)
{
    int err = gw_buf_append_byte(out, '"');

    while (!err && text.len > 0) {
        size_t n = gw_scan_unquoted(text.ptr, text.len);
        uint8_t escape[6];

        err = gw_buf_append(out, (struct gw_slice){text.ptr, n});
        advance(&text, n);
        if (err || text.len == 0)
            break;
        n = write_escape(escape, text.ptr[0]);
        err = gw_buf_append(out, (struct gw_slice){escape, n});
        advance(&text, 1);
    }
    return err ? err : gw_buf_append_byte(out, '"');
}

static int quote_repaired(struct gw_buf *out, struct gw_slice text)
{
    struct gw_buf repaired;
    int err;

    gw_buf_init(&repaired, out->limit_bytes);
    err = gw_utf8_repair(text, &repaired);
    if (!err)
        err = quote_valid(out, gw_buf_slice(&repaired));
    gw_buf_dispose(&repaired);
    return err;
}

int gw_json_quote(struct gw_buf *out, struct gw_slice text)
{
    size_t old_len = out->len;
    int err = gw_utf8_is_valid(text) ? quote_valid(out, text) : quote_repaired(out, text);

    if (err)
        out->len = old_len;
    return err;
}
