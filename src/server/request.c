/* SPDX-License-Identifier: MIT */
/* The public gw_request: routes of the application. */
#include "server/request.h"

#include "base/mem.h"
#include "codec/url.h"
#include "http/cookie.h"
#include "server/conn.h"
#include "server/server.h"

enum { DEFAULT_HOLD_TIMEOUT_MS = 30000 };

struct route {
    gw_request_fn *fn;
    void *user;
    struct gw_list held; /* gw_request.node, the unanswered ones of clients that have gone too */
};

/* ---- the life of a request ---- */

void gw_request_detach(gw_request *request)
{
    if (request->exchange)
        request->exchange->tenant = NULL;
    request->exchange = NULL;
}

/* Held ones are the application's until it answers. */
static void destroy_held(gw_request *request)
{
    gw_request_detach(request);
    gw_list_remove(&request->node);
    gw_mem_free(request);
}

static void on_request(struct gw_exchange *exchange, void *data)
{
    const struct route *route = data;
    gw_request request = {.exchange = exchange};
    char path[GW_LOG_VALUE_SIZE];

    route->fn(&request, route->user);
    if (!exchange->is_answered && !exchange->is_held) {
        gw_log_write(&exchange->conn->server->log, GW_LOG_ERROR, "request_unanswered path=%s",
                     gw_log_value(path, exchange->request->path));
        gw_exchange_refuse(exchange, 500, "the server has no answer to this\n");
    }
}

static void on_abort(struct gw_exchange *exchange, void *data)
{
    (void)data;
    if (exchange->tenant)
        gw_request_detach(exchange->tenant);
}

static void destroy(void *data)
{
    struct route *route = data;

    while (!gw_list_is_empty(&route->held))
        destroy_held(container_of(route->held.next, gw_request, node));
    gw_mem_free(route);
}

static const struct gw_tenant tenant = {
    .on_request = on_request,
    .on_abort = on_abort,
    .destroy = destroy,
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
    *route = (struct route){.fn = fn, .user = user};
    gw_list_init(&route->held);
    if (is_prefix)
        pattern.len--;
    err = gw_router_add_take(&server->router, method, pattern, is_prefix, &tenant, route);
    return err < 0 ? gw_server_fail(server, err, "cannot add the route \"%s\": %s", path,
                                    gw_err_text(err))
                   : GW_OK;
}

gw_request *gw_request_hold(gw_request *request, uint64_t timeout_ms)
{
    struct gw_exchange *exchange = request->exchange;
    gw_request *held;

    if (!exchange || exchange->is_answered || exchange->route->tenant != &tenant)
        return NULL;
    if (exchange->is_held)
        return exchange->tenant;
    held = gw_mem_alloc(sizeof(*held));
    if (!held)
        return NULL;
    if (gw_exchange_hold(exchange) < 0) {
        gw_mem_free(held);
        return NULL;
    }
    *held = (gw_request){.exchange = exchange, .held = held};
    exchange->tenant = held;
    exchange->answer_timeout_ms = timeout_ms ? timeout_ms : DEFAULT_HOLD_TIMEOUT_MS;
    gw_list_push(&((struct route *)exchange->route->data)->held, &held->node);
    request->held = held;
    return held;
}

bool gw_request_is_open(const gw_request *request)
{
    const struct gw_exchange *exchange = request->exchange;

    return exchange && !exchange->is_answered && gw_conn_is_open(exchange->conn);
}

/* ---- what the client asked ---- */

/* NULL once it has gone. */
static const struct gw_http_request *head_of(const gw_request *request)
{
    return request->exchange ? request->exchange->request : NULL;
}

struct gw_slice gw_request_method(const gw_request *request)
{
    return head_of(request) ? head_of(request)->method : (struct gw_slice){0};
}

struct gw_slice gw_request_path(const gw_request *request)
{
    return head_of(request) ? head_of(request)->path : (struct gw_slice){0};
}

struct gw_slice gw_request_query(const gw_request *request)
{
    return head_of(request) ? head_of(request)->query : (struct gw_slice){0};
}

int gw_request_parameter(const gw_request *request, const char *name, char *out, size_t size)
{
    return gw_url_query_text(gw_request_query(request), gw_slice_of(name), out, size);
}

struct gw_slice gw_request_field(const gw_request *request, const char *name)
{
    return head_of(request) ? gw_http_request_field(head_of(request), gw_slice_of(name))
                            : (struct gw_slice){0};
}

bool gw_request_field_at(const gw_request *request, size_t index, struct gw_slice *name,
                         struct gw_slice *value)
{
    const struct gw_http_request *head = head_of(request);

    if (!head || index >= head->field_count)
        return false;
    *name = head->fields[index].name;
    *value = head->fields[index].value;
    return true;
}

struct gw_slice gw_request_cookie(const gw_request *request, const char *name)
{
    struct gw_slice value = {0};

    gw_http_cookie_find(gw_request_field(request, "Cookie"), gw_slice_of(name), &value);
    return value;
}

struct gw_slice gw_request_body(const gw_request *request)
{
    return head_of(request) ? request->exchange->body : (struct gw_slice){0};
}

const char *gw_request_address(gw_request *request)
{
    struct gw_client client;

    if (request->address[0] == '\0' && request->exchange) {
        gw_client_find(request->exchange, &client);
        memcpy(request->address, client.address, sizeof(request->address));
    }
    return request->address;
}

bool gw_request_is_secure(const gw_request *request)
{
    struct gw_client client = {0};

    if (request->exchange)
        gw_client_find(request->exchange, &client);
    return client.is_secure;
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
    if (!request->exchange)
        return GW_E_CLOSED;
    return gw_exchange_field(request->exchange, gw_slice_of(name), gw_slice_of(value));
}

void gw_respond_drop_field(gw_request *request, const char *name)
{
    if (request->exchange)
        gw_exchange_drop_field(request->exchange, gw_slice_of(name));
}

/* The copy that is given back with the answer; NULL: none, or it has been already. The exchange
 * knows, while the handler that held the request still has the first form of it. */
static gw_request *take_held(gw_request *request)
{
    gw_request *held = request->held;
    bool is_there = held == request || (held && request->exchange->tenant == held);

    request->held = NULL;
    return is_there ? held : NULL;
}

int gw_respond(gw_request *request, int status, const char *content_type, struct gw_slice body)
{
    struct gw_exchange *exchange = request->exchange;
    gw_request *held;
    int err = GW_E_CLOSED;

    if (status < 200 || status > 599 || (exchange && exchange->route->tenant != &tenant))
        return GW_E_ARG;
    held = take_held(request);
    if (held)
        gw_request_detach(held);
    if (exchange)
        err = gw_exchange_answer(exchange, status, gw_slice_of(content_type), body);
    if (held)
        destroy_held(held); /* not before: its address may be the body */
    return err;
}
