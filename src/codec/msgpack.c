/* SPDX-License-Identifier: MIT */
#include "codec/msgpack.h"

/* ---- reading ---- */

static bool take(struct gw_slice *in, size_t n, struct gw_slice *out)
{
    if (in->len < n)
        return false;
    *out = (struct gw_slice){in->ptr, n};
    in->ptr += n;
    in->len -= n;
    return true;
}

/* Big-endian, at most 8 bytes. */
static bool take_number(struct gw_slice *in, size_t size, uint64_t *out)
{
    struct gw_slice bytes;

    if (!take(in, size, &bytes))
        return false;
    *out = 0;
    for (size_t i = 0; i < size; i++)
        *out = *out << 8 | bytes.ptr[i];
    return true;
}

static int64_t sign_extend(uint64_t value, size_t size)
{
    const uint64_t top = (uint64_t)1 << (size * 8 - 1);

    return (int64_t)((value ^ top) - top);
}

static void set_uint(struct gw_msgpack_item *item, uint64_t value)
{
    item->type = GW_MSGPACK_UINT;
    item->uint = value;
    item->number = (double)value;
}

static void set_int(struct gw_msgpack_item *item, int64_t value)
{
    if (value >= 0) {
        set_uint(item, (uint64_t)value);
        return;
    }
    item->type = GW_MSGPACK_INT;
    item->integer = value;
    item->number = (double)value;
}

static int take_uint(struct gw_slice *in, size_t size, struct gw_msgpack_item *item)
{
    uint64_t value;

    if (!take_number(in, size, &value))
        return GW_E_PROTO;
    set_uint(item, value);
    return 0;
}

static int take_int(struct gw_slice *in, size_t size, struct gw_msgpack_item *item)
{
    uint64_t value;

    if (!take_number(in, size, &value))
        return GW_E_PROTO;
    set_int(item, sign_extend(value, size));
    return 0;
}

static int take_float(struct gw_slice *in, struct gw_msgpack_item *item)
{
    uint64_t value;
    uint32_t bits;
    float number;

    if (!take_number(in, 4, &value))
        return GW_E_PROTO;
    bits = (uint32_t)value;
    memcpy(&number, &bits, sizeof(number));
    item->type = GW_MSGPACK_DOUBLE;
    item->number = (double)number;
    return 0;
}

static int take_double(struct gw_slice *in, struct gw_msgpack_item *item)
{
    uint64_t bits;

    if (!take_number(in, 8, &bits))
        return GW_E_PROTO;
    item->type = GW_MSGPACK_DOUBLE;
    memcpy(&item->number, &bits, sizeof(bits));
    return 0;
}

static int take_bytes(struct gw_slice *in, uint64_t len, enum gw_msgpack_type type,
                      struct gw_msgpack_item *item)
{
    item->type = type;
    if (len > in->len || !take(in, (size_t)len, &item->bytes))
        return GW_E_PROTO;
    return 0;
}

static int take_long_bytes(struct gw_slice *in, size_t size, enum gw_msgpack_type type,
                           struct gw_msgpack_item *item)
{
    uint64_t len;

    return take_number(in, size, &len) ? take_bytes(in, len, type, item) : GW_E_PROTO;
}

/* Each item takes a byte at least: a count beyond that is a lie, which nobody should walk along. */
static int set_count(const struct gw_slice *in, uint64_t count, enum gw_msgpack_type type,
                     struct gw_msgpack_item *item)
{
    item->type = type;
    item->count = (uint32_t)count;
    return count * (type == GW_MSGPACK_MAP ? 2 : 1) > in->len ? GW_E_PROTO : 0;
}

static int take_count(struct gw_slice *in, size_t size, enum gw_msgpack_type type,
                      struct gw_msgpack_item *item)
{
    uint64_t count;

    return take_number(in, size, &count) ? set_count(in, count, type, item) : GW_E_PROTO;
}

/* The standard's timestamps: seconds; nanoseconds (30 bits) and seconds; both in full. */
static void read_timestamp(struct gw_msgpack_item *item)
{
    struct gw_slice in = item->bytes;
    uint64_t nanoseconds = 0, seconds;
    int64_t whole;

    if (in.len == 12)
        take_number(&in, 4, &nanoseconds);
    take_number(&in, in.len, &seconds);
    if (item->bytes.len == 8) {
        nanoseconds = seconds >> 34;
        seconds &= ((uint64_t)1 << 34) - 1;
    }
    whole = (int64_t)seconds;
    item->type = GW_MSGPACK_DATE;
    /* Beyond the last date that JavaScript knows it does not matter by how much. */
    if (whole > INT64_MAX / 2000)
        whole = INT64_MAX / 2000;
    if (whole < INT64_MIN / 2000)
        whole = INT64_MIN / 2000;
    item->integer = whole * 1000 + (int64_t)(nanoseconds / 1000000);
}

