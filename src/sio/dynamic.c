/* SPDX-License-Identifier: MIT */
#include "sio/dynamic.h"

#include "base/mem.h"
#include "codec/number.h"
#include "sio/io.h"
#include "sio/link.h"
#include "sio/namespace.h"

#include <assert.h>

/* ---- parents ---- */

static gw_namespace *create_parent(gw_io *io)
{
    uint8_t name[2 + GW_U64_DIGITS_MAX] = "/_";
    gw_namespace *nsp;

    nsp = gw_sio_namespace_create_parent(
        io, (struct gw_slice){name, 2 + gw_u64_format(name + 2, io->parent_count)});
    if (!nsp)
        return NULL;
    nsp->as_parent = gw_mem_zalloc(sizeof(*nsp->as_parent));
    if (!nsp->as_parent) {
        gw_sio_namespace_destroy(nsp);
        return NULL;
    }
    gw_list_init(&nsp->as_parent->children);
    io->parent_count++;
    return nsp;
}

void gw_sio_dynamic_free_parent(struct gw_sio_parent *parent)
{
    if (!parent)
        return;
    if (!parent->fn)
        regfree(&parent->regex);
    gw_mem_free(parent);
}

gw_namespace *gw_io_of_predicate(gw_io *io, gw_match_fn *fn, void *user)
{
    gw_namespace *nsp;

    assert(fn);
    nsp = create_parent(io);
    if (!nsp)
        return NULL;
    nsp->as_parent->fn = fn;
    nsp->as_parent->user = user;
    return nsp;
}

/* With a back-reference the time of a match may grow exponentially with what the client sends. */
static bool refers_back(const char *pattern)
{
    for (const char *at = pattern; *at; at++) {
        if (*at != '\\')
            continue;
        at++;
        if (*at >= '1' && *at <= '9')
            return true;
        if (!*at)
            return false;
    }
    return false;
}

