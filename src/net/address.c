/* SPDX-License-Identifier: MIT */
#include "net/address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    HOST_MAX = 256, /* of a name in the DNS, its NUL included */
    ORIGIN_V4_BYTES = 4,
    ORIGIN_V6_BYTES = 8,
};

static const struct sockaddr_in *as_v4(const struct gw_address *address)
{
    return (const struct sockaddr_in *)(const void *)&address->storage;
}

static const struct sockaddr_in6 *as_v6(const struct gw_address *address)
{
    return (const struct sockaddr_in6 *)(const void *)&address->storage;
}

static const struct sockaddr_un *as_path(const struct gw_address *address)
{
    return (const struct sockaddr_un *)(const void *)&address->storage;
}

static int family_of(const struct gw_address *address)
{
    return address->len > 0 ? address->storage.ss_family : AF_UNSPEC;
}

static void set(struct gw_address *address, const void *bytes, size_t len)
{
    *address = (struct gw_address){.len = (socklen_t)len};
    memcpy(&address->storage, bytes, len);
}

static bool has_ipv6(void)
{
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return false;
    close(fd);
    return true;
}

static void set_any(struct gw_address *address, uint16_t port)
{
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};

    if (has_ipv6())
        set(address, &v6, sizeof(v6));
    else
        set(address, &v4, sizeof(v4));
}

/* "[::1]" is how an IPv6 address is written where a port may follow; the
 * resolver knows it without brackets. */
static bool copy_host(const char *host, char out[static HOST_MAX])
{
    size_t len = strlen(host);

    if (len > 2 && host[0] == '[' && host[len - 1] == ']') {
        host++;
        len -= 2;
    }
    if (len >= HOST_MAX)
        return false;
    memcpy(out, host, len);
    out[len] = '\0';
    return true;
}

int gw_address_resolve(struct gw_address *address, const char *host, uint16_t port,
                       const char **why)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    char name[HOST_MAX], service[8];
    int result;

    *address = (struct gw_address){0};
    *why = "";
    if (!host || !*host) {
        set_any(address, port);
        return 0;
    }
    if (!copy_host(host, name)) {
        *why = "Name too long";
        return GW_E_ADDRESS;
    }
    if (strchr(name, ':')) /* no name has a colon: nobody needs to be asked */
        hints.ai_flags |= AI_NUMERICHOST;
    snprintf(service, sizeof(service), "%u", (unsigned int)port);
    result = getaddrinfo(name, service, &hints, &found);
    if (result != 0) {
        *why = gai_strerror(result);
        return result == EAI_MEMORY ? GW_E_NOMEM : GW_E_ADDRESS;
    }
    set(address, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return 0;
}

int gw_address_of_path(struct gw_address *address, const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    size_t len = strlen(path);

    *address = (struct gw_address){0};
    if (len == 0 || len >= sizeof(to.sun_path))
        return GW_E_ADDRESS;
    memcpy(to.sun_path, path, len);
    set(address, &to, sizeof(to));
    return 0;
}

int gw_address_of_local(struct gw_address *address, int fd)
{
    *address = (struct gw_address){.len = sizeof(address->storage)};
    if (getsockname(fd, (struct sockaddr *)&address->storage, &address->len) == 0)
        return 0;
    address->len = 0;
    return GW_E_SYSTEM;
}

int gw_address_of_peer(struct gw_address *address, int fd)
{
    *address = (struct gw_address){.len = sizeof(address->storage)};
    if (getpeername(fd, (struct sockaddr *)&address->storage, &address->len) == 0)
        return 0;
    address->len = 0;
    return GW_E_SYSTEM;
}

void gw_address_brief_init(struct gw_address_brief *brief, const struct gw_address *address)
{
    struct gw_slice origin = gw_address_origin(address);

    *brief = (struct gw_address_brief){0};
    if (origin.len != ORIGIN_V4_BYTES)
        return;
    brief->family = (uint8_t)family_of(address);
    memcpy(brief->v4, origin.ptr, sizeof(brief->v4));
}

