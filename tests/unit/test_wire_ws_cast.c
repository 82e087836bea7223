/* SPDX-License-Identifier: MIT */
/* One message for many: who agreed on the same gets the very same bytes, and everybody can read them. */
#include "wire/ws_cast.h"

#include "base/mem.h"
#include "support/sockets.h"
#include "ws/mask.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { PEERS = 8, BYTES_MAX = 1 << 16 };

/* A server's WebSocket, and what its client makes of the bytes. */
struct peer {
    gw_ws ws; /* first */
    struct gw_wire wire;
    struct gw_ws_setup setup;
    struct gw_ws_compression *other; /* the client's half, with a pool of its own */
    int fd;
    uint8_t bytes[BYTES_MAX];
    size_t len;
};

static gw_loop *loop;
static struct gw_ws_compression_pool other_pool;
static struct peer *peers[PEERS];
static size_t peer_count;

static const struct gw_ws_sink sink;
static struct gw_ws_deflate shared, own;

static void on_closed(struct gw_stream *stream)
{
    struct peer *peer = container_of(gw_wire_of_stream(stream), struct peer, wire);

    gw_ws_dispose(&peer->ws);
}

static const struct gw_stream_handlers handlers = {.on_closed = on_closed};

static void on_deadline(struct gw_timer *timer)
{
    (void)timer;
}

/* deflate NULL: nothing was agreed on. */
static struct peer *add_peer(const struct gw_ws_deflate *deflate, uint8_t window_bits)
{
    struct gw_ws_deflate_params params = {.server_max_window_bits = window_bits};
    struct socket_pair pair = unix_pair();
    struct peer *peer = calloc(1, sizeof(*peer));

    assert_non_null(peer);
    peer->fd = pair.theirs;
    set_nonblocking(peer->fd);
    peer->setup = (struct gw_ws_setup){
        .sink = &sink, .decoder = {.max_message_bytes = BYTES_MAX}, .deflate = deflate};
    assert_int_equal(gw_wire_open_take(&peer->wire, loop, pair.ours, &handlers, on_deadline), 0);
    gw_ws_init(&peer->ws, &peer->wire, &peer->setup);
    if (deflate) {
        params.server_no_context_takeover = !deflate->has_own_compressor;
        assert_int_equal(gw_ws_start_deflate(&peer->ws, &params), 0);
        peer->other = gw_ws_compression_create(&other_pool, GW_WS_CLIENT, deflate, &params);
    }
    peers[peer_count++] = peer;
    return peer;
}

static int begin(void **state)
{
    static const struct gw_ws_deflate for_all = {.threshold_bytes = 20};
    static const struct gw_ws_deflate for_each = {
        .threshold_bytes = 20, .has_own_compressor = true, .has_own_decompressor = true};

    (void)state;
    gw_ws_deflate_fill(&shared, &for_all);
    gw_ws_deflate_fill(&own, &for_each);
    loop = gw_loop_create();
    gw_ws_compression_pool_init(&other_pool);
    peer_count = 0;
    return 0;
}

static int end(void **state)
{
    (void)state;
    for (size_t i = 0; i < peer_count; i++)
        gw_wire_close(&peers[i]->wire);
    gw_loop_step(loop, 0);
    for (size_t i = 0; i < peer_count; i++) {
        gw_ws_compression_destroy(peers[i]->other);
        close(peers[i]->fd);
        free(peers[i]);
    }
    gw_ws_compression_pool_dispose(&other_pool);
    gw_loop_destroy(loop);
    return 0;
}

static void receive(struct peer *peer)
{
    ssize_t got;

    gw_loop_step(loop, 0);
    peer->len = 0;
    while ((got = read(peer->fd, peer->bytes + peer->len, BYTES_MAX - peer->len)) > 0)
        peer->len += (size_t)got;
}

/* The next frame is message, compressed or not. */
static void check_got(struct peer *peer, struct gw_slice message, bool is_compressed)
{
    struct gw_ws_frame_head head;
    struct gw_slice payload;
    struct gw_buf out;
    int used;

    receive(peer);
    used = gw_ws_frame_head_decode((struct gw_slice){peer->bytes, peer->len}, &head);
    assert_true(used > 0);
    assert_int_equal(head.payload_len + (size_t)used, peer->len);
    assert_int_equal(head.rsv, is_compressed ? GW_WS_RSV1 : 0);
    payload = (struct gw_slice){peer->bytes + used, (size_t)head.payload_len};
    gw_buf_init(&out, SIZE_MAX);
    if (is_compressed) {
        assert_int_equal(gw_ws_compression_unpack(peer->other, payload, true, BYTES_MAX, &out),
                         GW_WS_UNPACK_OK);
        payload = gw_buf_slice(&out);
    }
    assert_int_equal(payload.len, message.len);
    assert_memory_equal(payload.ptr, message.ptr, message.len);
    gw_buf_dispose(&out);
}

