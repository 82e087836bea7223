/* SPDX-License-Identifier: MIT */
/* Bytes that many connections send and nobody changes any more: counted, because a
 * broadcast has no single owner. */
#ifndef GW_BASE_BLOB_H
#define GW_BASE_BLOB_H

#include <godwit/base.h>

struct gw_blob {
    uint32_t refs; /* one thread, so a plain number */
    size_t len;
    uint8_t bytes[];
};

/* One reference, the caller's; the bytes are not initialised. NULL when memory has run out. */
struct gw_blob *gw_blob_create(size_t len);
struct gw_blob *gw_blob_ref(struct gw_blob *blob);
/* NULL is fine. */
void gw_blob_unref(struct gw_blob *blob);

#endif
