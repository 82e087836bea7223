/* SPDX-License-Identifier: MIT */
/* How much of a request is taken before it is refused. */
#ifndef GW_HTTP_LIMITS_H
#define GW_HTTP_LIMITS_H

#include <godwit/base.h>

/* Shared by all parsers of a server; outlives them. */
struct gw_http_limits {
    /* Request line and fields together: 431, or 414 while still in the target; at most
     * GW_HTTP_HEAD_BYTES_MAX. */
    uint32_t head_bytes;
    /* One line of it with its CRLF: 414 for the request line, 431 for a field. Also the extensions
     * and the trailer of a whole chunked body together, 400. */
    uint32_t line_bytes;
    uint32_t field_count; /* 431 */
    uint64_t body_bytes;  /* 413; gw_http_parser_limit_body() sets it for one request */
};

enum {
    GW_HTTP_HEAD_BYTES = 16384,
    GW_HTTP_HEAD_BYTES_MAX = 1 << 30,
    GW_HTTP_LINE_BYTES = 8192,
    GW_HTTP_FIELD_COUNT = 100,
    GW_HTTP_BODY_BYTES = 1 << 20,
};

#define GW_HTTP_LIMITS_DEFAULT                                                                     \
    ((struct gw_http_limits){GW_HTTP_HEAD_BYTES, GW_HTTP_LINE_BYTES, GW_HTTP_FIELD_COUNT,          \
                             GW_HTTP_BODY_BYTES})

#endif
