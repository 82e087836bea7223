/* SPDX-License-Identifier: MIT */
#include "net/stream.h"

#include "base/mem.h"
#include "support/sockets.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { HEARD_MAX = 1 << 20, LARGE = 3 * 1000 * 1000, SOON_ENOUGH = 100000 };

struct peer; /* ours: a stream with its notes; theirs: a plain descriptor */

typedef void act_fn(struct peer *peer);

struct peer {
    struct gw_stream stream;
    int theirs;
    uint8_t *heard; /* HEARD_MAX bytes */
    size_t heard_len;
    size_t largest_read;
    int read_count, end_count, drain_count, error_count, closed_count;
    int last_errno;
    act_fn *on_read, *on_end, *on_drain, *on_error, *on_closed; /* what to do then; NULL: nothing */
    struct peer *other;
};

static gw_loop *loop;
static struct peer a, b;

static struct peer *peer_of(struct gw_stream *stream)
{
    return container_of(stream, struct peer, stream);
}

static void act(struct peer *peer, act_fn *fn)
{
    assert_int_equal(peer->closed_count, 0); /* nothing comes behind on_closed */
    if (fn)
        fn(peer);
}

static void on_read(struct gw_stream *stream, uint8_t *bytes, size_t len)
{
    struct peer *peer = peer_of(stream);

    assert_true(len > 0 && len <= HEARD_MAX - peer->heard_len);
    memcpy(peer->heard + peer->heard_len, bytes, len);
    memset(bytes, 0xee, len); /* they are ours to change */
    peer->heard_len += len;
    peer->read_count++;
    if (len > peer->largest_read)
        peer->largest_read = len;
    act(peer, peer->on_read);
}

static void on_end(struct gw_stream *stream)
{
    peer_of(stream)->end_count++;
    act(peer_of(stream), peer_of(stream)->on_end);
}

static void on_drain(struct gw_stream *stream)
{
    assert_true(gw_stream_queued_bytes(stream) == 0);
    peer_of(stream)->drain_count++;
    act(peer_of(stream), peer_of(stream)->on_drain);
}

static void on_error(struct gw_stream *stream, int errno_value)
{
    peer_of(stream)->error_count++;
    peer_of(stream)->last_errno = errno_value;
    act(peer_of(stream), peer_of(stream)->on_error);
}

static void on_closed(struct gw_stream *stream)
{
    act(peer_of(stream), peer_of(stream)->on_closed);
    peer_of(stream)->closed_count++;
}

static const struct gw_stream_handlers handlers = {
    .on_read = on_read,
    .on_end = on_end,
    .on_drain = on_drain,
    .on_error = on_error,
    .on_closed = on_closed,
};

static const struct gw_stream_handlers only_closed = {.on_closed = on_closed};

static void open_peer(struct peer *peer, struct socket_pair pair)
{
    *peer = (struct peer){.theirs = pair.theirs, .heard = malloc(HEARD_MAX)};
    assert_non_null(peer->heard);
    assert_int_equal(gw_stream_open(&peer->stream, loop, pair.ours, &handlers), 0);
}

static void hang_up(struct peer *peer)
{
    if (peer->theirs >= 0)
        close(peer->theirs);
    peer->theirs = -1;
}

static int set_up(void **state)
{
    (void)state;
    a = b = (struct peer){.theirs = -1};
    loop = gw_loop_create();
    if (!loop)
        return -1;
    open_peer(&a, unix_pair());
    return 0;
}

/* The kernel would otherwise take megabytes. */
static struct socket_pair narrow_tcp_pair(void)
{
    struct socket_pair pair = tcp_pair(AF_INET);
    int bytes = 64 * 1024;

