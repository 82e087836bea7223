/* SPDX-License-Identifier: MIT */
/* Who gets it: targets, and what can be done to all sockets of one. */
#ifndef GODWIT_SIO_TARGET_H
#define GODWIT_SIO_TARGET_H

#include <godwit/sio/handlers.h>
#include <godwit/sio/socket.h>

#ifdef __cplusplus
extern "C" {
#endif

struct gw_target_filter;

/* A value: every function below returns a new one and leaves its argument as it is. Good until
 * control returns to the loop. What went wrong while it was made is told by the call that uses
 * it. */
struct gw_target {
    gw_namespace *nsp;
    gw_socket *socket;                      /* the only one, or the one left out */
    const struct gw_target_filter *filters; /* rooms to reach and rooms to leave out */
    uint32_t flags;
};

/* This socket alone. */
GW_API struct gw_target gw_only(gw_socket *socket);
/* All connected sockets of the namespace. */
GW_API struct gw_target gw_everyone(gw_namespace *nsp);
/* All connected sockets of the socket's namespace but itself. */
GW_API struct gw_target gw_broadcast(gw_socket *socket);
/* Only members of the room. Several gw_to add up: members of any of them, each once. A socket's
 * id is a room too. Not on gw_only: its use returns GW_E_ARG. */
GW_API struct gw_target gw_to_slice(struct gw_target target, struct gw_slice room);
/* Nobody who is in that room. Several add up. */
GW_API struct gw_target gw_except_slice(struct gw_target target, struct gw_slice room);
/* May be dropped for those who cannot take it at once: a poll that is not waiting, output that
 * is still queued. */
GW_API struct gw_target gw_volatile(struct gw_target target);
/* false: not worth compressing (a picture, say), over WebSocket or HTTP. Compression is off unless
 * options.deflate is set, and the client's word counts too. */
GW_API struct gw_target gw_compress(struct gw_target target, bool is_wanted);
/* Only those who are connected to this server, of several. */
GW_API struct gw_target gw_local(struct gw_target target);

static inline struct gw_target gw_to(struct gw_target target, const char *room)
{
    return gw_to_slice(target, gw_slice_of(room));
}

/* The same as gw_to, for who likes the other word. */
static inline struct gw_target gw_in(struct gw_target target, const char *room)
{
    return gw_to_slice(target, gw_slice_of(room));
}

static inline struct gw_target gw_except(struct gw_target target, const char *room)
{
    return gw_except_slice(target, gw_slice_of(room));
}

/* Calls fn once for each connected socket of the target; fn may do anything. Sockets that are
 * disconnected meanwhile are passed over. Returns how many calls, or GW_E_ARG, GW_E_NOMEM. */
GW_API int gw_each(struct gw_target target, gw_on_socket_fn *fn, void *user);
/* How many connected sockets the target has; GW_E_ARG, GW_E_NOMEM. */
GW_API int gw_count(struct gw_target target);

/* ---- many sockets at once ---- */

/* One socket as it was when it was asked for. All is borrowed until the handler returns. */
struct gw_snapshot {
    const char *id; /* NUL-terminated */
    struct gw_handshake handshake;
    const struct gw_slice *rooms; /* that of its own id included */
    size_t room_count;
    struct gw_slice data; /* as gw_socket_data */
    gw_socket *socket;    /* NULL: it lives on another server */
};

/* err is 0; or GW_E_TIMEOUT: other servers owe their answer, and these are those that came. */
typedef void gw_on_fetch_fn(const struct gw_snapshot *snapshots, size_t count, int err, void *user);
/* Asks for all connected sockets of the target. fn is called exactly once if this returns 0, never
 * otherwise: before it returns where there are no other servers. GW_E_ARG (also for a parent
 * namespace), GW_E_NOMEM. */
GW_API int gw_fetch(struct gw_target target, gw_on_fetch_fn *fn, void *user);
/* A field of the handshake's request; ptr NULL: absent. */
GW_API struct gw_slice gw_snapshot_header(const struct gw_snapshot *snapshot, const char *name);

/* Each connected socket of the target, on other servers too, joins or leaves a room, or is
 * disconnected (as gw_socket_disconnect). They return how many it was here, or GW_E_ARG,
 * GW_E_NOMEM; a single socket's trouble, max_rooms say, is its own. */
GW_API int gw_sockets_join_slice(struct gw_target target, struct gw_slice room);
GW_API int gw_sockets_leave_slice(struct gw_target target, struct gw_slice room);
GW_API int gw_sockets_disconnect(struct gw_target target, enum gw_disconnect_flags flags);

static inline int gw_sockets_join(struct gw_target target, const char *room)
{
    return gw_sockets_join_slice(target, gw_slice_of(room));
}

static inline int gw_sockets_leave(struct gw_target target, const char *room)
{
    return gw_sockets_leave_slice(target, gw_slice_of(room));
}

#ifdef __cplusplus
}
#endif
#endif
