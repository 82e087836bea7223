/* SPDX-License-Identifier: MIT */
#include "codec/uri.h"

#include "codec/ip.h"
#include "codec/number.h"
#include "codec/utf8.h"

#include <idn2.h>

enum {
    LABEL_MAX = 63,
    HOST_ENCODED_MAX = 4 * GW_URI_NAME_MAX, /* percent-encoded or in UTF-8, before it is mapped */
};

static const struct {
    struct gw_slice name;
    uint16_t port;
} schemes[] = {
    [GW_URI_HTTP] = {{(const uint8_t *)"http", 4}, 80},
    [GW_URI_HTTPS] = {{(const uint8_t *)"https", 5}, 443},
    [GW_URI_WS] = {{(const uint8_t *)"ws", 2}, 80},
    [GW_URI_WSS] = {{(const uint8_t *)"wss", 3}, 443},
};

/* Parts as they were written. */
struct parts {
    struct gw_slice user_info, host, port, path, query;
    bool has_user_info, has_port, has_query;
};

static int refuse(struct gw_uri *uri, const char *why)
{
    uri->why = why;
    return GW_E_ARG;
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static int hex_value(uint8_t c)
{
    if (is_digit(c))
        return c - '0';
    c = lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void advance(struct gw_slice *rest, size_t n)
{
    rest->ptr += n;
    rest->len -= n;
}

/* What stands before the first byte of set, taken off *rest; all of it when there is none. */
static struct gw_slice take_until(struct gw_slice *rest, const char *set)
{
    struct gw_slice part = {rest->ptr, 0};

    while (part.len < rest->len && !strchr(set, rest->ptr[part.len]))
        part.len++;
    if (part.len > 0) /* NULL + 0 is undefined in C */
        advance(rest, part.len);
    return part;
}

static bool starts_with(struct gw_slice text, struct gw_slice with)
{
    return text.len >= with.len && memcmp(text.ptr, with.ptr, with.len) == 0;
}

/* ---- output; enough was reserved at the beginning, so slices stay where they are ---- */

static void put(struct gw_uri *uri, struct gw_slice bytes)
{
    assert(bytes.len <= uri->bytes.cap - uri->bytes.len);
    if (bytes.len > 0)
        memcpy(uri->bytes.ptr + uri->bytes.len, bytes.ptr, bytes.len);
    uri->bytes.len += bytes.len;
}

static void put_byte(struct gw_uri *uri, uint8_t byte)
{
    put(uri, (struct gw_slice){&byte, 1});
}

/* What was put since `from`. */
static struct gw_slice put_since(const struct gw_uri *uri, size_t from)
{
    return (struct gw_slice){uri->bytes.ptr + from, uri->bytes.len - from};
}

/* ---- host ---- */

/* Decodes into out and returns the length; 0: a bad escape, or too long. */
static size_t decode(struct gw_slice in, uint8_t *out, size_t max)
{
    size_t len = 0;

    for (size_t i = 0; i < in.len; i++) {
        uint8_t byte = in.ptr[i];

        if (len == max)
            return 0;
        if (byte == '%') {
            if (in.len - i < 3 || hex_value(in.ptr[i + 1]) < 0 || hex_value(in.ptr[i + 2]) < 0)
                return 0;
            byte = (uint8_t)(hex_value(in.ptr[i + 1]) << 4 | hex_value(in.ptr[i + 2]));
            i += 2;
        }
        out[len++] = byte;
    }
    return len;
}

static bool is_ascii(struct gw_slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] >= 0x80)
            return false;
    return true;
}

