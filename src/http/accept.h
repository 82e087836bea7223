/* SPDX-License-Identifier: MIT */
/* Content negotiation by Accept-Encoding (RFC 9110 section 12.5.3). */
#ifndef GW_HTTP_ACCEPT_H
#define GW_HTTP_ACCEPT_H

#include <godwit/base.h>

/* Bits, so that what a server offers is a sum. */
enum gw_http_encoding {
    GW_HTTP_IDENTITY = 0,
    GW_HTTP_GZIP = 1,
    GW_HTTP_DEFLATE = 2, /* the zlib format */
    GW_HTTP_BR = 4,
};

/* The best of what is offered: the highest q; of equals the one named first, as Node.js servers
 * choose; "*" stands for GZIP, else DEFLATE, else BR, whichever is offered and not named. An
 * absent field means identity. */
enum gw_http_encoding gw_http_accept_encoding(struct gw_slice value, uint32_t offered);
/* "gzip"; "identity". */
struct gw_slice gw_http_encoding_name(enum gw_http_encoding encoding);

#endif
