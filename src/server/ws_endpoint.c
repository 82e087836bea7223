/* SPDX-License-Identifier: MIT */
#include "server/ws_endpoint.h"

#include "base/mem.h"
#include "server/server.h"
#include "server/ws_accept.h"
#include "server/ws_topics.h"
#include "server/ws_upgrade.h"
#include "wire/ws_pause.h"
#include "ws/deflate.h"

enum {
    DEFAULT_UPGRADE_TIMEOUT_MS = 10000,
    DEFAULT_MAX_TOPICS = 1000,
    DEFAULT_MAX_TOPIC_BYTES = 256,
};

/* ---- its sockets ---- */

/* Before on_close, so that nobody counts a subscriber who has heard of its end. */
static void on_close(gw_ws *ws, uint16_t code, struct gw_slice reason, bool was_clean)
{
    gw_ws_topics_leave_all(ws);
    gw_ws_socket_on_close(ws, code, reason, was_clean);
}

static const struct gw_ws_sink sink = {
    .on_message = gw_ws_socket_on_message,
    .on_drain = gw_ws_socket_on_drain,
    .on_deadline = gw_ws_socket_on_deadline,
    .on_close = on_close,
};

struct gw_slice gw_ws_endpoint_choose(const struct gw_ws_endpoint *endpoint,
                                      const struct gw_http_request *request)
{
    const char *const *wanted = endpoint->subprotocols;

    for (; wanted && *wanted; wanted++)
        if (gw_ws_handshake_offers(request, gw_slice_of(*wanted)))
            return gw_slice_of(*wanted);
    return (struct gw_slice){0};
}

static struct gw_ws_member *create_member(struct gw_ws_endpoint *endpoint, struct gw_wire *wire,
                                          struct gw_slice protocol, void *user)
{
    size_t tail = protocol.len > 0 ? protocol.len + 1 : 0;
    struct gw_ws_member *member = gw_mem_zalloc(sizeof(*member) + tail);

    if (!member)
        return NULL;
    gw_ws_init(&member->socket.ws, wire, &endpoint->class.setup);
    if (protocol.len > 0)
        memcpy(member->protocol, protocol.ptr, protocol.len);
    member->socket.protocol = protocol.len > 0 ? member->protocol : "";
    member->socket.user = user;
    gw_sio_member_init(&member->topics);
    return member;
}

/* What gw_ws_extensions() tells. There are few different ones, and many connections. */
struct answer {
    struct gw_list node;
    char text[GW_WS_DEFLATE_TEXT_MAX + 1];
};

static const char *share_answer(struct gw_ws_endpoint *endpoint, const char *text)
{
    struct answer *answer;

    for (struct gw_list *node = endpoint->answers.next; node != &endpoint->answers;
         node = node->next) {
        answer = container_of(node, struct answer, node);
        if (strcmp(answer->text, text) == 0)
            return answer->text;
    }
    answer = gw_mem_alloc(sizeof(*answer));
    if (!answer)
        return NULL;
    memcpy(answer->text, text, strlen(text) + 1);
    gw_list_push(&endpoint->answers, &answer->node);
    return answer->text;
}

/* The text that gw_ws_accept() will write, if it agrees on compression; NULL: it will not. */
static const char *expect_answer(struct gw_ws_endpoint *endpoint,
                                 const struct gw_http_request *request)
{
    const struct gw_ws_deflate *options = endpoint->class.setup.deflate;
    char text[GW_WS_DEFLATE_TEXT_MAX + 1];
    struct gw_ws_deflate_params params;

    if (!options || !gw_ws_deflate_accept(options, request, &params))
        return NULL;
    text[gw_ws_deflate_encode_answer((uint8_t *)text, &params)] = '\0';
    return share_answer(endpoint, text);
}

static void drop_answers(struct gw_ws_endpoint *endpoint)
{
    struct gw_list *node;

    while ((node = gw_list_pop(&endpoint->answers)))
        gw_mem_free(container_of(node, struct answer, node));
}

/* A late answer to one who would be told to go away at once. */
static int turn_away(struct gw_exchange *exchange)
{
    gw_exchange_close_after(exchange);
    gw_exchange_refuse(exchange, 503, "the server is stopping\n");
    return GW_E_CLOSED;
}

