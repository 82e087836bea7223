/* SPDX-License-Identifier: MIT */
/* JSON (RFC 8259) as slices of the text it came in: check once, then look at what is wanted, build
 * no tree.
 *
 * Everything that takes a value allows white space around it. Texts are taken to be valid UTF-8,
 * which the transports see to. "A checked value" is one that gw_json_skip or gw_json_values_check
 * has accepted; with others the readers stay inside the slice and give up early, no more. */
#ifndef GW_CODEC_JSON_H
#define GW_CODEC_JSON_H

#include "base/buf.h"

#include <godwit/base.h>

/* Arrays and objects may be nested that deep. Checking does not recurse; the limit is
 * for those who read the tree. */
enum { GW_JSON_DEPTH_MAX = 512 };

enum gw_json_type {
    GW_JSON_INVALID, /* empty, or no value begins so */
    GW_JSON_NULL,
    GW_JSON_FALSE,
    GW_JSON_TRUE,
    GW_JSON_NUMBER,
    GW_JSON_STRING,
    GW_JSON_ARRAY,
    GW_JSON_OBJECT,
};

/* Checks the value at the start of in, as strictly as JSON.parse; *value_len counts the bytes up to
 * its end, white space in front included. What follows is the caller's affair. 0, GW_E_PROTO (no
 * value, or cut short) or GW_E_LIMIT (nested too deep). */
int gw_json_skip(struct gw_slice in, size_t *value_len);

/* Whether text is exactly one value. 0, GW_E_PROTO or GW_E_LIMIT. */
int gw_json_check(struct gw_slice text);

/* Checks values with commas between them, "v,v,v", and counts them; nothing (or white space) is a
 * list of none. 0, GW_E_PROTO or GW_E_LIMIT; count may be NULL. */
int gw_json_values_check(struct gw_slice list, size_t *count);

/* Without white space around it. */
struct gw_slice gw_json_trim(struct gw_slice text);
/* Bytes of the string, number or literal that a checked text begins with. */
size_t gw_json_scalar_len(struct gw_slice text);

/* By the first character. */
enum gw_json_type gw_json_type(struct gw_slice value);

/* What stands between the brackets of a checked array or object; absent for other values. */
struct gw_slice gw_json_inside(struct gw_slice value);

/* Takes the next value, without white space around it, off a checked list "v,v,v" (the arguments of
 * an event, the inside of an array). False when none is left. */
bool gw_json_next(struct gw_slice *rest, struct gw_slice *value);

/* Takes the next member off the inside of a checked object; key is a JSON string, still
 * quoted. False when none is left. */
bool gw_json_member_next(struct gw_slice *rest, struct gw_slice *key, struct gw_slice *value);

/* The member whose decoded key is `key`; of several the last, as JSON.parse does. False when there
 * is none or `object` is no object. */
bool gw_json_find(struct gw_slice object, struct gw_slice key, struct gw_slice *value);

/* Appends the text that a checked JSON string stands for, as UTF-8; a lone
 * surrogate becomes U+FFFD. 0, GW_E_ARG (value is no string), GW_E_LIMIT or
 * GW_E_NOMEM; on failure out is unchanged. */
int gw_json_string_decode(struct gw_slice value, struct gw_buf *out);
/* Whether a checked value is a string and stands for text. */
bool gw_json_string_equals(struct gw_slice value, struct gw_slice text);

/* The double nearest to a checked number; too large ones are infinite, as in JavaScript.
 * 0, or GW_E_ARG (no number). */
int gw_json_number(struct gw_slice value, double *out);

/* "-1.2345678901234567e-308", "0.0000012345678901234567" */
enum { GW_JSON_DOUBLE_MAX = 32 };
/* Writes a number as JSON.stringify does: as few digits as tell it from its neighbours, -0 as 0,
 * and null for what is no finite number. Returns the length. */
size_t gw_json_double_format(uint8_t out[static GW_JSON_DOUBLE_MAX], double value);

/* Appends text as a JSON string, as JSON.stringify writes it; what is no UTF-8 becomes U+FFFD. 0,
 * GW_E_LIMIT or GW_E_NOMEM; on failure out is unchanged. */
int gw_json_quote(struct gw_buf *out, struct gw_slice text);

#endif