static int take_extension(struct gw_slice *in, uint64_t len, bool is_fixed,
                          struct gw_msgpack_item *item)
{
    uint64_t type, ms = 0;

    if (!take_number(in, 1, &type) || take_bytes(in, len, GW_MSGPACK_EXTENSION, item) < 0)
        return GW_E_PROTO;
    item->extension = (int8_t)sign_extend(type, 1);
    if (item->extension == -1 && (len == 4 || len == 8 || len == 12)) {
        read_timestamp(item);
    } else if (item->extension == 0 && is_fixed && len == 1) {
        item->type = GW_MSGPACK_UNDEFINED;
    } else if (item->extension == 0 && is_fixed && len == 8) {
        struct gw_slice bytes = item->bytes;

        take_number(&bytes, 8, &ms);
        item->type = GW_MSGPACK_DATE;
        item->integer = (int64_t)ms;
    } else if (item->extension == 0 && !is_fixed) {
        item->type = GW_MSGPACK_BINARY;
    }
    return 0;
}

static int take_long_extension(struct gw_slice *in, size_t size, struct gw_msgpack_item *item)
{
    uint64_t len;

    return take_number(in, size, &len) ? take_extension(in, len, false, item) : GW_E_PROTO;
}

static int set_bool(struct gw_msgpack_item *item, bool truth)
{
    item->type = GW_MSGPACK_BOOL;
    item->truth = truth;
    return 0;
}

/* 0xc0 to 0xdf. Sizes go up with the low bits in each group. */
static int take_tagged(struct gw_slice *in, uint8_t tag, struct gw_msgpack_item *item)
{
    switch (tag) {
    case 0xc0:
        item->type = GW_MSGPACK_NIL;
        return 0;
    case 0xc2:
    case 0xc3:
        return set_bool(item, tag == 0xc3);
    case 0xc4:
    case 0xc5:
    case 0xc6:
        return take_long_bytes(in, (size_t)1 << (tag - 0xc4), GW_MSGPACK_BINARY, item);
    case 0xc7:
    case 0xc8:
    case 0xc9:
        return take_long_extension(in, (size_t)1 << (tag - 0xc7), item);
    case 0xca:
        return take_float(in, item);
    case 0xcb:
        return take_double(in, item);
    case 0xcc:
    case 0xcd:
    case 0xce:
    case 0xcf:
        return take_uint(in, (size_t)1 << (tag - 0xcc), item);
    case 0xd0:
    case 0xd1:
    case 0xd2:
    case 0xd3:
        return take_int(in, (size_t)1 << (tag - 0xd0), item);
    case 0xd4:
    case 0xd5:
    case 0xd6:
    case 0xd7:
    case 0xd8:
        return take_extension(in, (uint64_t)1 << (tag - 0xd4), true, item);
    case 0xd9:
    case 0xda:
    case 0xdb:
        return take_long_bytes(in, (size_t)1 << (tag - 0xd9), GW_MSGPACK_STRING, item);
    case 0xdc:
    case 0xdd:
        return take_count(in, (size_t)2 << (tag - 0xdc), GW_MSGPACK_ARRAY, item);
    case 0xde:
    case 0xdf:
        return take_count(in, (size_t)2 << (tag - 0xde), GW_MSGPACK_MAP, item);
    default: /* 0xc1 is never used */
        return GW_E_PROTO;
    }
}

int gw_msgpack_next(struct gw_slice *in, struct gw_msgpack_item *item)
{
    struct gw_slice first;
    uint8_t tag;

    *item = (struct gw_msgpack_item){0};
    if (!take(in, 1, &first))
        return GW_E_PROTO;
    tag = first.ptr[0];
    if (tag < 0x80)
        set_uint(item, tag);
    else if (tag < 0x90)
        return set_count(in, tag & 0x0f, GW_MSGPACK_MAP, item);
    else if (tag < 0xa0)
        return set_count(in, tag & 0x0f, GW_MSGPACK_ARRAY, item);
    else if (tag < 0xc0)
        return take_bytes(in, tag & 0x1f, GW_MSGPACK_STRING, item);
    else if (tag >= 0xe0)
        set_int(item, sign_extend(tag, 1));
    else
        return take_tagged(in, tag, item);
    return 0;
}

