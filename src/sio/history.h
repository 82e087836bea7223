/* SPDX-License-Identifier: MIT */
/* Packets of a namespace that somebody who is away may have missed, numbered without holes and kept
 * as they were sent: the messages are shared with the queues of those who received them. */
#ifndef GW_SIO_HISTORY_H
#define GW_SIO_HISTORY_H

#include "base/list.h"
#include "eio/message.h"

#include <godwit/sio.h>

/* Whom it was for stands behind the messages, in the same block. */
struct gw_sio_kept {
    struct gw_list node;
    uint64_t number;
    uint64_t sent_ms;
    size_t bytes;
    bool is_only; /* for one socket, and written to it wherever it stood */
    uint8_t message_count;
    uint32_t filters_len;
    struct gw_eio_message *messages[];
};

enum gw_sio_lost_to { GW_SIO_LOST_TO_MEMORY, GW_SIO_LOST_TO_COUNT, GW_SIO_LOST_TO_BYTES };

struct gw_sio_history {
    /* private */
    struct gw_list kept; /* gw_sio_kept.node, oldest first */
    size_t count, bytes;
    uint64_t first, next; /* the first number that was ever given out, and the next */
    /* The newest that a cap has pushed out before its time; lost 0: none. */
    uint64_t lost, lost_sent_ms;
    enum gw_sio_lost_to lost_to;
    size_t lost_bytes; /* as many were there when it went */
};

struct gw_sio_history_caps {
    size_t count;
    uint64_t bytes;
};

/* first must not be 0. */
void gw_sio_history_init(struct gw_sio_history *history, uint64_t first);
void gw_sio_history_dispose(struct gw_sio_history *history);

/* Keeps the packet with the number history->next, which is given out by that. Takes references of
 * its own. 0, or GW_E_NOMEM: the number is given out, the packet lost. */
int gw_sio_history_push(struct gw_sio_history *history, struct gw_target target,
                        struct gw_eio_message *const *messages, size_t message_count,
                        uint64_t now_ms, const struct gw_sio_history_caps *caps);
/* Drops what was sent before. */
void gw_sio_history_drop_before(struct gw_sio_history *history, uint64_t sent_ms);
/* The oldest packet behind that number; NULL: none. */
const struct gw_sio_kept *gw_sio_history_after(const struct gw_sio_history *history,
                                               uint64_t number);
/* The one behind it; NULL: none. */
const struct gw_sio_kept *gw_sio_history_next(const struct gw_sio_history *history,
                                              const struct gw_sio_kept *kept);
/* Whether the packet was for a socket with this id that is in these rooms. */
bool gw_sio_kept_is_for(const struct gw_sio_kept *kept, const gw_socket *socket);

/* How many packets behind that number a cap has pushed out, of those sent since. */
uint64_t gw_sio_history_gap(const struct gw_sio_history *history, uint64_t number,
                            uint64_t since_ms);

enum { GW_SIO_OFFSET_MAX = 11 /* 64 bits by six */ };

/* A number as clients see it: digits, the most significant first. Returns the length. */
size_t gw_sio_offset_format(char out[static GW_SIO_OFFSET_MAX], uint64_t number);
/* 0 or GW_E_ARG. */
int gw_sio_offset_parse(struct gw_slice text, uint64_t *number);

#endif
