/* SPDX-License-Identifier: MIT */
/* Conditional requests (RFC 9110 section 13) and entity tags (section 8.8.3). */
#ifndef GW_HTTP_CONDITION_H
#define GW_HTTP_CONDITION_H

#include "http/request.h"

#include <godwit/base.h>

/* What is known about the current representation. */
struct gw_http_validators {
    struct gw_slice etag; /* with its quotes, W/"..." when weak; absent: has none */
    bool has_modified;
    uint64_t modified_s; /* Unix seconds */
};

enum gw_http_condition {
    GW_HTTP_CONDITION_PASSED,       /* go on */
    GW_HTTP_CONDITION_NOT_MODIFIED, /* 304 */
    GW_HTTP_CONDITION_FAILED,       /* 412 */
};

/* If-Match, If-Unmodified-Since, If-None-Match, If-Modified-Since in
 * the order of RFC 9110 13.2.2. */
enum gw_http_condition gw_http_condition_check(const struct gw_http_request *request,
                                               const struct gw_http_validators *current);
/* Whether a Range field is to be heeded: there is no If-Range, or it holds (strong
 * comparison, or the exact date). */
bool gw_http_condition_allows_range(const struct gw_http_request *request,
                                    const struct gw_http_validators *current);

/* Whether the list of a field If-None-Match has the tag ("*" has any), W/ ignored. */
bool gw_http_etag_matches(struct gw_slice list, struct gw_slice etag);

enum { GW_HTTP_ETAG_MAX = 40 };
/* A tag for a file out of what stat() says of it. Weak, because a file can change twice within one
 * tick of its time stamp. Returns its length. */
size_t gw_http_etag_make(uint8_t out[static GW_HTTP_ETAG_MAX], uint64_t size_bytes,
                         uint64_t modified_ns);

#endif
