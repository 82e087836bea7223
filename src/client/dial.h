/* SPDX-License-Identifier: MIT */
/* From where to go to a stream that is ready for HTTP: names and addresses, a
 * proxy's CONNECT (RFC 9110 9.3.6), TLS. Each step has its deadline, and whatever
 * fails says which step it was and why. */
#ifndef GW_CLIENT_DIAL_H
#define GW_CLIENT_DIAL_H

#include "codec/uri.h"
#include "net/tls_client.h"
#include "wire/wire.h"

#include <godwit/ws.h>

enum { GW_DIAL_WHY_MAX = 640 };

struct gw_dial;

/* What a dial opens; stands in its owner's object. Output is refused until the dial is done. */
struct gw_dial_wire {
    struct gw_wire wire;
    struct gw_dial *dial; /* NULL: the wire is the owner's */
};

/* Everything is borrowed until the dial is destroyed. */
struct gw_dial_target {
    const char *host; /* as in struct gw_uri, NUL-terminated */
    uint16_t port;
    const char *path; /* not NULL: a Unix-domain socket, in place of host, port and proxy */
    const struct gw_uri *proxy;        /* http, with its user and password; NULL: none */
    const char *dns_servers;           /* as for gw_resolver_start; NULL: the system's */
    struct gw_tls_client_context *tls; /* NULL: plain */
    uint64_t connect_timeout_ms;       /* for names and addresses */
    uint64_t handshake_timeout_ms;     /* for all that follows, the owner's handshake too */
};

/* Exactly one of them is called, once, never inside gw_dial_start or gw_dial_fail; the
 * dial may be destroyed inside. */
struct gw_dial_handlers {
    /* The wire is open and takes output; its stream's handlers are still
     * the dial's: gw_dial_hand_over. */
    void (*on_open)(struct gw_dial *dial, void *user);
    /* The wire is closed (again), and nothing of ours is on the stack. error is borrowed. */
    void (*on_fail)(struct gw_dial *dial, const struct gw_ws_error *error, void *user);
};

/* wire was made by gw_dial_wire_init, or closed since. NULL when memory has run out. */
struct gw_dial *gw_dial_create(gw_loop *loop, struct gw_dial_wire *wire,
                               const struct gw_dial_handlers *handlers, void *user);
/* The wire must be closed, or handed over. NULL is fine. */
void gw_dial_destroy(struct gw_dial *dial);

/* A wire without a stream: nothing can be written, closing it is harmless. */
void gw_dial_wire_init(struct gw_dial_wire *wire, gw_loop *loop);

void gw_dial_start(struct gw_dial *dial, const struct gw_dial_target *target);
/* Ends in on_fail, with this error unless another came before; format makes error->why. */
void gw_dial_fail(struct gw_dial *dial, enum gw_ws_step step, int err, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* The owner has changed his mind. */
void gw_dial_abort(struct gw_dial *dial);

/* Inside on_open: from now on the stream's events and the wire's deadline are the owner's, who has
 * what is left of handshake_timeout_ms until that deadline. The dial is to be destroyed. */
void gw_dial_hand_over(struct gw_dial *dial, const struct gw_stream_handlers *handlers,
                       gw_timer_fire_fn *on_deadline);

#endif
