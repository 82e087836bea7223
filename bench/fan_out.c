/* SPDX-License-Identifier: MIT */
/* What an emit to a room costs for each member, without a kernel: the real namespace, rooms, sessions and output queues, with
 * a transport that does as that of a WebSocket does and is emptied after each emit, untimed.
 *
 *     fan_out emit|each|ids|append MEMBERS ROUNDS
 *
 *     emit     one emit to the room
 *     each     an emit to each member by itself: the event is encoded into its queue
 *     ids      the same by the room that is named after it
 *     append   the message that all share is put into each queue, and nothing else
 * Prints the nanoseconds for each member, of the best round. */
#include "base/mem.h"
#include "base/outq.h"
#include "eio/engine.h"
#include "sio/io.h"
#include "ws/encoder.h"

#include <godwit/sio.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define EVENT "message"
#define ARGS  "\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\""

struct connection {
    struct gw_eio_transport transport;
    struct gw_outq out;
    struct gw_list node; /* in dirty */
    struct gw_eio_session *session;
    gw_socket *socket;
    size_t begun;
};

static struct {
    struct gw_eio_engine engine;
    struct gw_ids ids;
    uint64_t now_ms;
    gw_io *io;
    struct gw_outq_pool pool;
    struct gw_list dirty;
    struct connection **connections;
    size_t count, joined;
} world;

static _Noreturn void die(const char *why)
{
    fprintf(stderr, "fan_out: %s\n", why);
    exit(EXIT_FAILURE);
}

static struct connection *connection_of(struct gw_eio_transport *transport)
{
    return container_of(transport, struct connection, transport);
}

static void mark_dirty(struct connection *c)
{
    if (!gw_list_is_linked(&c->node))
        gw_list_push(&world.dirty, &c->node);
}

static bool has_room(const struct connection *c, size_t len)
{
    uint64_t limit = world.engine.options.max_queued_bytes;

    return len <= limit && c->out.queued_bytes <= limit - len;
}

static uint8_t *begin(struct gw_eio_transport *transport, bool is_binary, size_t len)
{
    struct connection *c = connection_of(transport);
    uint8_t head[GW_WS_HEAD_MAX];
    size_t head_len = gw_ws_encode_head(head, is_binary ? GW_WS_BINARY : GW_WS_TEXT, len, NULL);
    uint8_t *place =
        has_room(c, len) ? gw_outq_reserve(&c->out, &world.pool, head_len + len) : NULL;

    if (!place)
        return NULL;
    memcpy(place, head, head_len);
    c->begun = head_len + len;
    return place + head_len;
}

static void commit(struct gw_eio_transport *transport)
{
    struct connection *c = connection_of(transport);

    gw_outq_commit(&c->out, &world.pool, c->begun);
    mark_dirty(c);
}

static int send_message(struct gw_eio_transport *transport, struct gw_eio_message *message)
{
    struct connection *c = connection_of(transport);
    struct gw_slice body = gw_eio_message_frame_body(message);
    uint8_t *place = message->blob->bytes + GW_EIO_HEADROOM;
    int err;

    if (!has_room(c, body.len))
        return GW_E_LIMIT;
    if (message->ws_head_len == 0) {
        uint8_t head[GW_WS_HEAD_MAX];

        message->ws_head_len = (uint8_t)gw_ws_encode_head(head, GW_WS_TEXT, body.len, NULL);
        memcpy(place - message->ws_head_len, head, message->ws_head_len);
    }
    err = gw_outq_push_blob(
        &c->out, &world.pool, message->blob,
        (struct gw_slice){place - message->ws_head_len, message->ws_head_len + body.len});
    if (err == 0)
        mark_dirty(c);
    return err;
}

static bool is_writable(const struct gw_eio_transport *transport)
{
    (void)transport;
    return true;
}

static void close_transport(struct gw_eio_transport *transport, enum gw_eio_close_how how,
                            struct gw_eio_queue *queue)
{
    (void)transport;
    (void)how;
    (void)queue;
}

static const struct gw_eio_transport_ops ops = {
    .kind = GW_EIO_WEBSOCKET,
    .is_stream = true,
    .begin = begin,
    .commit = commit,
    .send = send_message,
    .is_writable = is_writable,
    .close = close_transport,
};

/* What would go to the kernel goes nowhere. */
static void empty_queues(void)
{
    struct gw_list *node;

    while ((node = gw_list_pop(&world.dirty)) != NULL) {
        struct connection *c = container_of(node, struct connection, node);

        gw_outq_consume(&c->out, &world.pool, c->out.queued_bytes);
    }
    gw_outq_pool_reset(&world.pool);
    while (gw_eio_engine_end_turn(&world.engine, world.now_ms))
        continue;
    gw_io_end_turn(world.io);
}

/* ---- bringing it up ---- */

static void make_noise(uint8_t *out, size_t len)
{
    static uint64_t state = 1;

    for (size_t i = 0; i < len; i++) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        out[i] = (uint8_t)(state >> 33);
    }
}

static void on_work(struct gw_eio_engine *engine)
{
    (void)engine;
}