/* A name in other letters than ASCII, mapped and encoded as browsers do. text ends in NUL. */
static int put_idn(struct gw_uri *uri, const uint8_t *text)
{
    uint8_t *ascii = NULL;
    int result = idn2_lookup_u8(text, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    size_t len;

    if (result == IDN2_MALLOC)
        return GW_E_NOMEM;
    if (result != IDN2_OK)
        return refuse(uri, "the host is not a valid international name");
    len = strlen((const char *)ascii);
    if (len <= GW_URI_NAME_MAX + 1)
        put(uri, (struct gw_slice){ascii, len});
    idn2_free(ascii);
    return len <= GW_URI_NAME_MAX + 1 ? 0 : refuse(uri, "the host name is too long");
}

static bool is_name_char(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_';
}

/* Does an application somewhere take this label for a number? Then the whole
 * host must be an IPv4 address. */
static bool is_number(struct gw_slice label)
{
    bool is_hex = label.len >= 2 && label.ptr[0] == '0' && label.ptr[1] == 'x';

    for (size_t i = is_hex ? 2 : 0; i < label.len; i++)
        if (is_hex ? hex_value(label.ptr[i]) < 0 : !is_digit(label.ptr[i]))
            return false;
    return label.len > 0;
}

/* Labels of letters, digits, '-' and '_', with dots between them; one dot may stand at the end. */
static int check_name(struct gw_uri *uri, struct gw_slice name)
{
    struct gw_slice label = {0};
    uint8_t ipv4[GW_IPV4_LEN];
    struct gw_slice rest = name;

    if (rest.len > 0 && rest.ptr[rest.len - 1] == '.')
        rest.len--;
    if (rest.len > GW_URI_NAME_MAX)
        return refuse(uri, "the host name is too long");
    do {
        label = take_until(&rest, ".");
        if (label.len == 0 || label.len > LABEL_MAX)
            return refuse(uri, "the host has an empty or too long label");
        for (size_t i = 0; i < label.len; i++)
            if (!is_name_char(label.ptr[i]))
                return refuse(uri, "the host has a character that no name has");
        if (rest.len > 0) {
            advance(&rest, 1);
            if (rest.len == 0)
                return refuse(uri, "the host has an empty or too long label");
        }
    } while (rest.len > 0);
    if (!is_number(label))
        return 0;
    uri->host_type = GW_URI_HOST_IPV4;
    return gw_ipv4_parse(name, ipv4) ? 0 : refuse(uri, "the host is not a valid IPv4 address");
}

static int put_name(struct gw_uri *uri, struct gw_slice host)
{
    uint8_t name[HOST_ENCODED_MAX + 1];
    size_t from = uri->bytes.len;
    size_t len = decode(host, name, HOST_ENCODED_MAX);
    int err = 0;

    if (len == 0)
        return refuse(uri, host.len == 0                 ? "there is no host"
                           : host.len > HOST_ENCODED_MAX ? "the host name is too long"
                                                         : "the host has a bad escape");
    if (memchr(name, '\0', len))
        return refuse(uri, "the host has a character that no name has");
    name[len] = '\0';
    if (!gw_utf8_is_valid((struct gw_slice){name, len}))
        return refuse(uri, "the host is not UTF-8");
    if (is_ascii((struct gw_slice){name, len})) {
        for (size_t i = 0; i < len; i++)
            put_byte(uri, lower(name[i]));
    } else {
        err = put_idn(uri, name);
    }
    return err ? err : check_name(uri, put_since(uri, from));
}

static int put_ipv6(struct gw_uri *uri, struct gw_slice host)
{
    uint8_t ip[GW_IPV6_LEN], text[GW_IPV6_TEXT_MAX];

    if (memchr(host.ptr, '%', host.len))
        return refuse(uri, "an address with a zone is not for URLs");
    if (!gw_ipv6_parse(host, ip))
        return refuse(uri, "the host is not a valid IPv6 address");
    uri->host_type = GW_URI_HOST_IPV6;
    put(uri, (struct gw_slice){text, gw_ipv6_format(text, ip)});
    return 0;
}

/* Writes the host behind the scheme, in brackets when it is an IPv6 address. */
static int put_host(struct gw_uri *uri, struct gw_slice host, struct gw_slice *written)
{
    bool is_ipv6 = host.len > 0 && host.ptr[0] == '[';
    size_t from;
    int err;

    if (!is_ipv6) {
        from = uri->bytes.len;
        err = put_name(uri, host);
        *written = put_since(uri, from);
        return err;
    }
    put_byte(uri, '[');
    from = uri->bytes.len;
    err = put_ipv6(uri, (struct gw_slice){host.ptr + 1, host.len - 2});
    *written = put_since(uri, from);
    put_byte(uri, ']');
    return err;
}

static int put_port(struct gw_uri *uri, const struct parts *parts)
{
    uint8_t digits[20];
    uint64_t port;

    uri->port = schemes[uri->scheme].port;
    if (!parts->has_port || parts->port.len == 0)
        return 0;
    if (gw_u64_parse(parts->port, &port) != 0 || port == 0 || port > UINT16_MAX)
        return refuse(uri, "the port is not a number from 1 to 65535");
    if (port == uri->port)
        return 0;
    uri->port = (uint16_t)port;
    put_byte(uri, ':');
    put(uri, (struct gw_slice){digits, gw_u64_format(digits, port)});
    return 0;
}

/* ---- path and query ---- */

static void put_encoded(struct gw_uri *uri, struct gw_slice text)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];

        if (c > ' ' && c < 0x7f && !strchr("\"<>^`{|}", c)) {
            put_byte(uri, c);
            continue;
        }
        put_byte(uri, '%');
        put_byte(uri, (uint8_t)digits[c >> 4]);
        put_byte(uri, (uint8_t)digits[c & 15]);
    }
}

