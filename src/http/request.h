/* SPDX-License-Identifier: MIT */
/* The head of a request as a value, and the rules that make it one (RFC 9110,
 * RFC 9112 sections 3, 5, 6). */
#ifndef GW_HTTP_REQUEST_H
#define GW_HTTP_REQUEST_H

#include "http/field.h"

#include <godwit/base.h>

enum gw_http_method {
    GW_HTTP_METHOD_OTHER,
    GW_HTTP_METHOD_GET,
    GW_HTTP_METHOD_HEAD,
    GW_HTTP_METHOD_POST,
    GW_HTTP_METHOD_PUT,
    GW_HTTP_METHOD_PATCH,
    GW_HTTP_METHOD_DELETE,
    GW_HTTP_METHOD_OPTIONS,
    GW_HTTP_METHOD_CONNECT,
};

/* Borrowed from the parser: everything here is good until the event END has been dealt with. When a
 * request comes in several reads the slices move between calls of the parser, so take them from
 * here again, do not keep them. */
struct gw_http_request {
    enum gw_http_method verb;
    struct gw_slice method; /* as sent */
    struct gw_slice target; /* as sent: "/chat?x=1", "http://host/chat", "*", "host:443" */
    struct gw_slice path;   /* raw, begins with "/"; "*" for OPTIONS *; absent for CONNECT */
    struct gw_slice query;  /* raw, without "?"; absent when there is none; a fragment is cut off */
    /* Of the target when that is absolute (RFC 9112 3.2.2), else of Host; may be empty. */
    struct gw_slice host;
    uint8_t version_major, version_minor; /* 1.0 or 1.1 */
    const struct gw_http_field *fields;   /* in order of arrival */
    size_t field_count;
    bool is_keep_alive;    /* the client would go on using the connection */
    bool is_upgrade;       /* Connection: upgrade and an Upgrade field */
    bool expects_continue; /* "100 Continue" is awaited before the body, and the caller's to send */
    bool has_body;         /* BODY events may follow */
    bool is_chunked;
    bool has_content_length;
    uint64_t content_length; /* 0 unless has_content_length */
};

/* The value of the first field of this name, any case; ptr == NULL when absent. */
struct gw_slice gw_http_request_field(const struct gw_http_request *request, struct gw_slice name);
/* Whether any field of this name has the token in its comma list; both in any case. */
bool gw_http_request_has_token(const struct gw_http_request *request, struct gw_slice name,
                               struct gw_slice token);

/* What was refused: the status to answer with, and a literal that names the rule broken. */
struct gw_http_refusal {
    int status;      /* 0: nothing was refused */
    const char *why; /* else NULL */
};

/* Fills all members but verb, method, target, version, fields and content_length from these, and
 * checks what a lenient server would let pass to an attacker: framing that two readers
 * understand differently, Host, the form of the target, Expect. false with *refusal filled: 400,
 * 417 or 501. For the parser. */
bool gw_http_request_resolve(struct gw_http_request *request, struct gw_http_refusal *refusal);

#endif
