/* SPDX-License-Identifier: MIT */
/* UTF-8 (RFC 3629): whole texts, texts that arrive in pieces, and repair of broken ones. */
#ifndef GW_CODEC_UTF8_H
#define GW_CODEC_UTF8_H

#include "base/buf.h"

#include <godwit/base.h>

/* The shortest form only, no surrogates, nothing above U+10FFFF. The empty text is valid. */
bool gw_utf8_is_valid(struct gw_slice text);

/* A text that arrives in pieces. */
struct gw_utf8 {
    uint32_t state; /* 0 between characters */
};

void gw_utf8_init(struct gw_utf8 *u);
/* False as soon as the bytes so far cannot be the start of valid UTF-8, also in the middle of a
 * character. After that u may only be initialised again. */
bool gw_utf8_feed(struct gw_utf8 *u, struct gw_slice piece);
/* Whether the text may end here. */
bool gw_utf8_is_complete(const struct gw_utf8 *u);

/* Appends text to out, with U+FFFD for each broken part, where the parts are those of
 * the WHATWG Encoding Standard (and so of browsers and Node). 0, GW_E_LIMIT or
 * GW_E_NOMEM; on failure out is unchanged. */
int gw_utf8_repair(struct gw_slice text, struct gw_buf *out);

/* Writes one character (at most 4 bytes) and returns its length. Surrogates and numbers above
 * 0x10ffff become U+FFFD. */
size_t gw_utf8_encode(uint8_t out[static 4], uint32_t character);

#endif
