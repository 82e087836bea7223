/* SPDX-License-Identifier: MIT */
/* Byte ranges (RFC 9110 section 14). */
#ifndef GW_HTTP_RANGE_H
#define GW_HTTP_RANGE_H

#include <godwit/base.h>

enum gw_http_range_kind {
    GW_HTTP_RANGE_WHOLE, /* 200: no field, not understood, or several, which we do not serve */
    GW_HTTP_RANGE_PART,  /* 206 */
    GW_HTTP_RANGE_UNSATISFIABLE, /* 416 */
};

struct gw_http_range {
    uint64_t first;
    uint64_t len; /* PART: at least 1 */
};

/* value of the field Range (absent is fine) for a file of total_bytes.
 * WHOLE fills the whole range in. */
enum gw_http_range_kind gw_http_range_choose(struct gw_slice value, uint64_t total_bytes,
                                             struct gw_http_range *range);
enum { GW_HTTP_CONTENT_RANGE_MAX = 70 };
/* The value of Content-Range, "bytes 0-499/1234"; range == NULL (416): a star in place of
 * "0-499". Returns its length. */
size_t gw_http_content_range(uint8_t out[static GW_HTTP_CONTENT_RANGE_MAX],
                             const struct gw_http_range *range, uint64_t total_bytes);

#endif
