/* SPDX-License-Identifier: MIT */
#include "wire/ws_pool.h"

#include "base/mem.h"

struct guest {
    struct gw_loop_guest guest;
    struct gw_ws_compression_pool pool;
};

static const char key; /* its address */

static void destroy(struct gw_loop_guest *guest)
{
    struct guest *ours = container_of(guest, struct guest, guest);

    gw_ws_compression_pool_dispose(&ours->pool);
    gw_mem_free(ours);
}

struct gw_ws_compression_pool *gw_ws_pool_of(gw_loop *loop)
{
    struct gw_loop_guest *guest = gw_loop_find_guest(loop, &key);
    struct guest *ours;

    if (guest)
        return &container_of(guest, struct guest, guest)->pool;
    ours = gw_mem_alloc(sizeof(*ours));
    if (!ours)
        return NULL;
    ours->guest = (struct gw_loop_guest){.key = &key, .destroy = destroy};
    gw_ws_compression_pool_init(&ours->pool);
    gw_loop_add_guest_take(loop, &ours->guest);
    return &ours->pool;
}
