/* SPDX-License-Identifier: MIT */
/* The Admin UI of one gw_io: what admin.c (who is let in, commands, numbers) and admin_events.c
 * (what happens to sockets) share. */
#ifndef GW_SERVER_ADMIN_H
#define GW_SERVER_ADMIN_H

#include "base/buf.h"
#include "net/timer.h"
#include "server/admin_login.h"
#include "server/admin_stats.h"
#include "server/io_host.h"

#include <godwit/admin.h>

enum { GW_ADMIN_TEXT_BYTES_MAX = 64 * 1024 * 1024 };

struct gw_admin {
    struct gw_server_part part;
    struct gw_io_host *host;
    gw_namespace *nsp;
    struct gw_admin_login login;
    struct gw_admin_stats stats;
    struct gw_timer timer; /* each second while somebody looks */
    uint64_t began_ms;
    bool is_report_due; /* every other second */
    bool is_watching;   /* admin_events.c has its handlers in all namespaces */
    bool no_auth;
    bool is_readonly;
    enum gw_admin_mode mode;
    struct gw_buf text; /* arguments of an event on its way to those who look */
    char *texts;        /* what the next two point into */
    const char *username;
    const char *server_id;
    char hostname[65];
};

/* To all who look. Does nothing while nobody does. */
void gw_admin_emit(struct gw_admin *admin, const char *event, const gw_args *args);

/* Handlers in all namespaces, those to come included. Idempotent. */
void gw_admin_events_start(struct gw_admin *admin);
void gw_admin_events_stop(struct gw_admin *admin);
/* Tells of a socket of the admin namespace, whose connection handlers are admin.c's. */
void gw_admin_events_connected(struct gw_admin *admin, gw_socket *socket);
/* Tells one who has just come of all sockets. */
void gw_admin_events_list(struct gw_admin *admin, gw_socket *to);

#endif
