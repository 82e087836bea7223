/* SPDX-License-Identifier: MIT */
#include "sio/parser.h"

#include "codec/json.h"
#include "codec/msgpack.h"
#include "codec/number.h"
#include "codec/utf8.h"

/* ---- encoding ---- */

/* ["name",args] or [args], as one text. */
static int put_list(const struct gw_sio_draft *draft, struct gw_buf *json)
{
    int err = gw_buf_append_byte(json, '[');

    if (err == 0 && draft->type == GW_SIO_EVENT) {
        err = gw_buf_append_byte(json, '"');
        err = err < 0 ? err : gw_buf_append(json, draft->name);
        err = err < 0 ? err : gw_buf_append_byte(json, '"');
        if (err == 0 && draft->args.len > 0)
            err = gw_buf_append_byte(json, ',');
    }
    err = err < 0 ? err : gw_buf_append(json, draft->args);
    return err < 0 ? err : gw_buf_append_byte(json, ']');
}

/* The slices of a draft are const and so are ours, whatever the struct says: nothing is added. */
static int put_data(const struct gw_sio_draft *draft, struct gw_buf *out)
{
    const struct gw_msgpack_binaries binaries = {
        .slices = (struct gw_slice *)(uintptr_t)draft->attachments,
        .count = draft->attachment_count,
        .cap = draft->attachment_count,
    };
    struct gw_buf json;
    int err = 0;

    gw_buf_init(&json, SIZE_MAX / 4);
    if (draft->type == GW_SIO_EVENT || draft->type == GW_SIO_ACK)
        err = put_list(draft, &json);
    else
        err = gw_buf_append(&json, draft->data);
    if (err == 0)
        err = gw_msgpack_from_json(gw_buf_slice(&json), &binaries, out);
    gw_buf_dispose(&json);
    return err;
}

static bool has_data(const struct gw_sio_draft *draft)
{
    return draft->type == GW_SIO_EVENT || draft->type == GW_SIO_ACK || draft->data.ptr;
}

static int encode(const struct gw_sio_draft *draft, struct gw_buf *out)
{
    struct gw_slice nsp = draft->nsp.ptr ? draft->nsp : GW_LIT("/");
    int err = gw_msgpack_put_map(out, 2U + has_data(draft) + (draft->id.ptr ? 1 : 0));

    err = err < 0 ? err : gw_msgpack_put_string(out, GW_LIT("type"));
    err = err < 0 ? err : gw_msgpack_put_uint(out, draft->type);
    if (err == 0 && has_data(draft)) {
        err = gw_msgpack_put_string(out, GW_LIT("data"));
        err = err < 0 ? err : put_data(draft, out);
    }
    err = err < 0 ? err : gw_msgpack_put_string(out, GW_LIT("nsp"));
    err = err < 0 ? err : gw_msgpack_put_string(out, nsp);
    if (err < 0 || !draft->id.ptr)
        return err;
    err = gw_msgpack_put_string(out, GW_LIT("id"));
    return err < 0 ? err : gw_msgpack_from_json(draft->id, NULL, out);
}

/* ---- decoding ---- */

/* The members of the map that count; absent ones are undefined. */
struct members {
    struct gw_msgpack_item type, nsp, id;
    struct gw_slice data;
};

static int fail(const char **why, const char *text)
{
    *why = text;
    return GW_E_PROTO;
}

static int fail_codec(int err, const char **why, const char *limit)
{
    *why = err == GW_E_LIMIT ? limit : "not MessagePack";
    return err;
}

static int take_value(struct gw_slice *in, struct gw_slice *out)
{
    const uint8_t *start = in->ptr;
    int err = gw_msgpack_skip(in);

    *out = (struct gw_slice){start, (size_t)(in->ptr - start)};
    return err;
}

/* Its first item: all there is, unless it is an array or map. */
static struct gw_msgpack_item first_of(struct gw_slice value)
{
    struct gw_msgpack_item item = {.type = GW_MSGPACK_UNDEFINED};

    if (value.len > 0)
        gw_msgpack_next(&value, &item);
    return item;
}

static int take_member(struct gw_slice *in, struct members *out)
{
    struct gw_msgpack_item key;
    struct gw_slice value;
    int err = gw_msgpack_next(in, &key);

    if (err == 0)
        err = take_value(in, &value);
    if (err < 0 || key.type >= GW_MSGPACK_ARRAY)
        return err < 0 ? err : GW_E_PROTO;
    if (key.type != GW_MSGPACK_STRING) /* none of ours, whatever JavaScript calls it */
        return 0;
    if (gw_slice_equal(key.bytes, GW_LIT("type")))
        out->type = first_of(value);
    else if (gw_slice_equal(key.bytes, GW_LIT("nsp")))
        out->nsp = first_of(value);
    else if (gw_slice_equal(key.bytes, GW_LIT("id")))
        out->id = first_of(value);
    else if (gw_slice_equal(key.bytes, GW_LIT("data")))
        out->data = value;
    return 0;
}

static int take_members(struct gw_slice in, struct members *out, const char **why)
{
    struct gw_msgpack_item map;
    int err = gw_msgpack_next(&in, &map);

    if (err < 0 || map.type != GW_MSGPACK_MAP)
        return fail(why, "not MessagePack");
    while (map.count-- > 0) {
        err = take_member(&in, out);
        if (err < 0)
            return fail_codec(err, why, "nested too deeply");
    }
    return in.len > 0 ? fail(why, "bytes behind the packet") : 0;
}

