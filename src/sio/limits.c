/* SPDX-License-Identifier: MIT */
#include "sio/limits.h"

#include "sio/io.h"

static const struct {
    const char *option, *advice;
    enum gw_cause_side side;
} rows[GW_SIO_LIMITS] = {
#define ROW(name, option, side, advice) {option, advice, GW_SIDE_##side},
    GW_SIO_LIMIT_LIST(ROW)
#undef ROW
};

void gw_sio_limit_reached(gw_io *io, const struct gw_sio_limit_hit *hit)
{
    io->counts.limits[hit->limit]++;
    if (io->env.on_limit)
        io->env.on_limit(hit, io->env.user);
}

const char *gw_sio_limit_option(enum gw_sio_limit limit)
{
    return rows[limit].option;
}

const char *gw_sio_limit_advice(enum gw_sio_limit limit)
{
    return rows[limit].advice;
}

enum gw_cause_side gw_sio_limit_side(enum gw_sio_limit limit)
{
    return rows[limit].side;
}
