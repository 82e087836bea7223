/* SPDX-License-Identifier: MIT */
/* The public gw_request: routes of the application. */
#include "base/mem.h"
#include "server/conn.h"
#include "server/exchange.h"
#include "server/server.h"

struct gw_request {
    struct gw_exchange *exchange;
    char address[GW_ADDRESS_TEXT_MAX]; /* "": not asked for yet */
};

struct route {
    gw_request_fn *fn;
    void *user;
};

static void on_request(struct gw_exchange *exchange, void *data)
{
    const struct route *route = data;
    gw_request request = {.exchange = exchange};

    route->fn(&request, route->user);
    if (!exchange->is_answered) {
        gw_log_write(&exchange->conn->server->log, GW_LOG_ERROR, "request_unanswered path=\"%.*s\"",
                     (int)exchange->request->path.len, (const char *)exchange->request->path.ptr);
        gw_exchange_refuse(exchange, 500, "the server has no answer to this\n");
    }
}

static const struct gw_tenant tenant = {
    .on_request = on_request,
    .destroy = gw_mem_free,
};

int gw_server_route(gw_server *server, const char *method, const char *path, gw_request_fn *fn,
                    void *user)
{
    struct gw_slice pattern = gw_slice_of(path);
    bool is_prefix = pattern.len > 0 && pattern.ptr[pattern.len - 1] == '*';
    struct route *route = gw_mem_zalloc(sizeof(*route));
    int err;

    if (!route)
        return gw_server_fail(server, GW_E_NOMEM, "cannot add a route: out of memory");
    *route = (struct route){fn, user};
    if (is_prefix)
        pattern.len--;
    err = gw_router_add_take(&server->router, method, pattern, is_prefix, &tenant, route);
    return err < 0 ? gw_server_fail(server, err, "cannot add the route \"%s\": %s", path,
                                    gw_err_text(err))
                   : GW_OK;
}

struct gw_slice gw_request_method(const gw_request *request)
{
    return request->exchange->request->method;
}

struct gw_slice gw_request_path(const gw_request *request)
{
    return request->exchange->request->path;
}

struct gw_slice gw_request_query(const gw_request *request)
{
    return request->exchange->request->query;
}

struct gw_slice gw_request_field(const gw_request *request, const char *name)
{
    return gw_http_request_field(request->exchange->request, gw_slice_of(name));
}

struct gw_slice gw_request_body(const gw_request *request)
{
    return request->exchange->body;
}

const char *gw_request_address(gw_request *request)
{
    struct gw_address address;

    if (request->address[0] == '\0') {
        gw_stream_peer(&request->exchange->conn->wire.stream, &address);
        gw_address_format_host(&address, request->address);
    }
    return request->address;
}

/* Fields that the connection writes itself: a second one would make two readers disagree. */
static bool is_own_field(struct gw_slice name)
{
    return gw_http_text_equals(name, GW_LIT("Content-Length")) ||
           gw_http_text_equals(name, GW_LIT("Transfer-Encoding")) ||
           gw_http_text_equals(name, GW_LIT("Connection"));
}

int gw_respond_field(gw_request *request, const char *name, const char *value)
{
    if (is_own_field(gw_slice_of(name)))
        return GW_E_ARG;
    return gw_exchange_field(request->exchange, gw_slice_of(name), gw_slice_of(value));
}

int gw_respond(gw_request *request, int status, const char *content_type, struct gw_slice body)
{
    if (status < 200 || status > 599)
        return GW_E_ARG;
    return gw_exchange_answer(request->exchange, status, gw_slice_of(content_type), body);
}
