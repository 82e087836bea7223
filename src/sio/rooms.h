/* SPDX-License-Identifier: MIT */
/* Who is in which room of a namespace.
 *
 *     room "a"  ---in_room---  membership  ---in_member---  member x
 *                  |                                           |
 *               membership                                 membership  --- room "b"
 *
 * One membership for each pair, in the lists of both sides and in a map by the pair, so that
 * joining, leaving and asking take the same time however many rooms or members there are. A room
 * comes with its first member and goes with its last. */
#ifndef GW_SIO_ROOMS_H
#define GW_SIO_ROOMS_H

#include "base/list.h"
#include "base/map.h"

#include <godwit/sio.h>

/* Embedded in the socket. */
struct gw_sio_member {
    struct gw_list memberships; /* gw_sio_membership.in_member, in the order of joining */
    uint32_t count;
};

struct gw_sio_room {
    struct gw_map_node by_name;
    struct gw_list memberships; /* gw_sio_membership.in_room, in the order of joining */
    size_t count;               /* of them, and of on_change calls that still need the room */
    size_t len;
    uint8_t name[];
};

struct gw_sio_membership {
    struct gw_map_node by_pair;
    struct gw_sio_room *room;
    struct gw_sio_member *member;
    struct gw_list in_room, in_member;
};

struct gw_sio_rooms {
    struct gw_map by_name;
    struct gw_map by_pair;
    /* Tells of a change that has been made; NULL: nobody asks. member is NULL for CREATED and
     * DELETED. It may join and leave; room is good until it returns. */
    void (*on_change)(struct gw_sio_rooms *rooms, enum gw_room_change change, struct gw_slice room,
                      struct gw_sio_member *member);
};

void gw_sio_rooms_init(struct gw_sio_rooms *rooms, const uint64_t seed[static 2]);
/* Frees all rooms and memberships; the members must not be used any more. */
void gw_sio_rooms_dispose(struct gw_sio_rooms *rooms);
void gw_sio_member_init(struct gw_sio_member *member);

/* 0 (also when in already) or GW_E_NOMEM (nothing has changed). */
int gw_sio_rooms_join(struct gw_sio_rooms *rooms, struct gw_sio_member *member,
                      struct gw_slice name);
/* Harmless when not in. */
void gw_sio_rooms_leave(struct gw_sio_rooms *rooms, struct gw_sio_member *member,
                        struct gw_slice name);
void gw_sio_rooms_leave_all(struct gw_sio_rooms *rooms, struct gw_sio_member *member);

bool gw_sio_rooms_is_in(const struct gw_sio_rooms *rooms, const struct gw_sio_member *member,
                        struct gw_slice name);
/* NULL: nobody is in a room of that name. Good until somebody leaves. */
struct gw_sio_room *gw_sio_rooms_find(const struct gw_sio_rooms *rooms, struct gw_slice name);
/* For who has the hash already, from any map with the same seed. */
struct gw_sio_room *gw_sio_rooms_find_hashed(const struct gw_sio_rooms *rooms, uint64_t hash,
                                             struct gw_slice name);

static inline struct gw_slice gw_sio_room_name(const struct gw_sio_room *room)
{
    return (struct gw_slice){room->name, room->len};
}

#endif
