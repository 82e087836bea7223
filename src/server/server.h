/* SPDX-License-Identifier: MIT */
/* The inside of a gw_server: what its connections share. */
#ifndef GW_SERVER_SERVER_H
#define GW_SERVER_SERVER_H

#include "base/buf.h"
#include "base/list.h"
#include "base/log.h"
#include "http/parser.h"
#include "net/loop.h"
#include "net/timer.h"
#include "server/admission.h"
#include "server/proxies.h"
#include "server/router.h"
#include "server/trim.h"

#include <godwit/server.h>

struct gw_server;

/* Something on the server with a life of its own (a gw_io) that must hear of the end. */
struct gw_server_part {
    struct gw_list node;
    /* The server stops: no new sessions, tell those that are there. May be called once only. */
    void (*on_stop)(struct gw_server_part *part);
    /* All connections have gone and the loop will not turn again: free everything. */
    void (*destroy)(struct gw_server_part *part);
};

struct gw_server {
    struct gw_server_options options; /* defaults filled in */
    gw_loop *loop;
    struct gw_log log;
    struct gw_router router;
    struct gw_proxies proxies;
    struct gw_admission admission;
    /* struct gw_conn.node. half_open: the first request is not there yet; the oldest first. */
    struct gw_list conns, half_open;
    struct gw_list listeners; /* struct gw_server_listener.node, server.c */
    struct gw_list tls_list;  /* struct gw_server_tls.node, tls.c */
    struct gw_list parts;
    struct gw_ws_topics *topics;          /* NULL: nobody has subscribed yet */
    uint32_t conn_count, half_open_count; /* of both lists; of one */
    uint64_t accepted;                    /* connections, since the beginning */
    struct gw_http_limits http_limits;
    struct gw_http_parser *spare_parser; /* for requests that arrive whole: most of them */
    struct gw_buf scratch;               /* to write the head of an answer in; empty between uses */
    struct gw_timer stop_timer;
    struct gw_trim trim;
    char date[32]; /* the value of Date, made anew each second */
    uint64_t date_until_ms;
    /* Until an upgrade that nobody serves is ended; 0: answered 404 at once. */
    uint64_t unserved_upgrade_ms;
    bool has_endpoints; /* gw_ws_endpoint: other clients than Socket.IO's come here */
    bool owns_loop;
    bool watches_signals;
    bool is_stopping;
    bool is_stopped;
    bool ends_loop; /* gw_server_run waits for is_stopped */
    int listen_err; /* of the last listener that could not be started; 0: none */
    char error[256];
};

/* Whether the last connection has gone while the server stops; conn.c asks after each. */
void gw_server_check_stopped(gw_server *server);
/* Remembers what gw_server_error() tells. Returns err. */
int gw_server_fail(gw_server *server, int err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The field value for now (RFC 9110 6.6.1). */
struct gw_slice gw_server_date(gw_server *server);
void gw_server_add_part(gw_server *server, struct gw_server_part *part);

#endif
