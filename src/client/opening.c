/* SPDX-License-Identifier: MIT */
#include "client/opening.h"

#include "base/mem.h"
#include "net/random.h"

#include <stdarg.h>
#include <stdio.h>

enum {
    DEFAULT_TIMEOUT_MS = 10000,
    LINES_MAX = 64 * 1024,       /* all headers of the application */
    SUBPROTOCOLS_MAX = 8 * 1024, /* their list */
    SHOWN_MAX = 200,             /* of a value in an error */
};

__attribute__((format(printf, 3, 4))) static int fail(char why[static GW_DIAL_WHY_MAX], int err,
                                                      const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(why, GW_DIAL_WHY_MAX, format, args);
    va_end(args);
    return err;
}

static int shown_len(struct gw_slice text)
{
    return (int)(text.len < SHOWN_MAX ? text.len : SHOWN_MAX);
}

/* ---- life ---- */

struct gw_ws_opening *gw_ws_opening_create(void)
{
    struct gw_ws_opening *opening = gw_mem_zalloc(sizeof(*opening));

    if (!opening)
        return NULL;
    opening->limits = GW_HTTP_LIMITS_DEFAULT;
    gw_buf_init(&opening->lines, LINES_MAX);
    gw_buf_init(&opening->subprotocols, SUBPROTOCOLS_MAX);
    opening->parser = gw_http_response_parser_create(&opening->limits);
    if (opening->parser)
        return opening;
    gw_ws_opening_destroy(opening);
    return NULL;
}

void gw_ws_opening_destroy(struct gw_ws_opening *opening)
{
    if (!opening)
        return;
    gw_uri_dispose(&opening->uri);
    gw_uri_dispose(&opening->proxy);
    gw_http_response_parser_destroy(opening->parser);
    gw_buf_dispose(&opening->lines);
    gw_buf_dispose(&opening->subprotocols);
    gw_mem_free(opening->origin);
    gw_mem_free(opening->unix_path);
    gw_mem_free(opening->dns_servers);
    if (opening->owns_tls)
        gw_tls_client_context_destroy(opening->tls);
    gw_mem_free(opening);
}

/* ---- arguments ---- */

static int copy_text(char **out, const char *text)
{
    size_t size = text ? strlen(text) + 1 : 0;

    if (!text)
        return 0;
    *out = gw_mem_alloc(size);
    if (!*out)
        return GW_E_NOMEM;
    memcpy(*out, text, size);
    return 0;
}

static int fill_url(struct gw_ws_opening *opening, const char *url, char *why)
{
    int err = gw_uri_parse(&opening->uri, gw_slice_of(url ? url : ""));

    if (err == GW_E_ARG)
        return fail(why, err, "bad URL: %s", opening->uri.why);
    if (!err)
        gw_uri_to_websocket(&opening->uri);
    return err;
}

static int fill_proxy(struct gw_ws_opening *opening, const char *proxy, char *why)
{
    int err;

    if (!proxy)
        return 0;
    err = gw_uri_parse(&opening->proxy, gw_slice_of(proxy));
    if (err == GW_E_ARG)
        return fail(why, err, "bad proxy URL: %s", opening->proxy.why);
    if (!err && (opening->proxy.scheme != GW_URI_HTTP || opening->proxy.target.len > 1))
        return fail(why, GW_E_ARG, "bad proxy URL: it is written http://host:port");
    return err;
}

static int fill_headers(struct gw_ws_opening *opening, const char *const *headers, char *why)
{
    const char *cause = NULL;
    int err = 0;

    for (; headers && *headers && !err; headers++) {
        err = gw_ws_client_field_append(&opening->lines, gw_slice_of(*headers), &cause);
        if (err == GW_E_ARG)
            return fail(why, err, "bad header \"%.*s\": %s", shown_len(gw_slice_of(*headers)),
                        *headers, cause);
        if (err == GW_E_LIMIT)
            return fail(why, GW_E_ARG, "the headers are too long");
    }
    return err;
}

