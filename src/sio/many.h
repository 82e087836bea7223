/* SPDX-License-Identifier: MIT */
/* Many sockets of this server at once: what gw_sio_adapter_memory does, and other adapters for
 * their own part. */
#ifndef GW_SIO_MANY_H
#define GW_SIO_MANY_H

#include <godwit/sio.h>

int gw_sio_many_fetch(struct gw_target target, gw_on_fetch_fn *fn, void *user);
int gw_sio_many_join(struct gw_target target, struct gw_slice room);
int gw_sio_many_leave(struct gw_target target, struct gw_slice room);
int gw_sio_many_disconnect(struct gw_target target, enum gw_disconnect_flags flags);

#endif