    setsockopt(pair.ours, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
    setsockopt(pair.theirs, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
    return pair;
}

static int set_up_tcp(void **state)
{
    (void)state;
    a = b = (struct peer){.theirs = -1};
    loop = gw_loop_create();
    if (!loop)
        return -1;
    open_peer(&a, narrow_tcp_pair());
    return 0;
}

static void shut_down(struct peer *peer)
{
    if (peer->stream.loop)
        gw_stream_close(&peer->stream);
    hang_up(peer);
}

static int tear_down(void **state)
{
    (void)state;
    gw_mem_fail_at(0);
    shut_down(&a);
    shut_down(&b);
    gw_loop_destroy(loop);
    free(a.heard);
    free(b.heard);
    return 0;
}

static void turn(void)
{
    assert_int_equal(gw_loop_step(loop, 0), 0);
}

/* Turns until *count is no longer 0. The kernel may take its time over a loopback, but not for ever. */
static void await(const int *count)
{
    for (int i = 0; i < SOON_ENOUGH && *count == 0; i++)
        gw_loop_step(loop, 10);
    assert_int_not_equal(*count, 0);
}

static void say(struct peer *peer, const char *text)
{
    assert_int_equal(write(peer->theirs, text, strlen(text)), strlen(text));
}

static void hear(struct peer *peer, size_t len)
{
    for (int i = 0; i < SOON_ENOUGH && peer->heard_len < len; i++)
        gw_loop_step(loop, 10);
    assert_int_equal(peer->heard_len, len);
}

static void check_theirs(struct peer *peer, const char *text)
{
    uint8_t bytes[200];

    assert_true(strlen(text) <= sizeof(bytes));
    assert_true(read_exactly(peer->theirs, bytes, strlen(text)));
    assert_memory_equal(bytes, text, strlen(text));
}

static bool is_ended_for(struct peer *peer)
{
    uint8_t byte;

    return read(peer->theirs, &byte, 1) == 0;
}

/* A pattern that shows lost, doubled and moved bytes. */
static uint8_t pattern(size_t i)
{
    return (uint8_t)(i ^ i >> 8 ^ i >> 16);
}

static void fill_pattern(uint8_t *out, size_t from, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = pattern(from + i);
}

/* Reads the other end while turning, until the stream has sent len bytes of the pattern. */
static void check_theirs_pattern(struct peer *peer, size_t len)
{
    uint8_t bytes[16 * 1024];

    set_nonblocking(peer->theirs);
    for (size_t got = 0; got < len;) {
        size_t want = len - got < sizeof(bytes) ? len - got : sizeof(bytes);
        ssize_t n = read(peer->theirs, bytes, want);

        assert_true(n > 0 || (n < 0 && errno == EAGAIN));
        for (ssize_t i = 0; i < n; i++)
            assert_int_equal(bytes[i], pattern(got + (size_t)i));
        if (n > 0)
            got += (size_t)n;
        gw_loop_step(loop, n > 0 ? 0 : 10);
    }
}

/* Reading and writing */

static void echo(struct peer *peer)
{
    assert_int_equal(
        gw_stream_write(&peer->stream, (struct gw_slice){peer->heard, peer->heard_len}), 0);
    peer->heard_len = 0;
}

static void check_echo(void)
{
    a.on_read = echo;
    say(&a, "hello");
    await(&a.read_count);
    check_theirs(&a, "hello");
    assert_int_equal(gw_stream_queued_bytes(&a.stream), 0);
    assert_false(gw_stream_is_blocked(&a.stream));
    assert_int_equal(a.drain_count, 0); /* it never was full */
}

static void bytes_are_echoed_over_a_unix_socket(void **state)
{
    (void)state;
    check_echo();
}

static void bytes_are_echoed_over_ipv4(void **state)
{
    struct gw_address peer;
    char text[GW_ADDRESS_TEXT_MAX];

    (void)state;
    check_echo();
    assert_int_equal(gw_stream_peer(&a.stream, &peer), 0);
    gw_address_format_host(&peer, text);
    assert_string_equal(text, "127.0.0.1");
}

static void kept_peer_is_known_when_it_has_gone(void **state)
{
    struct gw_address peer, kept;
    char text[GW_ADDRESS_TEXT_MAX];

    (void)state;
    assert_int_equal(gw_stream_peer(&a.stream, &kept), 0);
    gw_stream_keep_peer(&a.stream, &kept);
    gw_stream_close(&a.stream);
    assert_int_equal(gw_stream_peer(&a.stream, &peer), 0);
    assert_int_equal(gw_address_port(&peer), 0);
    gw_address_format_host(&peer, text);
    assert_string_equal(text, "127.0.0.1");
}

static void bytes_are_echoed_over_ipv6(void **state)
{
    struct socket_pair pair = tcp_pair(AF_INET6);

    (void)state;
    if (pair.ours < 0)
        skip();
    shut_down(&a);
    turn();
    free(a.heard);
    open_peer(&a, pair);
    check_echo();
}

static void idle_stream_owns_no_memory(void **state)
{
    uint64_t before;

    (void)state;
    check_echo(); /* makes what the loop keeps for all streams */
    open_peer(&b, unix_pair());
    b.on_read = echo;
    before = gw_mem_alloc_count();
    say(&b, "hello");
    await(&b.read_count);
    check_theirs(&b, "hello");
    assert_int_equal(gw_mem_alloc_count(), before);
    assert_true(sizeof(struct gw_stream) <= 120);
}

static void one_turn_reads_once(void **state)
{
    uint8_t *bytes = malloc(LARGE);
    size_t len = 150 * 1024;
    int big = 1 << 20;

    (void)state;
    assert_non_null(bytes);
    fill_pattern(bytes, 0, len);
    setsockopt(a.theirs, SOL_SOCKET, SO_SNDBUF, &big, sizeof(big));
    set_nonblocking(a.theirs);
    len = (size_t)write(a.theirs, bytes, len);
    assert_true(len > GW_LOOP_READ_BYTES);
    turn();
    assert_int_equal(a.read_count, 1);
    assert_true(a.heard_len <= GW_LOOP_READ_BYTES);
    hear(&a, len);
    assert_memory_equal(a.heard, bytes, len);
    free(bytes);
}

static void writes_of_one_turn_keep_their_order(void **state)
{
    struct gw_blob *blob = gw_blob_create(6);
    uint8_t *place;

    (void)state;
    memcpy(blob->bytes, "xblobx", 6);
    assert_int_equal(gw_stream_write(&a.stream, GW_LIT("one ")), 0);
    place = gw_stream_reserve(&a.stream, 10);
    assert_non_null(place);
    memcpy(place, "two ", 4);
    gw_stream_commit(&a.stream, 4);
    assert_int_equal(gw_stream_write_blob(&a.stream, blob, (struct gw_slice){blob->bytes + 1, 4}),
                     0);
    gw_blob_unref(blob);
    assert_int_equal(gw_stream_write(&a.stream, GW_LIT(" three")), 0);
    assert_int_equal(gw_stream_queued_bytes(&a.stream), 18);
    turn();
    check_theirs(&a, "one two blob three");
}

static void hundreds_of_pieces_go_out_in_order(void **state)
{
    struct gw_blob *blob = gw_blob_create(2000);

    (void)state;
    fill_pattern(blob->bytes, 0, 2000);
    for (size_t i = 0; i < 2000; i++)
        assert_int_equal(
            gw_stream_write_blob(&a.stream, blob, (struct gw_slice){blob->bytes + i, 1}), 0);
    gw_blob_unref(blob);
    check_theirs_pattern(&a, 2000);
}

/* Full sockets */

static void write_large(struct peer *peer)
{
    uint8_t *bytes = malloc(LARGE);

    assert_non_null(bytes);
    fill_pattern(bytes, 0, LARGE);
    for (size_t i = 0; i < LARGE; i += 10000) /* pieces of the arena, not one blob */
        assert_int_equal(gw_stream_write(&peer->stream, (struct gw_slice){bytes + i, 10000}), 0);
    free(bytes);
}

static void what_the_kernel_refuses_is_sent_later(void **state)
{
    (void)state;
    write_large(&a);
    turn();
    assert_true(gw_stream_is_blocked(&a.stream));
    assert_true(gw_stream_queued_bytes(&a.stream) > 0);
    assert_int_equal(a.drain_count, 0);
    check_theirs_pattern(&a, LARGE);
    await(&a.drain_count);
    assert_int_equal(a.drain_count, 1);
    assert_false(gw_stream_is_blocked(&a.stream));
}

/* The arena starts anew in each turn: what waits must not lie in it. */
static void others_may_write_while_a_stream_is_full(void **state)
{
    (void)state;
    open_peer(&b, unix_pair());
    b.on_read = echo;
    write_large(&a);
    for (int i = 0; i < 20; i++) {
        b.read_count = 0;
        say(&b, "0123456789");
        await(&b.read_count);
        check_theirs(&b, "0123456789");
    }
    check_theirs_pattern(&a, LARGE);
}

static void write_behind_a_full_queue_comes_last(void **state)
{
    uint8_t bytes[500];

    (void)state;
    write_large(&a);
    turn();
    for (size_t i = 0; i < 10; i++) {
        fill_pattern(bytes, LARGE + i * 500, 500);
        assert_int_equal(gw_stream_write(&a.stream, (struct gw_slice){bytes, 500}), 0);
        turn();
    }
    check_theirs_pattern(&a, LARGE + 5000);
}

static void refill_once(struct peer *peer)
{
    if (peer->drain_count == 1)
        write_large(peer);
}

static void drained_stream_may_write_more_at_once(void **state)
{
    (void)state;
    a.on_drain = refill_once;
    write_large(&a);
    check_theirs_pattern(&a, LARGE);
    await(&a.drain_count);
    check_theirs_pattern(&a, LARGE);
    for (int i = 0; i < SOON_ENOUGH && a.drain_count < 2; i++)
        gw_loop_step(loop, 10);
    assert_int_equal(a.drain_count, 2);
}

static void lack_of_memory_for_the_rest_breaks_only_that_stream(void **state)
{
    uint8_t *bytes = malloc(LARGE);

    (void)state;
    assert_non_null(bytes);
    memset(bytes, 'x', LARGE);
    open_peer(&b, unix_pair());
    for (size_t i = 0; i < 240; i++)
        assert_int_equal(gw_stream_write(&a.stream, (struct gw_slice){bytes, 1000}), 0);
    set_nonblocking(a.theirs);
    assert_int_equal(gw_stream_write(&b.stream, GW_LIT("fine")), 0);
    gw_mem_fail_at(1);
    turn();
    gw_mem_fail_at(0);
    assert_int_equal(a.error_count, 1);
    assert_int_equal(a.last_errno, ENOMEM);
    assert_int_equal(a.closed_count, 1);
    check_theirs(&b, "fine");
    assert_int_equal(b.error_count, 0);
    free(bytes);
}

static void tell_other(struct peer *peer)
{
    gw_stream_write(&peer->other->stream, GW_LIT("it broke"));
}

static void callback_of_a_failure_may_write_to_others(void **state)
{
    (void)state;
    lack_of_memory_for_the_rest_breaks_only_that_stream(state);
    free(a.heard);
    open_peer(&a, unix_pair());
    a.other = &b;
    a.on_error = tell_other;
    for (size_t i = 0; i < 240; i++) {
        uint8_t bytes[1000] = {0};

        assert_int_equal(gw_stream_write(&a.stream, (struct gw_slice){bytes, 1000}), 0);
    }
    gw_mem_fail_at(1);
    turn();
    gw_mem_fail_at(0);
    assert_int_equal(a.closed_count, 1);
    turn();
    check_theirs(&b, "it broke");
}

static void write_without_memory_leaves_the_stream_as_it_was(void **state)
{
    (void)state;
    gw_mem_fail_at(1);
    assert_int_equal(gw_stream_write(&a.stream, GW_LIT("lost")), GW_E_NOMEM);
    gw_mem_fail_at(0);
    assert_int_equal(gw_stream_write(&a.stream, GW_LIT("kept")), 0);
    turn();
    check_theirs(&a, "kept");
}

/* A short write at every possible place: the kernel is played by a function that takes a few bytes at a time. */

static size_t takes;

static ssize_t recv_some(struct gw_stream *stream, uint8_t *bytes, size_t len)
{
    return recv(stream->watch.fd, bytes, len < takes ? len : takes, 0);
}

static ssize_t send_some(struct gw_stream *stream, const uint8_t *bytes, size_t len)
{
    return send(stream->watch.fd, bytes, len < takes ? len : takes, MSG_NOSIGNAL);
}

static ssize_t send_some_of_many(struct gw_stream *stream, const struct gw_slice *slices,
                                 size_t count, bool has_more)
{
    (void)count;
    (void)has_more;
    return send_some(stream, slices[0].ptr, slices[0].len);
}

static void finish_plainly(struct gw_stream *stream)
{
    shutdown(stream->watch.fd, SHUT_WR);
}

static int dispose_count;

static void count_dispose(struct gw_stream *stream)
{
    assert_ptr_equal(stream->io_state, &takes);
    dispose_count++;
}

static const struct gw_stream_io chopping = {
    .recv = recv_some,
    .send = send_some,
    .send_many = send_some_of_many,
    .finish = finish_plainly,
    .dispose = count_dispose,
};

static void pieces_of_any_size_make_the_same_bytes(void **state)
{
    static const size_t sizes[] = {1, 2, 3, 7, 64, 99, 100, 101};

    (void)state;
    shut_down(&a);
    turn();
    free(a.heard);
    dispose_count = 0;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        uint8_t bytes[200];

        takes = sizes[i];
        open_peer(&a, unix_pair());
        gw_stream_set_io(&a.stream, &chopping, &takes);
        fill_pattern(bytes, 0, 200);
        assert_true(write_exactly(a.theirs, bytes, 200));
        hear(&a, 200);
        assert_memory_equal(a.heard, bytes, 200);
        assert_int_equal(gw_stream_write(&a.stream, (struct gw_slice){bytes, 100}), 0);
        turn();
        assert_int_equal(gw_stream_write(&a.stream, (struct gw_slice){bytes + 100, 100}), 0);
        gw_stream_finish(&a.stream);
        check_theirs_pattern(&a, 200);
        hang_up(&a);
        await(&a.closed_count);
        assert_int_equal(dispose_count, i + 1);
        free(a.heard);
        a.heard = NULL;
    }
}

/* Files */

static int make_file(size_t len)
{
    char name[] = "/tmp/godwit-test-XXXXXX";
    int fd = mkstemp(name);
    uint8_t *bytes = malloc(len);

    assert_true(fd >= 0 && bytes);
    unlink(name);
    fill_pattern(bytes, 0, len);
    assert_true(write_exactly(fd, bytes, len));
    free(bytes);
    return fd;
}

static void file_goes_out_between_bytes(void **state)
{
    uint8_t bytes[100];
    int fd = make_file(LARGE);

    (void)state;
    fill_pattern(bytes, 0, 100);
    assert_int_equal(gw_stream_write(&a.stream, (struct gw_slice){bytes, 100}), 0);
    assert_int_equal(gw_stream_write_file_take(&a.stream, fd, 100, LARGE - 100), 0);
    fill_pattern(bytes, LARGE, 100);
    assert_int_equal(gw_stream_write(&a.stream, (struct gw_slice){bytes, 100}), 0);
    assert_int_equal(gw_stream_queued_bytes(&a.stream), LARGE + 100);
    check_theirs_pattern(&a, LARGE + 100);
    assert_int_equal(fcntl(fd, F_GETFD), -1); /* closed when it was sent */
}

static void file_that_became_shorter_breaks_the_connection(void **state)
{
    int fd = make_file(1000);

    (void)state;
    assert_int_equal(gw_stream_write_file_take(&a.stream, fd, 500, 1000), 0);
    await(&a.error_count);
    assert_int_equal(a.last_errno, EIO);
    await(&a.closed_count);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
}

/* sendfile would raise SIGPIPE, which ends the process. */
static void file_for_a_peer_that_has_gone_is_an_error(void **state)
{
    (void)state;
    hang_up(&a);
    await(&a.end_count);
    assert_int_equal(gw_stream_write_file_take(&a.stream, make_file(1000), 0, 1000), 0);
    await(&a.error_count);
    assert_int_equal(a.last_errno, EPIPE);
    await(&a.closed_count);
}

static void closed_stream_closes_the_files_it_was_given(void **state)
{
    int queued = make_file(10), late = make_file(10);

    (void)state;
    assert_int_equal(gw_stream_write_file_take(&a.stream, queued, 0, 10), 0);
    gw_stream_close(&a.stream);
    assert_int_equal(gw_stream_write_file_take(&a.stream, late, 0, 10), GW_E_CLOSED);
    assert_int_equal(fcntl(queued, F_GETFD), -1);
    assert_int_equal(fcntl(late, F_GETFD), -1);
}

/* Ends of the peer */

static void answer_and_finish(struct peer *peer)
{
    gw_stream_write(&peer->stream, GW_LIT("answer"));
    gw_stream_finish(&peer->stream);
}

static void half_closed_peer_still_gets_its_answer(void **state)
{
    (void)state;
    a.on_end = answer_and_finish;
    say(&a, "question");
    shutdown(a.theirs, SHUT_WR);
    await(&a.end_count);
    assert_int_equal(a.heard_len, 8); /* all of it before the end */
    check_theirs(&a, "answer");
    assert_true(is_ended_for(&a));
    await(&a.closed_count);
    assert_int_equal(a.end_count, 1);
    assert_int_equal(a.error_count, 0);
}

static void end_is_told_once_although_the_stream_stays(void **state)
{
    (void)state;
    shutdown(a.theirs, SHUT_WR);
    await(&a.end_count);
    for (int i = 0; i < 5; i++)
        turn();
    assert_int_equal(a.end_count, 1);
    assert_int_equal(a.closed_count, 0);
    assert_int_equal(gw_stream_write(&a.stream, GW_LIT("still here")), 0);
    turn();
    check_theirs(&a, "still here");
}

/* With nothing to do, epoll must not tell of the end for ever. */
static void ended_stream_lets_the_loop_sleep(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        int fd;
        struct epoll_event event;

        if (i == 0)
            shutdown(a.theirs, SHUT_WR);
        else
            hang_up(&a); /* EPOLLHUP, which cannot be left out */
        if (i == 0)
            await(&a.end_count);
        for (int k = 0; k < 4; k++)
            turn();
        fd = loop->epoll_fd;
        assert_int_equal(epoll_wait(fd, &event, 1, 0), 0);
    }
    assert_int_equal(a.closed_count, 0);
}

