/* SPDX-License-Identifier: MIT */
/* A Socket.IO server without a network, for tests: a real engine and gw_io, clients whose
 * transport is a string, and a trace of what the application was told. */
#ifndef GW_TESTS_SIO_FIXTURE_H
#define GW_TESTS_SIO_FIXTURE_H

#include "base/list.h"
#include "base/mem.h"
#include "eio/engine.h"
#include "sio/io.h"

#include <godwit/sio.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { TEXT_MAX = 1 << 16 };

/* One client. What the server sends is appended to out, each message followed by '|': text as it
 * is ("40", "42[...]"), bytes as B and hex; ids of sockets are masked; "close" is the
 * transport's end. */
struct client {
    struct gw_eio_transport transport;
    struct gw_eio_session *session;
    struct fixture *fixture;
    uint8_t *place; /* between begin and commit */
    size_t place_len;
    bool place_is_binary;
    bool is_writable;
    uint64_t queued_bytes; /* that have not left yet, as it says */
    bool is_failing;       /* takes nothing */
    bool is_closed;
    size_t message_count;
    size_t out_len;
    char out[TEXT_MAX];
};

struct fixture {
    struct gw_eio_engine engine;
    struct gw_ids ids;
    uint64_t now_ms;
    gw_io *io;
    bool has_work;                      /* somebody announced work for the end of the turn */
    uint64_t deadline_ms;               /* as it was when the last turn ended */
    gw_namespace *nsp;                  /* "/" */
    struct gw_sio_limit_hit last_limit; /* that was reached */
    size_t trace_len;
    char trace[TEXT_MAX];
};

static inline void fixture_entropy(uint8_t *out, size_t len)
{
    static uint64_t state = 0x1234567;

    for (size_t i = 0; i < len; i++) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        out[i] = (uint8_t)(state >> 33);
    }
}

static inline void trace(struct fixture *fx, const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(fx->trace + fx->trace_len, TEXT_MAX - fx->trace_len, format, args);
    va_end(args);
    fx->trace_len += (size_t)n;
    if (fx->trace_len >= TEXT_MAX)
        abort();
}

static inline void client_append(struct client *client, struct gw_slice bytes)
{
    if (client->out_len + bytes.len + 1 > TEXT_MAX)
        abort();
    if (bytes.len > 0)
        memcpy(client->out + client->out_len, bytes.ptr, bytes.len);
    client->out_len += bytes.len;
    client->out[client->out_len] = '\0';
}

static inline void client_take(struct client *client, bool is_binary, struct gw_slice body)
{
    size_t start = client->out_len;
    char *sid;

    client->message_count++;
    if (!is_binary) {
        client_append(client, body);
        sid = strstr(client->out + start, "\"sid\":\"");
        if (sid) {
            memmove(sid + 7, sid + 27, strlen(sid + 27) + 1);
            client->out_len -= 20;
        }
    } else {
        client_append(client, GW_LIT("B"));
        for (size_t i = 0; i < body.len; i++) {
            char hex[3];

            snprintf(hex, sizeof(hex), "%02x", body.ptr[i]);
            client_append(client, (struct gw_slice){(uint8_t *)hex, 2});
        }
    }
    client_append(client, GW_LIT("|"));
}

static inline struct client *client_of(const struct gw_eio_transport *transport)
{
    return container_of(transport, struct client, transport);
}

static inline uint8_t *client_begin(struct gw_eio_transport *transport, bool is_binary, size_t len)
{
    struct client *client = client_of(transport);

    if (client->is_failing)
        return NULL;
    client->place = malloc(len ? len : 1); /* exactly: the sanitizer sees one byte too many */
    if (!client->place)
        abort();
    client->place_len = len;
    client->place_is_binary = is_binary;
    return client->place;
}

static inline void client_commit(struct gw_eio_transport *transport)
{
    struct client *client = client_of(transport);

    client_take(client, client->place_is_binary,
                (struct gw_slice){client->place, client->place_len});
    free(client->place);
}

