/* SPDX-License-Identifier: MIT */
#include "sio/packet.h"

#include "codec/json.h"
#include "codec/scan.h"

static const char *const reserved[] = {
    "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener",
};

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* JSON.parse allows white space around a value; nobody but a human with a terminal sends it. */
static inline struct gw_slice trim(struct gw_slice text)
{
    if (text.len > 0 && text.ptr[0] > ' ' && text.ptr[text.len - 1] > ' ')
        return text;
    return gw_json_trim(text);
}

static void advance(struct gw_slice *text, size_t n)
{
    text->ptr += n;
    text->len -= n;
}

static int fail(const char **why, const char *text)
{
    *why = text;
    return GW_E_PROTO;
}

/* Of the JSON reader's errors only the depth is a limit of ours; the rest is a broken packet. */
static int fail_json(int err, const char **why)
{
    *why = err == GW_E_LIMIT ? "JSON nested too deeply" : "invalid payload";
    return err == GW_E_LIMIT ? GW_E_LIMIT : GW_E_PROTO;
}

bool gw_sio_name_is_listed(struct gw_slice name)
{
    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
        if (gw_slice_equal(name, gw_slice_of(reserved[i])))
            return true;
    }
    return false;
}

/* value is a checked JSON string with escapes in it, quotes included. */
static bool escaped_name_is_reserved(struct gw_slice value)
{
    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
        if (gw_json_string_equals(value, gw_slice_of(reserved[i])))
            return true;
    }
    return false;
}

/* "N-" with 1 <= N <= max. The announced number is believed only up to max, so it costs nothing; a
 * higher one is max + 1. */
static int decode_attachment_count(struct gw_slice *rest, uint32_t max, uint32_t *out,
                                   const char **why)
{
    uint64_t count = 0; /* up to 32 bits and one more digit */
    size_t i = 0;

    while (i < rest->len && is_digit(rest->ptr[i])) {
        count = count * 10 + (uint64_t)(rest->ptr[i++] - '0');
        if (count > max) {
            *out = max + 1;
            *why = "too many attachments";
            return GW_E_LIMIT;
        }
    }
    if (count == 0 || i == rest->len || rest->ptr[i] != '-')
        return fail(why, "illegal attachments");
    advance(rest, i + 1);
    *out = (uint32_t)count;
    return 0;
}

/* Kept as it came, a query string included; a missing ',' lets it reach to the end. */
static struct gw_slice decode_namespace(struct gw_slice *rest)
{
    const uint8_t *comma;
    struct gw_slice name = GW_LIT("/");

    if (rest->len == 0 || rest->ptr[0] != '/')
        return name;
    comma = memchr(rest->ptr, ',', rest->len);
    name = (struct gw_slice){rest->ptr, comma ? (size_t)(comma - rest->ptr) : rest->len};
    advance(rest, name.len + (comma ? 1 : 0));
    return name;
}

static int decode_id(struct gw_slice *rest, struct gw_slice *out, const char **why)
{
    size_t digits = 0, zeros = 0;

    while (digits < rest->len && is_digit(rest->ptr[digits]))
        digits++;
    *out = (struct gw_slice){NULL, 0};
    if (digits == 0)
        return 0;
    while (zeros + 1 < digits && rest->ptr[zeros] == '0')
        zeros++;
    *out = (struct gw_slice){rest->ptr + zeros, digits - zeros};
    advance(rest, digits);
    if (out->len <= GW_SIO_ID_DIGITS_MAX)
        return 0;
    *why = "id too long";
    return GW_E_LIMIT;
}

/* What stands between the brackets, trimmed. The list in there is still to be checked: "[1],[2]"
 * comes through here. */
static bool open_array(struct gw_slice data, struct gw_slice *inner)
{
    if (data.len < 2 || data.ptr[0] != '[' || data.ptr[data.len - 1] != ']')
        return false;
    *inner = trim((struct gw_slice){data.ptr + 1, data.len - 2});
    return true;
}

/* The first element of an event, at the start of inner. Nearly always it is a string of a few
 * plain bytes, and the whole JSON reader would be too much for it. */
