/* SPDX-License-Identifier: MIT */
#include "sio/rooms.h"

#include "base/mem.h"

struct pair {
    const struct gw_sio_room *room;
    const struct gw_sio_member *member;
};

static bool room_has_name(const struct gw_map_node *node, const void *key)
{
    const struct gw_slice *name = key;

    return gw_slice_equal(gw_sio_room_name(container_of(node, const struct gw_sio_room, by_name)),
                          *name);
}

static bool is_pair(const struct gw_map_node *node, const void *key)
{
    const struct gw_sio_membership *membership =
        container_of(node, const struct gw_sio_membership, by_pair);
    const struct pair *pair = key;

    return membership->room == pair->room && membership->member == pair->member;
}

/* Addresses are not the peer's choice, so a plain mixer (that of MurmurHash3) does where names
 * need SipHash. */
static uint64_t mix(uint64_t x)
{
    x ^= x >> 33;
    x *= 0xff51afd7ed558ccdU;
    x ^= x >> 33;
    x *= 0xc4ceb9fe1a85ec53U;
    return x ^ (x >> 33);
}

static uint64_t pair_hash(struct pair pair)
{
    return mix((uint64_t)(uintptr_t)pair.member + mix((uint64_t)(uintptr_t)pair.room));
}

static struct gw_sio_membership *find_membership(const struct gw_sio_rooms *rooms, struct pair pair)
{
    struct gw_map_node *node = gw_map_find(&rooms->by_pair, pair_hash(pair), is_pair, &pair);

    return node ? container_of(node, struct gw_sio_membership, by_pair) : NULL;
}

void gw_sio_rooms_init(struct gw_sio_rooms *rooms, const uint64_t seed[static 2])
{
    gw_map_init(&rooms->by_name, seed);
    gw_map_init(&rooms->by_pair, seed);
    rooms->on_change = NULL;
}

void gw_sio_rooms_dispose(struct gw_sio_rooms *rooms)
{
    struct gw_map_node *node;

    while ((node = gw_map_drain(&rooms->by_pair)) != NULL)
        gw_mem_free(container_of(node, struct gw_sio_membership, by_pair));
    while ((node = gw_map_drain(&rooms->by_name)) != NULL)
        gw_mem_free(container_of(node, struct gw_sio_room, by_name));
    gw_map_dispose(&rooms->by_pair);
    gw_map_dispose(&rooms->by_name);
}

void gw_sio_member_init(struct gw_sio_member *member)
{
    gw_list_init(&member->memberships);
    member->count = 0;
}

static struct gw_sio_room *find_room(const struct gw_sio_rooms *rooms, uint64_t hash,
                                     struct gw_slice name)
{
    struct gw_map_node *node = gw_map_find(&rooms->by_name, hash, room_has_name, &name);

    return node ? container_of(node, struct gw_sio_room, by_name) : NULL;
}

struct gw_sio_room *gw_sio_rooms_find(const struct gw_sio_rooms *rooms, struct gw_slice name)
{
    if (rooms->by_name.count == 0)
        return NULL;
    return find_room(rooms, gw_map_hash(&rooms->by_name, name), name);
}

struct gw_sio_room *gw_sio_rooms_find_hashed(const struct gw_sio_rooms *rooms, uint64_t hash,
                                             struct gw_slice name)
{
    return rooms->by_name.count > 0 ? find_room(rooms, hash, name) : NULL;
}

static struct gw_sio_room *create_room(struct gw_sio_rooms *rooms, uint64_t hash,
                                       struct gw_slice name)
{
    struct gw_sio_room *room = gw_mem_alloc(sizeof(*room) + name.len);

    if (!room)
        return NULL;
    gw_list_init(&room->memberships);
    room->count = 0;
    room->len = name.len;
    if (name.len > 0)
        memcpy(room->name, name.ptr, name.len);
    if (gw_map_insert(&rooms->by_name, &room->by_name, hash) < 0) {
        gw_mem_free(room);
        return NULL;
    }
    return room;
}

