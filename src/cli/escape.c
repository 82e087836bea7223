/* SPDX-License-Identifier: MIT */
#include "cli/escape.h"

size_t gw_cli_utf8_next(struct gw_slice text, uint32_t *out)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t first = text.ptr[0];
    size_t len = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    uint32_t c = len == 1 ? first : first & (0x7fU >> len);

    if (len == 0 || len > text.len || first > 0xf4)
        return 0;
    for (size_t i = 1; i < len; i++) {
        if ((text.ptr[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (text.ptr[i] & 0x3f);
    }
    if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    *out = c;
    return len;
}

bool gw_cli_utf8_is_valid(struct gw_slice text)
{
    uint32_t c;

    while (text.len > 0) {
        size_t len = gw_cli_utf8_next(text, &c);

        if (len == 0)
            return false;
        text.ptr += len;
        text.len -= len;
    }
    return true;
}

/* C0, DEL, C1, line and paragraph separators, marks of direction, and characters
 * without a width that hide others. */
static bool is_dangerous(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c ||
           (c >= 0x200b && c <= 0x200f && c != 0x200d) || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
           (c >= 0xe0000 && c <= 0xe007f);
}

static void escape_char(struct gw_cli_text *out, uint32_t c)
{
    if (c == '\n')
        gw_cli_text_puts(out, "\\n");
    else if (c == '\r')
        gw_cli_text_puts(out, "\\r");
    else if (c == '\t')
        gw_cli_text_puts(out, "\\t");
    else if (c < 0x80)
        gw_cli_text_printf(out, "\\x%02x", (unsigned)c);
    else if (c < 0x10000)
        gw_cli_text_printf(out, "\\u%04x", (unsigned)c);
    else
        gw_cli_text_printf(out, "\\U%08x", (unsigned)c);
}

/* indent is NULL when it is to be one line. */
static void escape(struct gw_cli_text *out, struct gw_slice text, const char *indent)
{
    uint32_t c = 0;

    while (text.len > 0) {
        size_t len = gw_cli_utf8_next(text, &c);

        if (indent && text.len >= 2 && text.ptr[0] == '\r' && text.ptr[1] == '\n') {
            text.ptr++;
            text.len--;
            continue;
        }
        if (len == 0) {
            len = 1;
            gw_cli_text_printf(out, "\\x%02x", text.ptr[0]);
        } else if (indent && c == '\n') {
            gw_cli_text_puts(out, "\n");
            gw_cli_text_puts(out, indent);
        } else if (is_dangerous(c) && !(indent && c == '\t')) {
            escape_char(out, c);
        } else {
            gw_cli_text_add(out, text.ptr, len);
        }
        text.ptr += len;
        text.len -= len;
    }
}

void gw_cli_escape_line(struct gw_cli_text *out, struct gw_slice text)
{
    escape(out, text, NULL);
}

void gw_cli_escape_lines(struct gw_cli_text *out, struct gw_slice text, const char *indent)
{
    escape(out, text, indent);
}

void gw_cli_escape_dump(struct gw_cli_text *out, struct gw_slice bytes, const char *indent)
{
    enum { ROW = 16 };

    for (size_t at = 0; at < bytes.len; at += ROW) {
        size_t len = bytes.len - at < ROW ? bytes.len - at : ROW;

        gw_cli_text_printf(out, "%s%08zx ", indent, at);
        for (size_t i = 0; i < ROW; i++) {
            gw_cli_text_puts(out, i == ROW / 2 ? "  " : " ");
            if (i < len)
                gw_cli_text_printf(out, "%02x", bytes.ptr[at + i]);
            else
                gw_cli_text_puts(out, "  ");
        }
        gw_cli_text_puts(out, "  |");
        for (size_t i = 0; i < len; i++) {
            uint8_t byte = bytes.ptr[at + i];

            gw_cli_text_add(out, byte >= 0x20 && byte < 0x7f ? (char *)&byte : ".", 1);
        }
        gw_cli_text_puts(out, "|\n");
    }
}

static void json_char(struct gw_cli_text *out, uint32_t c, struct gw_slice as_it_is)
{
    if (c == '"' || c == '\\')
        gw_cli_text_printf(out, "\\%c", (char)c);
    else if (c == '\n' || c == '\r' || c == '\t')
        escape_char(out, c);
    else if (is_dangerous(c) && c >= 0x10000)
        gw_cli_text_printf(out, "\\u%04x\\u%04x", (unsigned)(0xd7c0 + (c >> 10)),
                           (unsigned)(0xdc00 | (c & 0x3ff)));
    else if (is_dangerous(c))
        gw_cli_text_printf(out, "\\u%04x", (unsigned)c);
    else
        gw_cli_text_add(out, as_it_is.ptr, as_it_is.len);
}

void gw_cli_escape_json(struct gw_cli_text *out, struct gw_slice text)
{
    uint32_t c = 0;

    gw_cli_text_puts(out, "\"");
    while (text.len > 0) {
        size_t len = gw_cli_utf8_next(text, &c);

        if (len == 0) {
            len = 1;
            gw_cli_text_puts(out, "\\ufffd");
        } else {
            json_char(out, c, (struct gw_slice){text.ptr, len});
        }
        text.ptr += len;
        text.len -= len;
    }
    gw_cli_text_puts(out, "\"");
}

void gw_cli_escape_base64(struct gw_cli_text *out, struct gw_slice bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t at = 0; at < bytes.len; at += 3) {
        size_t len = bytes.len - at < 3 ? bytes.len - at : 3;
        uint32_t three = (uint32_t)bytes.ptr[at] << 16;
        char four[4];

        if (len > 1)
            three |= (uint32_t)bytes.ptr[at + 1] << 8;
        if (len > 2)
            three |= bytes.ptr[at + 2];
        for (size_t i = 0; i < 4; i++)
            four[i] = i <= len ? digits[three >> (18 - 6 * i) & 63] : '=';
        gw_cli_text_add(out, four, 4);
    }
}
