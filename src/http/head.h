/* SPDX-License-Identifier: MIT */
/* Reads the head of one request, however it is cut, with llhttp: request line, fields,
 * empty line (RFC 9112 2 to 5). */
#ifndef GW_HTTP_HEAD_H
#define GW_HTTP_HEAD_H

#include "base/buf.h"
#include "http/limits.h"
#include "http/request.h"

#include <godwit/base.h>
#include <llhttp.h>

/* Where a field lies in the head. */
struct gw_http_span {
    uint32_t name_at, name_len;
    uint32_t value_at, value_len;
};

struct gw_http_head {
    struct gw_http_request request; /* once the head is complete */
    int err;                        /* once it is refused, with the answer */
    struct gw_http_refusal refusal;
    /* private */
    const struct gw_http_limits *limits;
    llhttp_t llhttp;
    const char *piece;    /* what llhttp is looking at */
    size_t piece_at;      /* how much of the head lies before it */
    struct gw_buf kept;   /* the head so far, or all of it, once the input cannot be relied on */
    struct gw_slice text; /* all of it: in the input or in kept */
    uint32_t target_at, target_len;
    uint32_t version_len;
    uint32_t span_count, span_cap;
    struct gw_http_span *spans;
    struct gw_http_field *fields; /* span_cap of them */
    bool is_in_target, is_in_name, is_in_value;
};

/* limits is borrowed for the life of the head. */
void gw_http_head_init(struct gw_http_head *head, const struct gw_http_limits *limits);
/* Ready for the next head; what was copied is given back, the list of fields is kept. */
void gw_http_head_reset(struct gw_http_head *head);
void gw_http_head_dispose(struct gw_http_head *head);

/* Takes the head, or what there is of it, off *in. 1: head->request is complete; its slices lie
 * in the input when the head came whole, else in a copy. 0: all of *in was taken, more is
 * needed. GW_E_PROTO, GW_E_LIMIT, GW_E_NOMEM: head->err and head->refusal are set. Not to be
 * called again after 1 or an error. */
int gw_http_head_read(struct gw_http_head *head, struct gw_slice *in);
/* Copies a complete head out of the input, unless that was done. 0 or GW_E_NOMEM. */
int gw_http_head_hold(struct gw_http_head *head);

#endif
