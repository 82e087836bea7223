/* SPDX-License-Identifier: MIT */
/* llhttp calls back; here the callbacks only write down where things lie, as offsets into the head,
 * and stop it at the end of the head, so that the outside is a pulled decoder like the others.
 *
 * llhttp comes from the distribution, built one way or the other, so nothing here relies on its
 * strictness: check_lines() looks at the raw head for all that its lenient builds let pass. */
#include "http/head.h"

#include "base/mem.h"

enum { SPANS_FIRST = 16 };

static const char *const bad_line_end = "a line does not end in CRLF";

static int fail(struct gw_http_head *head, int err, int status, const char *why)
{
    head->err = err;
    head->refusal = (struct gw_http_refusal){status, why};
    return err;
}

static int fail_proto(struct gw_http_head *head, const char *why)
{
    return fail(head, GW_E_PROTO, 400, why);
}

static int fail_nomem(struct gw_http_head *head)
{
    return fail(head, GW_E_NOMEM, 500, "out of memory");
}

static struct gw_http_head *head_of(llhttp_t *llhttp)
{
    return llhttp->data;
}

static uint32_t offset_of(const struct gw_http_head *head, const char *at)
{
    return (uint32_t)(head->piece_at + (size_t)(at - head->piece));
}

static int on_target(llhttp_t *llhttp, const char *at, size_t len)
{
    struct gw_http_head *head = head_of(llhttp);

    if (!head->is_in_target)
        head->target_at = offset_of(head, at);
    head->is_in_target = true;
    head->target_len = offset_of(head, at) + (uint32_t)len - head->target_at;
    return 0;
}

static int on_target_complete(llhttp_t *llhttp)
{
    /* A line end here is HTTP/0.9, for which llhttp would go on to read fields. */
    if (llhttp->http_major == 0 && llhttp->http_minor == 9)
        return fail_proto(head_of(llhttp), "no version in the request line"), -1;
    return 0;
}

static int on_version(llhttp_t *llhttp, const char *at, size_t len)
{
    (void)at;
    head_of(llhttp)->version_len += (uint32_t)len;
    return 0;
}

static bool is_known_version(const llhttp_t *llhttp)
{
    return llhttp->http_major == 1 && llhttp->http_minor <= 1;
}

