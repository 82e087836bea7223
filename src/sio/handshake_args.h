/* SPDX-License-Identifier: MIT */
/* A handshake as JSON: what gw_args_handshake is made of, for those who want parts of it. */
#ifndef GW_SIO_HANDSHAKE_ARGS_H
#define GW_SIO_HANDSHAKE_ARGS_H

#include <godwit/args.h>

/* The value {"name":"value"}. query is what stands behind the '?', raw. */
void gw_sio_args_query(gw_args *args, struct gw_slice query);
/* The value {"host":"...","x-twice":"a, b"}: the fields of the socket's first request. */
void gw_sio_args_headers(gw_args *args, const gw_socket *socket);

#endif