/* How many dots a segment is made of, "%2e" counted as one; 0: it is something else. */
static int count_dots(struct gw_slice segment)
{
    int count = 0;

    while (segment.len > 0) {
        if (segment.ptr[0] == '.')
            advance(&segment, 1);
        else if (segment.len >= 3 && segment.ptr[0] == '%' && segment.ptr[1] == '2' &&
                 lower(segment.ptr[2]) == 'e')
            advance(&segment, 3);
        else
            return 0;
        count++;
    }
    return count;
}

/* Takes the last segment off what was put since root, the slash before it too. */
static void drop_segment(struct gw_uri *uri, size_t root)
{
    while (uri->bytes.len > root && uri->bytes.ptr[--uri->bytes.len] != '/')
        ;
}

/* RFC 3986 5.2.4: "." and ".." are walked, never above the root. */
static void put_path(struct gw_uri *uri, struct gw_slice path)
{
    size_t root = uri->bytes.len;

    if (path.len == 0)
        put_byte(uri, '/');
    while (path.len > 0) {
        struct gw_slice segment;
        int dots;

        advance(&path, 1); /* the slash */
        segment = take_until(&path, "/");
        dots = count_dots(segment);
        if (dots == 2)
            drop_segment(uri, root);
        if (dots != 1 && dots != 2) {
            put_byte(uri, '/');
            put_encoded(uri, segment);
        } else if (path.len == 0) {
            put_byte(uri, '/');
        }
    }
}

/* ---- the whole ---- */

static int check_text(struct gw_uri *uri, struct gw_slice text)
{
    if (text.len > GW_URI_TEXT_MAX)
        return refuse(uri, "the URL is too long");
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < ' ' || text.ptr[i] == 0x7f)
            return refuse(uri, "the URL has a control character");
        if (text.ptr[i] == '\\')
            return refuse(uri, "the URL has a backslash");
    }
    return gw_utf8_is_valid(text) ? 0 : refuse(uri, "the URL is not UTF-8");
}

static int take_scheme(struct gw_uri *uri, struct gw_slice *rest)
{
    struct gw_slice name = take_until(rest, ":/?#");

    if (!starts_with(*rest, GW_LIT("://")))
        return refuse(uri, "the URL does not begin with ws:// or wss://");
    advance(rest, 3);
    for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
        struct gw_slice known = schemes[i].name;
        size_t same = 0;

        while (same < known.len && same < name.len && lower(name.ptr[same]) == known.ptr[same])
            same++;
        if (same == known.len && same == name.len) {
            uri->scheme = (enum gw_uri_scheme)i;
            return 0;
        }
    }
    return refuse(uri, "the scheme is not ws, wss, http or https");
}

