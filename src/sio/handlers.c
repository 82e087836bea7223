/* SPDX-License-Identifier: MIT */
#include "sio/handlers.h"

#include "base/list.h"
#include "base/mem.h"
#include "base/word.h"

struct entry {
    struct gw_map_node by_event;
    struct gw_sio_listeners listeners;
    size_t len;
    uint8_t event[];
};

static inline bool entry_is(const struct gw_map_node *node, const void *key)
{
    const struct entry *entry = container_of(node, const struct entry, by_event);
    const struct gw_slice *event = key;

    return entry->len == event->len && gw_word_equal(entry->event, event->ptr, event->len);
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
    /* The map goes by the low bits, and a product mixes the high ones. */
    return __builtin_bswap64(hash * odd);
}

/* ---- lists ---- */

void gw_sio_listeners_dispose(struct gw_sio_listeners *listeners)
{
    while (listeners->first) {
        struct gw_sio_listener *listener = listeners->first;

        listeners->first = listener->next;
        gw_mem_free(listener);
    }
    listeners->last = NULL;
}

void gw_sio_dead_listeners_free(struct gw_sio_dead_listeners *dead)
{
    while (dead->first) {
        struct gw_sio_listener *listener = dead->first;

        dead->first = listener->next_dead;
        gw_mem_free(listener);
    }
}

int gw_sio_listeners_push(struct gw_sio_listeners *listeners, gw_sio_any_fn *fn, void *user,
                          uint32_t flags)
{
    struct gw_sio_listener *listener = gw_mem_alloc(sizeof(*listener));

    if (!listener)
        return GW_E_NOMEM;
    *listener = (struct gw_sio_listener){.number = ++listeners->number,
                                         .fn = fn,
                                         .user = user,
                                         .is_once = (flags & GW_SIO_LISTENER_ONCE) != 0};
    if (flags & GW_SIO_LISTENER_FIRST) {
        listener->next = listeners->first;
        listeners->first = listener;
        if (!listeners->last)
            listeners->last = listener;
        return 0;
    }
    if (listeners->last)
        listeners->last->next = listener;
    else
        listeners->first = listener;
    listeners->last = listener;
    return 0;
}

/* before is NULL for the first one. */
static void unlink_behind(struct gw_sio_listeners *listeners, struct gw_sio_listener *before,
                          struct gw_sio_dead_listeners *dead)
{
    struct gw_sio_listener *listener = before ? before->next : listeners->first;

    if (before)
        before->next = listener->next;
    else
        listeners->first = listener->next;
    if (listeners->last == listener)
        listeners->last = before;
    listener->number = 0;
    listener->next_dead = dead->first;
    dead->first = listener;
}

void gw_sio_listeners_take(struct gw_sio_listeners *listeners,
                           const struct gw_sio_listener *listener,
                           struct gw_sio_dead_listeners *dead)
{
    struct gw_sio_listener *before = NULL;

    for (struct gw_sio_listener *at = listeners->first; at != listener; at = at->next)
        before = at;
    unlink_behind(listeners, before, dead);
}

int gw_sio_listeners_remove(struct gw_sio_listeners *listeners, gw_sio_any_fn *fn, const void *user,
                            struct gw_sio_dead_listeners *dead)
{
    struct gw_sio_listener *before = NULL, *found = NULL, *before_found = NULL;
    int count = 0;

    if (!fn) {
        for (; listeners->first; count++)
            unlink_behind(listeners, NULL, dead);
        return count;
    }
    for (struct gw_sio_listener *at = listeners->first; at; at = at->next) {
        if (at->fn == fn && at->user == user) {
            found = at;
            before_found = before;
        }
        before = at;
    }
    if (!found)
        return 0;
    unlink_behind(listeners, before_found, dead);
    return 1;
}

size_t gw_sio_listeners_count(const struct gw_sio_listeners *listeners)
{
    size_t count = 0;

    for (const struct gw_sio_listener *at = listeners->first; at; at = at->next)
        count++;
    return count;
}

static int copy_listeners(struct gw_sio_listeners *to, const struct gw_sio_listeners *from)
{
    int err = 0;

    for (const struct gw_sio_listener *at = from->first; at && err == 0; at = at->next)
        err = gw_sio_listeners_push(to, at->fn, at->user, at->is_once ? GW_SIO_LISTENER_ONCE : 0);
    return err;
}

/* ---- lists by event ---- */

static struct entry *find_entry(const struct gw_map *by_event, uint64_t hash, struct gw_slice event)
{
    struct gw_map_node *node = gw_map_find(by_event, hash, entry_is, &event);

