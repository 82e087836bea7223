/* SPDX-License-Identifier: MIT */
/* One session under everything that a peer, the server and the layer above can do to it, in any order. Each request
 * handed over must come back exactly once, on_close must come exactly once, and nothing may be left behind. */
#include "eio/engine.h"
#include "eio/polling.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct request {
    bool is_out; /* lent to the polling */
};

struct stream {
    struct gw_eio_transport transport;
    uint8_t place[256];
    bool is_open_place;
    bool is_full;
};

static struct run {
    struct gw_eio_engine engine;
    struct gw_eio_session *session;
    struct gw_eio_polling *polling; /* NULL once freed */
    struct stream streams[3];
    size_t stream_count;
    struct request poll, post;
    uint64_t now_ms;
    struct gw_slice input;
    int close_count;
} run;

static uint8_t next_byte(void)
{
    if (run.input.len == 0)
        return 0;
    run.input.len--;
    return *run.input.ptr++;
}

static struct gw_slice next_text(void)
{
    size_t len = next_byte() % 16;
    struct gw_slice text = {run.input.ptr, len < run.input.len ? len : run.input.len};

    run.input.ptr += text.len;
    run.input.len -= text.len;
    return text;
}

static uint8_t *begin(struct gw_eio_transport *t, bool is_binary, size_t len)
{
    struct stream *stream = container_of(t, struct stream, transport);

    (void)is_binary;
    assert(t->session && !stream->is_open_place);
    if (stream->is_full || len > sizeof(stream->place))
        return NULL;
    stream->is_open_place = true;
    return stream->place;
}

static void commit(struct gw_eio_transport *t)
{
    struct stream *stream = container_of(t, struct stream, transport);

    assert(stream->is_open_place);
    stream->is_open_place = false;
}

static int send_message(struct gw_eio_transport *t, struct gw_eio_message *message)
{
    assert(t->session && gw_eio_message_frame_body(message).ptr);
    return container_of(t, struct stream, transport)->is_full ? GW_E_LIMIT : 0;
}

static bool is_writable(const struct gw_eio_transport *t)
{
    return t->session != NULL;
}

static void close_stream(struct gw_eio_transport *t, enum gw_eio_close_how how,
                         struct gw_eio_queue *queue)
{
    (void)how, (void)queue;
    assert(t->session);
}

static const struct gw_eio_transport_ops stream_ops = {
    .kind = GW_EIO_WEBSOCKET,
    .is_stream = true,
    .begin = begin,
    .commit = commit,
    .send = send_message,
    .is_writable = is_writable,
    .close = close_stream,
};

static void answer(void *poll, const struct gw_eio_answer *what)
{
    struct request *request = poll;

    assert(request->is_out && what->body.len > 0);
    request->is_out = false;
}

static void drop(void *handle)
{
    struct request *request = handle;

    assert(request->is_out);
    request->is_out = false;
}

static const struct gw_eio_polling_handlers polling_handlers = {answer, drop};

static void send_short(void)
{
    uint8_t *place = gw_eio_session_begin(run.session, false, 3);

    if (!place)
        return;
    memcpy(place, "abc", 3);
    gw_eio_session_commit(run.session);
}

static void send_shared(void)
{
    struct gw_eio_message *message = gw_eio_message_create(true, 2);

    assert(message);
    memcpy(gw_eio_message_payload(message), "xy", 2);
    gw_eio_session_send(run.session, message);
    gw_eio_message_unref(message);
}

/* What the layer above may do at any time, inside handlers too. */
static void act_above(uint8_t what)
{
    switch (what % 8) {
    case 0:
        gw_eio_session_close(run.session);
        break;
    case 1:
        gw_eio_session_discard(run.session);
        break;
    case 2:
        send_shared();
        break;
    default:
        send_short();
        break;
    }
}

static void on_message(struct gw_eio_session *session, const struct gw_eio_packet *packet,
                       void *user)
{
    (void)user;
    assert(session->state == GW_EIO_SESSION_OPEN && packet->type == GW_EIO_PACKET_MESSAGE);
    act_above(next_byte());
}

static void on_close(struct gw_eio_session *session, enum gw_eio_reason reason, const char *detail,
                     void *user)
{
    (void)reason, (void)detail, (void)user;
    assert(session->state == GW_EIO_SESSION_CLOSED);
    run.close_count++;
    act_above(next_byte());
}

static void on_upgrade(struct gw_eio_session *session, void *user)
{
    (void)user;
    assert(session->transport->ops->is_stream);
    act_above(next_byte());
}

static const struct gw_eio_session_handlers handlers = {
    .on_message = on_message, .on_close = on_close, .on_upgrade = on_upgrade};

static void on_deadline(struct gw_eio_session *session, uint64_t deadline_ms)
{
    assert(deadline_ms == gw_eio_session_deadline_ms(session));
}

static void get(void)
{
    struct request second = {true};
    bool has_first = run.poll.is_out;
    enum gw_eio_polling_result result;

    run.poll.is_out = true;
    result = gw_eio_polling_poll(run.polling, has_first ? &second : &run.poll, run.now_ms);
    if (has_first)
        assert(result == GW_EIO_POLLING_BAD_REQUEST && !run.poll.is_out);
    else if (result == GW_EIO_POLLING_BAD_REQUEST)
        run.poll.is_out = false;
}

