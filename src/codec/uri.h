/* SPDX-License-Identifier: MIT */
/* URLs of the four schemes that we speak: ws, wss (RFC 6455 3), http, https (RFC 9110 4.2), split
 * and brought into one normal form (RFC 3986 6, names as in RFC 5891 and UTS 46). */
#ifndef GW_CODEC_URI_H
#define GW_CODEC_URI_H

#include "base/buf.h"

#include <godwit/base.h>

enum {
    GW_URI_TEXT_MAX = 16384, /* bytes of a URL before it is refused */
    GW_URI_NAME_MAX = 253,   /* of a host name, without the dot at its end */
};

enum gw_uri_scheme { GW_URI_HTTP, GW_URI_HTTPS, GW_URI_WS, GW_URI_WSS };
enum gw_uri_host { GW_URI_HOST_NAME, GW_URI_HOST_IPV4, GW_URI_HOST_IPV6 };

/* All zero is an empty one, fit for dispose. Slices are its own and end in a NUL that is not
 * counted, but for authority and target, which are parts of text. */
struct gw_uri {
    enum gw_uri_scheme scheme;
    enum gw_uri_host host_type;
    uint16_t port;             /* never 0 */
    struct gw_slice text;      /* "ws://host:8080/path?query"; without user and password */
    struct gw_slice authority; /* what Host says: "example.org", "[::1]:8080"; no default port */
    struct gw_slice target;    /* "/path?query", at least "/" */
    struct gw_slice host;      /* for the resolver: "xn--bcher-kva.example", "192.0.2.1", "::1" */
    struct gw_slice user, password; /* decoded; absent when the URL has none */
    const char *why;                /* after GW_E_ARG: the rule that was broken, a literal */
    /* private */
    struct gw_buf bytes;
};

/* uri is zeroed. Names become lower case and ASCII, IPv6 addresses their shortest form, dot
 * segments are removed, and what may not stand in a request is percent-encoded. Refused are control
 * characters, backslashes, a fragment in a WebSocket URL (http and https: cut off), numbers that
 * are not four plain decimals as an IPv4 address, zone ids, port 0. 0, GW_E_ARG (uri->why),
 * GW_E_NOMEM. Dispose of it in any case. */
int gw_uri_parse(struct gw_uri *uri, struct gw_slice text);
/* What reference (a Location field, say) means at base; a fragment is cut off. Results as above. */
int gw_uri_resolve(struct gw_uri *uri, const struct gw_uri *base, struct gw_slice reference);
/* http becomes ws and https wss, which mean the same to a WebSocket client. After success. */
void gw_uri_to_websocket(struct gw_uri *uri);
void gw_uri_dispose(struct gw_uri *uri);

static inline bool gw_uri_is_secure(const struct gw_uri *uri)
{
    return uri->scheme == GW_URI_HTTPS || uri->scheme == GW_URI_WSS;
}

/* Same scheme, host and port (RFC 6454 4). */
bool gw_uri_is_same_origin(const struct gw_uri *a, const struct gw_uri *b);

#endif
