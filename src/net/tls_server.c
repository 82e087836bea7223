/* SPDX-License-Identifier: MIT */
#include "net/tls_server.h"

#include "base/mem.h"
#include "net/tls_context.h"
#include "net/tls_why.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>

enum {
    SESSION_S = 2 * 60 * 60,
    SESSIONS_MAX = 4096, /* of TLS 1.2 clients without tickets; each is about 1 KiB */
};

/* Each certificate has a context of its own; a handshake begins with the
 * first and may change to another. */
struct certificates {
    size_t count;
    SSL_CTX *contexts[];
};

struct gw_tls_server {
    struct certificates *certificates;
    struct gw_tls_options options; /* its texts are ours */
    struct gw_tls_certificate *files;
};

static void drop_certificates(struct certificates *certificates)
{
    if (!certificates)
        return;
    for (size_t i = 0; i < certificates->count; i++)
        SSL_CTX_free(certificates->contexts[i]);
    gw_mem_free(certificates);
}

/* ---- inside of a handshake ---- */

static SSL_CTX *find(const struct certificates *certificates, const char *name, unsigned int flags)
{
    for (size_t i = 0; i < certificates->count; i++) {
        X509 *certificate = SSL_CTX_get0_certificate(certificates->contexts[i]);

        if (X509_check_host(certificate, name, strlen(name), flags, NULL) == 1)
            return certificates->contexts[i];
    }
    return NULL;
}

/* RFC 6066 3. A name that nobody knows gets the first certificate: the client judges
 * better than we what to do then. */
