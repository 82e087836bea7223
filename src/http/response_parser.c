/* SPDX-License-Identifier: MIT */
/* The head is collected line by line, with the checks that an early end wants, and read
 * when it is whole: so llhttp runs over it in one piece, and whatever its build lets
 * pass has been refused before. */
#include "http/response_parser.h"

#include "base/mem.h"
#include "codec/number.h"
#include "http/chunked.h"

#include <llhttp.h>

enum state {
    STATE_HEAD,
    STATE_BODY_LENGTH,
    STATE_BODY_CHUNKED,
    STATE_BODY_TO_END,
    STATE_END, /* END is to be told */
    STATE_DONE,
    STATE_FAILED,
};

enum { AGAIN = 2 };

static const char *const not_a_field = "a line of the head is not a field";

struct gw_http_response_parser {
    /* private */
    const struct gw_http_limits *limits;
    enum state state;
    enum gw_http_method method; /* of the request */
    int err;
    const char *why;
    struct gw_buf text; /* the head */
    size_t line_at;     /* where the unfinished line of it begins */
    uint32_t line_count, interim_count;
    uint32_t field_count, field_cap;
    struct gw_http_field *fields;
    bool is_in_name;
    struct gw_http_response_head head;
    uint64_t body_bytes, body_left;
    struct gw_http_chunked chunked;
};

static int fail(struct gw_http_response_parser *parser, int err, const char *why)
{
    parser->state = STATE_FAILED;
    parser->err = err;
    parser->why = why;
    return err;
}

static int fail_proto(struct gw_http_response_parser *parser, const char *why)
{
    return fail(parser, GW_E_PROTO, why);
}

static int fail_nomem(struct gw_http_response_parser *parser)
{
    return fail(parser, GW_E_NOMEM, "out of memory");
}

static void advance(struct gw_slice *in, size_t n)
{
    in->ptr += n;
    in->len -= n;
}

/* ---- fields, by llhttp ---- */

static int add_field(struct gw_http_response_parser *parser)
{
    if (parser->field_count == parser->limits->field_count)
        return fail(parser, GW_E_LIMIT, "too many fields");
    if (parser->field_count == parser->field_cap) {
        uint32_t cap = parser->field_cap ? parser->field_cap * 2 : 16;
        struct gw_http_field *fields = gw_mem_realloc(parser->fields, cap * sizeof(*fields));

        if (!fields)
            return fail_nomem(parser);
        parser->fields = fields;
        parser->field_cap = cap;
    }
    parser->fields[parser->field_count++] = (struct gw_http_field){0};
    return 0;
}

static void extend(struct gw_slice *slice, const char *at, size_t len)
{
    const uint8_t *bytes = (const uint8_t *)at;

    if (!slice->ptr)
        slice->ptr = bytes;
    slice->len = (size_t)(bytes + len - slice->ptr);
}

static int on_name(llhttp_t *llhttp, const char *at, size_t len)
{
    struct gw_http_response_parser *parser = llhttp->data;

    if (!parser->is_in_name && add_field(parser) != 0)
        return -1;
    parser->is_in_name = true;
    extend(&parser->fields[parser->field_count - 1].name, at, len);
    return 0;
}

static int on_value(llhttp_t *llhttp, const char *at, size_t len)
{
    struct gw_http_response_parser *parser = llhttp->data;

    parser->is_in_name = false;
    if (parser->field_count == 0)
        return -1;
    extend(&parser->fields[parser->field_count - 1].value, at, len);
    return 0;
}

static int on_value_complete(llhttp_t *llhttp)
{
    struct gw_http_response_parser *parser = llhttp->data;

    parser->is_in_name = false;
    return 0;
}

static int on_head_complete(llhttp_t *llhttp)
{
    (void)llhttp;
    return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
    .on_header_field = on_name,
    .on_header_value = on_value,
    .on_header_value_complete = on_value_complete,
    .on_headers_complete = on_head_complete,
};

static int read_fields(struct gw_http_response_parser *parser)
{
    const char *text = (const char *)parser->text.ptr;
    llhttp_t llhttp;
    enum llhttp_errno code;

    llhttp_init(&llhttp, HTTP_RESPONSE, &settings);
    llhttp.data = parser;
    parser->field_count = 0;
    parser->is_in_name = false;
    code = llhttp_execute(&llhttp, text, parser->text.len);
    if (parser->state == STATE_FAILED)
        return parser->err;
    if (code == HPE_INVALID_CONTENT_LENGTH)
        return fail_proto(parser, "Content-Length is not a number");
    if (code == HPE_UNEXPECTED_CONTENT_LENGTH)
        return fail_proto(parser, "Content-Length twice, or beside Transfer-Encoding");
    /* The empty line is not a field, nor is the status line. */
    if (code != HPE_PAUSED || llhttp_get_error_pos(&llhttp) != text + parser->text.len ||
        parser->field_count != parser->line_count - 2)
        return fail_proto(parser, not_a_field);
    return 0;
}

