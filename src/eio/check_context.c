/* SPDX-License-Identifier: MIT */
#include "codec/json.h"
#include "codec/url.h"
#include "eio/check.h"

enum { DECODED_MAX = 1024 }; /* what an honest client sends is far shorter; the rest is cut off */

/* Appends until the first failure. */
struct writer {
    struct gw_buf *out;
    int err;
    bool has_member;
};

static void put(struct writer *w, struct gw_slice text)
{
    if (w->err == GW_OK)
        w->err = gw_buf_append(w->out, text);
}

static void put_quoted(struct writer *w, struct gw_slice text)
{
    if (w->err == GW_OK)
        w->err = gw_json_quote(w->out, text);
}

static void put_key(struct writer *w, const char *key)
{
    put(w, w->has_member ? GW_LIT(",") : GW_LIT("{"));
    w->has_member = true;
    put_quoted(w, gw_slice_of(key));
    put(w, GW_LIT(":"));
}

/* What is absent is undefined to the genuine server, and left out of its JSON. */
static void put_text(struct writer *w, const char *key, struct gw_slice text)
{
    if (!text.ptr)
        return;
    put_key(w, key);
    put_quoted(w, text);
}

static void put_value_of_query(struct writer *w, const char *key, struct gw_slice raw)
{
    uint8_t decoded[DECODED_MAX];

    if (!raw.ptr)
        return;
    if (raw.len > DECODED_MAX)
        raw.len = DECODED_MAX;
    put_text(w, key, (struct gw_slice){decoded, gw_url_decode(decoded, raw, true)});
}

static void put_revision(struct writer *w, const char *key, enum gw_eio_revision revision)
{
    put_key(w, key);
    put(w, revision == GW_EIO_V4 ? GW_LIT("4") : GW_LIT("3"));
}

static struct gw_slice other_transport(enum gw_eio_transport_kind kind)
{
    return gw_slice_of(
        gw_eio_transport_name(kind == GW_EIO_POLLING ? GW_EIO_WEBSOCKET : GW_EIO_POLLING));
}

static void put_bad_request(struct writer *w, const struct gw_eio_check *check)
{
    struct gw_slice name = gw_slice_of(check->context);

    put_text(w, "name", name);
    if (gw_slice_equal(name, GW_LIT("INVALID_ORIGIN"))) {
        put_text(w, "origin", check->culprit);
    } else if (gw_slice_equal(name, GW_LIT("MIDDLEWARE_FAILURE"))) {
        put_text(w, "message", check->culprit); /* the genuine server keeps it to itself */
    } else if (gw_slice_equal(name, GW_LIT("TRANSPORT_MISMATCH"))) {
        put_text(w, "transport", gw_slice_of(gw_eio_transport_name(check->transport)));
        put_text(w, "previousTransport", other_transport(check->transport));
    } else if (gw_slice_equal(name, GW_LIT("PROTOCOL_MISMATCH"))) {
        put_revision(w, "protocol", check->revision);
        put_revision(w, "previousProtocol", check->revision == GW_EIO_V4 ? GW_EIO_V3 : GW_EIO_V4);
    }
}

int gw_eio_check_context(const struct gw_eio_check *check, struct gw_buf *out)
{
    struct writer w = {.out = out};
    size_t start = out->len;

    switch (check->error) {
    case GW_EIO_UNKNOWN_TRANSPORT:
        put_value_of_query(&w, "transport", check->culprit);
        break;
    case GW_EIO_UNKNOWN_SID:
        put_value_of_query(&w, "sid", check->culprit);
        break;
    case GW_EIO_BAD_HANDSHAKE_METHOD:
        put_text(&w, "method", check->culprit);
        break;
    case GW_EIO_BAD_REQUEST:
        put_bad_request(&w, check);
        break;
    case GW_EIO_FORBIDDEN:
        put_text(&w, "message", check->culprit);
        break;
    case GW_EIO_UNSUPPORTED_PROTOCOL_VERSION:
        put_revision(&w, "protocol", check->revision);
        break;
    }
    put(&w, w.has_member ? GW_LIT("}") : GW_LIT("{}"));
    if (w.err < 0)
        out->len = start;
    return w.err;
}