int gw_msgpack_skip(struct gw_slice *in)
{
    uint64_t left[GW_MSGPACK_DEPTH_MAX + 1];
    size_t depth = 0;

    left[0] = 1;
    for (;;) {
        struct gw_msgpack_item item;

        while (left[depth] == 0) {
            if (depth-- == 0)
                return 0;
        }
        left[depth]--;
        if (gw_msgpack_next(in, &item) < 0)
            return GW_E_PROTO;
        if (item.type != GW_MSGPACK_ARRAY && item.type != GW_MSGPACK_MAP)
            continue;
        if (depth == GW_MSGPACK_DEPTH_MAX)
            return GW_E_LIMIT;
        left[++depth] = (uint64_t)item.count * (item.type == GW_MSGPACK_MAP ? 2 : 1);
    }
}

/* ---- writing ---- */

static int put_tagged(struct gw_buf *out, uint8_t tag, uint64_t value, size_t size)
{
    uint8_t *place;
    int err = gw_buf_reserve(out, 1 + size, &place);

    if (err < 0)
        return err;
    *place++ = tag;
    for (size_t i = size; i-- > 0; value >>= 8)
        place[i] = (uint8_t)value;
    gw_buf_commit(out, 1 + size);
    return 0;
}

int gw_msgpack_put_uint(struct gw_buf *out, uint64_t value)
{
    if (value < 0x80)
        return put_tagged(out, (uint8_t)value, 0, 0);
    if (value <= UINT8_MAX)
        return put_tagged(out, 0xcc, value, 1);
    if (value <= UINT16_MAX)
        return put_tagged(out, 0xcd, value, 2);
    if (value <= UINT32_MAX)
        return put_tagged(out, 0xce, value, 4);
    return put_tagged(out, 0xcf, value, 8);
}

int gw_msgpack_put_int(struct gw_buf *out, int64_t value)
{
    if (value >= 0)
        return gw_msgpack_put_uint(out, (uint64_t)value);
    if (value >= -32)
        return put_tagged(out, (uint8_t)value, 0, 0);
    if (value >= INT8_MIN)
        return put_tagged(out, 0xd0, (uint64_t)value, 1);
    if (value >= INT16_MIN)
        return put_tagged(out, 0xd1, (uint64_t)value, 2);
    if (value >= INT32_MIN)
        return put_tagged(out, 0xd2, (uint64_t)value, 4);
    return put_tagged(out, 0xd3, (uint64_t)value, 8);
}

int gw_msgpack_put_double(struct gw_buf *out, double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof(bits));
    return put_tagged(out, 0xcb, bits, 8);
}

int gw_msgpack_put_string(struct gw_buf *out, struct gw_slice text)
{
    int err;

    if (text.len < 32)
        err = put_tagged(out, (uint8_t)(0xa0 | text.len), 0, 0);
    else if (text.len <= UINT8_MAX)
        err = put_tagged(out, 0xd9, text.len, 1);
    else if (text.len <= UINT16_MAX)
        err = put_tagged(out, 0xda, text.len, 2);
    else if (text.len <= UINT32_MAX)
        err = put_tagged(out, 0xdb, text.len, 4);
    else
        err = GW_E_LIMIT;
    return err < 0 ? err : gw_buf_append(out, text);
}

int gw_msgpack_put_binary(struct gw_buf *out, struct gw_slice bytes)
{
    int err;

    if (bytes.len <= UINT8_MAX)
        err = put_tagged(out, 0xc4, bytes.len, 1);
    else if (bytes.len <= UINT16_MAX)
        err = put_tagged(out, 0xc5, bytes.len, 2);
    else if (bytes.len <= UINT32_MAX)
        err = put_tagged(out, 0xc6, bytes.len, 4);
    else
        err = GW_E_LIMIT;
    return err < 0 ? err : gw_buf_append(out, bytes);
}

int gw_msgpack_put_array(struct gw_buf *out, uint32_t count)
{
    if (count < 16)
        return put_tagged(out, (uint8_t)(0x90 | count), 0, 0);
    return count <= UINT16_MAX ? put_tagged(out, 0xdc, count, 2) : put_tagged(out, 0xdd, count, 4);
}

int gw_msgpack_put_map(struct gw_buf *out, uint32_t count)
{
    if (count < 16)
        return put_tagged(out, (uint8_t)(0x80 | count), 0, 0);
    return count <= UINT16_MAX ? put_tagged(out, 0xde, count, 2) : put_tagged(out, 0xdf, count, 4);
}
