/* SPDX-License-Identifier: MIT */
/* Connection state recovery: a client that was cut off and comes back within a time finds its
 * socket again, with its id, rooms and data, and gets what was emitted to it meanwhile, in order,
 * before it is told that it is connected.
 *
 *     new Server({connectionStateRecovery: {}})   options.recovery = &(struct gw_io_recovery){0}
 *     socket.recovered                            gw_socket_is_recovered(socket)
 *
 * On the wire it is the genuine server's: CONNECT answers with a second, secret id, and each event
 * has one argument more, its number as a string, by which the client says later where it stopped.
 * Events that are volatile or ask for an answer have none and are not kept. It works without a
 * number too: a client that has received nothing yet gets all since it joined. Where it differs,
 * it differs by recovering more often:
 *   - A client that was idle for long recovers as well as any other: what is dropped for its age
 *     has been answered for by a heartbeat.
 *   - One that comes back before its old connection was found dead takes its place.
 * A disconnect by either side's will, or what is no Engine.IO packet, ends it for good.
 *
 * To the program it is a new gw_socket with the old id, rooms and data: on_connection runs,
 * handlers of its own are gone and gw_socket_user() is NULL. gw_use functions have not run
 * (runs_middlewares), so what every handler relies on is made in on_connection. */
#ifndef GODWIT_RECOVERY_H
#define GODWIT_RECOVERY_H

#include <godwit/sio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Zero anywhere means the default. */
struct gw_io_recovery {
    uint64_t max_disconnection_duration_ms; /* how long one may be away; 120,000 */
    bool runs_middlewares;     /* "skipMiddlewares: false": also for those who recover */
    uint64_t max_kept_bytes;   /* of packets, in each namespace; 8 MiB. The oldest go first */
    uint32_t max_kept_packets; /* in each namespace; 65,536 */
    uint32_t max_away;         /* clients that may come back, at once; 100,000 */
    uint32_t max_socket_bytes; /* rooms and data of one, else it is not kept; 16,384 */
    /* Who missed packets that a cap has pushed out recovers nevertheless, and
     * gw_socket_recovery_gap tells. Otherwise it joins anew, as it would with the genuine server:
     * then the client knows that it must ask for everything. */
    bool recovers_over_gaps;
};

enum gw_recovery {
    GW_RECOVERY_OFF,     /* the server does not recover */
    GW_RECOVERY_NEW,     /* the client has not asked */
    GW_RECOVERY_DONE,    /* the socket is the one that it had */
    GW_RECOVERY_UNKNOWN, /* it asked for what is not there (any more): too late, or over for good */
    GW_RECOVERY_BAD_OFFSET, /* the number it sent is none that was given out, or no string: an
                               event's own last argument, perhaps */
    GW_RECOVERY_GAP,        /* packets that it missed have been pushed out by a cap */
};

/* What became of the client's wish to recover. */
GW_API enum gw_recovery gw_socket_recovery(const gw_socket *socket);
/* GW_RECOVERY_DONE. */
GW_API bool gw_socket_is_recovered(const gw_socket *socket);
/* How many packets of the namespace a cap has pushed out since the client stopped receiving; at
 * most that many were for it and are lost. 0: it has missed nothing. */
GW_API uint64_t gw_socket_recovery_gap(const gw_socket *socket);

/* What is kept at this moment. */
struct gw_recovery_stats {
    size_t packets, packet_bytes; /* bytes are shared with what still waits to be sent */
    size_t away;                  /* clients that may come back */
    uint64_t recovered, failed;   /* since the start */
};

/* All zeros when the server does not recover. */
GW_API struct gw_recovery_stats gw_io_recovery_stats(const gw_io *io);

#ifdef __cplusplus
}
#endif
#endif