/* JavaScript makes no difference between 2 and 2.0. */
static bool is_integer(const struct gw_msgpack_item *item)
{
    const double exact_max = 9007199254740992; /* 2^53 */

    if (item->type == GW_MSGPACK_UINT || item->type == GW_MSGPACK_INT)
        return true;
    return item->type == GW_MSGPACK_DOUBLE && item->number > -exact_max &&
           item->number < exact_max && (double)(int64_t)item->number == item->number;
}

static bool is_data_valid(uint8_t type, enum gw_msgpack_type data)
{
    switch (type) {
    case GW_SIO_CONNECT:
        return data == GW_MSGPACK_UNDEFINED || data == GW_MSGPACK_MAP;
    case GW_SIO_DISCONNECT:
        return data == GW_MSGPACK_UNDEFINED;
    case GW_SIO_CONNECT_ERROR:
        return data == GW_MSGPACK_STRING || data == GW_MSGPACK_MAP;
    default:
        return data == GW_MSGPACK_ARRAY;
    }
}

static int check(const struct members *members, struct gw_sio_packet *out, const char **why)
{
    if (!is_integer(&members->type) || members->type.number < GW_SIO_CONNECT ||
        members->type.number > GW_SIO_CONNECT_ERROR)
        return fail(why, "unknown packet type");
    out->type = (uint8_t)members->type.number;
    if (members->nsp.type != GW_MSGPACK_STRING || members->nsp.bytes.len == 0 ||
        members->nsp.bytes.ptr[0] != '/' || !gw_utf8_is_valid(members->nsp.bytes))
        return fail(why, "invalid namespace");
    out->nsp = members->nsp.bytes;
    if (!is_data_valid(out->type, first_of(members->data).type))
        return fail(why, "invalid payload");
    if (members->id.type != GW_MSGPACK_UNDEFINED && !is_integer(&members->id))
        return fail(why, "invalid packet id");
    return 0;
}

static int put_id(const struct gw_msgpack_item *id, struct gw_buf *text)
{
    uint8_t digits[1 + GW_JSON_DOUBLE_MAX] = "-";
    size_t len;

    if (id->type == GW_MSGPACK_UINT)
        len = gw_u64_format(digits, id->uint);
    else if (id->type == GW_MSGPACK_INT)
        len = 1 + gw_u64_format(digits + 1, 0 - (uint64_t)id->integer);
    else
        len = gw_json_double_format(digits, id->number);
    return gw_buf_append(text, (struct gw_slice){digits, len});
}

/* data is an array's JSON as gw_msgpack_to_json writes it, without white space. Names of events may
 * be anything; what is no string is matched by its JSON. */
static void split_list(struct gw_sio_packet *out)
{
    struct gw_slice inner = {out->data.ptr + 1, out->data.len - 2};
    size_t len;

    out->args = inner;
    if (out->type != GW_SIO_EVENT || inner.len == 0 || gw_json_skip(inner, &len) < 0)
        return;
    out->name = (struct gw_slice){inner.ptr, len};
    out->has_plain_name = inner.ptr[0] == '"' && !memchr(inner.ptr, '\\', len);
    if (len < inner.len)
        len++; /* the comma */
    out->args = (struct gw_slice){inner.ptr + len, inner.len - len};
}

/* How deep it is has been looked at before: what is left is how many, and how long. */
static int fail_texts(int err, const struct gw_msgpack_binaries *binaries,
                      struct gw_sio_parsed *out)
{
    if (err == GW_E_LIMIT)
        out->cause = binaries->is_full ? GW_CAUSE_TOO_MANY_ATTACHMENTS : GW_CAUSE_PACKET_TOO_LONG;
    return fail_codec(err, &out->why,
                      binaries->is_full ? "too many attachments" : "packet too long as JSON");
}

static int put_texts(const struct members *members, struct gw_msgpack_binaries *binaries,
                     struct gw_sio_parsed *out)
{
    struct gw_slice data = members->data;
    struct gw_buf *text = out->text;
    size_t id_len;
    int err = members->id.type == GW_MSGPACK_UNDEFINED ? 0 : put_id(&members->id, text);

    id_len = text->len;
    if (err == 0 && first_of(data).type != GW_MSGPACK_UNDEFINED)
        err = gw_msgpack_to_json(&data, binaries, text);
    if (err < 0)
        return fail_texts(err, binaries, out);
    if (id_len > 0)
        out->packet.id = (struct gw_slice){text->ptr, id_len};
    if (text->len > id_len)
        out->packet.data = (struct gw_slice){text->ptr + id_len, text->len - id_len};
    return 0;
}

static int decode(struct gw_slice message, uint32_t max_attachments, struct gw_sio_parsed *out)
{
    struct gw_msgpack_binaries binaries = {.cap = max_attachments, .buf = out->slices};
    struct gw_sio_packet *packet = &out->packet;
    struct members members = {.type = {.type = GW_MSGPACK_UNDEFINED},
                              .nsp = {.type = GW_MSGPACK_UNDEFINED},
                              .id = {.type = GW_MSGPACK_UNDEFINED}};
    int err = take_members(message, &members, &out->why);

    *packet = (struct gw_sio_packet){0};
    out->cause = GW_CAUSE_BAD_PACKET;
    if (err == 0)
        err = check(&members, packet, &out->why);
    if (err == 0)
        err = put_texts(&members, &binaries, out);
    if (err < 0)
        return err;
    packet->attachment_count = (uint32_t)binaries.count;
    out->attachments = binaries.slices;
    if (packet->type == GW_SIO_EVENT || packet->type == GW_SIO_ACK)
        split_list(packet);
    return 0;
}

const struct gw_sio_parser gw_sio_parser_msgpack = {.encode = encode, .decode = decode};

const struct gw_sio_parser *gw_sio_parser_of(enum gw_parser parser)
{
    return parser == GW_PARSER_MSGPACK ? &gw_sio_parser_msgpack : NULL;
}
