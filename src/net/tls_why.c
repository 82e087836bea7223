/* SPDX-License-Identifier: MIT */
#include "net/tls_why.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>

enum { NAMES_MAX = 100, ADDRESS_MAX = INET6_ADDRSTRLEN };

/* ---- certificates ---- */

static void add_name(char *names, size_t size, struct gw_slice name)
{
    size_t len = strlen(names);
    size_t left = size - len;

    if (name.len + sizeof(", ...") + 2 > left)
        snprintf(names + len, left, "%s", strstr(names, "...") ? "" : len > 0 ? ", ..." : "...");
    else
        snprintf(names + len, left, "%s%.*s", len > 0 ? ", " : "", (int)name.len,
                 (const char *)name.ptr);
}

static void add_address(char *names, size_t size, const ASN1_OCTET_STRING *address)
{
    char text[ADDRESS_MAX];
    int family = ASN1_STRING_length(address) == 4 ? AF_INET : AF_INET6;

    if (ASN1_STRING_length(address) != 4 && ASN1_STRING_length(address) != 16)
        return;
    if (inet_ntop(family, ASN1_STRING_get0_data(address), text, sizeof(text)))
        add_name(names, size, gw_slice_of(text));
}

static void add_common_name(char *names, size_t size, const X509 *certificate)
{
    char text[NAMES_MAX / 2];
    int len = X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, text,
                                        sizeof(text));

    if (len > 0)
        add_name(names, size, gw_slice_of(text));
}

/* Whom a certificate is for: its alternative names, or its common name when there are none. */
static void list_names(char *names, size_t size, const X509 *certificate)
{
    GENERAL_NAMES *all = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);

    names[0] = '\0';
    for (int i = 0; i < sk_GENERAL_NAME_num(all); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(all, i);

        if (name->type == GEN_DNS)
            add_name(names, size,
                     (struct gw_slice){ASN1_STRING_get0_data(name->d.dNSName),
                                       (size_t)ASN1_STRING_length(name->d.dNSName)});
        else if (name->type == GEN_IPADD)
            add_address(names, size, name->d.iPAddress);
    }
    GENERAL_NAMES_free(all);
    if (names[0] == '\0')
        add_common_name(names, size, certificate);
    if (names[0] == '\0')
        snprintf(names, size, "nobody");
}

static void explain_name(X509_STORE_CTX *chain, char out[static GW_TLS_WHY_MAX])
{
    X509_VERIFY_PARAM *wanted = X509_STORE_CTX_get0_param(chain);
    const char *host = X509_VERIFY_PARAM_get0_host(wanted, 0);
    char *address = host ? NULL : X509_VERIFY_PARAM_get1_ip_asc(wanted);
    char names[NAMES_MAX];

    list_names(names, sizeof(names), X509_STORE_CTX_get0_cert(chain));
    snprintf(out, GW_TLS_WHY_MAX, "host name mismatch: certificate is for %s, not %.90s", names,
             host      ? host
             : address ? address
                       : "this host");
    OPENSSL_free(address);
}

static void explain_issuer(X509_STORE_CTX *chain, char out[static GW_TLS_WHY_MAX])
{
    char issuer[NAMES_MAX] = "";
    X509_NAME *name = X509_get_issuer_name(X509_STORE_CTX_get_current_cert(chain));

    if (X509_NAME_get_text_by_NID(name, NID_commonName, issuer, sizeof(issuer)) <= 0 &&
        X509_NAME_get_text_by_NID(name, NID_organizationName, issuer, sizeof(issuer)) <= 0)
        snprintf(issuer, sizeof(issuer), "without a name");
    snprintf(out, GW_TLS_WHY_MAX,
             "certificate is signed by an unknown authority (%s); use --cacert or --insecure",
             issuer);
}

static void explain_certificate(X509_STORE_CTX *chain, char out[static GW_TLS_WHY_MAX])
{
    int error = X509_STORE_CTX_get_error(chain);

    switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        snprintf(out, GW_TLS_WHY_MAX, "certificate has expired");
        break;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        snprintf(out, GW_TLS_WHY_MAX, "certificate is not yet valid");
        break;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        explain_name(chain, out);
        break;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        snprintf(out, GW_TLS_WHY_MAX, "self-signed certificate; use --cacert or --insecure");
        break;
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        explain_issuer(chain, out);
        break;
    default:
        snprintf(out, GW_TLS_WHY_MAX, "certificate is not good: %s",
                 X509_verify_cert_error_string(error));
    }
}

