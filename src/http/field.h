/* SPDX-License-Identifier: MIT */
/* Header fields (RFC 9110 section 5): their grammar, their comma lists, and
 * one line of them written out. */
#ifndef GW_HTTP_FIELD_H
#define GW_HTTP_FIELD_H

#include "base/buf.h"

#include <godwit/base.h>

struct gw_http_field {
    struct gw_slice name;  /* as it was spelled; never empty */
    struct gw_slice value; /* without the white space around it */
};

/* The slow half of gw_http_text_equals. */
bool gw_http_bytes_equal(const uint8_t *a, const uint8_t *b, size_t len);

/* ASCII letters are equal in either case. Most names differ in length already. */
static inline bool gw_http_text_equals(struct gw_slice a, struct gw_slice b)
{
    return a.len == b.len && gw_http_bytes_equal(a.ptr, b.ptr, a.len);
}
/* Without spaces and tabs at both ends. */
struct gw_slice gw_http_trim(struct gw_slice text);

/* tchar of RFC 9110 5.6.2: what names of methods, fields and parameters are made of. */
bool gw_http_is_tchar(uint8_t byte);
/* At least one tchar and nothing else. */
bool gw_http_is_token(struct gw_slice text);
/* field-value of RFC 9110 5.5: no control character but the tab, so neither CR, LF nor NUL. */
bool gw_http_is_field_value(struct gw_slice text);

/* Takes the next non-empty element of a comma list off *rest, trimmed. Commas inside
 * "quoted strings" do not separate; a string that is never closed reaches to the end.
 * false when nothing is left. */
bool gw_http_list_next(struct gw_slice *rest, struct gw_slice *element);
/* Whether a comma list has this element, letters equal in either case. */
bool gw_http_field_has_token(struct gw_slice value, struct gw_slice token);
/* Takes the next item of "name; name=value; ..." off *rest. Quotes around a value are removed,
 * escapes inside are kept; an item without "=" has an absent value, so the first call gives the
 * element itself. false when nothing is left. */
bool gw_http_parameter_next(struct gw_slice *rest, struct gw_slice *name, struct gw_slice *value);

/* Writes "name: value\r\n". 0; GW_E_ARG when name is no token or value has a control
 * character (so no caller can be talked into a second line); GW_E_LIMIT, GW_E_NOMEM. On
 * failure the content is unchanged. */
int gw_http_field_append(struct gw_buf *out, struct gw_slice name, struct gw_slice value);
/* Takes all fields of that name, any case, out of lines that gw_http_field_append has written. */
void gw_http_field_drop(struct gw_buf *lines, struct gw_slice name);

#endif
