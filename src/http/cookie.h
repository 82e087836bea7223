/* SPDX-License-Identifier: MIT */
/* The fields Cookie of a request and Set-Cookie of an answer (RFC 6265 sections 4.2 and 4.1). */
#ifndef GW_HTTP_COOKIE_H
#define GW_HTTP_COOKIE_H

#include "base/buf.h"

#include <godwit/base.h>

/* The raw value of the first cookie of this exact name, quotes
 * removed; false when there is none. */
bool gw_http_cookie_find(struct gw_slice field, struct gw_slice name, struct gw_slice *value);

enum gw_http_same_site {
    GW_HTTP_SAME_SITE_UNSAID,
    GW_HTTP_SAME_SITE_LAX,
    GW_HTTP_SAME_SITE_STRICT,
    GW_HTTP_SAME_SITE_NONE,
};

/* Absent slices and zeros are left out. */
struct gw_http_cookie {
    struct gw_slice name;
    struct gw_slice domain;
    struct gw_slice path;
    uint64_t max_age_s;
    uint64_t expires_unix_s;
    bool is_http_only;
    bool is_secure;
    bool is_partitioned;
    struct gw_slice priority; /* "Low", "Medium", "High" */
    enum gw_http_same_site same_site;
};

/* Whether it can be written: a token for a name, and nothing in the texts
 * that would end an attribute. */
bool gw_http_cookie_is_valid(const struct gw_http_cookie *cookie);
/* Appends a value of Set-Cookie, its attributes in the order of the npm package
 * `cookie`. cookie is valid, value of characters that need no quotes. 0, GW_E_LIMIT,
 * GW_E_NOMEM: then out is as it was. */
int gw_http_cookie_write(struct gw_buf *out, const struct gw_http_cookie *cookie,
                         struct gw_slice value);

#endif
