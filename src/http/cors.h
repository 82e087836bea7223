/* SPDX-License-Identifier: MIT */
/* Cross-origin resource sharing (WHATWG Fetch, section 3.2), decided as the npm package `cors`
 * does, which Socket.IO users configure. CORS tells browsers what scripts may read; it does not
 * keep anybody from connecting. */
#ifndef GW_HTTP_CORS_H
#define GW_HTTP_CORS_H

#include "http/request.h"

#include <godwit/base.h>

enum gw_http_cors_origin {
    GW_HTTP_CORS_OFF,     /* no fields, and OPTIONS is an ordinary request */
    GW_HTTP_CORS_ANY,     /* "*", also for requests without Origin */
    GW_HTTP_CORS_FIXED,   /* origins[0], whatever the request's Origin is */
    GW_HTTP_CORS_REFLECT, /* the request's Origin */
    GW_HTTP_CORS_LIST,    /* the request's Origin when it is one of origins, byte for byte */
};

/* Slices and arrays are borrowed for as long as the struct is in use. {0} is off. */
struct gw_http_cors {
    enum gw_http_cors_origin origin;
    const struct gw_slice *origins; /* FIXED: one; LIST: origin_count */
    size_t origin_count;
    struct gw_slice methods;         /* absent: GET,HEAD,PUT,PATCH,POST,DELETE */
    struct gw_slice allowed_headers; /* "a,b"; absent: what the preflight asks for */
    struct gw_slice exposed_headers; /* "a,b"; absent: no field */
    bool has_credentials;
    uint64_t max_age_s; /* 0: no field */
};

/* Whether the request is to be answered with 204 and the fields of gw_http_cors_append(), and
 * nothing else: OPTIONS while CORS is on, as there. */
bool gw_http_cors_is_preflight(const struct gw_http_cors *cors,
                               const struct gw_http_request *request);
/* Whether pages of this origin may read answers. An absent origin (no browser, or the same origin)
 * may not be asked about: false unless ANY. */
bool gw_http_cors_allows(const struct gw_http_cors *cors, struct gw_slice origin);
/* Appends the field lines for the answer to this request, those of a preflight if it is one. They
 * belong on errors and on 101 too. 0; GW_E_ARG for an option that cannot be a field value;
 * GW_E_LIMIT; GW_E_NOMEM: content unchanged. */
int gw_http_cors_append(const struct gw_http_cors *cors, const struct gw_http_request *request,
                        struct gw_buf *lines);

#endif