static void cast_to_all(struct gw_slice message)
{
    struct gw_ws_cast cast;

    gw_ws_cast_init(&cast, GW_WS_TEXT, message);
    for (size_t i = 0; i < peer_count; i++)
        assert_int_equal(gw_ws_cast_send(&cast, &peers[i]->ws), 0);
    gw_ws_cast_dispose(&cast);
}

#define MESSAGE GW_LIT("a godwit, a godwit, another godwit and many more godwits")

static void each_gets_it_as_agreed(void **state)
{
    struct peer *bare = add_peer(NULL, 0), *wide = add_peer(&shared, 0);
    struct peer *narrow = add_peer(&shared, 9), *context = add_peer(&own, 0);

    (void)state;
    for (int i = 0; i < 3; i++) {
        cast_to_all(MESSAGE);
        check_got(bare, MESSAGE, false);
        check_got(wide, MESSAGE, true);
        check_got(narrow, MESSAGE, true);
        check_got(context, MESSAGE, true);
    }
}

static void same_parameters_get_the_same_bytes(void **state)
{
    struct peer *one = add_peer(&shared, 12), *two = add_peer(&own, 12);

    (void)state;
    cast_to_all(MESSAGE);
    check_got(one, MESSAGE, true);
    check_got(two, MESSAGE, true);
    assert_int_equal(one->len, two->len);
    assert_memory_equal(one->bytes, two->bytes, one->len);
}

/* Casts do not break the context of those that keep theirs, and are part of it. */
static void context_goes_on_through_casts(void **state)
{
    struct peer *context = add_peer(&own, 0);
    size_t first;

    (void)state;
    assert_int_equal(gw_ws_send_message(&context->ws, GW_WS_TEXT, MESSAGE), 0);
    check_got(context, MESSAGE, true);
    first = context->len;
    for (int i = 0; i < 3; i++) {
        const struct gw_slice other = GW_LIT("something else, something else, something else");

        cast_to_all(other);
        check_got(context, other, true);
        assert_int_equal(gw_ws_send_message(&context->ws, GW_WS_TEXT, MESSAGE), 0);
        check_got(context, MESSAGE, true);
        assert_true(context->len < first / 2);
        assert_int_equal(gw_ws_send_message(&context->ws, GW_WS_TEXT, other), 0);
        check_got(context, other, true);
        assert_true(context->len < first / 2);
    }
}

static void short_and_noisy_messages_stay_bare(void **state)
{
    struct peer *wide = add_peer(&shared, 0), *context = add_peer(&own, 0);
    const struct gw_slice noise = GW_LIT("q8Zr_1xKv-0pLm3TfWc7YbN");

    (void)state;
    cast_to_all(GW_LIT("aaaaaaaaaaaaaaaaaaa")); /* 19 bytes */
    check_got(wide, GW_LIT("aaaaaaaaaaaaaaaaaaa"), false);
    check_got(context, GW_LIT("aaaaaaaaaaaaaaaaaaa"), false);
    cast_to_all(noise);
    check_got(wide, noise, false);
    check_got(context, noise, false);
    cast_to_all(GW_LIT(""));
    check_got(wide, GW_LIT(""), false);
}

static void closed_peers_are_told_apart(void **state)
{
    struct peer *gone = add_peer(&shared, 0);
    struct gw_ws_cast cast;

    (void)state;
    gw_wire_close(&gone->wire);
    gw_ws_cast_init(&cast, GW_WS_TEXT, MESSAGE);
    assert_int_equal(gw_ws_cast_send(&cast, &gone->ws), GW_E_CLOSED);
    gw_ws_cast_dispose(&cast);
}

/* Every allocation of a cast fails once: it arrives whole or not at all, and nothing leaks. */
static void memory_that_runs_out_costs_the_connection_only(void **state)
{
    (void)state;
    for (uint64_t nth = 1; nth < 25; nth++) {
        struct gw_ws_cast cast;
        struct peer *peer;
        int err;

        begin(NULL);
        peer = add_peer(nth % 2 ? &shared : &own, 0);
        gw_ws_cast_init(&cast, GW_WS_TEXT, MESSAGE);
        gw_mem_fail_at((nth + 1) / 2);
        err = gw_ws_cast_send(&cast, &peer->ws);
        gw_mem_fail_at(0);
        assert_true(err == GW_OK || err == GW_E_NOMEM);
        gw_ws_cast_dispose(&cast);
        receive(peer);
        assert_true(err == GW_OK ? peer->len > 0 : peer->len == 0);
        end(NULL);
    }
    begin(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_gets_it_as_agreed, begin, end),
        cmocka_unit_test_setup_teardown(same_parameters_get_the_same_bytes, begin, end),
        cmocka_unit_test_setup_teardown(context_goes_on_through_casts, begin, end),
        cmocka_unit_test_setup_teardown(short_and_noisy_messages_stay_bare, begin, end),
        cmocka_unit_test_setup_teardown(closed_peers_are_told_apart, begin, end),
        cmocka_unit_test_teardown(memory_that_runs_out_costs_the_connection_only, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
