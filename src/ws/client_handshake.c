/* SPDX-License-Identifier: MIT */
#include "ws/client_handshake.h"

#include "base/mem.h"
#include "codec/base64.h"

void gw_ws_key_encode(uint8_t out[static GW_WS_KEY_LEN],
                      const uint8_t nonce[static GW_WS_NONCE_LEN])
{
    gw_base64_encode(out, (struct gw_slice){nonce, GW_WS_NONCE_LEN});
}

/* ---- what the application adds ---- */

static bool is_among(struct gw_slice name, const char *const *names)
{
    for (; *names; names++)
        if (gw_http_text_equals(name, gw_slice_of(*names)))
            return true;
    return false;
}

static bool is_own_field(struct gw_slice name)
{
    static const char *const own[] = {"Host", "Upgrade", "Connection", "Origin", NULL};
    struct gw_slice prefix = GW_LIT("Sec-WebSocket-");

    if (name.len >= prefix.len &&
        gw_http_text_equals((struct gw_slice){name.ptr, prefix.len}, prefix))
        return true;
    return is_among(name, own);
}

static bool is_body_field(struct gw_slice name)
{
    static const char *const framing[] = {
        "Content-Length", "Transfer-Encoding", "Trailer", "TE", "Expect", NULL};

    return is_among(name, framing);
}

static int refuse(const char **why, const char *text)
{
    *why = text;
    return GW_E_ARG;
}

int gw_ws_client_field_append(struct gw_buf *lines, struct gw_slice field, const char **why)
{
    const uint8_t *colon = field.len > 0 ? memchr(field.ptr, ':', field.len) : NULL;
    struct gw_slice name, value;

    if (!colon)
        return refuse(why, "a header is written \"Name: value\"");
    name = (struct gw_slice){field.ptr, (size_t)(colon - field.ptr)};
    value = gw_http_trim((struct gw_slice){colon + 1, field.len - name.len - 1});
    if (!gw_http_is_token(name))
        return refuse(why, "the name of a header has a character that no name has");
    if (!gw_http_is_field_value(value))
        return refuse(why, "the value of a header has a control character");
    if (is_own_field(name))
        return refuse(why, "this header is the handshake's own");
    if (is_body_field(name))
        return refuse(why, "this header is for requests with a body");
    return gw_http_field_append(lines, name, value);
}

static struct gw_slice next_subprotocol(struct gw_slice *list)
{
    struct gw_slice token = {0};

    gw_http_list_next(list, &token);
    return token;
}

static bool has_subprotocol(struct gw_slice list, struct gw_slice subprotocol)
{
    struct gw_slice token;

    while ((token = next_subprotocol(&list)).len > 0)
        if (gw_slice_equal(token, subprotocol))
            return true;
    return false;
}

int gw_ws_client_subprotocol_append(struct gw_buf *list, struct gw_slice subprotocol,
                                    const char **why)
{
    size_t len = list->len;
    int err = 0;

    if (!gw_http_is_token(subprotocol))
        return refuse(why, "a subprotocol is not a token");
    if (has_subprotocol(gw_buf_slice(list), subprotocol))
        return refuse(why, "a subprotocol is asked for twice");
    if (len > 0)
        err = gw_buf_append(list, GW_LIT(", "));
    if (!err)
        err = gw_buf_append(list, subprotocol);
    if (err)
        list->len = len;
    return err;
}

int gw_ws_client_fields_copy_public(struct gw_buf *out, struct gw_slice lines)
{
    static const char *const secret[] = {"Authorization", "Cookie", NULL};
    int err = 0;

    while (lines.len > 0 && !err) {
        size_t len = (size_t)((const uint8_t *)memchr(lines.ptr, '\n', lines.len) - lines.ptr) + 1;
        size_t name_len = (size_t)((const uint8_t *)memchr(lines.ptr, ':', len) - lines.ptr);

        if (!is_among((struct gw_slice){lines.ptr, name_len}, secret))
            err = gw_buf_append(out, (struct gw_slice){lines.ptr, len});
        lines.ptr += len;
        lines.len -= len;
    }
    return err;
}

/* ---- the request ---- */

int gw_ws_client_basic_append(struct gw_buf *out, struct gw_slice name, struct gw_slice user,
                              struct gw_slice password)
{
    struct gw_slice parts[] = {user, GW_LIT(":"), password};
    size_t encoded_len = gw_base64_encoded_len(user.len + 1 + password.len);
    struct gw_slice begin = GW_LIT(": Basic ");
    struct gw_buf text;
    uint8_t *place;
    int err = 0;

    gw_buf_init(&text, user.len + 1 + password.len);
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts) && !err; i++)
        err = gw_buf_append(&text, parts[i]);
    if (!err)
        err = gw_buf_reserve(out, name.len + begin.len + encoded_len + 2, &place);
    if (!err) {
        gw_buf_append(out, name);
        gw_buf_append(out, begin);
        gw_buf_commit(out, gw_base64_encode(out->ptr + out->len, gw_buf_slice(&text)));
        gw_buf_append(out, GW_LIT("\r\n"));
    }
    gw_buf_dispose(&text);
    return err;
}

static bool is_target(struct gw_slice target)
{
    for (size_t i = 0; i < target.len; i++)
        if (target.ptr[i] <= ' ' || target.ptr[i] >= 0x7f)
            return false;
    return target.len > 0 && target.ptr[0] == '/';
}

