/* SPDX-License-Identifier: MIT */
#include "net/tls_client.h"

#include "base/mem.h"
#include "net/tls_context.h"
#include "net/tls_why.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>

enum {
    NAME_MAX_LEN = 253, /* of a host (RFC 1035 3.1) */
    ALPN_BYTES_MAX = 256,
};

struct gw_tls_client_context {
    SSL_CTX *ssl_context;
    SSL_SESSION *session; /* of the last connection that can be resumed; NULL: none */
    char session_host[NAME_MAX_LEN + 1];
};

/* What the user asked for, without brackets or a final dot. */
struct host {
    char text[NAME_MAX_LEN + 1];
    bool is_address;
};

/* ---- sessions ---- */

static void forget_session(struct gw_tls_client_context *context)
{
    SSL_SESSION_free(context->session);
    context->session = NULL;
}

/* Also long after the handshake, when a ticket comes. */
static int on_new_session(SSL *ssl, SSL_SESSION *session)
{
    struct gw_tls_client_context *context = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    const char *host = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

    if (!context || !host || strlen(host) > NAME_MAX_LEN)
        return 0; /* not kept */
    forget_session(context);
    context->session = session;
    snprintf(context->session_host, sizeof(context->session_host), "%s", host);
    return 1;
}

/* A ticket of TLS 1.3 is used once, lest somebody who watches can tell that two connections are of
 * one client (RFC 8446 C.4). */
static void resume_session(struct gw_tls_client_context *context, SSL *ssl, const char *host)
{
    if (!context->session || strcmp(context->session_host, host) != 0)
        return;
    SSL_set_session(ssl, context->session);
    if (SSL_SESSION_get_protocol_version(context->session) >= TLS1_3_VERSION)
        forget_session(context);
}

/* ---- the context ---- */

/* "a,b" as RFC 7301 3.1 writes it: each name behind its length. */
static bool set_alpn(SSL_CTX *context, const char *names)
{
    unsigned char wire[ALPN_BYTES_MAX];
    size_t len = 0;

    while (*names) {
        size_t name_len = strcspn(names, ",");

        if (name_len == 0 || name_len > UINT8_MAX || name_len + 1 > sizeof(wire) - len)
            return false;
        wire[len] = (unsigned char)name_len;
        memcpy(wire + len + 1, names, name_len);
        len += 1 + name_len;
        names += name_len + (names[name_len] == ',');
    }
    return SSL_CTX_set_alpn_protos(context, wire, (unsigned int)len) == 0;
}

static int set_trust(SSL_CTX *context, const struct gw_tls_client_options *options,
                     char why[static GW_TLS_WHY_MAX])
{
    if (options->is_insecure) {
        SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
        return GW_OK;
    }
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, gw_tls_on_verify);
    if (options->ca_file)
        return gw_tls_context_trust(context, options->ca_file, why);
    ERR_clear_error();
    if (SSL_CTX_set_default_verify_paths(context) != 1)
        return gw_tls_complain(why, "cannot read the system's certificates", "");
    return GW_OK;
}

static int set_up(struct gw_tls_client_context *context,
                  const struct gw_tls_client_options *options, char why[static GW_TLS_WHY_MAX])
{
    SSL_CTX *ssl_context = context->ssl_context;
    int err = gw_tls_context_set_ciphers(ssl_context, options->ciphers, NULL, why);

    if (err == GW_OK)
        err = set_trust(ssl_context, options, why);
    if (err == GW_OK && options->cert_file)
        err = gw_tls_context_load(ssl_context, options->cert_file, options->key_file, why);
    if (err == GW_OK && !set_alpn(ssl_context, options->alpn ? options->alpn : "http/1.1")) {
        snprintf(why, GW_TLS_WHY_MAX, "cannot use the ALPN names %.100s", options->alpn);
        err = GW_E_ARG;
    }
    SSL_CTX_set_session_cache_mode(ssl_context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(ssl_context, on_new_session);
    SSL_CTX_set_app_data(ssl_context, context);
    return err;
}

struct gw_tls_client_context *
gw_tls_client_context_create(const struct gw_tls_client_options *options,
                             char why[static GW_TLS_WHY_MAX])
{
    struct gw_tls_client_context *context = gw_mem_zalloc(sizeof(*context));

    snprintf(why, GW_TLS_WHY_MAX, "out of memory");
    if (!context)
        return NULL;
    context->ssl_context = gw_tls_context_create(false);
    if (context->ssl_context && set_up(context, options, why) == GW_OK)
        return context;
    ERR_clear_error();
    gw_tls_client_context_destroy(context);
    return NULL;
}

void gw_tls_client_context_destroy(struct gw_tls_client_context *context)
{
    if (!context)
        return;
    if (context->ssl_context)
        SSL_CTX_set_app_data(context->ssl_context, NULL); /* for connections that live on */
    forget_session(context);
    SSL_CTX_free(context->ssl_context);
    gw_mem_free(context);
}

/* ---- the handshake ---- */

static bool read_host(struct host *host, const char *text)
{
    struct in6_addr address;
    size_t len = strlen(text);

    if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
        text++;
        len -= 2;
    } else if (len > 1 && text[len - 1] == '.') {
        len--;
    }
    if (len == 0 || len > NAME_MAX_LEN)
        return false;
    memcpy(host->text, text, len);
    host->text[len] = '\0';
    host->is_address = inet_pton(AF_INET, host->text, &address) == 1 ||
                       inet_pton(AF_INET6, host->text, &address) == 1;
    return true;
}

static bool expect(SSL *ssl, const struct host *host)
{
    X509_VERIFY_PARAM *wanted = SSL_get0_param(ssl);

    if (host->is_address)
        return X509_VERIFY_PARAM_set1_ip_asc(wanted, host->text) == 1;
    X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return X509_VERIFY_PARAM_set1_host(wanted, host->text, 0) == 1 &&
           SSL_set_tlsext_host_name(ssl, host->text) == 1;
}

int gw_tls_client_start(struct gw_stream *stream, struct gw_tls_client_context *context,
                        const char *host_text, gw_tls_ready_fn *on_ready)
{
    struct host host;
    SSL *ssl;

    if (!read_host(&host, host_text))
        return GW_E_ARG;
    ssl = SSL_new(context->ssl_context);
    if (!ssl || !expect(ssl, &host)) {
        ERR_clear_error();
        SSL_free(ssl);
        return GW_E_NOMEM;
    }
    SSL_set_connect_state(ssl);
    resume_session(context, ssl, host.text);
    return gw_tls_start_take(stream, ssl, on_ready);
}