static int fail_version(struct gw_http_head *head)
{
    return fail(head, GW_E_PROTO, 505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
}

static int on_version_complete(llhttp_t *llhttp)
{
    if (!is_known_version(llhttp))
        return fail_version(head_of(llhttp)), -1;
    return 0;
}

static int grow_spans(struct gw_http_head *head)
{
    uint32_t cap = head->span_cap ? head->span_cap * 2 : SPANS_FIRST;
    struct gw_http_span *spans = gw_mem_realloc(head->spans, cap * sizeof(*spans));
    struct gw_http_field *fields;

    if (!spans)
        return GW_E_NOMEM;
    head->spans = spans;
    fields = gw_mem_realloc(head->fields, cap * sizeof(*fields));
    if (!fields)
        return GW_E_NOMEM;
    head->fields = fields;
    head->span_cap = cap;
    return 0;
}

static int begin_field(struct gw_http_head *head, uint32_t at)
{
    if (head->span_count == head->span_cap && grow_spans(head) != 0)
        return fail_nomem(head);
    head->spans[head->span_count++] = (struct gw_http_span){.name_at = at, .value_at = at};
    head->is_in_name = true;
    head->is_in_value = false;
    return 0;
}

static int on_field(llhttp_t *llhttp, const char *at, size_t len)
{
    struct gw_http_head *head = head_of(llhttp);
    uint32_t offset = offset_of(head, at);
    struct gw_http_span *span;

    if (!head->is_in_name && begin_field(head, offset) != 0)
        return -1;
    span = &head->spans[head->span_count - 1];
    span->name_len = offset + (uint32_t)len - span->name_at;
    return 0;
}

static int on_field_complete(llhttp_t *llhttp)
{
    struct gw_http_head *head = head_of(llhttp);

    /* Counted at the colon, not at the first byte: that would show how the input was cut. */
    if (head->span_count > head->limits->field_count)
        return fail(head, GW_E_LIMIT, 431, "too many fields"), -1;
    head->is_in_name = false;
    return 0;
}

static int on_value(llhttp_t *llhttp, const char *at, size_t len)
{
    struct gw_http_head *head = head_of(llhttp);
    uint32_t offset = offset_of(head, at);
    struct gw_http_span *span;

    if (head->span_count == 0)
        return fail_proto(head, "value without a field"), -1;
    span = &head->spans[head->span_count - 1];
    if (!head->is_in_value)
        span->value_at = offset;
    head->is_in_value = true;
    span->value_len = offset + (uint32_t)len - span->value_at;
    return 0;
}

static int on_head_complete(llhttp_t *llhttp)
{
    (void)llhttp;
    return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
    .on_url = on_target,
    .on_url_complete = on_target_complete,
    .on_version = on_version,
    .on_version_complete = on_version_complete,
    .on_header_field = on_field,
    .on_header_field_complete = on_field_complete,
    .on_header_value = on_value,
    .on_headers_complete = on_head_complete,
};

/* Takes one line with its CRLF off *rest. */
static int take_line(struct gw_http_head *head, struct gw_slice *rest, struct gw_slice *line)
{
    const uint8_t *cr = memchr(rest->ptr, '\r', rest->len);
    size_t len = cr ? (size_t)(cr - rest->ptr) : rest->len;

    if (memchr(rest->ptr, '\n', len) || rest->len - len < 2 || rest->ptr[len + 1] != '\n')
        return fail_proto(head, bad_line_end);
    *line = (struct gw_slice){rest->ptr, len};
    rest->ptr += len + 2;
    rest->len -= len + 2;
    return 0;
}

/* Exactly: method, one space, target, one space, version. */
static int check_request_line(struct gw_http_head *head, struct gw_slice line)
{
    enum { VERSION_LEN = 8 };
    size_t target_end = head->target_at + head->target_len;
    const uint8_t *space = memchr(line.ptr, ' ', line.len);

    if (line.len + 2 > head->limits->line_bytes)
        return fail(head, GW_E_LIMIT, 414, "request line is too long");
    if (!space || head->target_at != (size_t)(space - line.ptr) + 1 ||
        line.len != target_end + 1 + VERSION_LEN ||
        memcmp(line.ptr + target_end, " HTTP/1.", VERSION_LEN) != 0)
        return fail_proto(head, "request line is not method, target and version");
    head->request.method = (struct gw_slice){line.ptr, (size_t)(space - line.ptr)};
    return 0;
}

static int check_field_line(struct gw_http_head *head, struct gw_slice line)
{
    if (line.len + 2 > head->limits->line_bytes)
        return fail(head, GW_E_LIMIT, 431, "a field line is too long");
    if (line.ptr[0] == ' ' || line.ptr[0] == '\t')
        return fail_proto(head, "a field is folded over two lines");
    return 0;
}

/* The raw head again, line by line, without llhttp. */
static int check_lines(struct gw_http_head *head)
{
    struct gw_slice rest = head->text, line;
    uint32_t field_count = 0;
    int err = take_line(head, &rest, &line);

    if (!err)
        err = check_request_line(head, line);
    while (!err && rest.len > 0) {
        err = take_line(head, &rest, &line);
        if (err || line.len == 0)
            break;
        err = check_field_line(head, line);
        field_count++;
    }
    if (!err && (rest.len > 0 || line.len > 0 || field_count != head->span_count))
        err = fail_proto(head, "a line of the head is not a field");
    return err;
}

static struct gw_slice head_slice(const struct gw_http_head *head, uint32_t at, uint32_t len)
{
    return (struct gw_slice){head->text.ptr + at, len};
}

static int make_fields(struct gw_http_head *head)
{
    for (uint32_t i = 0; i < head->span_count; i++) {
        const struct gw_http_span *span = &head->spans[i];
        struct gw_http_field *field = &head->fields[i];

        field->name = head_slice(head, span->name_at, span->name_len);
        field->value = gw_http_trim(head_slice(head, span->value_at, span->value_len));
        if (!gw_http_is_token(field->name))
            return fail_proto(head, "bad field name");
    }
    return 0;
}

static enum gw_http_method verb_of(const llhttp_t *llhttp)
{
    switch ((llhttp_method_t)llhttp->method) {
    case HTTP_GET:
        return GW_HTTP_METHOD_GET;
    case HTTP_HEAD:
        return GW_HTTP_METHOD_HEAD;
    case HTTP_POST:
        return GW_HTTP_METHOD_POST;
    case HTTP_PUT:
        return GW_HTTP_METHOD_PUT;
    case HTTP_PATCH:
        return GW_HTTP_METHOD_PATCH;
    case HTTP_DELETE:
        return GW_HTTP_METHOD_DELETE;
    case HTTP_OPTIONS:
        return GW_HTTP_METHOD_OPTIONS;
    case HTTP_CONNECT:
        return GW_HTTP_METHOD_CONNECT;
    default:
        return GW_HTTP_METHOD_OTHER;
    }
}

static int finish_head(struct gw_http_head *head)
{
    struct gw_http_request *request = &head->request;
    struct gw_http_refusal refusal;

    if (check_lines(head) != 0 || make_fields(head) != 0)
        return head->err;
    request->verb = verb_of(&head->llhttp);
    request->target = head_slice(head, head->target_at, head->target_len);
    request->version_major = head->llhttp.http_major;
    request->version_minor = head->llhttp.http_minor;
    request->fields = head->fields;
    request->field_count = head->span_count;
    request->content_length = head->llhttp.content_length;
    if (!gw_http_request_resolve(request, &refusal))
        return fail(head, GW_E_PROTO, refusal.status, refusal.why);
    return 0;
}

static int fail_head_limit(struct gw_http_head *head)
{
    /* The version follows the target at once, so without it the
     * request line is what is too long. */
    if (head->version_len == 0)
        return fail(head, GW_E_LIMIT, 414, "request line is too long");
    return fail(head, GW_E_LIMIT, 431, "head is too long");
}

/* A method that could be one is not implemented (RFC 9110 15.6.2); anything else, TLS
 * for instance, is no request. */
static int fail_method(struct gw_http_head *head, size_t len)
{
    const char *at = llhttp_get_error_pos(&head->llhttp);

    if (at && at < head->piece + len && gw_http_is_tchar((uint8_t)*at))
        return fail(head, GW_E_PROTO, 501, "unknown method");
    return fail_proto(head, "no method in the request line");
}

static int fail_as_llhttp(struct gw_http_head *head, enum llhttp_errno code, size_t len)
{
    switch (code) {
    case HPE_INVALID_METHOD:
        return fail_method(head, len);
    case HPE_INVALID_VERSION:
        if (head->version_len == 3 && !is_known_version(&head->llhttp))
            return fail_version(head);
        return fail_proto(head, "bad version in the request line");
    case HPE_INVALID_URL:
        return fail_proto(head, "bad character in the target");
    case HPE_INVALID_CONSTANT:
        return fail_proto(head, "request line is not method, target and version");
    case HPE_INVALID_HEADER_TOKEN:
        return fail_proto(head, "bad character in a field");
    case HPE_INVALID_CONTENT_LENGTH:
        return fail_proto(head, "Content-Length is not a number");
    case HPE_UNEXPECTED_CONTENT_LENGTH:
        return fail_proto(head, "Content-Length twice, or beside Transfer-Encoding");
    case HPE_INVALID_TRANSFER_ENCODING:
        return fail_proto(head, "Transfer-Encoding does not end in chunked");
    case HPE_UNEXPECTED_SPACE:
        return fail_proto(head, "a field is folded over two lines");
    case HPE_STRICT:
    case HPE_CR_EXPECTED:
    case HPE_LF_EXPECTED:
        return fail_proto(head, bad_line_end);
    default:
        return fail_proto(head, "not an HTTP request");
    }
}

static void advance(struct gw_slice *in, size_t n)
{
    in->ptr += n;
    in->len -= n;
}

/* The first len bytes of *in belong to the head; the parser must have
 * them when the input is gone. */
static int keep(struct gw_http_head *head, struct gw_slice *in, size_t len)
{
    if (gw_buf_append(&head->kept, (struct gw_slice){in->ptr, len}) != 0)
        return fail_nomem(head);
    advance(in, len);
    return 0;
}

/* llhttp has stopped behind the empty line. */
static int complete(struct gw_http_head *head, struct gw_slice *in)
{
    size_t len = (size_t)(llhttp_get_error_pos(&head->llhttp) - head->piece);

    head->text = (struct gw_slice){in->ptr, len};
    if (head->kept.len > 0) {
        if (keep(head, in, len) != 0)
            return head->err;
        head->text = gw_buf_slice(&head->kept);
    } else {
        advance(in, len);
    }
    return finish_head(head) == 0 ? 1 : head->err;
}

static void rebase(struct gw_slice *slice, struct gw_slice from, const uint8_t *to)
{
    /* "/" for a URL without path is a literal, and absent slices stay absent. */
    if (slice->ptr >= from.ptr && slice->ptr <= from.ptr + from.len)
        slice->ptr = to + (slice->ptr - from.ptr);
}

static void rebase_request(struct gw_http_head *head, const uint8_t *to)
{
    struct gw_http_request *request = &head->request;

    rebase(&request->method, head->text, to);
    rebase(&request->target, head->text, to);
    rebase(&request->path, head->text, to);
    rebase(&request->query, head->text, to);
    rebase(&request->host, head->text, to);
    for (size_t i = 0; i < request->field_count; i++) {
        rebase(&head->fields[i].name, head->text, to);
        rebase(&head->fields[i].value, head->text, to);
    }
}

void gw_http_head_init(struct gw_http_head *head, const struct gw_http_limits *limits)
{
    *head = (struct gw_http_head){.limits = limits};
    gw_buf_init(&head->kept, limits->head_bytes);
    gw_http_head_reset(head);
}

void gw_http_head_reset(struct gw_http_head *head)
{
    gw_buf_dispose(&head->kept);
    llhttp_init(&head->llhttp, HTTP_REQUEST, &settings);
    head->llhttp.data = head;
    head->request = (struct gw_http_request){0};
    head->err = 0;
    head->refusal = (struct gw_http_refusal){0};
    head->text = (struct gw_slice){0};
    head->target_at = head->target_len = head->version_len = head->span_count = 0;
    head->is_in_target = head->is_in_name = head->is_in_value = false;
}

void gw_http_head_dispose(struct gw_http_head *head)
{
    gw_buf_dispose(&head->kept);
    gw_mem_free(head->spans);
    gw_mem_free(head->fields);
    head->spans = NULL;
    head->fields = NULL;
    head->span_cap = 0;
}

int gw_http_head_read(struct gw_http_head *head, struct gw_slice *in)
{
    size_t room = head->limits->head_bytes - head->kept.len;
    size_t len = in->len < room ? in->len : room;
    enum llhttp_errno code;

    if (len == 0)
        return 0;
    head->piece = (const char *)in->ptr;
    head->piece_at = head->kept.len;
    code = llhttp_execute(&head->llhttp, head->piece, len);
    if (head->err)
        return head->err;
    if (code == HPE_PAUSED)
        return complete(head, in);
    if (code != HPE_OK)
        return fail_as_llhttp(head, code, len);
    return len == room ? fail_head_limit(head) : keep(head, in, len);
}

int gw_http_head_hold(struct gw_http_head *head)
{
    if (head->text.len == 0 || head->text.ptr == head->kept.ptr)
        return 0;
    if (gw_buf_append(&head->kept, head->text) != 0)
        return GW_E_NOMEM;
    rebase_request(head, head->kept.ptr);
    head->text = gw_buf_slice(&head->kept);
    return 0;
}
