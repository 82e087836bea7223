/* SPDX-License-Identifier: MIT */
/* The client's end of TLS (RFC 8446, RFC 5246; names by RFC 9525): what it trusts and shows, and
 * the handshake on a stream that is connected already, directly or through a proxy. */
#ifndef GW_NET_TLS_CLIENT_H
#define GW_NET_TLS_CLIENT_H

#include "net/tls.h"

/* One for many connections: reading the certificates of the system takes milliseconds. It remembers
 * the last session, so that the next connection to the same host resumes it. One loop's. */
struct gw_tls_client_context;

/* Borrowed for the call. Zero or NULL anywhere means what the comment names. */
struct gw_tls_client_options {
    const char *ca_file;   /* PEM; trusted instead of the system's authorities */
    const char *cert_file; /* PEM, the client's own certificate and chain; none */
    const char *key_file;  /* its private key; cert_file holds it too */
    const char *alpn;      /* what the server may choose, best first: "h2,http/1.1"; "http/1.1" */
    const char *ciphers;   /* of TLS 1.2, in OpenSSL's words; those with ECDHE and AEAD */
    bool is_insecure;      /* believes every certificate, whoever it is for */
};

/* NULL: why[] says what is wrong ("cannot read CA file ca.pem: No such file or directory"). */
struct gw_tls_client_context *
gw_tls_client_context_create(const struct gw_tls_client_options *options,
                             char why[static GW_TLS_WHY_MAX]);
/* Connections that still use it go on. NULL is fine. */
void gw_tls_client_context_destroy(struct gw_tls_client_context *context);

/* Starts the handshake on an open stream that nothing but a proxy's words has passed, and makes it
 * a TLS stream: from now on its handlers see decrypted bytes, and what is written waits until the
 * handshake is done. host is what the user asked for, a name or a numeric address ("::1" or
 * "[::1]"): it goes out as SNI (a name only) and the certificate must be for it.
 *
 * on_ready runs once, when the server is trusted and output flows; NULL: nobody asks. Everything
 * that goes wrong, the peer's early end included, comes as the stream's on_error (errno EPROTO for
 * TLS itself), and gw_tls_why(stream) then says it in words:
 *
 *     certificate has expired
 *     certificate is not yet valid
 *     host name mismatch: certificate is for a.example, not b.example
 *     self-signed certificate; use --cacert or --insecure
 *     certificate is signed by an unknown authority (Some CA); use --cacert or --insecure
 *     the server does not speak TLS on this port
 *     the server wants a client certificate
 *     the server closed the connection during the TLS handshake
 *
 * There is no deadline here: the owner sets one. In TLS 1.3 a server judges the
 * client's certificate after on_ready, so its refusal comes later. The context may be
 * destroyed meanwhile. 0, or GW_E_NOMEM, GW_E_ARG (host is no name); then the stream is
 * as it was, for the caller to close. */
int gw_tls_client_start(struct gw_stream *stream, struct gw_tls_client_context *context,
                        const char *host, gw_tls_ready_fn *on_ready);

#endif
