/* SPDX-License-Identifier: MIT */
#include "eio/heartbeat.h"

#include "base/later.h"

void gw_eio_heartbeat_start(struct gw_eio_heartbeat *heartbeat, uint64_t now_ms,
                            uint64_t ping_interval_ms)
{
    heartbeat->state = GW_EIO_HEARTBEAT_RESTING;
    heartbeat->deadline_ms = gw_later_ms(now_ms, ping_interval_ms);
}

void gw_eio_heartbeat_stop(struct gw_eio_heartbeat *heartbeat)
{
    heartbeat->state = GW_EIO_HEARTBEAT_STOPPED;
    heartbeat->deadline_ms = UINT64_MAX;
}

enum gw_eio_heartbeat_due gw_eio_heartbeat_tick(struct gw_eio_heartbeat *heartbeat, uint64_t now_ms,
                                                uint64_t ping_timeout_ms)
{
    if (heartbeat->state == GW_EIO_HEARTBEAT_STOPPED || now_ms < heartbeat->deadline_ms)
        return GW_EIO_HEARTBEAT_NOTHING;
    if (heartbeat->state == GW_EIO_HEARTBEAT_RESTING) {
        heartbeat->state = GW_EIO_HEARTBEAT_WAITING;
        heartbeat->deadline_ms = gw_later_ms(now_ms, ping_timeout_ms);
        return GW_EIO_HEARTBEAT_PING;
    }
    gw_eio_heartbeat_stop(heartbeat);
    return GW_EIO_HEARTBEAT_TIMEOUT;
}

void gw_eio_heartbeat_pong(struct gw_eio_heartbeat *heartbeat, uint64_t now_ms,
                           uint64_t ping_interval_ms)
{
    if (heartbeat->state != GW_EIO_HEARTBEAT_STOPPED)
        gw_eio_heartbeat_start(heartbeat, now_ms, ping_interval_ms);
}

void gw_eio_heartbeat_extend(struct gw_eio_heartbeat *heartbeat, uint64_t now_ms,
                             uint64_t ping_timeout_ms)
{
    if (!gw_eio_heartbeat_can_extend(heartbeat))
        return;
    heartbeat->state = GW_EIO_HEARTBEAT_EXTENDED;
    heartbeat->deadline_ms = gw_later_ms(now_ms, ping_timeout_ms);
}

void gw_eio_heartbeat_rearm(struct gw_eio_heartbeat *heartbeat, uint64_t now_ms,
                            uint64_t ping_timeout_ms)
{
    if (heartbeat->state != GW_EIO_HEARTBEAT_WAITING &&
        heartbeat->state != GW_EIO_HEARTBEAT_EXTENDED)
        return;
    heartbeat->state = GW_EIO_HEARTBEAT_WAITING;
    heartbeat->deadline_ms = gw_later_ms(now_ms, ping_timeout_ms);
}
