/* SPDX-License-Identifier: MIT */
#include "sio/handlers.h"

#include "base/list.h"
#include "base/mem.h"

struct entry {
    struct gw_map_node by_event;
    struct gw_sio_listeners listeners;
    size_t len;
    uint8_t event[];
};

static bool entry_is(const struct gw_map_node *node, const void *key)
{
    const struct entry *entry = container_of(node, const struct entry, by_event);
    const struct gw_slice *event = key;

    return gw_slice_equal((struct gw_slice){entry->event, entry->len}, *event);
}

static uint64_t load(const uint8_t *bytes, size_t len)
{
    uint64_t word = 0;

    memcpy(&word, bytes, len);
    return word;
}

/* The names in the map are the application's own, so a peer can collide with them at will and
 * gain nothing: no SipHash, which would cost more than all the rest of the look-up. */
static uint64_t event_hash(struct gw_slice event)
{
    const uint64_t odd = 0x9e3779b97f4a7c15U;
    uint64_t hash = event.len * odd;
    size_t i = 0;

    for (; i + 8 <= event.len; i += 8)
        hash = (hash ^ load(event.ptr + i, 8)) * odd;
    if (event.len & 4) {
        hash ^= load(event.ptr + i, 4) << 24;
        i += 4;
    }
    for (; i < event.len; i++)
        hash = (hash << 8) ^ event.ptr[i] ^ (hash >> 56);
    hash *= odd;
    return hash ^ (hash >> 32);
}

void gw_sio_handlers_init(struct gw_sio_handlers *handlers, const uint64_t seed[static 2])
{
    *handlers = (struct gw_sio_handlers){0};
    gw_map_init(&handlers->by_event, seed);
}

static void dispose_listeners(struct gw_sio_listeners *listeners)
{
    while (listeners->first) {
        struct gw_sio_listener *listener = listeners->first;

        listeners->first = listener->next;
        gw_mem_free(listener);
    }
    listeners->last = NULL;
}

void gw_sio_handlers_dispose(struct gw_sio_handlers *handlers)
{
    struct gw_map_node *node;

    dispose_listeners(&handlers->middlewares);
    dispose_listeners(&handlers->connection);
    dispose_listeners(&handlers->disconnecting);
    dispose_listeners(&handlers->disconnect);
    dispose_listeners(&handlers->any);
    dispose_listeners(&handlers->error);
    while ((node = gw_map_drain(&handlers->by_event)) != NULL) {
        struct entry *entry = container_of(node, struct entry, by_event);

        dispose_listeners(&entry->listeners);
        gw_mem_free(entry);
    }
    gw_map_dispose(&handlers->by_event);
}

int gw_sio_listeners_push(struct gw_sio_listeners *listeners, gw_sio_any_fn *fn, void *user)
{
    struct gw_sio_listener *listener = gw_mem_alloc(sizeof(*listener));

    if (!listener)
        return GW_E_NOMEM;
    *listener = (struct gw_sio_listener){.fn = fn, .user = user};
    if (listeners->last)
        listeners->last->next = listener;
    else
        listeners->first = listener;
    listeners->last = listener;
    return 0;
}

static struct entry *find_entry(const struct gw_sio_handlers *handlers, uint64_t hash,
                                struct gw_slice event)
{
    struct gw_map_node *node = gw_map_find(&handlers->by_event, hash, entry_is, &event);

    return node ? container_of(node, struct entry, by_event) : NULL;
}

static struct entry *create_entry(struct gw_sio_handlers *handlers, uint64_t hash,
                                  struct gw_slice event)
{
    struct entry *entry = gw_mem_alloc(sizeof(*entry) + event.len);

    if (!entry)
        return NULL;
    entry->listeners = (struct gw_sio_listeners){0};
    entry->len = event.len;
    if (event.len > 0)
        memcpy(entry->event, event.ptr, event.len);
    if (gw_map_insert(&handlers->by_event, &entry->by_event, hash) == 0)
        return entry;
    gw_mem_free(entry);
    return NULL;
}

int gw_sio_handlers_push_event(struct gw_sio_handlers *handlers, struct gw_slice event,
                               gw_sio_any_fn *fn, void *user)
{
    uint64_t hash = event_hash(event);
    struct entry *entry = find_entry(handlers, hash, event);

    if (!entry)
        entry = create_entry(handlers, hash, event);
    return entry ? gw_sio_listeners_push(&entry->listeners, fn, user) : GW_E_NOMEM;
}

const struct gw_sio_listeners *gw_sio_handlers_find(const struct gw_sio_handlers *handlers,
                                                    struct gw_slice event)
{
    const struct entry *entry = find_entry(handlers, event_hash(event), event);

    return entry ? &entry->listeners : NULL;
}
