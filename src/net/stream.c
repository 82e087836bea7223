/* SPDX-License-Identifier: MIT */
#include "net/stream.h"

#include "base/mem.h"
#include "base/pipe_signal.h"
#include "net/postponed.h"

#include <assert.h>
#include <errno.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    SLICES = 64, /* gathered by one sendmsg */
    SENDS = 16,  /* in one turn, for queues that do not fit one: then others get their turn */
    FILE_PIECE = 1024 * 1024 * 1024,
};

/* The kernel is handed slices as they are. */
_Static_assert(sizeof(struct gw_slice) == sizeof(struct iovec) &&
                   offsetof(struct gw_slice, ptr) == offsetof(struct iovec, iov_base) &&
                   offsetof(struct gw_slice, len) == offsetof(struct iovec, iov_len),
               "a slice is laid out as an iovec");

static ssize_t plain_recv(struct gw_stream *stream, uint8_t *bytes, size_t len)
{
    return recv(stream->watch.fd, bytes, len, 0);
}

/* The kernel is some hundred instructions quicker without a message header. */
static ssize_t plain_send(struct gw_stream *stream, const uint8_t *bytes, size_t len)
{
    return send(stream->watch.fd, bytes, len, MSG_NOSIGNAL);
}

static ssize_t plain_send_many(struct gw_stream *stream, const struct gw_slice *slices,
                               size_t count, bool has_more)
{
    struct msghdr message = {.msg_iov = (struct iovec *)(uintptr_t)slices, .msg_iovlen = count};

    return sendmsg(stream->watch.fd, &message, MSG_NOSIGNAL | (has_more ? MSG_MORE : 0));
}

/* sendfile knows no MSG_NOSIGNAL. */
static ssize_t plain_send_file(struct gw_stream *stream, int fd, uint64_t offset, size_t len)
{
    struct gw_pipe_signal held;
    off_t at = (off_t)offset;
    ssize_t n;

    gw_pipe_signal_hold(&held);
    n = sendfile(stream->watch.fd, fd, &at, len);
    gw_pipe_signal_release(&held, n < 0 && errno == EPIPE);
    return n;
}

static void plain_finish(struct gw_stream *stream)
{
    shutdown(stream->watch.fd,
             SHUT_WR); /* fails when the peer has broken off: then an event says so */
}

static const struct gw_stream_io plain_io = {
    .recv = plain_recv,
    .send = plain_send,
    .send_many = plain_send_many,
    .send_file = plain_send_file,
    .finish = plain_finish,
};

/* A finishing stream reads on to find the peer's FIN. */
static bool is_reading(const struct gw_stream *stream)
{
    return !stream->has_ended && (!stream->is_paused || stream->is_finishing);
}

/* EPOLLRDHUP is for paused streams; one that reads learns of the end by reading. Nothing may be
 * asked for that would be told again and again without our doing anything about it, and EPOLLHUP,
 * which cannot be left out, is told only once with EPOLLET. */
static void update_events(struct gw_stream *stream)
{
    uint32_t events = 0;

    if (is_reading(stream))
        events |= EPOLLIN | EPOLLRDHUP;
    else if (!stream->has_ended && !stream->is_end_hidden)
        events |= EPOLLRDHUP;
    if ((stream->is_blocked && !stream->is_held) || (stream->is_recalled && is_reading(stream)))
        events |=
            EPOLLOUT; /* a socket is nearly always writable: that makes a turn for the recall */
    if (stream->is_hung_up && !is_reading(stream))
        events |= EPOLLET;
    gw_loop_rewatch(stream->loop, &stream->watch, events);
}

static void mark_dirty(struct gw_stream *stream)
{
    if (!stream->is_dirty)
        gw_stream_mark_dirty(stream);
}

static void fail(struct gw_stream *stream, int errno_value)
{
    if (stream->handlers->on_error)
        stream->handlers->on_error(stream, errno_value);
    gw_stream_close(stream);
}

/* Most are closed by on_end, and then it does not matter any more what epoll waits for. */
static void on_peer_end(struct gw_stream *stream)
{
    stream->has_ended = true;
    if (stream->is_fin_sent)
        gw_stream_close(stream);
    else if (!stream->is_finishing && stream->handlers->on_end)
        stream->handlers->on_end(stream);
    else
        gw_stream_finish(stream);
    if (!stream->is_closing)
        update_events(stream);
}

