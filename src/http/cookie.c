/* SPDX-License-Identifier: MIT */
#include "http/cookie.h"

#include "http/field.h"

/* Not gw_http_parameter_next(): in a cookie a quote does not hide a semicolon (RFC 6265 4.1.1). */
bool gw_http_cookie_find(struct gw_slice field, struct gw_slice name, struct gw_slice *value)
{
    while (field.len > 0) {
        const uint8_t *end = memchr(field.ptr, ';', field.len);
        size_t len = end ? (size_t)(end - field.ptr) : field.len;
        struct gw_slice pair = gw_http_trim((struct gw_slice){field.ptr, len});
        const uint8_t *equals = pair.len > 0 ? memchr(pair.ptr, '=', pair.len) : NULL;

        if (equals &&
            gw_slice_equal((struct gw_slice){pair.ptr, (size_t)(equals - pair.ptr)}, name)) {
            size_t skip = (size_t)(equals - pair.ptr) + 1;

            *value = (struct gw_slice){pair.ptr + skip, pair.len - skip};
            if (value->len >= 2 && value->ptr[0] == '"' && value->ptr[value->len - 1] == '"')
                *value = (struct gw_slice){value->ptr + 1, value->len - 2};
            return true;
        }
        len += end != NULL;
        field.ptr += len;
        field.len -= len;
    }
    return false;
}