static int decode_name(struct gw_sio_packet *packet, struct gw_slice inner, const char **why)
{
    size_t len;
    int err;

    packet->has_plain_name = false;
    if (inner.ptr[0] == '"') {
        len = 1 + gw_scan_unquoted(inner.ptr + 1, inner.len - 1);
        packet->has_plain_name = len < inner.len && inner.ptr[len] == '"';
        packet->name = (struct gw_slice){inner.ptr, len + 1};
        if (packet->has_plain_name)
            return gw_sio_name_is_reserved((struct gw_slice){inner.ptr + 1, len - 1})
                       ? fail(why, "reserved event name")
                       : 0;
    } else if (inner.ptr[0] != '-' && !is_digit(inner.ptr[0])) {
        return fail(why, "invalid payload");
    }
    err = gw_json_skip(inner, &len);
    if (err < 0)
        return fail_json(err, why);
    packet->name = (struct gw_slice){inner.ptr, len};
    if (inner.ptr[0] == '"' && escaped_name_is_reserved(packet->name))
        return fail(why, "reserved event name");
    return 0;
}

/* ["name", args...]: checked in one pass, the name first, then the list behind its comma. */
static int decode_event_data(struct gw_sio_packet *packet, const char **why)
{
    struct gw_slice inner;
    int err;

    if (!open_array(packet->data, &inner) || inner.len == 0)
        return fail(why, "invalid payload");
    err = decode_name(packet, inner, why);
    if (err < 0)
        return err;
    advance(&inner, packet->name.len);
    if (inner.len > 0 && inner.ptr[0] != ',')
        inner = trim(inner);
    packet->args = (struct gw_slice){inner.ptr, 0};
    if (inner.len == 0)
        return 0;
    if (inner.ptr[0] != ',')
        return fail(why, "invalid payload");
    advance(&inner, 1);
    packet->args = trim(inner);
    if (packet->args.len == 0)
        return fail(why, "invalid payload");
    err = gw_json_values_check(packet->args, NULL);
    return err < 0 ? fail_json(err, why) : 0;
}

static int decode_ack_data(struct gw_sio_packet *packet, const char **why)
{
    int err;

    if (!open_array(packet->data, &packet->args))
        return fail(why, "invalid payload");
    err = gw_json_values_check(packet->args, NULL);
    return err < 0 ? fail_json(err, why) : 0;
}

/* An object for CONNECT; a string too for CONNECT_ERROR. */
static int decode_value(const struct gw_sio_packet *packet, const char **why)
{
    uint8_t first = packet->data.ptr[0];
    int err;

    if (first != '{' && !(first == '"' && packet->type == GW_SIO_CONNECT_ERROR))
        return fail(why, "invalid payload");
    err = gw_json_check(packet->data);
    return err < 0 ? fail_json(err, why) : 0;
}

static void set_nothing(struct gw_sio_packet *packet)
{
    packet->data = packet->name = packet->args = (struct gw_slice){NULL, 0};
    packet->has_plain_name = false;
}

static __attribute__((noinline)) int decode_other_data(struct gw_sio_packet *packet,
                                                       struct gw_slice data, const char **why)
{
    set_nothing(packet);
    packet->data = data;
    switch (packet->type) {
    case GW_SIO_ACK:
    case GW_SIO_BINARY_ACK:
        return decode_ack_data(packet, why);
    case GW_SIO_DISCONNECT:
        return fail(why, "invalid payload");
    default:
        return decode_value(packet, why);
    }
}

static bool is_event(const struct gw_sio_packet *packet)
{
    return packet->type == GW_SIO_EVENT || packet->type == GW_SIO_BINARY_EVENT;
}

int gw_sio_packet_decode(struct gw_slice text, uint32_t max_attachments, struct gw_sio_packet *out,
                         const char **why)
{
    int err;

    out->attachment_count = 0;
    if (text.len == 0 || text.ptr[0] < '0' || text.ptr[0] > '6')
        return fail(why, "unknown packet type");
    out->type = (uint8_t)(text.ptr[0] - '0');
    advance(&text, 1);
    if (out->type >= GW_SIO_BINARY_EVENT) {
        err = decode_attachment_count(&text, max_attachments, &out->attachment_count, why);
        if (err < 0)
            return err;
    }
    out->nsp = decode_namespace(&text);
    err = decode_id(&text, &out->id, why);
    if (err < 0)
        return err;
    if (text.len == 0) {
        set_nothing(out);
        return 0;
    }
    text = trim(text);
    if (text.len == 0)
        return fail(why, "invalid payload");
    if (!is_event(out))
        return decode_other_data(out, text, why);
    out->data = text;
    return decode_event_data(out, why);
}
