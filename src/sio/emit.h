/* SPDX-License-Identifier: MIT */
/* Events and answers on their way out: checked, drafted, and written to one receiver or to many. */
#ifndef GW_SIO_EMIT_H
#define GW_SIO_EMIT_H

#include "sio/draft.h"

#include <godwit/args.h>

struct gw_sio_fan_out;
struct gw_sio_link;

/* Writes one packet straight into the session's output. 0; GW_E_CLOSED; GW_E_NOMEM: the
 * connection ends with this turn. */
int gw_sio_emit_to_link(struct gw_sio_link *link, const struct gw_sio_draft *draft);
/* To one socket, for emits and answers. 0, GW_E_CLOSED, GW_E_NOMEM. */
int gw_sio_emit_to_socket(gw_socket *socket, const struct gw_sio_draft *draft);

/* To all of the target that are on this server: gw_sio_adapter_memory's way. */
int gw_sio_emit_broadcast(struct gw_target target, struct gw_sio_draft *draft);

/* To any target, in the form that out holds (it has been encoded); draft is what any-outgoing
 * handlers see. As gw_emit. */
int gw_sio_emit_fan_out(struct gw_target target, struct gw_sio_draft *draft,
                        struct gw_sio_fan_out *out);

/* An EVENT of that name in *out; its name may lie in io->quote until the next call. 0, GW_E_ARG,
 * GW_E_NOMEM. */
int gw_sio_emit_draft_event(gw_io *io, struct gw_slice event, struct gw_sio_draft *out);
/* Arguments of the application's into *draft. io says how many attachments there may be; NULL:
 * GW_ATTACHMENTS_MAX. 0, GW_E_ARG, GW_E_LIMIT. */
int gw_sio_emit_draft_args(const gw_io *io, struct gw_sio_draft *draft, const char *args_json,
                           const struct gw_slice *attachments, size_t attachment_count);
/* Those of a builder. 0, or what gw_args_error says. */
int gw_sio_emit_draft_built(struct gw_sio_draft *draft, const gw_args *args);
/* Those of a received event, which need no check but for their number: 0 or GW_E_LIMIT. */
int gw_sio_emit_draft_arguments(const gw_io *io, struct gw_sio_draft *draft,
                                const gw_event *arguments);
/* Tells env.on_bad_emit of a GW_E_ARG of the calls above, for programs that look at no result.
 * io may be NULL. Returns err. */
int gw_sio_emit_refuse(const gw_io *io, struct gw_slice event, int err);

#endif
