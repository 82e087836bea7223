/* SPDX-License-Identifier: MIT */
/* What a server that speaks TLS 1.2 and 1.3 shows and asks for: https:// and wss://. */
#ifndef GODWIT_TLS_H
#define GODWIT_TLS_H

#include <godwit/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Both are PEM files. */
struct gw_tls_certificate {
    const char *cert_file; /* the certificate first, then the chain up to the authority */
    const char *key_file;  /* its private key, not encrypted; NULL: cert_file holds it too */
};

/* What is asked of clients. */
enum gw_tls_verify {
    GW_TLS_VERIFY_NONE,     /* nothing */
    GW_TLS_VERIFY_OPTIONAL, /* a certificate, and one that is shown must be good */
    GW_TLS_VERIFY_REQUIRED, /* a good certificate */
};

enum gw_tls_version { GW_TLS_1_2, GW_TLS_1_3 };

/* Zero or NULL means what the comment names; only the first certificate must be there. Never there
 * are: compression, renegotiation, 0-RTT, anything older than TLS 1.2.
 *
 * A client that names a host (SNI) gets the certificate for exactly that name, else one with a
 * wildcard that fits, else the first. ALPN chooses http/1.1.
 *
 * Clients resume their sessions with tickets (two hours), or with ids in TLS 1.2. Tickets are
 * sealed with a key made at random at the start and anew by each reload, so a daily reload keeps
 * recorded TLS 1.2 traffic safe from a key that is stolen later; TLS 1.3 always exchanges new keys
 * besides. */
struct gw_tls_options {
    const struct gw_tls_certificate *certificates;
    size_t certificate_count;
    enum gw_tls_verify verify;
    const char *ca_file; /* PEM: the authorities for client certificates; needed with verify */
    enum gw_tls_version min_version; /* GW_TLS_1_2 */
    const char *ciphers;      /* of TLS 1.2, as `openssl ciphers` takes them; those with ECDHE and
                                 AEAD (AES-GCM, ChaCha20-Poly1305) */
    const char *ciphersuites; /* of TLS 1.3; all three: AES-128-GCM, AES-256-GCM, ChaCha20 */
    uint64_t handshake_timeout_ms; /* from accept to the end of the handshake; 10,000 */
};

#ifdef __cplusplus
}
#endif
#endif
