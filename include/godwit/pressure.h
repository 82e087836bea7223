/* SPDX-License-Identifier: MIT */
/* Backpressure: what becomes of messages for a client that does not take them as fast as they come.
 * Without a word of the application they wait, until max_queued_bytes are reached and the
 * connection ends. For what is worth less the older it is, that is the wrong thing; a policy for a
 * namespace or for one emit says what is the right one.
 *
 *     gw_emit(gw_latest(gw_everyone(nsp), "BTC"), "price", "{\"BTC\":1}");
 *
 * A policy matters only for a client whose connection takes nothing at the moment (output that the
 * kernel would not have, a poll that is not waiting) and for which more than a threshold of bytes
 * waits. What is dropped so is counted, for the socket and for the server. */
#ifndef GODWIT_PRESSURE_H
#define GODWIT_PRESSURE_H

#include <godwit/sio.h>

#ifdef __cplusplus
extern "C" {
#endif

enum gw_pressure {
    GW_PRESSURE_DEFAULT,     /* the namespace's; a namespace's: wait */
    GW_PRESSURE_WAIT,        /* until max_queued_bytes */
    GW_PRESSURE_DROP_NEWEST, /* this message is dropped */
    /* This message waits apart, and the oldest of those that do are dropped, so that no more than
     * the threshold waits there. What others emit meanwhile overtakes them. */
    GW_PRESSURE_DROP_OLDEST,
    /* The same, but first one with the same key (gw_latest; else with the same event name) is
     * dropped. */
    GW_PRESSURE_KEEP_LATEST,
    GW_PRESSURE_CLOSE, /* the connection is closed at the end of the turn: GW_CAUSE_OVERLOADED */
};

/* For this emit. Event names and rooms are as before. Questions (gw_emit_ack, gw_emit_ack_all) and
 * answers always wait: whoever asks counts on being told what became of it. */
GW_API struct gw_target gw_pressure(struct gw_target target, enum gw_pressure policy);
/* GW_PRESSURE_KEEP_LATEST among the messages with this key, whatever their events. */
GW_API struct gw_target gw_latest_slice(struct gw_target target, struct gw_slice key);

static inline struct gw_target gw_latest(struct gw_target target, const char *key)
{
    return gw_latest_slice(target, gw_slice_of(key));
}

enum { GW_PRESSURE_THRESHOLD_BYTES = 262144 };

/* For all emits that do not say, through targets that are made from now on. threshold_bytes counts
 * for all policies in this namespace; 0: GW_PRESSURE_THRESHOLD_BYTES. The children that clients
 * make from now on begin with those of their parent. */
GW_API void gw_namespace_set_pressure(gw_namespace *nsp, enum gw_pressure policy,
                                      uint64_t threshold_bytes);

struct gw_pressure_stats {
    uint64_t dropped_newest, dropped_oldest, replaced; /* messages */
    uint64_t closed;                                   /* connections */
    uint64_t held, held_bytes;                         /* that wait apart at this moment */
};

/* Of all sockets that there have been. */
GW_API struct gw_pressure_stats gw_io_pressure_stats(const gw_io *io);
/* Of this one; closed is 0 or 1. */
GW_API struct gw_pressure_stats gw_socket_pressure_stats(const gw_socket *socket);

#ifdef __cplusplus
}
#endif
#endif