static int append_optional(struct gw_buf *out, struct gw_slice name, struct gw_slice value)
{
    return value.len > 0 ? gw_http_field_append(out, name, value) : 0;
}

static int append_request(const struct gw_ws_client_request *request, struct gw_buf *out)
{
    struct gw_slice key = {request->key, sizeof(request->key)};
    int err = gw_buf_append(out, GW_LIT("GET "));

    if (!err)
        err = gw_buf_append(out, request->target);
    if (!err)
        err = gw_buf_append(out, GW_LIT(" HTTP/1.1\r\n"));
    if (!err)
        err = gw_http_field_append(out, GW_LIT("Host"), request->authority);
    if (!err)
        err = gw_buf_append(out, GW_LIT("Upgrade: websocket\r\nConnection: Upgrade\r\n"));
    if (!err)
        err = gw_http_field_append(out, GW_LIT("Sec-WebSocket-Key"), key);
    if (!err)
        err = gw_buf_append(out, GW_LIT("Sec-WebSocket-Version: 13\r\n"));
    return err;
}

static int append_options(const struct gw_ws_client_request *request, struct gw_buf *out)
{
    int err = append_optional(out, GW_LIT("Origin"), request->origin);

    if (!err)
        err = append_optional(out, GW_LIT("Sec-WebSocket-Protocol"), request->subprotocols);
    if (!err)
        err = append_optional(out, GW_LIT("Sec-WebSocket-Extensions"), request->extensions);
    if (!err && request->lines.len > 0)
        err = gw_buf_append(out, request->lines);
    return err ? err : gw_buf_append(out, GW_LIT("\r\n"));
}

int gw_ws_client_request_encode(const struct gw_ws_client_request *request, struct gw_buf *out)
{
    size_t len = out->len;
    int err;

    if (!is_target(request->target))
        return GW_E_ARG;
    err = append_request(request, out);
    if (!err)
        err = append_options(request, out);
    if (err)
        out->len = len;
    return err;
}

/* ---- the answer ---- */

static int fail(const char **why, const char *text)
{
    *why = text;
    return GW_E_PROTO;
}

static int check_upgrade(const struct gw_http_response_head *head, const char **why)
{
    struct gw_slice upgrade = gw_http_response_head_field(head, GW_LIT("Upgrade"));

    if (head->status != 101)
        return fail(why, "the server did not switch protocols");
    if (head->version_minor != 1)
        return fail(why, "the answer is not HTTP/1.1");
    if (!upgrade.ptr)
        return fail(why, "Upgrade is missing");
    if (gw_http_response_head_count(head, GW_LIT("Upgrade")) > 1 ||
        !gw_http_text_equals(upgrade, GW_LIT("websocket")))
        return fail(why, "Upgrade does not say websocket");
    if (!gw_http_response_head_has_token(head, GW_LIT("Connection"), GW_LIT("upgrade")))
        return fail(why, "Connection does not say upgrade");
    return 0;
}

static int check_accept(const struct gw_ws_client_request *request,
                        const struct gw_http_response_head *head, const char **why)
{
    struct gw_slice accept = gw_http_response_head_field(head, GW_LIT("Sec-WebSocket-Accept"));
    uint8_t expected[GW_WS_ACCEPT_LEN];

    if (!accept.ptr)
        return fail(why, "Sec-WebSocket-Accept is missing");
    if (gw_http_response_head_count(head, GW_LIT("Sec-WebSocket-Accept")) > 1)
        return fail(why, "Sec-WebSocket-Accept comes more than once");
    if (gw_ws_accept_encode(expected, request->key) != 0) {
        *why = "out of memory";
        return GW_E_NOMEM;
    }
    if (!gw_slice_equal(accept, (struct gw_slice){expected, sizeof(expected)}))
        return fail(why, "Sec-WebSocket-Accept is not the answer to our key");
    return 0;
}

static int check_subprotocol(const struct gw_ws_client_request *request,
                             const struct gw_http_response_head *head,
                             struct gw_ws_client_answer *answer, const char **why)
{
    struct gw_slice name = GW_LIT("Sec-WebSocket-Protocol");

    answer->subprotocol = gw_http_response_head_field(head, name);
    if (!answer->subprotocol.ptr)
        return 0;
    if (gw_http_response_head_count(head, name) > 1)
        return fail(why, "Sec-WebSocket-Protocol comes more than once");
    if (!has_subprotocol(request->subprotocols, answer->subprotocol))
        return fail(why, "the server chose a subprotocol that was not offered");
    return 0;
}

static int check_extensions(const struct gw_ws_deflate *deflate,
                            const struct gw_http_response_head *head,
                            struct gw_ws_client_answer *answer, const char **why)
{
    int got =
        gw_ws_deflate_check_answer(deflate, head->fields, head->field_count, &answer->deflate, why);

    if (got < 0)
        return got;
    answer->is_deflated = got == 1;
    answer->extensions = gw_http_response_head_field(head, GW_LIT("Sec-WebSocket-Extensions"));
    return 0;
}

int gw_ws_client_answer_check(const struct gw_ws_client_request *request,
                              const struct gw_ws_deflate *deflate,
                              const struct gw_http_response_head *head,
                              struct gw_ws_client_answer *answer, const char **why)
{
    int err = check_upgrade(head, why);

    *answer = (struct gw_ws_client_answer){0};
    if (!err)
        err = check_accept(request, head, why);
    if (!err)
        err = check_subprotocol(request, head, answer, why);
    if (!err)
        err = check_extensions(deflate, head, answer, why);
    return err;
}