static void without_a_handler_the_end_closes_the_stream(void **state)
{
    struct socket_pair pair = unix_pair();

    (void)state;
    b = (struct peer){.theirs = pair.theirs};
    assert_int_equal(gw_stream_open(&b.stream, loop, pair.ours, &only_closed), 0);
    say(&b, "nobody listens");
    hang_up(&b);
    await(&b.closed_count);
}

static void reset_is_an_error(void **state)
{
    (void)state;
    reset_on_close(a.theirs);
    hang_up(&a);
    await(&a.error_count);
    assert_int_equal(a.last_errno, ECONNRESET);
    await(&a.closed_count);
    assert_int_equal(a.error_count, 1);
    assert_int_equal(a.end_count, 0);
}

static void reset_is_an_error_while_paused(void **state)
{
    (void)state;
    gw_stream_pause(&a.stream);
    say(&a, "unread");
    reset_on_close(a.theirs);
    hang_up(&a);
    await(&a.error_count);
    assert_int_equal(a.last_errno, ECONNRESET);
    await(&a.closed_count);
    assert_int_equal(a.read_count, 0);
}

static void writing_to_a_peer_that_has_gone_is_an_error(void **state)
{
    (void)state;
    hang_up(&a);
    await(&a.end_count);
    assert_int_equal(gw_stream_write(&a.stream, GW_LIT("anybody?")), 0);
    await(&a.error_count);
    assert_int_equal(a.last_errno, EPIPE);
    await(&a.closed_count);
}

