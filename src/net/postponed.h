/* SPDX-License-Identifier: MIT */
/* Output that waits a moment before it leaves. There are peers that lose what comes in one read
 * with what they wait for, so that what is sent behind it has to come in a read of its own. */
#ifndef GW_NET_POSTPONED_H
#define GW_NET_POSTPONED_H

#include "net/stream.h"

enum {
    /* Up to one less by the loop's clock. Measured with such a client beside us: at once or in the
     * next turn it misses nearly all, with 1 one of a hundred, with 3 hardly one of a thousand. */
    GW_POSTPONED_MS = 3,
};

/* What has been written to the stream in this turn leaves after that time, or with what
 * is written to it next, whichever is first; so order stays. Where there is no memory for
 * it, it leaves with this turn. */
void gw_postponed_add(struct gw_stream *stream);
/* For gw_stream_close: the loop forgets the stream. */
void gw_postponed_remove(struct gw_stream *stream);

#endif
