/* SPDX-License-Identifier: MIT */
#include "http/cors.h"

#include "codec/number.h"

bool gw_http_cors_is_preflight(const struct gw_http_cors *cors,
                               const struct gw_http_request *request)
{
    return cors->origin != GW_HTTP_CORS_OFF && request->verb == GW_HTTP_METHOD_OPTIONS;
}

static bool is_listed(const struct gw_http_cors *cors, struct gw_slice origin)
{
    for (size_t i = 0; i < cors->origin_count; i++) {
        if (gw_slice_equal(cors->origins[i], origin))
            return true;
    }
    return false;
}

bool gw_http_cors_allows(const struct gw_http_cors *cors, struct gw_slice origin)
{
    switch (cors->origin) {
    case GW_HTTP_CORS_ANY:
        return true;
    case GW_HTTP_CORS_FIXED:
        return origin.ptr && gw_slice_equal(cors->origins[0], origin);
    case GW_HTTP_CORS_REFLECT:
        return origin.len > 0;
    case GW_HTTP_CORS_LIST:
        return origin.len > 0 && is_listed(cors, origin);
    case GW_HTTP_CORS_OFF:
        break;
    }
    return false;
}

/* What Access-Control-Allow-Origin says; absent: nothing. */
static struct gw_slice allowed_origin(const struct gw_http_cors *cors, struct gw_slice origin)
{
    if (cors->origin == GW_HTTP_CORS_ANY)
        return GW_LIT("*");
    if (cors->origin == GW_HTTP_CORS_FIXED)
        return cors->origins[0];
    return gw_http_cors_allows(cors, origin) ? origin : (struct gw_slice){0};
}

/* Appends a line unless the value is absent; the first failure stays. */
static void append(struct gw_buf *lines, struct gw_slice name, struct gw_slice value, int *err)
{
    if (!*err && value.ptr)
        *err = gw_http_field_append(lines, name, value);
}

static void append_preflight(const struct gw_http_cors *cors, struct gw_slice requested,
                             struct gw_buf *lines, int *err)
{
    struct gw_slice methods = cors->methods;
    struct gw_slice headers = cors->allowed_headers.ptr ? cors->allowed_headers : requested;
    uint8_t digits[GW_U64_DIGITS_MAX];

    if (!methods.ptr)
        methods = GW_LIT("GET,HEAD,PUT,PATCH,POST,DELETE");
    append(lines, GW_LIT("Access-Control-Allow-Methods"), methods, err);
    if (headers.len > 0)
        append(lines, GW_LIT("Access-Control-Allow-Headers"), headers, err);
    if (cors->max_age_s > 0) {
        struct gw_slice age = {digits, gw_u64_format(digits, cors->max_age_s)};

        append(lines, GW_LIT("Access-Control-Max-Age"), age, err);
    }
}

/* On what the answer depended, for caches. */
static struct gw_slice vary_of(const struct gw_http_cors *cors, bool is_preflight)
{
    bool by_origin = cors->origin != GW_HTTP_CORS_ANY;
    bool by_headers = is_preflight && !cors->allowed_headers.ptr;

    if (by_origin && by_headers)
        return GW_LIT("Origin, Access-Control-Request-Headers");
    if (by_headers)
        return GW_LIT("Access-Control-Request-Headers");
    return by_origin ? GW_LIT("Origin") : (struct gw_slice){0};
}

int gw_http_cors_append(const struct gw_http_cors *cors, const struct gw_http_request *request,
                        struct gw_buf *lines)
{
    struct gw_slice origin = gw_http_request_field(request, GW_LIT("Origin"));
    bool is_preflight = gw_http_cors_is_preflight(cors, request);
    size_t start = lines->len;
    int err = 0;

    if (cors->origin == GW_HTTP_CORS_OFF)
        return 0;
    append(lines, GW_LIT("Access-Control-Allow-Origin"), allowed_origin(cors, origin), &err);
    append(lines, GW_LIT("Vary"), vary_of(cors, is_preflight), &err);
    if (cors->has_credentials)
        append(lines, GW_LIT("Access-Control-Allow-Credentials"), GW_LIT("true"), &err);
    if (is_preflight)
        append_preflight(cors,
                         gw_http_request_field(request, GW_LIT("Access-Control-Request-Headers")),
                         lines, &err);
    if (cors->exposed_headers.len > 0)
        append(lines, GW_LIT("Access-Control-Expose-Headers"), cors->exposed_headers, &err);
    if (err)
        lines->len = start;
    return err;
}