static void full_stream_learns_that_its_peer_has_gone(void **state)
{
    (void)state;
    write_large(&a);
    turn();
    gw_stream_pause(&a.stream);
    assert_true(gw_stream_is_blocked(&a.stream));
    hang_up(&a);
    await(&a.error_count);
    await(&a.closed_count);
}

/* Pause */

static void paused_stream_reads_nothing_until_it_goes_on(void **state)
{
    (void)state;
    gw_stream_pause(&a.stream);
    gw_stream_pause(&a.stream);
    say(&a, "later");
    for (int i = 0; i < 3; i++)
        turn();
    assert_int_equal(a.read_count, 0);
    gw_stream_resume(&a.stream);
    gw_stream_resume(&a.stream);
    await(&a.read_count);
    assert_memory_equal(a.heard, "later", 5);
}

static void end_is_told_while_paused_when_nothing_lies_before_it(void **state)
{
    (void)state;
    gw_stream_pause(&a.stream);
    shutdown(a.theirs, SHUT_WR);
    await(&a.end_count);
    gw_stream_resume(&a.stream);
    turn();
    assert_int_equal(a.end_count, 1);
}

static void end_behind_unread_bytes_waits_for_them(void **state)
{
    struct epoll_event event;

    (void)state;
    gw_stream_pause(&a.stream);
    say(&a, "read me");
    hang_up(&a);
    for (int i = 0; i < 5; i++)
        turn();
    assert_int_equal(a.end_count, 0);
    assert_int_equal(epoll_wait(loop->epoll_fd, &event, 1, 0), 0); /* and lets the loop sleep */
    gw_stream_resume(&a.stream);
    await(&a.end_count);
    assert_int_equal(a.heard_len, 7);
}

