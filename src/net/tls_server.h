/* SPDX-License-Identifier: MIT */
/* The server's end of TLS: certificates, which of them a client gets, and their renewal
 * while connections stay open. */
#ifndef GW_NET_TLS_SERVER_H
#define GW_NET_TLS_SERVER_H

#include "net/tls.h"

#include <godwit/tls.h>

/* Must stay until the last stream that it has started is closed. One loop's. */
struct gw_tls_server;

/* Copies options and reads the files. 0, or GW_E_ARG (the options or the content of a file),
 * GW_E_SYSTEM (a file cannot be read), GW_E_NOMEM: *why says it ("private key b.key does not
 * belong to certificate a.crt"). */
int gw_tls_server_create(struct gw_tls_server **out, const struct gw_tls_options *options,
                         char why[static GW_TLS_WHY_MAX]);
/* Reads the files again, for the handshakes to come; connections that are open go on as they are,
 * and when it fails everything stays as it was. Errors as above. Tickets that were given out
 * before are not taken any more. */
int gw_tls_server_reload(struct gw_tls_server *server, char why[static GW_TLS_WHY_MAX]);
/* NULL is fine. */
void gw_tls_server_destroy(struct gw_tls_server *server);

/* Waits for the client's handshake on a fresh stream. 0 or
 * GW_E_NOMEM. There is no deadline here. */
int gw_tls_server_start(struct gw_tls_server *server, struct gw_stream *stream,
                        gw_tls_ready_fn *on_ready);

#endif
