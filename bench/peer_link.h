/* SPDX-License-Identifier: MIT */
/* How the bytes of a peer travel: as they are, or over TLS (any certificate is believed). */
#ifndef BENCH_PEER_LINK_H
#define BENCH_PEER_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct ssl_st;

/* NULL when is_secure is false. Takes its time: the handshake is done when it returns. False: it failed. */
bool peer_link_open(struct ssl_st **ssl, int fd, bool is_secure);
/* As send and recv; recv takes all that is there. */
ssize_t peer_link_send(struct ssl_st *ssl, int fd, const void *bytes, size_t len);
ssize_t peer_link_recv(struct ssl_st *ssl, int fd, void *bytes, size_t size);
void peer_link_close(struct ssl_st *ssl);

#endif
