/* SPDX-License-Identifier: MIT */
/* Socket.IO servers with an Admin UI, by path: /open (nobody is asked), /login (admin, secret),
 * /readonly (numbers alone). /metrics has the numbers of all of them. It says "listening on N". */
#include "program.h"

#include <godwit/godwit.h>
#include <stdio.h>
#include <stdlib.h>

/* Of "secret". */
#define HASH "$2b$08$abcdefghijklmnopqrstuuKxCcvB7KZ7.BpDoK0bh6qM7Dl1/xiJa"

static gw_server *server;

static void on_echo(gw_socket *socket, const gw_event *event, void *user)
{
    (void)user;
    gw_emit_event(gw_only(socket), "echo", event);
}

static void on_join(gw_socket *socket, const gw_event *event, void *user)
{
    char room[64];

    (void)user;
    if (gw_event_string(event, 0, room, sizeof(room)) >= 0)
        gw_socket_join(socket, room);
    gw_ack(event, "");
}

static void on_data(gw_socket *socket, const gw_event *event, void *user)
{
    (void)user;
    (void)event;
    gw_socket_set_data(socket, "{\"name\":\"Ada\"}");
}

static gw_io *attach(const char *path, const struct gw_admin_options *admin)
{
    gw_io *io = gw_io_attach(server, &(struct gw_io_options){.path = path});

    if (!io || gw_admin_attach(io, admin) < 0) {
        fprintf(stderr, "%s\n", gw_server_error(server));
        exit(1);
    }
    gw_on(gw_io_namespace(io), "echo", on_echo, NULL);
    gw_on(gw_io_namespace(io), "join", on_join, NULL);
    gw_on(gw_io_namespace(io), "data", on_data, NULL);
    gw_io_of_pattern(io, "^/room-[0-9]+$");
    return io;
}

int main(void)
{
    server = gw_server_create(&(struct gw_server_options){.log_level = GW_LOG_INFO});
    if (!server)
        return 1;
    attach("/open", &(struct gw_admin_options){.no_auth = true, .server_id = "srv1"});
    attach("/login", &(struct gw_admin_options){.username = "admin", .password_hash = HASH});
    attach("/readonly", &(struct gw_admin_options){.no_auth = true,
                                                   .is_readonly = true,
                                                   .mode = GW_ADMIN_PRODUCTION,
                                                   .namespace_name = "/watch"});
    gw_serve_metrics(server, "/metrics", &(struct gw_metrics_options){.event_sample = 1});
    return program_run(server, "127.0.0.1", 0);
}
