/* SPDX-License-Identifier: MIT */
/* Owned bytes that grow up to a limit given at init. Empty ones own no memory. */
#ifndef GW_BASE_BUF_H
#define GW_BASE_BUF_H

#include <assert.h>

#include <godwit/base.h>

struct gw_buf {
    uint8_t *ptr;
    size_t len;
    size_t cap;
    size_t limit_bytes; /* len never grows beyond it */
};

void gw_buf_init(struct gw_buf *buf, size_t limit_bytes);
/* Frees the memory; the buffer is empty and usable again with the same limit. */
void gw_buf_dispose(struct gw_buf *buf);
/* Empty again, capacity kept. */
void gw_buf_reset(struct gw_buf *buf);

/* Makes cap at least len + n. 0, GW_E_LIMIT or GW_E_NOMEM; on failure the content is unchanged. */
int gw_buf_grow(struct gw_buf *buf, size_t n);

/* Makes room for n more bytes and gives their place in *out; gw_buf_commit(buf, m <= n)
 * makes them part of the buffer. 0, GW_E_LIMIT or GW_E_NOMEM; on failure the content is
 * unchanged. n == 0 may give NULL. */
static inline int gw_buf_reserve(struct gw_buf *buf, size_t n, uint8_t **out)
{
    int err = n <= buf->cap - buf->len ? 0 : gw_buf_grow(buf, n);

    *out = buf->ptr ? buf->ptr + buf->len : NULL;
    return err;
}

static inline void gw_buf_commit(struct gw_buf *buf, size_t n)
{
    assert(n <= buf->cap - buf->len);
    buf->len += n;
}

/* 0, GW_E_LIMIT or GW_E_NOMEM; on failure the content is unchanged.
 * bytes must not point into buf. */
int gw_buf_append(struct gw_buf *buf, struct gw_slice bytes);
/* One byte; otherwise like gw_buf_append. */
int gw_buf_append_byte(struct gw_buf *buf, uint8_t byte);
/* Drops the first n bytes; an emptied buffer gives its memory back. */
void gw_buf_consume(struct gw_buf *buf, size_t n);

/* Good until the next non-const call. */
static inline struct gw_slice gw_buf_slice(const struct gw_buf *buf)
{
    return (struct gw_slice){buf->ptr, buf->len};
}

#endif