static int on_server_name(SSL *ssl, int *alert, void *user)
{
    const struct certificates *certificates = ((const struct gw_tls_server *)user)->certificates;
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    SSL_CTX *context;

    (void)alert;
    if (!name)
        return SSL_TLSEXT_ERR_NOACK;
    if (certificates->count > 1) {
        context = find(certificates, name, X509_CHECK_FLAG_NO_WILDCARDS);
        if (!context)
            context = find(certificates, name, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        SSL_set_SSL_CTX(ssl, context ? context : certificates->contexts[0]);
    }
    return SSL_TLSEXT_ERR_OK;
}

/* A client that speaks other protocols only is refused (RFC 7301 3.2): it
 * would not understand an answer. */
static int on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                   const unsigned char *offer, unsigned int offer_len, void *user)
{
    static const unsigned char ours[] = "\x08http/1.1";
    unsigned char *chosen;

    (void)ssl;
    (void)user;
    if (SSL_select_next_proto(&chosen, out_len, ours, sizeof(ours) - 1, offer, offer_len) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

/* ---- contexts ---- */

static int set_verify(SSL_CTX *context, const struct gw_tls_options *options,
                      char why[static GW_TLS_WHY_MAX])
{
    int mode = SSL_VERIFY_PEER;
    STACK_OF(X509_NAME) * names;
    int err;

    if (options->verify == GW_TLS_VERIFY_NONE)
        return GW_OK;
    if (options->verify == GW_TLS_VERIFY_REQUIRED)
        mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    err = gw_tls_context_trust(context, options->ca_file, why);
    if (err < 0)
        return err;
    names = SSL_load_client_CA_file(options->ca_file);
    if (!names)
        return gw_tls_complain(why, "cannot read CA file", options->ca_file);
    SSL_CTX_set_client_CA_list(context, names);
    SSL_CTX_set_verify(context, mode, gw_tls_on_verify);
    return GW_OK;
}

static void set_sessions(SSL_CTX *context)
{
    static const unsigned char id[] = "godwit";

    SSL_CTX_set_session_id_context(context, id, sizeof(id) - 1);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_SERVER);
    SSL_CTX_sess_set_cache_size(context, SESSIONS_MAX);
    SSL_CTX_set_timeout(context, SESSION_S);
}

static int open_context(SSL_CTX **out, struct gw_tls_server *server,
                        const struct gw_tls_certificate *file, char why[static GW_TLS_WHY_MAX])
{
    const struct gw_tls_options *options = &server->options;
    SSL_CTX *context = gw_tls_context_create(true);
    int err;

    *out = context;
    if (!context) {
        ERR_clear_error();
        snprintf(why, GW_TLS_WHY_MAX, "out of memory");
        return GW_E_NOMEM;
    }
    if (options->min_version == GW_TLS_1_3)
        SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    set_sessions(context);
    SSL_CTX_set_tlsext_servername_callback(context, on_server_name);
    SSL_CTX_set_tlsext_servername_arg(context, server);
    SSL_CTX_set_alpn_select_cb(context, on_alpn, NULL);
    err = gw_tls_context_set_ciphers(context, options->ciphers, options->ciphersuites, why);
    if (err == GW_OK)
        err = set_verify(context, options, why);
    if (err == GW_OK)
        err = gw_tls_context_load(context, file->cert_file, file->key_file, why);
    return err;
}

int gw_tls_server_reload(struct gw_tls_server *server, char why[static GW_TLS_WHY_MAX])
{
    size_t count = server->options.certificate_count;
    struct certificates *fresh = gw_mem_zalloc(sizeof(*fresh) + count * sizeof(fresh->contexts[0]));

    if (!fresh) {
        snprintf(why, GW_TLS_WHY_MAX, "out of memory");
        return GW_E_NOMEM;
    }
    while (fresh->count < count) {
        size_t i = fresh->count++;
        int err = open_context(&fresh->contexts[i], server, &server->files[i], why);

        if (err < 0) {
            drop_certificates(fresh);
            return err;
        }
    }
    /* A connection holds the context that it uses. */
    drop_certificates(server->certificates);
    server->certificates = fresh;
    return GW_OK;
}

/* ---- the server's own copy of its options ---- */

static bool copy_text(const char **out, const char *text)
{
    size_t size = text ? strlen(text) + 1 : 0;
    char *copy = text ? gw_mem_alloc(size) : NULL;

    if (copy)
        memcpy(copy, text, size);
    *out = copy;
    return copy || !text;
}

static bool copy_options(struct gw_tls_server *server, const struct gw_tls_options *options)
{
    bool is_copied = true;

    server->options = *options;
    is_copied &= copy_text(&server->options.ca_file, options->ca_file);
    is_copied &= copy_text(&server->options.ciphers, options->ciphers);
    is_copied &= copy_text(&server->options.ciphersuites, options->ciphersuites);
    server->files = gw_mem_zalloc(options->certificate_count * sizeof(*server->files));
    server->options.certificates = server->files;
    for (size_t i = 0; server->files && i < options->certificate_count; i++) {
        is_copied &= copy_text(&server->files[i].cert_file, options->certificates[i].cert_file);
        is_copied &= copy_text(&server->files[i].key_file, options->certificates[i].key_file);
    }
    return is_copied && server->files;
}

static void free_text(const char *text)
{
    gw_mem_free((void *)(uintptr_t)text);
}

void gw_tls_server_destroy(struct gw_tls_server *server)
{
    if (!server)
        return;
    drop_certificates(server->certificates);
    for (size_t i = 0; server->files && i < server->options.certificate_count; i++) {
        free_text(server->files[i].cert_file);
        free_text(server->files[i].key_file);
    }
    gw_mem_free(server->files);
    free_text(server->options.ca_file);
    free_text(server->options.ciphers);
    free_text(server->options.ciphersuites);
    gw_mem_free(server);
}

static const char *problem_of(const struct gw_tls_options *options)
{
    if (options->certificate_count == 0)
        return "TLS needs a certificate";
    for (size_t i = 0; i < options->certificate_count; i++) {
        if (!options->certificates[i].cert_file)
            return "a certificate needs its file";
    }
    if (options->verify != GW_TLS_VERIFY_NONE && !options->ca_file)
        return "to verify clients takes a CA file";
    return NULL;
}

int gw_tls_server_create(struct gw_tls_server **out, const struct gw_tls_options *options,
                         char why[static GW_TLS_WHY_MAX])
{
    const char *problem = problem_of(options);
    struct gw_tls_server *server;
    int err = GW_E_NOMEM;

    *out = NULL;
    if (problem) {
        snprintf(why, GW_TLS_WHY_MAX, "%s", problem);
        return GW_E_ARG;
    }
    snprintf(why, GW_TLS_WHY_MAX, "out of memory");
    server = gw_mem_zalloc(sizeof(*server));
    if (!server)
        return err;
    if (copy_options(server, options))
        err = gw_tls_server_reload(server, why);
    if (err < 0) {
        gw_tls_server_destroy(server);
        return err;
    }
    *out = server;
    return GW_OK;
}

int gw_tls_server_start(struct gw_tls_server *server, struct gw_stream *stream,
                        gw_tls_ready_fn *on_ready)
{
    SSL *ssl = SSL_new(server->certificates->contexts[0]);

    if (!ssl) {
        ERR_clear_error();
        return GW_E_NOMEM;
    }
    SSL_set_accept_state(ssl);
    return gw_tls_start_take(stream, ssl, on_ready);
}
