/* SPDX-License-Identifier: MIT */
/* Media types by the extension of a file name. */
#ifndef GW_HTTP_MIME_H
#define GW_HTTP_MIME_H

#include <godwit/base.h>

/* The value of Content-Type for the file of this path, with "; charset=utf-8" for text;
 * application/octet-stream when the extension is not known. A static literal. */
struct gw_slice gw_http_mime_type(struct gw_slice path);

#endif
