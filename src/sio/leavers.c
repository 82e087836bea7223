/* SPDX-License-Identifier: MIT */
#include "sio/leavers.h"

#include "sio/io.h"
#include "sio/socket.h"

struct place {
    const struct gw_sio_link *link;
    const gw_namespace *nsp;
};

static bool was_there(const struct gw_map_node *node, const void *key)
{
    const gw_socket *socket = container_of(node, const gw_socket, by_id);
    const struct place *place = key;

    return socket->link == place->link && socket->nsp == place->nsp;
}

static uint64_t hash_of(const struct gw_sio_leavers *leavers, const struct place *place)
{
    return gw_map_hash(&leavers->by_place,
                       (struct gw_slice){(const uint8_t *)place, sizeof(*place)});
}

static bool has(const struct gw_sio_leavers *leavers, const struct place *place, uint64_t hash)
{
    return gw_map_find(&leavers->by_place, hash, was_there, place) != NULL;
}

void gw_sio_leavers_init(struct gw_sio_leavers *leavers, const uint64_t seed[static 2])
{
    gw_map_init(&leavers->by_place, seed);
    leavers->sorted = NULL;
}

void gw_sio_leavers_reset(struct gw_sio_leavers *leavers)
{
    gw_map_dispose(&leavers->by_place);
    leavers->sorted = NULL;
}

/* One of each place will do: a client may join and leave the same one again and again. */
static int sort_in(struct gw_sio_leavers *leavers, gw_socket *socket)
{
    struct place place = {socket->link, socket->nsp};
    uint64_t hash = hash_of(leavers, &place);

    if (socket->cause == GW_CAUSE_NONE) /* it was never connected */
        return 0;
    return has(leavers, &place, hash) ? 0 : gw_map_insert(&leavers->by_place, &socket->by_id, hash);
}

bool gw_sio_leavers_has(gw_io *io, const struct gw_sio_link *link, const gw_namespace *nsp)
{
    struct gw_sio_leavers *leavers = &io->leavers;
    struct gw_list *head = &io->dead_sockets;
    struct place place = {link, nsp};

    for (struct gw_list *at = head->prev; at != head && at != leavers->sorted; at = at->prev) {
        if (sort_in(leavers, container_of(at, gw_socket, node)) < 0)
            return false;
    }
    leavers->sorted = gw_list_is_empty(head) ? NULL : head->prev;
    return has(leavers, &place, hash_of(leavers, &place));
}