static bool has_authorization(struct gw_slice lines)
{
    struct gw_slice name = GW_LIT("Authorization:");

    while (lines.len >= name.len) {
        const uint8_t *end = memchr(lines.ptr, '\n', lines.len);

        if (gw_http_text_equals((struct gw_slice){lines.ptr, name.len}, name))
            return true;
        lines.len -= (size_t)(end + 1 - lines.ptr);
        lines.ptr = end + 1;
    }
    return false;
}

/* User and password of the URL become a header like the application's own, and
 * share their fate at redirects. */
static int add_credentials(struct gw_ws_opening *opening)
{
    const struct gw_uri *uri = &opening->uri;

    if (!uri->user.ptr || has_authorization(gw_buf_slice(&opening->lines)))
        return 0;
    return gw_ws_client_basic_append(&opening->lines, GW_LIT("Authorization"), uri->user,
                                     uri->password);
}

static int fill_subprotocols(struct gw_ws_opening *opening, const char *const *names, char *why)
{
    const char *cause = NULL;
    int err = 0;

    for (; names && *names && !err; names++) {
        err = gw_ws_client_subprotocol_append(&opening->subprotocols, gw_slice_of(*names), &cause);
        if (err == GW_E_ARG)
            return fail(why, err, "bad subprotocol \"%.*s\": %s", shown_len(gw_slice_of(*names)),
                        *names, cause);
        if (err == GW_E_LIMIT)
            return fail(why, GW_E_ARG, "the subprotocols are too long");
    }
    return err;
}

static int fill_texts(struct gw_ws_opening *opening, const struct gw_ws_client_options *options,
                      char *why)
{
    struct gw_address address;
    int err = copy_text(&opening->origin, options->origin);

    if (!err)
        err = copy_text(&opening->unix_path, options->unix_path);
    if (!err)
        err = copy_text(&opening->dns_servers, options->dns_servers);
    if (err)
        return err;
    if (opening->origin && !gw_http_is_field_value(gw_slice_of(opening->origin)))
        return fail(why, GW_E_ARG, "bad origin: it has a control character");
    if (opening->unix_path && gw_address_of_path(&address, opening->unix_path) < 0)
        return fail(why, GW_E_ARG, "bad Unix-domain path: it is empty or longer than 107 bytes");
    return 0;
}

static int fill_tls(struct gw_ws_opening *opening, const struct gw_ws_client_options *options,
                    char *why)
{
    char cause[GW_TLS_WHY_MAX];

    opening->tls = options->tls;
    if (opening->tls || (!gw_uri_is_secure(&opening->uri) && opening->redirects_left == 0))
        return 0;
    opening->tls = gw_client_tls_create(options->tls_options, cause, sizeof(cause));
    opening->owns_tls = opening->tls != NULL;
    return opening->tls ? 0 : fail(why, GW_E_ARG, "%s", cause);
}

static uint64_t or_default(uint64_t value, uint64_t if_zero)
{
    return value ? value : if_zero;
}

int gw_ws_opening_fill(struct gw_ws_opening *opening, const char *url,
                       const struct gw_ws_client_options *options, char why[static GW_DIAL_WHY_MAX])
{
    int err = fill_url(opening, url, why);

    opening->connect_timeout_ms = or_default(options->connect_timeout_ms, DEFAULT_TIMEOUT_MS);
    opening->handshake_timeout_ms = or_default(options->handshake_timeout_ms, DEFAULT_TIMEOUT_MS);
    opening->redirects_left = options->max_redirects;
    if (!err)
        err = fill_proxy(opening, options->proxy, why);
    if (!err)
        err = fill_headers(opening, options->headers, why);
    if (!err && (err = add_credentials(opening)) == GW_E_LIMIT)
        err = fail(why, GW_E_ARG, "the headers are too long");
    if (!err)
        err = fill_subprotocols(opening, options->subprotocols, why);
    if (!err)
        err = fill_texts(opening, options, why);
    if (!err)
        err = fill_tls(opening, options, why);
    return err == GW_E_NOMEM ? fail(why, err, "out of memory") : err;
}