static void drop_room_if_empty(struct gw_sio_rooms *rooms, struct gw_sio_room *room)
{
    if (room->count > 0)
        return;
    gw_map_remove(&rooms->by_name, &room->by_name);
    if (rooms->on_change)
        rooms->on_change(rooms, GW_ROOM_DELETED, gw_sio_room_name(room), NULL);
    gw_mem_free(room);
}

/* The room stays while its watcher is told, who may have it left by everybody. */
static void tell(struct gw_sio_rooms *rooms, enum gw_room_change change, struct gw_sio_room *room,
                 struct gw_sio_member *member)
{
    if (!rooms->on_change)
        return;
    room->count++;
    rooms->on_change(rooms, change, gw_sio_room_name(room), member);
    room->count--;
}

static int link_pair(struct gw_sio_rooms *rooms, struct gw_sio_room *room,
                     struct gw_sio_member *member)
{
    struct gw_sio_membership *membership = gw_mem_alloc(sizeof(*membership));

    if (!membership)
        return GW_E_NOMEM;
    membership->room = room;
    membership->member = member;
    if (gw_map_insert(&rooms->by_pair, &membership->by_pair,
                      pair_hash((struct pair){room, member})) < 0) {
        gw_mem_free(membership);
        return GW_E_NOMEM;
    }
    gw_list_push(&room->memberships, &membership->in_room);
    gw_list_push(&member->memberships, &membership->in_member);
    room->count++;
    member->count++;
    return 0;
}

/* A pair that could not be linked leaves no trace, so its new room is not told of before. */
static int join_room(struct gw_sio_rooms *rooms, struct gw_sio_room *room,
                     struct gw_sio_member *member)
{
    bool is_new = room->count == 0;
    int err = link_pair(rooms, room, member);

    if (err < 0 && is_new) {
        gw_map_remove(&rooms->by_name, &room->by_name);
        gw_mem_free(room);
    }
    if (err < 0 || !rooms->on_change)
        return err;
    room->count++;
    if (is_new)
        tell(rooms, GW_ROOM_CREATED, room, NULL);
    tell(rooms, GW_ROOM_JOINED, room, member);
    room->count--;
    drop_room_if_empty(rooms, room);
    return 0;
}

int gw_sio_rooms_join(struct gw_sio_rooms *rooms, struct gw_sio_member *member,
                      struct gw_slice name)
{
    uint64_t hash = gw_map_hash(&rooms->by_name, name);
    struct gw_sio_room *room = find_room(rooms, hash, name);

    if (!room)
        room = create_room(rooms, hash, name);
    else if (find_membership(rooms, (struct pair){room, member}))
        return 0;
    return room ? join_room(rooms, room, member) : GW_E_NOMEM;
}

static void unlink_pair(struct gw_sio_rooms *rooms, struct gw_sio_membership *membership)
{
    struct gw_sio_room *room = membership->room;
    struct gw_sio_member *member = membership->member;

    gw_map_remove(&rooms->by_pair, &membership->by_pair);
    gw_list_remove(&membership->in_room);
    gw_list_remove(&membership->in_member);
    member->count--;
    room->count--;
    gw_mem_free(membership);
    tell(rooms, GW_ROOM_LEFT, room, member);
    drop_room_if_empty(rooms, room);
}

void gw_sio_rooms_leave(struct gw_sio_rooms *rooms, struct gw_sio_member *member,
                        struct gw_slice name)
{
    struct gw_sio_room *room = gw_sio_rooms_find(rooms, name);
    struct gw_sio_membership *membership =
        room ? find_membership(rooms, (struct pair){room, member}) : NULL;

    if (membership)
        unlink_pair(rooms, membership);
}

void gw_sio_rooms_leave_all(struct gw_sio_rooms *rooms, struct gw_sio_member *member)
{
    while (!gw_list_is_empty(&member->memberships))
        unlink_pair(rooms,
                    container_of(member->memberships.next, struct gw_sio_membership, in_member));
}

bool gw_sio_rooms_is_in(const struct gw_sio_rooms *rooms, const struct gw_sio_member *member,
                        struct gw_slice name)
{
    const struct gw_sio_room *room = gw_sio_rooms_find(rooms, name);

    return room && find_membership(rooms, (struct pair){room, member});
}
