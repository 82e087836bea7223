/* SPDX-License-Identifier: MIT */
#include "codec/utf8.h"

#include "codec/scan.h"
#include "codec/utf8_kernel.h"

/* Inside a character the state holds how many continuation bytes are missing and, because of
 * overlong forms, surrogates and U+10FFFF, between which bounds the next one must lie (RFC 3629
 * section 4): missing | low << 8 | high << 16. */
enum { BETWEEN = 0, REJECTED = 0xff };

static uint32_t expect(uint32_t missing, uint32_t low, uint32_t high)
{
    return missing | low << 8 | high << 16;
}

static uint32_t after_lead(uint8_t lead)
{
    if (lead < 0x80)
        return BETWEEN;
    if (lead < 0xc2)
        return REJECTED;
    if (lead < 0xe0)
        return expect(1, 0x80, 0xbf);
    if (lead < 0xf0)
        return expect(2, lead == 0xe0 ? 0xa0 : 0x80, lead == 0xed ? 0x9f : 0xbf);
    if (lead < 0xf5)
        return expect(3, lead == 0xf0 ? 0x90 : 0x80, lead == 0xf4 ? 0x8f : 0xbf);
    return REJECTED;
}

static uint32_t step(uint32_t state, uint8_t byte)
{
    uint32_t missing = state & 0xff;

    if (state == BETWEEN)
        return after_lead(byte);
    if (byte < (state >> 8 & 0xff) || byte > state >> 16)
        return REJECTED;
    return missing == 1 ? BETWEEN : expect(missing - 1, 0x80, 0xbf);
}

static bool is_continuation(uint8_t byte)
{
    return (byte & 0xc0) == 0x80;
}

/* The length of the whole and valid character of 3 or 4 bytes at p; 0 when there is none. The same
 * rules as in step(), all bytes at once. */
static inline size_t long_character(const uint8_t *p, size_t left)
{
    if (left < 3 || !is_continuation(p[1]) || !is_continuation(p[2]))
        return 0;
    if (p[0] < 0xf0) {
        bool is_wrong = p[0] == 0xe0 ? p[1] < 0xa0 : p[0] == 0xed && p[1] > 0x9f;

        return is_wrong ? 0 : 3;
    }
    if (left < 4 || !is_continuation(p[3]) || p[0] > 0xf4)
        return 0;
    return (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f) ? 0 : 4;
}

/* The length of the run of valid two-byte characters at p: Greek, Cyrillic, Hebrew
 * and Arabic consist of them. */
static size_t two_byte_run(const uint8_t *p, size_t left)
{
    size_t i = 0;

    while (left - i >= 2 && p[i] >= 0xc2 && p[i] < 0xe0 && is_continuation(p[i + 1]))
        i += 2;
    return i;
}

/* Length of the longest start of text that is valid and ends between characters. */
static size_t valid_start(const uint8_t *text, size_t len)
{
    size_t i = len < GW_UTF8_KERNEL_BYTES ? 0 : gw_utf8_kernel(text, len);

    while (i < len) {
        size_t n;

        if (text[i] < 0x80) /* often one space between two words of long characters */
            n = len - i > 1 && text[i + 1] >= 0x80 ? 1 : gw_scan_ascii(text + i, len - i);
        else if (text[i] < 0xe0)
            n = two_byte_run(text + i, len - i);
        else
            n = long_character(text + i, len - i);
        if (n == 0)
            break;
        i += n;
    }
    return i;
}

bool gw_utf8_is_valid(struct gw_slice text)
{
    size_t ascii = gw_scan_ascii(text.ptr, text.len);

    return ascii == text.len || valid_start(text.ptr + ascii, text.len - ascii) == text.len - ascii;
}

void gw_utf8_init(struct gw_utf8 *u)
{
    u->state = BETWEEN;
}

bool gw_utf8_feed(struct gw_utf8 *u, struct gw_slice piece)
{
    size_t i = 0;

    while (u->state != BETWEEN && i < piece.len) {
        u->state = step(u->state, piece.ptr[i++]);
        if (u->state == REJECTED)
            return false;
    }
    if (i == piece.len)
        return true;
    i += valid_start(piece.ptr + i, piece.len - i);
    /* What is left is broken, or a character that the piece cuts: at most
     * three bytes before it shows. */
    while (i < piece.len && u->state != REJECTED)
        u->state = step(u->state, piece.ptr[i++]);
    return u->state != REJECTED;
}

bool gw_utf8_is_complete(const struct gw_utf8 *u)
{
    return u->state == BETWEEN;
}

/* The length of the broken part at p, where a valid character cannot be read: the longest start
 * of a character, or one byte. */
static size_t broken_part(const uint8_t *p, size_t left)
{
    uint32_t state = after_lead(p[0]);
    size_t n = 1;

    while (n < left && state != REJECTED) {
        state = step(state, p[n]);
        if (state != REJECTED)
            n++;
    }
    return n;
}

int gw_utf8_repair(struct gw_slice text, struct gw_buf *out)
{
    size_t old_len = out->len;
    size_t i = 0;

    while (i < text.len) {
        size_t n = valid_start(text.ptr + i, text.len - i);
        int err = gw_buf_append(out, (struct gw_slice){text.ptr + i, n});

        i += n;
        if (!err && i < text.len) {
            err = gw_buf_append(out, GW_LIT("\xef\xbf\xbd"));
            i += broken_part(text.ptr + i, text.len - i);
        }
        if (err) {
            out->len = old_len;
            return err;
        }
    }
    return 0;
}

size_t gw_utf8_encode(uint8_t out[static 4], uint32_t character)
{
    uint32_t c = character;

    if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
        c = 0xfffd;
    if (c < 0x80) {
        out[0] = (uint8_t)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (uint8_t)(0xc0 | c >> 6);
        out[1] = (uint8_t)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (uint8_t)(0xe0 | c >> 12);
        out[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        out[2] = (uint8_t)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (uint8_t)(0xf0 | c >> 18);
    out[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
    out[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
    out[3] = (uint8_t)(0x80 | (c & 0x3f));
    return 4;
}
