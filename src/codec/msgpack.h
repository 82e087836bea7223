/* SPDX-License-Identifier: MIT */
/* MessagePack (github.com/msgpack/msgpack/blob/master/spec.md): items pulled off a slice, and whole
 * values to and from JSON.
 *
 * What JSON has no form for: bytes stay where they are, and {"_placeholder":true,"num":N}
 * stands for the N-th of them, as in Socket.IO's own packets. A date is the string that
 * JSON.stringify makes of it. Undefined is null in an array and leaves a member out. Other
 * extensions are [type,bytes]. NaN and infinities are null. What is no UTF-8 in a string
 * becomes U+FFFD. A key that is no string becomes what JavaScript makes of it, but arrays,
 * maps, bytes and extensions are refused as keys. */
#ifndef GW_CODEC_MSGPACK_H
#define GW_CODEC_MSGPACK_H

#include "base/buf.h"

#include <godwit/base.h>

/* Arrays and maps inside each other, as gw_json_skip has it. */
enum { GW_MSGPACK_DEPTH_MAX = 512 };

enum gw_msgpack_type {
    GW_MSGPACK_NIL,
    GW_MSGPACK_UNDEFINED, /* extension 0 of one byte, as notepack.io 2 has it */
    GW_MSGPACK_BOOL,
    GW_MSGPACK_UINT,
    GW_MSGPACK_INT, /* below 0 */
    GW_MSGPACK_DOUBLE,
    GW_MSGPACK_STRING,
    GW_MSGPACK_BINARY, /* extension 0 of any other length too: notepack.io 2's ArrayBuffer */
    GW_MSGPACK_DATE,
    GW_MSGPACK_EXTENSION,
    GW_MSGPACK_ARRAY, /* count items follow */
    GW_MSGPACK_MAP,   /* count pairs follow */
};

struct gw_msgpack_item {
    enum gw_msgpack_type type;
    int8_t extension;
    bool truth;
    uint32_t count;
    uint64_t uint;
    int64_t integer; /* INT; DATE: milliseconds since 1970 */
    double number;   /* UINT and INT too: the nearest */
    struct gw_slice bytes;
};

/* Takes the next item off *in; an array or map without what follows it. 0, or GW_E_PROTO: cut
 * short, or a byte that begins nothing. Strings may be no UTF-8. */
int gw_msgpack_next(struct gw_slice *in, struct gw_msgpack_item *item);
/* Takes one value off, with all that is in it. 0, GW_E_PROTO, GW_E_LIMIT (too deep). */
int gw_msgpack_skip(struct gw_slice *in);

/* Bytes that were found, or are to be put in. */
struct gw_msgpack_binaries {
    struct gw_slice *slices;
    size_t count, cap;
    /* Of the slices that are found, up to cap: grows with them, and slices moves.
     * NULL: there is room for cap. */
    struct gw_buf *buf;
    bool is_full; /* more were found than may be */
};

/* Takes one value off *in and appends its JSON. Slices of binaries point into in. 0, GW_E_PROTO,
 * GW_E_LIMIT (too deep, more binaries than cap), GW_E_NOMEM; after a failure out holds a part. */
int gw_msgpack_to_json(struct gw_slice *in, struct gw_msgpack_binaries *binaries,
                       struct gw_buf *out);
/* Appends a checked JSON value. Integers get the shortest form and are exact up to 64 bits, like
 * what JavaScript would print so ("1.0", "1e3"); other numbers are doubles. An object that is a
 * placeholder of one of the binaries becomes these bytes: only one without nested values, in at
 * most 64 bytes. 0, GW_E_ARG (no JSON), GW_E_LIMIT, GW_E_NOMEM. */
int gw_msgpack_from_json(struct gw_slice json, const struct gw_msgpack_binaries *binaries,
                         struct gw_buf *out);

/* 0, GW_E_LIMIT or GW_E_NOMEM. */
int gw_msgpack_put_uint(struct gw_buf *out, uint64_t value);
int gw_msgpack_put_int(struct gw_buf *out, int64_t value);
int gw_msgpack_put_double(struct gw_buf *out, double value);
int gw_msgpack_put_string(struct gw_buf *out, struct gw_slice text);
int gw_msgpack_put_binary(struct gw_buf *out, struct gw_slice bytes);
int gw_msgpack_put_array(struct gw_buf *out, uint32_t count);
int gw_msgpack_put_map(struct gw_buf *out, uint32_t count);

#endif