static void pause_once(struct peer *peer)
{
    gw_stream_pause(&peer->stream);
}

static void pause_inside_on_read_holds_from_then_on(void **state)
{
    (void)state;
    a.on_read = pause_once;
    say(&a, "one");
    await(&a.read_count);
    say(&a, "two");
    for (int i = 0; i < 3; i++)
        turn();
    assert_int_equal(a.read_count, 1);
}

/* Finish */

static void finish_sends_what_is_queued_and_waits_for_the_peer(void **state)
{
    (void)state;
    write_large(&a);
    gw_stream_finish(&a.stream);
    gw_stream_finish(&a.stream);
    assert_false(gw_stream_is_open(&a.stream));
    assert_int_equal(gw_stream_write(&a.stream, GW_LIT("more")), GW_E_CLOSED);
    assert_null(gw_stream_reserve(&a.stream, 1));
    check_theirs_pattern(&a, LARGE);
    for (int i = 0; i < 3; i++)
        turn();
    assert_int_equal(a.closed_count, 0);
    assert_true(is_ended_for(&a));
    hang_up(&a);
    await(&a.closed_count);
    assert_int_equal(a.drain_count, 0);
    assert_int_equal(a.end_count, 0);
    assert_int_equal(a.error_count, 0);
}

static void finishing_stream_throws_input_away(void **state)
{
    (void)state;
    gw_stream_pause(&a.stream);
    gw_stream_finish(&a.stream);
    turn();
    for (int i = 0; i < 10; i++) {
        say(&a, "do you hear me");
        turn();
    }
    assert_int_equal(a.read_count, 0);
    hang_up(&a);
    await(&a.closed_count);
}

