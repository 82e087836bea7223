/* SPDX-License-Identifier: MIT */
#include "ws/handshake.h"

#include "codec/base64.h"
#include "http/response.h"

/* For SHA-1 of 60 bytes the way that OpenSSL 3 recommends, to fetch the digest by its name and make
 * a context for it, costs twice what the digest does. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

/* 1.3: the string that no protocol but this one would add to a key. */
static const uint8_t key_suffix[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

enum { KEY_SUFFIX_LEN = sizeof key_suffix - 1 };

#define FIELD(name, value)                                                                         \
    {                                                                                              \
        {(const uint8_t *)("" name), sizeof(name) - 1},                                            \
        {                                                                                          \
            (const uint8_t *)("" value), sizeof(value) - 1                                         \
        }                                                                                          \
    }

static const struct gw_http_field method_fields[] = {FIELD("Allow", "GET")};
/* A 426 has to name the protocol (RFC 9110 15.5.22), and this one its version (4.2.2). */
static const struct gw_http_field upgrade_fields[] = {FIELD("Upgrade", "websocket"),
                                                      FIELD("Sec-WebSocket-Version", "13")};

static int refuse(struct gw_ws_handshake *out, uint16_t status, const char *why)
{
    out->status = status;
    out->why = why;
    if (status == 405) {
        out->refusal_fields = method_fields;
        out->refusal_field_count = 1;
    }
    if (status == 426) {
        out->refusal_fields = upgrade_fields;
        out->refusal_field_count = 2;
    }
    return GW_E_PROTO;
}

/* Finds a field that must not come twice (11.3). Returns how often it is there. */
static size_t find_single(const struct gw_http_request *request, struct gw_slice name,
                          struct gw_slice *value)
{
    size_t count = 0;

    for (size_t i = 0; i < request->field_count; i++) {
        if (!gw_http_text_equals(request->fields[i].name, name))
            continue;
        *value = request->fields[i].value;
        count++;
    }
    return count;
}

static bool is_base64_digit(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
}

/* 16 bytes in base64 are always 22 digits and "==". */
static bool is_key(struct gw_slice value)
{
    if (value.len != GW_WS_KEY_LEN || value.ptr[22] != '=' || value.ptr[23] != '=')
        return false;
    for (size_t i = 0; i < 22; i++) {
        if (!is_base64_digit(value.ptr[i]))
            return false;
    }
    return true;
}

static int check_request(const struct gw_http_request *request, struct gw_ws_handshake *out)
{
    struct gw_slice host;

    if (!gw_slice_equal(request->method, GW_LIT("GET")))
        return refuse(out, 405, "a WebSocket handshake is a GET");
    if (request->version_major != 1 || request->version_minor < 1)
        return refuse(out, 400, "a WebSocket handshake needs HTTP/1.1");
    if (find_single(request, GW_LIT("Host"), &host) != 1)
        return refuse(out, 400, "Host is missing");
    if (!gw_http_request_field(request, GW_LIT("Upgrade")).ptr)
        return refuse(out, 426, "only WebSocket is spoken here");
    if (!gw_http_request_has_token(request, GW_LIT("Upgrade"), GW_LIT("websocket")))
        return refuse(out, 400, "Upgrade does not say websocket");
    if (!gw_http_request_has_token(request, GW_LIT("Connection"), GW_LIT("upgrade")))
        return refuse(out, 400, "Connection does not say upgrade");
    /* Whether the bytes of a body are frames would be anybody's guess. */
    if (request->has_body)
        return refuse(out, 400, "a WebSocket handshake has no body");
    return 0;
}

static int check_version_and_key(const struct gw_http_request *request, struct gw_ws_handshake *out)
{
    struct gw_slice version = {0}, key = {0};
    size_t version_count = find_single(request, GW_LIT("Sec-WebSocket-Version"), &version);

    if (version_count > 1)
        return refuse(out, 400, "Sec-WebSocket-Version comes more than once");
    if (!gw_slice_equal(version, GW_LIT("13")))
        return refuse(out, 426, "Sec-WebSocket-Version is not 13");
    if (find_single(request, GW_LIT("Sec-WebSocket-Key"), &key) != 1)
        return refuse(out, 400, "Sec-WebSocket-Key is missing or comes more than once");
    if (!is_key(key))
        return refuse(out, 400, "Sec-WebSocket-Key is not 16 bytes in base64");
    if (gw_ws_accept_encode(out->accept, key.ptr) != 0) {
        refuse(out, 500, "out of memory");
        return GW_E_NOMEM;
    }
    return 0;
}

static bool is_among(const struct gw_slice *tokens, size_t count, struct gw_slice token)
{
    for (size_t i = 0; i < count; i++) {
        if (gw_slice_equal(tokens[i], token))
            return true;
    }
    return false;
}

/* 4.1 (10): one or more tokens, each of them once. */
static int check_subprotocols(const struct gw_http_request *request, struct gw_ws_handshake *out)
{
    struct gw_slice seen[GW_WS_OFFERS_MAX], token;
    struct gw_ws_offers offers;
    size_t count = 0;
    int found;

    gw_ws_handshake_subprotocols(request, &offers);
    while ((found = gw_ws_offers_next_token(&offers, &token)) == 1) {
        if (count == GW_WS_OFFERS_MAX)
            return refuse(out, 400, "too many subprotocols");
        if (is_among(seen, count, token))
            return refuse(out, 400, "a subprotocol comes twice");
        seen[count++] = token;
    }
    if (found < 0)
        return refuse(out, 400, "Sec-WebSocket-Protocol is malformed");
    if (count == 0 && gw_http_request_field(request, GW_LIT("Sec-WebSocket-Protocol")).ptr)
        return refuse(out, 400, "Sec-WebSocket-Protocol is empty");
    return 0;
}

/* 9.1: whoever gets a malformed list must fail the connection, even if it would agree to nothing. A
 * field without a value is what proxies make of a list that they want gone: it offers nothing. */
static int check_extensions(const struct gw_http_request *request, struct gw_ws_handshake *out)
{
    struct gw_ws_offers offers;
    struct gw_ws_extension extension;
    size_t count = 0;
    int found;

    gw_ws_handshake_extensions(request, &offers);
    while ((found = gw_ws_offers_next_extension(&offers, &extension)) == 1) {
        if (++count > GW_WS_OFFERS_MAX)
            return refuse(out, 400, "too many extensions");
    }
    if (found < 0)
        return refuse(out, 400, "Sec-WebSocket-Extensions is malformed");
    if (count == 0 && gw_http_request_field(request, GW_LIT("Sec-WebSocket-Extensions")).len > 0)
        return refuse(out, 400, "Sec-WebSocket-Extensions is empty");
    return 0;
}

int gw_ws_handshake_check(const struct gw_http_request *request, struct gw_ws_handshake *out)
{
    int err;

    *out = (struct gw_ws_handshake){.status = 101, .why = ""};
    err = check_request(request, out);
    if (!err)
        err = check_version_and_key(request, out);
    if (!err)
        err = check_subprotocols(request, out);
    if (!err)
        err = check_extensions(request, out);
    return err;
}

void gw_ws_handshake_subprotocols(const struct gw_http_request *request,
                                  struct gw_ws_offers *offers)
{
    gw_ws_offers_init(offers, request->fields, request->field_count,
                      GW_LIT("Sec-WebSocket-Protocol"));
}

void gw_ws_handshake_extensions(const struct gw_http_request *request, struct gw_ws_offers *offers)
{
    gw_ws_offers_init(offers, request->fields, request->field_count,
                      GW_LIT("Sec-WebSocket-Extensions"));
}

bool gw_ws_handshake_offers(const struct gw_http_request *request, struct gw_slice subprotocol)
{
    struct gw_ws_offers offers;
    struct gw_slice token;

    gw_ws_handshake_subprotocols(request, &offers);
    while (gw_ws_offers_next_token(&offers, &token) == 1) {
        if (gw_slice_equal(token, subprotocol))
            return true;
    }
    return false;
}

static void write_acceptance(struct gw_http_response *response,
                             const struct gw_ws_acceptance *acceptance)
{
    if (acceptance->subprotocol.len > 0) {
        if (!gw_http_is_token(acceptance->subprotocol))
            gw_http_response_check(response, GW_E_ARG);
        gw_http_response_field(response, GW_LIT("Sec-WebSocket-Protocol"), acceptance->subprotocol);
    }
    if (acceptance->extensions.len > 0)
        gw_http_response_field(response, GW_LIT("Sec-WebSocket-Extensions"),
                               acceptance->extensions);
    for (size_t i = 0; i < acceptance->field_count; i++)
        gw_http_response_field(response, acceptance->fields[i].name, acceptance->fields[i].value);
}

int gw_ws_handshake_accept(const struct gw_ws_handshake *handshake,
                           const struct gw_ws_acceptance *acceptance, struct gw_buf *out)
{
    struct gw_http_response response;

    assert(handshake->status == 101);
    gw_http_response_begin(&response, out, 101, GW_HTTP_CONNECTION_OTHER);
    gw_http_response_lines(&response, GW_LIT("Upgrade: websocket\r\n"
                                             "Connection: Upgrade\r\n"
                                             "Sec-WebSocket-Accept: "));
    gw_http_response_lines(&response,
                           (struct gw_slice){handshake->accept, sizeof handshake->accept});
    gw_http_response_lines(&response, GW_LIT("\r\n"));
    if (acceptance)
        write_acceptance(&response, acceptance);
    return gw_http_response_end(&response, GW_HTTP_LENGTH_NONE);
}

int gw_ws_accept_encode(uint8_t out[static GW_WS_ACCEPT_LEN],
                        const uint8_t key[static GW_WS_KEY_LEN])
{
    uint8_t digest[SHA_DIGEST_LENGTH];
    SHA_CTX sha;

    if (!SHA1_Init(&sha) || !SHA1_Update(&sha, key, GW_WS_KEY_LEN) ||
        !SHA1_Update(&sha, key_suffix, KEY_SUFFIX_LEN) || !SHA1_Final(digest, &sha))
        return GW_E_NOMEM;
    gw_base64_encode(out, (struct gw_slice){digest, sizeof digest});
    return 0;
}
