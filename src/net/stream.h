/* SPDX-License-Identifier: MIT */
/* A connected socket in a loop: bytes come by callback, output is collected and sent once at the
 * end of the turn.
 *
 * Lives in its owner's object and owns no buffers while idle: reads go to the loop's one buffer,
 * output that the kernel takes at once to the loop's arena. Loop thread only. */
#ifndef GW_NET_STREAM_H
#define GW_NET_STREAM_H

#include "net/address.h"
#include "net/loop.h"

#include <sys/types.h>

struct gw_stream;

/* Any entry but on_closed may be NULL. Anything may be called inside, gw_stream_close included; the
 * owner's object must stay until on_closed. */
struct gw_stream_handlers {
    /* len > 0 bytes, at most GW_LOOP_READ_BYTES, once a turn; they are the callee's
     * to change until it returns. */
    void (*on_read)(struct gw_stream *stream, uint8_t *bytes, size_t len);
    /* The peer will send no more; it may still read. Once, after its last
     * byte. NULL: the stream finishes. */
    void (*on_end)(struct gw_stream *stream);
    /* The queue is empty again after the kernel had refused to take all of it. */
    void (*on_drain)(struct gw_stream *stream);
    /* The connection broke; errno_value is for the log. The stream closes
     * itself afterwards. At most once. */
    void (*on_error)(struct gw_stream *stream, int errno_value);
    /* Exactly once for each successful gw_stream_open and last, at the reap:
     * the owner may free the stream. */
    void (*on_closed)(struct gw_stream *stream);
};

/* How bytes get to the descriptor; the plain one calls the kernel, TLS takes its place.
 * Results are the kernel's: a count, or -1 with errno, EAGAIN for "not now". recv may close
 * the stream; the others may not. */
struct gw_stream_io {
    ssize_t (*recv)(struct gw_stream *stream, uint8_t *bytes, size_t len);
    ssize_t (*send)(struct gw_stream *stream, const uint8_t *bytes, size_t len);
    /* has_more: the next call follows at once, so a small packet is better held back. */
    ssize_t (*send_many)(struct gw_stream *stream, const struct gw_slice *slices, size_t count,
                         bool has_more);
    ssize_t (*send_file)(struct gw_stream *stream, int fd, uint64_t offset, size_t len);
    /* Called before anything is sent on a stream that was blocked: for bytes of the
     * io's own that the kernel has refused. 1: they are gone; 0: not now; negative:
     * -errno. NULL: the io keeps none. */
    int (*flush)(struct gw_stream *stream);
    void (*finish)(struct gw_stream *stream);  /* no more output will come */
    void (*dispose)(struct gw_stream *stream); /* NULL: io_state needs no freeing */
};

struct gw_stream {
    struct gw_watch watch; /* first: what an event leads to */
    struct gw_loop *loop;
    const struct gw_stream_handlers *handlers;
    /* private */
    const struct gw_stream_io *io;
    void *io_state;
    struct gw_outq out;
    struct gw_list node; /* in the loop's dirty or closing list */
    bool is_dirty : 1;
    bool is_blocked : 1; /* the kernel took less than it was given: EPOLLOUT is awaited */
    bool is_ready : 1;   /* while blocked: EPOLLOUT has come, the flush will try again */
    bool is_paused : 1;
    bool is_finishing : 1; /* no more output is accepted, input is thrown away */
    bool is_fin_sent : 1;
    bool has_ended : 1; /* the peer's FIN was read */
    bool is_closing : 1;
    bool is_end_hidden : 1; /* the peer's FIN has come, behind bytes that a pause leaves unread */
    bool is_hung_up : 1;    /* the kernel would tell of a hang-up for ever */
    bool is_held : 1; /* while blocked: the io waits for input, so EPOLLOUT would tell nothing */
    bool is_recalled : 1;         /* recv has more to tell, though the kernel has not */
    bool is_postponed : 1;        /* postponed.h knows of it */
    struct gw_address_brief peer; /* in what would be padding */
};

/* fd is a connected, non-blocking socket; it is the stream's from now on, also when the
 * call fails. 0, GW_E_NOMEM or GW_E_SYSTEM; then no callback comes. A stream whose
 * on_closed has run may be opened again. */
int gw_stream_open(struct gw_stream *stream, gw_loop *loop, int fd,
                   const struct gw_stream_handlers *handlers);
/* As if it had closed: it takes nothing and every call is harmless. For owners that
 * are there before their socket. */
static inline void gw_stream_init_closed(struct gw_stream *stream, gw_loop *loop);
/* For TLS: before the bytes that are its own. io NULL: the plain one. */
void gw_stream_set_io(struct gw_stream *stream, const struct gw_stream_io *io, void *io_state);

/* For an io. Output waits: for input that is still to come (is_held), or for space because bytes of
 * the io's own were refused. */
void gw_stream_block(struct gw_stream *stream, bool is_held);
/* Output that was held may go on. */
void gw_stream_unblock(struct gw_stream *stream);
/* recv is to be called once more, also when the kernel has nothing new. */
void gw_stream_recall(struct gw_stream *stream);

