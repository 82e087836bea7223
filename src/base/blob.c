/* SPDX-License-Identifier: MIT */
#include "base/blob.h"

#include "base/mem.h"

#include <assert.h>

struct gw_blob *gw_blob_create(size_t len)
{
    struct gw_blob *blob;

    if (len > SIZE_MAX - sizeof(*blob))
        return NULL;
    blob = gw_mem_alloc(sizeof(*blob) + len);
    if (!blob)
        return NULL;
    blob->refs = 1;
    blob->len = len;
    return blob;
}

struct gw_blob *gw_blob_ref(struct gw_blob *blob)
{
    assert(blob->refs > 0 && blob->refs < UINT32_MAX);
    blob->refs++;
    return blob;
}

void gw_blob_unref(struct gw_blob *blob)
{
    if (!blob)
        return;
    assert(blob->refs > 0);
    if (--blob->refs == 0)
        gw_mem_free(blob);
}
