/* SPDX-License-Identifier: MIT */
#include "wire/wire.h"

int gw_wire_open_take(struct gw_wire *wire, gw_loop *loop, int fd,
                      const struct gw_stream_handlers *handlers, gw_timer_fire_fn *on_deadline)
{
    gw_timer_init(&wire->timer, loop, on_deadline);
    return gw_stream_open(&wire->stream, loop, fd, handlers);
}

void gw_wire_init_closed(struct gw_wire *wire, gw_loop *loop)
{
    gw_timer_init(&wire->timer, loop, NULL);
    gw_stream_init_closed(&wire->stream, loop);
}

void gw_wire_set_deadline(struct gw_wire *wire, uint64_t delay_ms)
{
    if (delay_ms == UINT64_MAX)
        gw_timer_stop(&wire->timer);
    else
        gw_timer_start(&wire->timer, delay_ms);
}

void gw_wire_close(struct gw_wire *wire)
{
    gw_timer_stop(&wire->timer);
    gw_stream_close(&wire->stream);
}

void gw_wire_finish(struct gw_wire *wire, uint64_t linger_ms)
{
    if (!gw_wire_is_open(wire))
        return;
    gw_stream_finish(&wire->stream);
    gw_timer_start(&wire->timer, linger_ms);
}
