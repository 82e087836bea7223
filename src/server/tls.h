/* SPDX-License-Identifier: MIT */
/* The TLS of a server: one set of certificates for each listener that asked for it. */
#ifndef GW_SERVER_TLS_H
#define GW_SERVER_TLS_H

#include "base/list.h"
#include "net/tls_server.h"

#include <godwit/server.h>

/* Stays until all connections have gone, whether its listener listens or not. */
struct gw_server_tls {
    struct gw_list node; /* in server->tls_list */
    struct gw_tls_server *tls;
    uint64_t handshake_timeout_ms;
};

/* NULL: gw_server_error says why; *err is what gw_server_listen_tls returns. */
struct gw_server_tls *gw_server_tls_open(gw_server *server, const struct gw_tls_options *options,
                                         int *err);
void gw_server_tls_close(struct gw_server_tls *tls);
void gw_server_tls_close_all(gw_server *server);

#endif
