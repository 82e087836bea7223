/* SPDX-License-Identifier: MIT */
/* The limits of an application's and its clients' use: what is refused is counted, and told to
 * whoever owns the log. */
#ifndef GW_SIO_LIMITS_H
#define GW_SIO_LIMITS_H

#include <godwit/sio.h>

/* name, the option that sets it, whose doing it is when it is reached, what to do about it */
#define GW_SIO_LIMIT_LIST(X)                                                                       \
    X(JOINING_SESSIONS, "max_joining_sessions", CLIENT, "raise it if so many come at once")        \
    X(NAMESPACES, "max_namespaces", CLIENT, "raise it if clients need that many")                  \
    X(NAMESPACE_BYTES, "max_namespace_bytes", CLIENT, "raise it if names are that long")           \
    X(CHILD_NAMESPACES, "max_child_namespaces", SERVER,                                            \
      "set cleanup_empty_child_namespaces, or raise it")                                           \
    X(ROOMS, "max_rooms", SERVER, "leave rooms that are done with, or raise it")                   \
    X(ROOM_BYTES, "max_room_bytes", SERVER, "use shorter names, or raise it")                      \
    X(PENDING_ACKS, "max_pending_acks", SERVER, "ask with a timeout, answer sooner, or raise it")  \
    X(EVENTS_PER_SECOND, "max_events_per_second", CLIENT, "raise it if clients need that many")    \
    X(ATTACHMENTS, "max_attachments", CLIENT, "raise it as far as the parser goes")                \
    X(PACKET_BYTES, "max_packet_bytes", CLIENT, "raise it if packets are that long")               \
    X(KEPT_BYTES, "recovery.max_kept_bytes", SERVER, "raise it, or send less")                     \
    X(KEPT_PACKETS, "recovery.max_kept_packets", SERVER, "raise it, or send less")                 \
    X(AWAY, "recovery.max_away", SERVER, "raise it")                                               \
    X(SOCKET_BYTES, "recovery.max_socket_bytes", SERVER, "keep less in data and rooms, or raise it")

enum gw_sio_limit {
#define GW_SIO_LIMIT_ENUM(name, option, side, advice) GW_SIO_LIMIT_##name,
    GW_SIO_LIMIT_LIST(GW_SIO_LIMIT_ENUM)
#undef GW_SIO_LIMIT_ENUM
        GW_SIO_LIMITS
};

/* What has been refused. */
struct gw_sio_limit_hit {
    enum gw_sio_limit limit;
    uint64_t value, max;     /* what there would have been, and what may be */
    const gw_namespace *nsp; /* NULL: of no namespace */
    const gw_socket *socket; /* NULL: of no socket */
};

/* Counts it and tells env.on_limit. Often in a callback's way out: no handler of the application's
 * runs. */
void gw_sio_limit_reached(gw_io *io, const struct gw_sio_limit_hit *hit);

/* "max_rooms". Static strings. */
const char *gw_sio_limit_option(enum gw_sio_limit limit);
const char *gw_sio_limit_advice(enum gw_sio_limit limit);
/* GW_SIDE_CLIENT: a client alone has brought it about; GW_SIDE_SERVER: the application has a hand
 * in it. */
enum gw_cause_side gw_sio_limit_side(enum gw_sio_limit limit);

#endif
