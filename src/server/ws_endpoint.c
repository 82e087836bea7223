/* SPDX-License-Identifier: MIT */
/* Endpoints of the application: where a gw_ws of the server comes from. */
#include "base/mem.h"
#include "server/server.h"
#include "server/ws_accept.h"
#include "wire/ws_socket.h"

enum {
    DEFAULT_MAX_MESSAGE_BYTES = 1 << 20,
    DEFAULT_MAX_FRAGMENTS = 65536,
    DEFAULT_MAX_QUEUED_BYTES = 16 << 20,
    DEFAULT_CLOSE_TIMEOUT_MS = 10000,
};

struct endpoint {
    struct gw_ws_class class;
    const char *const *subprotocols;
};

static const char *choose_protocol(const struct endpoint *endpoint,
                                   const struct gw_http_request *request)
{
    const char *const *wanted = endpoint->subprotocols;

    for (; wanted && *wanted; wanted++)
        if (gw_ws_handshake_offers(request, gw_slice_of(*wanted)))
            return *wanted;
    return "";
}

static void on_request(struct gw_exchange *exchange, void *data)
{
    struct endpoint *endpoint = data;
    struct gw_ws_handshake handshake;
    struct gw_ws_socket *socket;

    if (!gw_ws_check(exchange, &handshake))
        return;
    socket = gw_mem_zalloc(sizeof(*socket));
    if (!socket) {
        gw_exchange_drop(exchange);
        return;
    }
    gw_ws_init(&socket->ws, &exchange->conn->wire, &endpoint->class.setup);
    socket->protocol = choose_protocol(endpoint, exchange->request);
    if (gw_ws_accept(exchange, &handshake, gw_slice_of(socket->protocol), &socket->ws) < 0)
        gw_mem_free(socket);
    else if (endpoint->class.handlers->on_open)
        endpoint->class.handlers->on_open(&socket->ws, endpoint->class.handlers_user);
}

static const struct gw_tenant tenant = {
    .on_request = on_request,
    .destroy = gw_mem_free,
};

static uint64_t or_default(uint64_t value, uint64_t if_zero)
{
    return value ? value : if_zero;
}

static void fill_class(struct gw_ws_class *class, const struct gw_ws_options *options)
{
    class->max_queued_bytes = or_default(options->max_queued_bytes, DEFAULT_MAX_QUEUED_BYTES);
    class->setup = (struct gw_ws_setup){
        .sink = &gw_ws_socket_sink,
        .decoder =
            {
                .role = GW_WS_SERVER,
                .max_message_bytes =
                    or_default(options->max_message_bytes, DEFAULT_MAX_MESSAGE_BYTES),
                .max_fragments =
                    (uint32_t)or_default(options->max_fragments, DEFAULT_MAX_FRAGMENTS),
            },
        .close_timeout_ms = or_default(options->close_timeout_ms, DEFAULT_CLOSE_TIMEOUT_MS),
    };
}

static int fill_deflate(struct gw_ws_class *class, const struct gw_ws_deflate *deflate)
{
    if (!deflate)
        return GW_OK;
    class->setup.deflate = &class->deflate;
    return gw_ws_deflate_fill(&class->deflate, deflate);
}

int gw_ws_endpoint(gw_server *server, const char *path, const struct gw_ws_handlers *handlers,
                   const struct gw_ws_options *options, void *user)
{
    static const struct gw_ws_options defaults;
    struct endpoint *endpoint = gw_mem_zalloc(sizeof(*endpoint));
    int err;

    if (!endpoint)
        return gw_server_fail(server, GW_E_NOMEM, "cannot serve WebSocket at %s: out of memory",
                              path);
    fill_class(&endpoint->class, options ? options : &defaults);
    endpoint->class.handlers = handlers;
    endpoint->class.handlers_user = user;
    endpoint->subprotocols = options ? options->subprotocols : NULL;
    if (fill_deflate(&endpoint->class, options ? options->deflate : NULL) < 0) {
        gw_mem_free(endpoint);
        return gw_server_fail(server, GW_E_ARG,
                              "cannot serve WebSocket at \"%s\": an option of "
                              "compression is out of its range",
                              path);
    }
    err = gw_router_add_take(&server->router, NULL, gw_slice_of(path), false, &tenant, endpoint);
    return err < 0 ? gw_server_fail(server, err, "cannot serve WebSocket at \"%s\": %s", path,
                                    gw_err_text(err))
                   : GW_OK;
}