/* Everything that is written goes out at the end of the turn in one system call. All four: a stream
 * that is finishing or closing takes nothing (NULL, GW_E_CLOSED). There is no limit here: the owner
 * watches gw_stream_queued_bytes. */

/* n bytes for the caller to fill, made part of the output by gw_stream_commit of up to as many.
 * NULL: closed or out of memory. No other call on any stream of the loop may come in between. */
static inline uint8_t *gw_stream_reserve(struct gw_stream *stream, size_t n);
static inline void gw_stream_commit(struct gw_stream *stream, size_t n);
/* Copies. 0, GW_E_CLOSED or GW_E_NOMEM. */
int gw_stream_write(struct gw_stream *stream, struct gw_slice bytes);
/* Takes a reference of its own; bytes lie inside blob. 0, GW_E_CLOSED or GW_E_NOMEM. */
int gw_stream_write_blob(struct gw_stream *stream, struct gw_blob *blob, struct gw_slice bytes);
/* A range of a file, sent by the kernel itself. file_fd is the stream's from now on, also when it
 * fails. A file that turns out shorter than promised breaks the connection (on_error with EIO). 0,
 * GW_E_CLOSED or GW_E_NOMEM. */
int gw_stream_write_file_take(struct gw_stream *stream, int file_fd, uint64_t offset, uint64_t len);

/* Reading stops and goes on; idempotent. The bytes that wait in the kernel hold the
 * peer back. on_end still comes while paused when nothing lies unread before it, so a
 * peer that went away is noticed. */
void gw_stream_pause(struct gw_stream *stream);
void gw_stream_resume(struct gw_stream *stream);

/* The polite end: sends what is queued, then FIN, throws away what still comes, and closes when the
 * peer's FIN has come. From now on only on_error and on_closed are called. A peer may take as long
 * as it likes: the owner sets a deadline and calls gw_stream_close then. Idempotent. */
void gw_stream_finish(struct gw_stream *stream);
/* The end now: unsent output is dropped and the descriptor closed; on_closed
 * follows at the reap. Idempotent. */
void gw_stream_close(struct gw_stream *stream);

/* What accept4 said, so that the kernel need not be asked. IPv4 alone is kept, without its port. */
void gw_stream_keep_peer(struct gw_stream *stream, const struct gw_address *peer);
/* Who is there: what was kept, or else what the kernel says. 0 or GW_E_SYSTEM (closed,
 * or the peer is gone already). */
int gw_stream_peer(const struct gw_stream *stream, struct gw_address *out);

/* Gives the kernel now what it takes, not at the end of the turn: for an owner who would
 * refuse more output otherwise. */
void gw_stream_flush_early(struct gw_stream *stream);
/* The same for an owner who can take no callback: a failure is told at the end of the turn. True:
 * all that was written is gone. */
bool gw_stream_send_now(struct gw_stream *stream);

/* Written and not yet taken by the kernel. */
static inline uint64_t gw_stream_queued_bytes(const struct gw_stream *stream)
{
    return stream->out.queued_bytes;
}

/* Written and not yet taken by the peer's kernel. Costs a system call. */
uint64_t gw_stream_unread_bytes(const struct gw_stream *stream);

/* Whether it takes output: neither finishing nor closing. */
static inline bool gw_stream_is_open(const struct gw_stream *stream)
{
    return !(stream->is_closing | stream->is_finishing); /* one test of one byte */
}

/* Whether the kernel has refused output, so that what is written now
 * waits in memory until on_drain. */
static inline bool gw_stream_is_blocked(const struct gw_stream *stream)
{
    return stream->is_blocked;
}

static inline void gw_stream_init_closed(struct gw_stream *stream, gw_loop *loop)
{
    *stream = (struct gw_stream){.watch = {.fd = -1}, .loop = loop, .is_closing = true};
}

/* Puts a stream that is not dirty on the loop's list. */
static inline void gw_stream_mark_dirty(struct gw_stream *stream)
{
    stream->is_dirty = true;
    gw_list_push(&stream->loop->dirty, &stream->node);
    if (!stream->loop->is_in_turn)
        gw_loop_nudge(stream->loop);
}

/* The place that the last gw_stream_reserve gave. */
static inline uint8_t *gw_stream_reserved(const struct gw_stream *stream)
{
    return gw_outq_reserved(&stream->loop->pool);
}

static inline uint8_t *gw_stream_reserve(struct gw_stream *stream, size_t n)
{
    if (!gw_stream_is_open(stream))
        return NULL;
    return gw_outq_reserve(&stream->out, &stream->loop->pool, n);
}

static inline void gw_stream_commit(struct gw_stream *stream, size_t n)
{
    gw_outq_commit(&stream->out, &stream->loop->pool, n);
    if (!stream->is_dirty)
        gw_stream_mark_dirty(stream);
}

/* For the loop: sends one stream's output, or takes what must wait out of
 * the arena; calls on_closed. */
void gw_stream_flush(struct gw_stream *stream);
void gw_stream_reap(struct gw_stream *stream);

#endif
