/* SPDX-License-Identifier: MIT */
/* Between one Engine.IO session and its sockets: decodes packets, puts attachments together, and
 * knows which namespaces are joined. Every odd input ends here. */
#ifndef GW_SIO_LINK_H
#define GW_SIO_LINK_H

#include "base/list.h"
#include "base/rate.h"
#include "eio/session.h"
#include "sio/auth.h"
#include "sio/binary.h"
#include "sio/handshake.h"

#include <godwit/sio.h>

/* Its handshake stands behind it, in the same block. */
struct gw_sio_link {
    /* private */
    struct gw_list node;    /* gw_io.links, later gw_io.dead_links */
    struct gw_list joining; /* gw_io.joining until a first namespace is joined */
    uint64_t joining_deadline_ms;
    struct gw_rate event_rate;
    gw_io *io;
    struct gw_eio_session *session; /* NULL once it has closed */
    gw_socket *sockets;             /* by gw_socket.next_in_link: connected, joining, leaving */
    struct gw_sio_binary *binary;   /* a packet that waits for attachments; NULL: none */
    const char *detail;             /* the rule that the client broke, when that is why we close */
    uint32_t socket_count;          /* length of the list, and CONNECTs that wait for a predicate */
    uint32_t pins; /* who may still ask for it after the end: sockets that wait for their
                              middleware, CONNECTs for their predicate */
};

/* What the session calls; user is the link. */
extern const struct gw_eio_session_handlers gw_sio_link_handlers;
/* The same for a link whose events are timed (gw_io.sampler): nobody else pays for that. */
extern const struct gw_eio_session_handlers gw_sio_link_timed_handlers;
/* The same for an io with a parser. */
extern const struct gw_eio_session_handlers gw_sio_link_parser_handlers;

/* The caller sets session, and puts it into the io's lists. NULL when memory has run out. */
struct gw_sio_link *gw_sio_link_create(gw_io *io, const struct gw_sio_request *request);
static inline const struct gw_sio_handshake *gw_sio_link_handshake(const struct gw_sio_link *link)
{
    return (const void *)(link + 1);
}
/* Takes and gives packets: one that closes may still wait for a poll to say so. */
static inline bool gw_sio_link_is_open(const struct gw_sio_link *link)
{
    return link->session && link->session->state == GW_EIO_SESSION_OPEN;
}
/* Only from gw_io_reap, gw_io_destroy, and for one that was never opened. */
void gw_sio_link_free(struct gw_sio_link *link);

void gw_sio_link_push(struct gw_sio_link *link, gw_socket *socket);
void gw_sio_link_remove(struct gw_sio_link *link, gw_socket *socket);
/* A namespace has been joined, or never will be: the time to do so counts no more. */
void gw_sio_link_joined(struct gw_sio_link *link);

/* A socket that may outlive the session begins to need, or needs no more, the handshake. */
void gw_sio_link_pin(struct gw_sio_link *link);
void gw_sio_link_unpin(struct gw_sio_link *link);

/* Its CONNECT to that namespace is good: makes the socket and runs the middlewares. Harmless once
 * the session closes. */
void gw_sio_link_connect(struct gw_sio_link *link, gw_namespace *nsp,
                         const struct gw_sio_auth *auth);
/* Whether one namespace more may be joined; tells of the limit if not. */
bool gw_sio_link_has_room(struct gw_sio_link *link);
/* data is the JSON object of a CONNECT_ERROR. */
void gw_sio_link_refuse_connect(struct gw_sio_link *link, struct gw_slice nsp,
                                struct gw_slice data);

/* What will have been the cause of the end that follows; the first word counts. */
void gw_sio_link_blame(struct gw_sio_link *link, enum gw_cause cause);
/* The client's bytes are no packet: gw_on_error for all sockets, then an orderly close ("forced
 * close"). */
void gw_sio_link_fail(struct gw_sio_link *link, const char *why);
/* An orderly close because of the machine or of time; sockets are told when the session has
 * closed. */
void gw_sio_link_close(struct gw_sio_link *link, const char *detail);
void gw_sio_link_out_of_memory(struct gw_sio_link *link);
/* DISCONNECT to every socket, then an orderly close. */
void gw_sio_link_disconnect(struct gw_sio_link *link);

#endif
