/* SPDX-License-Identifier: MIT */
/* What session.c and session_upgrade.c, the two halves of one object, have of each other; nobody
 * else includes it. */
#ifndef GW_EIO_SESSION_PARTS_H
#define GW_EIO_SESSION_PARTS_H

#include "eio/session.h"

/* ---- session.c ---- */

/* The deadline may be another now: the hook on_deadline hears of it. */
void gw_eio_session_tell_deadline(struct gw_eio_session *session);
/* Closes the session at the end of the turn. */
void gw_eio_session_fail_later(struct gw_eio_session *session, int err);
/* It leaves one transport for another; NULL: for good. */
void gw_eio_session_count_switch(const struct gw_eio_session *session,
                                 const struct gw_eio_transport *from,
                                 const struct gw_eio_transport *to);
void gw_eio_session_let_go(struct gw_eio_transport *transport, enum gw_eio_close_how how,
                           struct gw_eio_queue *queue);
/* One packet of our own on a stream. 0 or GW_E_LIMIT. */
int gw_eio_session_put_text(struct gw_eio_transport *stream, struct gw_slice text);
/* The one way to the end; no effect on a closed session. */
void gw_eio_session_finish(struct gw_eio_session *session, enum gw_eio_close_how how,
                           enum gw_eio_reason reason, const char *detail);

/* ---- session_upgrade.c ---- */

/* The candidate has gone; the deadline is told by the caller. */
void gw_eio_session_forget_candidate(struct gw_eio_session *session);
/* Lets the candidate go, when there is one; the deadline is told by the caller. */
void gw_eio_session_drop_candidate(struct gw_eio_session *session);
/* The same, and the deadline is told: the session goes on as it is. */
void gw_eio_session_abandon_upgrade(struct gw_eio_session *session);
void gw_eio_session_receive_on_candidate(struct gw_eio_session *session,
                                         const struct gw_eio_packet *packet, uint64_t now_ms);
void gw_eio_session_tick_upgrade(struct gw_eio_session *session, uint64_t now_ms);

#endif
