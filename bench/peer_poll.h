/* SPDX-License-Identifier: MIT */
/* Socket.IO over HTTP long-polling, one request after the other on one connection: what a peer of kind PEER_POLLING says. */
#ifndef BENCH_PEER_POLL_H
#define BENCH_PEER_POLL_H

#include "peer.h"

/* TCP is there: asks for a session. NULL, or what went wrong; so the others. */
const char *peer_poll_begin(struct peer *peer, const struct peer_script *script);
/* Takes bytes of an answer. The peer is ready once its namespace is joined; no GET waits then. */
const char *peer_poll_take(struct peer *peer, const struct peer_script *script, const char *bytes,
                           size_t len);
/* Posts the one message of the script, then waits for the answer and from there on for ever, with a GET. */
const char *peer_poll_send(struct peer *peer, const struct peer_script *script);
void peer_poll_close(struct peer *peer);

#endif