/* Close */

static void close_self(struct peer *peer)
{
    gw_stream_close(&peer->stream);
    gw_stream_close(&peer->stream);
    assert_int_equal(peer->closed_count, 0); /* not before the end of the turn */
}

static void close_inside_on_read_is_the_end(void **state)
{
    (void)state;
    a.on_read = close_self;
    say(&a, "x");
    await(&a.closed_count);
    assert_int_equal(gw_stream_write(&a.stream, GW_LIT("late")), GW_E_CLOSED);
    assert_int_equal(gw_stream_write_blob(&a.stream, NULL, GW_LIT("")), GW_E_CLOSED);
    gw_stream_pause(&a.stream);
    gw_stream_resume(&a.stream);
    gw_stream_finish(&a.stream);
    turn();
    assert_int_equal(a.closed_count, 1);
    assert_true(is_ended_for(&a));
}

static void close_inside_any_callback_is_the_end(void **state)
{
    (void)state;
    a.on_end = a.on_drain = a.on_error = close_self;
    open_peer(&b, unix_pair());
    b.on_end = b.on_drain = b.on_error = close_self;
    write_large(&a);
    check_theirs_pattern(&a, LARGE);
    await(&a.closed_count); /* in on_drain */
    hang_up(&b);
    await(&b.closed_count); /* in on_end */
    assert_int_equal(a.error_count + b.error_count, 0);
}

