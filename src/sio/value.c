/* SPDX-License-Identifier: MIT */
#include <godwit/sio/value.h>

#include "codec/json.h"

static const struct gw_slice absent = {NULL, 0};

_Static_assert(GW_VALUE_ABSENT == (int)GW_JSON_INVALID && GW_VALUE_NULL == (int)GW_JSON_NULL &&
                   GW_VALUE_FALSE == (int)GW_JSON_FALSE && GW_VALUE_TRUE == (int)GW_JSON_TRUE &&
                   GW_VALUE_NUMBER == (int)GW_JSON_NUMBER &&
                   GW_VALUE_STRING == (int)GW_JSON_STRING && GW_VALUE_ARRAY == (int)GW_JSON_ARRAY &&
                   GW_VALUE_OBJECT == (int)GW_JSON_OBJECT,
               "the public types are the codec's");

enum gw_value_type gw_value_type(struct gw_slice value)
{
    return value.ptr ? (enum gw_value_type)gw_json_type(value) : GW_VALUE_ABSENT;
}

struct gw_slice gw_value_member(struct gw_slice object, const char *key)
{
    struct gw_slice value;

    return object.ptr && gw_json_find(object, gw_slice_of(key), &value) ? value : absent;
}

struct gw_slice gw_value_element(struct gw_slice array, size_t index)
{
    struct gw_slice rest, value;

    if (gw_value_type(array) != GW_VALUE_ARRAY)
        return absent;
    rest = gw_json_inside(array);
    while (gw_json_next(&rest, &value)) {
        if (index-- == 0)
            return value;
    }
    return absent;
}

size_t gw_value_count(struct gw_slice value)
{
    struct gw_slice rest = gw_value_inside(value), key, inner;
    bool is_object = gw_value_type(value) == GW_VALUE_OBJECT;
    size_t count = 0;

    while (rest.ptr && gw_value_next(&rest, is_object ? &key : NULL, &inner))
        count++;
    return count;
}

struct gw_slice gw_value_inside(struct gw_slice value)
{
    return value.ptr ? gw_json_inside(value) : absent;
}

bool gw_value_next(struct gw_slice *rest, struct gw_slice *key, struct gw_slice *value)
{
    if (!rest->ptr)
        return false;
    return key ? gw_json_member_next(rest, key, value) : gw_json_next(rest, value);
}

static int copy_text(struct gw_slice text, char *out, size_t size)
{
    if (text.len >= size || text.len > INT32_MAX)
        return GW_E_LIMIT;
    if (text.len > 0 && memchr(text.ptr, '\0', text.len))
        return GW_E_ARG;
    if (text.len > 0)
        memcpy(out, text.ptr, text.len);
    out[text.len] = '\0';
    return (int)text.len;
}

/* A string that stands for what is between its quotes. */
static bool is_plain(struct gw_slice value)
{
    return value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"' &&
           !memchr(value.ptr, '\\', value.len);
}

int gw_value_string(struct gw_slice value, char *out, size_t size)
{
    struct gw_buf text;
    int err;

    if (!value.ptr)
        return GW_E_NOT_FOUND;
    if (is_plain(value))
        return copy_text((struct gw_slice){value.ptr + 1, value.len - 2}, out, size);
    gw_buf_init(&text, value.len);
    err = gw_json_string_decode(value, &text);
    if (err == 0)
        err = copy_text(gw_buf_slice(&text), out, size);
    gw_buf_dispose(&text);
    return err;
}

bool gw_value_equals(struct gw_slice value, const char *text)
{
    return value.ptr && gw_json_string_equals(value, gw_slice_of(text));
}

int gw_value_number(struct gw_slice value, double *out)
{
    return value.ptr ? gw_json_number(value, out) : GW_E_NOT_FOUND;
}