static int split_host(struct gw_uri *uri, struct gw_slice rest, struct parts *parts)
{
    const uint8_t *end;

    if (rest.len > 0 && rest.ptr[0] == '[') {
        end = memchr(rest.ptr, ']', rest.len);
        if (!end)
            return refuse(uri, "the bracket around the address is not closed");
        parts->host = (struct gw_slice){rest.ptr, (size_t)(end - rest.ptr) + 1};
        advance(&rest, parts->host.len);
        if (rest.len > 0 && rest.ptr[0] != ':')
            return refuse(uri, "something follows the address that is not a port");
    } else {
        parts->host = take_until(&rest, ":");
    }
    parts->has_port = rest.len > 0;
    if (parts->has_port)
        advance(&rest, 1);
    parts->port = rest;
    return 0;
}

static int split(struct gw_uri *uri, struct gw_slice rest, struct parts *parts)
{
    struct gw_slice authority = take_until(&rest, "/?#");
    struct gw_slice before = authority;

    *parts = (struct parts){.user_info = take_until(&before, "@")};
    if (before.len > 0) {
        parts->has_user_info = true;
        advance(&before, 1);
        if (before.len > 0 && memchr(before.ptr, '@', before.len))
            return refuse(uri, "there is more than one @ before the host");
        authority = before;
    }
    parts->path = take_until(&rest, "?#");
    parts->has_query = rest.len > 0 && rest.ptr[0] == '?';
    if (parts->has_query) {
        advance(&rest, 1);
        parts->query = take_until(&rest, "#");
    }
    if (rest.len > 0 && uri->scheme >= GW_URI_WS)
        return refuse(uri, "a WebSocket URL has no fragment (write %23 for #)");
    return split_host(uri, authority, parts);
}

/* Copies a part to the end, decoded and with a NUL. */
static int put_credential(struct gw_uri *uri, struct gw_slice part, struct gw_slice *out)
{
    uint8_t *place = uri->bytes.ptr + uri->bytes.len;
    size_t len = decode(part, place, part.len);

    if (len == 0 && part.len > 0)
        return refuse(uri, "user or password has a bad escape");
    for (size_t i = 0; i < len; i++)
        if (place[i] < ' ' || place[i] == 0x7f)
            return refuse(uri, "user or password has a control character");
    *out = (struct gw_slice){place, len};
    uri->bytes.len += len;
    put_byte(uri, '\0');
    return 0;
}

static int put_user_info(struct gw_uri *uri, const struct parts *parts)
{
    struct gw_slice rest = parts->user_info;
    struct gw_slice user = take_until(&rest, ":");
    int err;

    if (!parts->has_user_info)
        return 0;
    if (rest.len > 0)
        advance(&rest, 1);
    err = put_credential(uri, user, &uri->user);
    if (!err && memchr(uri->user.ptr, ':', uri->user.len))
        err = refuse(uri, "the user has a colon"); /* RFC 7617 2 */
    return err ? err : put_credential(uri, rest, &uri->password);
}

static int put_all(struct gw_uri *uri, const struct parts *parts)
{
    struct gw_slice host;
    size_t at;
    int err;

    put(uri, schemes[uri->scheme].name);
    put(uri, GW_LIT("://"));
    at = uri->bytes.len;
    err = put_host(uri, parts->host, &host);
    if (!err)
        err = put_port(uri, parts);
    if (err)
        return err;
    uri->authority = put_since(uri, at);
    at = uri->bytes.len;
    put_path(uri, parts->path);
    if (parts->has_query) {
        put_byte(uri, '?');
        put_encoded(uri, parts->query);
    }
    uri->target = put_since(uri, at);
    uri->text = put_since(uri, 0);
    put_byte(uri, '\0');
    at = uri->bytes.len;
    put(uri, host);
    uri->host = put_since(uri, at);
    put_byte(uri, '\0');
    return put_user_info(uri, parts);
}

