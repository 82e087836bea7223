/* SPDX-License-Identifier: MIT */
#include "eio/upgrade.h"

#include "base/later.h"

#include <assert.h>

static void rest(struct gw_eio_upgrade *upgrade, enum gw_eio_upgrade_state state)
{
    *upgrade = (struct gw_eio_upgrade){UINT64_MAX, UINT64_MAX, (uint8_t)state};
}

void gw_eio_upgrade_init(struct gw_eio_upgrade *upgrade)
{
    rest(upgrade, GW_EIO_UPGRADE_IDLE);
}

void gw_eio_upgrade_start(struct gw_eio_upgrade *upgrade, uint64_t now_ms, uint64_t timeout_ms)
{
    assert(upgrade->state == GW_EIO_UPGRADE_IDLE);
    upgrade->state = GW_EIO_UPGRADE_RUNNING;
    upgrade->deadline_ms = gw_later_ms(now_ms, timeout_ms);
}

void gw_eio_upgrade_probe(struct gw_eio_upgrade *upgrade, uint64_t now_ms)
{
    assert(gw_eio_upgrade_is_running(upgrade));
    upgrade->state = GW_EIO_UPGRADE_PROBED;
    upgrade->check_ms = now_ms + GW_EIO_UPGRADE_CHECK_MS;
}

void gw_eio_upgrade_abandon(struct gw_eio_upgrade *upgrade)
{
    rest(upgrade, GW_EIO_UPGRADE_IDLE);
}

void gw_eio_upgrade_finish(struct gw_eio_upgrade *upgrade)
{
    rest(upgrade, GW_EIO_UPGRADE_DONE);
}

enum gw_eio_upgrade_due gw_eio_upgrade_tick(struct gw_eio_upgrade *upgrade, uint64_t now_ms)
{
    if (now_ms >= upgrade->deadline_ms)
        return GW_EIO_UPGRADE_TIMEOUT;
    if (now_ms < upgrade->check_ms)
        return GW_EIO_UPGRADE_NOTHING;
    upgrade->check_ms = now_ms + GW_EIO_UPGRADE_CHECK_MS;
    return GW_EIO_UPGRADE_RELEASE;
}

uint64_t gw_eio_upgrade_deadline_ms(const struct gw_eio_upgrade *upgrade)
{
    return upgrade->check_ms < upgrade->deadline_ms ? upgrade->check_ms : upgrade->deadline_ms;
}