gw_namespace *gw_io_of_pattern(gw_io *io, const char *pattern)
{
    gw_namespace *nsp;
    regex_t regex;

    if (refers_back(pattern) || regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
        return NULL;
    nsp = create_parent(io);
    if (!nsp) {
        regfree(&regex);
        return NULL;
    }
    nsp->as_parent->regex = regex;
    return nsp;
}

gw_namespace *gw_namespace_parent(const gw_namespace *nsp)
{
    return nsp->parent;
}

/* name has a NUL behind it. */
static bool has_pattern_for(const gw_namespace *parent, const char *name)
{
    return !parent->as_parent->fn && regexec(&parent->as_parent->regex, name, 0, NULL, 0) == 0;
}

int gw_sio_dynamic_parent_of(const gw_io *io, struct gw_slice name, gw_namespace **out)
{
    const struct gw_list *head = &io->parents;
    char *text;

    *out = NULL;
    if (gw_list_is_empty(head) || memchr(name.ptr, '\0', name.len))
        return 0;
    text = gw_mem_alloc(name.len + 1);
    if (!text)
        return GW_E_NOMEM;
    memcpy(text, name.ptr, name.len);
    text[name.len] = '\0';
    for (const struct gw_list *at = head->next; at != head && !*out; at = at->next) {
        gw_namespace *parent = container_of(at, gw_namespace, node);

        if (has_pattern_for(parent, text))
            *out = parent;
    }
    gw_mem_free(text);
    return 0;
}

/* ---- children ---- */

gw_namespace *gw_sio_dynamic_create_child(gw_namespace *parent, struct gw_slice name)
{
    gw_namespace *child = gw_sio_namespace_create(parent->io, name);

    if (!child)
        return NULL;
    if (gw_sio_handlers_copy(&child->handlers, &parent->handlers) < 0 ||
        gw_sio_events_copy(&child->server_events, &parent->server_events) < 0) {
        gw_sio_namespace_destroy(child);
        return NULL;
    }
    child->parent = parent;
    child->outgoing_count = parent->outgoing_count;
    child->target_flags = parent->target_flags;
    child->pressure_threshold_bytes = parent->pressure_threshold_bytes;
    gw_sio_namespace_watch_rooms(child);
    gw_list_push(&parent->as_parent->children, &child->in_parent);
    return child;
}

/* Clients must not fill the memory with names. */
static bool has_room_for_child(gw_io *io, const gw_namespace *parent)
{
    uint32_t max = io->options.max_child_namespaces;

    if (io->child_count < max)
        return true;
    gw_sio_limit_reached(io, &(struct gw_sio_limit_hit){GW_SIO_LIMIT_CHILD_NAMESPACES,
                                                        max + UINT64_C(1), max, parent, NULL});
    return false;
}

static bool is_name_too_long(gw_io *io, struct gw_slice name)
{
    uint32_t max = io->options.max_namespace_bytes;

    if (name.len <= max)
        return false;
    gw_sio_limit_reached(
        io, &(struct gw_sio_limit_hit){GW_SIO_LIMIT_NAMESPACE_BYTES, name.len, max, NULL, NULL});
    return true;
}

static gw_namespace *create_for_client(gw_io *io, gw_namespace *parent, struct gw_slice name)
{
    gw_namespace *child = gw_sio_dynamic_create_child(parent, name);

    if (!child)
        return NULL;
    child->is_by_client = true;
    io->child_count++;
    gw_sio_namespace_pin(child);
    gw_sio_namespace_announce(child);
    gw_sio_namespace_unpin(child); /* should its first socket not come, it goes with this turn */
    return child;
}

void gw_sio_dynamic_sweep(gw_io *io)
{
    struct gw_list *node;

    while ((node = gw_list_pop(&io->idle_namespaces)) != NULL) {
        gw_namespace *nsp = container_of(node, gw_namespace, idle);

        if (nsp->pins > 0 || !nsp->is_by_client)
            continue;
        gw_sio_namespace_destroy(nsp);
    }
}

/* ---- asking the parents ---- */

static struct gw_slice name_of(const gw_match *match)
{
    return (struct gw_slice){(const uint8_t *)match->bytes, match->name_len};
}

static struct gw_slice auth_of(const gw_match *match)
{
    const uint8_t *auth = (const uint8_t *)match->bytes + match->name_len + 1;

    return (struct gw_slice){match->has_auth ? auth : NULL, match->auth_len};
}

/* It counts as one of the link's namespaces while it waits. */
static gw_match *create_match(struct gw_sio_link *link, struct gw_slice name,
                              const struct gw_sio_auth *given)
{
    struct gw_slice auth = given->json;
    gw_match *match = gw_mem_alloc(sizeof(*match) + name.len + 1 + auth.len);

    if (!match)
        return NULL;
    *match = (gw_match){
        .link = link, .has_auth = auth.ptr != NULL, .name_len = name.len, .auth_len = auth.len};
    memcpy(match->bytes, name.ptr, name.len);
    match->bytes[name.len] = '\0';
    if (auth.len > 0)
        memcpy(match->bytes + name.len + 1, auth.ptr, auth.len);
    if (given->bytes)
        match->auth_bytes = gw_blob_ref(given->bytes);
    gw_list_init(&match->node);
    gw_list_push(&link->io->matches, &match->node);
    gw_sio_link_pin(link);
    link->socket_count++;
    return match;
}

static void free_match(gw_match *match)
{
    struct gw_sio_link *link = match->link;

    gw_list_remove(&match->node);
    gw_blob_unref(match->auth_bytes);
    gw_mem_free(match);
    link->socket_count--;
    gw_sio_link_unpin(link);
}

void gw_sio_dynamic_drop_matches(gw_io *io)
{
    while (!gw_list_is_empty(&io->matches))
        free_match(container_of(io->matches.next, gw_match, node));
}

static void refuse(gw_match *match, struct gw_slice data)
{
    gw_sio_link_refuse_connect(match->link, name_of(match), data);
    free_match(match);
}

/* Handlers run in here, and may do anything; so the match counts no more, but lives as long as its
 * name and auth are needed. */
static void accept(gw_match *match, gw_namespace *parent)
{
    struct gw_sio_link *link = match->link;
    gw_namespace *nsp = gw_sio_namespace_find(link->io, name_of(match)); /* made meanwhile */

    if (!nsp && !has_room_for_child(link->io, parent)) {
        refuse(match, GW_LIT("{\"message\":\"Too many namespaces\"}"));
        return;
    }
    if (!nsp)
        nsp = create_for_client(link->io, parent, name_of(match));
    link->socket_count--;
    if (nsp)
        gw_sio_link_connect(link, nsp, &(struct gw_sio_auth){auth_of(match), match->auth_bytes});
    else
        gw_sio_link_out_of_memory(link);
    link->socket_count++;
    free_match(match);
}

/* Goes on with the parent at match->at until one wants it or takes its time. A loop and not a call
 * from gw_match_refuse, as in next.c. */
static void ask(gw_match *match)
{
    const gw_io *io = match->link->io;
    const struct gw_list *at = match->at ? match->at->node.next : io->parents.next;

    for (; at != &io->parents && gw_sio_link_is_open(match->link); at = at->next) {
        gw_namespace *parent = container_of(at, gw_namespace, node);

        match->at = parent;
        if (parent->as_parent->fn) {
            match->state = GW_SIO_MATCH_RUNNING;
            parent->as_parent->fn(parent->io, match->bytes,
                                  match->has_auth ? auth_of(match) : GW_LIT("{}"), match,
                                  parent->as_parent->user);
            if (match->state == GW_SIO_MATCH_RUNNING) {
                match->state = GW_SIO_MATCH_WAITING;
                return;
            }
        } else {
            match->state =
                has_pattern_for(parent, match->bytes) ? GW_SIO_MATCH_PASSED : GW_SIO_MATCH_REFUSED;
        }
        if (match->state == GW_SIO_MATCH_PASSED && gw_sio_link_is_open(match->link)) {
            accept(match, parent);
            return;
        }
    }
    refuse(match, GW_LIT("{\"message\":\"Invalid namespace\"}"));
}

void gw_sio_dynamic_connect(struct gw_sio_link *link, struct gw_slice name,
                            const struct gw_sio_auth *auth)
{
    gw_io *io = link->io;
    gw_match *match;

    if (gw_list_is_empty(&io->parents) || is_name_too_long(io, name) ||
        memchr(name.ptr, '\0', name.len)) {
        gw_sio_link_refuse_connect(link, name, GW_LIT("{\"message\":\"Invalid namespace\"}"));
        return;
    }
    if (!gw_sio_link_has_room(link)) {
        gw_sio_link_refuse_connect(link, name, GW_LIT("{\"message\":\"Too many namespaces\"}"));
        return;
    }
    match = create_match(link, name, auth);
    if (match)
        ask(match);
    else
        gw_sio_link_out_of_memory(link);
}

static void answer(gw_match *match, enum gw_sio_match_state word)
{
    if (match->state == GW_SIO_MATCH_RUNNING) {
        match->state = (uint8_t)word;
        return;
    }
    if (match->state != GW_SIO_MATCH_WAITING) /* a second word inside the function */
        return;
    match->state = (uint8_t)word;
    if (!gw_sio_link_is_open(match->link))
        free_match(match);
    else if (word == GW_SIO_MATCH_PASSED)
        accept(match, container_of(&match->at->node, gw_namespace, node));
    else
        ask(match);
}

void gw_match_ok(gw_match *match)
{
    answer(match, GW_SIO_MATCH_PASSED);
}

void gw_match_refuse(gw_match *match)
{
    answer(match, GW_SIO_MATCH_REFUSED);
}