int gw_uri_parse(struct gw_uri *uri, struct gw_slice text)
{
    struct gw_slice rest = text;
    struct parts parts;
    uint8_t *place;
    size_t most;
    int err = check_text(uri, text);

    if (!err)
        err = take_scheme(uri, &rest);
    if (!err)
        err = split(uri, rest, &parts);
    if (err)
        return err;
    /* Each byte becomes three at most, the host stands there twice, and a
     * few bytes separate all that. */
    most = 3 * text.len + 2 * (size_t)(GW_URI_NAME_MAX + 1) + 32;
    gw_buf_init(&uri->bytes, most);
    if (gw_buf_reserve(&uri->bytes, most, &place) != 0)
        return GW_E_NOMEM;
    return put_all(uri, &parts);
}

/* Does reference name a scheme of its own (RFC 3986 3.1)? */
static bool has_scheme(struct gw_slice reference)
{
    struct gw_slice name = take_until(&reference, ":/?#");

    return name.len > 0 && reference.len > 0 && reference.ptr[0] == ':';
}

/* What of base comes before reference. */
static struct gw_slice kept_of(const struct gw_uri *base, struct gw_slice reference)
{
    struct gw_slice kept = base->text;
    struct gw_slice path = base->target;

    if (reference.len == 0)
        return kept;
    if (has_scheme(reference))
        return (struct gw_slice){kept.ptr, 0};
    if (starts_with(reference, GW_LIT("//")))
        return (struct gw_slice){kept.ptr, schemes[base->scheme].name.len + 1};
    kept.len = (size_t)(path.ptr - kept.ptr);
    path = take_until(&path, "?");
    if (reference.ptr[0] == '?')
        kept.len += path.len;
    if (reference.ptr[0] == '?' || reference.ptr[0] == '/')
        return kept;
    while (path.ptr[path.len - 1] != '/')
        path.len--;
    kept.len += path.len;
    return kept;
}

int gw_uri_resolve(struct gw_uri *uri, const struct gw_uri *base, struct gw_slice reference)
{
    struct gw_slice rest = reference;
    struct gw_buf text;
    int err;

    reference = take_until(&rest, "#");
    gw_buf_init(&text, 2 * GW_URI_TEXT_MAX);
    err = gw_buf_append(&text, kept_of(base, reference));
    if (!err)
        err = gw_buf_append(&text, reference);
    if (!err)
        err = gw_uri_parse(uri, gw_buf_slice(&text));
    gw_buf_dispose(&text);
    return err == GW_E_LIMIT ? refuse(uri, "the URL is too long") : err;
}

/* "http" and "ws" have the same ports by default, so the rest stays as it is. */
void gw_uri_to_websocket(struct gw_uri *uri)
{
    enum { SHORTER = 2 }; /* htTP -> WS, htTPS -> WSS */
    uint8_t *text = uri->bytes.ptr + SHORTER;

    if (uri->scheme >= GW_URI_WS)
        return;
    memcpy(text, "ws", 2);
    if (uri->scheme == GW_URI_HTTPS)
        text[2] = 's';
    uri->scheme = uri->scheme == GW_URI_HTTPS ? GW_URI_WSS : GW_URI_WS;
    uri->text = (struct gw_slice){text, uri->text.len - SHORTER};
}

void gw_uri_dispose(struct gw_uri *uri)
{
    gw_buf_dispose(&uri->bytes);
    *uri = (struct gw_uri){.why = uri->why};
}

bool gw_uri_is_same_origin(const struct gw_uri *a, const struct gw_uri *b)
{
    return a->scheme == b->scheme && a->port == b->port && gw_slice_equal(a->host, b->host);
}
