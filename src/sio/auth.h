/* SPDX-License-Identifier: MIT */
/* What a client says of itself in its CONNECT. Bytes in it come with another parser than the
 * protocol's own only. */
#ifndef GW_SIO_AUTH_H
#define GW_SIO_AUTH_H

#include "base/blob.h"

#include <godwit/base.h>

struct gw_sio_auth {
    struct gw_slice json;  /* an object; ptr NULL: none */
    struct gw_blob *bytes; /* of its attachments, each behind its length; NULL: none */
};

/* count is not 0. NULL when memory has run out, or for more bytes than a length can say. */
struct gw_blob *gw_sio_auth_pack(const struct gw_slice *attachments, size_t count);
/* bytes may be NULL. */
size_t gw_sio_auth_count(const struct gw_blob *bytes);
/* index is below the count. */
struct gw_slice gw_sio_auth_at(const struct gw_blob *bytes, size_t index);

#endif
