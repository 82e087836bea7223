/* SPDX-License-Identifier: MIT */
#include "http/request.h"

/* What one walk over the fields finds out. */
struct summary {
    struct gw_slice host;
    uint32_t host_count;
    uint32_t length_count;
    uint32_t coding_count; /* of Transfer-Encoding */
    bool is_chunked;       /* all there is of Transfer-Encoding is "chunked" */
    bool ends_chunked;     /* the last field of it ends so */
    bool has_close, has_keep_alive, has_upgrade_option; /* of Connection */
    bool has_upgrade;
    bool has_continue, has_other_expectation;
};

static bool refuse(struct gw_http_refusal *refusal, int status, const char *why)
{
    *refusal = (struct gw_http_refusal){status, why};
    return false;
}

struct gw_slice gw_http_request_field(const struct gw_http_request *request, struct gw_slice name)
{
    for (size_t i = 0; i < request->field_count; i++) {
        if (gw_http_text_equals(request->fields[i].name, name))
            return request->fields[i].value;
    }
    return (struct gw_slice){0};
}

bool gw_http_request_has_token(const struct gw_http_request *request, struct gw_slice name,
                               struct gw_slice token)
{
    for (size_t i = 0; i < request->field_count; i++) {
        if (gw_http_text_equals(request->fields[i].name, name) &&
            gw_http_field_has_token(request->fields[i].value, token))
            return true;
    }
    return false;
}

/* One bit a byte: what is visible and none of "#/<>?@\^`{|}. */
static const uint32_t host_bits[8] = {0, 0x2fff7ff2, 0xaffffffe, 0x47fffffe};

/* Host of RFC 9110 7.2: uri-host [":" port]. The characters are
 * checked, not the form of addresses. */
static bool is_host(struct gw_slice host)
{
    for (size_t i = 0; i < host.len; i++) {
        if (!(host_bits[host.ptr[i] >> 5] >> (host.ptr[i] & 31) & 1))
            return false;
    }
    return true;
}

/* path, query and fragment of a target whose path begins at rest. */
static void split_path(struct gw_http_request *request, struct gw_slice rest)
{
    const uint8_t *mark = rest.len ? memchr(rest.ptr, '#', rest.len) : NULL;

    if (mark)
        rest.len = (size_t)(mark - rest.ptr);
    mark = rest.len ? memchr(rest.ptr, '?', rest.len) : NULL;
    request->path = rest;
    if (mark) {
        request->path.len = (size_t)(mark - rest.ptr);
        request->query = (struct gw_slice){mark + 1, rest.len - request->path.len - 1};
    }
    if (request->path.len == 0)
        request->path = GW_LIT("/"); /* "http://host?x" (RFC 9110 4.2.3) */
}

static size_t scheme_len(struct gw_slice target)
{
    static const struct gw_slice schemes[] = {
        {(const uint8_t *)"http://", 7},
        {(const uint8_t *)"https://", 8},
        {(const uint8_t *)"ws://", 5},
        {(const uint8_t *)"wss://", 6},
    };

    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        size_t len = schemes[i].len;

        if (target.len > len && gw_http_text_equals((struct gw_slice){target.ptr, len}, schemes[i]))
            return len;
    }
    return 0;
}

static bool split_absolute(struct gw_http_request *request, struct gw_http_refusal *refusal)
{
    struct gw_slice rest = request->target;
    size_t skip = scheme_len(rest), len = 0;

    if (skip == 0)
        return refuse(refusal, 400, "target is neither a path nor an http URL");
    rest.ptr += skip;
    rest.len -= skip;
    while (len < rest.len && !memchr("/?#", rest.ptr[len], 3))
        len++;
    request->host = (struct gw_slice){rest.ptr, len};
    if (len == 0 || !is_host(request->host))
        return refuse(refusal, 400, "target has no valid host");
    split_path(request, (struct gw_slice){rest.ptr + len, rest.len - len});
    return true;
}

/* authority-form: "host:port", for CONNECT alone. */
static bool split_authority(struct gw_http_request *request, struct gw_http_refusal *refusal)
{
    struct gw_slice target = request->target;
    size_t digits = 0;

    while (digits < target.len && target.ptr[target.len - 1 - digits] >= '0' &&
           target.ptr[target.len - 1 - digits] <= '9')
        digits++;
    if (digits == 0 || digits + 2 > target.len || target.ptr[target.len - 1 - digits] != ':' ||
        !is_host(target))
        return refuse(refusal, 400, "target of CONNECT is not host:port");
    request->host = target;
    return true;
}

static bool is_visible(struct gw_slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] <= 0x20 || text.ptr[i] >= 0x7f)
            return false;
    }
    return true;
}

