/* SPDX-License-Identifier: MIT */
#include "sio/handshake.h"

#include "sio/io.h"

#include <assert.h>

enum { FIELD_HEAD = 6 };

static uint8_t to_lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

/* Heads are limited to kilobytes long before they come here; this only keeps the arithmetic
 * honest. */
static bool field_fits(const struct gw_header *field)
{
    return field->name.len <= UINT16_MAX && field->value.len <= UINT32_MAX / 2;
}

static size_t fields_len(const struct gw_sio_request *request)
{
    size_t len = 0;

    for (size_t i = 0; i < request->field_count; i++) {
        if (field_fits(&request->fields[i]))
            len += FIELD_HEAD + request->fields[i].name.len + request->fields[i].value.len;
    }
    return len;
}

static uint8_t *put(uint8_t *at, struct gw_slice bytes)
{
    if (bytes.len > 0)
        memcpy(at, bytes.ptr, bytes.len);
    return at + bytes.len;
}

static uint8_t *put_field(uint8_t *at, const struct gw_header *field)
{
    uint16_t name_len = (uint16_t)field->name.len;
    uint32_t value_len = (uint32_t)field->value.len;

    memcpy(at, &name_len, 2);
    memcpy(at + 2, &value_len, 4);
    at += FIELD_HEAD;
    for (size_t i = 0; i < field->name.len; i++)
        *at++ = to_lower(field->name.ptr[i]);
    return put(at, field->value);
}

size_t gw_sio_handshake_size(const struct gw_sio_request *request)
{
    return sizeof(struct gw_sio_handshake) + request->url.len + request->address.len +
           fields_len(request);
}

void gw_sio_handshake_init(struct gw_sio_handshake *handshake, const struct gw_sio_request *request)
{
    uint8_t *at;

    assert(request->query.len <= request->url.len);
    assert(gw_sio_handshake_size(request) <= UINT32_MAX);
    handshake->url_len = (uint32_t)request->url.len;
    handshake->query_len = (uint32_t)request->query.len;
    handshake->address_len = (uint32_t)request->address.len;
    handshake->fields_len = (uint32_t)fields_len(request);
    handshake->is_secure = request->is_secure;
    at = put(handshake->bytes, request->url);
    at = put(at, request->address);
    for (size_t i = 0; i < request->field_count; i++) {
        if (field_fits(&request->fields[i]))
            at = put_field(at, &request->fields[i]);
    }
}

struct gw_slice gw_sio_handshake_url(const struct gw_sio_handshake *handshake)
{
    return (struct gw_slice){handshake->bytes, handshake->url_len};
}

struct gw_slice gw_sio_handshake_query(const struct gw_sio_handshake *handshake)
{
    size_t before = handshake->url_len - handshake->query_len;

    return (struct gw_slice){handshake->bytes + before, handshake->query_len};
}

struct gw_slice gw_sio_handshake_address(const struct gw_sio_handshake *handshake)
{
    return (struct gw_slice){handshake->bytes + handshake->url_len, handshake->address_len};
}

bool gw_sio_handshake_next(const struct gw_sio_handshake *handshake, size_t *cursor,
                           struct gw_header *out)
{
    const uint8_t *at = handshake->bytes + handshake->url_len + handshake->address_len + *cursor;
    uint16_t name_len;
    uint32_t value_len;

    if (*cursor >= handshake->fields_len)
        return false;
    memcpy(&name_len, at, 2);
    memcpy(&value_len, at + 2, 4);
    out->name = (struct gw_slice){at + FIELD_HEAD, name_len};
    out->value = (struct gw_slice){at + FIELD_HEAD + name_len, value_len};
    *cursor += FIELD_HEAD + name_len + value_len;
    return true;
}

static bool equals_lower(struct gw_slice lower, struct gw_slice any)
{
    if (lower.len != any.len)
        return false;
    for (size_t i = 0; i < any.len; i++) {
        if (lower.ptr[i] != to_lower(any.ptr[i]))
            return false;
    }
    return true;
}

struct gw_slice gw_sio_handshake_find(const struct gw_sio_handshake *handshake,
                                      struct gw_slice name)
{
    struct gw_header field;

    for (size_t cursor = 0; gw_sio_handshake_next(handshake, &cursor, &field);) {
        if (equals_lower(field.name, name))
            return field.value;
    }
    return (struct gw_slice){NULL, 0};
}