static inline int client_send(struct gw_eio_transport *transport, struct gw_eio_message *message)
{
    struct client *client = client_of(transport);

    if (client->is_failing)
        return GW_E_NOMEM;
    client_take(client, message->is_binary, gw_eio_message_frame_body(message));
    return 0;
}

static inline int client_flush(struct gw_eio_transport *transport, struct gw_eio_queue *queue)
{
    struct gw_eio_message *message;

    if (!client_of(transport)->is_writable)
        return 0;
    while ((message = gw_eio_queue_pop(queue)) != NULL) {
        client_take(client_of(transport), message->is_binary, gw_eio_message_frame_body(message));
        gw_eio_message_unref(message);
    }
    return 0;
}

static inline void client_nudge(struct gw_eio_transport *transport)
{
    (void)transport;
}

static inline bool client_is_writable(const struct gw_eio_transport *transport)
{
    return client_of(transport)->is_writable;
}

static inline uint64_t client_queued_bytes(const struct gw_eio_transport *transport)
{
    return client_of(transport)->queued_bytes;
}

static inline void client_close(struct gw_eio_transport *transport, enum gw_eio_close_how how,
                                struct gw_eio_queue *queue)
{
    (void)how;
    client_flush(transport, queue);
    client_of(transport)->is_closed = true;
    client_append(client_of(transport), GW_LIT("close|"));
}

static const struct gw_eio_transport_ops client_stream_ops = {
    .kind = GW_EIO_WEBSOCKET,
    .is_stream = true,
    .begin = client_begin,
    .commit = client_commit,
    .send = client_send,
    .is_writable = client_is_writable,
    .queued_bytes = client_queued_bytes,
    .close = client_close,
};

static const struct gw_eio_transport_ops client_polling_ops = {
    .kind = GW_EIO_POLLING,
    .flush = client_flush,
    .nudge = client_nudge,
    .is_writable = client_is_writable,
    .close = client_close,
};

static inline void fixture_on_engine_work(struct gw_eio_engine *engine)
{
    container_of(engine, struct fixture, engine)->has_work = true;
}

static inline void fixture_on_io_work(void *user)
{
    ((struct fixture *)user)->has_work = true;
}

static inline void fixture_on_limit(const struct gw_sio_limit_hit *hit, void *user)
{
    ((struct fixture *)user)->last_limit = *hit;
}

static inline void fixture_open(struct fixture *fx, const struct gw_io_options *options)
{
    struct gw_eio_options engine_options;
    static const struct gw_eio_engine_hooks hooks = {.on_work = fixture_on_engine_work};

    memset(fx, 0, sizeof(*fx));
    fx->now_ms = 1000;
    fx->deadline_ms = UINT64_MAX;
    gw_eio_options_init(&engine_options);
    gw_eio_engine_init(&fx->engine, &engine_options, &hooks, fixture_entropy);
    gw_ids_init(&fx->ids, fixture_entropy);
    fx->io = gw_io_create(options, &(struct gw_io_env){.ids = &fx->ids,
                                                       .seed = {1, 2},
                                                       .now_ms = &fx->now_ms,
                                                       .unix_base_ms = 1700000000000,
                                                       .on_work = fixture_on_io_work,
                                                       .on_limit = fixture_on_limit,
                                                       .user = fx});
    if (!fx->io)
        return; /* only where memory is made to run out */
    fx->nsp = gw_io_namespace(fx->io);
}

/* A server that waits for the announcement of work must not miss any. */
static inline void check_work_was_told(const struct fixture *fx)
{
    if (fx->has_work)
        return;
    if (!gw_list_is_empty(&fx->engine.dirty) || !gw_list_is_empty(&fx->engine.graveyard) ||
        !gw_list_is_empty(&fx->io->dead_sockets) || !gw_list_is_empty(&fx->io->dead_links) ||
        gw_io_deadline_ms(fx->io) < fx->deadline_ms)
        abort();
}

/* The end of a turn of the loop. */
static inline void turn(struct fixture *fx)
{
    check_work_was_told(fx);
    fx->has_work = false;
    while (gw_eio_engine_end_turn(&fx->engine, fx->now_ms))
        continue;
    gw_io_end_turn(fx->io);
    fx->deadline_ms = gw_io_deadline_ms(fx->io);
    gw_io_reap(fx->io);
    gw_eio_engine_reap(&fx->engine);
}

