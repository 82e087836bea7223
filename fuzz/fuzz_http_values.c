/* SPDX-License-Identifier: MIT */
/* Values of fields that a client writes and no other target reads: Cookie, Accept-Encoding, Range, conditions, dates, lists with
 * parameters, Origin. What comes out lies within what came in, and holds what its header promises. */
#include "http/accept.h"
#include "http/condition.h"
#include "http/cookie.h"
#include "http/cors.h"
#include "http/date.h"
#include "http/field.h"
#include "http/range.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_lie_within(struct gw_slice all, struct gw_slice part)
{
    assert(part.len <= all.len);
    assert(part.len == 0 || (part.ptr >= all.ptr && part.ptr + part.len <= all.ptr + all.len));
}

static void try_cookie(struct gw_slice value)
{
    struct gw_slice found;

    if (gw_http_cookie_find(value, GW_LIT("io"), &found))
        must_lie_within(value, found);
}

static void try_accept(struct gw_slice value)
{
    for (uint32_t offered = 0; offered < 8; offered++) {
        enum gw_http_encoding chosen = gw_http_accept_encoding(value, offered);

        assert(chosen == GW_HTTP_IDENTITY || ((uint32_t)chosen & offered) == (uint32_t)chosen);
    }
}

static void try_range(struct gw_slice value)
{
    static const uint64_t totals[] = {0, 1, 1234, UINT64_MAX};

    for (size_t i = 0; i < sizeof(totals) / sizeof(totals[0]); i++) {
        struct gw_http_range range = {0, 0};

        if (gw_http_range_choose(value, totals[i], &range) != GW_HTTP_RANGE_PART)
            continue;
        assert(range.len >= 1 && range.first < totals[i] && range.len <= totals[i] - range.first);
    }
}

static void try_date(struct gw_slice value)
{
    uint8_t text[GW_HTTP_DATE_LEN];
    uint64_t seconds, again;

    if (gw_http_date_parse(value, &seconds) < 0)
        return;
    gw_http_date(text, seconds);
    assert(gw_http_date_parse((struct gw_slice){text, sizeof(text)}, &again) == 0);
    assert(again == seconds);
}

static void try_condition(struct gw_slice value)
{
    const struct gw_http_validators current = {GW_LIT("W/\"1-2\""), true, 784111777};
    static const char *const names[] = {"If-Match", "If-None-Match", "If-Modified-Since",
                                        "If-Unmodified-Since", "If-Range"};

    gw_http_etag_matches(value, GW_LIT("\"1-2\""));
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct gw_http_field field = {gw_slice_of(names[i]), value};
        const struct gw_http_request request = {
            .method = GW_LIT("GET"), .fields = &field, .field_count = 1};

        assert(gw_http_condition_check(&request, &current) <= GW_HTTP_CONDITION_FAILED);
        gw_http_condition_allows_range(&request, &current);
    }
}

static void try_list(struct gw_slice value)
{
    struct gw_slice rest = value, element, name, parameter;

    gw_http_field_has_token(value, GW_LIT("close"));
    while (gw_http_list_next(&rest, &element)) {
        must_lie_within(value, element);
        while (gw_http_parameter_next(&element, &name, &parameter)) {
            must_lie_within(value, name);
            must_lie_within(value, parameter);
        }
    }
}

/* Whatever is reflected cannot end its line. */
static void try_origin(struct gw_slice value)
{
    const struct gw_http_cors cors = {.origin = GW_HTTP_CORS_REFLECT, .has_credentials = true};
    struct gw_http_field fields[] = {{GW_LIT("Origin"), value},
                                     {GW_LIT("Access-Control-Request-Headers"), value}};
    const struct gw_http_request request = {
        .method = GW_LIT("OPTIONS"), .fields = fields, .field_count = 2};
    struct gw_buf lines;

    if (!gw_http_is_field_value(value)) /* the parser lets none through */
        return;
    gw_buf_init(&lines, 1 << 20);
    gw_http_cors_allows(&cors, value);
    if (gw_http_cors_append(&cors, &request, &lines) == 0 && lines.len > 0) {
        assert(memcmp(lines.ptr + lines.len - 2, "\r\n", 2) == 0);
        for (size_t i = 0; i + 1 < lines.len; i++)
            assert((lines.ptr[i] == '\r') == (lines.ptr[i + 1] == '\n'));
    }
    gw_buf_dispose(&lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gw_slice value = {data, size};

    if (size > 4096)
        return 0;
    try_cookie(value);
    try_accept(value);
    try_range(value);
    try_date(value);
    try_condition(value);
    try_list(value);
    try_origin(value);
    return 0;
}
