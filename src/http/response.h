/* SPDX-License-Identifier: MIT */
/* Writes the head of a response (RFC 9112 section 4) into a buffer.
 *
 *     struct gw_http_response r;
 *     gw_http_response_begin(&r, out, 200, GW_HTTP_KEEP_ALIVE_IMPLIED);
 *     gw_http_response_field(&r, GW_LIT("Content-Type"), GW_LIT("text/plain"));
 *     err = gw_http_response_end(&r, body.len);
 *
 * The first failure is remembered and told at the end, when the buffer is as
 * it was before the beginning. */
#ifndef GW_HTTP_RESPONSE_H
#define GW_HTTP_RESPONSE_H

#include "http/request.h"

#include <godwit/base.h>

enum gw_http_connection {
    GW_HTTP_KEEP_ALIVE_IMPLIED, /* HTTP/1.1: nothing is written */
    GW_HTTP_KEEP_ALIVE_SAID,    /* HTTP/1.0 wants to be told */
    GW_HTTP_CLOSE,
    GW_HTTP_CONNECTION_OTHER, /* the caller writes the field: 101 has "Connection: Upgrade" */
};

/* In place of a content length. */
#define GW_HTTP_LENGTH_NONE    UINT64_MAX       /* no body, or it ends with the connection */
#define GW_HTTP_LENGTH_CHUNKED (UINT64_MAX - 1) /* writes Transfer-Encoding: chunked */

struct gw_http_response {
    struct gw_buf *out;
    size_t start;
    int status;
    int err; /* the first one; 0 so far so good */
};

/* What to say about the connection in the answer to this request. */
enum gw_http_connection gw_http_connection_for(const struct gw_http_request *request);

/* status is 100..999. */
void gw_http_response_begin(struct gw_http_response *response, struct gw_buf *out, int status,
                            enum gw_http_connection connection);
/* Failures: GW_E_ARG (name is no token, value has a control character), GW_E_LIMIT, GW_E_NOMEM. */
void gw_http_response_field(struct gw_http_response *response, struct gw_slice name,
                            struct gw_slice value);
void gw_http_response_field_u64(struct gw_http_response *response, struct gw_slice name,
                                uint64_t value);
/* Whole lines "name: value\r\n" made by gw_http_field_append() before, unchecked. */
void gw_http_response_lines(struct gw_http_response *response, struct gw_slice lines);
/* Takes over the result of another writer into the same buffer: gw_http_response_check(&r,
 * gw_http_cors_append(...)). */
void gw_http_response_check(struct gw_http_response *response, int err);
/* The length of the body and the empty line. A status without content never gets a length
 * (RFC 9110 8.6); an answer to HEAD gets that of GET. 0 or the first failure. */
int gw_http_response_end(struct gw_http_response *response, uint64_t content_length);

/* "Not Found"; "Unknown" for numbers without a name. A static literal. */
struct gw_slice gw_http_status_text(int status);
/* Not 1xx, 204 and 304: what stands behind their heads is the next answer (RFC 9112 6.3). */
bool gw_http_status_has_content(int status);

#endif
