/* SPDX-License-Identifier: MIT */
#include "http/accept.h"

#include "http/field.h"

/* In the order in which "*" is filled. */
static const struct {
    enum gw_http_encoding encoding;
    struct gw_slice name;
} encodings[] = {
    {GW_HTTP_GZIP, {(const uint8_t *)"gzip", 4}},
    {GW_HTTP_DEFLATE, {(const uint8_t *)"deflate", 7}},
    {GW_HTTP_BR, {(const uint8_t *)"br", 2}},
    {GW_HTTP_IDENTITY, {(const uint8_t *)"identity", 8}},
};

enum { ENCODING_COUNT = sizeof(encodings) / sizeof(encodings[0]), Q_ONE = 1000 };

/* qvalue of RFC 9110 12.4.2 in thousandths: "0", "0.5", "1.000". What is none counts as 0:
 * such an element is unwanted. */
static uint32_t parse_q(struct gw_slice text)
{
    uint32_t q = 0, unit = Q_ONE;

    if (text.len == 0 || text.len > 5 || (text.len > 1 && text.ptr[1] != '.'))
        return 0;
    for (size_t i = 0; i < text.len; i++) {
        if (i == 1)
            continue;
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return 0;
        q += (uint32_t)(text.ptr[i] - '0') * unit;
        unit /= 10;
    }
    return q <= Q_ONE ? q : 0;
}

/* Splits "gzip;q=0.5". */
static uint32_t split(struct gw_slice element, struct gw_slice *name)
{
    struct gw_slice key, value, none;
    uint32_t q = Q_ONE;

    *name = GW_LIT("");
    if (!gw_http_parameter_next(&element, name, &none))
        return 0;
    while (gw_http_parameter_next(&element, &key, &value)) {
        if (gw_http_text_equals(key, GW_LIT("q")))
            q = parse_q(value);
    }
    return q;
}

static bool find(struct gw_slice name, enum gw_http_encoding *encoding)
{
    if (gw_http_text_equals(name, GW_LIT("x-gzip")))
        name = GW_LIT("gzip");
    for (size_t i = 0; i < ENCODING_COUNT; i++) {
        if (gw_http_text_equals(name, encodings[i].name)) {
            *encoding = encodings[i].encoding;
            return true;
        }
    }
    return false;
}

/* All that the field names, so that "*" is what remains. */
static uint32_t named(struct gw_slice value)
{
    struct gw_slice element, name;
    enum gw_http_encoding encoding;
    uint32_t bits = 0;

    while (gw_http_list_next(&value, &element)) {
        split(element, &name);
        if (find(name, &encoding))
            bits |= (uint32_t)encoding;
    }
    return bits;
}

static enum gw_http_encoding first_of(uint32_t bits)
{
    for (size_t i = 0; i < ENCODING_COUNT; i++) {
        if (bits & (uint32_t)encodings[i].encoding)
            return encodings[i].encoding;
    }
    return GW_HTTP_IDENTITY;
}

enum gw_http_encoding gw_http_accept_encoding(struct gw_slice value, uint32_t offered)
{
    enum gw_http_encoding best = GW_HTTP_IDENTITY, encoding;
    uint32_t best_q = 0, rest = offered & ~named(value);
    struct gw_slice element, name;

    while (gw_http_list_next(&value, &element)) {
        uint32_t q = split(element, &name);

        if (gw_slice_equal(name, GW_LIT("*")))
            encoding = first_of(rest);
        else if (!find(name, &encoding))
            continue;
        if (encoding != GW_HTTP_IDENTITY && !((uint32_t)encoding & offered))
            continue;
        if (q > best_q) {
            best = encoding;
            best_q = q;
        }
    }
    return best;
}

struct gw_slice gw_http_encoding_name(enum gw_http_encoding encoding)
{
    for (size_t i = 0; i < ENCODING_COUNT; i++) {
        if (encodings[i].encoding == encoding)
            return encodings[i].name;
    }
    return GW_LIT("identity");
}