static void begin_post(bool is_octet_stream)
{
    struct request second = {true};
    bool has_first = run.post.is_out;
    enum gw_eio_polling_result result;

    run.post.is_out = true;
    result =
        gw_eio_polling_post_begin(run.polling, has_first ? &second : &run.post, is_octet_stream);
    if (has_first)
        assert(result == GW_EIO_POLLING_BAD_REQUEST && !run.post.is_out);
    else if (result == GW_EIO_POLLING_BAD_REQUEST)
        run.post.is_out = false;
}

static void end_post(void)
{
    if (!run.post.is_out)
        return;
    run.post.is_out = false;
    gw_eio_polling_post_end(run.polling, next_text(), run.now_ms);
}

/* The connection of a request that is out goes away. */
static void abort_request(struct request *request, void (*tell)(struct gw_eio_polling *))
{
    if (!request->is_out)
        return;
    request->is_out = false;
    tell(run.polling);
}

static void act_polling(uint8_t what)
{
    if (!run.polling)
        return;
    switch (what % 6) {
    case 0:
        get();
        break;
    case 1:
        begin_post(what >= 0xf0);
        break;
    case 2:
        end_post();
        break;
    case 3:
        abort_request(&run.post,
                      what & 0x10 ? gw_eio_polling_post_cancel : gw_eio_polling_post_aborted);
        break;
    case 4:
        if (what >= 0xf0)
            abort_request(&run.poll, gw_eio_polling_poll_aborted);
        break;
    case 5:
        begin_post(false);
        end_post();
        break;
    }
}

static void attach(void)
{
    struct stream *stream = &run.streams[run.stream_count];

    if (run.stream_count == sizeof(run.streams) / sizeof(run.streams[0]))
        return;
    *stream = (struct stream){.transport.ops = &stream_ops};
    if (gw_eio_session_attach(run.session, &stream->transport, run.now_ms) == 0)
        run.stream_count++;
}

static void act_stream(uint8_t what)
{
    struct stream *stream = &run.streams[what % 3];

    if (!stream->transport.session)
        return;
    switch (what / 3 % 8) {
    case 0:
        gw_eio_session_receive_binary(run.session, &stream->transport, next_text(), run.now_ms);
        break;
    case 1:
        gw_eio_session_transport_closed(run.session, &stream->transport, GW_EIO_TRANSPORT_ERROR,
                                        "why");
        break;
    case 2:
        stream->is_full = (what & 0x40) != 0;
        break;
    case 3:
        gw_eio_session_receive_text(run.session, &stream->transport, GW_LIT("2probe"), run.now_ms);
        break;
    case 4:
        gw_eio_session_receive_text(run.session, &stream->transport, GW_LIT("5"), run.now_ms);
        break;
    default:
        gw_eio_session_receive_text(run.session, &stream->transport, next_text(), run.now_ms);
        break;
    }
}

static void end_turn(void)
{
    while (gw_eio_engine_end_turn(&run.engine, run.now_ms)) {
    }
}

static void step(void)
{
    switch (next_byte() % 8) {
    case 0:
        act_above(next_byte());
        break;
    case 1:
        attach();
        break;
    case 2:
        run.now_ms += (uint64_t)next_byte() * 256;
        gw_eio_session_tick(run.session, run.now_ms);
        break;
    case 3:
        end_turn();
        break;
    case 4:
        act_stream(next_byte());
        break;
    default:
        act_polling(next_byte());
        break;
    }
}

/* A polling that was let go has given everything back before it is freed. */
static void reap(void)
{
    if (run.polling && !run.polling->transport.session) {
        assert(!run.poll.is_out && !run.post.is_out);
        run.polling = NULL;
    }
    gw_eio_engine_reap(&run.engine);
}

static void entropy(uint8_t *out, size_t len)
{
    memset(out, 7, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct gw_eio_engine_hooks hooks = {.on_deadline = on_deadline};
    struct gw_eio_options options;

    run = (struct run){.now_ms = 1000, .input = {data, size}};
    gw_eio_options_init(&options);
    options.max_queued_bytes = 1000;
    options.max_payload_packets = 6;
    gw_eio_engine_init(&run.engine, &options, &hooks, entropy);
    run.polling = gw_eio_polling_create(&run.engine, &polling_handlers);
    assert(run.polling);
    run.session = gw_eio_engine_open(&run.engine, GW_EIO_V4, &run.polling->transport, run.now_ms);
    assert(run.session);
    gw_eio_session_set_handlers(run.session, &handlers, NULL);

    while (run.input.len > 0 && run.close_count == 0) {
        step();
        if (run.close_count == 0 && next_byte() % 4 == 0) {
            end_turn();
            if (run.close_count == 0)
                reap();
        }
    }
    gw_eio_engine_close(&run.engine);
    end_turn();
    assert(run.close_count == 1);
    reap();
    assert(!run.polling && gw_eio_engine_session_count(&run.engine) == 0);
    for (size_t i = 0; i < run.stream_count; i++)
        assert(!run.streams[i].transport.session);
    gw_eio_engine_dispose(&run.engine);
    return 0;
}
