/* SPDX-License-Identifier: MIT */
/* Dates of HTTP (RFC 9110 section 5.6.7): "Sun, 06 Nov 1994 08:49:37 GMT".
 * Arithmetic only, no time zone data. */
#ifndef GW_HTTP_DATE_H
#define GW_HTTP_DATE_H

#include <godwit/base.h>

enum { GW_HTTP_DATE_LEN = 29 };

/* unix_seconds up to the year 9999; later ones are written as its last second. */
void gw_http_date(uint8_t out[static GW_HTTP_DATE_LEN], uint64_t unix_seconds);
/* IMF-fixdate, and the two obsolete forms that a recipient must know (RFC 850: years from
 * 1970 to 2069; asctime). Dates before 1970 are 0. 0 or GW_E_PROTO. The weekday must be a
 * name but need not fit the date. */
int gw_http_date_parse(struct gw_slice text, uint64_t *unix_seconds);

#endif