static int check_fields(struct gw_http_response_parser *parser)
{
    for (uint32_t i = 0; i < parser->field_count; i++) {
        struct gw_http_field *field = &parser->fields[i];

        if (field->value.ptr)
            field->value = gw_http_trim(field->value);
        else
            field->value = (struct gw_slice){(const uint8_t *)"", 0};
        if (!gw_http_is_token(field->name) || !gw_http_is_field_value(field->value))
            return fail_proto(parser, not_a_field);
    }
    return 0;
}

/* ---- head ---- */

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* "HTTP/1.1 101 Switching Protocols"; that it begins with "HTTP/1." is known. */
static int read_status_line(struct gw_http_response_parser *parser)
{
    enum { STATUS_AT = 9, REASON_AT = 13 };
    struct gw_http_response_head *head = &parser->head;
    const uint8_t *text = parser->text.ptr;
    size_t len = (size_t)((const uint8_t *)memchr(text, '\r', parser->text.len) - text);

    if (len < STATUS_AT + 3 || (text[7] != '0' && text[7] != '1') || text[8] != ' ')
        return fail_proto(parser, "the status line is not a version of HTTP/1 and a status");
    if (text[STATUS_AT] < '1' || text[STATUS_AT] > '5' || !is_digit(text[STATUS_AT + 1]) ||
        !is_digit(text[STATUS_AT + 2]) || (len > STATUS_AT + 3 && text[STATUS_AT + 3] != ' '))
        return fail_proto(parser, "the status is not a number from 100 to 599");
    head->version_minor = (uint8_t)(text[7] - '0');
    head->status = (uint16_t)((text[STATUS_AT] - '0') * 100 + (text[STATUS_AT + 1] - '0') * 10 +
                              (text[STATUS_AT + 2] - '0'));
    head->line = (struct gw_slice){text, len};
    head->reason = (struct gw_slice){text + len, 0};
    if (len > REASON_AT)
        head->reason = (struct gw_slice){text + REASON_AT, len - REASON_AT};
    if (!gw_http_is_field_value(head->reason))
        return fail_proto(parser, "bad character in the status line");
    return 0;
}

static int read_content_length(struct gw_http_response_parser *parser)
{
    struct gw_http_response_head *head = &parser->head;

    for (uint32_t i = 0; i < parser->field_count; i++) {
        uint64_t length;

        if (!gw_http_text_equals(parser->fields[i].name, GW_LIT("Content-Length")))
            continue;
        if (gw_u64_parse(parser->fields[i].value, &length) != 0)
            return fail_proto(parser, "Content-Length is not a number");
        if (head->has_content_length)
            return fail_proto(parser, "Content-Length twice, or beside Transfer-Encoding");
        head->has_content_length = true;
        head->content_length = length;
    }
    return 0;
}

/* Two readers must not disagree on where a body ends (RFC 9112 6.3). */
static int read_framing(struct gw_http_response_parser *parser)
{
    struct gw_http_response_head *head = &parser->head;
    struct gw_slice coding = gw_http_response_head_field(head, GW_LIT("Transfer-Encoding"));
    int err = read_content_length(parser);

    if (err)
        return err;
    if (coding.ptr) {
        if (head->has_content_length)
            return fail_proto(parser, "Content-Length twice, or beside Transfer-Encoding");
        if (!gw_http_text_equals(coding, GW_LIT("chunked")) || head->version_minor == 0 ||
            gw_http_response_head_count(head, GW_LIT("Transfer-Encoding")) > 1)
            return fail_proto(parser, "Transfer-Encoding is not chunked");
        head->is_chunked = true;
    }
    head->is_keep_alive =
        head->version_minor == 0
            ? gw_http_response_head_has_token(head, GW_LIT("Connection"), GW_LIT("keep-alive"))
            : !gw_http_response_head_has_token(head, GW_LIT("Connection"), GW_LIT("close"));
    return 0;
}

static bool is_tunnel(const struct gw_http_response_parser *parser)
{
    uint16_t status = parser->head.status;

    return status == 101 ||
           (parser->method == GW_HTTP_METHOD_CONNECT && status >= 200 && status <= 299);
}

static enum state body_state(struct gw_http_response_parser *parser)
{
    struct gw_http_response_head *head = &parser->head;

    if (is_tunnel(parser) || parser->method == GW_HTTP_METHOD_HEAD || head->status == 204 ||
        head->status == 304)
        return STATE_END;
    if (head->is_chunked) {
        gw_http_chunked_init(&parser->chunked, parser->limits->line_bytes);
        return STATE_BODY_CHUNKED;
    }
    parser->body_left = head->content_length;
    if (head->has_content_length)
        return STATE_BODY_LENGTH;
    head->is_keep_alive = false;
    return STATE_BODY_TO_END;
}