static void close_drops_what_is_queued(void **state)
{
    (void)state;
    assert_int_equal(gw_stream_write(&a.stream, GW_LIT("never sent")), 0);
    gw_stream_close(&a.stream);
    assert_int_equal(gw_stream_queued_bytes(&a.stream), 0);
    turn();
    assert_int_equal(a.closed_count, 1);
    assert_true(is_ended_for(&a));
}

static void close_other(struct peer *peer)
{
    gw_stream_close(&peer->other->stream);
}

static void event_of_a_stream_closed_in_the_same_turn_is_dropped(void **state)
{
    (void)state;
    open_peer(&b, unix_pair());
    a.other = &b;
    b.other = &a;
    a.on_read = b.on_read = close_other;
    say(&a, "x");
    say(&b, "x");
    turn();
    assert_int_equal(a.read_count + b.read_count, 1);
    assert_int_equal(a.closed_count + b.closed_count, 1);
}

static void last_words(struct peer *peer)
{
    gw_stream_write(&peer->other->stream, GW_LIT("it left"));
}

static void on_closed_may_write_to_others(void **state)
{
    (void)state;
    open_peer(&b, unix_pair());
    a.other = &b;
    a.on_closed = last_words;
    gw_stream_close(&a.stream);
    turn();
    gw_loop_step(loop, -1); /* comes without sleep */
    check_theirs(&b, "it left");
}

static void stream_may_be_opened_again_when_it_is_closed(void **state)
{
    (void)state;
    shut_down(&a);
    turn();
    assert_int_equal(a.closed_count, 1);
    free(a.heard);
    open_peer(&a, unix_pair());
    check_echo();
}

/* Failures of open */

static void descriptor_that_cannot_be_watched_is_refused_and_closed(void **state)
{
    struct gw_stream stream;
    int fd = make_file(1);

    (void)state;
    assert_int_equal(gw_stream_open(&stream, loop, fd, &handlers), GW_E_SYSTEM);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
}

