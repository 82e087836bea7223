/* SPDX-License-Identifier: MIT */
/* A request to the engine: first byte its method and whether it asks for a WebSocket, a line of Origin, then the query. SID in it
 * stands for that of a session. What is found is complete, and what is said of a refusal is JSON. */
#include "codec/json.h"
#include "codec/utf8.h"
#include "eio/check.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { QUERY_MAX = 1024 };

static void entropy(uint8_t *out, size_t len)
{
    memset(out, 7, len);
}

static void on_work(struct gw_eio_engine *engine)
{
    (void)engine;
}

static uint8_t *begin(struct gw_eio_transport *transport, bool is_binary, size_t len)
{
    static uint8_t place[1024];

    (void)transport;
    (void)is_binary;
    return len <= sizeof(place) ? place : NULL;
}

static void commit(struct gw_eio_transport *transport)
{
    (void)transport;
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

static size_t fill(uint8_t out[static QUERY_MAX], struct gw_slice text, const char *sid)
{
    size_t len = 0;

    for (size_t i = 0; i < text.len && len + GW_ID_LEN <= QUERY_MAX; i++) {
        if (text.len - i >= 3 && memcmp(text.ptr + i, "SID", 3) == 0) {
            memcpy(out + len, sid, GW_ID_LEN);
            len += GW_ID_LEN;
            i += 2;
        } else {
            out[len++] = text.ptr[i];
        }
    }
    return len;
}

static void look(const struct gw_eio_engine *engine, const struct gw_eio_request *request)
{
    struct gw_eio_check check;
    struct gw_buf context;

    gw_eio_check_request(engine, request, &check);
    if (check.action == GW_EIO_ACTION_HANDSHAKE)
        gw_eio_check_handshake(engine, &check);
    if (check.action == GW_EIO_ACTION_POLL || check.action == GW_EIO_ACTION_POST ||
        check.action == GW_EIO_ACTION_BAD_METHOD || check.action == GW_EIO_ACTION_UPGRADE)
        assert(check.session);
    if (check.action != GW_EIO_ACTION_REFUSE)
        return;
    assert(gw_eio_error_status(check.error) >= 400);
    gw_buf_init(&context, 1 << 16);
    assert(gw_eio_check_context(&check, &context) == 0);
    assert(gw_json_check(gw_buf_slice(&context)) == 0);
    assert(gw_utf8_is_valid(gw_buf_slice(&context)));
    gw_buf_dispose(&context);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const methods[] = {"GET", "POST", "OPTIONS", "PUT"};
    static const struct gw_eio_transport_ops ops = {.kind = GW_EIO_WEBSOCKET,
                                                    .is_stream = true,
                                                    .begin = begin,
                                                    .commit = commit,
                                                    .is_writable = is_writable,
                                                    .close = close_transport};
    static const struct gw_eio_engine_hooks hooks = {.on_work = on_work};
    const uint8_t *end = size > 1 ? memchr(data + 1, '\n', size - 1) : NULL;
    struct gw_eio_transport transport = {.ops = &ops};
    struct gw_eio_options options;
    struct gw_eio_engine engine;
    struct gw_eio_session *session;
    uint8_t query[QUERY_MAX];

    if (!end)
        return 0;
    gw_eio_options_init(&options);
    gw_eio_engine_init(&engine, &options, &hooks, entropy);
    session = gw_eio_engine_open(&engine, GW_EIO_V4, &transport, 1000);
    assert(session);
    look(&engine,
         &(struct gw_eio_request){
             .method = gw_slice_of(methods[data[0] % 4]),
             .is_upgrade = data[0] & 4,
             .origin = {end == data + 1 ? NULL : data + 1, (size_t)(end - data) - 1},
             .query = {query,
                       fill(query, (struct gw_slice){end + 1, (size_t)(data + size - end) - 1},
                            session->sid)},
         });
    gw_eio_engine_dispose(&engine);
    return 0;
}