    return node ? container_of(node, struct entry, by_event) : NULL;
}

static struct entry *create_entry(struct gw_map *by_event, uint64_t hash, struct gw_slice event)
{
    struct entry *entry = gw_mem_alloc(sizeof(*entry) + event.len);

    if (!entry)
        return NULL;
    entry->listeners = (struct gw_sio_listeners){0};
    entry->len = event.len;
    if (event.len > 0)
        memcpy(entry->event, event.ptr, event.len);
    if (gw_map_insert(by_event, &entry->by_event, hash) == 0)
        return entry;
    gw_mem_free(entry);
    return NULL;
}

static void drop_if_empty(struct gw_map *by_event, struct entry *entry)
{
    if (entry->listeners.first)
        return;
    gw_map_remove(by_event, &entry->by_event);
    gw_mem_free(entry);
}

int gw_sio_events_push(struct gw_map *by_event, struct gw_slice event, gw_sio_any_fn *fn,
                       void *user, uint32_t flags)
{
    uint64_t hash = event_hash(event);
    struct entry *entry = find_entry(by_event, hash, event);
    int err;

    if (!entry)
        entry = create_entry(by_event, hash, event);
    if (!entry)
        return GW_E_NOMEM;
    err = gw_sio_listeners_push(&entry->listeners, fn, user, flags);
    drop_if_empty(by_event, entry);
    return err;
}

int gw_sio_events_remove(struct gw_map *by_event, struct gw_slice event, gw_sio_any_fn *fn,
                         const void *user, struct gw_sio_dead_listeners *dead)
{
    struct entry *entry = find_entry(by_event, event_hash(event), event);
    int count;

    if (!entry)
        return 0;
    count = gw_sio_listeners_remove(&entry->listeners, fn, user, dead);
    drop_if_empty(by_event, entry);
    return count;
}

void gw_sio_events_take(struct gw_map *by_event, struct gw_sio_listeners *listeners,
                        const struct gw_sio_listener *listener, struct gw_sio_dead_listeners *dead)
{
    gw_sio_listeners_take(listeners, listener, dead);
    drop_if_empty(by_event, container_of(listeners, struct entry, listeners));
}

struct gw_sio_listeners *gw_sio_events_find(const struct gw_map *by_event, struct gw_slice event)
{
    struct entry *entry = find_entry(by_event, event_hash(event), event);

    return entry ? &entry->listeners : NULL;
}

int gw_sio_events_copy(struct gw_map *to, const struct gw_map *from)
{
    size_t cursor = 0;
    int err = 0;

    for (struct gw_map_node *node = gw_map_next(from, &cursor, NULL); node && err == 0;
         node = gw_map_next(from, &cursor, node)) {
        const struct entry *entry = container_of(node, const struct entry, by_event);
        const struct gw_sio_listener *at = entry->listeners.first;

        for (; at && err == 0; at = at->next)
            err = gw_sio_events_push(to, (struct gw_slice){entry->event, entry->len}, at->fn,
                                     at->user, at->is_once ? GW_SIO_LISTENER_ONCE : 0);
    }
    return err;
}

void gw_sio_events_dispose(struct gw_map *by_event)
{
    struct gw_map_node *node;

    while ((node = gw_map_drain(by_event)) != NULL) {
        struct entry *entry = container_of(node, struct entry, by_event);

        gw_sio_listeners_dispose(&entry->listeners);
        gw_mem_free(entry);
    }
    gw_map_dispose(by_event);
}

/* ---- all of them ---- */

void gw_sio_handlers_init(struct gw_sio_handlers *handlers, const uint64_t seed[static 2])
{
    *handlers = (struct gw_sio_handlers){0};
    gw_map_init(&handlers->by_event, seed);
}

void gw_sio_handlers_dispose(struct gw_sio_handlers *handlers)
{
    for (size_t i = 0; i < GW_SIO_LIST_COUNT; i++)
        gw_sio_listeners_dispose(&handlers->lists[i]);
    gw_sio_events_dispose(&handlers->by_event);
}

int gw_sio_handlers_copy(struct gw_sio_handlers *to, const struct gw_sio_handlers *from)
{
    int err = 0;

    for (size_t i = 0; i < GW_SIO_LIST_COUNT && err == 0; i++)
        err = copy_listeners(&to->lists[i], &from->lists[i]);
    return err < 0 ? err : gw_sio_events_copy(&to->by_event, &from->by_event);
}