static void first_stream_needs_memory_for_the_read_buffer(void **state)
{
    gw_loop *other = gw_loop_create();
    struct socket_pair pair = unix_pair();
    struct gw_stream stream;

    (void)state;
    gw_mem_fail_at(1);
    assert_int_equal(gw_stream_open(&stream, other, pair.ours, &handlers), GW_E_NOMEM);
    gw_mem_fail_at(0);
    assert_int_equal(fcntl(pair.ours, F_GETFD), -1);
    close(pair.theirs);
    gw_loop_destroy(other);
}

/* Hooks write in the same turn. */

static void greet(struct gw_loop_hook *hook)
{
    (void)hook;
    gw_stream_write(&a.stream, GW_LIT("from the hook"));
}

static void what_a_hook_writes_goes_out_in_the_same_turn(void **state)
{
    struct gw_loop_hook hook;

    (void)state;
    gw_loop_hook_init(&hook, greet);
    gw_loop_hook_start_end(loop, &hook);
    turn();
    assert_int_equal(gw_stream_queued_bytes(&a.stream), 0);
    check_theirs(&a, "from the hook");
}

#define CASE(name)     cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define TCP_CASE(name) cmocka_unit_test_setup_teardown(name, set_up_tcp, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(bytes_are_echoed_over_a_unix_socket),
        TCP_CASE(bytes_are_echoed_over_ipv4),
        TCP_CASE(kept_peer_is_known_when_it_has_gone),
        CASE(bytes_are_echoed_over_ipv6),
        CASE(idle_stream_owns_no_memory),
        CASE(one_turn_reads_once),
        CASE(writes_of_one_turn_keep_their_order),
        CASE(hundreds_of_pieces_go_out_in_order),
        CASE(what_the_kernel_refuses_is_sent_later),
        TCP_CASE(what_the_kernel_refuses_is_sent_later),
        CASE(others_may_write_while_a_stream_is_full),
        CASE(write_behind_a_full_queue_comes_last),
        CASE(drained_stream_may_write_more_at_once),
        CASE(lack_of_memory_for_the_rest_breaks_only_that_stream),
        CASE(callback_of_a_failure_may_write_to_others),
        CASE(write_without_memory_leaves_the_stream_as_it_was),
        CASE(pieces_of_any_size_make_the_same_bytes),
        CASE(file_goes_out_between_bytes),
        TCP_CASE(file_goes_out_between_bytes),
        CASE(file_that_became_shorter_breaks_the_connection),
        CASE(file_for_a_peer_that_has_gone_is_an_error),
        CASE(closed_stream_closes_the_files_it_was_given),
        CASE(half_closed_peer_still_gets_its_answer),
        TCP_CASE(half_closed_peer_still_gets_its_answer),
        CASE(end_is_told_once_although_the_stream_stays),
        CASE(ended_stream_lets_the_loop_sleep),
        CASE(without_a_handler_the_end_closes_the_stream),
        TCP_CASE(reset_is_an_error),
        TCP_CASE(reset_is_an_error_while_paused),
        CASE(writing_to_a_peer_that_has_gone_is_an_error),
        CASE(full_stream_learns_that_its_peer_has_gone),
        TCP_CASE(full_stream_learns_that_its_peer_has_gone),
        CASE(paused_stream_reads_nothing_until_it_goes_on),
        TCP_CASE(end_is_told_while_paused_when_nothing_lies_before_it),
        CASE(end_is_told_while_paused_when_nothing_lies_before_it),
        CASE(end_behind_unread_bytes_waits_for_them),
        TCP_CASE(end_behind_unread_bytes_waits_for_them),
        CASE(pause_inside_on_read_holds_from_then_on),
        CASE(finish_sends_what_is_queued_and_waits_for_the_peer),
        TCP_CASE(finish_sends_what_is_queued_and_waits_for_the_peer),
        TCP_CASE(finishing_stream_throws_input_away),
        CASE(close_inside_on_read_is_the_end),
        CASE(close_inside_any_callback_is_the_end),
        CASE(close_drops_what_is_queued),
        CASE(event_of_a_stream_closed_in_the_same_turn_is_dropped),
        CASE(on_closed_may_write_to_others),
        CASE(stream_may_be_opened_again_when_it_is_closed),
        CASE(descriptor_that_cannot_be_watched_is_refused_and_closed),
        CASE(first_stream_needs_memory_for_the_read_buffer),
        CASE(what_a_hook_writes_goes_out_in_the_same_turn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