static inline void fixture_close(struct fixture *fx)
{
    gw_eio_engine_close(&fx->engine);
    if (fx->io)
        turn(fx);
    gw_io_destroy(fx->io);
    gw_eio_engine_dispose(&fx->engine);
}

/* One whose first request was that. NULL when memory has run out. */
static inline struct client *client_open_with(struct fixture *fx,
                                              const struct gw_eio_transport_ops *ops,
                                              const struct gw_sio_request *request)
{
    struct client *client = calloc(1, sizeof(*client));

    if (!client)
        abort();
    client->transport.ops = ops;
    client->fixture = fx;
    client->is_writable = true;
    client->session = gw_eio_engine_open(&fx->engine, GW_EIO_V4, &client->transport, fx->now_ms);
    if (!client->session) {
        free(client);
        return NULL;
    }
    if (gw_io_open_link(fx->io, client->session, request) < 0) {
        gw_eio_session_discard(client->session);
        turn(fx);
        free(client);
        return NULL;
    }
    client->out_len = 0;
    client->out[0] = '\0';
    client->message_count = 0;
    return client;
}

static inline struct client *client_open_on(struct fixture *fx,
                                            const struct gw_eio_transport_ops *ops)
{
    static const struct gw_header fields[] = {
        {{(const uint8_t *)"Host", 4}, {(const uint8_t *)"localhost:3000", 14}},
        {{(const uint8_t *)"User-Agent", 10}, {(const uint8_t *)"test/1", 6}},
    };
    struct gw_sio_request request = {
        .url = GW_LIT("/socket.io/?name=J%c3%b6+rg&EIO=4&transport=websocket"),
        .query = GW_LIT("name=J%c3%b6+rg&EIO=4&transport=websocket"),
        .address = GW_LIT("192.0.2.7"),
        .fields = fields,
        .field_count = 2,
    };

    return client_open_with(fx, ops, &request);
}

static inline struct client *client_open(struct fixture *fx)
{
    return client_open_on(fx, &client_stream_ops);
}

/* A message of the client: "40", "42[...]". Copied to a block of exactly its size, gone
 * afterwards. */
static inline void say_slice(struct client *client, struct gw_slice text)
{
    uint8_t *copy;

    if (!client->transport.session)
        return;
    copy = malloc(text.len ? text.len : 1);
    if (!copy)
        abort();
    if (text.len > 0)
        memcpy(copy, text.ptr, text.len);
    gw_eio_session_receive_text(client->session, &client->transport,
                                (struct gw_slice){copy, text.len}, client->fixture->now_ms);
    free(copy);
}

static inline void say(struct client *client, const char *text)
{
    say_slice(client, gw_slice_of(text));
}

static inline void say_packet(struct client *client, struct gw_slice bytes)
{
    uint8_t *copy;

    if (!client->transport.session)
        return;
    copy = malloc(bytes.len ? bytes.len : 1);
    if (!copy)
        abort();
    memcpy(copy, bytes.ptr, bytes.len);
    gw_eio_session_receive_binary(client->session, &client->transport,
                                  (struct gw_slice){copy, bytes.len}, client->fixture->now_ms);
    free(copy);
}

static inline void say_bytes(struct client *client, const char *bytes)
{
    say_packet(client, gw_slice_of(bytes));
}

/* The client cuts the connection. */
static inline void hang_up(struct client *client)
{
    if (client->transport.session)
        gw_eio_session_transport_closed(client->session, &client->transport, GW_EIO_TRANSPORT_CLOSE,
                                        NULL);
}

static inline void client_free(struct client *client)
{
    if (!client)
        return;
    hang_up(client);
    turn(client->fixture);
    free(client);
}

static inline void forget(struct client *client)
{
    client->out_len = 0;
    client->out[0] = '\0';
}

static inline void forget_trace(struct fixture *fx)
{
    fx->trace_len = 0;
    fx->trace[0] = '\0';
}

#endif