static void forget_head(struct gw_http_response_parser *parser)
{
    gw_buf_reset(&parser->text);
    parser->head = (struct gw_http_response_head){0};
    parser->line_at = 0;
    parser->line_count = 0;
}

/* The empty line has come. */
static int finish_head(struct gw_http_response_parser *parser, struct gw_http_response_event *event)
{
    struct gw_http_response_head *head = &parser->head;
    int err = read_status_line(parser);

    if (!err)
        err = read_fields(parser);
    if (!err)
        err = check_fields(parser);
    if (err)
        return err;
    head->fields = parser->fields;
    head->field_count = parser->field_count;
    err = read_framing(parser);
    if (err)
        return err;
    if (head->status < 200 && head->status != 101) {
        forget_head(parser);
        if (++parser->interim_count > GW_HTTP_INTERIM_MAX)
            return fail(parser, GW_E_LIMIT, "too many interim answers");
        return AGAIN;
    }
    parser->state = body_state(parser);
    event->type = GW_HTTP_HEAD;
    return 1;
}

/* What speaks another protocol seldom sends a line end, so its first bytes must do. */
static int check_beginning(struct gw_http_response_parser *parser)
{
    struct gw_slice begin = GW_LIT("HTTP/1.");
    size_t len = parser->text.len < begin.len ? parser->text.len : begin.len;

    if (len > 0 && memcmp(parser->text.ptr, begin.ptr, len) != 0)
        return fail_proto(parser, "it does not begin with HTTP/1.");
    return 0;
}

/* Appends the next len bytes of *in, which belong to one line. */
static int keep(struct gw_http_response_parser *parser, struct gw_slice *in, size_t len)
{
    if (gw_buf_append(&parser->text, (struct gw_slice){in->ptr, len}) != 0)
        return fail_nomem(parser);
    advance(in, len);
    return check_beginning(parser);
}

/* 1: that was the empty line; 0: more lines follow. */
static int check_line(struct gw_http_response_parser *parser)
{
    const uint8_t *line = parser->text.ptr + parser->line_at;
    size_t len = parser->text.len - parser->line_at;

    if (len > parser->limits->line_bytes)
        return fail(parser, GW_E_LIMIT, "a line of the head is too long");
    if (len < 2 || line[len - 2] != '\r' || memchr(line, '\r', len - 2))
        return fail_proto(parser, "a line does not end in CRLF");
    if (line[0] == ' ' || line[0] == '\t')
        return fail_proto(parser, "a field is folded over two lines");
    parser->line_at = parser->text.len;
    parser->line_count++;
    return len == 2;
}

static int read_head(struct gw_http_response_parser *parser, struct gw_slice *in,
                     struct gw_http_response_event *event)
{
    int got = 0;

    while (in->len > 0 && got == 0) {
        size_t room = parser->limits->head_bytes - parser->text.len;
        size_t len = in->len < room ? in->len : room;
        const uint8_t *end = memchr(in->ptr, '\n', len);

        if (len == 0)
            return fail(parser, GW_E_LIMIT, "the head is too long");
        got = keep(parser, in, end ? (size_t)(end - in->ptr) + 1 : len);
        if (got == 0 && end)
            got = check_line(parser);
        else if (got == 0 && parser->text.len - parser->line_at >= parser->limits->line_bytes)
            got = fail(parser, GW_E_LIMIT, "a line of the head is too long");
    }
    return got == 1 ? finish_head(parser, event) : got;
}

/* ---- body ---- */

static int fail_body_limit(struct gw_http_response_parser *parser)
{
    return fail(parser, GW_E_LIMIT, "the body is too long");
}

static int deliver(struct gw_http_response_parser *parser, struct gw_slice body,
                   struct gw_http_response_event *event)
{
    parser->body_bytes += body.len;
    event->type = GW_HTTP_BODY;
    event->body = body;
    return 1;
}

static int read_body_length(struct gw_http_response_parser *parser, struct gw_slice *in,
                            struct gw_http_response_event *event)
{
    struct gw_slice body = *in;

    if (parser->head.content_length > parser->limits->body_bytes)
        return fail_body_limit(parser);
    if (parser->body_left == 0) {
        parser->state = STATE_END;
        return AGAIN;
    }
    if (in->len == 0)
        return 0;
    if (body.len > parser->body_left)
        body.len = (size_t)parser->body_left;
    parser->body_left -= body.len;
    advance(in, body.len);
    return deliver(parser, body, event);
}

static bool is_over_limit(const struct gw_http_response_parser *parser, size_t len)
{
    uint64_t room = parser->limits->body_bytes - parser->body_bytes;

    return len > room || gw_http_chunked_announced(&parser->chunked) > room - len;
}

