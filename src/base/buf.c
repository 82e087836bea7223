/* SPDX-License-Identifier: MIT */
#include "base/buf.h"

#include "base/mem.h"

enum { FIRST_CAP = 64 };

void gw_buf_init(struct gw_buf *buf, size_t limit_bytes)
{
    *buf = (struct gw_buf){.limit_bytes = limit_bytes};
}

void gw_buf_dispose(struct gw_buf *buf)
{
    gw_mem_free(buf->ptr);
    gw_buf_init(buf, buf->limit_bytes);
}

void gw_buf_reset(struct gw_buf *buf)
{
    buf->len = 0;
}

/* Doubling keeps the sum of all copies below twice the final size. */
static size_t next_cap(const struct gw_buf *buf, size_t need)
{
    size_t cap = buf->cap <= SIZE_MAX / 2 ? buf->cap * 2 : SIZE_MAX;

    if (cap < FIRST_CAP)
        cap = FIRST_CAP;
    if (cap < need)
        cap = need;
    return cap < buf->limit_bytes ? cap : buf->limit_bytes;
}

int gw_buf_grow(struct gw_buf *buf, size_t n)
{
    size_t cap;
    uint8_t *ptr;

    if (n <= buf->cap - buf->len)
        return 0;
    if (buf->len > buf->limit_bytes || n > buf->limit_bytes - buf->len)
        return GW_E_LIMIT;
    cap = next_cap(buf, buf->len + n);
    ptr = gw_mem_realloc(buf->ptr, cap);
    if (!ptr)
        return GW_E_NOMEM;
    buf->ptr = ptr;
    buf->cap = cap;
    return 0;
}

int gw_buf_append(struct gw_buf *buf, struct gw_slice bytes)
{
    uint8_t *place;
    int err = gw_buf_reserve(buf, bytes.len, &place);

    if (err)
        return err;
    if (bytes.len > 0)
        memcpy(place, bytes.ptr, bytes.len);
    buf->len += bytes.len;
    return 0;
}

int gw_buf_append_byte(struct gw_buf *buf, uint8_t byte)
{
    uint8_t *place;
    int err = gw_buf_reserve(buf, 1, &place);

    if (err)
        return err;
    *place = byte;
    buf->len++;
    return 0;
}

void gw_buf_consume(struct gw_buf *buf, size_t n)
{
    assert(n <= buf->len);
    if (n == buf->len) {
        gw_buf_dispose(buf);
        return;
    }
    memmove(buf->ptr, buf->ptr + n, buf->len - n);
    buf->len -= n;
}
