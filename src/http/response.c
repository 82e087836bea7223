/* SPDX-License-Identifier: MIT */
#include "http/response.h"

#include "codec/number.h"

#include <assert.h>

static const struct {
    int status;
    struct gw_slice text;
} statuses[] = {
#define STATUS(number, name)                                                                       \
    {                                                                                              \
        number,                                                                                    \
        {                                                                                          \
            (const uint8_t *)name, sizeof(name) - 1                                                \
        }                                                                                          \
    }
    STATUS(100, "Continue"),
    STATUS(101, "Switching Protocols"),
    STATUS(200, "OK"),
    STATUS(201, "Created"),
    STATUS(202, "Accepted"),
    STATUS(204, "No Content"),
    STATUS(206, "Partial Content"),
    STATUS(301, "Moved Permanently"),
    STATUS(302, "Found"),
    STATUS(303, "See Other"),
    STATUS(304, "Not Modified"),
    STATUS(307, "Temporary Redirect"),
    STATUS(308, "Permanent Redirect"),
    STATUS(400, "Bad Request"),
    STATUS(401, "Unauthorized"),
    STATUS(403, "Forbidden"),
    STATUS(404, "Not Found"),
    STATUS(405, "Method Not Allowed"),
    STATUS(406, "Not Acceptable"),
    STATUS(408, "Request Timeout"),
    STATUS(409, "Conflict"),
    STATUS(410, "Gone"),
    STATUS(411, "Length Required"),
    STATUS(412, "Precondition Failed"),
    STATUS(413, "Content Too Large"),
    STATUS(414, "URI Too Long"),
    STATUS(415, "Unsupported Media Type"),
    STATUS(416, "Range Not Satisfiable"),
    STATUS(417, "Expectation Failed"),
    STATUS(421, "Misdirected Request"),
    STATUS(422, "Unprocessable Content"),
    STATUS(426, "Upgrade Required"),
    STATUS(428, "Precondition Required"),
    STATUS(429, "Too Many Requests"),
    STATUS(431, "Request Header Fields Too Large"),
    STATUS(500, "Internal Server Error"),
    STATUS(501, "Not Implemented"),
    STATUS(502, "Bad Gateway"),
    STATUS(503, "Service Unavailable"),
    STATUS(504, "Gateway Timeout"),
    STATUS(505, "HTTP Version Not Supported"),
#undef STATUS
};

struct gw_slice gw_http_status_text(int status)
{
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        if (statuses[i].status == status)
            return statuses[i].text;
    }
    return GW_LIT("Unknown");
}

enum gw_http_connection gw_http_connection_for(const struct gw_http_request *request)
{
    if (!request->is_keep_alive)
        return GW_HTTP_CLOSE;
    return request->version_minor > 0 ? GW_HTTP_KEEP_ALIVE_IMPLIED : GW_HTTP_KEEP_ALIVE_SAID;
}

static void append(struct gw_http_response *response, struct gw_slice bytes)
{
    if (!response->err)
        response->err = gw_buf_append(response->out, bytes);
}

static void append_connection(struct gw_http_response *response, enum gw_http_connection connection)
{
    if (connection == GW_HTTP_CLOSE)
        append(response, GW_LIT("Connection: close\r\n"));
    else if (connection == GW_HTTP_KEEP_ALIVE_SAID)
        append(response, GW_LIT("Connection: keep-alive\r\n"));
}

void gw_http_response_begin(struct gw_http_response *response, struct gw_buf *out, int status,
                            enum gw_http_connection connection)
{
    uint8_t digits[3] = {
        (uint8_t)('0' + status / 100),
        (uint8_t)('0' + status / 10 % 10),
        (uint8_t)('0' + status % 10),
    };

    assert(status >= 100 && status <= 999);
    *response = (struct gw_http_response){.out = out, .start = out->len, .status = status};
    append(response, GW_LIT("HTTP/1.1 "));
    append(response, (struct gw_slice){digits, sizeof(digits)});
    append(response, GW_LIT(" "));
    append(response, gw_http_status_text(status));
    append(response, GW_LIT("\r\n"));
    append_connection(response, connection);
}

void gw_http_response_field(struct gw_http_response *response, struct gw_slice name,
                            struct gw_slice value)
{
    if (!response->err)
        response->err = gw_http_field_append(response->out, name, value);
}

void gw_http_response_field_u64(struct gw_http_response *response, struct gw_slice name,
                                uint64_t value)
{
    uint8_t digits[20];

    gw_http_response_field(response, name, (struct gw_slice){digits, gw_u64_format(digits, value)});
}

void gw_http_response_lines(struct gw_http_response *response, struct gw_slice lines)
{
    append(response, lines);
}

void gw_http_response_check(struct gw_http_response *response, int err)
{
    if (!response->err)
        response->err = err;
}

bool gw_http_status_has_content(int status)
{
    return status >= 200 && status != 204 && status != 304;
}

int gw_http_response_end(struct gw_http_response *response, uint64_t content_length)
{
    if (gw_http_status_has_content(response->status)) {
        if (content_length == GW_HTTP_LENGTH_CHUNKED)
            append(response, GW_LIT("Transfer-Encoding: chunked\r\n"));
        else if (content_length != GW_HTTP_LENGTH_NONE)
            gw_http_response_field_u64(response, GW_LIT("Content-Length"), content_length);
    }
    append(response, GW_LIT("\r\n"));
    if (response->err)
        response->out->len = response->start;
    return response->err;
}
