/* SPDX-License-Identifier: MIT */
#include "codec/scan.h"

#include <string.h>

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

static uint64_t load(const uint8_t *p)
{
    uint64_t word;

    memcpy(&word, p, sizeof(word));
    return word;
}

/* Not 0 when one of the eight bytes is 0: the borrow reaches a byte's top bit only if
 * it was 0 or one below it was. */
static uint64_t has_zero(uint64_t word)
{
    return (word - EACH(0x01)) & ~word & EACH(0x80);
}

/* Not 0 when one of the eight bytes ends a run of plain text. */
static uint64_t has_quoted(uint64_t word)
{
    uint64_t control = (word - EACH(0x20)) & ~word & EACH(0x80);

    return control | has_zero(word ^ EACH('"')) | has_zero(word ^ EACH('\\'));
}

size_t gw_scan_ascii_plain(const uint8_t *text, size_t len)
{
    size_t i = 0;

    while (len - i >= 8 && (load(text + i) & EACH(0x80)) == 0)
        i += 8;
    while (i < len && text[i] < 0x80)
        i++;
    return i;
}

size_t gw_scan_unquoted_plain(const uint8_t *text, size_t len)
{
    size_t i = 0;

    while (len - i >= 8 && !has_quoted(load(text + i)))
        i += 8;
    while (i < len && text[i] >= 0x20 && text[i] != '"' && text[i] != '\\')
        i++;
    return i;
}
