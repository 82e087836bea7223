/* SPDX-License-Identifier: MIT */
/* A listening socket in a loop that hands out accepted connections. */
#ifndef GW_NET_LISTENER_H
#define GW_NET_LISTENER_H

#include "base/log.h"
#include "net/address.h"
#include "net/loop.h"
#include "net/timer.h"

enum {
    /* Accepted in one turn, so that newcomers do not starve those who are there. */
    GW_LISTENER_BURST = 64,
    GW_LISTENER_BACKOFF_MS = 100, /* pause when descriptors or memory have run out */
};

struct gw_listener;

/* fd is the callee's: non-blocking, close-on-exec, TCP_NODELAY. peer is borrowed for the call.
 * Anything may be called, gw_listener_stop included; the listener itself stays until it returns. */
typedef void gw_listener_accept_fn(struct gw_listener *listener, int fd,
                                   const struct gw_address *peer);

/* Borrowed for the call to gw_listener_start, except log. */
struct gw_listener_options {
    const char *host;         /* as for gw_address_resolve */
    uint16_t port;            /* 0: the kernel chooses, see gw_listener_address */
    const char *path;         /* not NULL: a Unix socket instead of host and port */
    uint32_t path_mode;       /* of the socket file, 0: as umask says */
    uint32_t backlog;         /* 0: 4,096; the kernel caps it (net.core.somaxconn) */
    bool is_port_shared;      /* SO_REUSEPORT: several loops listen on one port */
    const struct gw_log *log; /* NULL: silent; must outlive the listener */
};

struct gw_listener {
    /* private */
    struct gw_watch watch;
    struct gw_loop *loop;
    gw_listener_accept_fn *on_accept;
    const struct gw_log *log;
    struct gw_timer backoff;
    uint64_t accept_count;
    bool is_starved; /* said so in the log, once, until a connection is accepted again */
    struct gw_address address;
    char *path;                       /* of the file we made, in full; NULL: none */
    uint64_t path_device, path_inode; /* only that one is removed */
    char error[256];
};

void gw_listener_init(struct gw_listener *listener, gw_loop *loop,
                      gw_listener_accept_fn *on_accept);
/* 0, GW_E_ADDRESS, GW_E_IN_USE, GW_E_NOMEM or GW_E_SYSTEM (no right to a port below 1024 ...);
 * gw_listener_error says it in words. A Unix socket file that nobody listens on any more is
 * replaced. The listener must be stopped. */
int gw_listener_start(struct gw_listener *listener, const struct gw_listener_options *options);
/* Idempotent. Connections that wait in the backlog are refused by the kernel;
 * the socket file is removed. */
void gw_listener_stop(struct gw_listener *listener);

bool gw_listener_is_started(const struct gw_listener *listener);
/* Where it listens, with the port that the kernel chose. */
const struct gw_address *gw_listener_address(const struct gw_listener *listener);
/* The last failure of gw_listener_start: "cannot listen on
 * 0.0.0.0:3000: Address already in use". */
const char *gw_listener_error(const struct gw_listener *listener);

#endif
