/* SPDX-License-Identifier: MIT */
/* Between servers: events from one to the others that serve the same namespace, never to itself. A
 * server that stands alone reaches nobody. */
#ifndef GODWIT_SIO_SERVERS_H
#define GODWIT_SIO_SERVERS_H

#include <godwit/sio/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* event is borrowed until the handler returns; where an answer is wanted, gw_ack(event, "value")
 * gives it, inside the handler. */
typedef void gw_on_server_event_fn(gw_namespace *nsp, const gw_event *event, void *user);
/* Another server has emitted that event. As gw_on; GW_E_ARG: connect, connection or
 * new_namespace. */
GW_API int gw_on_server_event(gw_namespace *nsp, const char *event, gw_on_server_event_fn *fn,
                              void *user);
GW_API int gw_off_server_event(gw_namespace *nsp, const char *event, gw_on_server_event_fn *fn,
                               void *user);

/* answers are JSON values, one for each server that has answered, borrowed for the call. err is 0;
 * or GW_E_TIMEOUT: others owe theirs. */
typedef void gw_on_server_answers_fn(gw_namespace *nsp, const struct gw_slice *answers,
                                     size_t count, int err, void *user);
/* Returns how many other servers it was sent to. GW_E_ARG: as gw_emit, or a name that
 * gw_on_server_event refuses, or a parent namespace. GW_E_NOMEM. */
GW_API int gw_server_side_emit(gw_namespace *nsp, const char *event, const char *args_json);
/* fn is called exactly once if this returns 0 or more, never otherwise: with all answers, or when
 * timeout_ms (0: 5,000) are over; before it returns where there are no other servers. */
GW_API int gw_server_side_emit_ack(gw_namespace *nsp, const char *event, const char *args_json,
                                   uint64_t timeout_ms, gw_on_server_answers_fn *fn, void *user);
/* Servers that serve this namespace, this one included. */
GW_API size_t gw_server_count(gw_namespace *nsp);

#ifdef __cplusplus
}
#endif
#endif
