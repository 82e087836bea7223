/* SPDX-License-Identifier: MIT */
#include "http/range.h"

#include "codec/number.h"
#include "http/field.h"

/* A number, of which too big a one is only "beyond the end". */
static bool take_number(struct gw_slice text, uint64_t *number)
{
    int err = gw_u64_parse(text, number);

    if (err == GW_E_LIMIT)
        *number = UINT64_MAX;
    return err == 0 || err == GW_E_LIMIT;
}

/* "-500": the last 500 bytes. */
static enum gw_http_range_kind choose_suffix(uint64_t len, uint64_t total_bytes,
                                             struct gw_http_range *range)
{
    if (len == 0 || total_bytes == 0)
        return GW_HTTP_RANGE_UNSATISFIABLE;
    if (len > total_bytes)
        len = total_bytes;
    *range = (struct gw_http_range){.first = total_bytes - len, .len = len};
    return GW_HTTP_RANGE_PART;
}

/* "0-499", "500-" */
static enum gw_http_range_kind choose_from(uint64_t first, uint64_t last, uint64_t total_bytes,
                                           struct gw_http_range *range)
{
    if (first >= total_bytes)
        return GW_HTTP_RANGE_UNSATISFIABLE;
    if (last >= total_bytes)
        last = total_bytes - 1;
    *range = (struct gw_http_range){.first = first, .len = last - first + 1};
    return GW_HTTP_RANGE_PART;
}

enum gw_http_range_kind gw_http_range_choose(struct gw_slice value, uint64_t total_bytes,
                                             struct gw_http_range *range)
{
    static const size_t unit_len = sizeof("bytes=") - 1;
    struct gw_slice from, to;
    const uint8_t *dash;
    uint64_t first = 0, last = UINT64_MAX;

    *range = (struct gw_http_range){.first = 0, .len = total_bytes};
    if (value.len <= unit_len ||
        !gw_http_text_equals((struct gw_slice){value.ptr, unit_len}, GW_LIT("bytes=")))
        return GW_HTTP_RANGE_WHOLE;
    value.ptr += unit_len;
    value.len -= unit_len;
    dash = memchr(value.ptr, '-', value.len);
    if (!dash)
        return GW_HTTP_RANGE_WHOLE;

    /* Of several ranges neither half is a number, so they are not understood, as meant. */
    from = gw_http_trim((struct gw_slice){value.ptr, (size_t)(dash - value.ptr)});
    to = gw_http_trim((struct gw_slice){dash + 1, value.len - (size_t)(dash - value.ptr) - 1});
    if ((from.len == 0 && to.len == 0) || (from.len > 0 && !take_number(from, &first)) ||
        (to.len > 0 && !take_number(to, &last)))
        return GW_HTTP_RANGE_WHOLE;
    if (from.len == 0)
        return choose_suffix(last, total_bytes, range);
    if (last < first)
        return GW_HTTP_RANGE_WHOLE;
    return choose_from(first, last, total_bytes, range);
}

static uint8_t *put_number(uint8_t *at, uint64_t number)
{
    uint8_t digits[20];
    size_t len = gw_u64_format(digits, number);

    memcpy(at, digits, len);
    return at + len;
}

size_t gw_http_content_range(uint8_t out[static GW_HTTP_CONTENT_RANGE_MAX],
                             const struct gw_http_range *range, uint64_t total_bytes)
{
    uint8_t *at = out;

    memcpy(at, "bytes ", 6);
    at += 6;
    if (range) {
        at = put_number(at, range->first);
        *at++ = '-';
        at = put_number(at, range->first + range->len - 1);
    } else {
        *at++ = '*';
    }
    *at++ = '/';
    at = put_number(at, total_bytes);
    return (size_t)(at - out);
}
