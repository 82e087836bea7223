/* SPDX-License-Identifier: MIT */
#include "net/tls_context.h"

#include "net/tls_why.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>

/* Forward secrecy and authenticated encryption, nothing else. The order matters little: the other
 * side's wish goes first, because a phone without AES in hardware knows better. */
static const char default_ciphers[] = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
                                      "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
                                      "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

/* An encrypted key would make OpenSSL ask on the terminal. */
static int refuse_password(char *out, int size, int is_writing, void *user)
{
    (void)out;
    (void)size;
    (void)is_writing;
    (void)user;
    return -1;
}

SSL_CTX *gw_tls_context_create(bool is_server)
{
    SSL_CTX *context = SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method());

    if (!context)
        return NULL;
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_max_early_data(context, 0);
    SSL_CTX_set_default_passwd_cb(context, refuse_password);
    return context;
}

int gw_tls_context_set_ciphers(SSL_CTX *context, const char *ciphers, const char *ciphersuites,
                               char why[static GW_TLS_WHY_MAX])
{
    ERR_clear_error();
    if (SSL_CTX_set_cipher_list(context, ciphers ? ciphers : default_ciphers) != 1)
        return gw_tls_complain(why, "cannot use the ciphers", ciphers ? ciphers : "");
    if (ciphersuites && SSL_CTX_set_ciphersuites(context, ciphersuites) != 1)
        return gw_tls_complain(why, "cannot use the cipher suites", ciphersuites);
    return GW_OK;
}

static int complain_about_key(const char *cert_file, const char *key_file,
                              char why[static GW_TLS_WHY_MAX])
{
    if (ERR_GET_REASON(ERR_peek_last_error()) != X509_R_KEY_VALUES_MISMATCH)
        return gw_tls_complain(why, "cannot read private key", key_file);
    ERR_clear_error();
    snprintf(why, GW_TLS_WHY_MAX, "private key %.100s does not belong to certificate %.100s",
             key_file, cert_file);
    return GW_E_ARG;
}

int gw_tls_context_load(SSL_CTX *context, const char *cert_file, const char *key_file,
                        char why[static GW_TLS_WHY_MAX])
{
    const char *key = key_file ? key_file : cert_file;

    ERR_clear_error();
    if (SSL_CTX_use_certificate_chain_file(context, cert_file) != 1)
        return gw_tls_complain(why, "cannot read certificate", cert_file);
    if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)
        return complain_about_key(cert_file, key, why);
    return GW_OK;
}

/* Whoever names an authority in the middle of a chain trusts it. */
int gw_tls_context_trust(SSL_CTX *context, const char *ca_file, char why[static GW_TLS_WHY_MAX])
{
    ERR_clear_error();
    if (SSL_CTX_load_verify_file(context, ca_file) != 1)
        return gw_tls_complain(why, "cannot read CA file", ca_file);
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
    return GW_OK;
}
