/* SPDX-License-Identifier: MIT */
#include "server/ws_upgrade.h"

#include "base/mem.h"
#include "server/request.h"

struct gw_ws_upgrade {
    gw_request request; /* its exchange is NULL once the client has gone or was answered */
    struct gw_ws_endpoint *endpoint;
    struct gw_ws_handshake handshake;
    struct gw_list node; /* in endpoint->upgrades */
    bool is_asking;      /* on_upgrade is on the stack */
    bool is_answered;
};

static void destroy(gw_ws_upgrade *upgrade)
{
    gw_request_detach(&upgrade->request);
    gw_list_remove(&upgrade->node);
    gw_mem_free(upgrade);
}

/* The application has answered and does not know the upgrade any more; who asks it may still do. */
static void let_go(gw_ws_upgrade *upgrade)
{
    upgrade->is_answered = true;
    if (!upgrade->is_asking)
        destroy(upgrade);
}

static void tell_gone(gw_ws_upgrade *upgrade)
{
    const struct gw_ws_class *class = &upgrade->endpoint->class;

    gw_request_detach(&upgrade->request);
    if (class->handlers->on_upgrade_gone)
        class->handlers->on_upgrade_gone(upgrade, class->handlers_user);
}

void gw_ws_upgrade_abort(struct gw_exchange *exchange)
{
    if (exchange->tenant)
        tell_gone(exchange->tenant);
}

void gw_ws_upgrade_drop_all(struct gw_ws_endpoint *endpoint)
{
    while (!gw_list_is_empty(&endpoint->upgrades))
        destroy(container_of(endpoint->upgrades.next, gw_ws_upgrade, node));
}

static void keep(gw_ws_upgrade *upgrade, struct gw_exchange *exchange)
{
    exchange->answer_timeout_ms = upgrade->endpoint->upgrade_timeout_ms;
    if (gw_exchange_hold(exchange) == GW_OK)
        return;
    gw_exchange_drop(exchange);
    tell_gone(upgrade);
}

void gw_ws_upgrade_ask(struct gw_ws_endpoint *endpoint, struct gw_exchange *exchange,
                       const struct gw_ws_handshake *handshake)
{
    const struct gw_ws_class *class = &endpoint->class;
    gw_ws_upgrade *upgrade = gw_mem_zalloc(sizeof(*upgrade));

    if (!upgrade) {
        gw_exchange_drop(exchange);
        return;
    }
    upgrade->request.exchange = exchange;
    upgrade->endpoint = endpoint;
    upgrade->handshake = *handshake;
    upgrade->is_asking = true;
    gw_list_push(&endpoint->upgrades, &upgrade->node);
    exchange->tenant = upgrade;
    class->handlers->on_upgrade(upgrade, class->handlers_user);
    upgrade->is_asking = false;
    if (upgrade->is_answered)
        destroy(upgrade);
    else
        keep(upgrade, exchange);
}

/* ---- for the application ---- */

gw_request *gw_ws_upgrade_request(gw_ws_upgrade *upgrade)
{
    return &upgrade->request;
}

struct gw_slice gw_ws_upgrade_subprotocol(const gw_ws_upgrade *upgrade, size_t index)
{
    struct gw_slice token = {0};
    struct gw_ws_offers offers;

    if (!upgrade->request.exchange)
        return token;
    gw_ws_handshake_subprotocols(upgrade->request.exchange->request, &offers);
    for (size_t i = 0; i <= index; i++)
        if (gw_ws_offers_next_token(&offers, &token) != 1)
            return (struct gw_slice){0};
    return token;
}

static bool is_own_field(struct gw_slice name)
{
    const struct gw_slice prefix = GW_LIT("Sec-WebSocket-");

    if (gw_http_text_equals(name, GW_LIT("Upgrade")))
        return true;
    return name.len >= prefix.len &&
           gw_http_text_equals((struct gw_slice){name.ptr, prefix.len}, prefix);
}

int gw_ws_upgrade_field(gw_ws_upgrade *upgrade, const char *name, const char *value)
{
    if (is_own_field(gw_slice_of(name)))
        return GW_E_ARG;
    return gw_respond_field(&upgrade->request, name, value);
}

int gw_ws_upgrade_accept(gw_ws_upgrade *upgrade, const char *subprotocol, void *user)
{
    struct gw_exchange *exchange = upgrade->request.exchange;
    struct gw_slice protocol = gw_slice_of(subprotocol);
    int err = GW_E_CLOSED;

    if (exchange && !subprotocol)
        protocol = gw_ws_endpoint_choose(upgrade->endpoint, exchange->request);
    else if (exchange && protocol.len > 0 && !gw_ws_handshake_offers(exchange->request, protocol))
        return GW_E_ARG;
    gw_request_detach(&upgrade->request);
    if (exchange)
        err = gw_ws_endpoint_open(upgrade->endpoint, exchange, &upgrade->handshake, protocol, user);
    let_go(upgrade);
    return err;
}

int gw_ws_upgrade_refuse(gw_ws_upgrade *upgrade, int status, const char *content_type,
                         struct gw_slice body)
{
    struct gw_exchange *exchange = upgrade->request.exchange;
    int err = GW_E_CLOSED;

    if (status < 200 || status > 599)
        return GW_E_ARG;
    gw_request_detach(&upgrade->request);
    if (exchange) {
        /* What follows a refused handshake may be frames: it must not be read as requests. */
        gw_exchange_close_after(exchange);
        err = gw_exchange_answer(exchange, status, gw_slice_of(content_type), body);
    }
    let_go(upgrade);
    return err;
}
