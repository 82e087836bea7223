/* SPDX-License-Identifier: MIT */
/* Certificates made while the test runs: an authority, what it signs, and what is wrong with it. Files go to a folder of
 * their own, which certs_end removes. */
#ifndef TESTS_SUPPORT_CERTS_H
#define TESTS_SUPPORT_CERTS_H

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CERTS_FILES_MAX = 256, DAY_S = 24 * 60 * 60 };

struct certs {
    char folder[64];
    char *files[CERTS_FILES_MAX];
    size_t file_count;
    int serial;
};

struct cert {
    X509 *certificate;
    EVP_PKEY *key;
    const char *cert_file, *key_file; /* as long as the certs */
};

/* What is asked for; zero is an honest leaf. */
struct cert_wish {
    const char *name;          /* common name; NULL: "godwit test" */
    const char *names;         /* "DNS:a.example,IP:127.0.0.1"; NULL: no alternative names */
    int from_day, to_day;      /* validity, from now; both 0: from yesterday to tomorrow */
    const struct cert *issuer; /* NULL: signs itself */
    bool is_authority;
    bool is_rsa; /* else P-256 */
};

static inline void certs_begin(struct certs *certs)
{
    *certs = (struct certs){.folder = "/tmp/godwit-certs-XXXXXX"};
    if (!mkdtemp(certs->folder))
        abort();
}

static inline void certs_end(struct certs *certs)
{
    for (size_t i = 0; i < certs->file_count; i++) {
        unlink(certs->files[i]);
        free(certs->files[i]);
    }
    rmdir(certs->folder);
}

static inline const char *certs_path(struct certs *certs, const char *name)
{
    char *path;

    if (certs->file_count == CERTS_FILES_MAX || asprintf(&path, "%s/%s", certs->folder, name) < 0)
        abort();
    certs->files[certs->file_count++] = path;
    return path;
}

/* A file with some text. */
static inline const char *certs_write(struct certs *certs, const char *name, const char *text)
{
    const char *path = certs_path(certs, name);
    FILE *file = fopen(path, "w");

    if (!file)
        abort();
    fputs(text, file);
    fclose(file);
    return path;
}

static inline void certs_extend(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509_EXTENSION *extension;

    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    if (!extension)
        abort();
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

/* Over what lies in the same files, when there is something: as a renewal does it. */
static inline void cert_save(const struct cert *cert)
{
    FILE *file = fopen(cert->cert_file, "w");

    if (!file)
        abort();
    PEM_write_X509(file, cert->certificate);
    fclose(file);
    file = fopen(cert->key_file, "w");
    if (!file)
        abort();
    PEM_write_PrivateKey(file, cert->key, NULL, NULL, 0, NULL, NULL);
    fclose(file);
}

/* file names the two files: file.crt and file.key. */
static inline struct cert cert_make(struct certs *certs, const char *file, struct cert_wish wish)
{
    struct cert cert = {.certificate = X509_new(),
                        .key = wish.is_rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256")};
    X509 *certificate = cert.certificate;
    X509 *issuer = wish.issuer ? wish.issuer->certificate : certificate;
    X509_NAME *name = X509_get_subject_name(certificate);
    const char *common_name = wish.name ? wish.name : "godwit test";
    char path[64];

    if (wish.from_day == 0 && wish.to_day == 0) {
        wish.from_day = -1;
        wish.to_day = 1;
    }
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++certs->serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), (long)wish.from_day * DAY_S);
    X509_gmtime_adj(X509_getm_notAfter(certificate), (long)wish.to_day * DAY_S);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)common_name, -1,
                               -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
    X509_set_pubkey(certificate, cert.key);
    certs_extend(certificate, issuer, NID_basic_constraints,
                 wish.is_authority ? "critical,CA:TRUE" : "CA:FALSE");
    certs_extend(certificate, issuer, NID_subject_key_identifier, "hash");
    if (wish.names)
        certs_extend(certificate, issuer, NID_subject_alt_name, wish.names);
    if (X509_sign(certificate, wish.issuer ? wish.issuer->key : cert.key, EVP_sha256()) <= 0)
        abort();
    snprintf(path, sizeof(path), "%.50s.crt", file);
    cert.cert_file = certs_path(certs, path);
    snprintf(path, sizeof(path), "%.50s.key", file);
    cert.key_file = certs_path(certs, path);
    cert_save(&cert);
    return cert;
}

static inline void cert_free(struct cert *cert)
{
    X509_free(cert->certificate);
    EVP_PKEY_free(cert->key);
}

#endif
