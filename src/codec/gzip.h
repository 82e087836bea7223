/* SPDX-License-Identifier: MIT */
/* The compressor of whole texts for HTTP: DEFLATE in the wrapping of gzip (RFC 1952) or of zlib
 * (RFC 1950), which HTTP calls "deflate". zlib does the work. */
#ifndef GW_CODEC_GZIP_H
#define GW_CODEC_GZIP_H

#include "base/buf.h"

enum gw_gzip_wrapping { GW_GZIP_GZIP, GW_GZIP_ZLIB };

struct gw_gzip;

/* level: 1 (fast) to 9 (small). Takes 268 kB, for any number of texts one after the other.
 * NULL when memory has run out. */
struct gw_gzip *gw_gzip_create(enum gw_gzip_wrapping wrapping, int level);
/* NULL is fine. */
void gw_gzip_destroy(struct gw_gzip *gzip);

/* Appends text, compressed, as a whole that stands for itself. 0; GW_E_LIMIT or GW_E_NOMEM of
 * out, which is as it was then. */
int gw_gzip_append(struct gw_gzip *gzip, struct gw_slice text, struct gw_buf *out);

#endif
