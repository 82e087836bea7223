/* SPDX-License-Identifier: MIT */
/* Percent-encoding (RFC 3986 2.1), query strings as HTML forms write
 * them, and paths that name files. */
#ifndef GW_CODEC_URL_H
#define GW_CODEC_URL_H

#include "base/buf.h"

#include <godwit/base.h>

/* Writes at most in.len bytes and returns how many; out may be in.ptr. A '%'
 * without two hexadecimal digits behind it stays as it is. is_plus_space: '+'
 * stands for a space, as in a query. */
size_t gw_url_decode(uint8_t *out, struct gw_slice in, bool is_plus_space);

/* Takes the next name and value, both still encoded, off *rest. A pair without '=' has an empty
 * value; empty pairs ("a&&b") are passed over. False when there is none left. */
bool gw_url_query_next(struct gw_slice *rest, struct gw_slice *raw_name,
                       struct gw_slice *raw_value);

/* Whether an encoded name stands for `name`. */
bool gw_url_name_equals(struct gw_slice raw_name, struct gw_slice name);

/* The value of the last pair whose decoded name is `name`: decoded, NUL-terminated. Its length, or
 * (out unchanged) GW_E_NOT_FOUND; GW_E_LIMIT: does not fit into size bytes; GW_E_ARG: holds a
 * NUL. */
int gw_url_query_text(struct gw_slice query, struct gw_slice name, char *out, size_t size);

/* Appends the file path that the path of a request ("/a/%62//./c") means: decoded, "." and empty
 * segments dropped, beginning with '/' and ending with '/' when raw_path names a directory ("/a/",
 * "/a/."). Never above the root: GW_E_PROTO for a ".." segment, a NUL, a backslash, a bad escape,
 * or a path that does not begin with '/', however any of that is encoded. Else 0, GW_E_LIMIT or
 * GW_E_NOMEM. On failure out is unchanged. */
int gw_url_path_clean(struct gw_slice raw_path, struct gw_buf *out);

#endif
