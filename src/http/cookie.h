/* SPDX-License-Identifier: MIT */
/* The Cookie field of a request (RFC 6265 section 4.2). */
#ifndef GW_HTTP_COOKIE_H
#define GW_HTTP_COOKIE_H

#include <godwit/base.h>

/* The raw value of the first cookie of this exact name, quotes removed; false when there is none. */
bool gw_http_cookie_find(struct gw_slice field, struct gw_slice name, struct gw_slice *value);

#endif
