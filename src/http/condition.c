/* SPDX-License-Identifier: MIT */
#include "http/condition.h"

#include "http/date.h"

static bool is_weak(struct gw_slice etag)
{
    return etag.len >= 2 && etag.ptr[0] == 'W' && etag.ptr[1] == '/';
}

static struct gw_slice opaque(struct gw_slice etag)
{
    return is_weak(etag) ? (struct gw_slice){etag.ptr + 2, etag.len - 2} : etag;
}

static bool weak_equals(struct gw_slice a, struct gw_slice b)
{
    return gw_slice_equal(opaque(a), opaque(b));
}

static bool strong_equals(struct gw_slice a, struct gw_slice b)
{
    return !is_weak(a) && !is_weak(b) && gw_slice_equal(a, b);
}

/* Tags may have commas inside their quotes, and the list knows quotes; a backslash in a tag is no
 * escape, but nobody writes one. */
static bool list_has(struct gw_slice list, struct gw_slice etag,
                     bool (*equals)(struct gw_slice, struct gw_slice))
{
    struct gw_slice element;

    while (gw_http_list_next(&list, &element)) {
        if (gw_slice_equal(element, GW_LIT("*")) || (etag.ptr && equals(element, etag)))
            return true;
    }
    return false;
}

bool gw_http_etag_matches(struct gw_slice list, struct gw_slice etag)
{
    return list_has(list, etag, weak_equals);
}

/* Whether the representation changed after the date in the field; dates
 * that are none do not count. */
static bool is_changed_since(struct gw_slice date, const struct gw_http_validators *current,
                             bool otherwise)
{
    uint64_t since_s;

    if (!date.ptr || !current->has_modified || gw_http_date_parse(date, &since_s) != 0)
        return otherwise;
    return current->modified_s > since_s;
}

static bool is_get(const struct gw_http_request *request)
{
    return request->verb == GW_HTTP_METHOD_GET || request->verb == GW_HTTP_METHOD_HEAD;
}

enum gw_http_condition gw_http_condition_check(const struct gw_http_request *request,
                                               const struct gw_http_validators *current)
{
    struct gw_slice match = gw_http_request_field(request, GW_LIT("If-Match"));
    struct gw_slice none_match = gw_http_request_field(request, GW_LIT("If-None-Match"));
    struct gw_slice date;

    if (match.ptr) {
        if (!list_has(match, current->etag, strong_equals))
            return GW_HTTP_CONDITION_FAILED;
    } else {
        date = gw_http_request_field(request, GW_LIT("If-Unmodified-Since"));
        if (is_changed_since(date, current, false))
            return GW_HTTP_CONDITION_FAILED;
    }

    if (none_match.ptr) {
        if (!gw_http_etag_matches(none_match, current->etag))
            return GW_HTTP_CONDITION_PASSED;
        return is_get(request) ? GW_HTTP_CONDITION_NOT_MODIFIED : GW_HTTP_CONDITION_FAILED;
    }
    date = gw_http_request_field(request, GW_LIT("If-Modified-Since"));
    if (is_get(request) && !is_changed_since(date, current, true))
        return GW_HTTP_CONDITION_NOT_MODIFIED;
    return GW_HTTP_CONDITION_PASSED;
}

bool gw_http_condition_allows_range(const struct gw_http_request *request,
                                    const struct gw_http_validators *current)
{
    struct gw_slice value = gw_http_request_field(request, GW_LIT("If-Range"));
    uint64_t date_s;

    if (!value.ptr)
        return true;
    if (value.len > 0 && (value.ptr[0] == '"' || is_weak(value)))
        return current->etag.ptr && strong_equals(value, current->etag);
    return current->has_modified && gw_http_date_parse(value, &date_s) == 0 &&
           date_s == current->modified_s;
}

static uint8_t *put_hex(uint8_t *at, uint64_t number)
{
    static const char digits[] = "0123456789abcdef";
    size_t count = 1;

    while (count < 16 && number >> (4 * count) != 0)
        count++;
    while (count > 0) {
        count--;
        *at++ = (uint8_t)digits[number >> (4 * count) & 15];
    }
    return at;
}

size_t gw_http_etag_make(uint8_t out[static GW_HTTP_ETAG_MAX], uint64_t size_bytes,
                         uint64_t modified_ns)
{
    uint8_t *at = out;

    memcpy(at, "W/\"", 3);
    at = put_hex(at + 3, size_bytes);
    *at++ = '-';
    at = put_hex(at, modified_ns);
    *at++ = '"';
    return (size_t)(at - out);
}
