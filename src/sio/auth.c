/* SPDX-License-Identifier: MIT */
#include "sio/auth.h"

enum { LEN_BYTES = 4 };

static bool measure(const struct gw_slice *attachments, size_t count, size_t *len)
{
    *len = 0;
    for (size_t i = 0; i < count; i++) {
        if (attachments[i].len > UINT32_MAX)
            return false;
        *len += LEN_BYTES + attachments[i].len;
    }
    return true;
}

struct gw_blob *gw_sio_auth_pack(const struct gw_slice *attachments, size_t count)
{
    size_t len;
    struct gw_blob *bytes = measure(attachments, count, &len) ? gw_blob_create(len) : NULL;
    uint8_t *at = bytes ? bytes->bytes : NULL;

    for (size_t i = 0; bytes && i < count; i++) {
        uint32_t each = (uint32_t)attachments[i].len;

        memcpy(at, &each, LEN_BYTES);
        at += LEN_BYTES;
        if (each > 0)
            memcpy(at, attachments[i].ptr, each);
        at += each;
    }
    return bytes;
}

/* Takes the next one off. */
static struct gw_slice next(struct gw_slice *rest)
{
    struct gw_slice bytes = {rest->ptr + LEN_BYTES, 0};
    uint32_t len;

    memcpy(&len, rest->ptr, LEN_BYTES);
    bytes.len = len;
    *rest = (struct gw_slice){bytes.ptr + len, rest->len - LEN_BYTES - len};
    return bytes;
}

size_t gw_sio_auth_count(const struct gw_blob *bytes)
{
    struct gw_slice rest = {bytes ? bytes->bytes : NULL, bytes ? bytes->len : 0};
    size_t count = 0;

    for (; rest.len > 0; count++)
        next(&rest);
    return count;
}

struct gw_slice gw_sio_auth_at(const struct gw_blob *bytes, size_t index)
{
    struct gw_slice rest = {bytes->bytes, bytes->len}, found = next(&rest);

    while (index-- > 0)
        found = next(&rest);
    return found;
}
