/* SPDX-License-Identifier: MIT */
#include "sio/handshake_args.h"

#include "base/map.h"
#include "base/mem.h"
#include "codec/url.h"
#include "sio/builder.h"
#include "sio/handshake.h"
#include "sio/io.h"
#include "sio/link.h"
#include "sio/namespace.h"
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

/* Clients may send thousands of them, so those of one name are found by a map. */
struct entry {
    struct gw_map_node by_name; /* the first of its name */
    struct gw_header field;
    struct entry *next; /* of the same name */
    struct entry *last; /* of the first one: the end of its chain; of the others NULL */
};

static bool has_name(const struct gw_map_node *node, const void *key)
{
    const struct gw_slice *name = key;

    return gw_slice_equal(container_of(node, const struct entry, by_name)->field.name, *name);
}

/* 0 or GW_E_NOMEM. */
static int sort_in(struct gw_map *by_name, struct entry *entry)
{
    uint64_t hash = gw_map_hash(by_name, entry->field.name);
    struct gw_map_node *node = gw_map_find(by_name, hash, has_name, &entry->field.name);
    struct entry *first = node ? container_of(node, struct entry, by_name) : NULL;

    if (!first) {
        entry->last = entry;
        return gw_map_insert(by_name, &entry->by_name, hash);
    }
    first->last->next = entry;
    first->last = entry;
    return 0;
}

static size_t count_fields(const struct gw_sio_handshake *kept)
{
    struct gw_header field;
    size_t count = 0;

    for (size_t cursor = 0; gw_sio_handshake_next(kept, &cursor, &field);)
        count++;
    return count;
}

/* All of them in their order, count of them, to be freed. NULL when memory has run out. */
static struct entry *collect(const gw_socket *socket, size_t *count)
{
    const struct gw_sio_handshake *kept = gw_sio_link_handshake(socket->link);
    struct entry *entries = gw_mem_zalloc(count_fields(kept) * sizeof(*entries));
    struct gw_map by_name;
    int err = entries ? 0 : GW_E_NOMEM;

    gw_map_init(&by_name, socket->nsp->io->env.seed);
    *count = 0;
    for (size_t cursor = 0;
         err == 0 && gw_sio_handshake_next(kept, &cursor, &entries[*count].field); ++*count)
        err = sort_in(&by_name, &entries[*count]);
    gw_map_dispose(&by_name);
    if (err == 0)
        return entries;
    gw_mem_free(entries);
    return NULL;
}

/* What the first of a name says, and what the others add to it. */
static void add_values(gw_args *args, const struct entry *first)
{
    bool is_cookie = gw_slice_equal(first->field.name, GW_LIT("cookie"));
    const struct entry *more = is_single(first->field.name) ? NULL : first->next;

    gw_sio_builder_append(args, GW_LIT("\""));
    gw_sio_builder_append_quoted(args, first->field.value, false);
    for (; more; more = more->next) {
        gw_sio_builder_append(args, is_cookie ? GW_LIT("; ") : GW_LIT(", "));
        gw_sio_builder_append_quoted(args, more->field.value, false);
    }
    gw_sio_builder_append(args, GW_LIT("\""));
}

void gw_sio_args_headers(gw_args *args, const gw_socket *socket)
{
    size_t count;
    struct entry *entries = collect(socket, &count);

    if (!entries)
        gw_sio_builder_fail(args, GW_E_NOMEM);
    gw_args_begin_object(args);
    for (size_t i = 0; entries && i < count; i++) {
        if (!entries[i].last)
            continue;
        gw_args_key_slice(args, entries[i].field.name);
        if (gw_sio_builder_begin_value(args))
            add_values(args, &entries[i]);
    }
    gw_args_end_object(args);
    gw_mem_free(entries);
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
