/* SPDX-License-Identifier: MIT */
#include "http/cookie.h"

#include "codec/number.h"
#include "http/date.h"
#include "http/field.h"

#include <assert.h>

/* Not gw_http_parameter_next(): in a cookie a quote does not hide a semicolon (RFC 6265 4.1.1). */
bool gw_http_cookie_find(struct gw_slice field, struct gw_slice name, struct gw_slice *value)
{
    while (field.len > 0) {
        const uint8_t *end = memchr(field.ptr, ';', field.len);
        size_t len = end ? (size_t)(end - field.ptr) : field.len;
        struct gw_slice pair = gw_http_trim((struct gw_slice){field.ptr, len});
        const uint8_t *equals = pair.len > 0 ? memchr(pair.ptr, '=', pair.len) : NULL;

        if (equals &&
            gw_slice_equal((struct gw_slice){pair.ptr, (size_t)(equals - pair.ptr)}, name)) {
            size_t skip = (size_t)(equals - pair.ptr) + 1;

            *value = (struct gw_slice){pair.ptr + skip, pair.len - skip};
            if (value->len >= 2 && value->ptr[0] == '"' && value->ptr[value->len - 1] == '"')
                *value = (struct gw_slice){value->ptr + 1, value->len - 2};
            return true;
        }
        len += end != NULL;
        field.ptr += len;
        field.len -= len;
    }
    return false;
}

/* ---- Set-Cookie ---- */

static bool is_attribute(struct gw_slice text)
{
    return text.len == 0 ||
           (gw_http_is_field_value(text) && memchr(text.ptr, ';', text.len) == NULL);
}

bool gw_http_cookie_is_valid(const struct gw_http_cookie *cookie)
{
    return gw_http_is_token(cookie->name) && is_attribute(cookie->domain) &&
           is_attribute(cookie->path) && is_attribute(cookie->priority);
}

/* Appends until the first failure. */
struct writer {
    struct gw_buf *out;
    int err;
};

static void put(struct writer *w, struct gw_slice text)
{
    if (w->err == GW_OK)
        w->err = gw_buf_append(w->out, text);
}

static void put_attribute(struct writer *w, struct gw_slice name, struct gw_slice value)
{
    put(w, GW_LIT("; "));
    put(w, name);
    if (!value.ptr)
        return;
    put(w, GW_LIT("="));
    put(w, value);
}

static void put_flag(struct writer *w, struct gw_slice name, bool is_set)
{
    if (is_set)
        put_attribute(w, name, (struct gw_slice){0});
}

static void put_text(struct writer *w, struct gw_slice name, struct gw_slice value)
{
    if (value.len > 0)
        put_attribute(w, name, value);
}

static void put_max_age(struct writer *w, uint64_t seconds)
{
    uint8_t digits[GW_U64_DIGITS_MAX];

    if (seconds > 0)
        put_attribute(w, GW_LIT("Max-Age"),
                      (struct gw_slice){digits, gw_u64_format(digits, seconds)});
}

static void put_expires(struct writer *w, uint64_t unix_seconds)
{
    uint8_t date[GW_HTTP_DATE_LEN];

    if (unix_seconds == 0)
        return;
    gw_http_date(date, unix_seconds);
    put_attribute(w, GW_LIT("Expires"), (struct gw_slice){date, sizeof(date)});
}

static struct gw_slice same_site_text(enum gw_http_same_site same_site)
{
    switch (same_site) {
    case GW_HTTP_SAME_SITE_LAX:
        return GW_LIT("Lax");
    case GW_HTTP_SAME_SITE_STRICT:
        return GW_LIT("Strict");
    case GW_HTTP_SAME_SITE_NONE:
        return GW_LIT("None");
    case GW_HTTP_SAME_SITE_UNSAID:
        break;
    }
    return (struct gw_slice){0};
}

int gw_http_cookie_write(struct gw_buf *out, const struct gw_http_cookie *cookie,
                         struct gw_slice value)
{
    struct writer w = {out, GW_OK};
    size_t start = out->len;

    assert(gw_http_cookie_is_valid(cookie));
    put(&w, cookie->name);
    put(&w, GW_LIT("="));
    put(&w, value);
    put_max_age(&w, cookie->max_age_s);
    put_text(&w, GW_LIT("Domain"), cookie->domain);
    put_text(&w, GW_LIT("Path"), cookie->path);
    put_expires(&w, cookie->expires_unix_s);
    put_flag(&w, GW_LIT("HttpOnly"), cookie->is_http_only);
    put_flag(&w, GW_LIT("Secure"), cookie->is_secure);
    put_flag(&w, GW_LIT("Partitioned"), cookie->is_partitioned);
    put_text(&w, GW_LIT("Priority"), cookie->priority);
    put_text(&w, GW_LIT("SameSite"), same_site_text(cookie->same_site));
    if (w.err < 0)
        out->len = start;
    return w.err;
}
