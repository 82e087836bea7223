/* SPDX-License-Identifier: MIT */
/* What the contexts of servers and clients have in common: safe settings, and PEM files. All calls
 * but create return 0 or an error as gw_tls_complain does, with *why. */
#ifndef GW_NET_TLS_CONTEXT_H
#define GW_NET_TLS_CONTEXT_H

#include "net/tls.h"

#include <godwit/tls.h>

struct ssl_ctx_st;

/* TLS 1.2 and 1.3, no compression, no renegotiation, buffers given back while idle.
 * NULL when memory has run out. */
struct ssl_ctx_st *gw_tls_context_create(bool is_server);
/* NULL: the default. */
int gw_tls_context_set_ciphers(struct ssl_ctx_st *context, const char *ciphers,
                               const char *ciphersuites, char why[static GW_TLS_WHY_MAX]);
/* key_file NULL: cert_file holds the key too. */
int gw_tls_context_load(struct ssl_ctx_st *context, const char *cert_file, const char *key_file,
                        char why[static GW_TLS_WHY_MAX]);
int gw_tls_context_trust(struct ssl_ctx_st *context, const char *ca_file,
                         char why[static GW_TLS_WHY_MAX]);

#endif
