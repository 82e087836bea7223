/* SPDX-License-Identifier: MIT */
#include "eio/check.h"

#include "codec/url.h"

#include <assert.h>

enum {
    SHORT_VALUE_MAX = 64, /* every value that can match is shorter, even with each byte escaped */
};

/* Decodes a raw value of the query. What is too long to match anything gives the absent slice. */
static struct gw_slice decode_short(uint8_t out[static SHORT_VALUE_MAX], struct gw_slice raw)
{
    if (raw.len > SHORT_VALUE_MAX)
        return (struct gw_slice){NULL, 0};
    return (struct gw_slice){out, gw_url_decode(out, raw, true)};
}

/* What the query says, still encoded; absent what it does not say. Of several values of a name the
 * last one counts. */
struct wanted {
    struct gw_slice transport, revision, sid, b64;
};

static void read_query(struct gw_slice query, struct wanted *out)
{
    struct gw_slice name, value;

    *out = (struct wanted){0};
    while (gw_url_query_next(&query, &name, &value)) {
        if (gw_url_name_equals(name, GW_LIT("transport")))
            out->transport = value;
        else if (gw_url_name_equals(name, GW_LIT("EIO")))
            out->revision = value;
        else if (gw_url_name_equals(name, GW_LIT("sid")))
            out->sid = value;
        else if (gw_url_name_equals(name, GW_LIT("b64")))
            out->b64 = value;
    }
}

void gw_eio_check_refuse(struct gw_eio_check *check, enum gw_eio_error error, const char *context,
                         struct gw_slice culprit)
{
    check->action = GW_EIO_ACTION_REFUSE;
    check->error = error;
    check->context = context;
    check->culprit = culprit;
    check->session = NULL;
}

static bool find_transport(const struct gw_eio_options *options, struct gw_slice raw,
                           enum gw_eio_transport_kind *out)
{
    uint8_t place[SHORT_VALUE_MAX];
    struct gw_slice name = decode_short(place, raw);

    if (gw_slice_equal(name, GW_LIT("polling")))
        *out = GW_EIO_POLLING;
    else if (gw_slice_equal(name, GW_LIT("websocket")))
        *out = GW_EIO_WEBSOCKET;
    else
        return false;
    return (options->transports & 1U << *out) != 0;
}

static bool is_origin_valid(struct gw_slice origin)
{
    for (size_t i = 0; i < origin.len; i++) {
        uint8_t byte = origin.ptr[i];

        if ((byte < 0x20 && byte != '\t') || byte == 0x7f)
            return false;
    }
    return true;
}

static enum gw_eio_revision revision_of(struct gw_slice raw)
{
    uint8_t place[SHORT_VALUE_MAX];

    return gw_slice_equal(decode_short(place, raw), GW_LIT("4")) ? GW_EIO_V4 : GW_EIO_V3;
}

static struct gw_eio_session *find_session(const struct gw_eio_engine *engine, struct gw_slice raw)
{
    uint8_t place[SHORT_VALUE_MAX];

    return gw_eio_engine_find(engine, decode_short(place, raw));
}

static enum gw_eio_action plain_action(struct gw_slice method)
{
    if (gw_slice_equal(method, GW_LIT("GET")))
        return GW_EIO_ACTION_POLL;
    if (gw_slice_equal(method, GW_LIT("POST")))
        return GW_EIO_ACTION_POST;
    return GW_EIO_ACTION_BAD_METHOD;
}

static enum gw_eio_action upgrade_action(const struct gw_eio_check *check)
{
    if (check->transport == GW_EIO_WEBSOCKET && gw_eio_session_can_attach(check->session))
        return GW_EIO_ACTION_UPGRADE;
    return GW_EIO_ACTION_TURN_AWAY;
}

static void check_known(const struct gw_eio_request *request, const struct wanted *wanted,
                        struct gw_eio_check *check)
{
    if (!request->is_upgrade && check->session->transport->ops->kind != check->transport) {
        gw_eio_check_refuse(check, GW_EIO_BAD_REQUEST, "TRANSPORT_MISMATCH", wanted->transport);
        return;
    }
    if (check->revision != check->session->revision) {
        gw_eio_check_refuse(check, GW_EIO_BAD_REQUEST, "PROTOCOL_MISMATCH", wanted->revision);
        return;
    }
    /* The genuine server lets this request hang for ever. */
    if (!request->is_upgrade && check->transport != GW_EIO_POLLING) {
        gw_eio_check_refuse(check, GW_EIO_BAD_REQUEST, "TRANSPORT_HANDSHAKE_ERROR",
                            wanted->transport);
        return;
    }
    check->action = request->is_upgrade ? upgrade_action(check) : plain_action(request->method);
}

