/* SPDX-License-Identifier: MIT */
/* The genuine browser client, served below the path of a gw_io as the JavaScript server
 * does: eight names, nothing else. */
#ifndef GW_SERVER_CLIENT_BUNDLE_H
#define GW_SERVER_CLIENT_BUNDLE_H

#include "codec/gzip.h"
#include "server/exchange.h"

#include <godwit/server.h>

enum { GW_CLIENT_FILES = 8 };

/* Compressed once, for all who come later. */
struct gw_client_file {
    uint64_t changed_ns; /* the file's, when it was compressed */
    uint64_t len;
    struct gw_buf packed; /* empty: not asked for yet */
};

struct gw_client_bundle {
    int directory_fd;                                /* -1: nothing is served */
    char etag[40];                                   /* the version of the npm package in quotes */
    struct gw_client_file files[GW_CLIENT_FILES][2]; /* by enum gw_gzip_wrapping */
};

void gw_client_bundle_init(struct gw_client_bundle *bundle);
void gw_client_bundle_dispose(struct gw_client_bundle *bundle);

/* directory is the folder `dist` of the npm package socket.io-client; the version stands in
 * package.json beside it. 0 or GW_E_SYSTEM, told by gw_server_error. */
int gw_client_bundle_open(struct gw_client_bundle *bundle, const char *directory,
                          gw_server *server);

/* Answers if the request's path behind its first prefix_len bytes names a file of the bundle. */
bool gw_client_bundle_answer(struct gw_client_bundle *bundle, struct gw_exchange *exchange,
                             size_t prefix_len);

#endif