static int read_body_chunked(struct gw_http_response_parser *parser, struct gw_slice *in,
                             struct gw_http_response_event *event)
{
    struct gw_slice body = {0};
    int got = gw_http_chunked_next(&parser->chunked, in, &body);

    if (got < 0)
        return fail_proto(parser, parser->chunked.why);
    if (is_over_limit(parser, body.len))
        return fail_body_limit(parser);
    if (got > 0)
        return deliver(parser, body, event);
    if (!gw_http_chunked_is_done(&parser->chunked))
        return 0;
    parser->state = STATE_END;
    return AGAIN;
}

static int read_body_to_end(struct gw_http_response_parser *parser, struct gw_slice *in,
                            struct gw_http_response_event *event)
{
    uint64_t room = parser->limits->body_bytes - parser->body_bytes;
    struct gw_slice body = *in;

    if (in->len == 0)
        return 0;
    if (room == 0)
        return fail_body_limit(parser);
    if (body.len > room)
        body.len = (size_t)room;
    advance(in, body.len);
    return deliver(parser, body, event);
}

static int tell_end(struct gw_http_response_parser *parser, struct gw_http_response_event *event)
{
    event->type = GW_HTTP_END;
    parser->state = STATE_DONE;
    return 1;
}

static int step(struct gw_http_response_parser *parser, struct gw_slice *in,
                struct gw_http_response_event *event)
{
    switch (parser->state) {
    case STATE_HEAD:
        return read_head(parser, in, event);
    case STATE_BODY_LENGTH:
        return read_body_length(parser, in, event);
    case STATE_BODY_CHUNKED:
        return read_body_chunked(parser, in, event);
    case STATE_BODY_TO_END:
        return read_body_to_end(parser, in, event);
    case STATE_END:
        return tell_end(parser, event);
    case STATE_DONE:
        return 0;
    case STATE_FAILED:
        break;
    }
    return parser->err;
}

/* ---- public ---- */

struct gw_slice gw_http_response_head_field(const struct gw_http_response_head *head,
                                            struct gw_slice name)
{
    for (size_t i = 0; i < head->field_count; i++)
        if (gw_http_text_equals(head->fields[i].name, name))
            return head->fields[i].value;
    return (struct gw_slice){0};
}

size_t gw_http_response_head_count(const struct gw_http_response_head *head, struct gw_slice name)
{
    size_t count = 0;

    for (size_t i = 0; i < head->field_count; i++)
        count += gw_http_text_equals(head->fields[i].name, name);
    return count;
}

bool gw_http_response_head_has_token(const struct gw_http_response_head *head, struct gw_slice name,
                                     struct gw_slice token)
{
    for (size_t i = 0; i < head->field_count; i++)
        if (gw_http_text_equals(head->fields[i].name, name) &&
            gw_http_field_has_token(head->fields[i].value, token))
            return true;
    return false;
}

struct gw_http_response_parser *gw_http_response_parser_create(const struct gw_http_limits *limits)
{
    struct gw_http_response_parser *parser = gw_mem_zalloc(sizeof(*parser));

    if (!parser)
        return NULL;
    parser->limits = limits;
    parser->method = GW_HTTP_METHOD_GET;
    gw_buf_init(&parser->text, limits->head_bytes);
    return parser;
}

void gw_http_response_parser_destroy(struct gw_http_response_parser *parser)
{
    if (!parser)
        return;
    gw_buf_dispose(&parser->text);
    gw_mem_free(parser->fields);
    gw_mem_free(parser);
}

void gw_http_response_parser_reset(struct gw_http_response_parser *parser,
                                   enum gw_http_method method)
{
    forget_head(parser);
    parser->state = STATE_HEAD;
    parser->method = method;
    parser->err = 0;
    parser->why = NULL;
    parser->interim_count = 0;
    parser->body_bytes = parser->body_left = 0;
}

int gw_http_response_parser_next(struct gw_http_response_parser *parser, struct gw_slice *in,
                                 struct gw_http_response_event *event)
{
    int got;

    *event = (struct gw_http_response_event){.head = &parser->head};
    do {
        got = step(parser, in, event);
    } while (got == AGAIN);
    return got;
}

int gw_http_response_parser_end(struct gw_http_response_parser *parser,
                                struct gw_http_response_event *event)
{
    *event = (struct gw_http_response_event){.head = &parser->head};
    if (parser->state == STATE_BODY_TO_END || parser->state == STATE_END)
        return tell_end(parser, event);
    if (parser->state == STATE_DONE)
        return 0;
    if (parser->state != STATE_FAILED)
        fail_proto(parser, parser->text.len == 0 ? "the connection ended before an answer"
                                                 : "the answer broke off");
    return parser->err;
}

const char *gw_http_response_parser_why(const struct gw_http_response_parser *parser)
{
    return parser->why;
}