bool gw_address_of_brief(struct gw_address *address, const struct gw_address_brief *brief)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

    if (brief->family == AF_INET) {
        memcpy(&v4.sin_addr, brief->v4, sizeof(brief->v4));
        set(address, &v4, sizeof(v4));
    } else if (brief->family == AF_INET6) {
        v6.sin6_addr.s6_addr[10] = v6.sin6_addr.s6_addr[11] = 0xff;
        memcpy(v6.sin6_addr.s6_addr + 12, brief->v4, sizeof(brief->v4));
        set(address, &v6, sizeof(v6));
    }
    return brief->family != 0;
}

static char *put_decimal(char *at, uint8_t value)
{
    if (value >= 100)
        *at++ = (char)('0' + value / 100);
    if (value >= 10)
        *at++ = (char)('0' + value / 10 % 10);
    *at++ = (char)('0' + value % 10);
    return at;
}

/* Written for every connection, so not by inet_ntop, which goes through sprintf. */
static void format_v4(const uint8_t bytes[static 4], char *out)
{
    for (size_t i = 0; i < 4; i++) {
        out = put_decimal(out, bytes[i]);
        *out++ = i < 3 ? '.' : '\0';
    }
}

static void format_v6(const struct in6_addr *ip, char out[static GW_ADDRESS_TEXT_MAX])
{
    static const char mapped[] = "::ffff:";

    if (!IN6_IS_ADDR_V4MAPPED(ip)) {
        inet_ntop(AF_INET6, ip, out, GW_ADDRESS_TEXT_MAX);
        return;
    }
    memcpy(out, mapped, sizeof(mapped) - 1);
    format_v4(ip->s6_addr + 12, out + sizeof(mapped) - 1);
}

void gw_address_format_host(const struct gw_address *address, char out[static GW_ADDRESS_TEXT_MAX])
{
    const char *path = as_path(address)->sun_path;
    size_t path_len = address->len > offsetof(struct sockaddr_un, sun_path)
                          ? address->len - offsetof(struct sockaddr_un, sun_path)
                          : 0;

    switch (family_of(address)) {
    case AF_INET:
        format_v4((const uint8_t *)&as_v4(address)->sin_addr, out);
        break;
    case AF_INET6:
        format_v6(&as_v6(address)->sin6_addr, out);
        break;
    case AF_UNIX: /* the kernel does not always end a path with NUL */
        snprintf(out, GW_ADDRESS_TEXT_MAX, "unix:%.*s", (int)strnlen(path, path_len), path);
        break;
    default:
        snprintf(out, GW_ADDRESS_TEXT_MAX, "?");
        break;
    }
}

void gw_address_format(const struct gw_address *address, char out[static GW_ADDRESS_TEXT_MAX])
{
    char host[GW_ADDRESS_TEXT_MAX];
    unsigned int port = gw_address_port(address);

    gw_address_format_host(address, host);
    if (family_of(address) == AF_INET)
        snprintf(out, GW_ADDRESS_TEXT_MAX, "%.*s:%u", INET_ADDRSTRLEN, host, port);
    else if (family_of(address) == AF_INET6)
        snprintf(out, GW_ADDRESS_TEXT_MAX, "[%.*s]:%u", INET6_ADDRSTRLEN, host, port);
    else
        memcpy(out, host, GW_ADDRESS_TEXT_MAX);
}

uint16_t gw_address_port(const struct gw_address *address)
{
    if (family_of(address) == AF_INET)
        return ntohs(as_v4(address)->sin_port);
    if (family_of(address) == AF_INET6)
        return ntohs(as_v6(address)->sin6_port);
    return 0;
}

struct gw_slice gw_address_origin(const struct gw_address *address)
{
    const uint8_t *v6 = (const uint8_t *)&as_v6(address)->sin6_addr;

    if (family_of(address) == AF_INET)
        return (struct gw_slice){(const uint8_t *)&as_v4(address)->sin_addr, ORIGIN_V4_BYTES};
    if (family_of(address) != AF_INET6)
        return (struct gw_slice){v6, 0};
    if (IN6_IS_ADDR_V4MAPPED(&as_v6(address)->sin6_addr))
        return (struct gw_slice){v6 + 12, ORIGIN_V4_BYTES};
    return (struct gw_slice){v6, ORIGIN_V6_BYTES};
}