static void on_io_work(void *user)
{
    (void)user;
}

static void on_connection(gw_socket *socket, void *user)
{
    (void)user;
    if (gw_socket_join(socket, "room") < 0)
        die("cannot join");
    world.connections[world.joined++]->socket = socket;
}

static void open_world(size_t count)
{
    static const struct gw_eio_engine_hooks hooks = {.on_work = on_work};
    struct gw_eio_options options;

    gw_list_init(&world.dirty);
    gw_outq_pool_init(&world.pool);
    gw_eio_options_init(&options);
    gw_eio_engine_init(&world.engine, &options, &hooks, make_noise);
    gw_ids_init(&world.ids, make_noise);
    world.count = count;
    world.connections = calloc(count, sizeof(*world.connections));
    world.io = gw_io_create(NULL, &(struct gw_io_env){.ids = &world.ids,
                                                      .seed = {1, 2},
                                                      .now_ms = &world.now_ms,
                                                      .on_work = on_io_work});
    if (!world.connections || !world.io ||
        gw_on_connection(gw_io_namespace(world.io), on_connection, NULL) < 0)
        die("out of memory");
}

static void connect_one(size_t number)
{
    struct gw_sio_request request = {.url = GW_LIT("/socket.io/?EIO=4&transport=websocket")};
    struct connection *c = gw_mem_zalloc(sizeof(*c));

    if (!c)
        die("out of memory");
    world.connections[number] = c;
    c->transport.ops = &ops;
    gw_outq_init(&c->out);
    gw_list_init(&c->node);
    c->session = gw_eio_engine_open(&world.engine, GW_EIO_V4, &c->transport, world.now_ms);
    if (!c->session || gw_io_open_link(world.io, c->session, &request) < 0)
        die("out of memory");
    gw_eio_session_receive_text(c->session, &c->transport, GW_LIT("40"), world.now_ms);
    empty_queues();
    if (world.joined != number + 1)
        die("a client could not connect");
}

/* ---- what is measured; not inlined, so that a profiler can count inside of them alone ---- */

void emit_to_room(void);
void emit_to_each(void);
void emit_to_ids(void);
void append_to_each(void);

__attribute__((noinline)) void emit_to_room(void)
{
    gw_emit(gw_to(gw_everyone(gw_io_namespace(world.io)), "room"), EVENT, ARGS);
}

__attribute__((noinline)) void emit_to_each(void)
{
    for (size_t i = 0; i < world.count; i++)
        gw_emit(gw_only(world.connections[i]->socket), EVENT, ARGS);
}

__attribute__((noinline)) void emit_to_ids(void)
{
    gw_namespace *nsp = gw_io_namespace(world.io);

    for (size_t i = 0; i < world.count; i++)
        gw_emit(gw_to(gw_everyone(nsp), gw_socket_id(world.connections[i]->socket)), EVENT, ARGS);
}

static struct gw_eio_message *message;

__attribute__((noinline)) void append_to_each(void)
{
    for (size_t i = 0; i < world.count; i++)
        send_message(&world.connections[i]->transport, message);
}

static void make_message(void)
{
    static const char packet[] = "2[\"" EVENT "\"," ARGS "]";

    message = gw_eio_message_create(false, sizeof(packet) - 1);
    if (!message)
        die("out of memory");
    memcpy(gw_eio_message_payload(message), packet, sizeof(packet) - 1);
}

static double now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void check_queues(size_t least)
{
    for (size_t i = 0; i < world.count; i++) {
        if (world.connections[i]->out.queued_bytes < least)
            die("a queue did not get the message");
    }
}

static double measure(void (*work)(void), size_t rounds)
{
    double best = 1e18;

    for (size_t i = 0; i < rounds; i++) {
        double start = now_ns(), took;

        work();
        took = now_ns() - start;
        best = took < best ? took : best;
        check_queues(sizeof(EVENT ARGS));
        empty_queues();
    }
    return best / (double)world.count;
}

int main(int argc, char **argv)
{
    size_t count = argc == 4 ? strtoul(argv[2], NULL, 10) : 0;
    size_t rounds = argc == 4 ? strtoul(argv[3], NULL, 10) : 0;
    void (*work)(void) = NULL;

    if (argc == 4 && strcmp(argv[1], "emit") == 0)
        work = emit_to_room;
    else if (argc == 4 && strcmp(argv[1], "each") == 0)
        work = emit_to_each;
    else if (argc == 4 && strcmp(argv[1], "ids") == 0)
        work = emit_to_ids;
    else if (argc == 4 && strcmp(argv[1], "append") == 0)
        work = append_to_each;
    if (!work || count == 0 || rounds == 0) {
        fputs("usage: fan_out emit|each|ids|append MEMBERS ROUNDS\n", stderr);
        return 2;
    }
    open_world(count);
    for (size_t i = 0; i < count; i++)
        connect_one(i);
    make_message();
    printf("%.2f\n", measure(work, rounds));
    return EXIT_SUCCESS; /* the kernel takes it all back at once */
}