static __attribute__((cold)) void on_unreadable(struct gw_stream *stream, ssize_t n)
{
    if (n == 0)
        on_peer_end(stream);
    else if (errno != EAGAIN && errno != EINTR)
        fail(stream, errno);
}

/* One recv, even when more may wait: epoll tells again, and the others get their turn before. An
 * error that has happened to the socket comes out here, behind the bytes that came before it. */
static void on_readable(struct gw_stream *stream)
{
    uint8_t *bytes = stream->loop->read_bytes;
    ssize_t n = stream->io->recv(stream, bytes, GW_LOOP_READ_BYTES);

    if (n <= 0)
        on_unreadable(stream, n);
    else if (!stream->is_finishing && stream->handlers->on_read)
        stream->handlers->on_read(stream, bytes, (size_t)n);
}

/* The peer's FIN while nobody reads: it counts when no byte lies before it. */
static void look_for_end(struct gw_stream *stream)
{
    uint8_t byte;
    ssize_t n = recv(stream->watch.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

    if (n == 0) {
        on_peer_end(stream);
        return;
    }
    stream->is_end_hidden = true;
    update_events(stream);
}

static void on_unread(struct gw_stream *stream, uint32_t events)
{
    int errno_value = 0;
    socklen_t len = sizeof(errno_value);

    if (events & (EPOLLERR | EPOLLHUP)) {
        getsockopt(stream->watch.fd, SOL_SOCKET, SO_ERROR, &errno_value, &len);
        if (errno_value != 0) {
            fail(stream, errno_value);
            return;
        }
        stream->is_hung_up = true;
        update_events(stream);
    }
    if (events & EPOLLRDHUP && !stream->has_ended)
        look_for_end(stream);
}

static __attribute__((cold, noinline)) void on_rare_events(struct gw_stream *stream,
                                                           uint32_t events)
{
    if (stream->is_closing)
        return;
    /* A hang-up ends the wait for space too: the next send says what has happened. */
    if (stream->is_blocked && events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) {
        stream->is_ready = true;
        mark_dirty(stream);
    }
    if (!is_reading(stream)) {
        on_unread(stream, events);
    } else if (stream->is_recalled) {
        stream->is_recalled = false;
        update_events(stream);
        on_readable(stream);
    } else if (events & ~(uint32_t)EPOLLOUT) {
        on_readable(stream);
    }
}

static void on_events(struct gw_watch *watch, uint32_t events)
{
    struct gw_stream *stream = container_of(watch, struct gw_stream, watch);

    if (events != EPOLLIN || stream->is_closing || stream->has_ended || stream->is_paused)
        on_rare_events(stream, events);
    else
        on_readable(stream);
}

int gw_stream_open(struct gw_stream *stream, gw_loop *loop, int fd,
                   const struct gw_stream_handlers *handlers)
{
    int err = GW_E_NOMEM;

    assert(handlers->on_closed);
    if (!loop->read_bytes)
        loop->read_bytes = gw_mem_alloc(GW_LOOP_READ_BYTES);
    *stream = (struct gw_stream){
        .watch = {.on_events = on_events, .fd = fd},
        .loop = loop,
        .handlers = handlers,
        .io = &plain_io,
    };
    gw_outq_init(&stream->out);
    gw_list_init(&stream->node);
    if (loop->read_bytes)
        err = gw_loop_watch(loop, &stream->watch, EPOLLIN | EPOLLRDHUP);
    if (err < 0) {
        close(fd);
        return err;
    }
    loop->stream_count++;
    return 0;
}

void gw_stream_set_io(struct gw_stream *stream, const struct gw_stream_io *io, void *io_state)
{
    stream->io = io ? io : &plain_io;
    stream->io_state = io_state;
}

void gw_stream_block(struct gw_stream *stream, bool is_held)
{
    stream->is_blocked = true;
    stream->is_ready = false;
    stream->is_held = is_held;
    update_events(stream);
}

void gw_stream_unblock(struct gw_stream *stream)
{
    stream->is_held = false;
    stream->is_blocked = !gw_outq_is_empty(&stream->out) || stream->is_finishing;
    stream->is_ready = stream->is_blocked;
    if (stream->is_blocked)
        mark_dirty(stream);
    update_events(stream);
}

void gw_stream_recall(struct gw_stream *stream)
{
    stream->is_recalled = true;
    update_events(stream);
}

int gw_stream_write(struct gw_stream *stream, struct gw_slice bytes)
{
    int err;

    if (!gw_stream_is_open(stream))
        return GW_E_CLOSED;
    err = gw_outq_push(&stream->out, &stream->loop->pool, bytes);
    if (err == 0)
        mark_dirty(stream);
    return err;
}

int gw_stream_write_blob(struct gw_stream *stream, struct gw_blob *blob, struct gw_slice bytes)
{
    int err;

    if (!gw_stream_is_open(stream))
        return GW_E_CLOSED;
    err = gw_outq_push_blob(&stream->out, &stream->loop->pool, blob, bytes);
    if (err == 0)
        mark_dirty(stream);
    return err;
}

int gw_stream_write_file_take(struct gw_stream *stream, int file_fd, uint64_t offset, uint64_t len)
{
    int err;

    if (!gw_stream_is_open(stream)) {
        close(file_fd);
        return GW_E_CLOSED;
    }
    err = gw_outq_push_file_take(&stream->out, &stream->loop->pool, file_fd, offset, len);
    if (err == 0)
        mark_dirty(stream);
    return err;
}

void gw_stream_pause(struct gw_stream *stream)
{
    if (stream->is_closing || stream->is_paused)
        return;
    stream->is_paused = true;
    update_events(stream);
}

void gw_stream_resume(struct gw_stream *stream)
{
    if (stream->is_closing || !stream->is_paused)
        return;
    stream->is_paused = false;
    stream->is_end_hidden = false;
    update_events(stream);
}

/* The FIN goes out in the flush, behind what is queued. */
void gw_stream_finish(struct gw_stream *stream)
{
    if (stream->is_closing || stream->is_finishing)
        return;
    stream->is_finishing = true;
    update_events(stream);
    mark_dirty(stream);
}

void gw_stream_close(struct gw_stream *stream)
{
    if (stream->is_closing)
        return;
    stream->is_closing = true;
    if (stream->is_postponed)
        gw_postponed_remove(stream);
    gw_list_remove(&stream->node);
    gw_list_push(&stream->loop->closing, &stream->node);
    gw_loop_nudge(stream->loop);
    /* Events already fetched are ignored by is_closing. To take it out of epoll by hand looks
     * needless before close, but a forked child may hold the same socket, and then epoll would
     * tell of a stream that is gone. */
    epoll_ctl(stream->loop->epoll_fd, EPOLL_CTL_DEL, stream->watch.fd, NULL);
    if (stream->io->dispose)
        stream->io->dispose(stream);
    close(stream->watch.fd);
    stream->watch.fd = -1;
    gw_outq_dispose(&stream->out, &stream->loop->pool);
}

void gw_stream_keep_peer(struct gw_stream *stream, const struct gw_address *peer)
{
    gw_address_brief_init(&stream->peer, peer);
}

int gw_stream_peer(const struct gw_stream *stream, struct gw_address *out)
{
    if (gw_address_of_brief(out, &stream->peer))
        return 0;
    return gw_address_of_peer(out, stream->watch.fd);
}

uint64_t gw_stream_unread_bytes(const struct gw_stream *stream)
{
    int in_kernel = 0;

    if (stream->is_closing || ioctl(stream->watch.fd, SIOCOUTQ, &in_kernel) < 0)
        return 0;
    return stream->out.queued_bytes + (uint64_t)(in_kernel > 0 ? in_kernel : 0);
}

/* Gives the kernel what one call can take; *asked says how much that was. */
static ssize_t send_next(struct gw_stream *stream, size_t *asked)
{
    struct gw_slice slices[SLICES];
    const struct gw_outq_segment *file = gw_outq_peek_file(&stream->out);
    size_t count;

    if (file) {
        *asked = file->len < FILE_PIECE ? file->len : FILE_PIECE;
        return stream->io->send_file(stream, file->file_fd, file->file_offset, *asked);
    }
    count = gw_outq_peek(&stream->out, slices, SLICES);
    *asked = 0;
    for (size_t i = 0; i < count; i++)
        *asked += slices[i].len;
    return stream->io->send_many(stream, slices, count, *asked < stream->out.queued_bytes);
}

/* What a send of asked bytes came to. 1: all of them are gone. 0: the kernel takes no more now; to
 * ask again would only cost a call that says EAGAIN. Negative: -errno. */
static int account(struct gw_stream *stream, ssize_t n, size_t asked)
{
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -errno;
    if (n == 0)
        return -EIO; /* a file that is shorter than it was */
    gw_outq_consume(&stream->out, &stream->loop->pool, (uint64_t)n);
    return (size_t)n == asked;
}

/* Results as those of account. */
static int send_segments(struct gw_stream *stream)
{
    if (stream->io->flush) {
        int result = stream->io->flush(stream);

        if (result <= 0)
            return result;
    }
    for (int i = 0; i < SENDS && !gw_outq_is_empty(&stream->out); i++) {
        size_t asked;
        ssize_t n = send_next(stream, &asked);
        int result = account(stream, n, asked);

        if (result <= 0)
            return result;
    }
    return gw_outq_is_empty(&stream->out);
}

static void on_unblocked(struct gw_stream *stream)
{
    stream->is_blocked = stream->is_ready = false;
    update_events(stream);
    if (!stream->is_finishing && stream->handlers->on_drain)
        stream->handlers->on_drain(stream);
}

static void send_fin(struct gw_stream *stream)
{
    stream->is_fin_sent = true;
    stream->io->finish(stream);
    if (stream->has_ended)
        gw_stream_close(stream);
}

static void on_sent(struct gw_stream *stream)
{
    if (stream->is_blocked)
        on_unblocked(stream);
    /* on_drain may have closed it, or written and finished: then the
     * next round sends that first. */
    if (stream->is_finishing && !stream->is_fin_sent && !stream->is_closing && !stream->is_dirty)
        send_fin(stream);
}

/* Waits for space with what is left, which the arena will not keep. */
static void block(struct gw_stream *stream)
{
    if (gw_outq_own(&stream->out, &stream->loop->pool) < 0) {
        fail(stream, ENOMEM);
        return;
    }
    stream->is_blocked = true;
    stream->is_ready = false;
    update_events(stream);
}

static __attribute__((cold)) void flush_rest(struct gw_stream *stream)
{
    int result = 0;

    if (!stream->is_blocked || stream->is_ready)
        result = send_segments(stream);
    if (result < 0)
        fail(stream, -result);
    else if (result == 0)
        block(stream);
    else
        on_sent(stream);
}

static __attribute__((cold)) void on_short_send(struct gw_stream *stream, ssize_t n)
{
    if (n > 0)
        gw_outq_consume(&stream->out, &stream->loop->pool, (uint64_t)n);
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        fail(stream, errno);
    else
        block(stream);
}

/* Nearly always the queue is one range of the arena and the kernel takes all of it. For the loop
 * alone, which it is unfolded into. */
void gw_stream_flush(struct gw_stream *stream)
{
    struct gw_slice only = gw_outq_peek_only(&stream->out);
    ssize_t n;

    stream->is_dirty = false;
    if (only.len == 0 || stream->is_blocked || stream->is_finishing) {
        flush_rest(stream);
        return;
    }
    n = stream->io->send(stream, only.ptr, only.len);
    if (n == (ssize_t)only.len)
        gw_outq_consume_only(&stream->out);
    else
        on_short_send(stream, n);
}

void gw_stream_flush_early(struct gw_stream *stream)
{
    if (!gw_stream_is_open(stream) || !stream->is_dirty || stream->is_blocked)
        return;
    gw_list_remove(&stream->node);
    stream->is_dirty = false;
    flush_rest(stream);
}

bool gw_stream_send_now(struct gw_stream *stream)
{
    struct gw_slice only = gw_outq_peek_only(&stream->out);
    ssize_t n;

    if (only.len == 0 || stream->is_blocked || !gw_stream_is_open(stream))
        return false;
    n = stream->io->send(stream, only.ptr, only.len);
    if (n > 0)
        gw_outq_consume(&stream->out, &stream->loop->pool, (uint64_t)n);
    if (n != (ssize_t)only.len)
        return false;
    gw_list_remove(&stream->node);
    stream->is_dirty = false;
    return true;
}

void gw_stream_reap(struct gw_stream *stream)
{
    assert(stream->is_closing);
    stream->loop->stream_count--;
    stream->handlers->on_closed(stream);
}
