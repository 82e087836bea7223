/* SPDX-License-Identifier: MIT */
/* A request whose WebSocket fields are the lines of the input: what passes the check can be walked and answered. */
#include "ws/handshake.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LINE_COUNT_MAX = 8 };

static struct gw_slice take_line(struct gw_slice *rest)
{
    const uint8_t *end = rest->len > 0 ? memchr(rest->ptr, '\n', rest->len) : NULL;
    size_t len = end ? (size_t)(end - rest->ptr) : rest->len;
    struct gw_slice line = {rest->ptr, len};

    *rest = (struct gw_slice){rest->ptr + len + (end ? 1 : 0), rest->len - len - (end ? 1 : 0)};
    return line;
}

/* The first byte of a line chooses its name. */
static struct gw_http_field take_field(struct gw_slice *rest)
{
    static const char *names[] = {"Sec-WebSocket-Protocol",
                                  "Sec-WebSocket-Extensions",
                                  "Sec-WebSocket-Key",
                                  "Sec-WebSocket-Version",
                                  "Upgrade",
                                  "Connection",
                                  "Host",
                                  "Origin"};
    struct gw_slice line = take_line(rest);

    if (line.len == 0)
        return (struct gw_http_field){GW_LIT("Sec-WebSocket-Protocol"), line};
    return (struct gw_http_field){gw_slice_of(names[line.ptr[0] & 7]),
                                  gw_http_trim((struct gw_slice){line.ptr + 1, line.len - 1})};
}

static void check_params(struct gw_ws_extension extension)
{
    uint8_t value[4096];
    struct gw_ws_param param;

    assert(gw_http_is_token(extension.name));
    while (gw_ws_extension_param_next(&extension, &param)) {
        assert(gw_http_is_token(param.name));
        if (param.value.ptr && param.value.len <= sizeof value)
            assert(gw_http_is_token((struct gw_slice){value, gw_ws_param_unescape(&param, value)}));
    }
    assert(extension.params.len == 0);
}

static void check_accepted(const struct gw_http_request *request,
                           const struct gw_ws_handshake *handshake)
{
    struct gw_ws_acceptance acceptance = {0};
    struct gw_ws_extension extension;
    struct gw_ws_offers offers;
    struct gw_buf out;
    int found;

    gw_buf_init(&out, 1 << 20);
    gw_ws_handshake_subprotocols(request, &offers);
    while ((found = gw_ws_offers_next_token(&offers, &acceptance.subprotocol)) == 1) {
        assert(gw_ws_handshake_offers(request, acceptance.subprotocol));
        assert(gw_ws_handshake_accept(handshake, &acceptance, &out) == 0);
    }
    assert(found == 0);
    gw_ws_handshake_extensions(request, &offers);
    while ((found = gw_ws_offers_next_extension(&offers, &extension)) == 1)
        check_params(extension);
    assert(found == 0);
    gw_buf_dispose(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gw_http_field fields[LINE_COUNT_MAX + 5] = {
        {GW_LIT("Host"), GW_LIT("a")},
        {GW_LIT("Upgrade"), GW_LIT("websocket")},
        {GW_LIT("Connection"), GW_LIT("Upgrade")},
        {GW_LIT("Sec-WebSocket-Key"), GW_LIT("dGhlIHNhbXBsZSBub25jZQ==")},
        {GW_LIT("Sec-WebSocket-Version"), GW_LIT("13")},
    };
    struct gw_http_request request = {.method = GW_LIT("GET"),
                                      .version_major = 1,
                                      .version_minor = 1,
                                      .fields = fields,
                                      .field_count = 5};
    struct gw_slice rest = {data, size};
    struct gw_ws_handshake handshake;

    while (rest.len > 0 && request.field_count < LINE_COUNT_MAX + 5)
        fields[request.field_count++] = take_field(&rest);
    if (gw_ws_handshake_check(&request, &handshake) == 0)
        check_accepted(&request, &handshake);
    else
        assert(handshake.status >= 400 && handshake.why[0] != '\0');
    return 0;
}
