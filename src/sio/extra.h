/* SPDX-License-Identifier: MIT */
/* What few sockets have: handlers of their own, data, an owner for their pointer. It comes with the
 * first use, so that the others pay one pointer for it. */
#ifndef GW_SIO_EXTRA_H
#define GW_SIO_EXTRA_H

#include "base/blob.h"
#include "sio/handlers.h"

#include <godwit/sio.h>

struct gw_sio_pressure;
struct gw_sio_seat;

struct gw_sio_extra {
    struct gw_sio_handlers *handlers; /* NULL: none */
    struct gw_blob *data;             /* NULL: "{}" */
    void (*destroy_user)(void *user); /* NULL: the application frees it */
    struct gw_sio_seat *seat;         /* NULL: nobody may come back to it */
    struct gw_sio_pressure *pressure; /* NULL: it has taken everything so far */
    struct gw_blob *auth_bytes;       /* as gw_sio_auth.bytes */
    uint64_t recovery_gap;
    uint8_t recovery; /* enum gw_recovery */
};

/* The socket's, made at the first call. NULL when memory has run out. */
struct gw_sio_extra *gw_sio_extra_of(gw_socket *socket);
/* The same with handlers in it. */
struct gw_sio_handlers *gw_sio_extra_handlers(gw_socket *socket);
/* NULL: it has none. */
struct gw_sio_handlers *gw_sio_extra_find_handlers(const gw_socket *socket);
/* Only from gw_sio_socket_free: destroys the application's pointer too. */
void gw_sio_extra_free(gw_socket *socket);

#endif