int gw_ws_endpoint_open(struct gw_ws_endpoint *endpoint, struct gw_exchange *exchange,
                        const struct gw_ws_handshake *handshake, struct gw_slice protocol,
                        void *user)
{
    struct gw_ws_member *member;
    bool is_late = exchange->is_held;
    const char *extensions;
    gw_ws *ws;
    int err;

    if (is_late && endpoint->server->is_stopping)
        return turn_away(exchange);
    member = create_member(endpoint, &exchange->conn->wire, protocol, user);
    if (!member) {
        gw_exchange_drop(exchange);
        return GW_E_NOMEM;
    }
    ws = &member->socket.ws;
    if (is_late)
        gw_ws_hold_reading(ws); /* bytes that came early come with the upgrade, before on_open */
    extensions = expect_answer(endpoint, exchange->request);
    err = gw_ws_accept(exchange, handshake, protocol, ws);
    if (err < 0) {
        gw_mem_free(member);
        return err;
    }
    member->socket.extensions = ws->compression ? extensions : NULL;
    gw_ws_socket_tell_open(ws);
    if (is_late)
        gw_ws_release_reading(ws);
    return GW_OK;
}

static void on_request(struct gw_exchange *exchange, void *data)
{
    struct gw_ws_endpoint *endpoint = data;
    struct gw_ws_handshake handshake;

    if (!gw_ws_check(exchange, &handshake))
        return;
    if (endpoint->class.handlers->on_upgrade)
        gw_ws_upgrade_ask(endpoint, exchange, &handshake);
    else
        gw_ws_endpoint_open(endpoint, exchange, &handshake,
                            gw_ws_endpoint_choose(endpoint, exchange->request), NULL);
}

static void on_abort(struct gw_exchange *exchange, void *data)
{
    (void)data;
    gw_ws_upgrade_abort(exchange);
}

static void destroy(void *data)
{
    gw_ws_upgrade_drop_all(data);
    drop_answers(data);
    gw_mem_free(data);
}

const struct gw_tenant gw_ws_endpoint_tenant = {
    .on_request = on_request,
    .on_abort = on_abort,
    .destroy = destroy,
};

/* ---- its options ---- */

static uint64_t or_default(uint64_t value, uint64_t if_zero)
{
    return value ? value : if_zero;
}

static void fill_class(struct gw_ws_class *class, const struct gw_ws_options *options)
{
    gw_ws_class_init(class, GW_WS_SERVER,
                     &(struct gw_ws_class_options){
                         .max_message_bytes = options->max_message_bytes,
                         .max_queued_bytes = options->max_queued_bytes,
                         .max_fragments = options->max_fragments,
                         .overflow = options->overflow,
                         .close_timeout_ms = options->close_timeout_ms,
                         .idle_timeout_ms = options->idle_timeout_ms,
                     });
    class->setup.sink = &sink;
}

static int fill_endpoint(struct gw_ws_endpoint *endpoint, const struct gw_ws_options *options)
{
    fill_class(&endpoint->class, options);
    endpoint->subprotocols = options->subprotocols;
    endpoint->upgrade_timeout_ms =
        or_default(options->upgrade_timeout_ms, DEFAULT_UPGRADE_TIMEOUT_MS);
    endpoint->max_topics = (uint32_t)or_default(options->max_topics, DEFAULT_MAX_TOPICS);
    endpoint->max_topic_bytes =
        (uint32_t)or_default(options->max_topic_bytes, DEFAULT_MAX_TOPIC_BYTES);
    gw_list_init(&endpoint->upgrades);
    gw_list_init(&endpoint->answers);
    return gw_ws_class_set_deflate(&endpoint->class, options->deflate);
}

int gw_ws_endpoint(gw_server *server, const char *path, const struct gw_ws_handlers *handlers,
                   const struct gw_ws_options *options, void *user)
{
    static const struct gw_ws_options defaults;
    struct gw_slice pattern = gw_slice_of(path);
    bool is_prefix = pattern.len > 0 && pattern.ptr[pattern.len - 1] == '*';
    struct gw_ws_endpoint *endpoint = gw_mem_zalloc(sizeof(*endpoint));
    int err;

    if (!endpoint)
        return gw_server_fail(server, GW_E_NOMEM, "cannot serve WebSocket at %s: out of memory",
                              path);
    if (fill_endpoint(endpoint, options ? options : &defaults) < 0) {
        gw_mem_free(endpoint);
        return gw_server_fail(server, GW_E_ARG,
                              "cannot serve WebSocket at \"%s\": an option of "
                              "compression is out of its range",
                              path);
    }
    endpoint->server = server;
    endpoint->class.handlers = handlers;
    endpoint->class.handlers_user = user;
    if (is_prefix)
        pattern.len--;
    err = gw_router_add_take(&server->router, NULL, pattern, is_prefix, &gw_ws_endpoint_tenant,
                             endpoint);
    server->has_endpoints = err == GW_OK || server->has_endpoints;
    return err < 0 ? gw_server_fail(server, err, "cannot serve WebSocket at \"%s\": %s", path,
                                    gw_err_text(err))
                   : GW_OK;
}
