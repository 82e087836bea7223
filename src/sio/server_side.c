/* SPDX-License-Identifier: MIT */
#include "sio/server_side.h"

#include "sio/adapter.h"
#include "sio/emit.h"
#include "sio/event.h"
#include "sio/io.h"
#include "sio/namespace.h"

enum { ANSWER_TIMEOUT_MS = 5000 }; /* the genuine adapters' requestsTimeout */

static bool is_reserved(struct gw_slice name)
{
    return gw_slice_equal(name, GW_LIT("connect")) || gw_slice_equal(name, GW_LIT("connection")) ||
           gw_slice_equal(name, GW_LIT("new_namespace"));
}

/* ---- in ---- */

int gw_on_server_event(gw_namespace *nsp, const char *event, gw_on_server_event_fn *fn, void *user)
{
    if (is_reserved(gw_slice_of(event)))
        return GW_E_ARG;
    return gw_sio_events_push(&nsp->server_events, gw_slice_of(event), (gw_sio_any_fn *)fn, user,
                              0);
}

int gw_off_server_event(gw_namespace *nsp, const char *event, gw_on_server_event_fn *fn, void *user)
{
    gw_io_tell_work(nsp->io);
    return gw_sio_events_remove(&nsp->server_events, gw_slice_of(event), (gw_sio_any_fn *)fn, user,
                                &nsp->io->dead_listeners);
}

void gw_sio_server_side_receive(const struct gw_sio_server_event *received)
{
    gw_namespace *nsp = received->nsp;
    const struct gw_sio_listeners *listeners =
        gw_sio_events_find(&nsp->server_events, received->name);
    bool is_answered = false;
    gw_event event = {
        .from_server = received,
        .name = received->name,
        .args = received->args,
        .ack_id = {(const uint8_t *)(received->answer ? "" : NULL), 0},
        .attachments = received->attachments,
        .attachment_count = received->attachment_count,
        .is_answered = &is_answered,
    };
    uint64_t newest;

    if (!listeners)
        return;
    newest = listeners->number;
    for (const struct gw_sio_listener *at = listeners->first; at;
         at = gw_sio_listener_from(at->next, newest))
        ((gw_on_server_event_fn *)at->fn)(nsp, &event, at->user);
}

/* ---- out ---- */

static int emit(gw_namespace *nsp, const char *event, const char *args_json, uint64_t timeout_ms,
                gw_on_server_answers_fn *fn, void *user)
{
    struct gw_sio_draft draft;
    int err;

    if (is_reserved(gw_slice_of(event)))
        return GW_E_ARG;
    err = gw_sio_emit_draft_event(nsp->io, gw_slice_of(event), &draft);
    if (err == 0)
        err = gw_sio_emit_draft_args(nsp->io, &draft, args_json, NULL, 0);
    if (err < 0)
        return err;
    draft.nsp = gw_sio_namespace_name(nsp);
    return nsp->adapter->server_side_emit(nsp, &draft, timeout_ms, fn, user);
}

int gw_server_side_emit(gw_namespace *nsp, const char *event, const char *args_json)
{
    return emit(nsp, event, args_json, 0, NULL, NULL);
}

int gw_server_side_emit_ack(gw_namespace *nsp, const char *event, const char *args_json,
                            uint64_t timeout_ms, gw_on_server_answers_fn *fn, void *user)
{
    return emit(nsp, event, args_json, timeout_ms ? timeout_ms : ANSWER_TIMEOUT_MS, fn, user);
}

size_t gw_server_count(gw_namespace *nsp)
{
    return nsp->adapter->server_count(nsp);
}
