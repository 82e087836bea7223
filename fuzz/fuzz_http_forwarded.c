/* SPDX-License-Identifier: MIT */
/* Whatever a client writes into the fields of proxies, an address that is given is one, and one that no listed proxy has named
 * is never passed over. The first line goes into one field, the second into another. */
#include "http/forwarded.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_so)
{
    if (!is_so)
        abort();
}

static void find(const struct gw_http_request *request, bool writes_forwarded)
{
    static const char *const texts[] = {"10.0.0.0/8", "fd00::/8"};
    struct gw_cidr networks[2];
    struct gw_http_proxies proxies = {networks, 2, writes_forwarded};
    struct gw_http_client client;
    uint8_t text[GW_IPV6_TEXT_MAX], ip[GW_IPV6_LEN];
    size_t len;

    must(gw_cidr_parse(gw_slice_of(texts[0]), &networks[0]));
    must(gw_cidr_parse(gw_slice_of(texts[1]), &networks[1]));
    if (!gw_http_forwarded_find(&proxies, request, &client))
        return;
    len = gw_ip_format(text, client.ip);
    must(gw_ip_parse((struct gw_slice){text, len}, ip));
    must(memcmp(ip, client.ip, sizeof(ip)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
    size_t first = end ? (size_t)(end - data) : size;
    size_t second = end ? size - first - 1 : 0;
    struct gw_http_field fields[] = {
        {GW_LIT("X-Forwarded-For"), {data, first}},
        {GW_LIT("X-Forwarded-Proto"), {data + size - second, second}},
        {GW_LIT("Forwarded"), {data, first}},
        {GW_LIT("Forwarded"), {data + size - second, second}},
    };
    struct gw_http_request request = {.fields = fields, .field_count = 4};
    struct gw_cidr cidr;

    gw_cidr_parse((struct gw_slice){data, first}, &cidr);
    find(&request, false);
    find(&request, true);
    return 0;
}
