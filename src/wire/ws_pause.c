/* SPDX-License-Identifier: MIT */
#include "wire/ws_pause.h"

#include "base/mem.h"

/* One read, and what an HTTP connection kept of bytes that came before
 * the answer to the handshake. */
enum { UNREAD_BYTES_MAX = 4 * GW_LOOP_READ_BYTES };

struct gw_ws_unread {
    struct gw_loop_hook hook; /* started: to be fed to the decoder at the end of the turn */
    gw_ws *ws;
    struct gw_buf bytes;
    size_t used; /* of them, from the start */
    bool has_ended;
};

/* Bytes that are being fed may lie in unread itself: then the rest stays where it is. */
static bool is_inside(const struct gw_ws_unread *unread, const uint8_t *bytes)
{
    uintptr_t start = (uintptr_t)unread->bytes.ptr;

    return (uintptr_t)bytes >= start && (uintptr_t)bytes < start + unread->bytes.len;
}

void gw_ws_drop_unread(gw_ws *ws)
{
    struct gw_ws_unread *unread = ws->unread;

    if (!unread)
        return;
    ws->unread = NULL;
    gw_loop_hook_stop(&unread->hook);
    gw_buf_dispose(&unread->bytes);
    gw_mem_free(unread);
}

static void go_on_reading(gw_ws *ws)
{
    ws->is_held = false;
    gw_stream_resume(&ws->wire->stream);
}

/* The end of the turn after a resume. A callback may pause again at any message. */
static void feed(struct gw_loop_hook *hook)
{
    struct gw_ws_unread *unread = container_of(hook, struct gw_ws_unread, hook);
    gw_ws *ws = unread->ws;
    uint8_t *bytes = unread->bytes.ptr + unread->used;
    size_t len = unread->bytes.len - unread->used;
    bool has_ended = unread->has_ended;

    if (ws->is_paused || !gw_wire_is_open(ws->wire))
        return;
    unread->used = unread->bytes.len;
    ws->is_held = false;
    gw_ws_on_bytes(ws, bytes, len);
    if (!gw_wire_is_open(ws->wire) || unread->used < unread->bytes.len)
        return;
    if (has_ended && ws->is_paused)
        return; /* the end is told when reading goes on */
    gw_ws_drop_unread(ws);
    if (!ws->is_paused)
        go_on_reading(ws);
    if (has_ended)
        gw_ws_on_end(ws);
}

static struct gw_ws_unread *take_unread(gw_ws *ws)
{
    struct gw_ws_unread *unread = ws->unread;

    if (unread)
        return unread;
    unread = gw_mem_zalloc(sizeof(*unread));
    if (!unread)
        return NULL;
    gw_loop_hook_init(&unread->hook, feed);
    gw_buf_init(&unread->bytes, UNREAD_BYTES_MAX);
    unread->ws = ws;
    ws->unread = unread;
    return unread;
}

void gw_ws_keep_unread(gw_ws *ws, uint8_t *bytes, size_t len)
{
    struct gw_ws_unread *unread = take_unread(ws);

    if (unread && is_inside(unread, bytes))
        unread->used = (size_t)(bytes - unread->bytes.ptr);
    else if (!unread || gw_buf_append(&unread->bytes, (struct gw_slice){bytes, len}) < 0)
        gw_wire_close(ws->wire);
}

bool gw_ws_keep_end(gw_ws *ws)
{
    if (ws->unread)
        ws->unread->has_ended = true;
    return ws->unread != NULL;
}

void gw_ws_pause_reading(gw_ws *ws)
{
    ws->is_paused = ws->is_held = true;
    gw_stream_pause(&ws->wire->stream);
}

void gw_ws_resume_reading(gw_ws *ws)
{
    if (!ws->is_paused)
        return;
    ws->is_paused = false;
    ws->heard_ms = (uint32_t)gw_loop_now_ms(ws->wire->stream.loop); /* nobody listened */
    gw_ws_release_reading(ws);
}

void gw_ws_hold_reading(gw_ws *ws)
{
    ws->is_held = true;
}

void gw_ws_release_reading(gw_ws *ws)
{
    if (ws->is_paused)
        return;
    if (!ws->unread) {
        go_on_reading(ws);
        return;
    }
    gw_loop_hook_start_end(ws->wire->stream.loop, &ws->unread->hook);
}
