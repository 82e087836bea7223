/* SPDX-License-Identifier: MIT */
#include "net/tls_shared.h"

#include "base/mem.h"

#include <openssl/bio.h>

static int bio_read(BIO *bio, char *out, size_t len, size_t *read_len)
{
    struct gw_tls_shared *shared = BIO_get_data(bio);

    BIO_clear_retry_flags(bio);
    if (shared->in.len == 0) {
        BIO_set_retry_read(bio);
        return 0;
    }
    if (len > shared->in.len)
        len = shared->in.len;
    memcpy(out, shared->in.ptr, len);
    shared->in.ptr += len;
    shared->in.len -= len;
    *read_len = len;
    return 1;
}

/* Takes everything, so a write never has to be repeated. */
static int bio_write(BIO *bio, const char *bytes, size_t len, size_t *written_len)
{
    struct gw_tls_shared *shared = BIO_get_data(bio);

    BIO_clear_retry_flags(bio);
    if (gw_buf_append(&shared->out, (struct gw_slice){(const uint8_t *)bytes, len}) < 0)
        return 0;
    *written_len = len;
    return 1;
}

static long bio_control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH;
}

static bool open_bio(struct gw_tls_shared *shared)
{
    shared->method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "godwit loop");
    if (!shared->method)
        return false;
    BIO_meth_set_read_ex(shared->method, bio_read);
    BIO_meth_set_write_ex(shared->method, bio_write);
    BIO_meth_set_ctrl(shared->method, bio_control);
    shared->bio = BIO_new(shared->method);
    if (!shared->bio)
        return false;
    BIO_set_data(shared->bio, shared);
    BIO_set_init(shared->bio, 1);
    return true;
}

void gw_tls_shared_destroy(struct gw_tls_shared *shared)
{
    if (!shared)
        return;
    BIO_free(shared->bio);
    BIO_meth_free(shared->method);
    gw_buf_dispose(&shared->out);
    gw_mem_free(shared);
}

struct gw_tls_shared *gw_tls_shared_of(gw_loop *loop)
{
    struct gw_tls_shared *shared = loop->tls;

    if (shared)
        return shared;
    shared = gw_mem_zalloc(sizeof(*shared));
    if (!shared)
        return NULL;
    gw_buf_init(&shared->out, GW_TLS_UNSENT_MAX);
    if (!open_bio(shared)) {
        gw_tls_shared_destroy(shared);
        return NULL;
    }
    loop->tls = shared;
    return shared;
}