static void check_new(const struct gw_eio_request *request, const struct wanted *wanted,
                      struct gw_eio_check *check)
{
    if (!gw_slice_equal(request->method, GW_LIT("GET"))) {
        gw_eio_check_refuse(check, GW_EIO_BAD_HANDSHAKE_METHOD, NULL, request->method);
        return;
    }
    if (check->transport == GW_EIO_WEBSOCKET && !request->is_upgrade) {
        gw_eio_check_refuse(check, GW_EIO_BAD_REQUEST, "TRANSPORT_HANDSHAKE_ERROR",
                            wanted->transport);
        return;
    }
    if (check->transport == GW_EIO_POLLING && request->is_upgrade) {
        check->action = GW_EIO_ACTION_TURN_AWAY;
        return;
    }
    check->action = GW_EIO_ACTION_HANDSHAKE;
    check->culprit = wanted->revision;
}

void gw_eio_check_request(const struct gw_eio_engine *engine, const struct gw_eio_request *request,
                          struct gw_eio_check *out)
{
    struct wanted wanted;

    read_query(request->query, &wanted);
    *out = (struct gw_eio_check){
        .revision = revision_of(wanted.revision),
        .wants_base64 = wanted.b64.len > 0,
    };
    if (!find_transport(&engine->options, wanted.transport, &out->transport)) {
        gw_eio_check_refuse(out, GW_EIO_UNKNOWN_TRANSPORT, NULL, wanted.transport);
        return;
    }
    if (!is_origin_valid(request->origin)) {
        gw_eio_check_refuse(out, GW_EIO_BAD_REQUEST, "INVALID_ORIGIN", request->origin);
        return;
    }
    if (wanted.sid.len == 0) {
        check_new(request, &wanted, out);
        return;
    }
    out->session = find_session(engine, wanted.sid);
    if (out->session)
        check_known(request, &wanted, out);
    else
        gw_eio_check_refuse(out, GW_EIO_UNKNOWN_SID, NULL, wanted.sid);
}

void gw_eio_check_handshake(const struct gw_eio_engine *engine, struct gw_eio_check *check)
{
    assert(check->action == GW_EIO_ACTION_HANDSHAKE);
    if (check->revision != GW_EIO_V4 && !engine->options.accepts_revision_3)
        gw_eio_check_refuse(check, GW_EIO_UNSUPPORTED_PROTOCOL_VERSION, NULL, check->culprit);
}

#define ERROR_LIST(X)                                                                              \
    X(GW_EIO_UNKNOWN_TRANSPORT, "0", "Transport unknown")                                          \
    X(GW_EIO_UNKNOWN_SID, "1", "Session ID unknown")                                               \
    X(GW_EIO_BAD_HANDSHAKE_METHOD, "2", "Bad handshake method")                                    \
    X(GW_EIO_BAD_REQUEST, "3", "Bad request")                                                      \
    X(GW_EIO_FORBIDDEN, "4", "Forbidden")                                                          \
    X(GW_EIO_UNSUPPORTED_PROTOCOL_VERSION, "5", "Unsupported protocol version")

struct gw_slice gw_eio_error_text(enum gw_eio_error error)
{
    static const char *const texts[] = {
#define ERROR_TEXT(name, code, text) [name] = text,
        ERROR_LIST(ERROR_TEXT)
#undef ERROR_TEXT
    };

    return gw_slice_of(texts[error]);
}

struct gw_slice gw_eio_error_json(enum gw_eio_error error)
{
    static const char *const bodies[] = {
#define ERROR_JSON(name, code, text) [name] = "{\"code\":" code ",\"message\":\"" text "\"}",
        ERROR_LIST(ERROR_JSON)
#undef ERROR_JSON
    };

    return gw_slice_of(bodies[error]);
}

int gw_eio_error_status(enum gw_eio_error error)
{
    return error == GW_EIO_FORBIDDEN ? 403 : 400;
}
