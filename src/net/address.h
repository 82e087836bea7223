/* SPDX-License-Identifier: MIT */
/* Where a socket is or goes: IPv4, IPv6 or a path in the file system. */
#ifndef GW_NET_ADDRESS_H
#define GW_NET_ADDRESS_H

#include <godwit/base.h>
#include <sys/socket.h>

enum {
    GW_ADDRESS_TEXT_MAX = 128, /* longest text of gw_address_format, its NUL included */
};

struct gw_address {
    socklen_t len; /* 0: unknown */
    struct sockaddr_storage storage;
};

/* The IP address of a peer in as few bytes as every connection can afford: only IPv4
 * fits, mapped into IPv6 or not. */
struct gw_address_brief {
    uint8_t family; /* AF_INET, AF_INET6; 0: it does not fit */
    uint8_t v4[4];
};

/* host is a numeric address, "[::1]" too, or a name, which is resolved here and now: for
 * start-up, not for the loop. NULL or "" is every address of the machine, IPv6 and IPv4 alike
 * ("::"), or "0.0.0.0" where there is no IPv6. 0, GW_E_ADDRESS (*why says what the resolver said;
 * a static string) or GW_E_NOMEM. */
int gw_address_resolve(struct gw_address *address, const char *host, uint16_t port,
                       const char **why);
/* 0, or GW_E_ADDRESS when path is empty or longer than the kernel's 107 bytes. */
int gw_address_of_path(struct gw_address *address, const char *path);
/* What the kernel says of an open socket. 0 or GW_E_SYSTEM (then the address is unknown). */
int gw_address_of_local(struct gw_address *address, int fd);
int gw_address_of_peer(struct gw_address *address, int fd);

void gw_address_brief_init(struct gw_address_brief *brief, const struct gw_address *address);
/* The address with port 0; false when it did not fit. */
bool gw_address_of_brief(struct gw_address *address, const struct gw_address_brief *brief);

/* "192.0.2.1:80", "[2001:db8::1]:80", "unix:/run/x.sock", "unix:" of a peer without a
 * name, "?" of an unknown one. */
void gw_address_format(const struct gw_address *address, char out[static GW_ADDRESS_TEXT_MAX]);
/* The same without port and brackets: "192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1". */
void gw_address_format_host(const struct gw_address *address, char out[static GW_ADDRESS_TEXT_MAX]);
/* 0 where there are no ports. */
uint16_t gw_address_port(const struct gw_address *address);
/* The bytes by which connections of one origin are counted: the 4 of an IPv4 address (mapped
 * into IPv6 or not), the first 8 of an IPv6 one, because whoever has one has a /64; empty for a
 * path. Borrowed from address. */
struct gw_slice gw_address_origin(const struct gw_address *address);

#endif