/* A server says the same of its client, who has no such options. */
static void explain_client(X509_STORE_CTX *chain, char out[static GW_TLS_WHY_MAX])
{
    snprintf(out, GW_TLS_WHY_MAX, "client certificate is not good: %s",
             X509_verify_cert_error_string(X509_STORE_CTX_get_error(chain)));
}

int gw_tls_on_verify(int is_good, X509_STORE_CTX *chain)
{
    SSL *ssl = X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx());
    char text[GW_TLS_WHY_MAX];

    if (is_good)
        return is_good;
    if (SSL_is_server(ssl))
        explain_client(chain, text);
    else
        explain_certificate(chain, text);
    gw_tls_set_why(ssl, text);
    return is_good;
}

/* ---- the protocol ---- */

struct meaning {
    int reason;
    const char *at_client, *at_server;
};

static const struct meaning meanings[] = {
    {SSL_R_WRONG_VERSION_NUMBER, "the server does not speak TLS on this port",
     "the client does not speak TLS"},
    {SSL_R_UNSUPPORTED_PROTOCOL, "the server speaks only TLS versions that are too old",
     "the client speaks only TLS versions that are too old"},
    {SSL_R_VERSION_TOO_LOW, "the server speaks only TLS versions that are too old",
     "the client speaks only TLS versions that are too old"},
    {SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, "the server speaks none of our TLS versions",
     "the client speaks none of our TLS versions"},
    {SSL_R_NO_SHARED_CIPHER, NULL, "the client speaks none of our ciphers"},
    {SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE,
     "the server refused the handshake: no cipher in common, or it wants a client certificate",
     "the client refused the handshake"},
    {SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED, "the server wants a client certificate", NULL},
    {SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE, NULL, "the client has shown no certificate"},
    {SSL_R_TLSV1_ALERT_UNKNOWN_CA, "the server does not trust our certificate",
     "the client does not trust our certificate"},
    {SSL_R_SSLV3_ALERT_BAD_CERTIFICATE, "the server does not accept our certificate",
     "the client does not accept our certificate"},
    {SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN, "the server does not accept our certificate",
     "the client does not accept our certificate"},
    {SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED, "the server says that our certificate has expired",
     "the client says that our certificate has expired"},
    {SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL, "the server does not speak HTTP/1.1", NULL},
    {SSL_R_NO_APPLICATION_PROTOCOL, NULL, "the client does not speak HTTP/1.1"},
    {SSL_R_TLSV1_UNRECOGNIZED_NAME, "the server knows no such host name", NULL},
};

static const char *meaning_of(int reason, bool is_server)
{
    for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
        if (meanings[i].reason == reason)
            return is_server ? meanings[i].at_server : meanings[i].at_client;
    }
    return NULL;
}

void gw_tls_explain(const struct ssl_st *ssl, char out[static GW_TLS_WHY_MAX])
{
    unsigned long error = ERR_peek_error();
    const char *meaning = meaning_of(ERR_GET_REASON(error), SSL_is_server(ssl));
    const char *reason = error != 0 ? ERR_reason_error_string(error) : NULL;

    if (meaning)
        snprintf(out, GW_TLS_WHY_MAX, "%s", meaning);
    else
        snprintf(out, GW_TLS_WHY_MAX, "TLS failed: %s", reason ? reason : "no reason is known");
}

/* ---- files ---- */

/* What OpenSSL has no word for, or one that leads astray. */
static const char *file_reason(unsigned long error)
{
    switch (ERR_GET_REASON(error)) {
    case PEM_R_NO_START_LINE:
    case ERR_R_UNSUPPORTED: /* a file for which no decoder has a word */
        return "there is none in it, in PEM";
    case ERR_R_INTERRUPTED_OR_CANCELLED: /* by us, who know no password */
        return "it is encrypted";
    default:
        return ERR_reason_error_string(error);
    }
}

/* Of the errors of one call the first is the deepest and says most, but for files it
 * is the system's that counts. */
int gw_tls_complain(char out[static GW_TLS_WHY_MAX], const char *what, const char *about)
{
    const char *reason = NULL;
    unsigned long error;
    int err = GW_E_ARG;

    while ((error = ERR_get_error()) != 0) {
        if (ERR_SYSTEM_ERROR(error)) {
            reason = strerror(ERR_GET_REASON(error));
            err = GW_E_SYSTEM;
        } else if (ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE) {
            err = GW_E_NOMEM;
        }
        if (!reason)
            reason = file_reason(error);
    }
    snprintf(out, GW_TLS_WHY_MAX, "%s%s%.120s: %s", what, *about ? " " : "", about,
             reason ? reason : "it is not what it should be");
    return err;
}
