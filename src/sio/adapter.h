/* SPDX-License-Identifier: MIT */
/* The way from a namespace to many sockets, wherever they live: all that reaches more than one
 * socket goes through this table, so that a cluster is another table and nothing else changes.
 * Emits to gw_only and whatever concerns a socket of this server alone do not come here. */
#ifndef GW_SIO_ADAPTER_H
#define GW_SIO_ADAPTER_H

#include "sio/draft.h"

#include <godwit/sio.h>

struct gw_sio_adapter {
    /* An EVENT to all of the target but GW_SIO_TARGET_ONLY. The number of sockets here, GW_E_ARG,
     * GW_E_NOMEM. The draft has its namespace; its name may lie in io->quote. */
    int (*broadcast)(struct gw_target target, struct gw_sio_draft *draft);
    /* gw_emit_ack_all; the draft has no id yet. */
    int (*ask)(struct gw_target target, struct gw_sio_draft *draft, uint64_t timeout_ms,
               gw_on_answers_fn *fn, void *user);
    /* gw_fetch, gw_sockets_join, gw_sockets_leave, gw_sockets_disconnect. */
    int (*fetch)(struct gw_target target, gw_on_fetch_fn *fn, void *user);
    int (*join)(struct gw_target target, struct gw_slice room);
    int (*leave)(struct gw_target target, struct gw_slice room);
    int (*disconnect)(struct gw_target target, enum gw_disconnect_flags flags);
    /* gw_server_side_emit_ack; fn NULL: no answers are wanted. The draft is checked. What others
     * send comes in through gw_sio_server_side_receive. */
    int (*server_side_emit)(gw_namespace *nsp, const struct gw_sio_draft *draft,
                            uint64_t timeout_ms, gw_on_server_answers_fn *fn, void *user);
    size_t (*server_count)(gw_namespace *nsp);
};

/* One server that stands alone. */
extern const struct gw_sio_adapter gw_sio_adapter_memory;
/* A parent: hands everything on to the adapters of its children. */
extern const struct gw_sio_adapter gw_sio_adapter_parent;

#endif
