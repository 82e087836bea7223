/* SPDX-License-Identifier: MIT */
/* The public gw_ws: a WebSocket whose messages go to the application, the same at both ends. */
#ifndef GW_WIRE_WS_SOCKET_H
#define GW_WIRE_WS_SOCKET_H

#include "wire/ws.h"

/* What only a client's socket has to say. */
struct gw_ws_client_ops {
    enum gw_ws_ready_state (*ready_state)(const gw_ws *ws);
    const char *(*url)(const gw_ws *ws);
    void (*abort)(gw_ws *ws); /* ends it while it connects, with on_error and on_close */
};

/* gw_ws.heard_ms turns round after 49 days; half of that is as good as never. */
#define GW_WS_IDLE_TIMEOUT_MAX_MS 0x80000000U

/* Messages of the sockets of one endpoint; bytes are those of their data. */
struct gw_ws_counts {
    uint64_t opened, closed;
    uint64_t messages_in, messages_out, bytes_in, bytes_out;
};

/* What the sockets of one endpoint share; outlives them. */
struct gw_ws_class {
    struct gw_ws_setup setup;     /* its sink is gw_ws_socket_sink */
    struct gw_ws_deflate deflate; /* what setup.deflate points to, if it does */
    const struct gw_ws_handlers *handlers;
    void *handlers_user;
    uint64_t max_queued_bytes;
    enum gw_ws_overflow overflow;
    uint64_t idle_timeout_ms;              /* 0: none; below GW_WS_IDLE_TIMEOUT_MAX_MS */
    const struct gw_ws_client_ops *client; /* NULL at a server */
    struct gw_ws_counts counts;
};

/* What the application may choose for either end; zero means the default. */
struct gw_ws_class_options {
    uint64_t max_message_bytes, max_queued_bytes;
    uint32_t max_fragments;
    enum gw_ws_overflow overflow;
    uint64_t close_timeout_ms;
    uint64_t idle_timeout_ms; /* from GW_WS_IDLE_TIMEOUT_MAX_MS on: none */
};

struct gw_ws_socket {
    gw_ws ws;
    const char *protocol;   /* static, or as long as the class */
    const char *extensions; /* as long as the socket; NULL: none */
    void *user;
    uint64_t skipped_count;
};

extern const struct gw_ws_sink gw_ws_socket_sink;

/* class is zeroed. Its sink is still to be named, and whatever only one end has. */
void gw_ws_class_init(struct gw_ws_class *class, enum gw_ws_role role,
                      const struct gw_ws_class_options *options);
/* Compression; NULL: none. 0, or GW_E_ARG: a number is out of its range. */
int gw_ws_class_set_deflate(struct gw_ws_class *class, const struct gw_ws_deflate *deflate);

/* The connection is open: starts the idle timeout and calls on_open. */
void gw_ws_socket_tell_open(gw_ws *ws);
/* Whether a message of len bytes may be queued. GW_E_CLOSED; GW_E_LIMIT: max_queued_bytes would be
 * passed, and what the endpoint wants done then has been done. */
int gw_ws_socket_make_room(gw_ws *ws, size_t len);

/* For sinks that end differently. */
void gw_ws_socket_on_message(gw_ws *ws, struct gw_slice data, bool is_binary);
void gw_ws_socket_on_drain(gw_ws *ws);
void gw_ws_socket_on_deadline(gw_ws *ws);
void gw_ws_socket_on_close(gw_ws *ws, uint16_t code, struct gw_slice reason, bool was_clean);
void gw_ws_socket_tell_error(gw_ws *ws, const struct gw_ws_error *error);
void gw_ws_socket_tell_close(gw_ws *ws, uint16_t code, struct gw_slice reason, bool was_clean);

static inline const struct gw_ws_class *gw_ws_class_of(const gw_ws *ws)
{
    return container_of(ws->setup, struct gw_ws_class, setup);
}

/* All else of a class is not to be changed. */
static inline struct gw_ws_counts *gw_ws_counts_of(const gw_ws *ws)
{
    return (struct gw_ws_counts *)(uintptr_t)&gw_ws_class_of(ws)->counts;
}

static inline void gw_ws_count_out(const gw_ws *ws, size_t len)
{
    gw_ws_counts_of(ws)->messages_out++;
    gw_ws_counts_of(ws)->bytes_out += len;
}

#endif
