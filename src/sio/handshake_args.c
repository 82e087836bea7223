/* SPDX-License-Identifier: MIT */
#include "sio/handshake_args.h"

#include "base/mem.h"
#include "codec/url.h"
#include "sio/builder.h"
#include "sio/handshake.h"
#include "sio/link.h"
#include "sio/socket.h"

/* ---- the query ---- */

/* Decoded into place, and good until the next one. */
static struct gw_slice decode(uint8_t *place, struct gw_slice raw)
{
    return (struct gw_slice){place, raw.len > 0 ? gw_url_decode(place, raw, true) : 0};
}

/* One that came twice is written twice: the reader takes the last, and so does the genuine
 * server. */
void gw_sio_args_query(gw_args *args, struct gw_slice query)
{
    uint8_t *place = gw_mem_alloc(query.len + 1);
    struct gw_slice name, value;

    if (!place)
        gw_sio_builder_fail(args, GW_E_NOMEM);
    gw_args_begin_object(args);
    while (place && gw_url_query_next(&query, &name, &value)) {
        gw_args_key_slice(args, decode(place, name));
        gw_args_string_slice(args, decode(place, value));
    }
    gw_args_end_object(args);
    gw_mem_free(place);
}

/* ---- the headers ---- */

/* Of these the first counts; a second one says nothing (Node.js, http.IncomingMessage.headers). */
static bool is_single(struct gw_slice name)
{
    static const char *const names[] = {
        "age",
        "authorization",
        "content-length",
        "content-type",
        "etag",
        "expires",
        "from",
        "host",
        "last-modified",
        "if-modified-since",
        "location",
        "if-unmodified-since",
        "max-forwards",
        "proxy-authorization",
        "referer",
        "retry-after",
        "server",
        "user-agent",
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (gw_slice_equal(name, gw_slice_of(names[i])))
            return true;
    }
    return false;
}

/* Whether one of that name stands in front of the field that ends at `end`. */
static bool came_before(const struct gw_sio_handshake *kept, size_t end, struct gw_slice name)
{
    struct gw_header field;
    size_t cursor = 0;

    while (gw_sio_handshake_next(kept, &cursor, &field) && cursor < end) {
        if (gw_slice_equal(field.name, name))
            return true;
    }
    return false;
}

/* first, and what those of its name behind cursor add to it. */
static void add_values(gw_args *args, const struct gw_sio_handshake *kept, size_t cursor,
                       const struct gw_header *first)
{
    bool is_cookie = gw_slice_equal(first->name, GW_LIT("cookie"));
    struct gw_header field;

    gw_sio_builder_append_quoted(args, first->value, false);
    while (!is_single(first->name) && gw_sio_handshake_next(kept, &cursor, &field)) {
        if (!gw_slice_equal(field.name, first->name))
            continue;
        gw_sio_builder_append(args, is_cookie ? GW_LIT("; ") : GW_LIT(", "));
        gw_sio_builder_append_quoted(args, field.value, false);
    }
}

void gw_sio_args_headers(gw_args *args, const gw_socket *socket)
{
    const struct gw_sio_handshake *kept = gw_sio_link_handshake(socket->link);
    struct gw_header field;
    size_t cursor = 0;

    gw_args_begin_object(args);
    while (gw_sio_handshake_next(kept, &cursor, &field)) {
        if (came_before(kept, cursor, field.name))
            continue;
        gw_args_key_slice(args, field.name);
        if (!gw_sio_builder_begin_value(args))
            break;
        gw_sio_builder_append(args, GW_LIT("\""));
        add_values(args, kept, cursor, &field);
        gw_sio_builder_append(args, GW_LIT("\""));
    }
    gw_args_end_object(args);
}

/* ---- all of it ---- */

static void add_text(gw_args *args, const char *key, struct gw_slice text)
{
    gw_args_key(args, key);
    gw_args_string_slice(args, text);
}

/* The keys in the genuine order. */
void gw_args_handshake(gw_args *args, const gw_socket *socket)
{
    struct gw_handshake handshake = gw_socket_handshake(socket);
    char time[GW_HANDSHAKE_TIME_BYTES];

    gw_handshake_time(&handshake, time);
    gw_args_begin_object(args);
    gw_args_key(args, "headers");
    gw_sio_args_headers(args, socket);
    add_text(args, "time", gw_slice_of(time));
    add_text(args, "address", handshake.address);
    gw_args_key(args, "xdomain");
    gw_args_bool(args, handshake.is_xdomain);
    gw_args_key(args, "secure");
    gw_args_bool(args, handshake.is_secure);
    gw_args_key(args, "issued");
    gw_args_uint(args, handshake.issued_ms);
    add_text(args, "url", handshake.url);
    gw_args_key(args, "query");
    gw_sio_args_query(args, handshake.query);
    gw_args_key(args, "auth");
    gw_args_json_slice(args, handshake.auth);
    gw_args_end_object(args);
}
