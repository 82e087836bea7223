/* SPDX-License-Identifier: MIT */
#include "http/forwarded.h"

enum { HOPS_MAX = 16 };

/* The nearest hops, which stand last; earlier ones are overwritten. */
struct hops {
    struct gw_slice elements[HOPS_MAX];
    size_t count; /* of all there were */
};

static void gather(const struct gw_http_request *request, struct gw_slice name, struct hops *hops)
{
    hops->count = 0;
    for (size_t i = 0; i < request->field_count; i++) {
        struct gw_slice rest = request->fields[i].value;
        struct gw_slice element;

        if (!gw_http_text_equals(request->fields[i].name, name))
            continue;
        while (gw_http_list_next(&rest, &element))
            hops->elements[hops->count++ % HOPS_MAX] = element;
    }
}

/* distance 0 is the nearest; the absent slice beyond the last that is known. */
static struct gw_slice hop_at(const struct hops *hops, size_t distance)
{
    if (distance >= hops->count || distance >= HOPS_MAX)
        return (struct gw_slice){0};
    return hops->elements[(hops->count - 1 - distance) % HOPS_MAX];
}

/* "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:80". */
static bool parse_node(struct gw_slice node, uint8_t out[static GW_IPV6_LEN])
{
    const uint8_t *colon = node.len > 0 ? memchr(node.ptr, ':', node.len) : NULL;

    if (node.len > 0 && node.ptr[0] == '[') {
        const uint8_t *end = memchr(node.ptr, ']', node.len);

        return end &&
               gw_ipv6_parse((struct gw_slice){node.ptr + 1, (size_t)(end - node.ptr) - 1}, out);
    }
    if (colon && node.ptr[0] != ':' && memchr(node.ptr, '.', (size_t)(colon - node.ptr)))
        node.len = (size_t)(colon - node.ptr);
    return gw_ip_parse(node, out);
}

bool gw_http_proxies_have(const struct gw_http_proxies *proxies,
                          const uint8_t ip[static GW_IPV6_LEN])
{
    for (size_t i = 0; i < proxies->network_count; i++)
        if (gw_cidr_has(&proxies->networks[i], ip))
            return true;
    return false;
}

/* Splits "for=192.0.2.1;proto=https". */
static struct gw_slice find_parameter(struct gw_slice element, struct gw_slice wanted)
{
    struct gw_slice name, value, found = {0};

    while (gw_http_parameter_next(&element, &name, &value))
        if (gw_http_text_equals(name, wanted))
            found = value;
    return found;
}

static struct gw_slice node_of(const struct gw_http_proxies *proxies, struct gw_slice element)
{
    return proxies->writes_forwarded ? find_parameter(element, GW_LIT("for")) : element;
}

static bool is_https(struct gw_slice proto)
{
    return gw_http_text_equals(proto, GW_LIT("https")) || gw_http_text_equals(proto, GW_LIT("wss"));
}

/* A proxy that replaces X-Forwarded-Proto in place of adding to it
 * leaves one value for all hops. */
static bool find_secure(const struct gw_http_proxies *proxies,
                        const struct gw_http_request *request, const struct hops *hops,
                        size_t distance)
{
    struct hops protos;

    if (proxies->writes_forwarded)
        return is_https(find_parameter(hop_at(hops, distance), GW_LIT("proto")));
    gather(request, GW_LIT("X-Forwarded-Proto"), &protos);
    if (protos.count > 0 && distance >= protos.count)
        distance = protos.count - 1;
    return is_https(hop_at(&protos, distance));
}

bool gw_http_forwarded_find(const struct gw_http_proxies *proxies,
                            const struct gw_http_request *request, struct gw_http_client *client)
{
    uint8_t ip[GW_IPV6_LEN];
    struct hops hops;
    size_t known = 0; /* how many hops are addresses and were told by somebody who is believed */

    gather(request, proxies->writes_forwarded ? GW_LIT("Forwarded") : GW_LIT("X-Forwarded-For"),
           &hops);
    while (parse_node(node_of(proxies, hop_at(&hops, known)), ip)) {
        memcpy(client->ip, ip, sizeof(ip));
        known++;
        if (!gw_http_proxies_have(proxies, ip))
            break;
    }
    if (known == 0)
        return false;
    client->is_secure = find_secure(proxies, request, &hops, known - 1);
    return true;
}