void gw_ws_opening_target(const struct gw_ws_opening *opening, struct gw_dial_target *target)
{
    *target = (struct gw_dial_target){
        .host = (const char *)opening->uri.host.ptr,
        .port = opening->uri.port,
        .path = opening->unix_path,
        .proxy = opening->proxy.host.ptr ? &opening->proxy : NULL,
        .dns_servers = opening->dns_servers,
        .tls = gw_uri_is_secure(&opening->uri) ? opening->tls : NULL,
        .connect_timeout_ms = opening->connect_timeout_ms,
        .handshake_timeout_ms = opening->handshake_timeout_ms,
    };
}

/* ---- the request ---- */

int gw_ws_opening_ask(struct gw_ws_opening *opening, const struct gw_ws_deflate *deflate,
                      struct gw_buf *out)
{
    uint8_t nonce[GW_WS_NONCE_LEN], offer[GW_WS_DEFLATE_TEXT_MAX];
    int err;

    opening->request = (struct gw_ws_client_request){
        .target = opening->uri.target,
        .authority = opening->uri.authority,
        .origin = gw_slice_of(opening->origin),
        .subprotocols = gw_buf_slice(&opening->subprotocols),
        .lines = gw_buf_slice(&opening->lines),
    };
    if (deflate)
        opening->request.extensions =
            (struct gw_slice){offer, gw_ws_deflate_encode_offer(offer, deflate)};
    gw_random_fill(nonce, sizeof(nonce));
    gw_ws_key_encode(opening->request.key, nonce);
    gw_http_response_parser_reset(opening->parser, GW_HTTP_METHOD_GET);
    err = gw_ws_client_request_encode(&opening->request, out);
    opening->request.extensions = (struct gw_slice){0};
    return err;
}

/* ---- redirects ---- */

bool gw_ws_opening_is_redirect(const struct gw_http_response_head *head)
{
    switch (head->status) {
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
        return true;
    default:
        return false;
    }
}

/* What is meant for one origin is not told to another. */
static int forget_secrets(struct gw_ws_opening *opening)
{
    struct gw_buf lines;
    int err;

    gw_buf_init(&lines, LINES_MAX);
    err = gw_ws_client_fields_copy_public(&lines, gw_buf_slice(&opening->lines));
    gw_buf_dispose(&opening->lines);
    opening->lines = lines;
    return err;
}

/* The new place is opening's from now on. */
static int move_take(struct gw_ws_opening *opening, struct gw_uri *to, char *why)
{
    int err = gw_uri_is_same_origin(&opening->uri, to) ? 0 : forget_secrets(opening);

    gw_uri_dispose(&opening->uri);
    opening->uri = *to;
    opening->redirects_left--;
    if (!err)
        err = add_credentials(opening);
    return err ? fail(why, err, "%s", gw_err_text(err)) : 0;
}

int gw_ws_opening_redirect(struct gw_ws_opening *opening, const struct gw_http_response_head *head,
                           char why[static GW_DIAL_WHY_MAX])
{
    struct gw_slice location = gw_http_response_head_field(head, GW_LIT("Location"));
    struct gw_uri to = {0};
    int err = 0;

    if (!location.ptr || location.len == 0)
        return fail(why, GW_E_PROTO, "the server answered %.*s without a Location",
                    shown_len(head->line), (const char *)head->line.ptr);
    if (opening->redirects_left == 0)
        return fail(why, GW_E_REFUSED,
                    "the server answered %.*s, to %.*s, and no (more) redirects are followed",
                    shown_len(head->line), (const char *)head->line.ptr, shown_len(location),
                    (const char *)location.ptr);
    err = gw_uri_resolve(&to, &opening->uri, location);
    if (!err)
        gw_uri_to_websocket(&to);
    if (err == GW_E_ARG)
        fail(why, err = GW_E_PROTO, "redirect to %.*s: %s", shown_len(location),
             (const char *)location.ptr, to.why);
    else if (!err && gw_uri_is_secure(&opening->uri) && !gw_uri_is_secure(&to))
        fail(why, err = GW_E_REFUSED, "redirect from wss to ws is not followed: %.*s",
             shown_len(location), (const char *)location.ptr);
    else if (err == GW_E_NOMEM)
        fail(why, err, "out of memory");
    if (!err)
        return move_take(opening, &to, why);
    gw_uri_dispose(&to);
    return err;
}
