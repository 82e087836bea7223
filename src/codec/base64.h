/* SPDX-License-Identifier: MIT */
/* Base64 (RFC 4648 section 4), read as leniently as Node.js' Buffer.from(text, 'base64') does. */
#ifndef GW_CODEC_BASE64_H
#define GW_CODEC_BASE64_H

#include <godwit/base.h>

/* n: at most SIZE_MAX / 2. */
static inline size_t gw_base64_encoded_len(size_t n)
{
    return (n + 2) / 3 * 4;
}

/* Writes exactly gw_base64_encoded_len(bytes.len) characters, with padding, no NUL; returns their
 * number. out must not overlap bytes. */
size_t gw_base64_encode(uint8_t *out, struct gw_slice bytes);

/* What decoding n characters gives at most. */
static inline size_t gw_base64_decoded_max_len(size_t n)
{
    return n / 4 * 3 + n % 4 * 3 / 4;
}

/* Writes at most gw_base64_decoded_max_len(text.len) bytes and returns how many. Both alphabets
 * count, '=' ends the text, anything else is skipped, missing padding is fine, bits left over are
 * dropped. out may be text.ptr. */
size_t gw_base64_decode(uint8_t *out, struct gw_slice text);

#endif
