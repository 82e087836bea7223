/* SPDX-License-Identifier: MIT */
#include "server/proxies.h"

#include "base/mem.h"
#include "server/conn.h"
#include "server/server.h"

void gw_proxies_dispose(struct gw_proxies *proxies)
{
    gw_mem_free(proxies->networks);
    *proxies = (struct gw_proxies){0};
}

static bool is_listed(const struct gw_proxies *proxies, const struct gw_address *peer,
                      const char *text)
{
    uint8_t ip[GW_IPV6_LEN];

    if (peer->storage.ss_family == AF_UNIX)
        return proxies->trusts_unix;
    return proxies->http.network_count > 0 && gw_ip_parse(gw_slice_of(text), ip) &&
           gw_http_proxies_have(&proxies->http, ip);
}

bool gw_proxies_have(const struct gw_proxies *proxies, const struct gw_address *peer)
{
    char text[GW_ADDRESS_TEXT_MAX];

    gw_address_format_host(peer, text);
    return is_listed(proxies, peer, text);
}

void gw_client_find(const struct gw_exchange *exchange, struct gw_client *client)
{
    const struct gw_proxies *proxies = &exchange->conn->server->proxies;
    struct gw_http_client found;
    struct gw_address peer;
    uint8_t text[GW_IPV6_TEXT_MAX];
    size_t len;

    gw_stream_peer(&exchange->conn->wire.stream, &peer);
    gw_address_format_host(&peer, client->address);
    client->is_secure = gw_conn_is_secure(exchange->conn);
    if (!exchange->request || !is_listed(proxies, &peer, client->address) ||
        !gw_http_forwarded_find(&proxies->http, exchange->request, &found))
        return;
    len = gw_ip_format(text, found.ip);
    memcpy(client->address, text, len);
    client->address[len] = '\0';
    client->is_secure = found.is_secure;
}

static int fill(struct gw_proxies *proxies, const char *const *networks, const char **culprit)
{
    for (; *networks; networks++) {
        struct gw_slice text = gw_slice_of(*networks);

        if (gw_slice_equal(text, GW_LIT("unix"))) {
            proxies->trusts_unix = true;
        } else if (!gw_cidr_parse(text, &proxies->networks[proxies->http.network_count++])) {
            *culprit = *networks;
            return GW_E_ARG;
        }
    }
    return GW_OK;
}

int gw_server_trust_proxies(gw_server *server, const char *const *networks,
                            enum gw_proxy_field field)
{
    struct gw_proxies proxies = {.http.writes_forwarded = field == GW_PROXY_FORWARDED};
    const char *culprit = NULL;
    size_t count = 0;

    while (networks[count])
        count++;
    proxies.networks = gw_mem_zalloc((count + 1) * sizeof(*proxies.networks));
    if (!proxies.networks)
        return gw_server_fail(server, GW_E_NOMEM, "cannot trust proxies: out of memory");
    proxies.http.networks = proxies.networks;
    if (fill(&proxies, networks, &culprit) < 0) {
        gw_proxies_dispose(&proxies);
        return gw_server_fail(server, GW_E_ARG, "\"%s\" is neither an address nor a network",
                              culprit);
    }
    gw_proxies_dispose(&server->proxies);
    server->proxies = proxies;
    return GW_OK;
}