/* The four forms of RFC 9112 3.2. */
static bool split_target(struct gw_http_request *request, struct gw_http_refusal *refusal)
{
    struct gw_slice target = request->target;

    request->path = request->query = request->host = (struct gw_slice){0};
    if (target.len == 0 || !is_visible(target))
        return refuse(refusal, 400, "bad character in the target");
    if (request->verb == GW_HTTP_METHOD_CONNECT)
        return split_authority(request, refusal);
    if (target.ptr[0] == '/') {
        split_path(request, target);
        return true;
    }
    if (target.ptr[0] != '*')
        return split_absolute(request, refusal);
    if (target.len != 1 || request->verb != GW_HTTP_METHOD_OPTIONS)
        return refuse(refusal, 400, "target * is for OPTIONS alone");
    request->path = target;
    return true;
}

static void note_connection(struct summary *found, struct gw_slice value)
{
    struct gw_slice option;

    while (gw_http_list_next(&value, &option)) {
        found->has_close |= gw_http_text_equals(option, GW_LIT("close"));
        found->has_keep_alive |= gw_http_text_equals(option, GW_LIT("keep-alive"));
        found->has_upgrade_option |= gw_http_text_equals(option, GW_LIT("upgrade"));
    }
}

static void note_coding(struct summary *found, struct gw_slice value)
{
    struct gw_slice coding;

    found->is_chunked = found->coding_count == 0 && gw_http_text_equals(value, GW_LIT("chunked"));
    found->coding_count++;
    found->ends_chunked = false;
    while (gw_http_list_next(&value, &coding))
        found->ends_chunked = gw_http_text_equals(coding, GW_LIT("chunked"));
}

static void note_expectation(struct summary *found, struct gw_slice value)
{
    if (gw_http_text_equals(value, GW_LIT("100-continue")))
        found->has_continue = true;
    else
        found->has_other_expectation = true;
}

/* Names are told apart by length first: most fields are none of these. */
static void note(struct summary *found, const struct gw_http_field *field)
{
    switch (field->name.len) {
    case 4:
        if (gw_http_text_equals(field->name, GW_LIT("Host"))) {
            found->host = field->value;
            found->host_count++;
        }
        break;
    case 6:
        if (gw_http_text_equals(field->name, GW_LIT("Expect")))
            note_expectation(found, field->value);
        break;
    case 7:
        if (gw_http_text_equals(field->name, GW_LIT("Upgrade")))
            found->has_upgrade |= field->value.len > 0;
        break;
    case 10:
        if (gw_http_text_equals(field->name, GW_LIT("Connection")))
            note_connection(found, field->value);
        break;
    case 14:
        if (gw_http_text_equals(field->name, GW_LIT("Content-Length")))
            found->length_count++;
        break;
    case 17:
        if (gw_http_text_equals(field->name, GW_LIT("Transfer-Encoding")))
            note_coding(found, field->value);
        break;
    default:
        break;
    }
}

static bool check_host(struct gw_http_request *request, const struct summary *found,
                       struct gw_http_refusal *refusal)
{
    if (found->host_count > 1)
        return refuse(refusal, 400, "Host twice");
    if (found->host_count == 0 && request->version_minor > 0)
        return refuse(refusal, 400, "Host is missing");
    if (!is_host(found->host))
        return refuse(refusal, 400, "bad character in Host");
    if (!request->host.ptr)
        request->host = found->host;
    return true;
}

/* RFC 9112 6.1 and 6.3: whenever two readers could find two ends of
 * the body, there is no request. */
static bool check_framing(struct gw_http_request *request, const struct summary *found,
                          struct gw_http_refusal *refusal)
{
    if (found->length_count > 1)
        return refuse(refusal, 400, "Content-Length twice");
    if (found->coding_count > 0) {
        if (found->length_count > 0)
            return refuse(refusal, 400, "Content-Length beside Transfer-Encoding");
        if (request->version_minor == 0)
            return refuse(refusal, 400, "Transfer-Encoding in HTTP/1.0");
        if (!found->ends_chunked)
            return refuse(refusal, 400, "Transfer-Encoding does not end in chunked");
        if (!found->is_chunked)
            return refuse(refusal, 501, "only the transfer coding chunked is known");
    }
    request->is_chunked = found->is_chunked;
    request->has_content_length = found->length_count > 0;
    if (!request->has_content_length)
        request->content_length = 0;
    request->has_body = request->is_chunked || request->content_length > 0;
    return true;
}

bool gw_http_request_resolve(struct gw_http_request *request, struct gw_http_refusal *refusal)
{
    struct summary found = {0};
    bool is_current = request->version_minor > 0;

    *refusal = (struct gw_http_refusal){0};
    if (!split_target(request, refusal))
        return false;
    for (size_t i = 0; i < request->field_count; i++)
        note(&found, &request->fields[i]);
    if (!check_host(request, &found, refusal) || !check_framing(request, &found, refusal))
        return false;

    /* HTTP/1.0 knows neither Upgrade (RFC 9110 7.8) nor Expect (10.1.1): they are ignored there. */
    if (is_current && found.has_other_expectation)
        return refuse(refusal, 417, "only the expectation 100-continue is known");
    request->is_keep_alive = !found.has_close && (is_current || found.has_keep_alive);
    request->is_upgrade = is_current && found.has_upgrade && found.has_upgrade_option;
    request->expects_continue = is_current && found.has_continue && request->has_body;
    return true;
}
