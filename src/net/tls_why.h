/* SPDX-License-Identifier: MIT */
/* What went wrong with TLS, in words for the person who has to mend it. */
#ifndef GW_NET_TLS_WHY_H
#define GW_NET_TLS_WHY_H

#include "net/tls.h"

struct x509_store_ctx_st;

/* After an SSL call that has failed: what OpenSSL's queue of errors comes to. */
void gw_tls_explain(const struct ssl_st *ssl, char out[static GW_TLS_WHY_MAX]);
/* For SSL_CTX_set_verify: leaves the judgement as it is, and remembers what a refused
 * certificate was refused for. */
int gw_tls_on_verify(int is_good, struct x509_store_ctx_st *chain);
/* After a call that reads a file or sets up a context: "cannot read CA file ca.pem: No such file or
 * directory". Returns what it is: GW_E_SYSTEM, GW_E_NOMEM or else GW_E_ARG. */
int gw_tls_complain(char out[static GW_TLS_WHY_MAX], const char *what, const char *about);

#endif
